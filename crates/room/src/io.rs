//! What goes into a room and what comes out. Data only; the shell does what the outputs say, in their order.

use protocol::fleeting::Fleeting;
use protocol::{
    ClientId, Code, Command, Epoch, Event, OpId, PersonId, Position, Seq, ServerFrame, SessionId, Timestamp,
    VersionId, VideoId,
};
use timecode::FrameRate;

/// Who wants the answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A live connection; answered by an ack or reject frame.
    Session(SessionId),
    /// A waiter of the shell (REST, worker); answered by [`Output::Answer`] with this number.
    Waiter(u64),
    /// Time itself; nobody waits.
    Time,
}

/// On whose behalf a command comes. For [`Origin::Session`] the room takes the person of the session instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A person with the role that the room knows.
    Person(PersonId),
    /// The server itself, which has checked the right already; events name the person it acts for, if any.
    System(Option<PersonId>),
}

/// First place of an operation in the log, and whose it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstPlace {
    /// Place.
    pub seq: Seq,
    /// Actor of that event.
    pub actor: Option<PersonId>,
}

/// What the shell knows of an operation id from the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpFact {
    /// It has not looked. The room asks by [`Output::Ask`] if it matters.
    #[default]
    NotAsked,
    /// It has looked: the first place, if any.
    Asked(Option<FirstPlace>),
}

/// What a command needs to know of a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFacts {
    /// The video.
    pub video: VideoId,
    /// Its newest version that plays.
    pub version: VersionId,
    /// Title.
    pub title: String,
    /// Frames per second.
    pub rate: FrameRate,
    /// Number of frames, at least 1.
    pub frames: i64,
    /// Whether it plays from the start.
    pub playable: bool,
}

/// What the shell has read for a command from the tables, no earlier than at `head`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Head of the room when the reading began; what changed after it is known to the room.
    pub head: Seq,
    /// The operation id.
    pub op: OpFact,
    /// The video that the command names; none if this channel has no such video.
    pub video: Option<VideoFacts>,
}

/// A command on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandInput {
    /// Who waits.
    pub origin: Origin,
    /// On whose behalf.
    pub by: By,
    /// Operation id.
    pub op: OpId,
    /// The wish.
    pub command: Command,
    /// What the tables say.
    pub facts: Facts,
}

/// A live connection that has said hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// The connection.
    pub session: SessionId,
    /// Whose; the shell has authenticated them, the room checks that they belong here.
    pub person: PersonId,
    /// The tab.
    pub client: ClientId,
    /// Where the client stands.
    pub resume: Option<Position>,
    /// Whether the tab is shown.
    pub shown: bool,
}

/// What can happen to a room.
#[allow(
    clippy::large_enum_variant,
    reason = "lives for one call; a box would cost an allocation per command"
)]
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Somebody's connection said hello.
    Joined(Join),
    /// A connection ended; `clean` if its client said goodbye.
    Left {
        /// Which.
        session: SessionId,
        /// Whether on purpose.
        clean: bool,
    },
    /// A connection has gone silent (`heard` false) or is heard again, without having ended.
    Heard {
        /// Which.
        session: SessionId,
        /// Whether it is heard.
        heard: bool,
    },
    /// A wish for a durable change.
    Command(CommandInput),
    /// A fleeting value of a connection.
    Fleeting {
        /// Whose.
        session: SessionId,
        /// Value.
        value: Fleeting,
    },
    /// A fleeting value of the system (progress).
    SystemFleeting(Fleeting),
    /// A connection lacks frames of presence that were skipped while its socket was not writable.
    PresenceWanted {
        /// Which.
        session: SessionId,
    },
    /// The append under way is committed up to this place.
    Appended {
        /// The new head.
        up_to: Seq,
    },
    /// Another node was faster: everything it has appended after our head, in order.
    AppendLost {
        /// The events.
        events: Vec<Event>,
    },
    /// The append under way held an operation that the log has already; nothing was written. `events`: what the log
    /// holds after our head.
    AppendDuplicate {
        /// Which.
        op: OpId,
        /// Its first place.
        first: FirstPlace,
        /// News after our head.
        events: Vec<Event>,
    },
    /// The append under way could not be done, or nobody knows whether it was.
    AppendFailed,
    /// Events of other nodes, found by the bus or the poll. Must follow our head; ignored while an append is under
    /// way, which finds them itself.
    Foreign {
        /// In order, from our head on.
        events: Vec<Event>,
    },
    /// The log has a new life (restore from a backup): everything begins again from this seed.
    Replaced(Box<crate::Seed>),
    /// A client saw a gap.
    Catchup {
        /// Whose.
        session: SessionId,
        /// Its last position without a gap.
        from: Position,
    },
    /// The time of the last [`Output::WakeAt`] has come (or any other moment).
    Tick,
}

/// Why a command is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code.
    pub code: Code,
    /// What exactly is wrong, where more is known than the code's sentence says.
    pub detail: Option<String>,
    /// Try the same operation again after this time, milliseconds; none means do not.
    pub retry_after_ms: Option<u32>,
}

impl Refusal {
    /// A refusal that stays.
    #[must_use]
    pub fn of(code: Code) -> Refusal {
        Refusal { code, detail: None, retry_after_ms: None }
    }

    /// A refusal with what exactly is wrong.
    #[must_use]
    pub fn because(code: Code, detail: impl Into<String>) -> Refusal {
        Refusal { code, detail: Some(detail.into()), retry_after_ms: None }
    }

    /// A refusal for now.
    #[must_use]
    pub fn later(code: Code, retry_after_ms: u32) -> Refusal {
        Refusal { code, detail: None, retry_after_ms: Some(retry_after_ms) }
    }

    /// The sentence for people: the code's, and the detail where there is one.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} ({detail})", self.code.sentence()),
            None => self.code.sentence().to_owned(),
        }
    }
}

/// How a command ended: its place in the log (the head, for a wish that was fulfilled already), or why not.
pub type Answer = Result<Seq, Refusal>;

/// What the shell has to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append to the log and report by exactly one of `Appended`, `AppendLost`, `AppendDuplicate`, `AppendFailed`.
    /// There is never more than one under way.
    Append {
        /// Life of the log.
        epoch: Epoch,
        /// The head it was decided on.
        expected_head: Seq,
        /// 1 to 256 events.
        events: Vec<Event>,
    },
    /// A frame for one connection.
    Send {
        /// Which.
        session: SessionId,
        /// Frame.
        frame: ServerFrame,
    },
    /// Committed events for the ring, the bus and every connection.
    Commit {
        /// In order.
        events: Vec<Event>,
        /// Whether this node appended them (then the other nodes want to know).
        own: bool,
    },
    /// A presence frame for every connection. A connection that cannot take it now asks by `PresenceWanted` later.
    BroadcastPresence(ServerFrame),
    /// A frame for every connection that can take it now; others do without.
    BroadcastFleeting(ServerFrame),
    /// The answer to a waiter of the shell.
    Answer {
        /// Which.
        waiter: u64,
        /// Answer.
        answer: Answer,
    },
    /// Look for this operation in the log, then hand the command in again with `facts.op` asked.
    Ask(CommandInput),
    /// Close a connection. The room has forgotten it.
    Close {
        /// Which.
        session: SessionId,
        /// A close code (4400 to 4499).
        code: Code,
    },
    /// Send what came after `after`, from memory or else from the log.
    SendTail {
        /// To whom.
        session: SessionId,
        /// The last seq it has.
        after: Seq,
    },
    /// Send the whole bounded state ([`crate::Room::snapshot_frame`]).
    SendSnapshot {
        /// To whom.
        session: SessionId,
    },
    /// Give a `Tick` at this time. Replaces the one before.
    WakeAt {
        /// When, server time.
        at: Timestamp,
    },
    /// Keep this snapshot.
    TakeSnapshot {
        /// Where it was taken.
        at: Position,
        /// Version byte and encoded state.
        bytes: Vec<u8>,
    },
}
