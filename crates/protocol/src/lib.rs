//! Everything that crosses a wire or is stored: ids, commands, events, frames, codes, REST bodies.
//!
//! Pure: knows no clock, socket, runtime or database. Only this crate is serialisable; each type is declared
//! through the macros of [`wire`], which give serde's traits and the layout that the page's codec is made from
//! (`web/src/protocol/`, written by `cargo xtask codegen`, compared by a test).
//!
//! Reading order: [`ids`], [`time`], [`people`], [`timeline`], [`channel`], [`command`], [`event`],
//! [`fleeting`], [`frame`], [`code`], [`rest`], [`work`], [`codec`], [`limits`].

pub mod beside;
pub mod channel;
pub mod code;
pub mod codec;
pub mod command;
pub mod event;
pub mod export;
pub mod fleeting;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod people;
pub mod rest;
pub mod time;
pub mod timeline;
pub mod upload;
pub mod wire;
pub mod work;

pub use channel::{ChannelState, ControlMode, Member, QueueItem, Visibility, Wait, WaitReason};
pub use code::Code;
pub use command::Command;
pub use event::{Event, EventBody};
pub use fleeting::{Fleeting, PresenceState, PresentPerson, SyncReport, SyncStatus};
pub use frame::{ClientFrame, Position, ServerFrame};
pub use ids::*;
pub use people::{DisplayName, PersonKind, Role};
pub use time::Timestamp;
pub use timeline::{Timeline, TimelineVideo};
