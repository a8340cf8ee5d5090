//! What a worker in another process and the server say to each other, as JSON under `/api/v1/jobs`. Both are of one
//! release: a claim names the release, and another one is refused. Blobs travel as bytes, with [`DIGEST`].

use crate::Failure;
use protocol::{JobId, UploadId, VersionId};
use serde::{Deserialize, Serialize};
use store::catalog::{VersionRow, VideoRow};
use store::jobs::JobDone;

/// Header with the SHA-256 of a body in hexadecimal.
pub const DIGEST: &str = "genlock-sha256";
/// Largest JSON body, bytes: a plan of eight hours with its jobs has about 2 MB.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Characters of a runner's name at most.
pub const RUNNER_CHARS_MAX: usize = 100;
/// Jobs that one runner has at a time at most.
pub const HOLDING_MAX: usize = 256;

/// `POST jobs/begin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginBody {
    /// Name of the runner.
    pub runner: String,
    /// Release of the worker.
    pub release: String,
}

/// `POST jobs/claim`; answers [`crate::Claimed`] or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimBody {
    /// Name of the runner.
    pub runner: String,
    /// Release of the worker.
    pub release: String,
    /// CPU slots at most.
    pub weight_max: u32,
    /// Jobs that the runner has.
    pub holding: Vec<JobId>,
}

/// `POST jobs/{job}/renew` and `POST jobs/{job}/release`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenBody {
    /// Token of the claim.
    pub token: u64,
}

/// `POST jobs/{job}/complete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompleteBody {
    /// Token of the claim.
    pub token: u64,
    /// What it changes.
    pub done: JobDone,
}

/// `POST jobs/{job}/fail`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailBody {
    /// Token of the claim.
    pub token: u64,
    /// How it failed.
    pub failure: Failure,
}

/// `POST jobs/progress`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressBody {
    /// Job, token of its claim, frames so far.
    pub jobs: Vec<(JobId, u64, i64)>,
}

/// Whether the claim still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// False: stop.
    pub held: bool,
}

/// Answer of `GET jobs/versions/{version}`.
pub type VersionAnswer = Option<(VersionRow, VideoRow)>;

/// Path of a version's news for workers, below the API's root.
#[must_use]
pub fn version_path(version: VersionId) -> String {
    format!("jobs/versions/{version}")
}

/// Path of how far an upload reaches from a byte on; answers a number or null ([`crate::Desk::reach`]).
#[must_use]
pub fn reach_path(upload: UploadId, from: u64) -> String {
    format!("jobs/uploads/{upload}/reach?from={from}")
}
