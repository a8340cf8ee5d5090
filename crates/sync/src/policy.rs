//! How far ahead a start is scheduled. Integers only. (Whom the room waits for is the room's own: `room::waiting`.)

/// Shortest lead of a scheduled start, ms: a start latency with sound (75 ms, measured) and a tick.
pub const LEAD_MIN_MS: i64 = 120;
/// Lead while nobody has reported yet, ms: a round trip of 200 ms and a usual start.
pub const LEAD_DEFAULT_MS: i64 = 250;
/// Longest lead, ms: one bad link must not make a pause button feel broken.
pub const LEAD_MAX_MS: i64 = 1_200;

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
    }
}
