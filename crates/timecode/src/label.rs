//! SMPTE time code: the label `HH:MM:SS:FF` of a frame, with drop-frame (`HH:MM:SS;FF`) for 29.97 and 59.94.
//! Used by the probe (start time code) and (ported to `web/src/sync/label.ts`) the page's time display. Formulas after
//! SMPTE ST 12-1.
//!
//! A label numbers frames; it is not a time. It must never be used to compute one.

use crate::FrameRate;
use serde::{Deserialize, Serialize};

/// How the frames of a rate are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Numbering {
    /// Frame numbers per labelled second: the rate rounded, 24 for 24000/1001.
    nominal: u32,
    /// Frame numbers left out at the start of each minute but every tenth: 0, or 2 per 30.
    dropped: u32,
}

/// The label of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Label {
    /// 0 to 23.
    pub hours: u32,
    /// 0 to 59.
    pub minutes: u32,
    /// 0 to 59.
    pub seconds: u32,
    /// 0 to the nominal rate less 1.
    pub frames: u32,
    /// Drop-frame numbering; written as `;` before the frames.
    pub drop_frame: bool,
}

/// Why a text or label is not one of this numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LabelError {
    /// Not of the form `HH:MM:SS:FF`.
    #[error("time code looks like 01:02:03:04")]
    Malformed,
    /// A field beyond its range.
    #[error("a field of the time code is out of range")]
    OutOfRange,
    /// A number that drop-frame leaves out, e.g. 00:01:00;00.
    #[error("drop-frame time code leaves this number out")]
    Dropped,
    /// `;` where the numbering has no gaps, `:` where it has.
    #[error("a time code with ; before its frames is drop-frame, one with : is not")]
    OtherNumbering,
    /// Drop-frame is defined for 30000/1001 and 60000/1001 only.
    #[error("drop-frame time code exists for 29.97 and 59.94 only")]
    NoDropFrame,
    /// A source whose time code counts other frames than those it has.
    #[error("the time code counts frames that the video does not have")]
    OtherRate,
}

impl Numbering {
    /// Numbering without gaps, for any rate.
    #[must_use]
    pub fn non_drop(rate: FrameRate) -> Numbering {
        let (num, den) = (u64::from(rate.num()), u64::from(rate.den()));
        let nominal = ((2 * num + den) / (2 * den)).max(1);
        Numbering { nominal: u32::try_from(nominal).expect("a rate is at most its numerator"), dropped: 0 }
    }

    /// Drop-frame numbering.
    ///
    /// # Errors
    /// [`LabelError::NoDropFrame`] unless the rate is 30000/1001 or 60000/1001, exactly or as somebody measured it.
    pub fn drop_frame(rate: FrameRate) -> Result<Numbering, LabelError> {
        let standard = rate.snapped();
        match (standard.num(), standard.den()) {
            (30_000, 1001) => Ok(Numbering { nominal: 30, dropped: 2 }),
            (60_000, 1001) => Ok(Numbering { nominal: 60, dropped: 4 }),
            _ => Err(LabelError::NoDropFrame),
        }
    }

    /// Drop-frame or without gaps, as the source says.
    ///
    /// # Errors
    /// [`LabelError::NoDropFrame`] as of [`Numbering::drop_frame`].
    pub fn of(rate: FrameRate, drop_frame: bool) -> Result<Numbering, LabelError> {
        if drop_frame { Numbering::drop_frame(rate) } else { Ok(Numbering::non_drop(rate)) }
    }

    /// Frame numbers per labelled second.
    #[must_use]
    pub fn nominal(self) -> u32 {
        self.nominal
    }

    /// Whether numbers are left out.
    #[must_use]
    pub fn is_drop_frame(self) -> bool {
        self.dropped > 0
    }

    /// Frames in ten minutes: the period of the pattern.
    fn ten_minutes(self) -> i64 {
        i64::from(self.nominal) * 600 - i64::from(self.dropped) * 9
    }

    /// Frames in a labelled day, after which labels repeat.
    #[must_use]
    pub fn day(self) -> i64 {
        self.ten_minutes() * 144
    }

    /// The label of a frame; frame 0 is `00:00:00:00`. Wraps at 24 hours, backwards too.
    #[must_use]
    pub fn label(self, frame: i64) -> Label {
        let frame = frame.rem_euclid(self.day());
        let (tens, in_ten) = (frame / self.ten_minutes(), frame % self.ten_minutes());
        let (nominal, dropped) = (i64::from(self.nominal), i64::from(self.dropped));
        // The first minute of ten is whole, the nine others lack `dropped` numbers.
        let first = nominal * 60;
        let gaps = if in_ten < first { 0 } else { 1 + (in_ten - first) / (first - dropped) };
        let number = tens * nominal * 600 + in_ten + gaps * dropped;
        let field = |value: i64| u32::try_from(value).expect("below the nominal rate or 60");
        Label {
            hours: field(number / (nominal * 3600)),
            minutes: field(number / (nominal * 60) % 60),
            seconds: field(number / nominal % 60),
            frames: field(number % nominal),
            drop_frame: dropped > 0,
        }
    }

    /// The frame of a label, 0 to [`Numbering::day`] less 1.
    ///
    /// # Errors
    /// [`LabelError::OtherNumbering`], [`LabelError::OutOfRange`] or [`LabelError::Dropped`].
    pub fn frame(self, label: Label) -> Result<i64, LabelError> {
        if label.drop_frame != self.is_drop_frame() {
            return Err(LabelError::OtherNumbering);
        }
        if label.hours > 23 || label.minutes > 59 || label.seconds > 59 || label.frames >= self.nominal {
            return Err(LabelError::OutOfRange);
        }
        if !label.minutes.is_multiple_of(10) && label.seconds == 0 && label.frames < self.dropped {
            return Err(LabelError::Dropped);
        }
        let minutes = i64::from(label.hours) * 60 + i64::from(label.minutes);
        let number =
            (minutes * 60 + i64::from(label.seconds)) * i64::from(self.nominal) + i64::from(label.frames);
        Ok(number - i64::from(self.dropped) * (minutes - minutes / 10))
    }

    /// The label of a frame as text: `HH:MM:SS:FF`, `HH:MM:SS;FF` for drop-frame; three digits of frames where there are
    /// more than 100 in a second.
    #[must_use]
    pub fn text(self, frame: i64) -> String {
        let Label { hours, minutes, seconds, frames, drop_frame } = self.label(frame);
        let mark = if drop_frame { ';' } else { ':' };
        let digits = if self.nominal > 100 { 3 } else { 2 };
        format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:0digits$}")
    }

    /// Reads a label; `;` or `.` before the frames asks for drop-frame.
    ///
    /// # Errors
    /// [`LabelError`]: malformed text, or a label that this numbering does not have.
    pub fn parse(self, text: &str) -> Result<i64, LabelError> {
        self.frame(Label::parse(text)?)
    }
}

impl Label {
    /// Reads `HH:MM:SS:FF`, or `HH:MM:SS;FF` and `HH:MM:SS.FF` for drop-frame. Leading zeros may be missing; frames have
    /// up to three digits.
    ///
    /// # Errors
    /// [`LabelError::Malformed`].
    pub fn parse(text: &str) -> Result<Label, LabelError> {
        let mut fields = [0_u32; 4];
        let (mut at, mut digits, mut drop_frame) = (0, 0, false);
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' if digits < if at == 3 { 3 } else { 2 } => {
                    fields[at] = fields[at] * 10 + u32::from(byte - b'0');
                    digits += 1;
                }
                b':' | b';' | b'.' if digits > 0 && at < 3 && (at == 2 || byte == b':') => {
                    drop_frame = byte != b':';
                    (at, digits) = (at + 1, 0);
                }
                _ => return Err(LabelError::Malformed),
            }
        }
        if at != 3 || digits == 0 {
            return Err(LabelError::Malformed);
        }
        let [hours, minutes, seconds, frames] = fields;
        Ok(Label { hours, minutes, seconds, frames, drop_frame })
    }
}
