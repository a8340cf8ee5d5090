//! Rational frame rates and the arithmetic between frames and time. Pure: no clock, no floats in a decision.
//!
//! Law 7: a position in a video is an integer frame and a rational rate, never float seconds.
//! Reading order: [`rate`] (frame rate and speed).

pub mod rate;

pub use rate::{FrameRate, RateError, Speed};
