//! Delays, told by their shares.

use std::fmt;
use std::time::Duration;

/// Delays that were measured.
#[derive(Default)]
pub struct Delays(Vec<f64>);

impl Delays {
    /// One more.
    pub fn add(&mut self, delay: Duration) {
        self.0.push(delay.as_secs_f64() * 1_000.0);
    }

    /// Those of others too.
    pub fn join(&mut self, others: Delays) {
        self.0.extend(others.0);
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return out.write_str("none") };
        let at = |share: f64| sorted[(last as f64 * share).round() as usize];
        write!(
            out,
            "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, worst {:.1} ms of {}",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            sorted.len()
        )
    }
}
