//! The server's clock: Unix microseconds read once at process start, then monotonic only.

use protocol::Timestamp;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clock of this process. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    began_us: i64,
}

impl Clock {
    /// Reads the time of day, once.
    #[must_use]
    pub fn start() -> Clock {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { began: Instant::now(), began_us: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
    }

    /// Server time now; never goes back.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp(self.began_us.saturating_add(passed))
    }
}
