//! What the drift controller sees of a media element and what it may do to it. Data only: no [`Action`] can become a
//! command to the room (the type has no such variant).

use crate::course::Wanted;
use crate::learned::ElementKind;
use serde::{Deserialize, Serialize};

/// What the element is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// How its clock is driven.
    pub kind: ElementKind,
    /// Paused (or ended).
    pub paused: bool,
    /// Seeking.
    pub seeking: bool,
    /// Has no data to go on with.
    pub stalled: bool,
    /// Position, seconds.
    pub position_s: f64,
    /// Rate that is set.
    pub rate: f64,
    /// Median of position minus timeline over the samples since the last tick, seconds; none without samples.
    pub error_s: Option<f64>,
    /// Buffered ranges, seconds.
    pub buffered: Vec<(f64, f64)>,
}

/// One look at the element and at what is wanted of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The client's monotonic clock, ms.
    pub now_ms: f64,
    /// What the timeline wants at that time.
    pub wanted: Wanted,
    /// The element.
    pub element: Element,
}

/// What to do to the element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Action {
    /// Set the rate.
    Rate {
        /// Rate.
        rate: f64,
        /// Whether the pitch is kept.
        keep_pitch: bool,
    },
    /// Set the position. The caller tells [`crate::DriftController::sought`].
    Seek {
        /// Position, seconds.
        to_s: f64,
    },
    /// Call `play()` after a time. Replaces one asked for before. The caller tells [`crate::DriftController::played`].
    Play {
        /// From the observation's `now_ms`, ms.
        in_ms: f64,
    },
    /// Call `pause()` and forget a play asked for.
    Pause,
}

/// How the element stands to the timeline; the first part of a sync report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Within tolerance.
    Locked,
    /// Being steered.
    Adjusting,
    /// Waiting for data.
    Buffering,
}

/// Whether the pitch is to be kept: only where there is something to hear, and not at speed 1, where keeping it costs
/// 18 ms of media with each trim.
#[must_use]
pub fn keeps_pitch(seen: &Observation) -> bool {
    seen.wanted.speed != 1.0 && seen.element.kind == ElementKind::Audio
}

/// Whether there is data at `position_s` and a little after.
#[must_use]
pub fn is_buffered(ranges: &[(f64, f64)], position_s: f64) -> bool {
    ranges.iter().any(|(from_s, to_s)| *from_s <= position_s + 0.05 && position_s + 0.25 <= *to_s)
}
