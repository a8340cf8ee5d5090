//! The rooms of this node by channel: starts a room's task when it is first needed, stops it when nobody is there.

use crate::clock::Clock;
use protocol::rest::PersonView;
use protocol::{ChannelId, Code, Command, OpId, PersonId};
use room::{Answer, By, Refusal};
use store::Store;

/// The rooms of this node.
pub struct RoomRegistry {
    _store: Store,
    _clock: Clock,
}

impl RoomRegistry {
    /// No rooms yet.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> RoomRegistry {
        RoomRegistry { _store: store, _clock: clock }
    }

    /// Hands a command to a channel's room and waits for its commit.
    ///
    /// # Errors
    /// The room's refusal, or `LogUnavailable`.
    pub async fn command(&self, _channel: ChannelId, _by: By, _op: OpId, _command: Command) -> Answer {
        Err(Refusal::later(Code::LogUnavailable, 1_000))
    }

    /// Closes a person's connections to a channel with 4403 (law 8: within a second).
    pub fn revoke(&self, _channel: ChannelId, _person: PersonId) {}

    /// Closes every connection of a person's session, everywhere on this node (sign-out), with 4401.
    pub fn end_session(&self, _token_hash: [u8; 32]) {}

    /// Who is in a channel now: at most 5 faces, and how many.
    #[must_use]
    pub fn here(&self, _channel: ChannelId) -> (Vec<PersonView>, u32) {
        (Vec::new(), 0)
    }

    /// Tells every connection when to come back, flushes and closes; returns when all rooms have stopped.
    pub async fn drain(&self) {}
}
