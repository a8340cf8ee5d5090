//! From what went wrong in a job to what is done about it: bad input is told to its owner at once, trouble of ours is
//! tried again with growing waits. Called by the runner.

use crate::launcher::RunError;
use media::{MediaRefusal, PackError};
use protocol::{Code, Timestamp};
use store::StoreError;
use store::jobs::JobFailure;

/// Waits before the second and third try, milliseconds.
const BACKOFF_MS: [i64; 2] = [1_000, 4_000];
/// Characters of a reason that are kept.
const DETAIL_CHARS_MAX: usize = 600;

/// Why a job gave no result.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The source is not taken.
    #[error(transparent)]
    Refused(#[from] MediaRefusal),
    /// ffmpeg gave no result.
    #[error("ffmpeg {0}")]
    Run(#[from] RunError),
    /// What ffmpeg wrote is not as planned.
    #[error("the encoded part is not as planned: {0}")]
    Pack(#[from] PackError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of ours could not be read or written.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// Something that should be there is not.
    #[error("{0}")]
    Broken(String),
}

impl JobError {
    /// What the job table is told. `attempts` counts this one.
    #[must_use]
    pub fn failure(&self, attempts: u32, now: Timestamp) -> JobFailure {
        if let JobError::Refused(refusal) = self {
            return JobFailure::BadInput { code: refusal.code.number(), detail: shorten(&refusal.message) };
        }
        // The same bytes missing twice: it is the file, not the machine.
        if let (JobError::Pack(PackError::Count { expected, found }), 2..) = (self, attempts) {
            let refusal = MediaRefusal::damaged(&format!(
                "{found} of {expected} pictures of one part could be decoded"
            ));
            return JobFailure::BadInput { code: refusal.code.number(), detail: refusal.message };
        }
        let wait = BACKOFF_MS[(attempts.max(1) as usize - 1).min(BACKOFF_MS.len() - 1)];
        JobFailure::Retry {
            code: self.code().number(),
            detail: shorten(&self.to_string()),
            run_at: now.plus_ms(wait),
        }
    }

    fn code(&self) -> Code {
        match self {
            JobError::Run(RunError::Cage(_)) => Code::SandboxMissing,
            JobError::Run(RunError::Start(_)) => Code::FfmpegMissing,
            JobError::Run(RunError::Failed { stderr, .. }) if stderr.contains("No space left") => {
                Code::StorageFull
            }
            JobError::Store(StoreError::Full) => Code::StorageFull,
            JobError::System(error) if error.kind() == std::io::ErrorKind::StorageFull => Code::StorageFull,
            _ => Code::EncodingFailed,
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(DETAIL_CHARS_MAX).collect()
}
