//! Progress of a version: of several workers at once, the newest value always, never going back.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use desk::{ProgressBoard, WorkerNews};
use media::{JobSpec, Plan, RenditionSet};
use protocol::{ChannelId, JobId, VersionId, VideoId};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::catalog::VideoRow;
use tokio::sync::mpsc;

/// A plan of a minute in two renditions, as the pure crate makes it.
fn plan() -> Plan {
    serde_json::from_str(include_str!("plan.json")).unwrap()
}

fn video() -> VideoRow {
    VideoRow {
        video: VideoId::from_bytes([1; 16]),
        channel: ChannelId::from_bytes([2; 16]),
        title: "Film".to_owned(),
        added_by: None,
        added_at: protocol::Timestamp(0),
        removed_at: None,
    }
}

/// The next piece of progress.
async fn told(news: &mut mpsc::Receiver<WorkerNews>) -> u32 {
    match news.recv().await {
        Some(WorkerNews::Progress { progress, .. }) => progress.permille,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn several_workers_make_one_progress_that_never_goes_back() {
    let (sender, mut news) = mpsc::channel(desk::NEWS_MAX);
    let board = Arc::new(ProgressBoard::new(sender));
    let (version, plan) = (VersionId::from_bytes([3; 16]), plan());
    assert!(plan.chunks() > 3);
    let job = |number| JobId::from_bytes([number; 16]);
    let chunk = |index| JobSpec::Chunk { index, renditions: RenditionSet::All };
    let frames = |index| plan.chunk_frames(index).end - plan.chunk_frames(index).start;
    board.learn(version, video(), plan.clone(), BTreeSet::new());
    board.begin(version, job(1), 1, chunk(2));
    board.begin(version, job(2), 1, chunk(3));
    let mut all = Vec::new();
    for tenth in 1..=10 {
        ProgressBoard::note(&board, job(1), 1, frames(2) * tenth / 10);
        ProgressBoard::note(&board, job(2), 1, frames(3) * tenth / 10);
        all.push(told(&mut news).await);
    }
    assert_eq!(board.share_of(job(1)), Some(1000));
    // One is done, the other's worker vanished: it begins anew, and the sum would be smaller.
    board.done(version, job(1), chunk(2));
    board.begin(version, job(2), 2, chunk(3));
    ProgressBoard::note(&board, job(2), 1, frames(3));
    assert_eq!(board.share_of(job(2)), Some(0), "the word of a lost claim does not count");
    for tenth in 0..=10 {
        ProgressBoard::note(&board, job(2), 2, frames(3) * tenth / 10);
        all.push(told(&mut news).await);
    }
    assert!(all.is_sorted() && all.first() < all.last(), "{all:?}");
    assert!(board.permille(version) >= all.last().copied());
    board.forget(version);
    assert_eq!(board.permille(version), None);
}

#[tokio::test]
async fn the_last_value_is_told_though_nothing_follows() {
    let (sender, mut news) = mpsc::channel(desk::NEWS_MAX);
    let board = Arc::new(ProgressBoard::new(sender));
    let (version, plan, job) = (VersionId::from_bytes([3; 16]), plan(), JobId::from_bytes([1; 16]));
    board.learn(version, video(), plan.clone(), BTreeSet::new());
    board.begin(version, job, 1, JobSpec::Chunk { index: 2, renditions: RenditionSet::All });
    let whole = plan.chunk_frames(2).end - plan.chunk_frames(2).start;
    for share in 1..=4 {
        ProgressBoard::note(&board, job, 1, whole * share / 4);
    }
    let at_once = told(&mut news).await;
    let later = told(&mut news).await;
    assert!(later > at_once, "{later} after {at_once}");
    assert_eq!(board.permille(version), Some(later), "it is the newest");
    assert!(news.try_recv().is_err(), "many at once are one");
}
