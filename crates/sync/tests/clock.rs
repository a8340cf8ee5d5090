//! The estimate of the server's clock over many seeds: paths of every kind, clocks that drift as far as clocks do. A failure
//! names its seed.
#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]

mod model;

use model::{Chance, percentile};
use sync::{ClockEstimator, Sample, ping_delay_us};

const SEEDS: u64 = 300;
const LIFE_US: i64 = 300_000_000;
const EPOCH_US: i64 = 1_790_000_000_000_000;

/// One way of a path, µs.
#[derive(Clone, Copy, Debug)]
struct Way {
    least: f64,
    jitter: f64,
    /// Share of packets that are lost and come late; everything behind them waits (TCP).
    lost: f64,
}

impl Way {
    fn delay(self, chance: &mut Chance) -> f64 {
        let late = if chance.unit() < self.lost { 200_000.0 } else { 0.0 };
        self.least + late - self.jitter * (1.0 - chance.unit()).ln().max(-6.0)
    }
}

/// A client's clock against the server's: true microseconds to the client's.
#[derive(Clone, Copy, Debug)]
struct Drift {
    ppm: f64,
}

impl Drift {
    fn client_us(self, true_us: f64) -> i64 {
        (true_us * (1.0 - self.ppm / 1_000_000.0)) as i64
    }
}

/// What was seen from `from_us` on: errors and bounds, µs.
#[derive(Default)]
struct Seen {
    errors: Vec<f64>,
    bounds: Vec<f64>,
    steps: u32,
}

/// Lives through pings and answers, looking at the clock four times a second.
fn live(seed: u64, drift: Drift, there: Way, back: Way, from_us: f64) -> Seen {
    let mut chance = Chance(seed);
    let mut clock = ClockEstimator::new();
    let mut seen = Seen::default();
    let (mut now_us, mut sent, mut came_us) = (1_000_000.0_f64, 0, [0.0_f64; 2]);
    let mut look_us = now_us;
    while now_us < LIFE_US as f64 {
        // On one line nothing overtakes.
        let arrived_us = (now_us + there.delay(&mut chance)).max(came_us[0]);
        let answered_us = (arrived_us + 40.0 + back.delay(&mut chance)).max(came_us[1]);
        came_us = [arrived_us, answered_us];
        let next_us = now_us + ping_delay_us(sent, now_us as i64 - 1_000_000) as f64;
        sent += 1;
        let sample = Sample {
            client_sent_us: drift.client_us(now_us),
            server_received_us: EPOCH_US + arrived_us as i64,
            server_sent_us: EPOCH_US + arrived_us as i64 + 40,
            client_received_us: drift.client_us(answered_us),
        };
        if !clock.add(sample, true) {
            now_us = next_us.max(answered_us);
            continue;
        }
        look_us = look_us.max(answered_us);
        // The next answer comes no sooner than one round trip after the next ping.
        while look_us < next_us + there.least + back.least {
            let client_us = drift.client_us(look_us);
            let error_us = (clock.server_us(client_us).unwrap() - EPOCH_US) as f64 - look_us;
            let bound_us = clock.bound_us(client_us).unwrap();
            // Whole microseconds are cut off at both clocks.
            assert!(
                error_us.abs() <= bound_us + 3.0,
                "seed {seed}, {drift:?}, {there:?}, {back:?}: {error_us} beyond {bound_us} at {look_us}"
            );
            if look_us >= from_us {
                seen.errors.push(error_us.abs());
                seen.bounds.push(bound_us);
            }
            look_us += 250_000.0;
        }
        now_us = next_us;
    }
    seen.steps = clock.steps();
    seen
}

#[test]
fn the_bound_holds_the_truth_on_any_path_and_at_any_drift() {
    let mut bounds = Vec::new();
    for seed in 0..SEEDS {
        let mut chance = Chance(seed ^ 0x00c1_0c4b);
        let drift = Drift { ppm: chance.between(-500.0, 500.0) };
        let mut way = || Way {
            least: chance.between(2_500.0, 250_000.0),
            jitter: chance.between(0.0, 60_000.0),
            lost: chance.between(0.0, 0.05),
        };
        let (there, back) = (way(), way());
        bounds.extend(live(seed, drift, there, back, 0.0).bounds);
    }
    println!(
        "bound p50 {:.1} p95 {:.1} ms",
        percentile(&bounds, 0.5) / 1_000.0,
        percentile(&bounds, 0.95) / 1_000.0
    );
}

#[test]
fn drift_is_learned_and_leaves_no_saw_tooth() {
    for (name, least, jitter, p95_max_us) in [
        ("one room", 200.0, 100.0, 60.0),
        ("one country", 12_500.0, 1_250.0, 700.0),
        ("far and unsteady", 75_000.0, 25_000.0, 8_000.0),
    ] {
        for ppm in [-500.0, -60.0, 0.0, 25.0, 500.0] {
            let (mut errors, mut steps) = (Vec::new(), 0);
            for seed in 0..SEEDS / 10 {
                let way = Way { least, jitter, lost: 0.0 };
                let seen = live(seed, Drift { ppm }, way, way, 60_000_000.0);
                errors.extend(seen.errors);
                steps = steps.max(seen.steps);
            }
            let (p50, p95) = (percentile(&errors, 0.5), percentile(&errors, 0.95));
            println!(
                "{name}, {ppm} ppm: error after a minute p50 {p50:.0} p95 {p95:.0} µs, {steps} steps at most"
            );
            assert!(p95 < p95_max_us, "{name}, {ppm} ppm: p95 {p95:.0} µs");
        }
    }
}

#[test]
fn a_path_that_is_slower_one_way_moves_the_clock_by_half_of_that_and_no_more() {
    for asymmetry_us in [-150_000.0_f64, -20_000.0, 20_000.0, 150_000.0] {
        for seed in 0..SEEDS / 30 {
            let there = Way { least: 20_000.0 + asymmetry_us.max(0.0), jitter: 2_000.0, lost: 0.01 };
            let back = Way { least: 20_000.0 + (-asymmetry_us).max(0.0), jitter: 2_000.0, lost: 0.01 };
            let seen = live(seed, Drift { ppm: 120.0 }, there, back, 30_000_000.0);
            let p99 = percentile(&seen.errors, 0.99);
            assert!(p99 <= asymmetry_us.abs() / 2.0 + 1_500.0, "{asymmetry_us} µs, seed {seed}: {p99:.0} µs");
        }
    }
}

#[test]
fn a_change_of_the_network_keeps_what_was_learned() {
    // A connection on a good path is followed by one on a poor path: the time is better than the poor path alone gives.
    let mut clock = ClockEstimator::new();
    let sample = |at: i64, there: i64, back: i64| Sample {
        client_sent_us: at,
        server_received_us: EPOCH_US + at + there,
        server_sent_us: EPOCH_US + at + there,
        client_received_us: at + there + back,
    };
    for at in 0..60 {
        clock.add(sample(at * 1_000_000, 1_000, 1_000), true);
    }
    clock.reset();
    assert_eq!(clock.bound_us(61_000_000), None, "nothing bounds the new path yet");
    for at in 61..80 {
        clock.add(sample(at * 1_000_000, 180_000, 20_000), true);
    }
    let now_us = 81_000_000;
    let error_us = clock.server_us(now_us).unwrap() - EPOCH_US - now_us;
    assert!(error_us.abs() < 1_000, "{error_us} µs; the new path alone would be 80 ms wrong");
    assert!(clock.bound_us(now_us).unwrap() >= 100_000.0, "but what is promised is what this path can prove");
}
