//! The room: the state machine of one channel. Turns commands into events and events into state, and says what the
//! shell has to do about it. Pure: no clock, socket, file, thread or chance; the same inputs give the same outputs.
//! It cannot fail: a refusal is an output (law 1).
//!
//! Called by the server's `room_task` and by the simulator. Must never hold what is unbounded: messages stand in
//! tables, not here.
//!
//! Reading order: [`io`] (what goes in and out), [`Room`] in `room`, [`state`], [`decide`], [`authorize`], then the nouns:
//! [`playback`], [`queue`], [`members`], [`chat`], [`channel`], [`presence`], [`waiting`], [`fleeting`], [`ops`],
//! [`resume`], [`snapshot`].

pub mod authorize;
pub mod channel;
pub mod chat;
pub mod decide;
pub mod fleeting;
pub mod io;
mod lane;
pub mod members;
pub mod ops;
mod pending;
pub mod playback;
pub mod presence;
pub mod queue;
pub mod resume;
mod room;
pub mod snapshot;
mod standings;
pub mod state;
pub mod waiting;

pub use authorize::{Action, Actor, Resource, can};
pub use io::{
    Answer, By, CommandInput, Facts, FirstPlace, Input, Join, OpFact, Origin, Output, Refusal, VideoFacts,
};
pub use room::{Room, Seed};
pub use state::State;
