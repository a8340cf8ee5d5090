//! Videos, versions and uploads.

use super::Bench;
use super::make::*;
use protocol::rest::VersionState;
use store::StoreError;
use store::catalog::{CAPTIONS_MAX, CaptionRow, VersionUpdate, VideoRow};
use store::jobs::JobState;
use timecode::FrameRate;

pub async fn an_upload_comes_with_its_video_and_version(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    assert_eq!(catalog.upload(upload(1)).await.unwrap(), Some(upload_row(1, 1)));
    assert_eq!(bench.other.catalog.upload_of(version(1)).await.unwrap(), Some(upload_row(1, 1)));
    assert_eq!(catalog.version(version(1)).await.unwrap(), Some((version_row(1, 1, 1), video_row(1))));
    assert_eq!(catalog.video(video(1)).await.unwrap(), Some((video_row(1), vec![version_row(1, 1, 1)])));
    assert_eq!(catalog.upload(upload(2)).await.unwrap(), None);
    assert_eq!(catalog.version(version(2)).await.unwrap(), None);
    assert_eq!(catalog.video(video(2)).await.unwrap(), None);
    // A second version of the same video, newest first.
    catalog.add_upload(None, version_row(2, 1, 2), upload_row(2, 2)).await.unwrap();
    let (_, versions) = catalog.video(video(1)).await.unwrap().unwrap();
    assert_eq!(versions.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 1]);
}

pub async fn an_upload_that_does_not_fit_leaves_nothing(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    let no_video = catalog.add_upload(None, version_row(2, 9, 1), upload_row(2, 2)).await;
    assert!(matches!(no_video, Err(StoreError::NotFound)), "{no_video:?}");
    let same_number = catalog.add_upload(None, version_row(2, 1, 1), upload_row(2, 2)).await;
    assert!(matches!(same_number, Err(StoreError::Conflict(_))), "{same_number:?}");
    let same_upload = catalog.add_upload(Some(video_row(2)), version_row(2, 2, 1), upload_row(1, 2)).await;
    assert!(matches!(same_upload, Err(StoreError::Conflict(_))), "{same_upload:?}");
    assert_eq!(catalog.video(video(2)).await.unwrap(), None);
    assert_eq!(catalog.version(version(2)).await.unwrap(), None);
}

pub async fn offsets_never_go_back(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    for offset in [400, 200] {
        catalog.advance_upload(upload(1), offset).await.unwrap();
        assert_eq!(catalog.upload(upload(1)).await.unwrap().unwrap().offset, 400);
    }
    assert!(matches!(catalog.advance_upload(upload(1), 1_001).await, Err(StoreError::Conflict(_))));
    assert!(matches!(catalog.advance_upload(upload(9), 1).await, Err(StoreError::NotFound)));
}

pub async fn completing_an_upload_twice_changes_nothing(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    assert!(catalog.complete_upload(upload(1), hash(1), vec![new_job(1, "probe", Some(1))]).await.unwrap());
    assert!(!catalog.complete_upload(upload(1), hash(2), vec![new_job(2, "probe", Some(1))]).await.unwrap());
    let row = catalog.upload(upload(1)).await.unwrap().unwrap();
    assert!(row.complete && row.offset == row.bytes);
    let (row, _) = catalog.version(version(1)).await.unwrap().unwrap();
    assert_eq!((row.state, row.sha256), (VersionState::Uploaded, Some(hash(1))));
    let jobs = bench.other.jobs.jobs_of(version(1)).await.unwrap();
    assert_eq!(
        jobs.iter().map(|row| (row.new.job, row.state)).collect::<Vec<_>>(),
        [(job(1), JobState::Waiting)]
    );
    assert_eq!(catalog.upload_of(version(1)).await.unwrap(), None);
    assert!(matches!(catalog.complete_upload(upload(9), hash(1), vec![]).await, Err(StoreError::NotFound)));
    assert!(matches!(catalog.cancel_upload(upload(1), at(0)).await, Err(StoreError::Conflict(_))));
}

pub async fn a_cancelled_upload_is_forgotten(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    catalog.forget_upload(upload(1)).await.unwrap();
    assert!(catalog.upload(upload(1)).await.unwrap().is_some(), "only what was given up is forgotten");
    catalog.cancel_upload(upload(1), at(10)).await.unwrap();
    assert_eq!(catalog.upload(upload(1)).await.unwrap(), None);
    assert_eq!(catalog.upload_of(version(1)).await.unwrap(), None);
    assert_eq!(catalog.reserved_bytes().await.unwrap(), 0);
    assert_eq!(catalog.source_bytes().await.unwrap(), 0);
    assert_eq!(catalog.version(version(1)).await.unwrap().unwrap().0.state, VersionState::Cancelled);
    assert!(matches!(catalog.cancel_upload(upload(1), at(10)).await, Err(StoreError::NotFound)));
    // The sweep still finds it, a while later, until its bytes are gone.
    assert_eq!(catalog.stale_uploads(at(69)).await.unwrap(), vec![]);
    let stale = catalog.stale_uploads(at(70)).await.unwrap();
    assert!(matches!(&stale[..], [row] if row.upload == upload(1) && row.given_up), "{stale:?}");
    catalog.forget_upload(upload(1)).await.unwrap();
    assert_eq!(catalog.stale_uploads(at(1_000)).await.unwrap(), vec![]);
}

pub async fn stale_uploads_and_the_reserved_room(bench: &Bench) {
    let catalog = &bench.store.catalog;
    assert_eq!(catalog.reserved_bytes().await.unwrap(), 0);
    for number in 1..=3 {
        add_version(&bench.store, number).await;
    }
    catalog.complete_upload(upload(3), hash(3), vec![]).await.unwrap();
    assert_eq!(catalog.reserved_bytes().await.unwrap(), 2_000);
    catalog.advance_upload(upload(1), 400).await.unwrap();
    assert_eq!(catalog.reserved_bytes().await.unwrap(), 1_600, "what has come is on the disk already");
    assert_eq!(catalog.source_bytes().await.unwrap(), 3_000);
    assert_eq!(catalog.stale_uploads(at(99)).await.unwrap(), vec![]);
    let stale = catalog.stale_uploads(at(100)).await.unwrap();
    assert_eq!(stale.iter().map(|row| row.upload).collect::<Vec<_>>(), [upload(1), upload(2)]);
}

pub async fn updates_change_only_what_they_name(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    let rate = FrameRate::new(30_000, 1_001).unwrap();
    let all = VersionUpdate {
        state: Some(VersionState::Failed),
        sha256: Some(hash(4)),
        grid: Some((rate, 8_640)),
        facts: Some("{\"f\":1}".to_owned()),
        plan: Some("{\"p\":1}".to_owned()),
        failure: Some(Some((3_003, "cut short".to_owned()))),
        loudness: Some("[]".to_owned()),
        poster_frame: Some(77),
        captions: Some(caption_row(1, 1)),
    };
    catalog.update_version(version(1), all).await.unwrap();
    catalog.update_version(version(1), VersionUpdate::default()).await.unwrap();
    let (row, _) = bench.other.catalog.version(version(1)).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.sha256, row.rate, row.frames),
        (VersionState::Failed, Some(hash(4)), Some(rate), Some(8_640))
    );
    assert_eq!((row.facts.as_deref(), row.plan.as_deref()), (Some("{\"f\":1}"), Some("{\"p\":1}")));
    assert_eq!(row.failure, Some((3_003, "cut short".to_owned())));
    assert_eq!((row.loudness.as_deref(), row.poster_frame), (Some("[]"), Some(77)));
    let cleared =
        VersionUpdate { state: Some(VersionState::Ready), failure: Some(None), ..VersionUpdate::default() };
    catalog.update_version(version(1), cleared).await.unwrap();
    let (row, _) = catalog.version(version(1)).await.unwrap().unwrap();
    assert_eq!((row.state, row.failure, row.frames), (VersionState::Ready, None, Some(8_640)));
    let unknown = catalog.update_version(version(9), VersionUpdate::default()).await;
    assert!(matches!(unknown, Err(StoreError::NotFound)));
}

pub async fn videos_page_newest_first(bench: &Bench) {
    let catalog = &bench.store.catalog;
    for number in 1..=5 {
        add_version(&bench.store, number).await;
    }
    // Added in the same moment as 5: the id decides.
    let twin = VideoRow { added_at: at(5), ..video_row(6) };
    catalog.add_upload(Some(twin), version_row(6, 6, 1), upload_row(6, 6)).await.unwrap();
    let elsewhere = VideoRow { channel: channel(2), ..video_row(7) };
    catalog.add_upload(Some(elsewhere), version_row(7, 7, 1), upload_row(7, 7)).await.unwrap();
    catalog.remove_video(video(3), Some(at(50))).await.unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = catalog.videos(channel(1), cursor, 2).await.unwrap();
        let Some((last, versions)) = page.last() else { break };
        assert_eq!(versions.len(), 1);
        cursor = Some((last.added_at, last.video));
        seen.extend(page.into_iter().map(|(row, _)| row.video));
    }
    assert_eq!(seen, [video(6), video(5), video(4), video(2), video(1)]);
}

pub async fn a_removed_video_comes_back_or_is_swept(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    add_version(&bench.store, 2).await;
    catalog.rename_video(video(1), "Cut 2".to_owned()).await.unwrap();
    catalog.remove_video(video(1), Some(at(10))).await.unwrap();
    let (row, _) = catalog.video(video(1)).await.unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.removed_at), ("Cut 2", Some(at(10))));
    assert_eq!(catalog.removed_videos(at(10)).await.unwrap(), vec![]);
    assert_eq!(catalog.removed_videos(at(11)).await.unwrap().len(), 1);
    catalog.remove_video(video(1), None).await.unwrap();
    assert_eq!(catalog.removed_videos(at(11)).await.unwrap(), vec![]);
    bench.store.jobs.enqueue(vec![new_job(1, "probe", Some(1)), new_job(2, "probe", Some(2))]).await.unwrap();
    catalog.purge_video(video(1)).await.unwrap();
    catalog.purge_video(video(1)).await.unwrap();
    assert_eq!(catalog.video(video(1)).await.unwrap(), None);
    assert_eq!(catalog.version(version(1)).await.unwrap(), None);
    assert_eq!(catalog.upload(upload(1)).await.unwrap(), None);
    assert_eq!(bench.store.jobs.job(job(1)).await.unwrap(), None);
    assert!(bench.store.jobs.job(job(2)).await.unwrap().is_some());
    assert!(matches!(catalog.rename_video(video(1), "x".to_owned()).await, Err(StoreError::NotFound)));
    assert!(matches!(catalog.remove_video(video(1), None).await, Err(StoreError::NotFound)));
}

pub async fn captions_belong_to_a_version_with_one_default(bench: &Bench) {
    let catalog = &bench.store.catalog;
    assert!(matches!(catalog.add_captions(caption_row(1, 1)).await, Err(StoreError::NotFound)));
    add_version(&bench.store, 1).await;
    add_version(&bench.store, 2).await;
    let first = CaptionRow { is_default: true, ..caption_row(1, 1) };
    let embedded = CaptionRow { stream: Some(3), added_by: None, is_default: true, ..caption_row(2, 1) };
    for row in [&first, &embedded, &caption_row(3, 2)] {
        catalog.add_captions(row.clone()).await.unwrap();
        // A job that runs twice adds them once.
        catalog.add_captions(row.clone()).await.unwrap();
    }
    let first = CaptionRow { is_default: false, ..first };
    assert_eq!(bench.other.catalog.captions(version(1)).await.unwrap(), [embedded.clone(), first.clone()]);
    catalog.update_captions(caption(1), None, "Commentary".to_owned(), true).await.unwrap();
    let named = CaptionRow { language: None, label: "Commentary".to_owned(), is_default: true, ..first };
    let embedded = CaptionRow { is_default: false, ..embedded };
    assert_eq!(catalog.captions(version(1)).await.unwrap(), [embedded, named]);
    let unknown = catalog.update_captions(caption(9), None, String::new(), false).await;
    assert!(matches!(unknown, Err(StoreError::NotFound)));
    catalog.purge_video(video(1)).await.unwrap();
    assert_eq!(catalog.caption(caption(1)).await.unwrap(), None);
    assert_eq!(catalog.caption(caption(3)).await.unwrap(), Some(caption_row(3, 2)));
}

pub async fn removed_captions_come_back_or_are_swept(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    catalog.add_captions(CaptionRow { is_default: true, ..caption_row(1, 1) }).await.unwrap();
    catalog.remove_captions(caption(1), Some(at(10))).await.unwrap();
    assert_eq!(catalog.captions(version(1)).await.unwrap(), []);
    assert_eq!(catalog.removed_captions(at(10)).await.unwrap(), []);
    assert_eq!(catalog.removed_captions(at(11)).await.unwrap().len(), 1);
    catalog.remove_captions(caption(1), None).await.unwrap();
    assert_eq!(catalog.captions(version(1)).await.unwrap(), [caption_row(1, 1)]);
    assert_eq!(catalog.removed_captions(at(11)).await.unwrap(), []);
    catalog.purge_captions(caption(1)).await.unwrap();
    assert_eq!(catalog.caption(caption(1)).await.unwrap(), None);
    assert!(matches!(catalog.remove_captions(caption(1), None).await, Err(StoreError::NotFound)));
}

pub async fn captions_are_bounded(bench: &Bench) {
    let catalog = &bench.store.catalog;
    add_version(&bench.store, 1).await;
    for number in 1..=CAPTIONS_MAX as u64 {
        catalog.add_captions(caption_row(number, 1)).await.unwrap();
    }
    let one_more = caption_row(CAPTIONS_MAX as u64 + 1, 1);
    assert!(matches!(catalog.add_captions(one_more.clone()).await, Err(StoreError::Conflict("full"))));
    catalog.remove_captions(caption(1), Some(at(10))).await.unwrap();
    catalog.add_captions(one_more).await.unwrap();
    assert!(matches!(catalog.remove_captions(caption(1), None).await, Err(StoreError::Conflict("full"))));
}
