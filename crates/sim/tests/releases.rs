//! Every release's data folder is opened, brought up to date and replayed by the present code (law 15).
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use protocol::{Event, EventBody, OpId, Timestamp};
use room::{Seed, State};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;
use store::event_log::{Appended, Batch};
use store::memory::MemoryBlobs;

fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases");
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// A release's folder, copied and opened: which also brings it up to date.
fn open(release: &Path, copy: &Path) -> Store {
    let file = copy.join("genlock.sqlite");
    std::fs::copy(release.join("genlock.sqlite"), &file).unwrap();
    store::sqlite::open(&file, Arc::new(MemoryBlobs::default())).unwrap()
}

#[tokio::test]
async fn law_15_every_release_is_read_to_the_same_state_by_this_one() {
    for release in releases() {
        let kept: Value =
            serde_json::from_slice(&std::fs::read(release.join("state.json")).unwrap()).unwrap();
        let copy = tempfile::tempdir().unwrap();
        let store = open(&release, copy.path());
        let shown = release.display();
        assert!(kept["schema"].as_i64().unwrap() <= store::sqlite::SCHEMA, "{shown}");
        let look = async |when: &str| {
            let picture = sim::release::picture(&store).await.unwrap();
            let hash = sim::release::hash(&picture, &kept["picture"]);
            assert_eq!(hash, kept["hash"].as_str().unwrap(), "{shown} {when}: now it reads\n{picture:#}");
        };
        look("opened").await;
        store.log.rebuild_derived().await.unwrap();
        look("rebuilt from its logs").await;
    }
}

#[tokio::test]
async fn law_15_every_release_goes_on_from_its_snapshots() {
    for release in releases() {
        let copy = tempfile::tempdir().unwrap();
        let store = open(&release, copy.path());
        let channel = sim::release::CHANNELS[0];
        let log = store.log.read(channel, 0, 10_000).await.unwrap();
        let mut whole = State::empty(channel);
        log.iter().for_each(|event| whole.apply(event));
        let snapshot = store.log.snapshot(channel).await.unwrap().expect("it was kept");
        let mut seed: Seed = room::snapshot::decode(snapshot.at, &snapshot.bytes).unwrap();
        assert!(seed.state.head < whole.head);
        for event in log.iter().filter(|event| event.seq > snapshot.at.seq) {
            assert!(seed.apply(event));
        }
        assert_eq!(seed.state, whole, "{}", release.display());
        // And it can be written on.
        let event = Event {
            seq: whole.head + 1,
            at: Timestamp(whole.last_at.0 + 1),
            actor: log[0].actor,
            op: OpId::from_bytes([99; 16]),
            body: EventBody::MessageSent(protocol::event::MessageSent { text: "today".into(), at: None }),
        };
        let batch =
            Batch { channel, epoch: snapshot.at.epoch, expected_head: whole.head, events: vec![event] };
        assert!(matches!(store.log.append(batch).await.unwrap(), Appended::Committed { .. }));
    }
}
