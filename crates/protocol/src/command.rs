//! What a client (or the system) asks of a channel. Set operations, never toggles (law 9).

use crate::channel::{ControlMode, Visibility, WaitReason};
use crate::people::{DisplayName, PersonKind, Role};
use crate::rest::VersionState;
use crate::wire::{wire_struct, wire_tagged};
use crate::{ItemId, PersonId, VersionId, VideoId};
use timecode::{FrameRate, Speed};

wire_struct! {
    /// A frame of a version, as a message may point to it.
    pub struct FrameRef {
        /// The version.
        pub version: VersionId,
        /// The frame, from 0.
        pub frame: i64,
    }
}

wire_struct! {
    /// Say something in the chat. The message's id is the operation id.
    pub struct MessageSend {
        /// 1 to 4,000 characters after trim.
        pub text: String,
        /// The frame it is about.
        pub at: Option<FrameRef>,
    }
}

wire_struct! {
    /// Let the timeline move.
    pub struct PlaybackPlay {
        /// Where from; none means from where it stands.
        pub frame: Option<i64>,
    }
}

wire_struct! {
    /// Stop the timeline.
    pub struct PlaybackPause {
        /// The frame that the sender saw; kept if it is within a second of the timeline.
        pub frame: Option<i64>,
    }
}

wire_struct! {
    /// Jump; keeps playing or paused as it was.
    pub struct PlaybackSeek {
        /// Where to; outside the video it is refused.
        pub frame: i64,
    }
}

wire_struct! {
    /// Change the speed.
    pub struct PlaybackSpeed {
        /// From 1/4 to 2.
        pub speed: Speed,
    }
}

wire_struct! {
    /// Put a video on the timeline at its first frame.
    pub struct PlaybackLoad {
        /// The video.
        pub video: VideoId,
        /// Whether it moves at once.
        pub play: bool,
    }
}

wire_struct! {
    /// Go to the next of the queue (or stop) because the video with this timeline revision has ended. System only;
    /// its operation id derives from the revision, so it happens once however many nodes wake.
    pub struct PlaybackAdvance {
        /// The revision that ended.
        pub revision: u64,
    }
}

wire_struct! {
    /// Let the timeline stand for members who lack data. System only; its operation id derives from the revision.
    pub struct PlaybackWait {
        /// The revision that is to stand.
        pub revision: u64,
        /// For whom.
        pub people: Vec<PersonId>,
        /// Why.
        pub reason: WaitReason,
        /// For how long at most, milliseconds; never beyond the channel's patience.
        pub for_ms: u32,
    }
}

wire_struct! {
    /// Let the timeline go on after a wait. System only; its operation id derives from the revision.
    pub struct PlaybackResume {
        /// The revision that stands.
        pub revision: u64,
    }
}

wire_struct! {
    /// Add to the end of the queue.
    pub struct QueueAdd {
        /// Id of the new entry, made by the sender.
        pub item: ItemId,
        /// The video.
        pub video: VideoId,
    }
}

wire_struct! {
    /// Take out of the queue. Taking out what is gone changes nothing.
    pub struct QueueRemove {
        /// The entry.
        pub item: ItemId,
    }
}

wire_struct! {
    /// Move within the queue.
    pub struct QueueMove {
        /// The entry.
        pub item: ItemId,
        /// The entry that follows it afterwards; none means the end.
        pub before: Option<ItemId>,
    }
}

wire_struct! {
    /// Take this entry out of the queue and play it now.
    pub struct QueuePlay {
        /// The entry.
        pub item: ItemId,
    }
}

wire_struct! {
    /// Say whose commands move the timeline.
    pub struct ControlSet {
        /// The mode.
        pub mode: ControlMode,
        /// The presenter; only with mode `presenter`.
        pub presenter: Option<PersonId>,
    }
}

wire_struct! {
    /// Say how long the others wait for a member whose data has run out.
    pub struct PatienceSet {
        /// From 0 (never) to 5,000 milliseconds.
        pub patience_ms: u32,
    }
}

wire_struct! {
    /// Rename or show or hide the channel.
    pub struct ChannelUpdate {
        /// 1 to 80 characters.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
    }
}

wire_struct! {
    /// Delete the channel, or put it back within the undo time. Owners only.
    pub struct ChannelDelete {
        /// Whether it is to be deleted.
        pub deleted: bool,
    }
}

wire_struct! {
    /// Begin the channel. System only, the first command of a log.
    pub struct ChannelCreate {
        /// 1 to 80 characters.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
        /// Its owner.
        pub owner: PersonId,
        /// The owner's name.
        pub owner_name: DisplayName,
    }
}

wire_struct! {
    /// Make somebody a member, or bring their name and kind up to date. System only: the server has checked the
    /// invite or the visibility. An existing role is never lowered.
    pub struct MemberJoin {
        /// Who.
        pub person: PersonId,
        /// Shown name.
        pub name: DisplayName,
        /// User or guest.
        pub kind: PersonKind,
        /// Role on entry.
        pub role: Role,
    }
}

wire_struct! {
    /// Take somebody out: oneself, or somebody of a lower role. The last owner stays.
    pub struct MemberRemove {
        /// Who.
        pub person: PersonId,
    }
}

wire_struct! {
    /// Give a role below one's own (an owner may make owners).
    pub struct MemberSetRole {
        /// To whom.
        pub person: PersonId,
        /// The role.
        pub role: Role,
    }
}

wire_struct! {
    /// News of a version from uploads and workers. System only.
    pub struct VideoUpdate {
        /// The video.
        pub video: VideoId,
        /// The version.
        pub version: VersionId,
        /// Its title.
        pub title: String,
        /// Its state.
        pub state: VersionState,
        /// Frames per second, once known.
        pub rate: Option<FrameRate>,
        /// Number of frames, once known.
        pub frames: Option<i64>,
        /// Who uploaded it.
        pub by: Option<PersonId>,
    }
}

wire_struct! {
    /// A video was taken out of the library. System only.
    pub struct VideoRemove {
        /// The video.
        pub video: VideoId,
    }
}

wire_tagged! {
    /// A wish for a durable change. Answered once, by an ack after the commit or by a reject.
    pub enum Command {
        /// Chat.
        "message.send" => MessageSend(MessageSend),
        /// Play.
        "playback.play" => PlaybackPlay(PlaybackPlay),
        /// Pause.
        "playback.pause" => PlaybackPause(PlaybackPause),
        /// Seek.
        "playback.seek" => PlaybackSeek(PlaybackSeek),
        /// Speed.
        "playback.speed" => PlaybackSpeed(PlaybackSpeed),
        /// Change of video.
        "playback.load" => PlaybackLoad(PlaybackLoad),
        /// End of a video (system).
        "playback.advance" => PlaybackAdvance(PlaybackAdvance),
        /// Wait for members (system).
        "playback.wait" => PlaybackWait(PlaybackWait),
        /// End of a wait (system).
        "playback.resume" => PlaybackResume(PlaybackResume),
        /// Queue: add.
        "queue.add" => QueueAdd(QueueAdd),
        /// Queue: take out.
        "queue.remove" => QueueRemove(QueueRemove),
        /// Queue: move.
        "queue.move" => QueueMove(QueueMove),
        /// Queue: play now.
        "queue.play" => QueuePlay(QueuePlay),
        /// Control mode.
        "control.set" => ControlSet(ControlSet),
        /// Patience.
        "patience.set" => PatienceSet(PatienceSet),
        /// Channel created (system).
        "channel.create" => ChannelCreate(ChannelCreate),
        /// Channel renamed, shown or hidden.
        "channel.update" => ChannelUpdate(ChannelUpdate),
        /// Member joins (system).
        "member.join" => MemberJoin(MemberJoin),
        /// Member leaves or is removed.
        "member.remove" => MemberRemove(MemberRemove),
        /// Role.
        "member.role" => MemberSetRole(MemberSetRole),
        /// Version news (system).
        "video.update" => VideoUpdate(VideoUpdate),
        /// Video removed (system).
        "video.remove" => VideoRemove(VideoRemove),
        /// Channel deleted or put back.
        "channel.delete" => ChannelDelete(ChannelDelete),
    }
}
