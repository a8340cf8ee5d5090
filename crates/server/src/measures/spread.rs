//! Counts of values between fixed limits, and what can be read off them.

use protocol::rest::{Spread, SpreadBar};

/// Values counted by the limit they stay below.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    limits_us: &'static [i64],
    /// One more than there are limits.
    counts: Vec<u64>,
    max_us: i64,
}

impl Tally {
    pub(super) fn new(limits_us: &'static [i64]) -> Tally {
        Tally { limits_us, counts: vec![0; limits_us.len() + 1], max_us: 0 }
    }

    /// Counts a value; a negative one is none at all.
    pub(super) fn add(&mut self, us: i64) {
        let us = us.max(0);
        self.counts[self.limits_us.partition_point(|limit| *limit < us)] += 1;
        self.max_us = self.max_us.max(us);
    }

    /// Adds the values of a tally with the same limits.
    pub(super) fn merge(&mut self, other: &Tally) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.max_us = self.max_us.max(other.max_us);
    }

    pub(super) fn spread(&self) -> Spread {
        let count: u64 = self.counts.iter().sum();
        let limits = self.limits_us.iter().copied().map(Some).chain([None]);
        Spread {
            count,
            p50_us: self.percentile(count, 50),
            p95_us: self.percentile(count, 95),
            p99_us: self.percentile(count, 99),
            max_us: (count > 0).then_some(self.max_us),
            bars: limits
                .zip(&self.counts)
                .map(|(up_to_us, count)| SpreadBar { up_to_us, count: *count })
                .collect(),
        }
    }

    /// The value that `percent` of all stay at or below, values being taken as evenly spread within a bar.
    fn percentile(&self, count: u64, percent: u64) -> Option<i64> {
        if count == 0 {
            return None;
        }
        let rank = (count * percent).div_ceil(100);
        let (mut below, mut from_us) = (0, 0);
        for (place, here) in self.counts.iter().enumerate() {
            let to_us = self.limits_us.get(place).map_or(self.max_us, |limit| (*limit).min(self.max_us));
            if below + here >= rank {
                let share = (rank - below) as f64 / *here as f64;
                return Some(from_us + ((to_us - from_us) as f64 * share) as i64);
            }
            below += here;
            from_us = to_us;
        }
        Some(self.max_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: &[i64] = &[10, 100, 1_000];

    fn of(values: impl IntoIterator<Item = i64>) -> Spread {
        let mut tally = Tally::new(LIMITS);
        values.into_iter().for_each(|us| tally.add(us));
        tally.spread()
    }

    #[test]
    fn percentiles_lie_in_the_bar_of_their_rank() {
        for (values, p50, p99, max) in [
            (vec![], None, None, None),
            (vec![7], Some(7), Some(7), Some(7)),
            (vec![10, 10, 10, 10], Some(5), Some(10), Some(10)),
            ((1..=100).collect(), Some(50), Some(99), Some(100)),
            (vec![5, 5_000], Some(10), Some(5_000), Some(5_000)),
            (vec![-4], Some(0), Some(0), Some(0)),
        ] {
            let seen = of(values.clone());
            assert_eq!((seen.p50_us, seen.p99_us, seen.max_us), (p50, p99, max), "{values:?}");
        }
    }

    #[test]
    fn two_tallies_are_as_one() {
        let mut first = Tally::new(LIMITS);
        let mut second = Tally::new(LIMITS);
        [3, 30, 300].into_iter().for_each(|us| first.add(us));
        [30, 3_000].into_iter().for_each(|us| second.add(us));
        first.merge(&second);
        assert_eq!(first.spread(), of([3, 30, 300, 30, 3_000]));
        assert_eq!(first.spread().bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [1, 2, 1, 1]);
    }
}
