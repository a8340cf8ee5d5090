//! Playback synchronisation as pure logic: the reference the page's port is checked against.
//!
//! The browser runs the TypeScript port of these modules (`web/src/sync`, same names); `golden/*.json` hold inputs
//! with the outputs of this crate, and both sides are tested against them. Nothing here knows a clock, a player or
//! a socket: time comes in as an argument, what is to be done goes out as data.
//!
//! Reading order: [`clock`] (what time it is at the server) with its `corridor` (what round trips allow), [`course`] (where the video should be at that time),
//! [`element`] (a media element as data), [`drift`] (what to do with one that is elsewhere) with its [`measures`],
//! [`learned`] (what an element was seen to take for it), [`policy`] (how far ahead a start is
//! scheduled).

pub mod clock;
mod corridor;
pub mod course;
pub mod drift;
pub mod element;
pub mod learned;
pub mod measures;
pub mod policy;
mod seek_guard;

pub use clock::{ClockEstimator, Sample, ping_delay_us};
pub use corridor::DRIFT_MAX_PPM;
pub use course::{Course, Wanted};
pub use drift::DriftController;
pub use element::{Action, Element, Hold, Observation};
pub use learned::ElementKind;
pub use policy::start_lead_ms;
