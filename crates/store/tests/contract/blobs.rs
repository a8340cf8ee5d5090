//! Blobs: whole or not at all, final objects never change (law 11), no key leaves its place.

use super::Bench;
use bytes::Bytes;
use store::StoreError;

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub async fn what_is_put_can_be_read(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.put("interim/u1/source.mov", bytes("0123456789")).await.unwrap();
    assert_eq!(blobs.stat("interim/u1/source.mov").await.unwrap().map(|stat| stat.bytes), Some(10));
    assert_eq!(blobs.read("interim/u1/source.mov", 0..10).await.unwrap(), bytes("0123456789"));
    assert_eq!(blobs.read("interim/u1/source.mov", 3..6).await.unwrap(), bytes("345"));
    assert_eq!(blobs.read("interim/u1/source.mov", 8..100).await.unwrap(), bytes("89"));
    assert_eq!(blobs.read("interim/u1/source.mov", 50..100).await.unwrap(), bytes(""));
    blobs.put("interim/u1/source.mov", bytes("new")).await.unwrap();
    assert_eq!(blobs.read("interim/u1/source.mov", 0..10).await.unwrap(), bytes("new"));
}

pub async fn what_is_not_there_is_not_found(bench: &Bench) {
    let blobs = &bench.store.blobs;
    assert_eq!(blobs.stat("final/v1/a").await.unwrap(), None);
    assert!(matches!(blobs.read("final/v1/a", 0..1).await, Err(StoreError::NotFound)));
    assert!(matches!(blobs.local_path("final/v1/a").await, Err(StoreError::NotFound)));
    assert!(matches!(blobs.promote("interim/v1/a", "final/v1/a").await, Err(StoreError::NotFound)));
    blobs.delete("final/v1/a").await.unwrap();
    blobs.delete_prefix("final/v1").await.unwrap();
    assert_eq!(blobs.list("final/v1", 10).await.unwrap(), Vec::<String>::new());
    // A folder is not a blob.
    blobs.put("final/v1/a/b", bytes("x")).await.unwrap();
    assert_eq!(blobs.stat("final/v1/a").await.unwrap(), None);
    assert!(matches!(blobs.local_path("final/v1/a").await, Err(StoreError::NotFound)));
}

pub async fn keys_that_leave_their_place_are_refused(bench: &Bench) {
    let blobs = &bench.store.blobs;
    let long = format!("interim/{}", "a".repeat(300));
    let bad = [
        "",
        "interim",
        "interim/",
        "/interim/a",
        "interim//a",
        "interim/../a",
        "interim/.",
        "interim/a/..",
        "tmp/a",
        "interim/a b",
        "interim/ä",
        "interim/a\0",
        "interim/a\\b",
        "final/a/",
        &long,
    ];
    for key in bad {
        assert!(matches!(blobs.put(key, bytes("x")).await, Err(StoreError::Conflict(_))), "put {key:?}");
        assert!(matches!(blobs.stat(key).await, Err(StoreError::Conflict(_))), "stat {key:?}");
        assert!(matches!(blobs.read(key, 0..1).await, Err(StoreError::Conflict(_))), "read {key:?}");
        assert!(
            matches!(blobs.write_at(key, 0, bytes("x")).await, Err(StoreError::Conflict(_))),
            "write {key:?}"
        );
        assert!(matches!(blobs.delete(key).await, Err(StoreError::Conflict(_))), "delete {key:?}");
        assert!(matches!(blobs.local_path(key).await, Err(StoreError::Conflict(_))), "path {key:?}");
    }
    for prefix in ["", "interim", "final/", "interim/..", "..", "/", "final/a//"] {
        assert!(matches!(blobs.delete_prefix(prefix).await, Err(StoreError::Conflict(_))), "{prefix:?}");
    }
}

pub async fn law_11_a_final_object_never_changes(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.put("final/v1/seg0", bytes("first")).await.unwrap();
    blobs.put("final/v1/seg0", bytes("second")).await.unwrap();
    assert!(matches!(blobs.write_at("final/v1/seg0", 0, bytes("third")).await, Err(StoreError::Conflict(_))));
    let file = bench.folder.path().join("fourth");
    std::fs::write(&file, "fourth").unwrap();
    blobs.put_file("final/v1/seg0", &file).await.unwrap();
    assert!(!file.exists());
    blobs.put("interim/v1/seg0", bytes("fifth")).await.unwrap();
    blobs.promote("interim/v1/seg0", "final/v1/seg0").await.unwrap();
    assert_eq!(blobs.read("final/v1/seg0", 0..9).await.unwrap(), bytes("first"));
}

pub async fn files_are_moved_in(bench: &Bench) {
    let blobs = &bench.store.blobs;
    let file = bench.folder.path().join("chunk.mp4");
    std::fs::write(&file, "moov").unwrap();
    blobs.put_file("final/v1/chunk.mp4", &file).await.unwrap();
    assert!(!file.exists());
    assert_eq!(blobs.read("final/v1/chunk.mp4", 0..9).await.unwrap(), bytes("moov"));
    assert!(matches!(blobs.put_file("final/v1/other.mp4", &file).await, Err(StoreError::NotFound)));
}

pub async fn parts_are_written_in_any_order(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.write_at("interim/u1", 4, bytes("4567")).await.unwrap();
    blobs.write_at("interim/u1", 0, bytes("0123")).await.unwrap();
    blobs.write_at("interim/u1", 2, bytes("ab")).await.unwrap();
    assert_eq!(blobs.read("interim/u1", 0..99).await.unwrap(), bytes("01ab4567"));
}

pub async fn promoting_again_changes_nothing(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.write_at("interim/u1", 0, bytes("film")).await.unwrap();
    blobs.promote("interim/u1", "final/v1/source").await.unwrap();
    blobs.promote("interim/u1", "final/v1/source").await.unwrap();
    assert_eq!(blobs.stat("interim/u1").await.unwrap(), None);
    assert_eq!(blobs.read("final/v1/source", 0..9).await.unwrap(), bytes("film"));
    assert!(matches!(blobs.promote("final/v1/source", "final/v1/b").await, Err(StoreError::Conflict(_))));
    assert!(matches!(blobs.promote("interim/u1", "interim/u2").await, Err(StoreError::Conflict(_))));
}

pub async fn ffmpeg_can_read_a_local_path(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.write_at("interim/u1", 0, bytes("film")).await.unwrap();
    let path = blobs.local_path("interim/u1").await.unwrap();
    assert!(path.is_absolute());
    assert_eq!(std::fs::read(path).unwrap(), b"film");
}

pub async fn keys_are_listed_in_order_and_removed_by_prefix(bench: &Bench) {
    let blobs = &bench.store.blobs;
    for key in ["final/v1/b", "final/v1/a/1", "final/v1/a/0", "final/v10/x", "interim/v1/z"] {
        blobs.put(key, bytes("x")).await.unwrap();
    }
    assert_eq!(blobs.list("final/v1", 10).await.unwrap(), ["final/v1/a/0", "final/v1/a/1", "final/v1/b"]);
    assert_eq!(blobs.list("final/v1/", 2).await.unwrap(), ["final/v1/a/0", "final/v1/a/1"]);
    assert_eq!(blobs.list("final", 10).await.unwrap().len(), 4);
    blobs.delete("final/v1/b").await.unwrap();
    blobs.delete_prefix("final/v1").await.unwrap();
    assert_eq!(blobs.list("final", 10).await.unwrap(), ["final/v10/x"]);
    assert!(blobs.stat("interim/v1/z").await.unwrap().is_some());
}

pub async fn oversized_reads_are_refused(bench: &Bench) {
    let blobs = &bench.store.blobs;
    blobs.put("final/v1/a", bytes("x")).await.unwrap();
    assert!(matches!(blobs.read("final/v1/a", 0..u64::MAX).await, Err(StoreError::Conflict(_))));
}
