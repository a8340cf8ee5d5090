//! Where a video should be at a given server time, as an element understands it. Called by the controller's owner
//! with each tick; must never round a frame number through a float.
//!
//! The shared value is a frame and an instant (law 7). An element only takes seconds, so this is the one place
//! where a position becomes seconds: frame `n` is shown by any time in `[n / rate, (n + 1) / rate)`.

use serde::{Deserialize, Serialize};
use timecode::{FrameRate, Speed};

/// A timeline with a video, reduced to what positions need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Frame at the anchor.
    pub frame: i64,
    /// Frames per second of the video.
    pub rate: FrameRate,
    /// Number of frames, at least 1.
    pub frames: i64,
    /// Speed while playing.
    pub speed: Speed,
    /// Whether it moves.
    pub playing: bool,
    /// Server time at which `frame` is shown, µs.
    pub anchor_us: i64,
    /// Revision of the timeline.
    pub revision: u64,
}

/// What is wanted of an element at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whether it moves or is about to (false too once the end is reached).
    pub playing: bool,
    /// Media position, seconds: where a frame begins. Before the anchor the anchor's.
    pub position_s: f64,
    /// Time until it moves, ms; 0 when it does.
    pub starts_in_ms: f64,
    /// Speed.
    pub speed: f64,
    /// Length of a frame, seconds.
    pub frame_s: f64,
    /// Where the video ends, seconds.
    pub end_s: f64,
    /// Revision of the timeline.
    pub revision: u64,
}

impl Course {
    /// What is wanted at `server_us`.
    #[must_use]
    pub fn wanted_at(&self, server_us: i64) -> Wanted {
        let frame_s = f64::from(self.rate.den()) / f64::from(self.rate.num());
        let speed = f64::from(self.speed.num()) / f64::from(self.speed.den());
        let ended = self.playing
            && server_us.saturating_sub(self.anchor_us)
                >= self.rate.micros_until(self.frames - self.frame, self.speed);
        let playing = self.playing && !ended;
        let frame = if ended { self.frames - 1 } else { self.frame.clamp(0, self.frames - 1) };
        let since_us = server_us.saturating_sub(self.anchor_us) as f64;
        let elapsed_s = if playing { since_us.max(0.0) / 1_000_000.0 } else { 0.0 };
        Wanted {
            playing,
            position_s: start_of_s(frame, self.rate) + elapsed_s * speed,
            starts_in_ms: if playing { (-since_us).max(0.0) / 1_000.0 } else { 0.0 },
            speed,
            frame_s,
            end_s: start_of_s(self.frames, self.rate),
            revision: self.revision,
        }
    }

    /// Whether `self` may be followed until `next` begins, because nothing jumps at its anchor (a change of speed, a
    /// re-anchoring). Otherwise the element waits at the anchor's frame.
    #[must_use]
    pub fn leads_into(&self, next: &Course) -> bool {
        if !self.playing || !next.playing || self.rate != next.rate || self.frames != next.frames {
            return false;
        }
        // What has not begun is not followed: a wait that ends sooner than was said.
        if self.anchor_us > next.anchor_us {
            return false;
        }
        let here = self.wanted_at(next.anchor_us);
        let there = next.wanted_at(next.anchor_us);
        // One and a half frames: the anchor's frame is rounded down from where the old course is.
        here.playing && (here.position_s - there.position_s).abs() <= 1.5 * there.frame_s
    }
}

/// Where frame `frame` begins, seconds.
#[must_use]
pub fn start_of_s(frame: i64, rate: FrameRate) -> f64 {
    frame as f64 * f64::from(rate.den()) / f64::from(rate.num())
}

/// What to give to an element so that it shows frame `frame`: its middle, seconds. The beginning would depend on how
/// a container rounded it.
#[must_use]
pub fn middle_of_s(frame: i64, rate: FrameRate) -> f64 {
    (frame as f64 + 0.5) * f64::from(rate.den()) / f64::from(rate.num())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course {
            frame: 100,
            rate: FrameRate::new(25, 1).unwrap(),
            frames: 1_000,
            speed: Speed::NORMAL,
            playing: true,
            anchor_us: 1_700_000_000_000_000,
            revision: 7,
        }
    }

    #[test]
    fn before_the_anchor_it_waits_then_it_moves_and_at_the_end_it_stands_on_the_last_frame() {
        let course = course();
        let before = course.wanted_at(course.anchor_us - 250_000);
        assert_eq!((before.playing, before.position_s, before.starts_in_ms), (true, 4.0, 250.0));
        let after = course.wanted_at(course.anchor_us + 500_000);
        assert_eq!((after.position_s, after.starts_in_ms), (4.5, 0.0));
        let end = course.wanted_at(course.anchor_us + 36_000_000);
        assert_eq!((end.playing, end.position_s, end.end_s), (false, 39.96, 40.0));
    }

    #[test]
    fn a_change_of_speed_does_not_stop_the_picture_and_a_seek_does() {
        let old = course();
        let at = old.anchor_us + 2_000_000;
        let faster =
            Course { frame: 150, speed: Speed::new(3, 2).unwrap(), anchor_us: at, revision: 8, ..old };
        assert!(old.leads_into(&faster));
        let elsewhere = Course { frame: 400, ..faster };
        assert!(!old.leads_into(&elsewhere));
        assert!(!old.leads_into(&Course { playing: false, ..faster }));
        assert!(!Course { playing: false, ..old }.leads_into(&faster));
        let standing = Course { frame: 150, anchor_us: at + 2_000_000, ..old };
        let sooner = Course { anchor_us: at + 100_000, revision: 8, ..standing };
        assert!(!standing.leads_into(&sooner));
    }
}
