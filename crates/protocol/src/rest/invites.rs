//! Invites into a channel.

use super::{PersonView, PlayingView, SessionView};
use crate::people::Role;
use crate::wire::wire_struct;
use crate::{ChannelId, InviteId, Timestamp};

wire_struct! {
    /// `POST channels/{channel}/invites`.
    pub struct CreateInvite {
        /// Role of whoever comes with it: `guest` (default), `viewer` or `member`.
        pub role: Role,
        /// How many people may use it; none is without limit.
        pub uses_max: Option<u32>,
        /// Valid for, seconds; none is 7 days.
        pub valid_s: Option<u32>,
    }
}

wire_struct! {
    /// An invite. The link is `{origin}/invite/{token}`; the token is shown once, when it is made.
    pub struct InviteView {
        /// Which.
        pub invite: InviteId,
        /// Secret of the link; only in the answer to its making.
        pub token: Option<String>,
        /// Role it gives.
        pub role: Role,
        /// Uses so far.
        pub uses: u32,
        /// Uses allowed.
        pub uses_max: Option<u32>,
        /// Until.
        pub expires_at: Timestamp,
        /// Who made it.
        pub created_by: PersonView,
    }
}

wire_struct! {
    /// `GET invites/{token}`: the card a guest sees before joining.
    pub struct InvitePreview {
        /// Channel.
        pub channel: ChannelId,
        /// Its name.
        pub channel_name: String,
        /// Who made the invite.
        pub invited_by: String,
        /// Role it gives.
        pub role: Role,
        /// What is playing.
        pub playing: Option<PlayingView>,
        /// Poster as a data URL (the guest has no right to the media yet); none without a video.
        pub poster: Option<String>,
        /// Who is there now, at most 5.
        pub faces: Vec<PersonView>,
        /// How many are there now.
        pub online: u32,
        /// Who is signed in here: "Continue as ...".
        pub signed_in: Option<PersonView>,
        /// Whether they are a member already.
        pub already_member: bool,
    }
}

wire_struct! {
    /// `POST invites/{token}/accept`.
    pub struct AcceptInvite {
        /// Name of a guest; not needed when signed in.
        pub name: Option<String>,
    }
}

wire_struct! {
    /// Answer to accept.
    pub struct InviteAccepted {
        /// Where to go.
        pub channel: ChannelId,
        /// The session, new for a guest.
        pub session: SessionView,
    }
}
