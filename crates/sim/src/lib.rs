//! A seeded simulator of several nodes and many clients over the real room state machine: time, net, disk and crashes
//! are made here, so that a seed gives the same life again. Its checker looks at the whole history and says which
//! promise was broken. Tests only; nobody depends on it.
//!
//! Reading order: [`chance`], [`agenda`], [`disk`] (the log), `founding`, [`client`], [`world`] (nodes, net, faults), [`history`],
//! [`check`]; then [`playback`], a world of its own about what everybody's screen shows.

pub mod agenda;
pub mod chance;
pub mod check;
pub mod client;
pub mod disk;
mod founding;
pub mod history;
pub mod playback;
pub mod release;
pub mod world;

pub use check::{Violation, check};
pub use history::History;
pub use world::{Break, Options, run};
