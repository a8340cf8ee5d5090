//! Uploads in parts.

use super::Bench;
use super::make::*;
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PIECE_BYTES};
use protocol::rest::VersionState;
use store::StoreError;
use store::catalog::{UploadRow, VersionUpdate};
use store::parts::{Noted, PartRow, UploadWay};

/// Two whole parts and one of a piece and five bytes.
const BYTES: u64 = 2 * UPLOAD_PART_BYTES + UPLOAD_PIECE_BYTES + 5;

async fn begin(bench: &Bench) {
    let row = UploadRow { bytes: BYTES, ..upload_row(1, 1) };
    bench.store.catalog.add_upload(Some(video_row(1)), version_row(1, 1, 1), row).await.unwrap();
    bench.store.parts.choose_way(upload(1), UploadWay::Parts).await.unwrap();
}

pub async fn an_upload_comes_in_one_way(bench: &Bench) {
    let parts = &bench.store.parts;
    add_version(&bench.store, 1).await;
    add_version(&bench.store, 2).await;
    assert_eq!(bench.store.catalog.upload(upload(1)).await.unwrap().unwrap().way, None);
    let undecided = parts.note_pieces(upload(1), 0, 1, None).await;
    assert!(matches!(undecided, Err(StoreError::Conflict("way"))), "{undecided:?}");
    parts.choose_way(upload(1), UploadWay::Tus).await.unwrap();
    parts.choose_way(upload(1), UploadWay::Tus).await.unwrap();
    assert_eq!(bench.other.catalog.upload(upload(1)).await.unwrap().unwrap().way, Some(UploadWay::Tus));
    let other = parts.choose_way(upload(1), UploadWay::Parts).await;
    assert!(matches!(other, Err(StoreError::Conflict("way"))), "{other:?}");
    assert!(matches!(parts.note_pieces(upload(1), 0, 1, None).await, Err(StoreError::Conflict("way"))));
    parts.choose_way(upload(2), UploadWay::Parts).await.unwrap();
    assert!(matches!(parts.choose_way(upload(2), UploadWay::Tus).await, Err(StoreError::Conflict("way"))));
    assert!(matches!(parts.choose_way(upload(9), UploadWay::Parts).await, Err(StoreError::NotFound)));
    assert!(matches!(parts.note_pieces(upload(9), 0, 1, None).await, Err(StoreError::NotFound)));
}

pub async fn pieces_count_once_in_any_order(bench: &Bench) {
    let (parts, catalog) = (&bench.store.parts, &bench.store.catalog);
    begin(bench).await;
    let offset = async || catalog.upload(upload(1)).await.unwrap().unwrap().offset;
    parts.note_pieces(upload(1), 2, 0b10, None).await.unwrap();
    assert_eq!(offset().await, 5);
    for _ in 0..2 {
        parts.note_pieces(upload(1), 0, 0b0000_0111, None).await.unwrap();
        assert_eq!(offset().await, 5 + 3 * UPLOAD_PIECE_BYTES);
    }
    // A hash of a part that is not whole is not taken; pieces that the part does not have are not either.
    parts.note_pieces(upload(1), 2, 0b1111_0000, Some(hash(9))).await.unwrap();
    assert_eq!(
        bench.other.parts.parts(upload(1)).await.unwrap(),
        [
            PartRow { number: 0, pieces: 0b111, sha256: None },
            PartRow { number: 2, pieces: 0b10, sha256: None },
        ]
    );
    assert_eq!(parts.part(upload(1), 1).await.unwrap(), None);
    let noted = parts.note_pieces(upload(1), 0, 0xFF, Some(hash(1))).await.unwrap();
    assert_eq!(noted, Noted { whole: false, bytes: UPLOAD_PART_BYTES + 5 });
    parts.note_pieces(upload(1), 2, 0b01, Some(hash(3))).await.unwrap();
    let noted = parts.note_pieces(upload(1), 1, 0xFF, Some(hash(2))).await.unwrap();
    assert_eq!((noted.whole, offset().await), (true, BYTES));
    assert_eq!(
        parts.part(upload(1), 1).await.unwrap(),
        Some(PartRow { number: 1, pieces: 0xFF, sha256: Some(hash(2)) })
    );
    assert!(matches!(parts.note_pieces(upload(1), 3, 1, None).await, Err(StoreError::Conflict(_))));
    catalog.complete_upload(upload(1), hash(7), vec![]).await.unwrap();
    assert!(matches!(parts.note_pieces(upload(1), 1, 1, None).await, Err(StoreError::Conflict("way"))));
}

pub async fn a_whole_upload_without_a_hash_is_not_whole(bench: &Bench) {
    begin(bench).await;
    for number in 0..3 {
        assert!(!bench.store.parts.note_pieces(upload(1), number, 0xFF, None).await.unwrap().whole);
    }
    for number in 0..3 {
        let noted = bench.store.parts.note_pieces(upload(1), number, 0, Some(hash(1))).await.unwrap();
        assert_eq!(noted.whole, number == 2);
    }
}

pub async fn damaged_pieces_are_forgotten(bench: &Bench) {
    let parts = &bench.store.parts;
    begin(bench).await;
    parts.note_pieces(upload(1), 0, 0xFF, Some(hash(1))).await.unwrap();
    parts.forget_pieces(upload(1), 0, 0b1100_0000).await.unwrap();
    parts.forget_pieces(upload(1), 1, 0xFF).await.unwrap();
    assert_eq!(
        parts.part(upload(1), 0).await.unwrap(),
        Some(PartRow { number: 0, pieces: 0b0011_1111, sha256: None })
    );
    assert_eq!(bench.store.catalog.upload(upload(1)).await.unwrap().unwrap().offset, 6 * UPLOAD_PIECE_BYTES);
}

pub async fn the_same_bytes_are_found_in_the_channel(bench: &Bench) {
    let (parts, catalog) = (&bench.store.parts, &bench.store.catalog);
    for number in 1..=4 {
        add_version(&bench.store, number).await;
        catalog.complete_upload(upload(number), hash(1 + number / 4), vec![]).await.unwrap();
    }
    let same = async |of: u64, than: u64| {
        let found = parts.same_bytes(channel(1), hash(of), version(than)).await.unwrap();
        found.map(|(row, video)| (row.version, video.video))
    };
    assert_eq!(same(1, 3).await, Some((version(1), video(1))), "the oldest");
    assert_eq!(same(1, 1).await, Some((version(2), video(2))));
    assert_eq!(same(2, 4).await, None);
    assert_eq!(parts.same_bytes(channel(2), hash(1), version(9)).await.unwrap(), None);
    let of_size = async |bytes: u64| {
        let found = parts.same_size(channel(1), bytes).await.unwrap();
        found.into_iter().map(|(row, video)| (row.version, video.video)).collect::<Vec<_>>()
    };
    let bytes = catalog.version(version(1)).await.unwrap().unwrap().0.bytes;
    let all: Vec<_> = (1..=4).map(|number| (version(number), video(number))).collect();
    assert_eq!((of_size(bytes).await, of_size(bytes + 1).await), (all, vec![]));
    assert_eq!(parts.same_size(channel(2), bytes).await.unwrap(), vec![]);
    add_version(&bench.store, 5).await;
    catalog.remove_video(video(1), Some(at(9))).await.unwrap();
    let failed = VersionUpdate { state: Some(VersionState::Failed), ..VersionUpdate::default() };
    catalog.update_version(version(2), failed).await.unwrap();
    assert_eq!(same(1, 9).await, Some((version(3), video(3))));
    let left = vec![(version(3), video(3)), (version(4), video(4))];
    assert_eq!(of_size(bytes).await, left, "neither removed nor failed, nor one that is not whole");
}
