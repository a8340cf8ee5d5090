//! The runner: claims jobs as far as there are CPU slots, keeps their leases, hands results and failures to the desk,
//! and gives its claims back when it is asked to stop. The same in `serve` and in `work`.
//!
//! Law 11: a job whose lease was lost is stopped; its objects are the same as those of whoever has it now.

use crate::context::{Context, Job, WorkerStore};
use crate::failure::JobError;
use crate::jobs;
use crate::jobs::sweep::sweep_old_folders;
use crate::tools::Tools;
use desk::{Claimed, Desk, Now, StoreDesk, Wake, WorkerNews};
use media::JobSpec;
use media::job::{PRIORITY_WAITED_FOR, PRIORITY_WATCHED};
use protocol::JobId;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::jobs::{LEASE_MS, WEIGHT_ALONE};
use store::{Blobs, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// How often jobs are looked for without being woken (other nodes, waits that are over).
const POLL: Duration = Duration::from_secs(1);
/// How often the desk is tended.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// How often folders are tidied.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// Jobs at or above this priority have somebody waiting for them: they start beside a running background job.
const EXPRESS_FROM: i64 = PRIORITY_WATCHED - 100;
/// Such jobs at a time; beside another only what is waited for at this moment, so that what comes next does not slow
/// it down.
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
    /// Rung when there may be something to do.
    pub wake: Arc<Wake>,
    /// Seed of the waits before a failed job is tried again.
    pub seed: u64,
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

/// Starts a worker on a store of this process. `news` gets what the rooms are to be told (see [`desk::NEWS_MAX`]).
///
/// # Errors
/// When the job folder cannot be made.
pub fn spawn(
    config: WorkerConfig,
    store: Store,
    now: Now,
    news: mpsc::Sender<WorkerNews>,
) -> std::io::Result<WorkerHandle> {
    let blobs = Arc::clone(&store.blobs);
    let desk = StoreDesk::new(store, Arc::clone(&now), news, Arc::clone(&config.wake));
    spawn_at(config, Arc::new(desk), blobs, now)
}

/// Starts a worker at a desk, with the blobs that it reads and writes.
///
/// # Errors
/// When the job folder cannot be made.
pub fn spawn_at(
    config: WorkerConfig,
    desk: Arc<dyn Desk>,
    blobs: Arc<dyn Blobs>,
    now: Now,
) -> std::io::Result<WorkerHandle> {
    if config.job_dir.exists() {
        std::fs::remove_dir_all(&config.job_dir)?;
    }
    std::fs::create_dir_all(&config.job_dir)?;
    let context = Arc::new(Context {
        desk,
        store: WorkerStore { blobs },
        tools: config.tools,
        job_dir: config.job_dir.canonicalize()?,
        now,
        ffmpeg_runs: AtomicU64::new(0),
    });
    let (stop, stopped) = watch::channel(false);
    let runner = Runner {
        context: Arc::clone(&context),
        name: config.runner,
        slots: config.slots.max(1),
        wake: config.wake,
        watched_seen: None,
        seed: config.seed,
        stopped,
        running: JoinSet::new(),
        holding: BTreeSet::new(),
        busy: 0,
        express: 0,
    };
    Ok(WorkerHandle { stop, task: tokio::spawn(runner.run()), context })
}

struct Runner {
    context: Arc<Context>,
    name: String,
    slots: u32,
    wake: Arc<Wake>,
    /// The count at which no job was left for the express lane; none: look.
    watched_seen: Option<u64>,
    seed: u64,
    stopped: watch::Receiver<bool>,
    running: JoinSet<Ended>,
    /// Jobs claimed and not ended.
    holding: BTreeSet<JobId>,
    /// Slots taken by ordinary jobs; [`WEIGHT_ALONE`] while one runs beside no other.
    busy: u32,
    /// Jobs running on the express lane.
    express: u32,
}

/// A job's task that has ended.
struct Ended {
    job: Option<JobId>,
    slots: Slots,
}

/// What a finished job gives back.
enum Slots {
    Ordinary(u32),
    Express,
}

impl Runner {
    async fn run(mut self) {
        let mut rung = self.wake.listen();
        let mut stopped = self.stopped.clone();
        tokio::select! {
            () = self.begin() => {}
            () = until_stopped(&mut stopped) => {}
        }
        let mut tidied: Option<Instant> = None;
        let mut tended: Option<Instant> = None;
        loop {
            if *self.stopped.borrow() {
                break;
            }
            if tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
                tidied = Some(Instant::now());
                let context = Arc::clone(&self.context);
                self.aside(async move { sweep_old_folders(&context).await });
            }
            if tended.is_none_or(|at| at.elapsed() > TEND_EVERY) {
                tended = Some(Instant::now());
                let context = Arc::clone(&self.context);
                self.aside(async move { context.desk.tend().await });
            }
            rung.mark_unchanged();
            self.claim_all().await;
            tokio::select! {
                _ = rung.changed() => {}
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

    /// Something short beside the jobs.
    fn aside(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(async move {
            work.await;
            Ended { job: None, slots: Slots::Ordinary(0) }
        });
    }

    /// After a start: claims of the process before this one end at once.
    async fn begin(&self) {
        while let Err(error) = self.context.desk.begin(&self.name).await {
            tracing::warn!(%error, "the desk cannot be reached; it is tried again");
            tokio::time::sleep(POLL).await;
        }
    }

    fn give_back(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended { job, slots }) => {
                if let Some(job) = job {
                    self.holding.remove(&job);
                }
                match slots {
                    Slots::Ordinary(weight) => self.busy = self.busy.saturating_sub(weight),
                    Slots::Express => {
                        self.express = self.express.saturating_sub(1);
                        // What the same viewer needs next takes its place.
                        self.watched_seen = None;
                    }
                }
            }
            Err(error) => {
                // Its lease runs out and the job is claimed again; the slots are counted anew.
                tracing::error!(%error, "a job's task ended by itself");
                if self.running.is_empty() {
                    (self.busy, self.express) = (0, 0);
                    self.holding.clear();
                }
            }
        }
    }

    async fn claim_all(&mut self) {
        loop {
            let free = self.slots.saturating_sub(self.busy);
            let watched = self.wake.watched();
            let is_express = free == 0;
            let may_express = self.busy != WEIGHT_ALONE
                && self.express < EXPRESS_SLOTS
                && self.watched_seen != Some(watched);
            if is_express && !may_express {
                return;
            }
            let weight_max = if is_express {
                // Anything but what runs alone.
                WEIGHT_ALONE - 1
            } else if self.busy == 0 && self.express == 0 {
                // With nothing running even a job heavier than the machine is taken.
                WEIGHT_ALONE
            } else {
                free
            };
            let holding: Vec<JobId> = self.holding.iter().copied().collect();
            let claimed = match self.context.desk.claim(&self.name, weight_max, &holding).await {
                Ok(Some(claimed)) => claimed,
                Ok(None) | Err(StoreError::Busy(_)) => {
                    self.watched_seen = Some(watched);
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "no job could be claimed; it is tried again");
                    return;
                }
            };
            let row = &claimed.row;
            if !is_express {
                let weight = row.weight();
                self.busy = self.busy.saturating_add(weight);
                self.start(claimed, Slots::Ordinary(weight));
            } else if row.new.priority >= if self.express == 0 { EXPRESS_FROM } else { PRIORITY_WAITED_FOR } {
                self.express += 1;
                self.start(claimed, Slots::Express);
            } else {
                // None is waited for any more; this one has its turn when there is room.
                self.watched_seen = Some(watched);
                if let Err(error) = self.context.desk.release(row.new.job, row.token).await {
                    tracing::warn!(%error, "a claim could not be given back; it ends by itself");
                }
                return;
            }
        }
    }

    fn start(&mut self, claimed: Claimed, slots: Slots) {
        let context = Arc::clone(&self.context);
        let mut stopped = self.stopped.clone();
        let (job, seed) = (claimed.row.new.job, self.seed);
        self.holding.insert(job);
        self.running.spawn(async move {
            perform(&context, claimed, seed, &mut stopped).await;
            Ended { job: Some(job), slots }
        });
    }
}

/// Does one claimed job from claim to completion, failure or release.
async fn perform(context: &Context, claimed: Claimed, seed: u64, stopped: &mut watch::Receiver<bool>) {
    let (id, token, faults) = (claimed.row.new.job, claimed.row.token, claimed.row.faults);
    let key = claimed.row.new.key.clone();
    let folder = context.job_dir.join(format!("{id}-{token}"));
    let outcome = tokio::select! {
        outcome = prepare_and_run(context, claimed, folder.clone()) => Some(outcome),
        () = lose(context, id, token) => {
            tracing::info!(key, "a job was cancelled or its claim is lost");
            None
        }
        () = until_stopped(stopped) => {
            if let Err(error) = context.desk.release(id, token).await {
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
    let ended = match outcome {
        None => return,
        Some(Ok(done)) => context.desk.complete(id, token, done).await,
        Some(Err(error)) => {
            tracing::warn!(key, faults, %error, "a job failed");
            context.desk.fail(id, token, error.failure(faults, seed, id)).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(key, %error, "the end of a job could not be written; it will run again");
    }
}

async fn prepare_and_run(
    context: &Context,
    claimed: Claimed,
    folder: PathBuf,
) -> Result<store::jobs::JobDone, JobError> {
    let Claimed { row, of, upload, coming } = claimed;
    let (version, video) = of.ok_or_else(|| JobError::Broken("the version is gone".to_owned()))?;
    let spec: JobSpec = serde_json::from_str(&row.new.spec)
        .map_err(|error| JobError::Broken(format!("the job cannot be read: {error}")))?;
    tokio::fs::create_dir_all(&folder).await?;
    let job = Job { row, spec, version, video, upload, coming, folder };
    jobs::run(context, &job).await
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
        match context.desk.renew(id, token).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
        }
    }
}
