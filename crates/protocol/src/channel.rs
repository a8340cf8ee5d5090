//! A channel's bounded state, as the room holds it and as a snapshot carries it.

use crate::people::{DisplayName, PersonKind, Role};
use crate::timeline::Timeline;
use crate::wire::{wire_struct, wire_word};
use crate::{ChannelId, ItemId, PersonId, Timestamp, VersionId, VideoId};
use timecode::FrameRate;

wire_word! {
    /// Who can find and enter a channel.
    pub enum Visibility {
        /// Listed; every user of the instance may join.
        "public" => Public,
        /// Not listed; whoever has the link and an account may join.
        "unlisted" => Unlisted,
        /// Members only; its existence is not told.
        "private" => Private,
    }
}

wire_word! {
    /// Whose commands move the timeline and the queue.
    pub enum ControlMode {
        /// Everybody who takes part (member and above, and guests).
        "everyone" => Everyone,
        /// Moderators and above.
        "moderators" => Moderators,
        /// The presenter, and admins and owners.
        "presenter" => Presenter,
    }
}

wire_struct! {
    /// Somebody who belongs to the channel.
    pub struct Member {
        /// Who.
        pub person: PersonId,
        /// Shown name.
        pub name: DisplayName,
        /// User or guest.
        pub kind: PersonKind,
        /// What they may do.
        pub role: Role,
        /// Since when.
        pub joined_at: Timestamp,
    }
}

wire_struct! {
    /// What will be watched next.
    pub struct QueueItem {
        /// The entry.
        pub item: ItemId,
        /// The video.
        pub video: VideoId,
        /// The version that was newest when it was added.
        pub version: VersionId,
        /// Title when it was added.
        pub title: String,
        /// Frames per second.
        pub rate: FrameRate,
        /// Number of frames.
        pub frames: i64,
        /// Who added it.
        pub added_by: PersonId,
    }
}

wire_word! {
    /// Why the timeline stands though it plays.
    pub enum WaitReason {
        /// Somebody's data has run out; the others wait for them.
        "buffering" => Buffering,
        /// Nobody can play: what comes next is still being made.
        "preparing" => Preparing,
        /// Nobody can play: everybody's data has run out.
        "nobody" => Nobody,
    }
}

wire_struct! {
    /// The timeline stands for members who lack data. Ends by itself at `until_us`, the timeline's anchor.
    pub struct Wait {
        /// For whom; at most 16 are named.
        pub people: Vec<PersonId>,
        /// Why.
        pub reason: WaitReason,
        /// When it began.
        pub from_us: Timestamp,
        /// When it ends, or ended.
        pub until_us: Timestamp,
        /// The revision of the timeline that stands.
        pub revision: u64,
    }
}

wire_struct! {
    /// The bounded state of a channel at one seq.
    pub struct ChannelState {
        /// The channel.
        pub channel: ChannelId,
        /// Its name.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
        /// Members by id.
        pub members: Vec<Member>,
        /// The shared position.
        pub timeline: Timeline,
        /// Whose commands move it.
        pub control: ControlMode,
        /// The presenter, where control is theirs.
        pub presenter: Option<PersonId>,
        /// What comes next, in order.
        pub queue: Vec<QueueItem>,
        /// How long the others wait for a member whose data has run out, milliseconds.
        #[serde(default = "patience_default")]
        pub patience_ms: u32,
        /// The newest wait, over or not.
        #[serde(default)]
        pub wait: Option<Wait>,
    }
}

fn patience_default() -> u32 {
    crate::limits::PATIENCE_DEFAULT_MS
}
