//! How fast an upload comes, over the last seconds. Pure: time is passed in.

use protocol::Timestamp;

/// Least span that a pace is taken over, microseconds; at most it is twice as long.
const WINDOW_US: i64 = 1_000_000;
/// Below this span nothing is said, microseconds.
const SPAN_US_MIN: i64 = 200_000;

/// So many bytes at a time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Timestamp,
    bytes: u64,
}

/// The pace of one upload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    older: Mark,
    newer: Mark,
    now: Mark,
}

impl Pace {
    /// Begins with what is there.
    pub(crate) fn new(at: Timestamp, bytes: u64) -> Pace {
        let mark = Mark { at, bytes };
        Pace { older: mark, newer: mark, now: mark }
    }

    /// So many bytes are there now.
    pub(crate) fn see(&mut self, at: Timestamp, bytes: u64) {
        self.now = Mark { at, bytes };
        if at.since_us(self.newer.at) >= WINDOW_US {
            (self.older, self.newer) = (self.newer, self.now);
        }
    }

    /// Bytes that come in a span, if it goes on so.
    pub(crate) fn bytes_in(&self, span_ms: u64) -> u64 {
        let took_us = self.now.at.since_us(self.older.at);
        if took_us < SPAN_US_MIN {
            return 0;
        }
        let came = self.now.bytes.saturating_sub(self.older.bytes);
        came.saturating_mul(1_000 * span_ms) / took_us.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let at = |ms: i64| Timestamp(1_000_000_000).plus_ms(ms);
        let mut pace = Pace::new(at(0), 500);
        pace.see(at(100), 900);
        assert_eq!(pace.bytes_in(1_000), 0, "too short to tell");
        pace.see(at(500), 1_500);
        assert_eq!(pace.bytes_in(1_000), 2_000);
        pace.see(at(1_000), 2_500);
        assert_eq!(pace.bytes_in(1_000), 2_000);
        // A minute of nothing, and on it goes: what was before does not count for long.
        pace.see(at(61_000), 2_600);
        assert_eq!(pace.bytes_in(60_000), 100);
        pace.see(at(62_000), 12_600);
        assert_eq!(pace.bytes_in(1_000), 10_000);
        // A clock that was set back says nothing.
        pace.see(at(-5_000), 12_700);
        assert_eq!(pace.bytes_in(1_000), 0);
    }
}
