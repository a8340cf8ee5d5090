//! Whole files through the real worker: real ffmpeg in the real sandbox, SQLite, files.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use media::clip::ClipKind;
use protocol::Code;
use protocol::rest::VersionState;
use std::os::unix::fs::MetadataExt as _;
use support::{Rig, clip, plan_of};
use timecode::FrameRate;
use worker::WorkerNews;

fn film() -> FrameRate {
    FrameRate::new(24_000, 1001).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_sources_become_ready_with_every_object() {
    let rig = Rig::new().await;
    let (worker, mut news) = rig.worker(2);
    for (kind, rate, frames) in [
        (ClipKind::H264Default, film(), 75),
        (ClipKind::Hevc10Matroska, FrameRate::new(25, 1).unwrap(), 60),
        (ClipKind::Vp9Webm, FrameRate::new(30, 1).unwrap(), 65),
        (ClipKind::Mpeg2Ts, FrameRate::new(25, 1).unwrap(), 55),
        (ClipKind::ProresMov, film(), 50),
        (ClipKind::H264NoAudio, FrameRate::new(50, 1).unwrap(), 101),
    ] {
        let version = rig.uploaded(&clip(kind, rate, frames, (426, 240)), kind.name()).await;
        let row = rig.until(version, |row| row.state == VersionState::Ready).await;
        assert_eq!((row.rate, row.frames), (Some(rate), Some(frames)), "{}", kind.name());
        let plan = plan_of(&row);
        assert_eq!(plan.audio.is_some(), kind.has_sound(), "{}", kind.name());
        for object in plan.objects() {
            let stat = rig.store.blobs.stat(&plan.key(version, &object)).await.unwrap();
            assert!(stat.is_some_and(|stat| stat.bytes > 0), "{}: {object}", kind.name());
        }
    }
    worker.stop().await;
    let mut states = Vec::new();
    let mut last_permille = 0;
    while let Some(item) = news.recv().await {
        match item {
            WorkerNews::Version { update, .. } => states.push(update.state),
            WorkerNews::Progress { progress, .. } => last_permille = progress.permille,
        }
    }
    let of_one = [VersionState::Processing, VersionState::Playable, VersionState::Ready];
    assert_eq!(states, of_one.repeat(6), "each version tells each state once");
    assert_eq!(last_permille, 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn law_11_a_killed_worker_does_not_make_its_chunks_again() {
    let rig = Rig::new().await;
    // Chunks of 1, 2, about 5, and at the end of 2, 1 and 1 segments of 2 s.
    let source = clip(ClipKind::H264NoAudio, FrameRate::new(25, 1).unwrap(), 34 * 25, (426, 240));
    let (worker, _news) = rig.worker(1);
    let version = rig.uploaded(&source, "long.mp4").await;
    let row = rig.until(version, |row| row.plan.is_some()).await;
    let plan = plan_of(&row);
    let made = plan.chunks() - 3;
    assert!(made >= 4, "{} chunks", plan.chunks());
    let keys = |chunk: u32| -> Vec<String> {
        plan.chunk_objects(chunk, media::RenditionSet::All)
            .iter()
            .map(|object| plan.key(version, object))
            .collect()
    };
    for key in keys(made) {
        rig.until_object(&key).await;
    }
    worker.abort().await;
    let inodes = |chunks: std::ops::RangeInclusive<u32>| -> Vec<(String, u64, i64)> {
        chunks
            .flat_map(keys)
            .map(|key| {
                let found = std::fs::metadata(rig.file_of(&key)).unwrap();
                (key, found.ino(), found.mtime_nsec())
            })
            .collect()
    };
    let before = inodes(0..=made);
    let (worker, _news) = rig.worker(1);
    rig.until(version, |row| row.state == VersionState::Ready).await;
    assert_eq!(inodes(0..=made), before, "finished chunks stay the same files");
    // Two chunks are left, or the one in work of them, and the poster if the first worker had not come to it.
    let runs = worker.ffmpeg_runs();
    assert!((1..=3).contains(&runs), "{runs} runs of ffmpeg after the restart");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_there_before_its_chunk_is() {
    let rig = Rig::new().await;
    let source = clip(ClipKind::Mpeg2Ts, FrameRate::new(25, 1).unwrap(), 14 * 25, (960, 540));
    let (worker, _news) = rig.worker(1);
    let version = rig.uploaded(&source, "ahead.ts").await;
    let plan = plan_of(&rig.until(version, |row| row.plan.is_some()).await);
    let lowest = plan.lowest().name.clone();
    let keys: Vec<String> = plan
        .chunk_segments(2)
        .map(|index| plan.key(version, &media::ObjectRef::Segment { rendition: lowest.clone(), index }))
        .collect();
    assert!(keys.len() >= 4, "a chunk of several segments");
    rig.until_object(&keys[0]).await;
    worker.abort().await;
    let begun = std::fs::read(rig.file_of(&keys[0])).unwrap();
    let end = keys.last().unwrap();
    assert!(rig.store.blobs.stat(end).await.unwrap().is_none(), "the chunk was in the making");
    let (worker, _news) = rig.worker(1);
    rig.until(version, |row| row.state == VersionState::Ready).await;
    worker.stop().await;
    assert!(rig.store.blobs.stat(end).await.unwrap().is_some());
    assert_eq!(std::fs::read(rig.file_of(&keys[0])).unwrap(), begun, "made again it is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_is_refused_in_plain_words_and_leaves_nothing_running() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(2);
    let whole = clip(ClipKind::H264Default, film(), 75, (426, 240));
    // moov comes last in this file: the first half is a recording that was interrupted.
    let cases: [(&str, Vec<u8>, Code); 6] = [
        ("text.mp4", b"This is a text that somebody has named .mp4.\n".repeat(40), Code::FileNotVideo),
        (
            "playlist.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n".to_vec(),
            Code::FileNotVideo,
        ),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec(), Code::FileNotVideo),
        ("truncated.mp4", whole[..whole.len() / 2].to_vec(), Code::FileDamaged),
        ("noise.mp4", [b"\0\0\0\x18ftypisom".to_vec(), vec![0x5a; 5000]].concat(), Code::FileDamaged),
        ("empty.mp4", Vec::new(), Code::FileEmpty),
    ];
    for (name, bytes, code) in cases {
        let version = rig.uploaded(&bytes, name).await;
        let row = rig.until(version, |row| row.state == VersionState::Failed).await;
        let (number, detail) = row.failure.unwrap();
        assert!(number == code.number() || name == "noise.mp4", "{name}: {number} {detail}");
        assert!(detail.ends_with('.') && !detail.contains("ffmpeg"), "{name}: {detail}");
        println!("{name}: {detail} ({number})");
        for job in rig.store.jobs.jobs_of(version).await.unwrap() {
            use store::jobs::JobState::{Cancelled, Dead};
            assert!(matches!(job.state, Dead | Cancelled), "{name}: {:?}", job.state);
        }
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_worker_gives_its_claims_back_uncounted() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(1);
    let source = clip(ClipKind::H264NoAudio, FrameRate::new(25, 1).unwrap(), 20 * 25, (640, 360));
    let version = rig.uploaded(&source, "long.mp4").await;
    rig.until(version, |row| row.state == VersionState::Playable).await;
    worker.stop().await;
    for job in rig.store.jobs.jobs_of(version).await.unwrap() {
        assert_ne!(job.state, store::jobs::JobState::Running, "{}", job.new.key);
        if job.state == store::jobs::JobState::Waiting {
            assert_eq!(job.attempts, 0, "{}", job.new.key);
        }
    }
    assert_eq!(std::fs::read_dir(rig.folder.path().join("jobs")).unwrap().count(), 0, "no folder is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_clip_is_made_once_and_plays() {
    let rig = Rig::new().await;
    let clip = worker::sample::SampleClip {
        channel: protocol::ChannelId(uuid::Uuid::now_v7()),
        video: protocol::VideoId(uuid::Uuid::now_v7()),
        version: protocol::VersionId(uuid::Uuid::now_v7()),
    };
    let folder = rig.folder.path().join("sample");
    let ensure = || worker::sample::ensure(clip, &rig.store, &rig.tools, &folder, support::now());
    assert!(ensure().await.unwrap());
    assert!(!ensure().await.unwrap(), "the second time there is nothing to do");
    let (worker, _news) = rig.worker(2);
    let row = rig.until(clip.version, |row| row.state == VersionState::Playable).await;
    assert_eq!(row.frames, Some(media::sample::SAMPLE_FRAMES));
    worker.stop().await;
}
