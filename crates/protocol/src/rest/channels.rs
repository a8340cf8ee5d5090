//! Channels as listed, their members and their messages.

use super::PersonView;
use crate::channel::Visibility;
use crate::command::FrameRef;
use crate::people::{PersonKind, Role};
use crate::wire::wire_struct;
use crate::{ChannelId, OpId, PersonId, Seq, Timestamp, VersionId};

wire_struct! {
    /// `POST channels`.
    pub struct CreateChannel {
        /// 1 to 80 characters.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
    }
}

wire_struct! {
    /// What a channel is playing, on cards.
    pub struct PlayingView {
        /// Title.
        pub title: String,
        /// Version, for the poster at `/media/{version}/poster.jpg`.
        pub version: VersionId,
        /// Moving or paused.
        pub playing: bool,
    }
}

wire_struct! {
    /// A channel as listed.
    pub struct ChannelView {
        /// Which.
        pub channel: ChannelId,
        /// Name.
        pub name: String,
        /// Who can find it.
        pub visibility: Visibility,
        /// The asker's role; none: not a member, may join.
        pub role: Option<Role>,
        /// Number of members.
        pub members: u32,
        /// People here now, at most 5.
        pub faces: Vec<PersonView>,
        /// Number of people here now.
        pub online: u32,
        /// What is on the timeline.
        pub playing: Option<PlayingView>,
    }
}

wire_struct! {
    /// `GET channels`.
    pub struct ChannelList {
        /// Channels I am in, those with people first, then public ones I may join.
        pub channels: Vec<ChannelView>,
        /// Cursor of the next page.
        pub next: Option<String>,
        /// On the first page: channels of mine that were deleted and can be put back.
        pub deleted: Vec<DeletedChannelView>,
    }
}

wire_struct! {
    /// A deleted channel, as its owners see it.
    pub struct DeletedChannelView {
        /// Which.
        pub channel: ChannelId,
        /// Name.
        pub name: String,
        /// When it was deleted.
        pub deleted_at: Timestamp,
        /// Until when it can be put back; then it is erased.
        pub undo_until: Timestamp,
    }
}

wire_struct! {
    /// A member as listed by `GET channels/{channel}/members`.
    pub struct MemberView {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: String,
        /// User or guest.
        pub kind: PersonKind,
        /// Role.
        pub role: Role,
        /// Since.
        pub joined_at: Timestamp,
    }
}

wire_struct! {
    /// `PATCH channels/{channel}/members/{person}`.
    pub struct SetMemberRole {
        /// New role.
        pub role: Role,
    }
}

wire_struct! {
    /// A chat message as stored.
    pub struct MessageView {
        /// Its id: the operation id.
        pub op: OpId,
        /// Place in the log.
        pub seq: Seq,
        /// When.
        pub at: Timestamp,
        /// Author.
        pub author: PersonView,
        /// Text.
        pub text: String,
        /// The frame it is about.
        pub frame: Option<FrameRef>,
    }
}

wire_struct! {
    /// `GET channels/{channel}/messages?before={seq}&limit={n}`: newest last.
    pub struct MessagePage {
        /// In order of seq.
        pub messages: Vec<MessageView>,
        /// Whether there are older ones.
        pub more: bool,
    }
}

wire_struct! {
    /// `POST channels/{channel}/commands`: a command without a socket.
    pub struct CommandAccepted {
        /// Operation id.
        pub op: OpId,
        /// Place in the log.
        pub seq: Seq,
    }
}
