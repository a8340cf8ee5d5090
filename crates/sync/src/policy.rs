//! Whom the room waits for and for how long, and how far ahead a start is scheduled. Data and integers only.
//!
//! Law 12: nobody waits for one bad member; any wait ends within [`PATIENCE_MAX_MS`].

use serde::{Deserialize, Serialize};

/// Wait for a member when nothing else is set, ms.
pub const PATIENCE_DEFAULT_MS: i64 = 2_000;
/// Longest wait for a member whatever is set, ms (law 12).
pub const PATIENCE_MAX_MS: i64 = 5_000;
/// Shortest lead of a scheduled start, ms: a start latency with sound (75 ms, measured) and a tick.
pub const LEAD_MIN_MS: i64 = 120;
/// Lead while nobody has reported yet, ms: a round trip of 200 ms and a usual start.
pub const LEAD_DEFAULT_MS: i64 = 250;
/// Longest lead, ms: one bad link must not make a pause button feel broken.
pub const LEAD_MAX_MS: i64 = 1_200;

/// Why a member is not with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitReason {
    /// Its data has run out.
    Buffering,
    /// It has just come.
    Joining,
    /// Its browser wants a gesture first.
    Gesture,
    /// Its tab is hidden.
    Hidden,
    /// Its connection is gone.
    Left,
}

impl WaitReason {
    /// Whether anybody waits for it. Who joins, hides or leaves never stops the others.
    #[must_use]
    pub fn is_waited_for(self) -> bool {
        matches!(self, WaitReason::Buffering)
    }
}

/// When the room waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitMode {
    /// For everybody.
    Strict,
    /// While fewer than half are ready.
    Quorum,
    /// For nobody.
    Never,
}

/// A channel's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitPolicy {
    /// When.
    pub mode: WaitMode,
    /// For how long, ms; more than [`PATIENCE_MAX_MS`] is taken as that.
    pub patience_ms: i64,
}

impl Default for WaitPolicy {
    fn default() -> WaitPolicy {
        WaitPolicy { mode: WaitMode::Strict, patience_ms: PATIENCE_DEFAULT_MS }
    }
}

/// A member that is not with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Why.
    pub reason: WaitReason,
    /// Since when, ms.
    pub since_ms: i64,
}

impl WaitPolicy {
    /// Until when the room waits, ms; none: it goes on. `present`: how many are here, the absent included.
    #[must_use]
    pub fn wait_until_ms(&self, now_ms: i64, present: usize, absent: &[Absent]) -> Option<i64> {
        let patience_ms = self.patience_ms.clamp(0, PATIENCE_MAX_MS);
        let ends = absent
            .iter()
            .filter(|one| one.reason.is_waited_for())
            .map(|one| one.since_ms.min(now_ms) + patience_ms)
            .filter(|end_ms| *end_ms > now_ms);
        let waits = match self.mode {
            WaitMode::Never => false,
            WaitMode::Strict => true,
            WaitMode::Quorum => present.saturating_sub(absent.len()) * 2 < present,
        };
        if waits { ends.max() } else { None }
    }
}

/// How far ahead a play, seek or change of speed is scheduled, ms: a quarter more than the 95th percentile of the
/// one-way times, plus the 95th percentile of the start latencies. The room computes the same from its members'
/// reports. `reports`: round trip in µs and start latency in ms of each member present.
#[must_use]
pub fn start_lead_ms(reports: &[(i64, i64)]) -> i64 {
    if reports.is_empty() {
        return LEAD_DEFAULT_MS;
    }
    let one_way_us =
        percentile_95(reports.iter().map(|(rtt_us, _)| rtt_us.clamp(&0, &10_000_000) / 2).collect());
    let start_us =
        percentile_95(reports.iter().map(|(_, start_ms)| start_ms.clamp(&0, &10_000) * 1_000).collect());
    ((one_way_us * 5 / 4 + start_us + 999) / 1_000).clamp(LEAD_MIN_MS, LEAD_MAX_MS)
}

/// Nearest rank; 0 of nothing.
fn percentile_95(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    let rank = (values.len() * 95).div_ceil(100);
    rank.checked_sub(1).map_or(0, |at| values[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn law_12_nobody_waits_for_one_bad_member() {
        let policy = WaitPolicy { mode: WaitMode::Strict, patience_ms: 60_000 };
        let stuck = [Absent { reason: WaitReason::Buffering, since_ms: 1_000 }];
        assert_eq!(policy.wait_until_ms(1_500, 3, &stuck), Some(6_000));
        assert_eq!(policy.wait_until_ms(6_000, 3, &stuck), None);
        assert_eq!(WaitPolicy::default().wait_until_ms(1_500, 3, &stuck), Some(3_000));
    }

    #[test]
    fn joiners_hidden_tabs_and_refused_autoplay_never_stop_the_room() {
        for reason in [WaitReason::Joining, WaitReason::Gesture, WaitReason::Hidden, WaitReason::Left] {
            assert_eq!(WaitPolicy::default().wait_until_ms(0, 2, &[Absent { reason, since_ms: 0 }]), None);
        }
    }

    #[test]
    fn a_quorum_goes_on_without_the_few() {
        let policy = WaitPolicy { mode: WaitMode::Quorum, ..WaitPolicy::default() };
        let one = Absent { reason: WaitReason::Buffering, since_ms: 0 };
        assert_eq!(policy.wait_until_ms(100, 4, &[one]), None);
        assert_eq!(policy.wait_until_ms(100, 4, &[one, one, one]), Some(2_000));
    }

    #[test]
    fn the_lead_follows_the_slow_but_not_the_hopeless() {
        assert_eq!(start_lead_ms(&[]), 250);
        assert_eq!(start_lead_ms(&[(2_000, 41)]), 120);
        assert_eq!(start_lead_ms(&[(130_000, 75), (2_000, 1)]), 157);
        let mut crowd = vec![(20_000, 75); 99];
        crowd.push((9_000_000, 75));
        assert_eq!(start_lead_ms(&crowd), 120, "one of a hundred does not slow all");
        assert_eq!(start_lead_ms(&[(9_000_000, 75)]), 1_200);
    }

    proptest! {
        #[test]
        fn the_lead_is_always_within_its_bounds(reports in prop::collection::vec((any::<i64>(), any::<i64>()), 0..50)) {
            prop_assert!((LEAD_MIN_MS..=LEAD_MAX_MS).contains(&start_lead_ms(&reports)));
        }

        #[test]
        fn no_wait_is_longer_than_the_law_allows(patience in any::<i64>(), since in 0i64..100_000, now in 0i64..100_000) {
            let policy = WaitPolicy { mode: WaitMode::Strict, patience_ms: patience };
            let absent = [Absent { reason: WaitReason::Buffering, since_ms: since }];
            if let Some(end) = policy.wait_until_ms(now, 2, &absent) {
                prop_assert!(end > now && end - now <= PATIENCE_MAX_MS);
            }
        }
    }
}
