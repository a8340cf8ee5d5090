//! `genlock work` beside a real server, films to upload, and what people see of the jobs.

#![allow(dead_code, reason = "each test file uses its part")]

use crate::support::{PATIENCE, Person, Server};
use media::clip::{ClipKind, ClipPainter, clip_args};
use protocol::ChannelId;
use protocol::rest::{VersionState, VersionView, VideoList};
use protocol::work::{JobList, JobView, TokenView};
use reqwest::Method;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Longest that a film may take: encoding runs when a busy machine has nothing else to do.
const FILM_PATIENCE: Duration = Duration::from_secs(900);
/// How often a state is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A running `genlock work`.
pub struct Work {
    pub child: Child,
    pub runner: String,
}

impl Work {
    /// Beside the server of a data folder, without any setting but the slots.
    pub async fn beside(data: &Path, slots: u32) -> Work {
        let mut command = Work::command(slots);
        command.arg("--data-dir").arg(data);
        Work::begin(command).await.expect("the worker begins")
    }

    /// On a machine that shares nothing with the server. The error is what it said.
    pub async fn elsewhere(
        server: &str,
        token: &str,
        folder: &Path,
        slots: u32,
    ) -> Result<Work, std::process::Output> {
        let mut command = Work::command(slots);
        command.args(["--server", server]).env("GENLOCK_TOKEN", token).arg("--work-dir").arg(folder);
        Work::begin(command).await
    }

    fn command(slots: u32) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genlock"));
        command.args(["work", "--slots", &slots.to_string()]);
        command
    }

    async fn begin(mut command: Command) -> Result<Work, std::process::Output> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("genlock starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut runner = String::new();
        loop {
            match tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it says something") {
                Ok(Some(line)) => {
                    if let Some((_, name)) = line.split_once(" worker ") {
                        name.clone_into(&mut runner);
                    }
                    if line.starts_with("Ready") {
                        break;
                    }
                }
                _ => return Err(child.wait_with_output().await.expect("it ends")),
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Work { child, runner })
    }

    /// Pulls the plug.
    pub async fn kill_nine(mut self) {
        self.child.kill().await.expect("the child was running");
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill runs").success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it stops in time");
        assert!(ended.expect("it ends").success());
    }
}

/// A request of a signed-in person.
pub fn ask(server: &str, person: &Person, method: Method, path: &str) -> reqwest::RequestBuilder {
    person
        .http
        .request(method, format!("{server}/api/v1/{path}"))
        .header("origin", server)
        .header("cookie", &person.cookie)
}

/// A body, once the server gives one; it may be away for a while.
pub async fn get<T: DeserializeOwned>(server: &str, person: &Person, path: &str) -> T {
    let began = Instant::now();
    loop {
        if let Ok(answer) = ask(server, person, Method::GET, path).send().await {
            let status = answer.status();
            let text = answer.text().await.unwrap_or_default();
            if let Ok(body) = serde_json::from_str(&text) {
                return body;
            }
            assert!(status.is_server_error() || status.is_success(), "{path}: {status} {text}");
        }
        assert!(began.elapsed() < PATIENCE, "{path} was not answered");
        tokio::time::sleep(LOOK).await;
    }
}

/// Uploads a file in one request (tus, creation with upload); answers when it is complete.
pub async fn upload(server: &Server, person: &Person, channel: ChannelId, filename: &str, bytes: &[u8]) {
    use base64::Engine as _;
    let text = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let metadata = format!("filename {},channel {}", text(filename), text(&channel.to_string()));
    let answer = ask(&server.base, person, Method::POST, "uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.len())
        .header("upload-metadata", metadata)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.to_vec())
        .send()
        .await
        .expect("the upload is answered");
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap_or_default());
}

/// The newest version of the video with this file.
pub async fn version(server: &str, person: &Person, channel: ChannelId, filename: &str) -> VersionView {
    let list: VideoList = get(server, person, &format!("channels/{channel}/videos")).await;
    let versions = list.videos.into_iter().flat_map(|video| video.versions);
    versions.into_iter().find(|version| version.filename == filename).expect("the video is listed")
}

/// Waits until the version of a file is as `good` says; a failure of the preparation fails the test.
pub async fn until(
    server: &str,
    person: &Person,
    channel: ChannelId,
    filename: &str,
    good: impl Fn(&VersionView) -> bool,
) -> VersionView {
    let began = Instant::now();
    loop {
        let version = version(server, person, channel, filename).await;
        if good(&version) {
            return version;
        }
        let is_final =
            matches!(version.state, VersionState::Ready | VersionState::Failed | VersionState::Cancelled);
        assert!(!is_final, "{filename}: {:?}: {:?}", version.state, version.failure);
        assert!(began.elapsed() < FILM_PATIENCE, "{filename} is still {:?}", version.state);
        tokio::time::sleep(LOOK).await;
    }
}

/// Every job of the instance.
pub async fn jobs(server: &str, person: &Person) -> Vec<JobView> {
    let mut all = Vec::new();
    let mut path = "jobs?limit=200".to_owned();
    loop {
        let page: JobList = get(server, person, &path).await;
        all.extend(page.jobs);
        match page.next {
            Some(next) => path = format!("jobs?limit=200&cursor={next}"),
            None => return all,
        }
    }
}

/// Waits until the jobs are as `good` says.
pub async fn until_jobs(
    server: &str,
    person: &Person,
    what: &str,
    good: impl Fn(&[JobView]) -> bool,
) -> Vec<JobView> {
    let began = Instant::now();
    loop {
        let jobs = jobs(server, person).await;
        if good(&jobs) {
            return jobs;
        }
        assert!(began.elapsed() < FILM_PATIENCE, "not seen: {what}: {jobs:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// A token of scope `work`.
pub async fn token(server: &Server, person: &Person) -> TokenView {
    let body = serde_json::json!({ "name": "another machine", "scope": "work", "email": null });
    let answer =
        ask(&server.base, person, Method::POST, "tokens").json(&body).send().await.expect("answered");
    assert_eq!(answer.status(), 201);
    answer.json().await.expect("a token")
}

/// Names (below the plan, whose name tells of the version) and hashes of everything that was made of a version.
pub fn objects(data: &Path, version: protocol::VersionId) -> BTreeMap<String, String> {
    let root = data.join("media/final").join(version.to_string());
    let entries = std::fs::read_dir(&root).expect("a folder of media");
    let plans: Vec<PathBuf> =
        entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir()).collect();
    let [plan] = plans.as_slice() else { panic!("one plan: {plans:?}") };
    let mut found = BTreeMap::new();
    collect(plan, plan, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of media") {
        let path: PathBuf = entry.expect("readable").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            let bytes = std::fs::read(&path).expect("readable");
            found.insert(name, format!("{:x?}", Sha256::digest(bytes)));
        }
    }
}

/// A source whose frames carry their numbers, 25 a second.
pub fn clip(kind: ClipKind, frames: i64, (width, height): (usize, usize)) -> Vec<u8> {
    let rate = timecode::FrameRate::new(25, 1).expect("a rate");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(format!("clip.{}", kind.extension()));
    let painter = ClipPainter::new(width, height, rate);
    let mut child = std::process::Command::new("ffmpeg")
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
