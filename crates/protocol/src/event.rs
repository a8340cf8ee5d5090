//! What happened: the durable events of a channel's log. Stored for ever with a version (law 15): new fields go at
//! the end with a serde default, a tag is never used again for something else.

use crate::channel::{ControlMode, QueueItem, Visibility, Wait};
use crate::command::FrameRef;
use crate::people::{DisplayName, PersonKind, Role};
use crate::rest::VersionState;
use crate::timeline::Timeline;
use crate::wire::{wire_struct, wire_tagged, wire_word};
use crate::{ItemId, OpId, PersonId, Seq, Timestamp, VersionId, VideoId};
use timecode::FrameRate;

wire_struct! {
    /// One entry of the log.
    pub struct Event {
        /// Place in the log; the one before has `seq - 1`.
        pub seq: Seq,
        /// Server time, never before that of the event before.
        pub at: Timestamp,
        /// Who asked; none is the system.
        pub actor: Option<PersonId>,
        /// The operation that caused it. One operation makes one event.
        pub op: OpId,
        /// What happened.
        pub body: EventBody,
    }
}

wire_struct! {
    /// The channel began; the owner is its first member.
    pub struct ChannelCreated {
        /// Name.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
        /// Owner.
        pub owner: PersonId,
        /// Owner's name.
        pub owner_name: DisplayName,
    }
}

wire_struct! {
    /// Name or visibility changed.
    pub struct ChannelUpdated {
        /// Name.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
    }
}

wire_struct! {
    /// Somebody became a member, or their name, kind or role on entry changed.
    pub struct MemberJoined {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: DisplayName,
        /// User or guest.
        pub kind: PersonKind,
        /// Role.
        pub role: Role,
    }
}

wire_struct! {
    /// Somebody is no longer a member.
    pub struct MemberRemoved {
        /// Who.
        pub person: PersonId,
    }
}

wire_struct! {
    /// A role changed.
    pub struct MemberRoleSet {
        /// Whose.
        pub person: PersonId,
        /// Role.
        pub role: Role,
    }
}

wire_struct! {
    /// Something was said. Author and id are the event's actor and op.
    pub struct MessageSent {
        /// Text as typed, trimmed.
        pub text: String,
        /// The frame it is about.
        pub at: Option<FrameRef>,
    }
}

wire_word! {
    /// What changed the timeline.
    pub enum TimelineCause {
        /// Play.
        "play" => Play,
        /// Pause.
        "pause" => Pause,
        /// Seek.
        "seek" => Seek,
        /// Speed.
        "speed" => Speed,
        /// Another video.
        "load" => Load,
        /// The video ended.
        "advance" => Advance,
        /// The server's clock was set back; the position is unchanged.
        "reanchor" => Reanchor,
        /// Members lack data: the timeline stands at its frame until its anchor.
        "wait" => Wait,
        /// A wait is over.
        "resume" => Resume,
    }
}

wire_struct! {
    /// The timeline changed; the whole new value.
    pub struct TimelineSet {
        /// The value.
        pub timeline: Timeline,
        /// Why.
        pub cause: TimelineCause,
        /// The queue entry that was taken, where the change came from the queue.
        pub item: Option<ItemId>,
        /// For whom the timeline stands, where it was set so.
        #[serde(default)]
        pub wait: Option<Wait>,
    }
}

wire_struct! {
    /// An entry was added at the end of the queue.
    pub struct QueueAdded {
        /// The entry.
        pub entry: QueueItem,
    }
}

wire_struct! {
    /// An entry was taken out.
    pub struct QueueRemoved {
        /// The entry.
        pub item: ItemId,
    }
}

wire_struct! {
    /// An entry was moved.
    pub struct QueueMoved {
        /// The entry.
        pub item: ItemId,
        /// What follows it now; none means the end.
        pub before: Option<ItemId>,
    }
}

wire_struct! {
    /// The control mode changed.
    pub struct ControlModeSet {
        /// The mode.
        pub mode: ControlMode,
        /// The presenter.
        pub presenter: Option<PersonId>,
    }
}

wire_struct! {
    /// The patience changed.
    pub struct PatienceChanged {
        /// How long the others wait for a member whose data has run out, milliseconds.
        pub patience_ms: u32,
    }
}

wire_struct! {
    /// A version came, moved on or failed.
    pub struct VideoUpdated {
        /// The video.
        pub video: VideoId,
        /// The version.
        pub version: VersionId,
        /// Title.
        pub title: String,
        /// State.
        pub state: VersionState,
        /// Frames per second, once known.
        pub rate: Option<FrameRate>,
        /// Frames, once known.
        pub frames: Option<i64>,
        /// Who uploaded it.
        pub by: Option<PersonId>,
    }
}

wire_struct! {
    /// A video left the library; it also leaves queue and timeline.
    pub struct VideoRemoved {
        /// The video.
        pub video: VideoId,
    }
}

wire_struct! {
    /// The channel was deleted, or put back within the undo time.
    pub struct ChannelDeleted {
        /// Whether it is deleted now.
        pub deleted: bool,
    }
}

wire_struct! {
    /// What is left of an event whose content was erased (law 16): its place, time, operation and actor stay.
    pub struct Erased {
        /// The kind it was.
        pub kind: String,
    }
}

wire_tagged! {
    /// The kinds of event.
    pub enum EventBody {
        /// Begin.
        "channel.created" => ChannelCreated(ChannelCreated),
        /// Renamed, shown, hidden.
        "channel.updated" => ChannelUpdated(ChannelUpdated),
        /// Member in.
        "member.joined" => MemberJoined(MemberJoined),
        /// Member out.
        "member.removed" => MemberRemoved(MemberRemoved),
        /// Role.
        "member.role" => MemberRoleSet(MemberRoleSet),
        /// Chat.
        "message.sent" => MessageSent(MessageSent),
        /// Timeline.
        "timeline.set" => TimelineSet(TimelineSet),
        /// Queue: added.
        "queue.added" => QueueAdded(QueueAdded),
        /// Queue: taken out.
        "queue.removed" => QueueRemoved(QueueRemoved),
        /// Queue: moved.
        "queue.moved" => QueueMoved(QueueMoved),
        /// Control.
        "control.set" => ControlModeSet(ControlModeSet),
        /// Patience.
        "patience.set" => PatienceChanged(PatienceChanged),
        /// Version news.
        "video.updated" => VideoUpdated(VideoUpdated),
        /// Video gone.
        "video.removed" => VideoRemoved(VideoRemoved),
        /// Channel deleted or put back.
        "channel.deleted" => ChannelDeleted(ChannelDeleted),
        /// Content erased.
        "erased" => Erased(Erased),
    }
}
