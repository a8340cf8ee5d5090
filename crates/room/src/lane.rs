//! When merged news goes out: the first after a quiet spell at once, what follows within the window together.

use protocol::Timestamp;

/// A lane's clockwork.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    last: Timestamp,
    due: Option<Timestamp>,
}

impl Lane {
    /// Quiet.
    pub(crate) fn new() -> Lane {
        Lane { last: Timestamp(i64::MIN / 2), due: None }
    }

    /// There is news that may wait until `window_ms` after the last sending.
    pub(crate) fn mark(&mut self, now: Timestamp, window_ms: i64) {
        let at = now.max(self.last.plus_ms(window_ms));
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Whether to send now; then the lane is quiet again.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            self.due = None;
            self.last = now;
        }
        is_due
    }

    /// When to look again.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }
}

/// Time in which news is merged, milliseconds, by the number of people.
pub(crate) fn window_ms(people: usize) -> i64 {
    if people > protocol::limits::PRESENCE_FULL_MAX { 50 } else { 16 }
}
