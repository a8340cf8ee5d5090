//! The contract on SQLite and files.

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
