//! What a channel is watching, where, and how fast: a value from which everybody with a good clock computes the
//! same frame. Nobody broadcasts positions.

use crate::wire::wire_struct;
use crate::{Timestamp, VersionId, VideoId};
use timecode::{FrameRate, Speed};

wire_struct! {
    /// The version on the timeline with what is needed to compute positions.
    pub struct TimelineVideo {
        /// The video.
        pub video: VideoId,
        /// The version of it.
        pub version: VersionId,
        /// Frames per second.
        pub rate: FrameRate,
        /// Number of frames, at least 1.
        pub frames: i64,
    }
}

wire_struct! {
    /// The shared position.
    pub struct Timeline {
        /// What is watched; none before the first video.
        pub video: Option<TimelineVideo>,
        /// The frame shown at `anchor_us`.
        pub frame: i64,
        /// Speed while playing.
        pub speed: Speed,
        /// Whether it moves.
        pub playing: bool,
        /// Server time at which `frame` is shown. A little ahead of now after a command, so that all start together.
        pub anchor_us: Timestamp,
        /// Goes up by one with each change.
        pub revision: u64,
    }
}

impl Timeline {
    /// Before the first video.
    #[must_use]
    pub fn empty() -> Timeline {
        Timeline {
            video: None,
            frame: 0,
            speed: Speed::NORMAL,
            playing: false,
            anchor_us: Timestamp(0),
            revision: 0,
        }
    }

    /// The frame that is to be shown at `now`: before the anchor the anchor's frame, at the end the last frame.
    #[must_use]
    pub fn frame_at(&self, now: Timestamp) -> i64 {
        let Some(video) = &self.video else { return 0 };
        if !self.playing {
            return self.frame.clamp(0, video.frames - 1);
        }
        let elapsed_us = now.since_us(self.anchor_us).max(0);
        self.frame.saturating_add(video.rate.frames_in(elapsed_us, self.speed)).clamp(0, video.frames - 1)
    }

    /// Server time at which the last frame has been shown; none while paused or without a video.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let video = self.video.as_ref().filter(|_| self.playing)?;
        Some(self.anchor_us.plus_us(video.rate.micros_until(video.frames - self.frame, self.speed)))
    }
}
