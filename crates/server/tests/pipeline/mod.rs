//! A real worker beside a test's server, sources to upload, and tus as a client speaks it.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::support::{Answer, Server, Visitor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use media::clip::{ClipKind, ClipPainter, clip_args};
use protocol::ChannelId;
use protocol::rest::{VersionState, VersionView, VideoList, VideoView};
use reqwest::Method;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use timecode::FrameRate;
use worker::{Launcher, Tools, WorkerConfig, WorkerHandle};

/// Longest that a test waits for a state: encoding runs when a busy machine has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(900);

/// The stand-in for `genlock sandbox-exec`. Cargo builds examples along with all tests, but not with one chosen test.
fn sandbox_exec() -> std::path::PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test.parent().and_then(|deps| deps.parent()).expect("in target");
    let program = target.join("examples/server_sandbox_exec");
    if !program.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "server", "--example", "server_sandbox_exec"])
            .status();
        assert!(built.is_ok_and(|status| status.success()) && program.exists(), "{}", program.display());
    }
    program
}

/// Starts a worker for a server, as the binary does.
pub async fn start_worker(server: &Server) -> WorkerHandle {
    let program = sandbox_exec();
    let launcher = Launcher::new(program, Vec::new(), false);
    let tools =
        Tools::find(launcher, Some("/usr/bin:/usr/local/bin:/bin".into()), &server.data.path().join("try"))
            .await
            .expect("ffmpeg and its sandbox");
    let config = WorkerConfig {
        runner: "test".to_owned(),
        slots: 2,
        job_dir: server.data.path().join("jobs"),
        tools,
        wake: Arc::clone(&server.state.jobs_wake),
        seed: 1,
    };
    let clock = server.state.clock;
    let state = server.state.clone();
    worker::spawn_at(config, state.desk.clone(), state.store.blobs.clone(), Arc::new(move || clock.now()))
        .expect("a job folder")
}

/// A source whose frames carry their numbers.
pub fn clip(kind: ClipKind, rate: FrameRate, frames: i64, (width, height): (usize, usize)) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(format!("clip.{}", kind.extension()));
    let painter = ClipPainter::new(width, height, rate);
    let mut child = Command::new("nice")
        .arg("ffmpeg")
        .args(clip_args(kind, rate, width, height, frames, &file))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ffmpeg starts");
    let mut input = child.stdin.take().expect("piped");
    for n in 0..frames {
        input.write_all(&painter.frame(n).bytes).expect("ffmpeg reads");
    }
    drop(input);
    assert!(child.wait().expect("ffmpeg ends").success());
    std::fs::read(&file).expect("the clip")
}

/// `Upload-Metadata`.
pub fn metadata(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect::<Vec<_>>().join(",")
}

/// A tus request.
pub fn tus(visitor: &Visitor, method: Method, path: &str) -> reqwest::RequestBuilder {
    visitor.request(method, path).header("tus-resumable", "1.0.0")
}

/// Begins an upload.
pub async fn create(visitor: &mut Visitor, channel: ChannelId, filename: &str, length: u64) -> Answer {
    let request = tus(visitor, Method::POST, "uploads")
        .header("upload-length", length)
        .header("upload-metadata", metadata(&[("filename", filename), ("channel", &channel.to_string())]));
    visitor.send(request).await
}

/// Sends a part.
pub async fn part(visitor: &mut Visitor, path: &str, offset: u64, bytes: &[u8]) -> Answer {
    let request = tus(visitor, Method::PATCH, path)
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", offset)
        .body(bytes.to_vec());
    visitor.send(request).await
}

/// Uploads a file in one part; answers the path of the upload.
pub async fn upload(visitor: &mut Visitor, channel: ChannelId, filename: &str, bytes: &[u8]) -> String {
    let answer = create(visitor, channel, filename, bytes.len() as u64).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let path = answer.header("location").to_owned();
    let answer = part(visitor, &path, 0, bytes).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!(answer.header("upload-offset"), bytes.len().to_string());
    path
}

/// The newest video of a channel.
pub async fn newest(visitor: &mut Visitor, channel: ChannelId) -> VideoView {
    let list: VideoList = visitor.get(&format!("channels/{channel}/videos")).await.ok(200);
    list.videos.into_iter().next().expect("a video")
}

/// Waits until the newest video's newest version is as `good` says.
pub async fn until(
    visitor: &mut Visitor,
    channel: ChannelId,
    good: impl Fn(&VersionView) -> bool,
) -> (VideoView, VersionView) {
    let began = Instant::now();
    loop {
        let video = newest(visitor, channel).await;
        let version = video.versions[0].clone();
        if good(&version) {
            return (video, version);
        }
        let is_final =
            matches!(version.state, VersionState::Ready | VersionState::Failed | VersionState::Cancelled);
        assert!(!is_final, "{:?}: {:?}", version.state, version.failure);
        assert!(began.elapsed() < PATIENCE, "still {:?}", version.state);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
