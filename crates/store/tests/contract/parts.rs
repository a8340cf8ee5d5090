//! Uploads in parts.

use super::Bench;
use super::make::*;
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PIECE_BYTES};
use protocol::rest::VersionState;
use store::StoreError;
use store::catalog::{AHEAD_KIND, UploadRow, VersionUpdate};
use store::jobs::{JobDone, JobFailure, JobState};
use store::parts::{Noted, PartRow, UploadWay, final_runs_of};

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
            PartRow { number: 0, pieces: 0b111, sha256: None, sealed: 0 },
            PartRow { number: 2, pieces: 0b10, sha256: None, sealed: 0 },
        ]
    );
    assert_eq!(parts.part(upload(1), 1).await.unwrap(), None);
    let noted = parts.note_pieces(upload(1), 0, u32::MAX, Some(hash(1))).await.unwrap();
    assert_eq!(noted, Noted { whole: false, bytes: UPLOAD_PART_BYTES + 5 });
    parts.note_pieces(upload(1), 2, 0b01, Some(hash(3))).await.unwrap();
    let noted = parts.note_pieces(upload(1), 1, u32::MAX, Some(hash(2))).await.unwrap();
    assert_eq!((noted.whole, offset().await), (true, BYTES));
    assert_eq!(
        parts.part(upload(1), 1).await.unwrap(),
        Some(PartRow { number: 1, pieces: u32::MAX, sha256: Some(hash(2)), sealed: 0 })
    );
    assert!(matches!(parts.note_pieces(upload(1), 3, 1, None).await, Err(StoreError::Conflict(_))));
    catalog.complete_upload(upload(1), hash(7), vec![]).await.unwrap();
    assert!(matches!(parts.note_pieces(upload(1), 1, 1, None).await, Err(StoreError::Conflict("way"))));
}

pub async fn a_whole_upload_without_a_hash_is_not_whole(bench: &Bench) {
    begin(bench).await;
    for number in 0..3 {
        assert!(!bench.store.parts.note_pieces(upload(1), number, u32::MAX, None).await.unwrap().whole);
    }
    for number in 0..3 {
        let noted = bench.store.parts.note_pieces(upload(1), number, 0, Some(hash(1))).await.unwrap();
        assert_eq!(noted.whole, number == 2);
    }
}

pub async fn damaged_pieces_are_forgotten(bench: &Bench) {
    let parts = &bench.store.parts;
    begin(bench).await;
    parts.note_pieces(upload(1), 0, u32::MAX, Some(hash(1))).await.unwrap();
    parts.forget_pieces(upload(1), 0, 0b1100_0000).await.unwrap();
    parts.forget_pieces(upload(1), 1, u32::MAX).await.unwrap();
    assert_eq!(
        parts.part(upload(1), 0).await.unwrap(),
        Some(PartRow { number: 0, pieces: !0b1100_0000, sha256: None, sealed: 0 })
    );
    assert_eq!(bench.store.catalog.upload(upload(1)).await.unwrap().unwrap().offset, 30 * UPLOAD_PIECE_BYTES);
}

pub async fn sealed_pieces_stay(bench: &Bench) {
    let parts = &bench.store.parts;
    begin(bench).await;
    parts.note_pieces(upload(1), 0, 0b1111, None).await.unwrap();
    parts.seal_pieces(upload(1), 0, 0b1100_0011).await.unwrap();
    parts.seal_pieces(upload(1), 1, u32::MAX).await.unwrap();
    parts.forget_pieces(upload(1), 0, 0b0111).await.unwrap();
    let row = parts.part(upload(1), 0).await.unwrap().unwrap();
    assert_eq!((row.pieces, row.sealed), (0b1011, 0b0011));
    assert_eq!(bench.store.catalog.upload(upload(1)).await.unwrap().unwrap().offset, 3 * UPLOAD_PIECE_BYTES);
    // A whole part keeps its hash when somebody sends damaged bytes of it once more.
    parts.note_pieces(upload(1), 0, u32::MAX, Some(hash(1))).await.unwrap();
    parts.forget_pieces(upload(1), 0, 0).await.unwrap();
    assert_eq!(parts.part(upload(1), 0).await.unwrap().unwrap().sha256, Some(hash(1)));
    let there = final_runs_of(&parts.parts(upload(1)).await.unwrap(), BYTES);
    assert_eq!(there.as_slice(), std::slice::from_ref(&(0..UPLOAD_PART_BYTES)));
}

pub async fn jobs_run_ahead_of_the_last_byte(bench: &Bench) {
    let (jobs, catalog) = (&bench.store.jobs, &bench.store.catalog);
    begin(bench).await;
    let state = async || catalog.version(version(1)).await.unwrap().unwrap().0.state;
    let kinds = async || {
        let rows = jobs.jobs_of(version(1)).await.unwrap();
        rows.into_iter().map(|row| (row.new.kind, row.state)).collect::<Vec<_>>()
    };
    assert!(jobs.enqueue_ahead(upload(1), vec![new_job(1, AHEAD_KIND, Some(1))]).await.unwrap());
    let look = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    let done = JobDone {
        version: Some(VersionUpdate { state: Some(VersionState::Processing), ..VersionUpdate::default() }),
        needs: Some("bytes".to_owned()),
        ..JobDone::default()
    };
    assert!(jobs.complete(look.new.job, look.token, done).await.unwrap().is_held());
    assert_eq!(bench.other.catalog.upload_needs(upload(1)).await.unwrap().as_deref(), Some("bytes"));
    let ahead = [new_job(2, "chunk", Some(1)), new_job(3, "audio", Some(1)), new_job(4, "poster", Some(1))];
    assert!(jobs.enqueue_ahead(upload(1), ahead.to_vec()).await.unwrap());
    let bad = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    let failure = JobFailure::BadInput { code: 3002, detail: "a hole".to_owned() };
    assert!(jobs.fail(bad.new.job, bad.token, failure).await.unwrap());
    assert_eq!(state().await, VersionState::Processing, "the rest of the file may mend it");
    let good = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    let playable = VersionUpdate { state: Some(VersionState::Playable), ..VersionUpdate::default() };
    let done = JobDone { version: Some(playable), ..JobDone::default() };
    assert!(jobs.complete(good.new.job, good.token, done).await.unwrap().is_held());
    catalog.complete_upload(upload(1), hash(7), vec![new_job(5, "probe", Some(1))]).await.unwrap();
    assert_eq!(state().await, VersionState::Playable, "it plays, and goes on playing");
    assert_eq!(catalog.upload_needs(upload(1)).await.unwrap(), None);
    let left = [("audio", JobState::Done), ("poster", JobState::Waiting), ("probe", JobState::Waiting)];
    assert_eq!(kinds().await, left.map(|(kind, state)| (kind.to_owned(), state)));
    assert!(!jobs.enqueue_ahead(upload(1), ahead.to_vec()).await.unwrap(), "the file is whole");
    // The file is another than its index said: what was made of it is made anew.
    let mut probe = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    if probe.new.kind != "probe" {
        probe = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    }
    let anew = JobDone { anew: true, enqueue: vec![new_job(6, "chunk", Some(1))], ..JobDone::default() };
    assert!(jobs.complete(probe.new.job, probe.token, anew).await.unwrap().is_held());
    let left = [("probe", JobState::Done), ("chunk", JobState::Waiting)];
    assert_eq!(kinds().await, left.map(|(kind, state)| (kind.to_owned(), state)));
}

pub async fn an_upload_given_up_takes_its_jobs_along(bench: &Bench) {
    let (jobs, catalog) = (&bench.store.jobs, &bench.store.catalog);
    begin(bench).await;
    assert!(jobs.enqueue_ahead(upload(1), vec![new_job(1, "chunk", Some(1))]).await.unwrap());
    let running = jobs.claim("r1", 9, at(0)).await.unwrap().unwrap();
    catalog.cancel_upload(upload(1), at(0)).await.unwrap();
    assert!(!jobs.renew(running.new.job, running.token, at(0)).await.unwrap());
    assert!(!jobs.enqueue_ahead(upload(1), vec![new_job(2, "chunk", Some(1))]).await.unwrap());
    assert_eq!(jobs.claim("r1", 9, at(0)).await.unwrap(), None);
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
