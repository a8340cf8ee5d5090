//! What an element was seen to take for starting and seeking: running medians per kind of element, used as
//! feed-forward. Owned by the controller; must never grow.

use serde::{Deserialize, Serialize};

/// Measurements kept per figure; the median of five shrugs off two outliers.
pub const KEPT_MAX: usize = 5;

/// How an element's clock is driven, which decides what starting and seeking costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementKind {
    /// By the sound card.
    Audio,
    /// Has sound but is muted: by a stand-in for the sound card, which loses time under load.
    Muted,
    /// Without an audio track: by the wall clock.
    Silent,
}

impl ElementKind {
    fn index(self) -> usize {
        match self {
            ElementKind::Audio => 0,
            ElementKind::Muted => 1,
            ElementKind::Silent => 2,
        }
    }
}

/// A running median that begins with an assumption.
#[derive(Clone, Debug)]
struct Running {
    kept: Vec<f64>,
}

impl Running {
    fn new(assumed: f64) -> Running {
        Running { kept: vec![assumed] }
    }

    fn push(&mut self, value: f64) {
        if self.kept.len() == KEPT_MAX {
            self.kept.remove(0);
        }
        self.kept.push(value);
    }

    fn median(&self) -> f64 {
        median(&self.kept)
    }
}

/// The middle of `values`, or the mean of the two middle ones; 0 of nothing.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// Everything learned of one element. All in ms of real time.
#[derive(Clone, Debug)]
pub struct Learned {
    start: [Running; 3],
    seek_lag: [Running; 3],
    cue_buffered: Running,
    cue_unbuffered: Running,
}

impl Default for Learned {
    /// The assumptions are medians measured in Chromium 156 (research notes, playback, section 3).
    fn default() -> Learned {
        Learned {
            start: [Running::new(75.0), Running::new(41.0), Running::new(1.0)],
            seek_lag: [Running::new(84.0), Running::new(60.0), Running::new(30.0)],
            cue_buffered: Running::new(40.0),
            cue_unbuffered: Running::new(300.0),
        }
    }
}

impl Learned {
    /// From `play()` until the position moves.
    #[must_use]
    pub fn start_ms(&self, kind: ElementKind) -> f64 {
        self.start[kind.index()].median()
    }

    /// How far a seek while playing leaves the element behind.
    #[must_use]
    pub fn seek_lag_ms(&self, kind: ElementKind) -> f64 {
        self.seek_lag[kind.index()].median()
    }

    /// From a seek of a paused element until it could play.
    #[must_use]
    pub fn cue_ms(&self, buffered: bool) -> f64 {
        if buffered { self.cue_buffered.median() } else { self.cue_unbuffered.median() }
    }

    pub(crate) fn saw_start(&mut self, kind: ElementKind, ms: f64) {
        self.start[kind.index()].push(ms.clamp(0.0, 400.0));
    }

    pub(crate) fn saw_seek_lag(&mut self, kind: ElementKind, ms: f64) {
        self.seek_lag[kind.index()].push(ms.clamp(0.0, 600.0));
    }

    pub(crate) fn saw_cue(&mut self, buffered: bool, ms: f64) {
        let running = if buffered { &mut self.cue_buffered } else { &mut self.cue_unbuffered };
        running.push(ms.clamp(0.0, 5_000.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_moves_little_and_the_memory_is_bounded() {
        let mut learned = Learned::default();
        for ms in [80.0, 81.0, 79.0, 400.0, 80.5, 80.2] {
            learned.saw_start(ElementKind::Audio, ms);
        }
        assert_eq!(learned.start_ms(ElementKind::Audio), 80.5);
        assert_eq!(learned.start[0].kept.len(), KEPT_MAX);
        assert_eq!(learned.start_ms(ElementKind::Silent), 1.0, "kinds are apart");
    }
}
