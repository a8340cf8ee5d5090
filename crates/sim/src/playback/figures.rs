//! Figures over many sessions: how close everybody was, how long it took to get there, what was done for it.

use crate::playback::history::{After, Disturbances, History};
use serde::Serialize;
use std::collections::BTreeMap;

/// Median, 95th and 99th percentile and the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Values.
    pub count: usize,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// Of values, which are sorted; nearest rank, to a thousandth.
    #[must_use]
    pub fn of(values: &mut [f32]) -> Spread {
        values.sort_by(f32::total_cmp);
        let rank = |percent: usize| {
            let at = (values.len() * percent).div_ceil(100).max(1) - 1;
            values.get(at).map_or(0.0, |value| (f64::from(*value) * 1_000.0).round() / 1_000.0)
        };
        Spread { count: values.len(), p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) }
    }
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Sessions.
    pub sessions: u64,
    /// Events of the simulation.
    pub things: u64,
    /// Events of the logs.
    pub events: u64,
    /// Seconds of steady play, of all pages.
    pub steady_s: u64,
    /// Rates written in steady play.
    pub steady_trims: u64,
    /// Seeks in steady play.
    pub steady_seeks: u64,
    /// Seeks in all.
    pub seeks: u64,
    /// Looks at the clock for which a bound was shown, and those which it did not cover.
    pub bounds: (u64, u64),
    /// What went wrong.
    pub disturbances: Disturbances,
    errors_ms: BTreeMap<&'static str, Vec<f32>>,
    /// The same against what the page's own clock says.
    beside_ms: BTreeMap<&'static str, Vec<f32>>,
    pairs_ms: Vec<f32>,
    clocks_ms: Vec<f32>,
    locks_ms: BTreeMap<After, Vec<f32>>,
}

impl Figures {
    /// Takes a session in.
    pub fn add(&mut self, history: &History) {
        self.sessions += 1;
        self.things += history.things;
        self.events += history.log.len() as u64;
        self.disturbances.add(&history.disturbances);
        let mut at_once: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for page in &history.pages {
            let kind = match page.kind {
                sync::ElementKind::Audio => "audio",
                sync::ElementKind::Muted => "muted",
                sync::ElementKind::Silent => "silent",
            };
            let errors_ms = self.errors_ms.entry(kind).or_default();
            let beside_ms = self.beside_ms.entry(kind).or_default();
            for look in &page.looks {
                let off_us = look.clock_error_us.abs() as f64;
                if let Some(bound_us) = look.bound_us {
                    self.bounds.0 += 1;
                    self.bounds.1 += u64::from(off_us > bound_us + 2.0);
                }
                if let (true, Some(error_ms)) = (look.steady, look.error_ms) {
                    self.steady_s += 1;
                    errors_ms.push(error_ms.abs() as f32);
                    beside_ms.push((error_ms - look.clock_error_us as f64 / 1_000.0).abs() as f32);
                    self.clocks_ms.push((off_us / 1_000.0) as f32);
                    let ends = at_once.entry(look.at_us).or_insert((error_ms, error_ms));
                    *ends = (ends.0.min(error_ms), ends.1.max(error_ms));
                }
            }
            for act in &page.acts {
                self.seeks += u64::from(act.trim.is_none());
                self.steady_trims += u64::from(act.steady && act.trim.is_some());
                self.steady_seeks += u64::from(act.steady && act.trim.is_none());
            }
            for (after, ms) in &page.locks {
                self.locks_ms.entry(*after).or_default().push(*ms as f32);
            }
        }
        self.pairs_ms.extend(at_once.values().map(|(least, most)| (most - least) as f32));
    }

    /// Takes the figures of other sessions in.
    pub fn join(&mut self, other: Figures) {
        self.sessions += other.sessions;
        self.things += other.things;
        self.events += other.events;
        self.steady_s += other.steady_s;
        self.steady_trims += other.steady_trims;
        self.steady_seeks += other.steady_seeks;
        self.seeks += other.seeks;
        self.bounds = (self.bounds.0 + other.bounds.0, self.bounds.1 + other.bounds.1);
        self.disturbances.add(&other.disturbances);
        for (kind, values) in other.errors_ms {
            self.errors_ms.entry(kind).or_default().extend(values);
        }
        for (kind, values) in other.beside_ms {
            self.beside_ms.entry(kind).or_default().extend(values);
        }
        self.pairs_ms.extend(other.pairs_ms);
        self.clocks_ms.extend(other.clocks_ms);
        for (after, values) in other.locks_ms {
            self.locks_ms.entry(after).or_default().extend(values);
        }
    }

    /// As they are published.
    #[must_use]
    pub fn report(mut self) -> serde_json::Value {
        let errors: BTreeMap<&str, Spread> =
            self.errors_ms.iter_mut().map(|(kind, values)| (*kind, Spread::of(values))).collect();
        let beside: BTreeMap<&str, Spread> =
            self.beside_ms.iter_mut().map(|(kind, values)| (*kind, Spread::of(values))).collect();
        let locks: BTreeMap<String, Spread> = self
            .locks_ms
            .iter_mut()
            .map(|(after, values)| (format!("{after:?}").to_lowercase(), Spread::of(values)))
            .collect();
        let disturbances: BTreeMap<&str, u64> = self.disturbances.list().into_iter().collect();
        serde_json::json!({
            "sessions": self.sessions,
            "simulated_events": self.things,
            "log_events": self.events,
            "steady_seconds": self.steady_s,
            "error_ms": errors,
            "error_beside_clock_ms": beside,
            "widest_pair_ms": Spread::of(&mut self.pairs_ms),
            "clock_error_ms": Spread::of(&mut self.clocks_ms),
            "locked_after_ms": locks,
            "trims_per_steady_minute": per_minute(self.steady_trims, self.steady_s),
            "seeks_in_steady_play": self.steady_seeks,
            "seeks": self.seeks,
            "clock_bounds_shown": self.bounds.0,
            "clock_bounds_broken": self.bounds.1,
            "disturbances": disturbances,
        })
    }
}

fn per_minute(count: u64, seconds: u64) -> f64 {
    (count as f64 * 60.0 / seconds.max(1) as f64 * 100.0).round() / 100.0
}
