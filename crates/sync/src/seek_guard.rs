//! The guard against thrashing: the first seek of a revision is what somebody asked for, the others are corrections and
//! bounded in a window of time.

use crate::measures::{GUARD_WINDOW_MS, SEEKS_MAX};

/// Counts the seeks of one element.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeekGuard {
    /// Seeks since the revision began.
    attempts: u32,
    /// Times of the corrective seeks of the last [`GUARD_WINDOW_MS`]; at most [`SEEKS_MAX`].
    corrections: Vec<f64>,
}

impl SeekGuard {
    /// Another revision.
    pub(crate) fn begin(&mut self) {
        self.attempts = 0;
    }

    /// Seeks since the revision began.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether another seek may be.
    pub(crate) fn may_seek(&mut self, now_ms: f64) -> bool {
        self.corrections.retain(|at_ms| now_ms - at_ms < GUARD_WINDOW_MS);
        self.attempts == 0 || self.corrections.len() < SEEKS_MAX
    }

    /// One was asked for.
    pub(crate) fn count(&mut self, now_ms: f64) {
        if self.attempts > 0 && self.corrections.len() < SEEKS_MAX {
            self.corrections.push(now_ms);
        }
        self.attempts += 1;
    }
}
