//! Where the time code of a source begins. Used by the probe; the page gets the number of the first frame and the flag.

use crate::{FrameRate, Label, LabelError, Numbering};

/// The numbering of a source and the number of its first frame: frame n has the label of `frame + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Drop-frame or not, as the source says.
    pub numbering: Numbering,
    /// Number of the first frame, 0 to [`Numbering::day`] less 1.
    pub frame: i64,
}

impl Start {
    /// Reads the label that a source of `rate` gives its first frame. The mark in it alone says whether it is
    /// drop-frame. `counted` is the rate in which the source counts: `rate` itself, or a whole part of it, as where
    /// the time code of a film of 59.94 counts pairs of frames.
    ///
    /// # Errors
    /// [`LabelError`]: malformed text, a label that `counted` does not have, or [`LabelError::OtherRate`].
    pub fn read(text: &str, counted: FrameRate, rate: FrameRate) -> Result<Start, LabelError> {
        let label = Label::parse(text)?;
        let numbering = Numbering::of(rate, label.drop_frame)?;
        let per_second = Numbering::non_drop(counted).nominal();
        if !numbering.nominal().is_multiple_of(per_second) {
            return Err(LabelError::OtherRate);
        }
        let frames_each = i64::from(numbering.nominal() / per_second);
        // Tracks of time code call 29.97 either that or 30: both count to 30.
        let counting = if frames_each == 1 { numbering } else { Numbering::of(counted, label.drop_frame)? };
        Ok(Start { numbering, frame: counting.frame(label)? * frames_each })
    }

    /// The label of frame `frame` of the source, as text.
    #[must_use]
    pub fn text(self, frame: i64) -> String {
        self.numbering.text(self.frame.saturating_add(frame))
    }
}
