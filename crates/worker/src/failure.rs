//! From what went wrong in a job to what is done about it: bad input is told to its owner at once, trouble of ours is
//! tried again with growing waits. Called by the runner.

use crate::launcher::RunError;
use desk::Failure;
use media::{MediaRefusal, PackError};
use protocol::{Code, JobId};
use sha2::{Digest as _, Sha256};
use store::StoreError;

/// Waits before the second and the later tries, milliseconds; up to half as much is added by chance, so that jobs
/// which failed together do not come back together.
const BACKOFF_MS: [u32; 4] = [1_000, 4_000, 16_000, 64_000];
/// Tries of a job that fails by trouble around it (disk, network, server).
const TRIES_MAX: u32 = 5;
/// Tries of a job that needs more memory or time than there is.
const SPARING_TRIES_MAX: u32 = 3;
/// Wait before the next bytes of an upload are asked for once more, milliseconds.
const LATE_WAIT_MS: u32 = 2_000;
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
    /// The next bytes of a file on its way have not come.
    #[error("the upload has stopped for a while")]
    Late,
}

impl JobError {
    /// What the desk is told. `faults` counts the failures before this one; chance comes from `seed` and the job.
    #[must_use]
    pub fn failure(&self, faults: u32, seed: u64, job: JobId) -> Failure {
        if let JobError::Refused(refusal) = self {
            return Failure::BadInput { code: refusal.code.number(), detail: shorten(&refusal.message) };
        }
        // The same bytes missing twice: it is the file, not the machine.
        if let (JobError::Pack(PackError::Count { expected, found }), 1..) = (self, faults) {
            let refusal = MediaRefusal::damaged(&format!(
                "{found} of {expected} pictures of one part could be decoded"
            ));
            return Failure::BadInput { code: refusal.code.number(), detail: refusal.message };
        }
        let alone = self.needs_too_much();
        Failure::Again {
            code: self.code().number(),
            detail: shorten(&self.to_string()),
            wait_ms: if let JobError::Late = self { LATE_WAIT_MS } else { wait_ms(faults, seed, job) },
            tries_max: if alone { SPARING_TRIES_MAX } else { TRIES_MAX },
            alone,
        }
    }

    /// Whether it was killed for memory or time: the next try runs by itself, in smaller steps.
    fn needs_too_much(&self) -> bool {
        match self {
            JobError::Run(
                RunError::TooLong
                | RunError::Stalled
                | RunError::TooMuchMemory { .. }
                | RunError::TooManyThreads,
            ) => true,
            JobError::Run(RunError::Failed { stderr, .. }) => {
                stderr.contains("Cannot allocate memory") || stderr.contains("malloc")
            }
            _ => false,
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

/// The wait after so many failures before.
fn wait_ms(faults: u32, seed: u64, job: JobId) -> u32 {
    let base = BACKOFF_MS[(faults as usize).min(BACKOFF_MS.len() - 1)];
    let mut hasher = Sha256::new();
    hasher.update(seed.to_be_bytes());
    hasher.update(job.as_bytes());
    hasher.update(faults.to_be_bytes());
    let digest = hasher.finalize();
    let chance = u32::from(u16::from_be_bytes([digest[0], digest[1]]));
    base + base / 2 * chance / 65_536
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_scatter_and_repeat_by_seed() {
        let job = JobId::from_bytes([1; 16]);
        for (faults, base) in (0..).zip([1_000, 4_000, 16_000, 64_000, 64_000]) {
            let wait = wait_ms(faults, 7, job);
            assert!((base..base + base / 2).contains(&wait), "{faults}: {wait}");
            assert_eq!(wait, wait_ms(faults, 7, job));
        }
        assert_ne!(wait_ms(0, 7, job), wait_ms(0, 8, job));
        assert_ne!(wait_ms(0, 7, job), wait_ms(0, 7, JobId::from_bytes([2; 16])));
    }

    #[test]
    fn each_class_has_its_own_answer() {
        let job = JobId::from_bytes([1; 16]);
        let answer = |error: JobError, faults| error.failure(faults, 1, job);
        let bad = answer(MediaRefusal::damaged("it ends in the middle").into(), 0);
        assert!(matches!(bad, Failure::BadInput { .. }));
        let killed = answer(JobError::Run(RunError::TooLong), 0);
        assert!(matches!(killed, Failure::Again { alone: true, tries_max: 3, .. }), "{killed:?}");
        let disk = answer(JobError::Store(StoreError::Full), 0);
        let code = Code::StorageFull.number();
        assert!(
            matches!(disk, Failure::Again { alone: false, tries_max: 5, code: found, .. } if found == code),
            "{disk:?}"
        );
        let late = answer(JobError::Late, 3);
        assert!(matches!(late, Failure::Again { wait_ms: LATE_WAIT_MS, alone: false, .. }), "{late:?}");
        let count = || JobError::Pack(PackError::Count { expected: 50, found: 49 });
        assert!(matches!(answer(count(), 0), Failure::Again { .. }));
        assert!(matches!(answer(count(), 1), Failure::BadInput { .. }), "twice the same: it is the file");
    }
}
