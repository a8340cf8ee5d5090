//! Estimates the server's clock from round trips. Used by every client; must never read a clock itself.
//!
//! Each sample says of the offset between the clocks that it is below a ceiling (the way there) and above a floor (the
//! way back). Two questions are asked of them. *The bound*: where can the offset be, whatever the paths and however far the
//! clocks drift apart? Only what this connection has measured counts, aged by the largest drift. *The estimate*: the line in
//! the middle of the corridor between all floors and ceilings, which learns the drift and goes on along it between
//! samples. What callers see moves smoothly: it steps only where nobody notices or where it is proven wrong, else it
//! slews.

use crate::corridor::{Limits, bound, fit};
use serde::{Deserialize, Serialize};

/// Samples kept. At one ping per 4 s this is 8 minutes: long enough to know the drift to a millionth.
pub const SAMPLES_MAX: usize = 120;
/// Newest samples that are kept when they contradict the older ones.
const NEWEST: usize = 3;
/// A difference above this is stepped even while playing, µs: slewing it would take more than half a minute.
pub const STEP_US: f64 = 20_000.0;
/// Fastest slew, parts per million. Far below the controller's trims, so that it is never heard.
pub const SLEW_PPM: f64 = 500.0;
/// Samples after which an estimate is trusted enough to slew from it (a poor first sample must not be slewed off).
pub const SETTLED_SAMPLES: usize = 8;
/// While the bound has halved since the last step, a difference above this is stepped, µs.
pub const IMPROVED_STEP_US: f64 = 5_000.0;
/// A round trip above this says nothing about the clock, µs.
pub const RTT_MAX_US: i64 = 10_000_000;
/// Pings of a burst.
pub const BURST_PINGS: u32 = 18;
/// Time between the pings of a burst, µs. Long enough that they do not queue behind each other on TCP.
pub const BURST_GAP_US: i64 = 55_000;
/// Pings after the burst while the page that was just opened is still busy and answers late.
pub const LATER_PINGS: u32 = 20;
/// Time between those, µs.
pub const LATER_GAP_US: i64 = 250_000;
/// After that a ping each second until the estimate is this old, µs.
pub const YOUNG_US: i64 = 30_000_000;
/// Time between pings while young, µs.
pub const YOUNG_GAP_US: i64 = 1_000_000;
/// Time between pings for good, µs.
pub const STEADY_GAP_US: i64 = 4_000_000;
/// Round trips of which the reported one is the 90th percentile.
const RTT_WINDOW: usize = 20;

/// One ping and its answer. All whole µs; `client_*` by the client's monotonic clock, `server_*` by the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Ping left the client.
    pub client_sent_us: i64,
    /// Server read it.
    pub server_received_us: i64,
    /// Server answered.
    pub server_sent_us: i64,
    /// Answer reached the client.
    pub client_received_us: i64,
}

/// The estimator.
#[derive(Clone, Debug, Default)]
pub struct ClockEstimator {
    /// Offset of the first sample. All other offsets are kept relative to it, so that they are small numbers.
    base_us: Option<i64>,
    samples: Vec<Limits>,
    /// The newest samples, those of this connection.
    fresh: usize,
    shown_us: f64,
    shown_at_us: i64,
    aim_us: f64,
    slope: f64,
    stepped_half_us: f64,
    settled: bool,
    steps: u32,
}

impl ClockEstimator {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> ClockEstimator {
        ClockEstimator::default()
    }

    /// Takes a sample. `playing`: whether a step would move a picture. False if the sample makes no sense.
    pub fn add(&mut self, sample: Sample, playing: bool) -> bool {
        let held_us = sample.server_sent_us - sample.server_received_us;
        let rtt_us = sample.client_received_us - sample.client_sent_us - held_us;
        let newest_us = self.samples.last().map_or(i64::MIN, |kept| kept.received_us);
        if held_us < 0 || !(0..=RTT_MAX_US).contains(&rtt_us) || sample.client_received_us < newest_us {
            return false;
        }
        let first = self.base_us.is_none();
        let base_us = *self.base_us.get_or_insert(sample.server_received_us - sample.client_sent_us);
        let now_us = sample.client_received_us;
        self.shown_us = self.offset_at(now_us);
        self.shown_at_us = now_us;
        if self.samples.len() == SAMPLES_MAX {
            self.samples.remove(0);
        }
        self.samples.push(Limits {
            sent_us: sample.client_sent_us,
            received_us: now_us,
            ceiling_us: (sample.server_received_us - sample.client_sent_us - base_us) as f64,
            floor_us: (sample.server_sent_us - sample.client_received_us - base_us) as f64,
            rtt_us,
        });
        self.fresh = (self.fresh + 1).min(SAMPLES_MAX);
        let fit = self.fit(now_us);
        let (floor_us, ceiling_us) = bound(self.fresh(), now_us);
        let half_us = (ceiling_us - floor_us) / 2.0;
        self.aim_us = fit.clamp(floor_us, ceiling_us);
        let off_us = (self.shown_us - (floor_us + ceiling_us) / 2.0).abs();
        if first || off_us > half_us || self.must_step(half_us, playing) {
            self.shown_us = self.aim_us;
            self.stepped_half_us = half_us;
            self.steps += 1;
        }
        if self.fresh >= SETTLED_SAMPLES {
            self.settled = true;
        }
        true
    }

    /// The offset by all samples, after those are gone that the newest contradict; learns the slope.
    fn fit(&mut self, now_us: i64) -> f64 {
        let (floor_us, ceiling_us) = bound(&self.samples, now_us);
        if floor_us > ceiling_us {
            // However fast the clocks drift: one was stopped or set.
            let (floor_us, ceiling_us) =
                bound(&self.samples[self.samples.len().saturating_sub(NEWEST)..], now_us);
            self.keep_newest(if floor_us > ceiling_us { 1 } else { NEWEST });
            self.settled = false;
        }
        let mut found = fit(&self.samples, now_us);
        while found.width_us < 0.0 && self.samples.len() > NEWEST {
            // No line fits: the drift itself has changed.
            self.keep_newest((self.samples.len() * 3 / 4).max(NEWEST));
            found = fit(&self.samples, now_us);
        }
        self.slope = found.slope;
        found.offset_us
    }

    fn keep_newest(&mut self, count: usize) {
        self.samples.drain(..self.samples.len().saturating_sub(count));
        self.fresh = self.fresh.min(self.samples.len());
    }

    fn fresh(&self) -> &[Limits] {
        &self.samples[self.samples.len() - self.fresh..]
    }

    fn must_step(&self, half_us: f64, playing: bool) -> bool {
        let difference_us = (self.aim_us - self.shown_us).abs();
        if !self.settled {
            // The end of a burst is the best moment there is. Before it, the offset of before a reset may be better.
            return self.fresh >= SETTLED_SAMPLES || half_us < self.stepped_half_us;
        }
        !playing
            || difference_us > STEP_US
            || (difference_us > IMPROVED_STEP_US && self.stepped_half_us > 2.0 * half_us)
    }

    /// A new connection: the network, the server or the visibility may have changed. What was measured before no longer
    /// bounds anything, but serves the estimate until it is contradicted.
    pub fn reset(&mut self) {
        self.fresh = 0;
        self.settled = false;
    }

    /// Server time at `client_us`, µs; none before the first sample.
    #[must_use]
    pub fn server_us(&self, client_us: i64) -> Option<i64> {
        let base_us = self.base_us?;
        Some(client_us + base_us + (self.offset_at(client_us) + 0.5).floor() as i64)
    }

    /// The most that [`ClockEstimator::server_us`] can be wrong at `client_us`, µs; none before the first sample and
    /// while a reset has left none. What the two clocks' own steps add is the caller's to know.
    #[must_use]
    pub fn bound_us(&self, client_us: i64) -> Option<f64> {
        if self.fresh == 0 {
            return None;
        }
        let (floor_us, ceiling_us) = bound(self.fresh(), client_us);
        let shown_us = self.offset_at(client_us);
        Some((ceiling_us - shown_us).max(shown_us - floor_us))
    }

    /// Round trip that nine of ten recent pings kept, µs; none without samples.
    #[must_use]
    pub fn rtt_us(&self) -> Option<i64> {
        let fresh = self.fresh();
        let mut trips: Vec<i64> =
            fresh[fresh.len().saturating_sub(RTT_WINDOW)..].iter().map(|kept| kept.rtt_us).collect();
        trips.sort_unstable();
        let rank = (trips.len() * 9).div_ceil(10);
        trips.get(rank.checked_sub(1)?).copied()
    }

    /// How fast the server's clock runs away from the client's, parts per million, as far as is known.
    #[must_use]
    pub fn drift_ppm(&self) -> f64 {
        self.slope * 1_000_000.0
    }

    /// Whether a burst has been digested since the last reset.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.settled
    }

    /// How often the shown time has been stepped.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The shown offset: on its way to the line, along the line.
    fn offset_at(&self, client_us: i64) -> f64 {
        let elapsed_us = (client_us - self.shown_at_us).max(0) as f64;
        let reach_us = elapsed_us * SLEW_PPM / 1_000_000.0;
        self.shown_us + (self.aim_us - self.shown_us).clamp(-reach_us, reach_us) + elapsed_us * self.slope
    }
}

/// Time from one ping to the next, µs. `sent`: pings since the join or reset; `since_us`: time since then.
#[must_use]
pub fn ping_delay_us(sent: u32, since_us: i64) -> i64 {
    if sent < BURST_PINGS {
        BURST_GAP_US
    } else if sent < BURST_PINGS + LATER_PINGS {
        LATER_GAP_US
    } else if since_us < YOUNG_US {
        YOUNG_GAP_US
    } else {
        STEADY_GAP_US
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DRIFT_MAX_PPM;

    fn symmetric(at_us: i64, one_way_us: i64, offset_us: i64) -> Sample {
        Sample {
            client_sent_us: at_us,
            server_received_us: at_us + one_way_us + offset_us,
            server_sent_us: at_us + one_way_us + offset_us + 30,
            client_received_us: at_us + 2 * one_way_us + 30,
        }
    }

    #[test]
    fn the_first_sample_counts_at_once_and_its_bound_is_half_the_round_trip() {
        let mut clock = ClockEstimator::new();
        assert_eq!(clock.server_us(5), None);
        assert!(clock.add(symmetric(1_000_000, 40_000, 1_700_000_000_000_000), false));
        let now_us = 1_080_030;
        assert_eq!(clock.server_us(now_us), Some(1_700_000_000_000_000 + now_us));
        assert!((clock.bound_us(now_us).unwrap() - 40_000.0).abs() < 1.0 + 80_030.0 * DRIFT_MAX_PPM / 1e6);
    }

    #[test]
    fn nonsense_is_refused() {
        let mut clock = ClockEstimator::new();
        let good = symmetric(1_000_000, 1_000, 0);
        assert!(!clock.add(Sample { client_received_us: 900_000, ..good }, false), "arrived before it left");
        assert!(!clock.add(Sample { server_sent_us: good.server_received_us - 1, ..good }, false));
        assert!(!clock.add(Sample { client_received_us: 20_000_000, ..good }, false), "20 s round trip");
        assert!(clock.add(good, false));
        assert!(!clock.add(symmetric(10, 1_000, 0), false), "older than the newest");
    }

    #[test]
    fn a_poor_first_sample_is_not_slewed_off_for_ages() {
        let mut clock = ClockEstimator::new();
        // 300 ms forward, 20 ms back: 140 ms wrong.
        clock.add(
            Sample {
                client_sent_us: 0,
                server_received_us: 300_000,
                server_sent_us: 300_000,
                client_received_us: 320_000,
            },
            true,
        );
        for at in 1..=20 {
            clock.add(symmetric(320_000 + at * 55_000, 20_000, 0), true);
        }
        let now_us = 320_000 + 21 * 55_000;
        let error_us = clock.server_us(now_us).unwrap() - now_us;
        assert!(error_us.abs() < 100, "{error_us} µs after the burst");
    }

    #[test]
    fn a_settled_clock_slews_while_playing() {
        let mut clock = ClockEstimator::new();
        for at in 0..20 {
            clock.add(symmetric(at * 55_000, 20_000, 0), true);
        }
        let steps = clock.steps();
        // Better evidence on one way only: the aim moves by 4 ms.
        clock.add(
            Sample {
                client_sent_us: 1_200_000,
                server_received_us: 1_212_000,
                server_sent_us: 1_212_000,
                client_received_us: 1_232_000,
            },
            true,
        );
        assert_eq!(clock.steps(), steps, "no step of 4 ms while playing");
        let one_second_later = clock.server_us(2_232_000).unwrap() - 2_232_000;
        assert!((-520..=-480).contains(&one_second_later), "{one_second_later}");
    }

    #[test]
    fn a_restarted_server_is_believed_at_once() {
        let mut clock = ClockEstimator::new();
        for at in 0..20 {
            clock.add(symmetric(at * 55_000, 20_000, 0), true);
        }
        clock.reset();
        assert!(clock.server_us(1_300_000).is_some(), "time goes on during a reset");
        assert_eq!(clock.bound_us(1_300_000), None);
        clock.add(symmetric(1_300_000, 20_000, 90_000), true);
        let error_us = clock.server_us(1_340_030).unwrap() - 1_340_030 - 90_000;
        assert!(error_us.abs() < 100, "{error_us}");
    }

    #[test]
    fn a_clock_that_stood_still_is_noticed_without_being_told() {
        let mut clock = ClockEstimator::new();
        for at in 0..20 {
            clock.add(symmetric(at * 55_000, 5_000, 0), true);
        }
        // The client slept 3 s: its monotonic clock did not run.
        clock.add(symmetric(1_200_000, 5_000, 3_000_000), true);
        let error_us = clock.server_us(1_210_030).unwrap() - 1_210_030 - 3_000_000;
        assert!(error_us.abs() < 100, "{error_us}");
    }

    #[test]
    fn pings_come_in_a_burst_then_ever_slower() {
        assert_eq!(ping_delay_us(0, 0), BURST_GAP_US);
        assert_eq!(ping_delay_us(BURST_PINGS, 1_000_000), LATER_GAP_US);
        assert_eq!(ping_delay_us(BURST_PINGS + LATER_PINGS, 7_000_000), YOUNG_GAP_US);
        assert_eq!(ping_delay_us(60, YOUNG_US), STEADY_GAP_US);
    }
}
