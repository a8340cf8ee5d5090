//! What players report of their sync, gathered for whoever runs the instance: since the start for `/metrics`, of the last
//! minutes for the page of live numbers. Of this node; nothing of it is stored, and nothing of it says who.

mod spread;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use protocol::rest::{StatusCount, SyncNumbers};
use protocol::{SyncReport, SyncStatus};
use spread::Tally;

/// Minutes that the page looks back.
const WINDOW_MINUTES: u32 = 10;
/// Limits of the bars of errors and bounds, µs: fine below a frame, up to what is sought.
const ERROR_LIMITS_US: &[i64] = &[
    500, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000,
    150_000, 300_000, 1_000_000,
];
/// Limits of the bars of round trips, µs.
const TRIP_LIMITS_US: &[i64] = &[
    1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 500_000,
    1_000_000, 2_000_000,
];
/// A report with anything larger is nonsense, µs: an hour.
const SANE_US_MAX: u64 = 3_600_000_000;
/// Statuses a player may be in.
const STATUSES: [SyncStatus; 7] = [
    SyncStatus::Locked,
    SyncStatus::Adjusting,
    SyncStatus::Buffering,
    SyncStatus::Preparing,
    SyncStatus::Gesture,
    SyncStatus::Own,
    SyncStatus::Idle,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStatus {
    status: &'static str,
}

/// Reports of one minute.
struct Minute {
    minute: i64,
    statuses: [u64; STATUSES.len()],
    error: Tally,
    bound: Tally,
    trip: Tally,
}

impl Minute {
    fn new(minute: i64) -> Minute {
        Minute {
            minute,
            statuses: [0; STATUSES.len()],
            error: Tally::new(ERROR_LIMITS_US),
            bound: Tally::new(ERROR_LIMITS_US),
            trip: Tally::new(TRIP_LIMITS_US),
        }
    }

    fn merge(&mut self, other: &Minute) {
        for (mine, theirs) in self.statuses.iter_mut().zip(other.statuses) {
            *mine += theirs;
        }
        self.error.merge(&other.error);
        self.bound.merge(&other.bound);
        self.trip.merge(&other.trip);
    }
}

/// The reports of every player of this node.
pub(crate) struct SyncMeasures {
    recent: Mutex<Vec<Minute>>,
    reports: Family<ByStatus, Counter>,
    error: Histogram,
    bound: Histogram,
    trip: Histogram,
}

impl Default for SyncMeasures {
    fn default() -> SyncMeasures {
        SyncMeasures {
            recent: Mutex::default(),
            reports: Family::default(),
            error: histogram(ERROR_LIMITS_US),
            bound: histogram(ERROR_LIMITS_US),
            trip: histogram(TRIP_LIMITS_US),
        }
    }
}

impl SyncMeasures {
    /// Takes a report. Nonsense is left out.
    pub(crate) fn take(&self, report: &SyncReport, now_ms: i64) {
        let times = [report.error_us, report.bound_us, report.rtt_us];
        let Some(status) = STATUSES.iter().position(|status| *status == report.status) else { return };
        if times.iter().any(|us| us.unsigned_abs() > SANE_US_MAX) {
            return;
        }
        self.reports.get_or_create(&ByStatus { status: report.status.as_str() }).inc();
        let plays = matches!(report.status, SyncStatus::Locked | SyncStatus::Adjusting);
        if plays {
            self.error.observe(seconds(report.error_us.abs()));
            self.bound.observe(seconds(report.bound_us));
            self.trip.observe(seconds(report.rtt_us));
        }
        let mut recent = self.recent.lock();
        let minute = minute_of(now_ms);
        if recent.last().is_none_or(|last| last.minute < minute) {
            recent.retain(|one| one.minute > minute - i64::from(WINDOW_MINUTES));
            recent.push(Minute::new(minute));
        }
        // A report from before the turn of the minute counts for the present one.
        let Some(last) = recent.last_mut() else { return };
        last.statuses[status] += 1;
        if plays {
            last.error.add(report.error_us.abs());
            last.bound.add(report.bound_us);
            last.trip.add(report.rtt_us);
        }
    }

    /// The last minutes.
    pub(crate) fn numbers(&self, now_ms: i64) -> SyncNumbers {
        let oldest = minute_of(now_ms) - i64::from(WINDOW_MINUTES);
        let mut sum = Minute::new(0);
        self.recent.lock().iter().filter(|one| one.minute > oldest).for_each(|one| sum.merge(one));
        let statuses = STATUSES.iter().zip(sum.statuses).filter(|(_, count)| *count > 0);
        SyncNumbers {
            minutes: WINDOW_MINUTES,
            statuses: statuses.map(|(status, count)| StatusCount { status: *status, count }).collect(),
            error: sum.error.spread(),
            bound: sum.bound.spread(),
            round_trip: sum.trip.spread(),
        }
    }

    /// Adds what is counted since the start.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("sync_reports", "Reports of players, by status", self.reports.clone());
        for (name, help, histogram) in [
            ("sync_error", "How far players are from the timeline", &self.error),
            ("sync_bound", "Players' own bound of the error of their clock", &self.bound),
            ("sync_round_trip", "Round trip as players measure it", &self.trip),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        }
    }
}

fn histogram(limits_us: &[i64]) -> Histogram {
    Histogram::new(limits_us.iter().map(|us| seconds(*us)))
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1_000_000.0
}

fn minute_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: SyncStatus, error_us: i64) -> SyncReport {
        SyncReport { status, error_us, bound_us: 900, rtt_us: 4_000, buffered_ms: 0, start_latency_ms: 0 }
    }

    #[test]
    fn the_window_forgets_what_is_older_and_counts_errors_of_those_who_play() {
        let measures = SyncMeasures::default();
        let minute_ms = 60_000;
        measures.take(&report(SyncStatus::Locked, 290_000), 0);
        for minute in 1..=10 {
            measures.take(&report(SyncStatus::Locked, -700), minute * minute_ms);
            measures.take(&report(SyncStatus::Buffering, 900_000), minute * minute_ms + 59_999);
        }
        let seen = measures.numbers(10 * minute_ms + 59_999);
        assert_eq!(seen.error.count, 10);
        assert_eq!(seen.error.max_us, Some(700), "the size of the error, without the first minute");
        let counts: Vec<_> = seen.statuses.iter().map(|one| (one.status, one.count)).collect();
        assert_eq!(counts, [(SyncStatus::Locked, 10), (SyncStatus::Buffering, 10)]);
        assert_eq!(measures.numbers(30 * minute_ms).error.count, 0);
        assert!(measures.recent.lock().len() <= WINDOW_MINUTES as usize);
    }

    #[test]
    fn nonsense_is_left_out() {
        let measures = SyncMeasures::default();
        measures.take(&report(SyncStatus::Locked, i64::MIN), 0);
        measures.take(&SyncReport { rtt_us: i64::MAX, ..report(SyncStatus::Locked, 0) }, 0);
        assert_eq!(measures.numbers(0).statuses, []);
    }
}
