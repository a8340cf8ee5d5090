//! Steers one media element to where the timeline is. Called with an observation several times a second and when the
//! element's state changes; answers with what to do to the element, as data.
//!
//! It must never ask for anything but the element's own state: no [`Action`] can become a command to the room, so a
//! remote play, pause, seek or speed never echoes (the type has no such variant). It knows no clock and no element.
//!
//! An element is in one of three situations. *Held*: the timeline stands, the element shows its frame. *Cued*: the
//! timeline moves or is about to and the element is paused; it is put a little ahead of the timeline and started at
//! the instant the timeline gets there, minus what a start was seen to take. *Running*: small errors are trimmed by
//! rate, large ones by a seek that allows for what a seek was seen to cost.

use crate::element::{Action, Hold, Observation, is_buffered, keeps_pitch};
use crate::learned::{ElementKind, Learned};
use crate::measures::*;
use crate::seek_guard::SeekGuard;

#[derive(Clone, Copy, Debug)]
struct PendingStart {
    at_ms: f64,
    from_s: f64,
}

#[derive(Clone, Copy, Debug)]
struct PendingSeek {
    at_ms: f64,
    to_s: f64,
    moving: bool,
    buffered: bool,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    at_ms: f64,
}

/// The controller of one element.
#[derive(Clone, Debug, Default)]
pub struct DriftController {
    learned: Learned,
    revision: Option<u64>,
    revised_ms: f64,
    seeks: SeekGuard,
    armed: Option<Armed>,
    start: Option<PendingStart>,
    seek: Option<PendingSeek>,
    cue_at_ms: f64,
    blind_until_ms: f64,
    boost_since_ms: Option<f64>,
    trimming: bool,
    /// Error that the present trimming set out to remove, ms.
    trimmed_ms: f64,
    /// Share of the speed that a muted element was seen to lose steadily.
    drag: f64,
    urgent_until_ms: f64,
    last_tick_ms: Option<f64>,
    hold: Option<Hold>,
    error_ms: f64,
}

impl DriftController {
    /// A controller that has learned nothing yet.
    #[must_use]
    pub fn new() -> DriftController {
        DriftController::default()
    }

    /// What the element was seen to take.
    #[must_use]
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// How the element stood at the last tick.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.hold.unwrap_or(Hold::Adjusting)
    }

    /// Error at the last tick, ms; positive is ahead.
    #[must_use]
    pub fn error_ms(&self) -> f64 {
        self.error_ms
    }

    /// Samples of the position taken before this say nothing about the error, ms.
    #[must_use]
    pub fn blind_until_ms(&self) -> f64 {
        self.blind_until_ms
    }

    /// Be exact soon even at the price of a seek: the tab came back, or somebody asked.
    pub fn resync(&mut self, now_ms: f64) {
        self.urgent_until_ms = now_ms + URGENT_FOR_MS;
    }

    /// The element was exchanged or reset; what was learned stays.
    pub fn reset(&mut self) {
        *self = DriftController { learned: self.learned.clone(), ..DriftController::default() };
    }

    /// `play()` was called at `now_ms` with the element at `from_s`.
    pub fn played(&mut self, now_ms: f64, from_s: f64) {
        self.armed = None;
        self.start = Some(PendingStart { at_ms: now_ms, from_s });
        self.blind_until_ms = now_ms + BLIND_MS;
    }

    /// `play()` was refused or cancelled.
    pub fn play_failed(&mut self) {
        self.armed = None;
        self.start = None;
    }

    /// The position was set to `to_s` at `now_ms`. `moving`: the element was not paused. `buffered`: data was there.
    pub fn sought(&mut self, now_ms: f64, to_s: f64, moving: bool, buffered: bool) {
        self.seek = Some(PendingSeek { at_ms: now_ms, to_s, moving, buffered });
        self.start = None;
        self.blind_until_ms = now_ms + BLIND_MS;
    }

    /// Looks and decides.
    pub fn tick(&mut self, seen: &Observation) -> Vec<Action> {
        let mut actions = Vec::new();
        let interval_ms = self.last_tick_ms.map_or(0.0, |last_ms| seen.now_ms - last_ms);
        self.last_tick_ms = Some(seen.now_ms);
        if self.revision != Some(seen.wanted.revision) {
            self.revision = Some(seen.wanted.revision);
            self.revised_ms = seen.now_ms;
            self.seeks.begin();
            self.boost_since_ms = None;
            if self.armed.take().is_some() {
                actions.push(Action::Pause); // the start asked for belongs to the past
            }
        }
        self.learn(seen);
        self.error_ms =
            seen.element.error_s.unwrap_or(seen.element.position_s - seen.wanted.position_s) * 1_000.0;
        if !seen.wanted.playing {
            self.show_frame(seen, &mut actions);
        } else if seen.element.paused {
            self.cue(seen, &mut actions);
        } else if seen.wanted.starts_in_ms > 0.0 {
            actions.push(Action::Pause);
            self.put_ahead(seen, &mut actions);
        } else {
            self.steer(seen, interval_ms, &mut actions);
        }
        actions
    }

    /// The timeline stands: so does the element, on the same frame.
    fn show_frame(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let (wanted, element) = (&seen.wanted, &seen.element);
        self.armed = None;
        self.boost_since_ms = None;
        self.trimming = false;
        if !element.paused {
            actions.push(Action::Pause);
        }
        self.set_rate(seen, wanted.speed, actions);
        let middle_s = wanted.position_s + wanted.frame_s / 2.0;
        let off_s = (element.position_s - middle_s).abs();
        self.error_ms =
            if off_s < wanted.frame_s / 2.0 { 0.0 } else { (element.position_s - middle_s) * 1_000.0 };
        // Nearer to the edge than a tenth of a frame the shown frame is not certain.
        let right_frame = off_s <= 0.4 * wanted.frame_s;
        if !right_frame && !element.seeking && self.seeks.may_seek(seen.now_ms) {
            actions.push(Action::Seek { to_s: middle_s });
            self.seeks.count(seen.now_ms);
        }
        self.hold = Some(match (element.seeking, right_frame) {
            (true, _) => Hold::Buffering,
            (false, true) => Hold::Locked,
            (false, false) => Hold::Adjusting,
        });
    }

    /// The timeline moves or is about to, the element is paused: start it at the right instant, or put it where it
    /// can be started.
    fn cue(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let (wanted, element) = (&seen.wanted, &seen.element);
        self.trimming = false;
        self.boost_since_ms = None;
        self.set_rate(seen, wanted.speed, actions);
        // When the timeline gets to where the element stands, minus what a start takes.
        let until_ms =
            wanted.starts_in_ms + (element.position_s - wanted.position_s) * 1_000.0 / wanted.speed;
        let in_ms = until_ms - self.learned.start_ms(element.kind);
        if self.armed.is_some_and(|armed| (seen.now_ms + in_ms - armed.at_ms).abs() > REARM_ABOVE_MS) {
            self.armed = None;
            actions.push(Action::Pause); // the clock was put right: the start asked for is at the wrong time
        }
        if self.waits_for_start(seen) {
            self.hold = Some(Hold::Adjusting);
            return;
        }
        let loading = element.seeking || element.stalled;
        self.hold = Some(if loading { Hold::Buffering } else { Hold::Adjusting });
        if loading && self.seeks.attempts() > 0 && seen.now_ms - self.cue_at_ms < CUE_PATIENCE_MS {
            return;
        }
        let ahead_max_ms = if self.seeks.attempts() > 0 { CUE_AHEAD_MAX_MS } else { CUE_FOUND_MAX_MS };
        let in_time = in_ms >= -LATE_START_MS && until_ms <= wanted.starts_in_ms + ahead_max_ms;
        if !loading && in_time && !self.is_sooner_nearer(seen, in_ms) {
            let in_ms = in_ms.max(0.0);
            self.armed = Some(Armed { at_ms: seen.now_ms + in_ms });
            actions.push(Action::Play { in_ms });
            return;
        }
        self.put_ahead(seen, actions);
    }

    /// Whether a start is on its way and is to be left alone.
    fn waits_for_start(&mut self, seen: &Observation) -> bool {
        if let Some(armed) = self.armed {
            if seen.now_ms - armed.at_ms < START_PATIENCE_MS {
                return true;
            }
            self.armed = None;
        }
        // `play()` was called; an element reports itself as playing at once, so a pause after that is a refusal.
        self.start.is_some_and(|start| seen.now_ms - start.at_ms < BLIND_MS)
    }

    /// Where the timeline will be when a paused element that is sought now can play, seconds.
    fn ahead_s(&self, seen: &Observation, buffered: bool) -> f64 {
        let (wanted, element) = (&seen.wanted, &seen.element);
        let half_frame_ms = wanted.frame_s * 500.0 / wanted.speed;
        let doubled = f64::from(1_u32 << self.seeks.attempts().min(3));
        let lead_ms = (self.learned.cue_ms(buffered) * 1.5 * doubled
            + CUE_MARGIN_MS
            + self.learned.start_ms(element.kind))
        .min(CUE_AHEAD_MAX_MS - 500.0);
        let ahead_ms = (lead_ms - wanted.starts_in_ms).max(half_frame_ms);
        wanted.position_s + ahead_ms * wanted.speed / 1_000.0
    }

    /// Whether an element that could start only after `in_ms` is better put nearer: its data came sooner than was
    /// assumed, the others are under way, and what lies nearer is there too. Once for a revision.
    fn is_sooner_nearer(&self, seen: &Observation, in_ms: f64) -> bool {
        in_ms > SOONER_ABOVE_MS
            && seen.wanted.starts_in_ms <= 0.0
            && self.seeks.attempts() == 1
            && is_buffered(&seen.element.buffered, self.ahead_s(seen, true))
    }

    /// Seeks a paused element to where the timeline will be when it can play.
    fn put_ahead(&mut self, seen: &Observation, actions: &mut Vec<Action>) {
        let (wanted, element) = (&seen.wanted, &seen.element);
        self.armed = None;
        self.hold = Some(Hold::Adjusting);
        let near_s = self.ahead_s(seen, true);
        let to_s = if is_buffered(&element.buffered, near_s) { near_s } else { self.ahead_s(seen, false) };
        let to_s = to_s.min(wanted.end_s - wanted.frame_s / 2.0);
        if (element.position_s - to_s).abs() < 0.1 * wanted.frame_s && !element.stalled {
            return; // already there
        }
        if self.seeks.may_seek(seen.now_ms) {
            actions.push(Action::Seek { to_s });
            self.cue_at_ms = seen.now_ms;
            self.seeks.count(seen.now_ms);
        }
    }

    /// The element runs: trim, or seek.
    fn steer(&mut self, seen: &Observation, interval_ms: f64, actions: &mut Vec<Action>) {
        let (wanted, element) = (&seen.wanted, &seen.element);
        self.armed = None;
        let far = self.error_ms.abs() > SEEK_ABOVE_MS;
        if element.seeking || element.stalled {
            self.hold = Some(Hold::Buffering);
            // Stuck before a hole while the place to be is there.
            let stuck = element.stalled && !element.seeking && far && seen.now_ms >= self.blind_until_ms;
            if stuck && is_buffered(&element.buffered, wanted.position_s) {
                self.jump(seen, actions);
            }
            return;
        }
        if seen.now_ms < self.blind_until_ms {
            self.hold = Some(Hold::Adjusting);
            return;
        }
        let locked_ms = if self.hold == Some(Hold::Locked) { LOCKED_MS * 1.25 } else { LOCKED_MS };
        self.hold = Some(if self.error_ms.abs() <= locked_ms { Hold::Locked } else { Hold::Adjusting });
        let audible = element.kind == ElementKind::Audio;
        let large = self.error_ms.abs() > BOOST_ABOVE_MS;
        let boosted_ms = match (large && audible, self.boost_since_ms) {
            (false, _) => {
                self.boost_since_ms = None;
                0.0
            }
            (true, None) => {
                self.boost_since_ms = Some(seen.now_ms);
                0.0
            }
            (true, Some(since_ms)) => seen.now_ms - since_ms,
        };
        let urgent = seen.now_ms < self.urgent_until_ms && self.error_ms.abs() > RESYNC_ABOVE_MS;
        if far || urgent || boosted_ms > BOOST_FOR_MS {
            self.boost_since_ms = None;
            self.urgent_until_ms = 0.0;
            if self.jump(seen, actions) {
                return;
            }
        }
        let small = self.error_ms.abs() < GENTLE_BELOW_MS;
        // Blind is it only after a start or a seek.
        let landed_ms = self.blind_until_ms.max(self.revised_ms) + LANDING_FOR_MS;
        let landing = !small && seen.now_ms < landed_ms;
        let (limit, horizon_ms) = match element.kind {
            ElementKind::Audio if landing => (BOOST_MAX, LANDING_HORIZON_MS),
            ElementKind::Audio if large => (BOOST_MAX, HORIZON_MS),
            ElementKind::Audio => (TRIM_MAX, HORIZON_MS),
            ElementKind::Silent if small => (TRIM_MAX, HORIZON_MS),
            ElementKind::Silent | ElementKind::Muted => (INAUDIBLE_MAX, INAUDIBLE_HORIZON_MS),
        };
        let mut trim = self.trim(element.kind, limit, horizon_ms.max(2.0 * interval_ms));
        if element.kind != ElementKind::Muted {
            self.drag = 0.0;
        } else {
            // Ticks of a throttled tab are too far apart to learn from.
            let over_s = interval_ms.min(HORIZON_MS) / 1_000.0;
            if self.trimming {
                let learned = self.drag - self.error_ms / 1_000.0 * over_s * DRAG_GAIN;
                self.drag = learned.clamp(-DRAG_MAX, DRAG_MAX);
            }
            trim = quantised((trim + self.drag).clamp(-limit, limit));
        }
        let kept = element.rate / wanted.speed - 1.0;
        let near_enough = kept * trim > 0.0 && (TRIM_KEPT..=1.0 / TRIM_KEPT).contains(&(trim / kept));
        if !near_enough {
            self.set_rate(seen, wanted.speed * (1.0 + trim), actions);
        }
    }

    /// Share of the speed by which to run faster, of at most `limit`, so that the error is gone after `horizon_ms`.
    fn trim(&mut self, kind: ElementKind, limit: f64, horizon_ms: f64) -> f64 {
        let zone_ms = match (kind, self.trimming) {
            (ElementKind::Muted, false) => MUTED_DEAD_ZONE_MS,
            (ElementKind::Muted, true) => MUTED_SETTLE_ZONE_MS,
            (_, false) => DEAD_ZONE_MS,
            (_, true) => SETTLE_ZONE_MS,
        };
        // On the other side of the timeline it is done: going on would swing. A muted element's clock steps across.
        let crossed = self.trimming && kind != ElementKind::Muted && self.error_ms * self.trimmed_ms < 0.0;
        let begins = !self.trimming;
        self.trimming = !crossed && self.error_ms.abs() >= zone_ms;
        if !self.trimming {
            return 0.0;
        }
        if begins {
            self.trimmed_ms = self.error_ms;
        }
        let trim = (-self.error_ms / horizon_ms).clamp(-limit, limit);
        // Less than half a quantum is still an error to be got rid of.
        let rounded = quantised(trim);
        if rounded == 0.0 { TRIM_QUANTUM.copysign(trim) } else { rounded }
    }

    /// Seeks a running element to where it should be; false if it must not or cannot.
    fn jump(&mut self, seen: &Observation, actions: &mut Vec<Action>) -> bool {
        let (wanted, element) = (&seen.wanted, &seen.element);
        let lag_s = self.learned.seek_lag_ms(element.kind) / 1_000.0;
        let to_s = wanted.position_s + lag_s * wanted.speed;
        if to_s >= wanted.end_s || !self.seeks.may_seek(seen.now_ms) {
            return false;
        }
        self.set_rate(seen, wanted.speed, actions);
        self.hold = Some(Hold::Adjusting);
        if is_buffered(&element.buffered, to_s) {
            actions.push(Action::Seek { to_s });
            self.seeks.count(seen.now_ms);
        } else {
            // Nobody knows when the data comes: stop, load ahead of the timeline and start at the right instant.
            actions.push(Action::Pause);
            self.put_ahead(seen, actions);
        }
        true
    }

    fn set_rate(&self, seen: &Observation, rate: f64, actions: &mut Vec<Action>) {
        if (rate - seen.element.rate).abs() > 0.000_1 {
            actions.push(Action::Rate { rate, keep_pitch: keeps_pitch(seen) });
        }
    }

    /// Learns from a start or seek that has come to its end.
    fn learn(&mut self, seen: &Observation) {
        let element = &seen.element;
        let disturbed = element.seeking || element.stalled;
        if let Some(seek) = self.seek {
            if element.seeking {
                self.blind_until_ms = self.blind_until_ms.max(seen.now_ms + BLIND_MS);
            } else if element.stalled || element.paused == seek.moving {
                // Ran dry, or was paused or started in between: says nothing. A cue that waits for data still counts.
                if element.paused == seek.moving || seek.moving {
                    self.seek = None;
                }
            } else if !seek.moving {
                self.learned.saw_cue(seek.buffered, seen.now_ms - seek.at_ms);
                self.seek = None;
            } else if seen.now_ms >= self.blind_until_ms {
                let behind_ms =
                    seen.now_ms - seek.at_ms - (element.position_s - seek.to_s) * 1_000.0 / element.rate;
                self.learned.saw_seek_lag(element.kind, behind_ms);
                self.seek = None;
            }
        }
        if let Some(start) = self.start {
            if disturbed || element.paused {
                if seen.now_ms - start.at_ms >= BLIND_MS || disturbed {
                    self.start = None;
                }
            } else if seen.now_ms >= self.blind_until_ms && element.position_s > start.from_s {
                let late_ms =
                    seen.now_ms - start.at_ms - (element.position_s - start.from_s) * 1_000.0 / element.rate;
                self.learned.saw_start(element.kind, late_ms);
                self.start = None;
            }
        }
    }
}

fn quantised(trim: f64) -> f64 {
    (trim / TRIM_QUANTUM + 0.5).floor() * TRIM_QUANTUM
}
