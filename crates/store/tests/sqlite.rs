//! The contract on SQLite and files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic in a test is the report, a seed is printed"
)]

mod contract;

use contract::Bench;
use std::sync::Arc;
use store::files::FileBlobs;
use store::sqlite;

/// Two nodes on one file.
fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let blobs = Arc::new(FileBlobs::open(&folder.path().join("media")).unwrap());
        sqlite::open(&folder.path().join("genlock.db"), blobs).unwrap()
    };
    Bench { store: open(), other: open(), folder }
}

whole_contract!(super::bench());

#[tokio::test]
async fn law_16_nothing_of_an_erased_channel_is_left_in_the_file() {
    use contract::make::{append, at, channel, created, joined, say};
    use protocol::event::ChannelDeleted;
    use protocol::{EventBody, Role, Visibility};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("genlock.db");
    let open = || {
        let blobs = Arc::new(FileBlobs::open(&folder.path().join("media")).unwrap());
        sqlite::open(&path, blobs).unwrap()
    };
    let contains = |words: &str| {
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(words.len()).any(|part| part == words.as_bytes())
    };
    let words = ["The hidden club", "Mia Unspoken", "what was said in private"];
    let store = open();
    append(&store, channel(1), vec![created(1, words[0], Visibility::Private)]).await;
    append(&store, channel(1), vec![joined(2, words[1], Role::Member)]).await;
    for _ in 0..40 {
        let head = store.log.head(channel(1)).await.unwrap().unwrap().position.seq;
        append(&store, channel(1), vec![say(head + 1, words[2]).body]).await;
    }
    let head =
        append(&store, channel(1), vec![EventBody::ChannelDeleted(ChannelDeleted { deleted: true })]).await;
    drop(store); // everything is in the file
    assert!(words.iter().all(|words| contains(words)));
    let store = open();
    assert!(store.catalog.erase_channel(channel(1), at(head as i64 + 1), 9).await.unwrap());
    drop(store);
    for words in words {
        assert!(!contains(words), "{words} is still in the file");
    }
}
