//! Jobs as rows: dependencies, priority, lease, fencing token, attempts counted at the claim, dead letters with a
//! human reason. A job may run twice and gives the same result (law 11); every write of a runner carries the token
//! of its claim, so that one who has lost the lease changes nothing.

use crate::StoreResult;
use crate::catalog::VersionUpdate;
use async_trait::async_trait;
use protocol::{JobId, Timestamp, UploadId, VersionId};
use serde::{Deserialize, Serialize};

/// How long a claim holds without renewal, milliseconds. Runners renew three times as often.
pub const LEASE_MS: i64 = 15_000;
/// Claims whose runner vanished before a job is dead: it may be the job that ends its process.
pub const ATTEMPTS_MAX: u32 = 3;
/// Weight of a job that runs beside no other: it needs more than there was, or its last runner vanished.
pub const WEIGHT_ALONE: u32 = u32::MAX;
/// Jobs of one page of a list at most.
pub const LIST_MAX: u32 = 500;

/// A job to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// Which.
    pub job: JobId,
    /// `probe`, `chunk`, `audio`, `poster`, `publish`, `sweep`.
    pub kind: String,
    /// Version it works on.
    pub version: Option<VersionId>,
    /// At most one job with this key exists per version, done or not; enqueuing it again changes nothing. Jobs
    /// without a version share one space of keys (a sweep's key carries its day).
    pub key: String,
    /// What to do, JSON (`media::JobSpec`).
    pub spec: String,
    /// Higher is sooner.
    pub priority: i64,
    /// CPU slots it takes while running.
    pub weight: u32,
    /// Not before.
    pub run_at: Timestamp,
    /// Runs after every other job of its version whose kind is listed here is done.
    pub after_kinds: Vec<String>,
}

/// State of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum JobState {
    /// Waits for others or for its time.
    Waiting,
    /// Claimed.
    Running,
    /// Finished.
    Done,
    /// Given up.
    Dead,
    /// Cancelled.
    Cancelled,
}

/// A job as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// As enqueued.
    pub new: NewJob,
    /// State.
    pub state: JobState,
    /// Claims so far.
    pub attempts: u32,
    /// Claims that ended with a runner's word about a failure.
    pub faults: u32,
    /// Fencing token of the newest claim.
    pub token: u64,
    /// Lease end of the newest claim.
    pub lease_until: Option<Timestamp>,
    /// Name of the newest runner.
    pub runner: Option<String>,
    /// Why it is dead, or why the last try failed.
    pub reason: Option<String>,
    /// Code of that reason.
    pub code: Option<u16>,
}

impl JobRow {
    /// Whether a runner of an earlier claim vanished: perhaps this job ended it, so nothing else runs beside it now.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        let earlier = self.attempts.saturating_sub(u32::from(self.state == JobState::Running));
        earlier > self.faults
    }

    /// CPU slots it takes when claimed.
    #[must_use]
    pub fn weight(&self) -> u32 {
        if self.is_suspect() { WEIGHT_ALONE } else { self.new.weight }
    }

    /// Claims whose runners never came back, when the newest one has not either.
    pub(crate) fn vanished_claims(&self) -> u32 {
        self.attempts.saturating_sub(self.faults)
    }

    /// Why a job is dead whose runners never came back.
    pub(crate) fn vanished(attempts: u32) -> String {
        format!("Its runner stopped without an answer {attempts} times.")
    }
}

/// What finishing a job changes, in the same transaction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobDone {
    /// Change of its version.
    pub version: Option<VersionUpdate>,
    /// Jobs that follow.
    pub enqueue: Vec<NewJob>,
    /// Which bytes the jobs of a version need whose upload is under way, JSON (`media::ByteNeeds`); kept with the upload.
    #[serde(default)]
    pub needs: Option<String>,
    /// The version begins anew: every other job it had is forgotten before others follow.
    #[serde(default)]
    pub anew: bool,
}

/// What finishing a job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The claim was lost: nothing was written.
    Lost,
    /// Finished; its version's state is what it was. Of two jobs that end at the same time and both bring a version to
    /// the same state, this is what the second one is told.
    Finished,
    /// Finished, and with it the version came to another state: to be told.
    Advanced,
}

impl Completion {
    /// Whether the job is finished by this.
    #[must_use]
    pub fn is_held(self) -> bool {
        self != Completion::Lost
    }

    /// Of a held claim, by whether the version's state changed.
    pub(crate) fn of(advanced: bool) -> Completion {
        if advanced { Completion::Advanced } else { Completion::Finished }
    }
}

/// How a try failed. While the version's upload is under way only the job itself is dead, whatever was bad: it is
/// forgotten with the last byte, and tried again with the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobFailure {
    /// The input is bad: dead at once, the version fails with this code and detail (unless it is ready or was
    /// cancelled: it stays so), its other jobs are cancelled.
    BadInput {
        /// Code.
        code: u16,
        /// Detail in plain words.
        detail: String,
    },
    /// Something of ours failed: again at `run_at`, dead after `tries_max` such failures (the version fails then).
    Retry {
        /// Code.
        code: u16,
        /// Detail.
        detail: String,
        /// Not before.
        run_at: Timestamp,
        /// Failures at most.
        tries_max: u32,
        /// It needed more than there was: nothing runs beside it from now on ([`WEIGHT_ALONE`]).
        alone: bool,
    },
}

/// The queue of work.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Enqueues; a key that exists for the version is left as it is.
    async fn enqueue(&self, jobs: Vec<NewJob>) -> StoreResult<()>;
    /// As [`Jobs::enqueue`], if an upload is still under way; else nothing, and false.
    async fn enqueue_ahead(&self, upload: UploadId, jobs: Vec<NewJob>) -> StoreResult<bool>;
    /// Takes the most urgent runnable job of at most `weight_max` slots: counts the attempt, raises the token, sets
    /// the lease. An expired lease counts as runnable while attempts remain; with none left the job is dead and its
    /// version fails. Where the most urgent job of all is to run alone ([`JobRow::weight`]) and does not fit, none is
    /// taken, so that it has its turn.
    async fn claim(&self, runner: &str, weight_max: u32, now: Timestamp) -> StoreResult<Option<JobRow>>;
    /// Prolongs the lease. False: the claim is lost (or the job cancelled); stop.
    async fn renew(&self, job: JobId, token: u64, now: Timestamp) -> StoreResult<bool>;
    /// Finishes.
    async fn complete(&self, job: JobId, token: u64, done: JobDone) -> StoreResult<Completion>;
    /// Notes a failed try. False: the claim was lost.
    async fn fail(&self, job: JobId, token: u64, failure: JobFailure) -> StoreResult<bool>;
    /// Gives up a claim without counting it as an attempt (shutdown).
    async fn release(&self, job: JobId, token: u64) -> StoreResult<()>;
    /// Ends all leases of a runner at once (its process has died); how many.
    async fn expire_runner(&self, runner: &str) -> StoreResult<u64>;
    /// Raises the priority of a version's job with this key to at least `priority`. False: no such waiting job.
    async fn raise(&self, version: VersionId, key: &str, priority: i64) -> StoreResult<bool>;
    /// Cancels every job of a version that is not done.
    async fn cancel_version(&self, version: VersionId) -> StoreResult<u64>;
    /// Makes a dead job (and jobs cancelled with it) runnable again with fresh attempts, and its version processing.
    async fn retry(&self, job: JobId, now: Timestamp) -> StoreResult<()>;
    /// A job.
    async fn job(&self, job: JobId) -> StoreResult<Option<JobRow>>;
    /// All jobs of a version.
    async fn jobs_of(&self, version: VersionId) -> StoreResult<Vec<JobRow>>;
    /// Newest jobs first, optionally of one state and enqueued before another, at most `limit`.
    async fn list(
        &self,
        state: Option<JobState>,
        before: Option<JobId>,
        limit: u32,
    ) -> StoreResult<Vec<JobRow>>;
    /// How many jobs are in each state; states without any are left out.
    async fn counts(&self) -> StoreResult<Vec<(JobState, u64)>>;
}
