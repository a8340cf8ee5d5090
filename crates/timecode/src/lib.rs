//! Rational frame rates and the arithmetic between frames, time and time code. Pure: no clock, no floats in a
//! decision.
//!
//! Law 7: a position in a video is an integer frame and a rational rate, never float seconds.
//! Reading order: [`rate`] (frame rate and speed), [`label`] (SMPTE time code), [`start`] (of a source).

pub mod label;
pub mod rate;
pub mod start;

pub use label::{Label, LabelError, Numbering};
pub use rate::{FrameRate, RateError, Speed};
pub use start::Start;
