//! What comes beside picture and sound, by the worker: sound tracks, captions, waveform, loudness, posters of choice.
//! Needs ffmpeg and the sandbox.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use media::clip::ClipKind;
use media::{JobSpec, Loudness, ObjectRef, Plan};
use protocol::VersionId;
use protocol::rest::VersionState;
use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Rig, clip, new_job, plan_of};
use timecode::FrameRate;

const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello <script>there</script>\n";

/// A film with two sound tracks and a subtitle track.
fn film() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (picture, text, output) =
        (folder.path().join("a.mp4"), folder.path().join("a.srt"), folder.path().join("film.mkv"));
    std::fs::write(&picture, clip(ClipKind::H264Default, FrameRate::new(25, 1).unwrap(), 125, (426, 240)))
        .unwrap();
    std::fs::write(&text, SRT).unwrap();
    let mut words: Vec<OsString> = vec!["-v".into(), "error".into(), "-i".into(), picture.into()];
    words.extend(["-f", "lavfi", "-i", "sine=frequency=880:duration=5", "-i"].map(OsString::from));
    words.push(text.into());
    words.extend(
        ["-map", "0", "-map", "1:a", "-map", "2:s", "-c:v", "copy", "-c:s", "subrip"].map(OsString::from),
    );
    words.extend(["-metadata:s:s:0", "language=ger"].map(OsString::from));
    words.push(output.clone().into());
    assert!(Command::new("ffmpeg").args(words).status().unwrap().success());
    std::fs::read(output).unwrap()
}

/// Longest that a test waits, as in the other tests of the worker.
const PATIENCE: Duration = Duration::from_secs(900);

async fn until_row(rig: &Rig, version: VersionId, good: impl Fn(&store::catalog::VersionRow) -> bool) {
    let began = Instant::now();
    while !good(&rig.version(version).await) {
        assert!(began.elapsed() < PATIENCE, "the version stays as it is");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn choose_poster(rig: &Rig, version: VersionId, frame: i64, asked_at: i64) {
    let job = new_job(&JobSpec::PosterAt { frame, asked_at }, version);
    rig.store.jobs.enqueue(vec![job]).await.unwrap();
    rig.wake.ring();
}

/// The number in the picture of a stored poster.
fn number_of(rig: &Rig, plan: &Plan, version: VersionId, object: &ObjectRef) -> Option<u16> {
    let file = rig.file_of(&plan.key(version, object));
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"])
        .output()
        .unwrap();
    media::barcode::read(&output.stdout, plan.poster.0 as usize, plan.poster.1 as usize)
}

#[tokio::test(flavor = "multi_thread")]
async fn tracks_captions_waveform_loudness_and_posters_come_with_a_video() {
    let rig = Rig::new().await;
    let (worker, _news) = rig.worker(2);
    let version = rig.uploaded(&film(), "film.mkv").await;
    let row = rig.until(version, |row| row.state == VersionState::Ready).await;
    let plan = plan_of(&row);
    assert_eq!(plan.sounds().count(), 2);
    for object in plan.objects() {
        let stat = rig.store.blobs.stat(&plan.key(version, &object)).await.unwrap();
        assert!(stat.is_some_and(|stat| stat.bytes > 0), "{object}");
    }
    let list = rig.store.blobs.read(&plan.key(version, &ObjectRef::KeyFrames), 0..4096).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&list).matches("#EXT-X-BYTERANGE:").count(), plan.segments() as usize);

    let captions = rig.store.catalog.captions(version).await.unwrap();
    assert_eq!((captions.len(), captions[0].language.as_deref(), captions[0].cues), (1, Some("de"), 1));
    let key = Plan::caption_key(version, captions[0].caption);
    let text = rig.store.blobs.read(&key, 0..4096).await.unwrap();
    assert_eq!(text, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello there\n");

    until_row(&rig, version, |row| row.loudness.is_some()).await;
    let loudness: Vec<Loudness> =
        serde_json::from_str(rig.version(version).await.loudness.as_deref().unwrap()).unwrap();
    assert_eq!(loudness.len(), 2);
    assert!(loudness.iter().all(|one| one.integrated.is_some() && one.true_peak.is_some()), "{loudness:?}");

    // A poster of choice shows its frame; the one chosen before the last is swept.
    for (frame, asked_at) in [(33, 1), (77, 2), (101, 3)] {
        choose_poster(&rig, version, frame, asked_at).await;
        until_row(&rig, version, |row| row.poster_frame == Some(frame)).await;
        let shown = number_of(&rig, &plan, version, &ObjectRef::PosterAt { frame });
        assert_eq!(shown.map(i64::from), Some(frame));
    }
    let there = async |frame: i64| {
        rig.store.blobs.stat(&plan.key(version, &ObjectRef::PosterAt { frame })).await.unwrap().is_some()
    };
    assert_eq!((there(33).await, there(77).await, there(101).await), (false, true, true));
    worker.stop().await;
}
