//! The runner: claims jobs as far as there are CPU slots, keeps their leases, hands results and failures to the job
//! table, and gives its claims back when it is asked to stop. In-process in `serve`; the same in `work` later.
//!
//! Law 11: a job whose lease was lost is stopped; its objects are the same as those of whoever has it now.

use crate::context::{Context, Job, Now};
use crate::failure::JobError;
use crate::jobs;
use crate::jobs::sweep::sweep_instance;
use crate::news::WorkerNews;
use crate::progress::{ProgressBoard, done_jobs};
use crate::tools::Tools;
use media::JobSpec;
use media::job::PRIORITY_WATCHED;
use protocol::JobId;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::jobs::{JobRow, JobState, LEASE_MS};
use store::{Store, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

/// How often jobs are looked for without being woken (other nodes, waits that are over).
const POLL: Duration = Duration::from_secs(1);
/// How often jobs that died at a claim are looked for.
const DEAD_EVERY: Duration = Duration::from_secs(5);
/// Dead jobs looked at each time; more than one at a time is rare.
const DEAD_MAX: u32 = 100;
/// How often the instance is tidied.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// Jobs at or above this priority have somebody waiting for them: they start beside a running background job.
const EXPRESS_FROM: i64 = PRIORITY_WATCHED - 100;
/// Such jobs at a time.
const EXPRESS_SLOTS: u32 = 2;

/// Settings of a worker.
pub struct WorkerConfig {
    /// Name under which it claims; the same after a restart, so that the claims of a killed process end at once.
    pub runner: String,
    /// CPU slots; usually the number of cores.
    pub slots: u32,
    /// Folder of job folders; emptied at start.
    pub job_dir: PathBuf,
    /// ffmpeg and its sandbox.
    pub tools: Tools,
    /// Told when jobs were enqueued or raised.
    pub wake: Arc<Notify>,
    /// Counts up whenever a job was raised because somebody waits for it.
    pub watched: Arc<AtomicU64>,
}

/// A running worker.
pub struct WorkerHandle {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    context: Arc<Context>,
}

impl WorkerHandle {
    /// Runs of ffmpeg since it began.
    #[must_use]
    pub fn ffmpeg_runs(&self) -> u64 {
        self.context.ffmpeg_runs.load(Ordering::Relaxed)
    }

    /// Stops: kills what runs, gives claims back, returns when all is written.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }

    /// Ends like a process that was killed: nothing is written any more, claims stay as they are. For tests.
    pub async fn abort(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Starts a worker on a store. `news` gets what the rooms are to be told (see [`crate::news::NEWS_MAX`]).
///
/// # Errors
/// When the job folder cannot be made.
pub fn spawn(
    config: WorkerConfig,
    store: Store,
    now: Now,
    news: mpsc::Sender<WorkerNews>,
) -> std::io::Result<WorkerHandle> {
    if config.job_dir.exists() {
        std::fs::remove_dir_all(&config.job_dir)?;
    }
    std::fs::create_dir_all(&config.job_dir)?;
    let context = Arc::new(Context {
        store,
        tools: config.tools,
        job_dir: config.job_dir.canonicalize()?,
        now,
        news,
        board: ProgressBoard::default(),
        ffmpeg_runs: AtomicU64::new(0),
    });
    let (stop, stopped) = watch::channel(false);
    let runner = Runner {
        context: Arc::clone(&context),
        name: config.runner,
        slots: config.slots.max(1),
        wake: config.wake,
        watched: config.watched,
        watched_seen: 0,
        stopped,
        running: JoinSet::new(),
        busy: 0,
        express: 0,
        known_dead: HashSet::new(),
    };
    Ok(WorkerHandle { stop, task: tokio::spawn(runner.run()), context })
}

struct Runner {
    context: Arc<Context>,
    name: String,
    slots: u32,
    wake: Arc<Notify>,
    watched: Arc<AtomicU64>,
    watched_seen: u64,
    stopped: watch::Receiver<bool>,
    running: JoinSet<Slots>,
    /// Slots taken by ordinary jobs.
    busy: u32,
    /// Jobs running on the express lane.
    express: u32,
    known_dead: HashSet<JobId>,
}

/// What a finished job gives back.
enum Slots {
    Ordinary(u32),
    Express,
}

impl Runner {
    async fn run(mut self) {
        self.recover().await;
        let mut tidied: Option<Instant> = None;
        let mut looked = Instant::now();
        loop {
            if *self.stopped.borrow() {
                break;
            }
            if tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
                tidied = Some(Instant::now());
                let context = Arc::clone(&self.context);
                self.running.spawn(async move {
                    sweep_instance(&context).await;
                    Slots::Ordinary(0)
                });
            }
            if looked.elapsed() > DEAD_EVERY {
                looked = Instant::now();
                self.tell_dead().await;
            }
            self.claim_all().await;
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(ended) = self.running.join_next() => self.give_back(ended),
                _ = self.stopped.changed() => {}
            }
        }
        // Each job sees the same signal, kills its child and gives its claim back.
        while let Some(ended) = self.running.join_next().await {
            self.give_back(ended);
        }
    }

    fn give_back(&mut self, ended: Result<Slots, tokio::task::JoinError>) {
        match ended {
            Ok(Slots::Ordinary(weight)) => self.busy = self.busy.saturating_sub(weight),
            Ok(Slots::Express) => self.express = self.express.saturating_sub(1),
            Err(error) => {
                // Its lease runs out and the job is claimed again; the slots are counted anew.
                tracing::error!(%error, "a job's task ended by itself");
                if self.running.is_empty() {
                    (self.busy, self.express) = (0, 0);
                }
            }
        }
    }

    /// After a start: claims of the process before this one end at once, and what it may not have told is told.
    async fn recover(&mut self) {
        let jobs = &self.context.store.jobs;
        let cut_off = match jobs.list(Some(JobState::Running), DEAD_MAX).await {
            Ok(rows) => rows.into_iter().filter(|row| row.runner.as_deref() == Some(&self.name)).collect(),
            Err(error) => {
                tracing::warn!(%error, "running jobs could not be read");
                Vec::new()
            }
        };
        match jobs.list(Some(JobState::Dead), DEAD_MAX).await {
            Ok(rows) => self.known_dead = rows.into_iter().map(|row| row.new.job).collect(),
            Err(error) => tracing::warn!(%error, "dead jobs could not be read"),
        }
        match jobs.expire_runner(&self.name).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "jobs of the process before this one go on"),
            Err(error) => tracing::warn!(%error, "leases could not be ended; they end by themselves"),
        }
        let mut told = HashSet::new();
        for row in cut_off {
            if let Some(version) = row.new.version.filter(|version| told.insert(*version)) {
                let cause = format!("recovered:{}:{}", row.new.job, row.token);
                self.context.tell_version(version, &cause).await;
            }
        }
    }

    /// Jobs that died without a runner's word (at a claim) make their versions fail; tells it.
    async fn tell_dead(&mut self) {
        match self.context.store.jobs.list(Some(JobState::Dead), DEAD_MAX).await {
            Ok(rows) => {
                let new: Vec<JobRow> =
                    rows.iter().filter(|row| !self.known_dead.contains(&row.new.job)).cloned().collect();
                self.known_dead = rows.into_iter().map(|row| row.new.job).collect();
                for row in new {
                    if let Some(version) = row.new.version {
                        self.context
                            .tell_version(version, &format!("dead:{}:{}", row.new.job, row.token))
                            .await;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "dead jobs could not be read"),
        }
    }

    async fn claim_all(&mut self) {
        loop {
            let free = self.slots.saturating_sub(self.busy);
            let watched = self.watched.load(Ordering::Acquire);
            let is_express = free == 0;
            if is_express && (self.express >= EXPRESS_SLOTS || watched == self.watched_seen) {
                return;
            }
            // With nothing running even a job heavier than the machine is taken.
            let weight_max = if is_express || self.busy == 0 { u32::MAX } else { free };
            let row = match self.context.store.jobs.claim(&self.name, weight_max, (self.context.now)()).await
            {
                Ok(Some(row)) => row,
                Ok(None) | Err(StoreError::Busy(_)) => {
                    self.watched_seen = watched;
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "no job could be claimed; it is tried again");
                    return;
                }
            };
            if !is_express {
                self.busy += row.new.weight;
                let weight = row.new.weight;
                self.start(row, Slots::Ordinary(weight));
            } else if row.new.priority >= EXPRESS_FROM {
                self.express += 1;
                self.start(row, Slots::Express);
            } else {
                // None is waited for any more; this one has its turn when there is room.
                self.watched_seen = watched;
                if let Err(error) = self.context.store.jobs.release(row.new.job, row.token).await {
                    tracing::warn!(%error, "a claim could not be given back; it ends by itself");
                }
                return;
            }
        }
    }

    fn start(&mut self, row: JobRow, slots: Slots) {
        let context = Arc::clone(&self.context);
        let mut stopped = self.stopped.clone();
        self.running.spawn(async move {
            perform(&context, row, &mut stopped).await;
            slots
        });
    }
}

/// Does one claimed job from claim to completion, failure or release.
async fn perform(context: &Context, row: JobRow, stopped: &mut watch::Receiver<bool>) {
    let (id, token, attempts) = (row.new.job, row.token, row.attempts);
    let key = row.new.key.clone();
    let version = row.new.version;
    let folder = context.job_dir.join(format!("{id}-{token}"));
    let outcome = tokio::select! {
        outcome = prepare_and_run(context, row, folder.clone()) => Some(outcome),
        () = lose(context, id, token) => {
            tracing::info!(key, "a job was cancelled or its claim is lost");
            None
        }
        () = until_stopped(stopped) => {
            if let Err(error) = context.store.jobs.release(id, token).await {
                tracing::warn!(key, %error, "a claim could not be given back; it ends by itself");
            }
            None
        }
    };
    if let Err(error) = tokio::fs::remove_dir_all(&folder).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a job folder stays until the next start");
    }
    let Some(outcome) = outcome else {
        if let Some(version) = version {
            context.board.gone(version, id);
        }
        return;
    };
    if let Err(error) = settle(context, id, token, attempts, &key, version, outcome).await {
        tracing::error!(key, %error, "the end of a job could not be written; it will run again");
    }
}

type Outcome = Result<(Job, store::jobs::JobDone), JobError>;

async fn prepare_and_run(context: &Context, row: JobRow, folder: PathBuf) -> Outcome {
    let version = row.new.version.ok_or_else(|| JobError::Broken("a job without a version".to_owned()))?;
    let spec: JobSpec = serde_json::from_str(&row.new.spec)
        .map_err(|error| JobError::Broken(format!("the job cannot be read: {error}")))?;
    let (version, video) = context
        .store
        .catalog
        .version(version)
        .await?
        .ok_or_else(|| JobError::Broken("the version is gone".to_owned()))?;
    tokio::fs::create_dir_all(&folder).await?;
    let job = Job { row, spec, version, video, folder };
    let version = job.version.version;
    if !context.board.knows(version)
        && let Ok(plan) = job.plan()
    {
        let rows = context.store.jobs.jobs_of(version).await?;
        context.board.learn(version, plan, done_jobs(&rows));
    }
    let done = jobs::run(context, &job).await?;
    Ok((job, done))
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone, which ends the worker as well.
    drop(stopped.wait_for(|stop| *stop).await);
}

/// Renews the lease; returns when it is lost.
async fn lose(context: &Context, id: JobId, token: u64) {
    let every = Duration::from_millis(u64::try_from(LEASE_MS / 3).expect("a positive constant"));
    loop {
        tokio::time::sleep(every).await;
        match context.store.jobs.renew(id, token, (context.now)()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
        }
    }
}

async fn settle(
    context: &Context,
    id: JobId,
    token: u64,
    attempts: u32,
    key: &str,
    version: Option<protocol::VersionId>,
    outcome: Outcome,
) -> Result<(), StoreError> {
    match outcome {
        Ok((job, done)) => {
            let changes_state = done.version.as_ref().is_some_and(|update| update.state.is_some());
            if !context.store.jobs.complete(id, token, done).await? {
                return Ok(());
            }
            let version = job.version.version;
            context.board.done(version, id, job.spec, context, &job.video);
            if changes_state {
                context.tell_version(version, &job.cause()).await;
            }
            Ok(())
        }
        Err(error) => {
            if let Some(version) = version {
                context.board.gone(version, id);
            }
            let failure = error.failure(attempts, (context.now)());
            tracing::warn!(key, attempts, %error, "a job failed");
            context.store.jobs.fail(id, token, failure).await?;
            let dead = context.store.jobs.job(id).await?.is_some_and(|row| row.state == JobState::Dead);
            if let (true, Some(version)) = (dead, version) {
                context.tell_version(version, &format!("failed:{id}:{token}")).await;
            }
            Ok(())
        }
    }
}
