//! A worker on a store in a temporary folder, and sources to feed it.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part; a panic is the report")]

use desk::StoreDesk;
use media::clip::{ClipKind, ClipPainter, clip_args};
use media::{JobSpec, Plan};
use protocol::rest::VersionState;
use protocol::{
    ChannelId, DisplayName, JobId, PersonId, PersonKind, Timestamp, UploadId, VersionId, VideoId,
};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::Store;
use store::catalog::{PersonRow, UploadRow, VersionRow, VideoRow};
use store::jobs::NewJob;
use timecode::FrameRate;
use tokio::sync::mpsc;
use uuid::Uuid;
use worker::{Launcher, Tools, Wake, WorkerConfig, WorkerHandle, WorkerNews};

/// Longest that a test waits for a state: encoding runs when a busy machine has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(900);

/// An example of this crate. Cargo builds examples along with all tests, but not with one chosen test.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !program.exists() {
        let build = ["build", "--quiet", "--package", "worker", "--example", name];
        assert!(Command::new(env!("CARGO")).args(build).status().unwrap().success());
    }
    program.canonicalize().unwrap()
}

/// The stand-in for `genlock sandbox-exec`.
pub fn launcher() -> Launcher {
    Launcher::new(example("sandbox_exec"), Vec::new(), false)
}

pub fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64)
}

pub async fn tools(launcher: Launcher, folder: &Path) -> Tools {
    Tools::find(launcher, Some("/usr/bin:/usr/local/bin:/bin".into()), folder).await.unwrap()
}

/// Store and settings of one test.
pub struct Rig {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub tools: Tools,
    pub wake: Arc<Wake>,
}

impl Rig {
    pub async fn new() -> Rig {
        Rig::with(launcher()).await
    }

    pub async fn with(launcher: Launcher) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let store = store::open(
            &format!("sqlite:{}", folder.path().join("db.sqlite").display()),
            &format!("file:{}", folder.path().join("media").display()),
        )
        .unwrap();
        let tools = tools(launcher, &folder.path().join("try")).await;
        Rig { folder, store, tools, wake: Arc::default() }
    }

    /// Starts a worker; call again after it was stopped or aborted.
    pub fn worker(&self, slots: u32) -> (WorkerHandle, mpsc::Receiver<WorkerNews>) {
        let (news, inbox) = mpsc::channel(worker::NEWS_MAX);
        (worker::spawn(self.config(slots), self.store.clone(), Arc::new(now), news).unwrap(), inbox)
    }

    /// Starts a worker at a desk that the test has too.
    pub fn worker_at(&self, slots: u32) -> (WorkerHandle, Arc<StoreDesk>, mpsc::Receiver<WorkerNews>) {
        let (news, inbox) = mpsc::channel(worker::NEWS_MAX);
        let desk = StoreDesk::new(self.store.clone(), Arc::new(now), news, Arc::clone(&self.wake));
        let desk = Arc::new(desk);
        let (at, blobs) = (Arc::clone(&desk), Arc::clone(&self.store.blobs));
        let worker = worker::spawn_at(self.config(slots), at, blobs, Arc::new(now)).unwrap();
        (worker, desk, inbox)
    }

    fn config(&self, slots: u32) -> WorkerConfig {
        WorkerConfig {
            runner: "test".to_owned(),
            slots,
            job_dir: self.folder.path().join("jobs"),
            tools: self.tools.clone(),
            wake: Arc::clone(&self.wake),
            seed: 1,
        }
    }

    /// As if `bytes` had been uploaded: the version is Uploaded and its probe waits.
    pub async fn uploaded(&self, bytes: &[u8], filename: &str) -> VersionId {
        let (version, upload) = self.uploading(bytes.len() as u64, filename).await;
        self.arrived(version, upload, bytes).await;
        version
    }

    /// A version whose file is on its way, of which nothing is here.
    pub async fn uploading(&self, bytes: u64, filename: &str) -> (VersionId, UploadId) {
        let (version, video, upload, person) = (
            VersionId(Uuid::now_v7()),
            VideoId(Uuid::now_v7()),
            UploadId(Uuid::now_v7()),
            PersonId(Uuid::now_v7()),
        );
        let person_row = PersonRow {
            person,
            name: DisplayName::parse("Ada").unwrap(),
            kind: PersonKind::Guest,
            email: None,
            password_hash: None,
            instance_owner: false,
            created_at: now(),
        };
        self.store.catalog.add_person(person_row, false).await.unwrap();
        let channel = ChannelId(Uuid::now_v7());
        let video_row = VideoRow {
            video,
            channel,
            title: filename.to_owned(),
            added_by: Some(person),
            added_at: now(),
            removed_at: None,
        };
        let version_row = VersionRow {
            state: VersionState::Uploading,
            ..VersionRow::new(version, video, filename.to_owned(), bytes, now())
        };
        let upload_row = UploadRow {
            upload,
            version,
            channel,
            person,
            bytes,
            offset: 0,
            metadata: String::new(),
            expires_at: now().plus_ms(1_000_000),
            complete: false,
            way: None,
            given_up: false,
        };
        self.store.catalog.add_upload(Some(video_row), version_row, upload_row).await.unwrap();
        (version, upload)
    }

    /// The whole file of a version is here.
    pub async fn arrived(&self, version: VersionId, upload: UploadId, bytes: &[u8]) {
        let file = self.folder.path().join(format!("{version}.part"));
        std::fs::write(&file, bytes).unwrap();
        self.store.blobs.put_file(&Plan::source_key(version), &file).await.unwrap();
        let probe = vec![new_job(&JobSpec::Probe, version)];
        let hash = Sha256::digest(bytes).into();
        assert!(self.store.catalog.complete_upload(upload, hash, probe).await.unwrap());
        self.wake.ring();
    }

    pub async fn version(&self, version: VersionId) -> VersionRow {
        self.store.catalog.version(version).await.unwrap().unwrap().0
    }

    /// Waits until the version is in a state that `good` takes; fails the test in a final state that it does not.
    pub async fn until(&self, version: VersionId, good: impl Fn(&VersionRow) -> bool) -> VersionRow {
        let began = Instant::now();
        loop {
            let row = self.version(version).await;
            if good(&row) {
                return row;
            }
            let is_final =
                matches!(row.state, VersionState::Ready | VersionState::Failed | VersionState::Cancelled);
            assert!(!is_final, "{:?}: {:?}", row.state, row.failure);
            assert!(began.elapsed() < PATIENCE, "still {:?}", row.state);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until an object exists.
    pub async fn until_object(&self, key: &str) {
        let began = Instant::now();
        while self.store.blobs.stat(key).await.unwrap().is_none() {
            assert!(began.elapsed() < PATIENCE, "{key} was not made");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn file_of(&self, key: &str) -> PathBuf {
        self.folder.path().join("media").join(key)
    }
}

/// A job as the server enqueues it.
pub fn new_job(spec: &JobSpec, version: VersionId) -> NewJob {
    desk::new_job(JobId(Uuid::now_v7()), spec, version, None, now())
}

/// The plan of a probed version.
pub fn plan_of(row: &VersionRow) -> Plan {
    serde_json::from_str(row.plan.as_deref().unwrap()).unwrap()
}

/// A source whose frames carry their numbers.
pub fn clip(kind: ClipKind, rate: FrameRate, frames: i64, (width, height): (usize, usize)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("clip.{}", kind.extension()));
    let painter = ClipPainter::new(width, height, rate);
    let mut child = Command::new("nice")
        .arg("ffmpeg")
        .args(clip_args(kind, rate, width, height, frames, &file))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for n in 0..frames {
        input.write_all(&painter.frame(n).bytes).unwrap();
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    std::fs::read(&file).unwrap()
}

/// A sound of `seconds`, made by ffmpeg with `options`, under a cover of a codec where one is asked for.
pub fn sound(seconds: &str, ending: &str, options: &str, cover: Option<&str>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("sound.{ending}"));
    let ffmpeg = |words: &str, output: &Path| {
        let words = words.split_ascii_whitespace();
        assert!(
            Command::new("ffmpeg")
                .args(["-v", "error", "-y"])
                .args(words)
                .arg(output)
                .status()
                .unwrap()
                .success()
        );
    };
    let mut words = format!("-f lavfi -i sine=frequency=441:duration={seconds}");
    if let Some(codec) = cover {
        let picture = folder.path().join(format!("cover.{codec}"));
        ffmpeg(&format!("-f lavfi -i testsrc2=s=320x320 -frames:v 1 -c:v {codec} -f image2"), &picture);
        words.push_str(&format!(
            " -i {} -map 0 -map 1 -c:v copy -disposition:v attached_pic",
            picture.display()
        ));
    }
    ffmpeg(&format!("{words} {options}"), &file);
    std::fs::read(file).unwrap()
}
