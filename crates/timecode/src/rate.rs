//! Frame rate and playback speed as exact fractions. Used by the room, the media planner and (ported) the page.

use serde::{Deserialize, Serialize};

/// Highest frame rate accepted anywhere, frames per second (the probe refuses more).
pub const FRAME_RATE_MAX: u32 = 240;

/// How far a measured rate may lie from a standard one to be taken for it, in parts of ten thousand. Neighbours such as
/// 29.97 and 30 lie ten apart.
const SNAP_PARTS: u64 = 4;

/// Frames per second as a fraction in lowest terms, e.g. 24000/1001. Both parts are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawFraction", into = "RawFraction")]
pub struct FrameRate {
    num: u32,
    den: u32,
}

/// Playback speed as a fraction in lowest terms, e.g. 3/2. From 1/4 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawFraction", into = "RawFraction")]
pub struct Speed {
    num: u32,
    den: u32,
}

/// Why a fraction is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// A part is zero.
    #[error("a rate needs a numerator and a denominator of at least 1")]
    Zero,
    /// Outside the accepted range.
    #[error("rate out of range")]
    OutOfRange,
}

/// The fraction as it crosses the wire: `[num, den]`.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct RawFraction {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// 1000/1: the tick of a source without a known grid.
    pub const MILLISECONDS: FrameRate = FrameRate { num: 1000, den: 1 };

    /// Rates that cameras and programs make, lowest first.
    pub const STANDARD: [FrameRate; 12] = [
        FrameRate { num: 15, den: 1 },
        FrameRate { num: 24_000, den: 1001 },
        FrameRate { num: 24, den: 1 },
        FrameRate { num: 25, den: 1 },
        FrameRate { num: 30_000, den: 1001 },
        FrameRate { num: 30, den: 1 },
        FrameRate { num: 48, den: 1 },
        FrameRate { num: 50, den: 1 },
        FrameRate { num: 60_000, den: 1001 },
        FrameRate { num: 60, den: 1 },
        FrameRate { num: 120_000, den: 1001 },
        FrameRate { num: 120, den: 1 },
    ];

    /// A rate from any fraction above zero and at most [`FRAME_RATE_MAX`] (or the millisecond tick).
    ///
    /// # Errors
    /// [`RateError`] when a part is zero or the rate is too high.
    pub fn new(num: u32, den: u32) -> Result<FrameRate, RateError> {
        if num == 0 || den == 0 {
            return Err(RateError::Zero);
        }
        let divisor = greatest_common_divisor(num, den);
        let rate = FrameRate { num: num / divisor, den: den / divisor };
        if rate != FrameRate::MILLISECONDS
            && u64::from(rate.num) > u64::from(FRAME_RATE_MAX) * u64::from(rate.den)
        {
            return Err(RateError::OutOfRange);
        }
        Ok(rate)
    }

    /// Numerator in lowest terms.
    #[must_use]
    pub fn num(self) -> u32 {
        self.num
    }

    /// Denominator in lowest terms.
    #[must_use]
    pub fn den(self) -> u32 {
        self.den
    }

    /// The standard rate that a measured one is taken for: at most 0.04 % away. Else itself.
    #[must_use]
    pub fn snapped(self) -> FrameRate {
        let close = |standard: &FrameRate| {
            let measured = u64::from(self.num) * u64::from(standard.den);
            let exact = u64::from(standard.num) * u64::from(self.den);
            u128::from(measured.abs_diff(exact)) * 10_000 <= u128::from(exact) * u128::from(SNAP_PARTS)
        };
        FrameRate::STANDARD.into_iter().find(close).unwrap_or(self)
    }

    /// Frames that begin within `micros` of playing at `speed` (floor; negative time gives negative frames).
    #[must_use]
    pub fn frames_in(self, micros: i64, speed: Speed) -> i64 {
        let numerator = i128::from(micros) * i128::from(self.num) * i128::from(speed.num);
        let denominator = i128::from(self.den) * i128::from(speed.den) * 1_000_000;
        clamp_to_i64(numerator.div_euclid(denominator))
    }

    /// Microseconds until frame `frames` begins at `speed`, rounded up, so that
    /// `frames_in(micros_until(n)) == n`.
    #[must_use]
    pub fn micros_until(self, frames: i64, speed: Speed) -> i64 {
        let numerator = i128::from(frames) * i128::from(self.den) * i128::from(speed.den) * 1_000_000;
        let denominator = i128::from(self.num) * i128::from(speed.num);
        clamp_to_i64(-((-numerator).div_euclid(denominator)))
    }
}

impl Speed {
    /// Speed one.
    pub const NORMAL: Speed = Speed { num: 1, den: 1 };

    /// A speed from 1/4 to 4.
    ///
    /// # Errors
    /// [`RateError`] when a part is zero or the speed is outside that range.
    pub fn new(num: u32, den: u32) -> Result<Speed, RateError> {
        if num == 0 || den == 0 {
            return Err(RateError::Zero);
        }
        let divisor = greatest_common_divisor(num, den);
        let speed = Speed { num: num / divisor, den: den / divisor };
        let (wide_num, wide_den) = (u64::from(speed.num), u64::from(speed.den));
        // The parts are bounded too, so that positions never overflow.
        if wide_num * 4 < wide_den || wide_num > wide_den * 4 || wide_den > 1000 {
            return Err(RateError::OutOfRange);
        }
        Ok(speed)
    }

    /// Numerator in lowest terms.
    #[must_use]
    pub fn num(self) -> u32 {
        self.num
    }

    /// Denominator in lowest terms.
    #[must_use]
    pub fn den(self) -> u32 {
        self.den
    }
}

impl TryFrom<RawFraction> for FrameRate {
    type Error = RateError;
    fn try_from(raw: RawFraction) -> Result<Self, RateError> {
        FrameRate::new(raw.num, raw.den)
    }
}

impl From<FrameRate> for RawFraction {
    fn from(rate: FrameRate) -> Self {
        RawFraction { num: rate.num, den: rate.den }
    }
}

impl TryFrom<RawFraction> for Speed {
    type Error = RateError;
    fn try_from(raw: RawFraction) -> Result<Self, RateError> {
        Speed::new(raw.num, raw.den)
    }
}

impl From<Speed> for RawFraction {
    fn from(speed: Speed) -> Self {
        RawFraction { num: speed.num, den: speed.den }
    }
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn clamp_to_i64(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
