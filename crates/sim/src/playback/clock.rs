//! A device's monotonic clock: begins anywhere, runs a little too fast or too slow, and may stand still while the device
//! sleeps, as browsers' clocks do on some systems.

/// The clock of one device. Reads the world's true time, which nobody in the world can.
#[derive(Clone, Copy, Debug)]
pub struct DeviceClock {
    begun_us: i64,
    ahead_us: i64,
    drift_ppm: f64,
    /// Whether it stands while the device sleeps.
    stands_asleep: bool,
    missed_us: f64,
}

impl DeviceClock {
    /// A clock that shows `ahead_us` at true time `begun_us`.
    #[must_use]
    pub fn new(begun_us: i64, ahead_us: i64, drift_ppm: f64, stands_asleep: bool) -> DeviceClock {
        DeviceClock { begun_us, ahead_us, drift_ppm, stands_asleep, missed_us: 0.0 }
    }

    fn pace(&self) -> f64 {
        1.0 + self.drift_ppm / 1_000_000.0
    }

    /// What it shows, µs.
    #[must_use]
    pub fn at_us(&self, true_us: i64) -> i64 {
        let run_us = (true_us - self.begun_us) as f64 * self.pace() - self.missed_us;
        self.ahead_us + run_us.round() as i64
    }

    /// True time that passes while it counts `ms`, µs.
    #[must_use]
    pub fn true_us(&self, ms: f64) -> i64 {
        (ms * 1_000.0 / self.pace()).ceil() as i64
    }

    /// The device has slept.
    pub fn slept(&mut self, true_us: i64) {
        if self.stands_asleep {
            self.missed_us += true_us as f64 * self.pace();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_gains_and_one_that_stands_in_sleep_loses_it() {
        let mut clock = DeviceClock::new(1_000, 50, 500.0, true);
        assert_eq!(clock.at_us(1_000), 50);
        assert_eq!(clock.at_us(10_001_000), 10_005_050);
        assert_eq!(clock.true_us(10_005.0), 10_000_000);
        clock.slept(10_000_000);
        assert_eq!(clock.at_us(20_001_000), 10_005_050);
    }
}
