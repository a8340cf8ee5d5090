//! Law 2 by force: a process that appends is killed at random moments; everything it said was committed is there,
//! without a gap, and the file is sound. `GENLOCK_LONG=1` kills 100 times instead of 10. A killed process loses
//! what it has not handed to the kernel; a power cut, which `synchronous=FULL` is for, cannot be made here.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic in a test is the report, a seed is printed"
)]

use protocol::event::MessageSent;
use protocol::{ChannelId, Event, EventBody, OpId, PersonId, Timestamp};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use store::event_log::{Appended, Batch};
use store::files::FileBlobs;
use store::{Store, sqlite};

/// Names the data folder to the child.
const FOLDER: &str = "GENLOCK_TEST_KILL_FOLDER";
const CHANNELS: u8 = 6;
const EPOCH: u64 = 99;

fn open(folder: &Path) -> Store {
    sqlite::open(&folder.join("genlock.db"), Arc::new(FileBlobs::open(&folder.join("media")).unwrap()))
        .unwrap()
}

fn channel(number: u8) -> ChannelId {
    ChannelId::from_bytes([number; 16])
}

/// The event that stands at this place of this channel; a function of both, so that the parent knows it.
fn event(number: u8, seq: u64) -> Event {
    let mut op = [number; 16];
    op[8..].copy_from_slice(&seq.to_be_bytes());
    Event {
        seq,
        at: Timestamp(seq as i64),
        actor: Some(PersonId::from_bytes([1; 16])),
        op: OpId::from_bytes(op),
        body: EventBody::MessageSent(MessageSent {
            text: "x".repeat(1 + (seq as usize * 37) % 900),
            at: None,
        }),
    }
}

/// The child: six room tasks that append and say so, until killed.
#[test]
#[ignore = "the child process of the kill test"]
fn append_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&folder));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..CHANNELS {
            let store = store.clone();
            tasks.spawn(async move {
                let mut head =
                    store.log.head(channel(number)).await.unwrap().map_or(0, |head| head.position.seq);
                loop {
                    let count = 1 + (head * 7 + u64::from(number)) % 5;
                    let events = (head + 1..=head + count).map(|seq| event(number, seq)).collect();
                    let batch = Batch { channel: channel(number), epoch: EPOCH, expected_head: head, events };
                    match store.log.append(batch).await.unwrap() {
                        Appended::Committed { head: committed } => head = committed,
                        other => panic!("{other:?}"),
                    }
                    println!("committed {number} {head}");
                }
            });
        }
        tasks.join_all().await;
    });
}

/// Runs the child until it has said `lines` commits, kills it, and returns the newest head it told per channel.
fn run_and_kill(folder: &Path, lines: usize) -> BTreeMap<u8, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "append_until_killed", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BTreeMap::new();
    let mut seen = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        // What is still in the pipe after the kill was told as well.
        if let ["committed", number, head] = words[..] {
            told.insert(number.parse().unwrap(), head.parse().unwrap());
            seen += 1;
        }
        if seen == lines {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(!status.success() && seen >= lines, "the child ended by itself after {seen} commits: {status}");
    told
}

/// Everything told is there, and what is there is right.
async fn inspect(folder: &Path, told: &BTreeMap<u8, u64>, round: u64) -> u64 {
    let store = open(folder);
    let mut events = 0;
    for number in 0..CHANNELS {
        let log = store.log.read(channel(number), 0, u32::MAX).await.unwrap();
        for (found, seq) in log.iter().zip(1..) {
            assert_eq!(*found, event(number, seq), "round {round}");
        }
        let head = store.log.head(channel(number)).await.unwrap().map_or(0, |head| head.position.seq);
        assert_eq!(head, log.len() as u64, "round {round}: the head and the log differ");
        let acknowledged = told.get(&number).copied().unwrap_or(0);
        assert!(head >= acknowledged, "round {round}: channel {number} told {acknowledged}, holds {head}");
        // Derived rows are of the same transaction.
        let (newest, _) = store.catalog.messages(channel(number), None, 1).await.unwrap();
        assert_eq!(newest.first().map_or(0, |message| message.seq), head, "round {round}: messages");
        events += head;
    }
    events
}

#[tokio::test]
async fn law_2_what_was_acknowledged_survives_kill_9() {
    let rounds = if std::env::var_os("GENLOCK_LONG").is_some() { 100 } else { 10 };
    let seed = std::env::var("GENLOCK_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 =
        seed.unwrap_or_else(|| u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos()));
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut chance = seed | 1;
    let mut events = 0;
    for round in 0..rounds {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = 1 + (chance >> 33) as usize % 150;
        let told = run_and_kill(folder.path(), lines);
        events = inspect(folder.path(), &told, round).await;
    }
    let db = rusqlite::Connection::open(folder.path().join("genlock.db")).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok", "seed {seed}");
    let rows: u64 =
        db.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0)).unwrap() as u64;
    assert_eq!(rows, events, "seed {seed}");
    println!("{rounds} kills, {events} events, none lost");
}
