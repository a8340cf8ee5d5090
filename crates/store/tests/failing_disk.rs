//! A disk that stops taking writes in the middle: the writer answers errors, refuses every later write in plain
//! words, reading goes on, and after a restart everything acknowledged is there. The disk fails through the
//! process's limit of file size, which SQLite meets as an I/O error.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a panic in a test is the report")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use store::memory::MemoryBlobs;
use store::{Store, StoreError, sqlite};

/// Names the data folder to the child.
const FOLDER: &str = "GENLOCK_TEST_FAILING_FOLDER";

fn open(folder: &Path) -> Store {
    sqlite::open(&folder.join("genlock.db"), Arc::new(MemoryBlobs::default())).unwrap()
}

/// The child: writes until the limit is met.
#[tokio::test]
#[ignore = "the child process of the test below"]
async fn write_until_the_disk_fails() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    let value = "x".repeat(8_000);
    let mut taken = 0;
    let refusal = loop {
        match store.catalog.set_setting(&format!("key {taken}"), Some(&value)).await {
            Ok(()) => taken += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(taken > 10, "{taken}: {refusal}");
    assert!(matches!(refusal, StoreError::Backend { .. }), "{refusal}");
    let later = store.catalog.set_setting("small", Some("x")).await.unwrap_err().to_string();
    assert!(later.contains("read-only until Genlock is started again"), "{later}");
    let kept = store.catalog.setting("key 0").await.unwrap();
    assert_eq!(kept.as_deref(), Some(value.as_str()), "reading goes on");
    println!("taken {taken}");
}

#[tokio::test]
async fn a_failing_disk_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    // Without the trap the limit would end the process instead of failing the write.
    let output = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 1000; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "write_until_the_disk_fails", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let taken: usize = told.lines().find_map(|line| line.strip_prefix("taken ")).unwrap().parse().unwrap();
    let store = open(folder.path());
    for number in 0..taken {
        assert!(
            store.catalog.setting(&format!("key {number}")).await.unwrap().is_some(),
            "key {number} of {taken}"
        );
    }
    store.catalog.set_setting("after", Some("x")).await.unwrap();
}
