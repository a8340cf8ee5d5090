//! The grid: which frame rate a source has, and on which frame each of its pictures lies. Used by the probe.
//! Three kinds (research: timing policy): constant, a grid with holes, irregular; the latter two are put on the
//! grid by ffmpeg's `fps` filter, so that everything after the probe sees one frame per grid place.

use serde::{Deserialize, Serialize};
use timecode::FrameRate;

/// A positive fraction, e.g. a time base of 1/90000 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Above the line.
    pub num: u32,
    /// Below the line, at least 1.
    pub den: u32,
}

/// How the pictures of a source lie on its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// One picture at each place.
    Constant,
    /// At most one picture at each place.
    Holes,
    /// No rate fits; pictures are moved to the nearest place, some are dropped.
    Irregular,
}

/// A grid that pictures were fitted to: place n is shown at `origin_pts` + n / rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Places per second.
    pub rate: FrameRate,
    /// Unit of `origin_pts`, seconds.
    pub time_base: Ratio,
    /// Time of place 0.
    pub origin_pts: i64,
    /// Kind.
    pub timing: Timing,
}

/// How far a picture may lie from its place, in thousandths of the place's width. Half a place would be ambiguous;
/// containers in whole milliseconds need 120 at 240 frames per second.
const OFF_MAX: i128 = 300;
/// By how much an odd rate must fit better than one that cameras make, in thousandths of a place: programs compute
/// the rates they declare from rounded times.
const ODD_RATE_COST: i128 = 40;
/// Share of pictures that may be hidden at 60 per second, per mille; else a faster grid is taken.
const HIDDEN_MAX: usize = 10;
/// Share of pictures of a grid with holes that must lie within a quarter of their place, per mille.
const HOLES_FIT_MIN: usize = 990;

impl Grid {
    /// The place nearest to a time, as ffmpeg's `settb` computes it: rounded half away from zero.
    #[must_use]
    pub fn place(&self, pts: i64) -> i64 {
        let (num, den) = self.scale();
        divide_round((i128::from(pts) - i128::from(self.origin_pts)) * num, den)
    }

    /// Time of a place in the stream's time base, rounded to nearest.
    #[must_use]
    pub fn pts(&self, place: i64) -> i64 {
        let (num, den) = self.scale();
        self.origin_pts.saturating_add(divide_round(i128::from(place) * den, num))
    }

    /// How far a time lies from a place, microseconds, rounded to nearest.
    #[must_use]
    pub fn distance_us(&self, pts: i64, place: i64) -> i64 {
        let (num, den) = self.scale();
        let off = (i128::from(pts) - i128::from(self.origin_pts)) * num - i128::from(place) * den;
        divide_round(off.abs() * 1_000_000 * i128::from(self.rate.den()), den * i128::from(self.rate.num()))
    }

    /// Places per tick as a fraction.
    fn scale(&self) -> (i128, i128) {
        (
            i128::from(self.time_base.num) * i128::from(self.rate.num()),
            i128::from(self.time_base.den) * i128::from(self.rate.den()),
        )
    }

    /// Finds the grid of sorted times. `declared` are the rates the container claims (any order, may be wrong).
    /// Returns none only for an empty list.
    #[must_use]
    pub fn fit(pts: &[i64], time_base: Ratio, declared: &[FrameRate]) -> Option<Grid> {
        let first = *pts.first()?;
        if pts.len() < 3 {
            let rate = declared.first().map_or_else(|| rate_of(25, 1), |rate| rate.snapped());
            let grid = Grid { rate, time_base, origin_pts: first, timing: Timing::Constant };
            let constant = pts.iter().enumerate().all(|(at, pts)| grid.place(*pts) == at as i64);
            return Some(Grid {
                timing: if constant { Timing::Constant } else { Timing::Irregular },
                ..grid
            });
        }
        let mut candidates = declared.to_vec();
        candidates.extend(mean_rates(pts, time_base));
        candidates.extend(FrameRate::STANDARD);
        candidates.dedup();
        let constant = candidates
            .iter()
            .filter_map(|rate| constant_fit(pts, time_base, *rate))
            .map(|(grid, off)| {
                (grid, off + if FrameRate::STANDARD.contains(&grid.rate) { 0 } else { ODD_RATE_COST })
            })
            // The first of equals wins: what the container declares.
            .reduce(|best, next| if next.1 < best.1 { next } else { best });
        if let Some((grid, _)) = constant {
            return Some(grid);
        }
        candidates.sort_by(|a, b| compare(*a, *b));
        // The slowest that fits, or its closer neighbour (29.97 and 30 look alike for seconds).
        let mut best: Option<(Grid, i128)> = None;
        for rate in candidates {
            if best.is_some_and(|(grid, _)| !nearly(grid.rate, rate)) {
                break;
            }
            let fit = holes_fit(pts, time_base, rate);
            best = match (best, fit) {
                (Some(old), Some(new)) if new.1 >= old.1 => Some(old),
                (old, new) => new.or(old),
            };
        }
        Some(best.map_or_else(|| irregular(pts, time_base), |(grid, _)| grid))
    }
}

/// Whether every picture lies on its own place in turn; with the worst distance in thousandths of a place.
fn constant_fit(pts: &[i64], time_base: Ratio, rate: FrameRate) -> Option<(Grid, i128)> {
    let grid = Grid { rate, time_base, origin_pts: pts[0], timing: Timing::Constant };
    let (num, den) = grid.scale();
    let (mut low, mut high) = (0_i128, 0_i128);
    for (at, pts) in pts.iter().enumerate() {
        // Distance from the place in units of 1/den places.
        let off = (i128::from(*pts) - i128::from(grid.origin_pts)) * num - i128::try_from(at).ok()? * den;
        (low, high) = (low.min(off), high.max(off));
        if high - low > 2 * den * OFF_MAX / 1000 {
            return None;
        }
    }
    // Shift the origin so that early and late pictures are equally far.
    let shift = divide_round((high + low) / 2, num);
    let grid = Grid { origin_pts: grid.origin_pts + shift, ..grid };
    let fits = pts.iter().enumerate().all(|(at, pts)| grid.place(*pts) == at as i64);
    fits.then_some((grid, (high - low) * 1000 / den))
}

/// Whether the pictures lie on places of their own, close to them; with the mean distance in millionths of a place.
fn holes_fit(pts: &[i64], time_base: Ratio, rate: FrameRate) -> Option<(Grid, i128)> {
    let grid = Grid { rate, time_base, origin_pts: pts[0], timing: Timing::Holes };
    let (num, den) = grid.scale();
    let (mut near, mut last, mut distance) = (0, -1, 0_i128);
    for pts in pts {
        let place = grid.place(*pts);
        if place <= last {
            return None;
        }
        last = place;
        let off = (i128::from(*pts) - i128::from(grid.origin_pts)) * num - i128::from(place) * den;
        distance += off.abs() * 1_000_000 / den;
        if off.abs() * 4 <= den {
            near += 1;
        }
    }
    (near * 1000 >= pts.len() * HOLES_FIT_MIN).then_some((grid, distance / pts.len() as i128))
}

/// A grid for times that follow none: the slowest on which no picture hides another. Pictures that lie closer than
/// 1/60 s are hidden if they are few; else the grid is as fast as screens are.
fn irregular(pts: &[i64], time_base: Ratio) -> Grid {
    let at =
        |rate: u32| Grid { rate: rate_of(rate, 1), time_base, origin_pts: pts[0], timing: Timing::Irregular };
    let hidden = |grid: &Grid| {
        let mut places = pts.iter().map(|pts| grid.place(*pts));
        let mut last = places.next();
        places.filter(|place| last.replace(*place) == Some(*place)).count()
    };
    let slow = [24, 25, 30, 50, 60].map(at);
    if let Some(grid) = slow.iter().find(|grid| hidden(grid) == 0) {
        return *grid;
    }
    if hidden(&slow[4]) * 1000 <= pts.len() * HIDDEN_MAX {
        return slow[4];
    }
    let fast = [100, 120].map(at);
    *fast.iter().find(|grid| hidden(grid) == 0).unwrap_or(&fast[1])
}

/// The mean rate as a whole number and as one of /1001.
fn mean_rates(pts: &[i64], time_base: Ratio) -> Vec<FrameRate> {
    let span = i128::from(pts[pts.len() - 1]) - i128::from(pts[0]);
    if span <= 0 {
        return Vec::new();
    }
    let gaps = pts.len() as i128 - 1;
    let (num, den) = (gaps * i128::from(time_base.den), span * i128::from(time_base.num));
    let whole = u32::try_from(divide_round(num, den)).unwrap_or(0);
    [(whole, 1), (whole.saturating_mul(1000), 1001)]
        .into_iter()
        .filter_map(|(num, den)| FrameRate::new(num, den).ok())
        .collect()
}

/// A rate that is known to be one.
pub(crate) fn rate_of(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).expect("standard rates are within the range")
}

/// Within one per cent.
fn nearly(a: FrameRate, b: FrameRate) -> bool {
    let (left, right) = (u64::from(a.num()) * u64::from(b.den()), u64::from(b.num()) * u64::from(a.den()));
    left.abs_diff(right) * 100 <= left
}

fn compare(a: FrameRate, b: FrameRate) -> std::cmp::Ordering {
    (u64::from(a.num()) * u64::from(b.den())).cmp(&(u64::from(b.num()) * u64::from(a.den())))
}

/// Division rounded to nearest, halves away from zero (as ffmpeg's `av_rescale_q`).
pub(crate) fn divide_round(num: i128, den: i128) -> i64 {
    let half = den / 2;
    let rounded = if num >= 0 { (num + half) / den } else { -((-num + half) / den) };
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MILLISECONDS: Ratio = Ratio { num: 1, den: 1000 };
    const NINETY: Ratio = Ratio { num: 1, den: 90_000 };

    fn times(rate: FrameRate, tb: Ratio, start: i64, places: impl Iterator<Item = i64>) -> Vec<i64> {
        let grid = Grid { rate, time_base: tb, origin_pts: 0, timing: Timing::Constant };
        places.map(|place| start + grid.pts(place)).collect()
    }

    #[test]
    fn a_rate_computed_from_rounded_times_is_not_taken_for_the_real_one() {
        let times = times(rate_of(60_000, 1001), MILLISECONDS, 21, 0..542);
        let found = Grid::fit(&times, MILLISECONDS, &[rate_of(19_001, 317)]).unwrap();
        assert_eq!((found.rate, found.timing), (rate_of(60_000, 1001), Timing::Constant));
    }

    #[test]
    fn every_standard_rate_is_found_in_coarse_time_bases() {
        for rate in FrameRate::STANDARD {
            for tb in [MILLISECONDS, NINETY] {
                let found = Grid::fit(&times(rate, tb, 129_754, 0..300), tb, &[]).unwrap();
                assert_eq!((found.rate, found.timing), (rate, Timing::Constant), "{rate:?} in 1/{}", tb.den);
            }
        }
    }

    #[test]
    fn a_wrong_declaration_does_not_matter() {
        let rate = rate_of(24_000, 1001);
        let found = Grid::fit(
            &times(rate, MILLISECONDS, 7, 0..200),
            MILLISECONDS,
            &[rate_of(24, 1), rate_of(1000, 1)],
        )
        .unwrap();
        assert_eq!(found.rate, rate);
    }

    #[test]
    fn holes_and_jitter() {
        let rate = rate_of(30, 1);
        let pts = times(rate, MILLISECONDS, 0, (0..400).filter(|place| place % 7 != 3));
        let found = Grid::fit(&pts, MILLISECONDS, &[]).unwrap();
        assert_eq!((found.rate, found.timing), (rate, Timing::Holes));
        // A screen recording: a picture when something moves.
        let mut at = 0;
        let pts: Vec<i64> = (0..300_i64)
            .map(|n| {
                at += 17 + n * n % 97;
                at
            })
            .collect();
        let found = Grid::fit(&pts, MILLISECONDS, &[]).unwrap();
        assert_eq!(found.timing, Timing::Irregular);
    }

    proptest! {
        #[test]
        fn a_place_of_a_place_is_itself(num in 1_u32..240_000, den in prop::sample::select(vec![1_u32, 1000, 1001]), tb in prop::sample::select(vec![1000_u32, 90_000, 600, 12_800]), origin in -1_000_000_i64..1_000_000, place in 0_i64..2_000_000) {
            if let Ok(rate) = FrameRate::new(num, den) && u64::from(num) * 2 < u64::from(tb) * u64::from(den) {
                let grid = Grid { rate, time_base: Ratio { num: 1, den: tb }, origin_pts: origin, timing: Timing::Constant };
                prop_assert_eq!(grid.place(grid.pts(place)), place);
            }
        }

        #[test]
        fn any_times_get_a_grid(mut pts in prop::collection::vec(-(1_i64 << 52)..(1_i64 << 52), 1..50)) {
            pts.sort_unstable();
            let grid = Grid::fit(&pts, NINETY, &[]).unwrap();
            prop_assert!(grid.place(pts[0]) <= grid.place(pts[pts.len() - 1]));
        }
    }
}
