//! A media element as browsers were measured to behave: a start takes its time, a seek while playing leaves the element
//! behind, a muted one loses time in steps, a rate written to an audible one costs a tenth of a millisecond and now and
//! then an underrun, data comes at some rate and sometimes not at all.

use crate::chance::Chance;
use crate::playback::film::Film;
use sync::ElementKind;

/// Seconds that are loaded ahead.
const AHEAD_MAX_S: f64 = 30.0;
/// Data ahead with which an element that has run dry goes on, seconds.
const GO_ON_S: f64 = 0.5;
/// Below this there is no next frame, seconds.
const DRY_S: f64 = 0.05;
/// From here on there is nothing to come, seconds before the end.
const END_S: f64 = 0.1;
/// What a step of a muted element's clock loses, seconds.
const DRAG_S: f64 = 0.002_5;
/// Writes of the rate that cost an audible element an underrun, permille.
const UNDERRUN_PERMILLE: u64 = 20;
const MICROS: f64 = 1_000_000.0;

/// How quick an element and its source are.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    /// How its clock is driven.
    pub kind: ElementKind,
    /// How much faster than true time its clock runs, parts per million.
    pub clock_ppm: f64,
    /// From `play()` to motion, µs: least and most.
    pub start_us: (i64, i64),
    /// How far a seek while playing leaves it behind, µs: least and most.
    pub seek_lag_us: (i64, i64),
    /// Until the first data of another place comes, µs: least and most.
    pub fetch_us: (i64, i64),
    /// Media seconds that come with each second.
    pub fill: f64,
}

impl Nature {
    /// As a kind of element was measured on an idle machine; `slow` makes the machine and its source slower.
    #[must_use]
    pub fn of(kind: ElementKind, slow: f64, chance: &mut Chance) -> Nature {
        let (start_us, seek_lag_us) = match kind {
            ElementKind::Audio => ((67_000, 85_000), (72_000, 115_000)),
            ElementKind::Muted => ((33_000, 50_000), (45_000, 80_000)),
            ElementKind::Silent => ((500, 3_000), (18_000, 40_000)),
        };
        let slower = |(least, most): (i64, i64)| ((least as f64 * slow) as i64, (most as f64 * slow) as i64);
        Nature {
            kind,
            clock_ppm: chance.real(-80.0, 80.0),
            start_us: slower(start_us),
            seek_lag_us: slower(seek_lag_us),
            fetch_us: slower((40_000, 400_000)),
            fill: 8.0 / slow,
        }
    }
}

/// The element.
#[derive(Clone, Debug)]
pub struct Element {
    nature: Nature,
    film: Film,
    begun_us: i64,
    at_us: i64,
    position_s: f64,
    rate: f64,
    paused: bool,
    /// Stands before this, though it plays.
    moves_from_us: i64,
    seeking_until_us: Option<i64>,
    dry: bool,
    from_s: f64,
    to_s: f64,
    fills_from_us: i64,
    steps_at_us: i64,
    /// Metadata are there from here on.
    ready_us: i64,
    /// When a write of the rate cost it an underrun last.
    underrun_us: i64,
}

impl Element {
    /// One into which a film is being loaded from `from_s` on. `begun_us`: when the session began.
    #[must_use]
    pub fn load(
        nature: Nature,
        film: Film,
        from_s: f64,
        (begun_us, now_us): (i64, i64),
        chance: &mut Chance,
    ) -> Element {
        let ready_us = now_us + chance.between(nature.fetch_us.0, nature.fetch_us.1);
        let from_s = from_s.clamp(0.0, film.length_s());
        Element {
            nature,
            film,
            begun_us,
            at_us: now_us,
            position_s: from_s,
            rate: 1.0,
            paused: true,
            moves_from_us: now_us,
            seeking_until_us: None,
            dry: false,
            from_s,
            to_s: from_s,
            fills_from_us: ready_us,
            steps_at_us: now_us,
            ready_us,
            underrun_us: i64::MIN / 2,
        }
    }

    /// How its clock is driven.
    #[must_use]
    pub fn kind(&self) -> ElementKind {
        self.nature.kind
    }

    /// Whether its metadata are there.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.at_us >= self.ready_us
    }

    /// When a write of the rate cost it an underrun last, µs.
    #[must_use]
    pub fn underrun_us(&self) -> i64 {
        self.underrun_us
    }

    /// Where it is, seconds.
    #[must_use]
    pub fn position_s(&self) -> f64 {
        self.position_s
    }

    /// The rate that is set.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Media seconds per second of true time, while it moves.
    #[must_use]
    pub fn pace(&self) -> f64 {
        self.rate * (1.0 + self.nature.clock_ppm / MICROS)
    }

    /// Paused, or at its end.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.paused || self.position_s >= self.film.length_s()
    }

    /// Whether a seek is under way.
    #[must_use]
    pub fn seeking(&self) -> bool {
        self.seeking_until_us.is_some()
    }

    /// Whether there is something to go on with.
    #[must_use]
    pub fn has_data(&self) -> bool {
        let at_end = self.position_s >= self.film.length_s() - END_S;
        at_end || (self.ready() && !self.dry && self.to_s - self.position_s > DRY_S)
    }

    /// Whether it is in motion.
    #[must_use]
    pub fn moves(&self) -> bool {
        !self.paused() && !self.seeking() && self.has_data() && self.at_us > self.moves_from_us
    }

    /// Whether what it lacks has not been made yet.
    #[must_use]
    pub fn waits_for_making(&self) -> bool {
        self.film.available_s(self.at_us - self.begun_us) - self.position_s < GO_ON_S
            && self.position_s < self.film.length_s() - GO_ON_S
    }

    /// What is loaded, seconds.
    #[must_use]
    pub fn buffered(&self) -> (f64, f64) {
        (self.from_s, self.to_s)
    }

    /// Lets time go on.
    pub fn advance(&mut self, now_us: i64, chance: &mut Chance) {
        if now_us <= self.at_us {
            return;
        }
        let before_us = std::mem::replace(&mut self.at_us, now_us);
        let filled_s = (now_us - self.fills_from_us.max(before_us)).max(0) as f64 / MICROS * self.nature.fill;
        let there_s = self.film.available_s(now_us - self.begun_us).min(self.position_s + AHEAD_MAX_S);
        self.to_s = self.to_s.max((self.to_s + filled_s).min(there_s));
        if self.seeking_until_us.is_some_and(|until_us| until_us <= now_us && self.holds(DRY_S)) {
            self.seeking_until_us = None;
        }
        if self.dry && self.holds(GO_ON_S) {
            self.dry = false;
            self.moves_from_us = self.moves_from_us.max(now_us);
        }
        let since_us = now_us - self.moves_from_us.max(before_us);
        if self.paused || self.seeking() || self.dry || since_us <= 0 {
            return;
        }
        let mut moved_s = since_us as f64 / MICROS * self.pace();
        if self.nature.kind == ElementKind::Muted {
            self.steps_at_us = self.steps_at_us.max(before_us);
            while self.steps_at_us <= now_us {
                moved_s -= DRAG_S;
                self.steps_at_us += chance.between(300_000, 1_200_000);
            }
        }
        let end_s = self.film.length_s();
        self.position_s += moved_s.max(0.0);
        if self.position_s >= self.to_s.min(end_s) {
            self.position_s = self.to_s.min(end_s);
            self.dry = self.position_s < end_s - END_S;
        }
    }

    /// Whether `more_s` after its position are loaded, or all there is.
    fn holds(&self, more_s: f64) -> bool {
        let enough_s = (self.position_s + more_s).min(self.film.length_s() - DRY_S);
        self.from_s <= self.position_s && enough_s <= self.to_s
    }

    /// When its state changes next without anybody doing anything, as far as can be told now, true µs.
    #[must_use]
    pub fn changes_us(&self) -> Option<i64> {
        if !self.ready() {
            return Some(self.ready_us);
        }
        let more_s = if self.dry { GO_ON_S } else { DRY_S };
        let lacks = self.dry || !self.holds(DRY_S);
        let data_us = if lacks {
            let missing_s = (self.position_s + more_s).min(self.film.length_s() - DRY_S) - self.to_s;
            self.fills_from_us.max(self.at_us)
                + (missing_s.max(0.0) / self.nature.fill * MICROS) as i64
                + 1_000
        } else {
            self.at_us
        };
        match self.seeking_until_us {
            Some(until_us) => Some(until_us.max(data_us)),
            None if lacks && !self.has_data() => Some(data_us),
            None => None,
        }
    }

    /// `play()`.
    pub fn play(&mut self, chance: &mut Chance) {
        if self.paused {
            self.paused = false;
            self.moves_from_us = self.at_us + chance.between(self.nature.start_us.0, self.nature.start_us.1);
        }
    }

    /// `pause()`.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Sets the rate.
    pub fn set_rate(&mut self, rate: f64, chance: &mut Chance) {
        self.rate = rate;
        if self.nature.kind == ElementKind::Audio && self.moves() {
            let underrun = chance.happens(UNDERRUN_PERMILLE);
            if underrun {
                self.underrun_us = self.at_us;
            }
            let cost_s = match chance.below(20) {
                _ if underrun => chance.real(0.015, 0.025),
                0 => chance.real(0.000_1, 0.000_7),
                _ => chance.real(0.0, 0.000_1),
            };
            self.position_s = (self.position_s - cost_s).max(self.from_s);
        }
    }

    /// Sets the position.
    pub fn seek(&mut self, to_s: f64, chance: &mut Chance) {
        let to_s = to_s.clamp(0.0, self.film.length_s());
        self.position_s = to_s;
        let takes_us = chance.between(8_000, 17_000);
        self.seeking_until_us = Some(self.at_us + takes_us);
        let lag_us = chance.between(self.nature.seek_lag_us.0, self.nature.seek_lag_us.1);
        self.moves_from_us = self.at_us + if self.paused { takes_us } else { lag_us };
        if !(self.from_s <= to_s && to_s + DRY_S <= self.to_s) {
            self.dry = false;
            (self.from_s, self.to_s) = (to_s, to_s);
            self.fills_from_us = self.at_us + chance.between(self.nature.fetch_us.0, self.nature.fetch_us.1);
        }
    }

    /// The device sleeps: nothing plays and nothing comes.
    pub fn suspend(&mut self, for_us: i64) {
        let until_us = self.at_us + for_us;
        self.moves_from_us = self.moves_from_us.max(until_us);
        self.fills_from_us = self.fills_from_us.max(until_us);
        self.steps_at_us = self.steps_at_us.max(until_us);
    }

    /// Nothing more comes for a while.
    pub fn outage(&mut self, for_us: i64) {
        self.fills_from_us = self.fills_from_us.max(self.at_us + for_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing(kind: ElementKind) -> (Element, Chance) {
        let mut chance = Chance::new(1);
        let nature = Nature { clock_ppm: 0.0, ..Nature::of(kind, 1.0, &mut chance) };
        let mut element = Element::load(nature, Film::of(0), 0.0, (0, 0), &mut chance);
        element.advance(2_000_000, &mut chance);
        element.play(&mut chance);
        (element, chance)
    }

    #[test]
    fn a_start_takes_its_time_and_a_muted_clock_loses_some() {
        for (kind, least_s, most_s) in [
            (ElementKind::Audio, 9.91, 9.94),
            (ElementKind::Silent, 9.99, 10.0),
            (ElementKind::Muted, 9.85, 9.96),
        ] {
            let (mut element, mut chance) = playing(kind);
            for at_us in (2_100_000..=12_000_000).step_by(100_000) {
                element.advance(at_us, &mut chance);
            }
            let position_s = element.position_s();
            assert!((least_s..=most_s).contains(&position_s), "{kind:?} {position_s}");
        }
    }

    #[test]
    fn without_data_it_stands_and_goes_on_when_there_is_enough() {
        let (mut element, mut chance) = playing(ElementKind::Silent);
        let loaded_s = element.buffered().1;
        element.outage(60_000_000);
        for at_us in (2_100_000..=40_000_000).step_by(100_000) {
            element.advance(at_us, &mut chance);
        }
        assert!(!element.has_data() && element.position_s() == loaded_s, "{element:?}");
        let back_us = element.changes_us().unwrap_or(0);
        assert!((62_000_000..63_000_000).contains(&back_us), "{back_us}");
        element.advance(back_us, &mut chance);
        assert!(element.has_data());
    }
}
