//! The job desk: where workers get jobs and hand in what became of them. In the server it stands on the store
//! ([`StoreDesk`]); a worker in another process reaches the same desk over HTTP, with the bodies of [`wire`]. So a
//! runner is one code wherever it runs.
//!
//! The desk alone knows how far versions are ([`progress`]) and tells it ([`news`]), because one version's chunks may
//! be made by several workers.
//!
//! Reading order: this page, [`store_desk`], `ahead`, `pace`, [`progress`], [`news`], `tidy`, [`wake`], [`wire`].

mod ahead;
pub mod news;
mod pace;
pub mod progress;
pub mod store_desk;
mod tidy;
pub mod wake;
pub mod wire;

pub use news::{NEWS_MAX, WorkerNews, derived_op, version_op, video_update};
pub use progress::{ProgressBoard, done_jobs};
pub use store_desk::StoreDesk;
pub use tidy::sweep_uploads;
pub use wake::Wake;

use async_trait::async_trait;
use media::{IndexPlace, JobSpec, Plan};
use protocol::{JobId, Timestamp, UploadId, VersionId};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use store::StoreResult;
use store::catalog::{VersionRow, VideoRow};
use store::jobs::{JobDone, JobRow, NewJob};

/// Server time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A claimed job with what it works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// As claimed.
    pub row: JobRow,
    /// Its version and video; none if they are gone.
    pub of: Option<(VersionRow, VideoRow)>,
    /// The upload that still brings the version's file: its bytes lie in interim.
    #[serde(default)]
    pub upload: Option<UploadId>,
    /// What it reads of that file, in order; it may begin before the last of it is here.
    #[serde(default)]
    pub coming: Option<Coming>,
}

/// What a job reads of a file that is still coming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// Where index and media lie.
    pub place: IndexPlace,
    /// Bytes besides the head.
    pub bytes: Range<u64>,
}

/// A job to enqueue.
#[must_use]
pub fn new_job(
    job: JobId,
    spec: &JobSpec,
    version: VersionId,
    plan: Option<&Plan>,
    run_at: Timestamp,
) -> NewJob {
    NewJob {
        job,
        kind: spec.kind().to_owned(),
        version: Some(version),
        key: spec.key(),
        spec: serde_json::to_string(spec).expect("a job is plain data"),
        priority: spec.priority(plan),
        weight: spec.weight(),
        run_at,
        after_kinds: spec.after_kinds().iter().map(|kind| (*kind).to_owned()).collect(),
    }
}

/// How a try failed, as its runner tells it. Times are spans, since a runner's clock may be another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The input is bad: not tried again, its owner is told.
    BadInput {
        /// Code.
        code: u16,
        /// Detail in plain words.
        detail: String,
    },
    /// Something of ours failed: again after a wait, up to a number of such failures.
    Again {
        /// Code.
        code: u16,
        /// Detail.
        detail: String,
        /// Wait, milliseconds.
        wait_ms: u32,
        /// Failures at most; dead then.
        tries_max: u32,
        /// It needed more than there was: nothing runs beside it next time.
        alone: bool,
    },
}

/// Where a worker gets jobs. Every word about a claimed job carries the token of its claim; a lost claim changes
/// nothing (law 11).
#[async_trait]
pub trait Desk: Send + Sync {
    /// A runner's process has begun: the claims of the process before it under this name end at once.
    async fn begin(&self, runner: &str) -> StoreResult<()>;
    /// The most urgent job of at most `weight_max` slots (`store::Jobs::claim`). `holding` are all jobs that this
    /// runner knows it has: what else stands under its name got lost on the way to it and is given back.
    async fn claim(&self, runner: &str, weight_max: u32, holding: &[JobId]) -> StoreResult<Option<Claimed>>;
    /// Prolongs a claim. False: it is lost; stop.
    async fn renew(&self, job: JobId, token: u64) -> StoreResult<bool>;
    /// A running job has so many frames. Fleeting: never waits, may be dropped.
    fn note(&self, job: JobId, token: u64, frames: i64);
    /// Finishes. False: the claim was lost, nothing was written.
    async fn complete(&self, job: JobId, token: u64, done: JobDone) -> StoreResult<bool>;
    /// A try has failed. False: the claim was lost.
    async fn fail(&self, job: JobId, token: u64, failure: Failure) -> StoreResult<bool>;
    /// Gives a claim back, uncounted.
    async fn release(&self, job: JobId, token: u64) -> StoreResult<()>;
    /// A version as it is now.
    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>>;
    /// How far the bytes of an upload reach from a place without a gap; none when nothing more of it is to be waited for.
    async fn reach(&self, upload: UploadId, from: u64) -> StoreResult<Option<u64>>;
    /// What is to be done regularly beside the jobs; called every few seconds.
    async fn tend(&self);
}
