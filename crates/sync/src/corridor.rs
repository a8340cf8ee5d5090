//! What round trips allow the offset between two clocks to be: each gives a ceiling on the way there and a floor on the
//! way back, and the offset is a line between all of them, whose slope is the drift. Pure geometry; used by the clock
//! estimator, once for the bound and once for the estimate.

/// How far two clocks may drift apart, parts per million: 500 of a poor crystal, and a tenth for its change of mind while it
/// warms up.
pub const DRIFT_MAX_PPM: f64 = 550.0;
/// Steps of a search for a slope; each but halves the range of 1,100 ppm, so what is left is below 0.001 ppm.
const SEARCH_STEPS: u32 = 24;
/// A slope is as good as the best one while its corridor is this much narrower, µs...
const SLACK_US: f64 = 50.0;
/// ... and by this share of the spread of the round trips: how wide chance alone makes it.
const SLACK_SHARE: f64 = 1.0 / 16.0;
/// Before the samples span this, µs, their slope says nothing.
const SLOPE_FROM_US: f64 = 5_000_000.0;
/// From here on it is believed whole, µs; in between ever more.
const SLOPE_WHOLE_US: f64 = 30_000_000.0;

/// One round trip, as limits of the offset (server minus client, relative to a base), µs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// When the ping left, by the client's clock: the offset then was at most the ceiling.
    pub(crate) sent_us: i64,
    /// When the answer came: the offset then was at least the floor.
    pub(crate) received_us: i64,
    /// From the way there.
    pub(crate) ceiling_us: f64,
    /// From the way back.
    pub(crate) floor_us: f64,
    /// Time on the line.
    pub(crate) rtt_us: i64,
}

/// A line that fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    /// Offset at the time asked about, µs.
    pub(crate) offset_us: f64,
    /// Drift, share: positive if the server's clock runs faster.
    pub(crate) slope: f64,
    /// Room between floors and ceilings at the best slope, µs; negative if no line fits.
    pub(crate) width_us: f64,
}

/// Floor and ceiling of the offset at `now_us`, whatever the drift is. The floor lies above the ceiling if clocks were set.
pub(crate) fn bound(samples: &[Limits], now_us: i64) -> (f64, f64) {
    let share = DRIFT_MAX_PPM / 1_000_000.0;
    let (mut floor_us, mut ceiling_us) = (f64::NEG_INFINITY, f64::INFINITY);
    for sample in samples {
        ceiling_us = ceiling_us.min(sample.ceiling_us + (now_us - sample.sent_us).abs() as f64 * share);
        floor_us = floor_us.max(sample.floor_us - (now_us - sample.received_us).abs() as f64 * share);
    }
    (floor_us, ceiling_us)
}

/// The limits of a sample as seen from now: each moves with a slope by how long ago it was.
#[derive(Clone, Copy, Debug)]
struct Aged {
    sent_ago_us: f64,
    received_ago_us: f64,
    ceiling_us: f64,
    floor_us: f64,
}

/// The line in the middle of the corridor. Needs a sample.
pub(crate) fn fit(limits: &[Limits], now_us: i64) -> Fit {
    let aged: Vec<Aged> = limits
        .iter()
        .map(|limits| Aged {
            sent_ago_us: (now_us - limits.sent_us) as f64,
            received_ago_us: (now_us - limits.received_us) as f64,
            ceiling_us: limits.ceiling_us,
            floor_us: limits.floor_us,
        })
        .collect();
    let samples = &aged;
    let most = DRIFT_MAX_PPM / 1_000_000.0;
    // The width is a minimum of lines minus a maximum of lines: it rises to its best slope and falls behind it.
    let (mut low, mut high) = (-most, most);
    for _ in 0..2 * SEARCH_STEPS {
        let third = (high - low) / 3.0;
        let (first, second) = (low + third, high - third);
        if width(samples, first) < width(samples, second) {
            low = first;
        } else {
            high = second;
        }
    }
    let best = (low + high) / 2.0;
    let width_us = width(samples, best);
    let enough_us = width_us - slack_us(limits);
    let slope = (edge(samples, enough_us, best, -most) + edge(samples, enough_us, best, most)) / 2.0;
    let slope = slope * belief(limits);
    let (floor_us, ceiling_us) = edges(samples, slope);
    Fit { offset_us: (floor_us + ceiling_us) / 2.0, slope, width_us }
}

/// How far a sloping corridor is open now.
fn edges(samples: &[Aged], slope: f64) -> (f64, f64) {
    let (mut floor_us, mut ceiling_us) = (f64::NEG_INFINITY, f64::INFINITY);
    for sample in samples {
        let ceiling = sample.ceiling_us + sample.sent_ago_us * slope;
        let floor = sample.floor_us + sample.received_ago_us * slope;
        ceiling_us = if ceiling < ceiling_us { ceiling } else { ceiling_us };
        floor_us = if floor > floor_us { floor } else { floor_us };
    }
    (floor_us, ceiling_us)
}

fn width(samples: &[Aged], slope: f64) -> f64 {
    let (floor_us, ceiling_us) = edges(samples, slope);
    ceiling_us - floor_us
}

/// The slope furthest from `best` towards `end` whose corridor is at least `enough_us` wide.
fn edge(samples: &[Aged], enough_us: f64, best: f64, end: f64) -> f64 {
    if width(samples, end) >= enough_us {
        return end;
    }
    let (mut wide, mut narrow) = (best, end);
    for _ in 0..SEARCH_STEPS {
        let middle = (wide + narrow) / 2.0;
        if width(samples, middle) >= enough_us {
            wide = middle;
        } else {
            narrow = middle;
        }
    }
    wide
}

/// How much narrower a corridor may be by chance.
fn slack_us(samples: &[Limits]) -> f64 {
    let mut trips: Vec<i64> = samples.iter().map(|sample| sample.rtt_us).collect();
    trips.sort_unstable();
    let spread_us = trips[trips.len() * 9 / 10] - trips[0];
    SLACK_US + spread_us as f64 * SLACK_SHARE
}

/// How far the slope of these samples is believed, from 0 to 1.
fn belief(samples: &[Limits]) -> f64 {
    let span_us = (samples[samples.len() - 1].received_us - samples[0].received_us) as f64;
    ((span_us - SLOPE_FROM_US) / (SLOPE_WHOLE_US - SLOPE_FROM_US)).clamp(0.0, 1.0)
}
