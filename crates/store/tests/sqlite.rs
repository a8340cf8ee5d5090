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
