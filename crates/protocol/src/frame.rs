//! The frames of the live socket `genlock.v1`: one frame is one WebSocket message.

use crate::channel::ChannelState;
use crate::command::Command;
use crate::event::Event;
use crate::fleeting::{Fleeting, FleetingFrom, PresentPerson};
use crate::people::Role;
use crate::wire::{wire_struct, wire_tagged};
use crate::{ClientId, Epoch, OpId, PersonId, Seq, SessionId, Timestamp};

/// The version of the protocol spoken here.
pub const PROTOCOL_VERSION: u32 = 1;

wire_struct! {
    /// Where a client stands in the log.
    pub struct Position {
        /// Life of the log.
        pub epoch: Epoch,
        /// The last event it has applied.
        pub seq: Seq,
    }
}

impl Eq for Position {}
impl Copy for Position {}

wire_struct! {
    /// First frame of a client.
    pub struct Hello {
        /// Its protocol version.
        pub protocol: u32,
        /// The tab.
        pub client: ClientId,
        /// Where it stands, if it has been here before.
        pub resume: Option<Position>,
        /// Whether the tab is shown.
        pub shown: bool,
    }
}

wire_struct! {
    /// A command with its operation id.
    pub struct CommandFrame {
        /// Operation id, made by the sender; the same again on a retry.
        pub op: OpId,
        /// The wish.
        pub command: Command,
    }
}

wire_struct! {
    /// A fleeting value.
    pub struct FleetingFrame {
        /// Value.
        pub value: Fleeting,
    }
}

wire_struct! {
    /// Asks for the server's clock.
    pub struct Ping {
        /// Sender's monotonic clock, microseconds; returned as it is.
        pub client_us: i64,
    }
}

wire_struct! {
    /// Asks for what came after a position, after a gap was seen.
    pub struct Catchup {
        /// The last position without a gap.
        pub from: Position,
    }
}

wire_tagged! {
    /// What a client sends.
    pub enum ClientFrame {
        /// First of all.
        "hello" => Hello(Hello),
        /// Wish for a durable change.
        "command" => Command(CommandFrame),
        /// Fleeting value.
        "fleeting" => Fleeting(FleetingFrame),
        /// Clock.
        "ping" => Ping(Ping),
        /// Back-fill.
        "catchup" => Catchup(Catchup),
    }
}

wire_struct! {
    /// Answer to hello; followed by `events` or `snapshot`, then `presence`.
    pub struct Welcome {
        /// This connection.
        pub session: SessionId,
        /// Who the server takes the client for.
        pub person: PersonId,
        /// Role in the channel.
        pub role: Role,
        /// Where the log stands.
        pub head: Position,
        /// Server time.
        pub server_us: Timestamp,
        /// Time between beats, milliseconds. Three missed beats mean a dead connection.
        pub beat_ms: u32,
        /// Whether the position offered in hello is continued (events follow) or not (snapshot follows).
        pub resumed: bool,
        /// Version of the server; a page of another version offers to reload.
        pub server_version: String,
    }
}

wire_struct! {
    /// The whole bounded state.
    pub struct SnapshotFrame {
        /// Where it was taken.
        pub at: Position,
        /// The state.
        pub state: ChannelState,
    }
}

wire_struct! {
    /// Events without a gap between them.
    pub struct EventsFrame {
        /// Life of the log.
        pub epoch: Epoch,
        /// In order.
        pub events: Vec<Event>,
    }
}

wire_struct! {
    /// The command is committed.
    pub struct Ack {
        /// Which.
        pub op: OpId,
        /// Where it stands in the log. The client's own event may come before or after this frame.
        pub seq: Seq,
    }
}

wire_struct! {
    /// The command is refused and changes nothing; or the last frame could not be understood (no op).
    pub struct Reject {
        /// Which.
        pub op: Option<OpId>,
        /// Number of the code.
        pub code: u16,
        /// A sentence that says what to do.
        pub message: String,
        /// Try the same operation again after this time; none means do not.
        pub retry_after_ms: Option<u32>,
    }
}

wire_struct! {
    /// Sent every `beat_ms`: where the log stands, so that a lost last event is found (law 6).
    pub struct Beat {
        /// Head.
        pub head: Position,
        /// Timeline revision.
        pub revision: u64,
        /// Server time.
        pub server_us: Timestamp,
    }
}

wire_struct! {
    /// Answer to ping, sent at once.
    pub struct Pong {
        /// As received.
        pub client_us: i64,
        /// Server time when the ping was read.
        pub received_us: Timestamp,
        /// Server time when this was written.
        pub sent_us: Timestamp,
    }
}

wire_struct! {
    /// Who is here.
    pub struct PresenceFrame {
        /// Whether `people` is everybody (a sample above 200) or only what changed.
        pub full: bool,
        /// New or changed.
        pub people: Vec<PresentPerson>,
        /// No longer here.
        pub gone: Vec<PersonId>,
        /// How many are here.
        pub count: u32,
    }
}

wire_struct! {
    /// Fleeting values of the last moment.
    pub struct FleetingsFrame {
        /// Values with their senders.
        pub values: Vec<FleetingFrom>,
    }
}

wire_struct! {
    /// The server is about to close; come back after a while.
    pub struct Drain {
        /// Wait before reconnecting, milliseconds.
        pub after_ms: u32,
    }
}

wire_tagged! {
    /// What the server sends.
    pub enum ServerFrame {
        /// Answer to hello.
        "welcome" => Welcome(Welcome),
        /// Whole state.
        "snapshot" => Snapshot(SnapshotFrame),
        /// Events.
        "events" => Events(EventsFrame),
        /// Committed.
        "ack" => Ack(Ack),
        /// Refused.
        "reject" => Reject(Reject),
        /// Heartbeat.
        "beat" => Beat(Beat),
        /// Clock.
        "pong" => Pong(Pong),
        /// Presence.
        "presence" => Presence(PresenceFrame),
        /// Fleeting.
        "fleetings" => Fleetings(FleetingsFrame),
        /// Going away.
        "drain" => Drain(Drain),
    }
}
