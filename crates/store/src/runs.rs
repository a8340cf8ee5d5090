//! Runs of bytes: which parts of a file are there, and whether others lie within them. Used by both backends to let
//! jobs go whose bytes have arrived.

use std::ops::Range;

/// Bytes of a file as runs in order that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(Vec<Range<u64>>);

impl Runs {
    /// Joins runs given in any order.
    #[must_use]
    pub fn new(runs: impl IntoIterator<Item = Range<u64>>) -> Runs {
        let mut all: Vec<Range<u64>> = runs.into_iter().filter(|run| run.start < run.end).collect();
        all.sort_by_key(|run| run.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for run in all {
            match joined.last_mut() {
                Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                _ => joined.push(run),
            }
        }
        Runs(joined)
    }

    /// Whether all of these bytes are there.
    #[must_use]
    pub fn cover(&self, bytes: &Range<u64>) -> bool {
        if bytes.start >= bytes.end {
            return true;
        }
        let after = self.0.partition_point(|run| run.start <= bytes.start);
        after.checked_sub(1).is_some_and(|at| self.0[at].end >= bytes.end)
    }

    /// Whether every one of several runs is there.
    #[must_use]
    pub fn cover_all(&self, runs: &[Range<u64>]) -> bool {
        runs.iter().all(|run| self.cover(run))
    }

    /// How far the bytes reach from `from` on without a gap; `from` itself where nothing is there.
    #[must_use]
    pub fn reach(&self, from: u64) -> u64 {
        let after = self.0.partition_point(|run| run.start <= from);
        after.checked_sub(1).map_or(from, |at| self.0[at].end.max(from))
    }

    /// The runs.
    #[must_use]
    pub fn as_slice(&self) -> &[Range<u64>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_join_and_tell_what_they_cover() {
        let runs = Runs::new([20..30, 0..5, 5..10, 25..40, 7..7]);
        assert_eq!(runs.as_slice(), [0..10, 20..40]);
        for (bytes, there) in [
            (0..10, true),
            (3..7, true),
            (9..21, false),
            (20..40, true),
            (15..15, true),
            (39..41, false),
            (50..51, false),
        ] {
            assert_eq!(runs.cover(&bytes), there, "{bytes:?}");
        }
        assert_eq!(
            (runs.reach(3), runs.reach(10), runs.reach(12), runs.reach(20), runs.reach(90)),
            (10, 10, 12, 40, 90)
        );
        assert!(runs.cover_all(&[0..3, 21..22]) && !runs.cover_all(&[0..3, 10..11]));
        assert!(!Runs::default().cover(&(0..1)));
    }
}
