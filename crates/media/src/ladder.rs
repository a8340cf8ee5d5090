//! The ladder: which renditions a source gets, how large, at which rate of bits, under which codec string.
//! Used by the planner. Steps are by the short side; nothing is ever scaled up.

use crate::limits::RENDITION_SIDE_MAX;
use serde::{Deserialize, Serialize};
use timecode::FrameRate;

/// Steps by short side, pixels, best first.
const STEPS: [u32; 4] = [1080, 720, 480, 360];

/// One rendition of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// `1080p`: the short side. Also its part of object keys.
    pub name: String,
    /// Width, pixels, even.
    pub width: u32,
    /// Height, pixels, even.
    pub height: u32,
    /// x264's rate factor.
    pub crf: u32,
    /// Highest rate over one buffer, bits per second. The buffer holds one second.
    pub bits_max: u32,
    /// H.264 level times ten, e.g. 40.
    pub level: u32,
}

impl Rendition {
    /// Codec as playlists name it: High profile at the level.
    #[must_use]
    pub fn codec(&self) -> String {
        format!("avc1.6400{:02x}", self.level)
    }

    /// Highest rate of one segment of two seconds: its own rate and half a buffer more.
    #[must_use]
    pub fn bits_peak(&self) -> u32 {
        self.bits_max + self.bits_max / 2
    }
}

/// The renditions of a source shown at `width` x `height`, best first, at least one.
#[must_use]
pub fn ladder(width: u32, height: u32, rate: FrameRate) -> Vec<Rendition> {
    let short = width.min(height).max(2);
    let mut steps: Vec<u32> = STEPS.into_iter().filter(|step| *step <= short).collect();
    // Between two steps the source's own size is the best one; a step hardly below it is not worth its work.
    if short < STEPS[0] && !STEPS.contains(&short) {
        steps.retain(|step| step * 115 <= short * 100);
        steps.insert(0, short);
    }
    let mut renditions: Vec<Rendition> =
        steps.into_iter().map(|step| rendition(width, height, step, rate)).collect();
    // Very long pictures meet the side limit on several steps.
    renditions.dedup_by_key(|rendition| rendition.width.min(rendition.height));
    renditions
}

fn rendition(width: u32, height: u32, step: u32, rate: FrameRate) -> Rendition {
    let (long, short) = (u64::from(width.max(height)), u64::from(width.min(height).max(1)));
    let even = |value: u64| u32::try_from((value / 2 * 2).max(2)).expect("bounded by the side limit");
    let scaled_long = (long * u64::from(step) + short / 2) / short;
    let (long_side, short_side) = if scaled_long > u64::from(RENDITION_SIDE_MAX) {
        (even(u64::from(RENDITION_SIDE_MAX)), even(short * u64::from(RENDITION_SIDE_MAX) / long))
    } else {
        // Rounded to even upwards or downwards, whichever keeps the aspect better.
        (
            even(
                scaled_long
                    + u64::from(scaled_long % 2 == 1 && u64::from(step) % 2 == 0 && scaled_long < long),
            ),
            even(u64::from(step)),
        )
    };
    let (width, height) = if width >= height { (long_side, short_side) } else { (short_side, long_side) };
    Rendition {
        name: format!("{step}p"),
        width,
        height,
        crf: if step >= 720 { 22 } else { 23 },
        bits_max: bits_max(width, height, rate),
        level: level(width, height, rate),
    }
}

/// Bits per second for a size: 6.0, 3.5, 1.7 and 0.9 million for 1080, 720, 480 and 360 at 16:9, in between by
/// pixels; half as much again above 30 frames per second.
fn bits_max(width: u32, height: u32, rate: FrameRate) -> u32 {
    const POINTS: [(u64, u64); 6] = [
        (0, 100_000),
        (230_400, 900_000),
        (409_920, 1_700_000),
        (921_600, 3_500_000),
        (2_073_600, 6_000_000),
        (8_294_400, 16_000_000),
    ];
    let pixels = (u64::from(width) * u64::from(height)).min(POINTS[5].0);
    let bits = POINTS.windows(2).find(|pair| pixels <= pair[1].0).map_or(POINTS[5].1, |pair| {
        pair[0].1 + (pair[1].1 - pair[0].1) * (pixels - pair[0].0) / (pair[1].0 - pair[0].0)
    });
    let fast = u64::from(rate.num()) > 31 * u64::from(rate.den());
    u32::try_from(if fast { bits * 3 / 2 } else { bits } / 1000 * 1000).expect("at most 24 million")
}

/// The lowest H.264 level that holds the size and the rate (table A-1 of the standard), times ten.
fn level(width: u32, height: u32, rate: FrameRate) -> u32 {
    // Level, macroblocks per second, macroblocks per picture, bits per second of High profile.
    const LEVELS: [(u32, u64, u64); 10] = [
        (30, 40_500, 1_620),
        (31, 108_000, 3_600),
        (32, 216_000, 5_120),
        (40, 245_760, 8_192),
        (42, 522_240, 8_704),
        (50, 589_824, 22_080),
        (51, 983_040, 36_864),
        (52, 2_073_600, 36_864),
        (60, 4_177_920, 139_264),
        (62, 16_711_680, 139_264),
    ];
    let (columns, rows) = (u64::from(width.div_ceil(16)), u64::from(height.div_ceil(16)));
    let blocks = columns * rows;
    let per_second = (blocks * u64::from(rate.num())).div_ceil(u64::from(rate.den()));
    LEVELS
        .iter()
        // A side may be at most the square root of eight times the picture.
        .find(|(_, speed, picture)| {
            per_second <= *speed
                && blocks <= *picture
                && columns * columns <= 8 * picture
                && rows * rows <= 8 * picture
        })
        .map_or(62, |(level, _, _)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(width: u32, height: u32) -> Vec<String> {
        let rate = FrameRate::new(25, 1).unwrap();
        ladder(width, height, rate).iter().map(|r| format!("{} {}x{}", r.name, r.width, r.height)).collect()
    }

    #[test]
    fn steps() {
        assert_eq!(names(1920, 1080), ["1080p 1920x1080", "720p 1280x720", "480p 854x480", "360p 640x360"]);
        assert_eq!(names(3840, 2160)[0], "1080p 1920x1080");
        assert_eq!(names(1080, 1920), ["1080p 1080x1920", "720p 720x1280", "480p 480x854", "360p 360x640"]);
        assert_eq!(names(1600, 900)[..2], ["900p 1600x900", "720p 1280x720"]);
        assert_eq!(names(1920, 800), ["800p 1920x800", "480p 1152x480", "360p 864x360"]);
        assert_eq!(names(320, 240), ["240p 320x240"]);
        assert_eq!(names(641, 361), ["361p 640x360"]);
        assert_eq!(names(2, 2), ["2p 2x2"]);
    }

    #[test]
    fn levels() {
        for ((width, height, num, den), expected) in [
            ((640, 360, 30, 1), 30),
            ((1280, 720, 30, 1), 31),
            ((1280, 720, 60, 1), 32),
            ((1920, 1080, 30_000, 1001), 40),
            ((1920, 1080, 60, 1), 42),
            ((1080, 1920, 30, 1), 40),
        ] {
            assert_eq!(
                level(width, height, FrameRate::new(num, den).unwrap()),
                expected,
                "{width}x{height}@{num}/{den}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_above_the_source_and_even(width in 2_u32..8192, height in 2_u32..8192, fps in 1_u32..240) {
            let rungs = ladder(width, height, FrameRate::new(fps, 1).unwrap());
            prop_assert!(!rungs.is_empty());
            for rung in &rungs {
                prop_assert!(rung.width <= width && rung.height <= height);
                prop_assert!(rung.width % 2 == 0 && rung.height % 2 == 0 && rung.width > 0 && rung.height > 0);
            }
            for pair in rungs.windows(2) {
                prop_assert!(pair[0].width.min(pair[0].height) > pair[1].width.min(pair[1].height));
                prop_assert!(pair[0].bits_max >= pair[1].bits_max);
            }
        }
    }
}
