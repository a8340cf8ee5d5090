//! The desk on the store of this process. Called by the runner of this process and by the HTTP API for those of others.

use crate::ahead::{Ahead, coming, jobs_of_whole, reach};
use crate::progress::done_jobs;
use crate::tidy::tidy;
use crate::{Claimed, Desk, Failure, Now, ProgressBoard, Wake, WorkerNews};
use async_trait::async_trait;
use media::{JobSpec, Plan};
use protocol::{JobId, Timestamp, UploadId, VersionId};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::catalog::{UploadRow, VersionRow, VideoRow};
use store::jobs::{Completion, JobDone, JobFailure, JobRow, JobState, NewJob};
use store::{Store, StoreResult};
use tokio::sync::{Mutex, mpsc};

/// Dead jobs looked at each time; more than one at a time is rare.
const DEAD_MAX: u32 = 100;
/// Running jobs of all workers looked at.
const RUNNING_MAX: u32 = store::jobs::LIST_MAX;
/// How often the store is tidied.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// The desk.
pub struct StoreDesk {
    store: Store,
    now: Now,
    news: mpsc::Sender<WorkerNews>,
    board: Arc<ProgressBoard>,
    wake: Arc<Wake>,
    ahead: Ahead,
    tended: Mutex<Tended>,
}

#[derive(Default)]
struct Tended {
    /// Dead jobs whose versions' news were told; none before the first look.
    known_dead: Option<HashSet<JobId>>,
    tidied: Option<Instant>,
}

impl StoreDesk {
    /// A desk on a store. `news` gets what the rooms are to be told (see [`crate::NEWS_MAX`]), `wake` is rung when
    /// there is more to do.
    #[must_use]
    pub fn new(store: Store, now: Now, news: mpsc::Sender<WorkerNews>, wake: Arc<Wake>) -> StoreDesk {
        let board = Arc::new(ProgressBoard::new(news.clone()));
        StoreDesk { store, now, news, board, wake, ahead: Ahead::default(), tended: Mutex::default() }
    }

    /// How far versions are.
    #[must_use]
    pub fn board(&self) -> &ProgressBoard {
        &self.board
    }

    /// More of an upload is here: lets the jobs go whose bytes are. A failure is logged, the next part asks again.
    pub async fn advance(&self, upload: UploadId) {
        if let Err(error) = self.ahead.advance(&self.store, upload, &self.now, &self.wake).await {
            tracing::warn!(%upload, %error, "a film could not be prepared further on its way");
        }
    }

    /// The jobs that follow when the last byte of an upload is here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn jobs_of_whole(&self, upload: &UploadRow) -> StoreResult<Vec<NewJob>> {
        jobs_of_whole(&self.store, upload, &self.now).await
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Tells the state of a version as stored; waits while the rooms are busy.
    pub(crate) async fn tell_version(&self, version: VersionId, cause: &str) {
        match self.store.catalog.version(version).await {
            Ok(Some((row, video))) => {
                // Nobody listens any more only while the process ends.
                let _ = self.news.send(WorkerNews::version(&row, &video, cause)).await;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%version, %error, "the news of a version could not be read"),
        }
    }

    /// What a claimed job works on.
    async fn claimed(&self, row: &JobRow) -> StoreResult<Claimed> {
        let of = match row.new.version {
            Some(version) => self.store.catalog.version(version).await?,
            None => None,
        };
        let upload = self.upload_under_way(of.as_ref()).await?;
        let coming = match upload {
            Some(upload) => coming(&self.store, upload, &row.new.spec).await?,
            None => None,
        };
        if let Some(of) = &of {
            self.learn(row, of).await;
        }
        Ok(Claimed { row: row.clone(), of, upload, coming })
    }

    /// The upload that still brings a version's file.
    async fn upload_under_way(&self, of: Option<&(VersionRow, VideoRow)>) -> StoreResult<Option<UploadId>> {
        match of {
            Some((version, _)) if version.sha256.is_none() => {
                Ok(self.store.catalog.upload_of(version.version).await?.map(|upload| upload.upload))
            }
            _ => Ok(None),
        }
    }

    /// Prepares the progress of a version of which a job begins.
    async fn learn(&self, row: &JobRow, of: &(VersionRow, VideoRow)) {
        let (version, video) = of;
        let Ok(spec) = serde_json::from_str::<JobSpec>(&row.new.spec) else { return };
        if !self.board.knows(version.version) {
            let Some(plan) = plan_of(version) else { return };
            match self.store.jobs.jobs_of(version.version).await {
                Ok(rows) => self.board.learn(version.version, video.clone(), plan, done_jobs(&rows)),
                Err(error) => tracing::warn!(%error, "the progress of a version could not be read"),
            }
        }
        self.board.begin(version.version, row.new.job, row.token, spec);
    }

    /// The plan of a version as it is now.
    async fn present_plan(&self, version: VersionId) -> StoreResult<Option<Plan>> {
        Ok(self.store.catalog.version(version).await?.and_then(|(row, _)| plan_of(&row)))
    }

    /// The whole file was looked at: what is told of the version follows its plan.
    async fn replan(&self, version: VersionId) {
        let found = async {
            let plan = self.present_plan(version).await?;
            Ok::<_, store::StoreError>((plan, self.store.jobs.jobs_of(version).await?))
        };
        match found.await {
            Ok((Some(plan), rows)) => self.board.replan(version, plan, done_jobs(&rows)),
            Ok((None, _)) => self.board.forget(version),
            Err(error) => tracing::warn!(%error, "the progress of a version could not be read"),
        }
    }

    /// Gives back what stands under a runner's name without its knowledge: the answer to its claim got lost.
    async fn give_back_unknown(&self, runner: &str, holding: &[JobId]) -> StoreResult<()> {
        for row in self.store.jobs.list(Some(JobState::Running), None, RUNNING_MAX).await? {
            if row.runner.as_deref() == Some(runner) && !holding.contains(&row.new.job) {
                self.store.jobs.release(row.new.job, row.token).await?;
            }
        }
        Ok(())
    }

    /// Jobs that died without a runner's word (at a claim) made their versions fail; tells it.
    async fn tell_dead(&self, tended: &mut Tended) {
        let rows = match self.store.jobs.list(Some(JobState::Dead), None, DEAD_MAX).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "dead jobs could not be read");
                return;
            }
        };
        let known = tended.known_dead.replace(rows.iter().map(|row| row.new.job).collect());
        let Some(known) = known else { return };
        for row in rows.iter().filter(|row| !known.contains(&row.new.job)) {
            if let Some(version) = row.new.version {
                self.tell_version(version, &format!("dead:{}:{}", row.new.job, row.token)).await;
            }
        }
    }
}

/// The plan of a version, if it has one that can be read.
fn plan_of(row: &VersionRow) -> Option<Plan> {
    serde_json::from_str(row.plan.as_deref()?).ok()
}

#[async_trait]
impl Desk for StoreDesk {
    async fn begin(&self, runner: &str) -> StoreResult<()> {
        let running = self.store.jobs.list(Some(JobState::Running), None, RUNNING_MAX).await?;
        match self.store.jobs.expire_runner(runner).await? {
            0 => {}
            count => tracing::info!(count, runner, "jobs of the process before this one go on"),
        }
        // What that process may not have told is told.
        let mut told = HashSet::new();
        for row in running.into_iter().filter(|row| row.runner.as_deref() == Some(runner)) {
            if let Some(version) = row.new.version.filter(|version| told.insert(*version)) {
                self.tell_version(version, &format!("recovered:{}:{}", row.new.job, row.token)).await;
            }
        }
        Ok(())
    }

    async fn claim(&self, runner: &str, weight_max: u32, holding: &[JobId]) -> StoreResult<Option<Claimed>> {
        self.give_back_unknown(runner, holding).await?;
        let Some(row) = self.store.jobs.claim(runner, weight_max, self.now()).await? else { return Ok(None) };
        match self.claimed(&row).await {
            Ok(claimed) => Ok(Some(claimed)),
            Err(error) => {
                self.store.jobs.release(row.new.job, row.token).await?;
                Err(error)
            }
        }
    }

    async fn renew(&self, job: JobId, token: u64) -> StoreResult<bool> {
        let held = self.store.jobs.renew(job, token, self.now()).await?;
        if !held {
            self.board.gone(job, token);
        }
        Ok(held)
    }

    fn note(&self, job: JobId, token: u64, frames: i64) {
        ProgressBoard::note(&self.board, job, token, frames);
    }

    async fn complete(&self, job: JobId, token: u64, mut done: JobDone) -> StoreResult<bool> {
        let now = self.now();
        for new in &mut done.enqueue {
            new.run_at = new.run_at.min(now);
        }
        let row = self.store.jobs.job(job).await?.map(|row| row.new);
        let outdated = match row.as_ref().and_then(|new| new.version).filter(|_| done.anew) {
            Some(version) => self.present_plan(version).await?.map(|plan| plan.prefix(version)),
            None => None,
        };
        let completion = self.store.jobs.complete(job, token, done).await?;
        if completion == Completion::Lost {
            return Ok(false);
        }
        self.wake.ring();
        if let Some(prefix) = outdated {
            self.store.blobs.delete_prefix(&prefix).await?;
        }
        if let Some((version, spec)) = row.and_then(|new| Some((new.version?, new.spec))) {
            match serde_json::from_str(&spec) {
                Ok(JobSpec::Sweep) => self.board.forget(version),
                Ok(JobSpec::Probe) if self.board.knows(version) => self.replan(version).await,
                Ok(JobSpec::ProbeAhead) => {
                    if let Some(upload) = self.store.catalog.upload_of(version).await? {
                        self.advance(upload.upload).await;
                    }
                }
                Ok(spec) => self.board.done(version, job, spec),
                Err(error) => tracing::warn!(%error, "a finished job cannot be read"),
            }
            if completion == Completion::Advanced {
                self.tell_version(version, &format!("{job}:{token}")).await;
            }
        }
        Ok(true)
    }

    async fn fail(&self, job: JobId, token: u64, failure: Failure) -> StoreResult<bool> {
        let failure = match failure {
            Failure::BadInput { code, detail } => JobFailure::BadInput { code, detail },
            Failure::Again { code, detail, wait_ms, tries_max, alone } => {
                let run_at = self.now().plus_ms(i64::from(wait_ms));
                JobFailure::Retry { code, detail, run_at, tries_max, alone }
            }
        };
        self.board.gone(job, token);
        let held = self.store.jobs.fail(job, token, failure).await?;
        let row = self.store.jobs.job(job).await?;
        if let Some(version) =
            row.filter(|row| held && row.state == JobState::Dead).and_then(|row| row.new.version)
        {
            self.tell_version(version, &format!("failed:{job}:{token}")).await;
        }
        Ok(held)
    }

    async fn release(&self, job: JobId, token: u64) -> StoreResult<()> {
        self.board.gone(job, token);
        self.store.jobs.release(job, token).await?;
        self.wake.ring();
        Ok(())
    }

    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        self.store.catalog.version(version).await
    }

    async fn reach(&self, upload: UploadId, from: u64) -> StoreResult<Option<u64>> {
        reach(&self.store, upload, from).await
    }

    async fn tend(&self) {
        let mut tended = self.tended.lock().await;
        self.tell_dead(&mut tended).await;
        if tended.tidied.is_none_or(|at| at.elapsed() > TIDY_EVERY) {
            tended.tidied = Some(Instant::now());
            tidy(self).await;
        }
    }
}
