//! What every job of this worker shares, and what a job has of its own while it runs.

use crate::failure::JobError;
use crate::feeder::Feeder;
use crate::launcher::{Finished, Output, Run, RunError};
use crate::run_watch::{LARGE_PICTURE_LINES, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX_LARGE};
use crate::sandbox::{Cage, Urgency};
use crate::tools::Tools;
use desk::{Coming, Desk, Now};
use media::job::{PRIORITY_ASKED, PRIORITY_URGENT, PRIORITY_WAITED_FOR};
use media::{Input, JobSpec, MediaRefusal, Plan, upload_key};
use protocol::{JobId, UploadId, VersionId};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Blobs;
use store::catalog::{VersionRow, VideoRow};
use store::jobs::{JobRow, NewJob, WEIGHT_ALONE};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Longest one run of ffmpeg may take, wall clock: a chunk of 10 s of 8K on the smallest machine, at low priority.
const ENCODE_WALL: Duration = Duration::from_secs(2 * 3600);
/// Processor time of one run of ffmpeg, seconds; 10 s of 8K 60 fps take about 600.
const ENCODE_CPU_S: u64 = 3600;
/// Largest file ffmpeg may write: five segments at the highest bit rate take below 100 MiB.
const ENCODE_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// What jobs may use of the store; everything else goes over the desk.
pub struct WorkerStore {
    /// Bytes of media: this machine's, or the server's over HTTP.
    pub blobs: Arc<dyn Blobs>,
}

/// Shared by all jobs of a worker.
pub struct Context {
    /// Where jobs come from and results go.
    pub desk: Arc<dyn Desk>,
    /// Bytes of media.
    pub store: WorkerStore,
    /// ffmpeg.
    pub tools: Tools,
    /// Folder of job folders.
    pub job_dir: PathBuf,
    /// Server time, as well as this process knows it.
    pub now: Now,
    /// Runs of ffmpeg (not ffprobe) so far.
    pub ffmpeg_runs: AtomicU64,
}

/// One claimed job.
pub struct Job {
    /// As claimed.
    pub row: JobRow,
    /// What to do.
    pub spec: JobSpec,
    /// Its version.
    pub version: VersionRow,
    /// The version's video.
    pub video: VideoRow,
    /// The upload that still brought its file when the job was claimed.
    pub upload: Option<UploadId>,
    /// What it reads of a file that is still coming.
    pub coming: Option<Coming>,
    /// The folder that is its own and gone afterwards.
    pub folder: PathBuf,
}

impl Context {
    /// A job to enqueue.
    #[must_use]
    pub fn new_job(&self, spec: JobSpec, version: VersionId, plan: Option<&Plan>) -> NewJob {
        desk::new_job(JobId(Uuid::now_v7()), &spec, version, plan, (self.now)())
    }

    /// Path of the source, to be read by a caged program.
    pub async fn source(&self, job: &Job) -> Result<PathBuf, JobError> {
        Ok(self.store.blobs.local_path(&self.source_key(job).await?).await?)
    }

    /// Key of the source: in interim as long as it is on its way.
    pub async fn source_key(&self, job: &Job) -> Result<String, JobError> {
        let whole = Plan::source_key(job.version.version);
        let Some(upload) = job.upload else { return Ok(whole) };
        let is_whole = self.store.blobs.stat(&whole).await?.is_some();
        Ok(if is_whole { whole } else { upload_key(upload) })
    }

    /// Runs ffmpeg on the source: on the file, or on what comes of it.
    pub async fn ffmpeg_on_source(
        &self,
        job: &Job,
        args: impl FnOnce(Input<'_>) -> Vec<OsString>,
    ) -> Result<Finished, JobError> {
        let Some((feeder, pieces)) = Feeder::begin(self, job).await? else {
            let source = self.source(job).await?;
            return self.ffmpeg(job, &source, args(Input::File(&source))).await;
        };
        let mut run = Box::pin(self.run_ffmpeg(job, Vec::new(), Some(pieces), args(Input::Pipe)));
        let ended = tokio::select! {
            ended = &mut run => ended,
            fed = feeder.run() => {
                fed?;
                run.await
            }
        };
        // What is handed over is put together by us: only the whole file is its owner's fault. The next try reads that.
        ended.map_err(|error| match error {
            JobError::Refused(refusal) => JobError::Broken(format!("on its way: {refusal}")),
            other => other,
        })
    }

    /// Runs ffmpeg in the job's cage, with a file of its own to read.
    pub async fn ffmpeg(&self, job: &Job, source: &Path, args: Vec<OsString>) -> Result<Finished, JobError> {
        self.run_ffmpeg(job, vec![source.to_owned()], None, args).await
    }

    async fn run_ffmpeg(
        &self,
        job: &Job,
        read: Vec<PathBuf>,
        input: Option<mpsc::Receiver<Vec<u8>>>,
        args: Vec<OsString>,
    ) -> Result<Finished, JobError> {
        let runs = self.ffmpeg_runs.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(key = job.row.new.key, version = %job.version.version, runs, "ffmpeg starts");
        let (job_id, token) = (job.row.new.job, job.row.token);
        let mut tell = |frames: i64| self.desk.note(job_id, token, frames);
        let run = Run {
            program: &self.tools.ffmpeg,
            args,
            cage: Cage {
                read,
                write: job.folder.clone(),
                cpu_s: ENCODE_CPU_S,
                file_bytes: ENCODE_FILE_BYTES,
                urgency: job.urgency(),
                relaxed: false,
            },
            wall: ENCODE_WALL,
            output: Output::Progress(&mut tell),
            input,
        };
        let is_large = job.plan()?.picture.height > LARGE_PICTURE_LINES;
        let memory = if is_large { MEMORY_BYTES_MAX_LARGE } else { MEMORY_BYTES_MAX };
        self.tools.launcher.clone().with_memory(memory).run(run).await.map_err(|error| match error {
            RunError::Failed { signal: None, stderr } if is_about_input(&stderr) => {
                tracing::debug!(key = job.row.new.key, stderr, "ffmpeg cannot decode");
                JobError::Refused(MediaRefusal::damaged("its pictures or its sound cannot be decoded"))
            }
            other => other.into(),
        })
    }
}

/// Whether ffmpeg ended because of what it read: the same bytes would end it again.
fn is_about_input(stderr: &str) -> bool {
    const WORDS: [&str; 5] = [
        // It has no decoder's word for "invalid" of its own.
        "[libdav1d @",
        "Invalid data found when processing input",
        "Error while decoding stream",
        "not found for input stream",
        "Error while opening decoder",
    ];
    WORDS.iter().any(|words| stderr.contains(words)) && !stderr.contains("No space left")
}

impl Job {
    /// The plan, which every job after the probe has.
    pub fn plan(&self) -> Result<Plan, JobError> {
        let text =
            self.version.plan.as_deref().ok_or_else(|| JobError::Broken("the version has no plan".into()))?;
        serde_json::from_str(text)
            .map_err(|error| JobError::Broken(format!("the plan cannot be read: {error}")))
    }

    /// Who waits.
    #[must_use]
    pub fn urgency(&self) -> Urgency {
        match self.row.new.priority {
            ..PRIORITY_URGENT => Urgency::Background,
            PRIORITY_ASKED..PRIORITY_WAITED_FOR => Urgency::Soon,
            _ => Urgency::Now,
        }
    }

    /// Whether an earlier try needed more than there was (memory, time): now it is made in smaller steps.
    #[must_use]
    pub fn is_sparing(&self) -> bool {
        self.row.new.weight == WEIGHT_ALONE
    }
}
