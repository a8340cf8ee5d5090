//! How much one connection may send: token buckets, and what happens when somebody does not stop.

use std::time::Instant;

/// Frames of a connection per second; a busy client sends about six (pings, sync reports, typing, commands).
const FRAMES_PER_S: f32 = 30.0;
/// Frames at once: the twenty pings of the start with the commands of an outbox.
const FRAMES_BURST: f32 = 60.0;
/// Messages of a connection per second.
const CHAT_PER_S: f32 = 5.0;
/// Messages at once.
const CHAT_BURST: f32 = 10.0;
/// Refused frames after which a connection is closed: four seconds of twice the limit.
const STRIKES_BURST: f32 = 120.0;
/// Refused frames forgiven per second.
const STRIKES_PER_S: f32 = 5.0;

/// A token bucket.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f32,
    per_s: f32,
    burst: f32,
}

impl Bucket {
    fn full(per_s: f32, burst: f32) -> Bucket {
        Bucket { tokens: burst, per_s, burst }
    }

    fn fill(&mut self, seconds: f32) {
        self.tokens = (self.tokens + seconds * self.per_s).min(self.burst);
    }

    fn take(&mut self) -> bool {
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Take it.
    Take,
    /// Refuse it with `RateLimited`.
    Refuse,
    /// Close the connection.
    Close,
}

/// The buckets of a connection.
#[derive(Debug)]
pub(super) struct Limits {
    last: Instant,
    frames: Bucket,
    chat: Bucket,
    strikes: Bucket,
}

impl Limits {
    pub(super) fn new(now: Instant) -> Limits {
        Limits {
            last: now,
            frames: Bucket::full(FRAMES_PER_S, FRAMES_BURST),
            chat: Bucket::full(CHAT_PER_S, CHAT_BURST),
            strikes: Bucket::full(STRIKES_PER_S, STRIKES_BURST),
        }
    }

    /// Counts a frame of any kind.
    pub(super) fn frame(&mut self, now: Instant) -> Verdict {
        let seconds = now.saturating_duration_since(self.last).as_secs_f32();
        self.last = now;
        for bucket in [&mut self.frames, &mut self.chat, &mut self.strikes] {
            bucket.fill(seconds);
        }
        let taken = self.frames.take();
        self.judge(taken)
    }

    /// Counts a message, after the frame that carries it.
    pub(super) fn chat(&mut self) -> Verdict {
        let taken = self.chat.take();
        self.judge(taken)
    }

    fn judge(&mut self, taken: bool) -> Verdict {
        match taken {
            true => Verdict::Take,
            false if self.strikes.take() => Verdict::Refuse,
            false => Verdict::Close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn count(limits: &mut Limits, start: Instant, frames: u32, per_s: u32) -> (u32, u32, u32) {
        let mut counts = (0, 0, 0);
        for n in 0..frames {
            match limits.frame(start + Duration::from_secs_f64(f64::from(n) / f64::from(per_s))) {
                Verdict::Take => counts.0 += 1,
                Verdict::Refuse => counts.1 += 1,
                Verdict::Close => counts.2 += 1,
            }
        }
        counts
    }

    #[test]
    fn law_10_a_connection_may_burst_is_refused_above_and_closed_when_it_goes_on() {
        let start = Instant::now();
        assert_eq!(count(&mut Limits::new(start), start, 60, 1_000_000), (60, 0, 0));
        assert_eq!(count(&mut Limits::new(start), start, 3_000, 29), (3_000, 0, 0));
        let (taken, refused, closed) = count(&mut Limits::new(start), start, 1_000, 1_000);
        assert!((60..=92).contains(&taken), "{taken}");
        assert!((120..=126).contains(&refused), "{refused}");
        assert_eq!(taken + refused + closed, 1_000);
        let mut limits = Limits::new(start);
        assert_eq!((0..10).filter(|_| limits.chat() == Verdict::Take).count(), 10);
        assert_eq!(limits.chat(), Verdict::Refuse);
    }
}
