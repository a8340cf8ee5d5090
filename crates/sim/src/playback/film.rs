//! The library of the simulated channel: films of unlike rates, one of which is still being prepared while it is watched.

use protocol::{VersionId, VideoId};
use room::VideoFacts;
use timecode::FrameRate;

/// How many films there are.
pub const FILMS: u8 = 4;

/// A film.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    number: u8,
    /// Frames per second.
    pub rate: FrameRate,
    /// Frames.
    pub frames: i64,
    /// Seconds that can be played at the beginning of the session, and how many more with each second.
    made: Option<(f64, f64)>,
}

impl Film {
    /// A film by its number.
    #[must_use]
    pub fn of(number: u8) -> Film {
        let (num, den, seconds, made) = match number % FILMS {
            0 => (24_000, 1_001, 300, None),
            1 => (25, 1, 95, None),
            2 => (60_000, 1_001, 600, None),
            _ => (30, 1, 240, Some((30.0, 1.5))),
        };
        let rate = FrameRate::new(num, den).unwrap_or(FrameRate::MILLISECONDS);
        Film { number: number % FILMS, rate, frames: i64::from(num) * seconds / i64::from(den), made }
    }

    /// The film of a version.
    #[must_use]
    pub fn of_version(version: VersionId) -> Film {
        Film::of(version.as_bytes()[0])
    }

    /// The film of a video.
    #[must_use]
    pub fn of_video(video: VideoId) -> Film {
        Film::of(video.as_bytes()[0])
    }

    /// Its video.
    #[must_use]
    pub fn video(&self) -> VideoId {
        VideoId::from_bytes([self.number; 16])
    }

    /// What the room is told of it.
    #[must_use]
    pub fn facts(&self) -> VideoFacts {
        VideoFacts {
            video: self.video(),
            version: VersionId::from_bytes([self.number; 16]),
            title: format!("film {}", self.number),
            rate: self.rate,
            frames: self.frames,
            playable: true,
        }
    }

    /// Its length, seconds.
    #[must_use]
    pub fn length_s(&self) -> f64 {
        sync::course::start_of_s(self.frames, self.rate)
    }

    /// Seconds from its start that can be played `after_us` the session began.
    #[must_use]
    pub fn available_s(&self, after_us: i64) -> f64 {
        match self.made {
            None => self.length_s(),
            Some((first_s, per_s)) => (first_s + per_s * after_us as f64 / 1_000_000.0).min(self.length_s()),
        }
    }
}
