//! How the channel of every simulated world is founded, and when.

use protocol::command::Command;
use protocol::{ChannelId, Event, OpId, Timestamp};
use room::{By, Facts, Seed};

/// The channel.
pub(crate) const CHANNEL: ChannelId = ChannelId::from_bytes([0xc0; 16]);
/// The epoch of its log.
pub(crate) const EPOCH: u64 = 7;
/// Server time at the start.
pub(crate) const START_US: i64 = 1_800_000_000_000_000;
/// A second, µs.
pub(crate) const SECOND: i64 = 1_000_000;

/// The events of an empty channel to which the system gives these commands at `now`, the operations numbered from 1.
pub(crate) fn found(now: Timestamp, commands: impl IntoIterator<Item = Command>) -> Vec<Event> {
    let mut begin = Seed::empty(CHANNEL, EPOCH);
    let facts = Facts::default();
    let mut events = Vec::new();
    for (number, command) in (1_u64..).zip(commands) {
        let context = room::decide::Context { now, lead_us: 0, by: By::System(None), facts: &facts };
        let body = room::decide::decide(&begin.state, context, &command).ok().flatten();
        let body = body.expect("the system may begin a channel");
        let op = OpId::v7(now.unix_ms().unsigned_abs(), [u8::try_from(number).unwrap_or(0); 10]);
        let event = Event { seq: begin.state.head + 1, at: now, actor: None, op, body };
        begin.apply(&event);
        events.push(event);
    }
    events
}
