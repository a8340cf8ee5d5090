//! Bodies of the REST API under `/api/v1`. JSON only; routes in docs/protocol.md. Errors are RFC 9457 problem
//! documents ([`Problem`]); lists page by cursor.

use crate::channel::Visibility;
use crate::command::FrameRef;
use crate::people::{PersonKind, Role};
use crate::wire::{wire_struct, wire_word};
use crate::{ChannelId, InviteId, JobId, OpId, PersonId, Seq, Timestamp, UploadId, VersionId, VideoId};
use timecode::FrameRate;

pub use crate::beside::{
    AddCaptions, AudioTrackView, CaptionView, ChapterView, LoudnessView, SetPoster, UpdateCaptions,
};

wire_struct! {
    /// A refusal, `application/problem+json`.
    pub struct Problem {
        /// `urn:genlock:code:NUMBER`.
        #[serde(rename = "type")]
        pub kind: String,
        /// The code's sentence.
        pub title: String,
        /// HTTP status.
        pub status: u16,
        /// What exactly is wrong, where more is known than the title says.
        pub detail: Option<String>,
        /// Our number.
        pub code: u16,
        /// Field of the body at fault.
        pub field: Option<String>,
    }
}

wire_word! {
    /// How sessions are kept, by how the page reached the server.
    pub enum CookieMode {
        /// HTTPS: `__Host-` cookie.
        "tls" => Tls,
        /// HTTP on this machine.
        "loopback" => Loopback,
        /// HTTP in the local network (`--lan`): shown to the person as not private.
        "lan" => Lan,
    }
}

wire_word! {
    /// Who may make an account (`GENLOCK_SIGNUP`).
    pub enum SignupPolicy {
        /// With an invite (default).
        "invite" => Invite,
        /// Everybody.
        "open" => Open,
        /// Nobody; `genlock admin create` only.
        "closed" => Closed,
    }
}

wire_struct! {
    /// `GET instance`: what a page needs before anybody has signed in.
    pub struct InstanceView {
        /// Version of the server.
        pub version: String,
        /// No owner yet: the setup page is to be shown.
        pub setup_needed: bool,
        /// Who may make an account.
        pub signup: SignupPolicy,
        /// How sessions are kept on this connection.
        pub mode: CookieMode,
        /// Whether only this machine can open links to this instance (listening on loopback only).
        pub loopback_only: bool,
        /// Base of links to share, e.g. `http://192.168.1.7:8080`; none means the page's own origin.
        pub share_base: Option<String>,
        /// A sentence if uploads cannot be prepared (ffmpeg or sandbox missing), with the command that helps.
        pub media_problem: Option<String>,
        /// A sentence to be shown all the time where the operator lets videos be prepared below the sandbox's floor.
        pub media_notice: Option<String>,
        /// Largest upload, bytes.
        pub upload_bytes_max: u64,
    }
}

wire_struct! {
    /// `GET instance/media`, for owners: the tools of videos and how far their sandbox reaches.
    pub struct MediaToolsView {
        /// Why videos cannot be prepared, with what helps.
        pub problem: Option<String>,
        /// First line of ffmpeg's version.
        pub ffmpeg: Option<String>,
        /// What can be said of its known holes.
        pub holes_note: Option<String>,
        /// Known holes in the parts that are used.
        pub holes: Vec<MediaHole>,
        /// Level of the sandbox: `open`, `floor`, `walled`, `separate` or `full`.
        pub level: Option<String>,
        /// Its layers, outermost first.
        pub layers: Vec<MediaLayer>,
        /// What is missing.
        pub lacks: Vec<MediaLack>,
    }
}

wire_struct! {
    /// A known hole of ffmpeg.
    pub struct MediaHole {
        /// Number of its CVE record.
        pub cve: String,
        /// Where and what.
        pub what: String,
    }
}

wire_struct! {
    /// A layer of the sandbox.
    pub struct MediaLayer {
        /// Name.
        pub name: String,
        /// Whether it took hold.
        pub there: bool,
    }
}

wire_struct! {
    /// A layer that did not take hold.
    pub struct MediaLack {
        /// Name.
        pub what: String,
        /// Why.
        pub why: String,
        /// The command or setting that would raise it.
        pub raise: String,
    }
}

wire_struct! {
    /// A person as shown to others.
    pub struct PersonView {
        /// Who.
        pub person: PersonId,
        /// Name.
        pub name: String,
        /// User or guest.
        pub kind: PersonKind,
    }
}

wire_struct! {
    /// `GET session`, and the answer to each way of signing in.
    pub struct SessionView {
        /// Who is signed in; none is nobody.
        pub person: Option<PersonView>,
        /// E-mail of a user.
        pub email: Option<String>,
        /// Whether they own the instance (admin pages, later).
        pub instance_owner: bool,
    }
}

wire_struct! {
    /// `POST setup`.
    pub struct SetupRequest {
        /// Out of the one-time setup link.
        pub token: String,
        /// Owner's name.
        pub name: String,
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
        /// Whether the sample channel with its clip is wanted.
        pub sample_channel: bool,
    }
}

wire_struct! {
    /// Answer to `POST setup`.
    pub struct SetupDone {
        /// The new session.
        pub session: SessionView,
        /// The sample channel, if wanted.
        pub channel: Option<ChannelId>,
    }
}

wire_struct! {
    /// `POST session`.
    pub struct SignInRequest {
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
    }
}

wire_struct! {
    /// `POST users`: a new account; a signed-in guest becomes that user and keeps their messages and marks.
    pub struct SignUpRequest {
        /// Name.
        pub name: String,
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
        /// Token of an invite, where sign-up is by invite.
        pub invite: Option<String>,
    }
}

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

wire_word! {
    /// Life of a version.
    pub enum VersionState {
        /// Created, no bytes yet.
        "pending" => Pending,
        /// Bytes are coming.
        "uploading" => Uploading,
        /// All bytes are here; the probe is waiting or running.
        "uploaded" => Uploaded,
        /// Probed; the first segments are being made.
        "processing" => Processing,
        /// Plays from the start; the rest is being made.
        "playable" => Playable,
        /// Everything is made and verified.
        "ready" => Ready,
        /// Given up; the failure says why.
        "failed" => Failed,
        /// Cancelled by a person.
        "cancelled" => Cancelled,
    }
}

wire_struct! {
    /// Technical facts of a source, out of the probe.
    pub struct FactsView {
        /// Container in words.
        pub container: String,
        /// Video codec; none for audio only.
        pub video_codec: Option<String>,
        /// Shown width, pixels, after rotation and pixel aspect.
        pub width: u32,
        /// Shown height.
        pub height: u32,
        /// Frames per second.
        pub rate: FrameRate,
        /// Frames.
        pub frames: i64,
        /// Length, milliseconds.
        pub duration_ms: i64,
        /// Audio codec of the first track.
        pub audio_codec: Option<String>,
        /// Audio channels of the first track.
        pub audio_channels: Option<u32>,
        /// Bits per sample of the picture.
        pub bit_depth: u32,
        /// Start time code as in the source, if it carries one.
        pub start_timecode: Option<String>,
        /// Number of the first frame in the source's time code: frame n has the label of this number and n. 0 without one.
        pub start_frame: i64,
        /// Whether the time code is drop-frame, as the source says.
        pub drop_frame: bool,
        /// A start time code of the source that names no frame at its rate, e.g. drop-frame at 25; nothing is counted
        /// from it.
        pub unused_timecode: Option<String>,
        /// Size, bytes.
        pub bytes: u64,
        /// Chapter marks, in order.
        pub chapters: Vec<ChapterView>,
        /// Sound tracks, the default one first; the same order as in the master playlist.
        pub audio_tracks: Vec<AudioTrackView>,
    }
}

wire_struct! {
    /// Why a version failed, in plain words.
    pub struct FailureView {
        /// Number of the code.
        pub code: u16,
        /// Sentence.
        pub message: String,
        /// Whether trying again may help (`POST jobs/{job}/retry`).
        pub retry: Option<JobId>,
    }
}

wire_struct! {
    /// One version of a video.
    pub struct VersionView {
        /// Which.
        pub version: VersionId,
        /// 1 is the first.
        pub number: u32,
        /// State.
        pub state: VersionState,
        /// Name of the uploaded file.
        pub filename: String,
        /// Size, bytes.
        pub bytes: u64,
        /// Share done of the present stage, 0 to 1000.
        pub permille: u32,
        /// Seconds that play without waiting, at the lowest rendition.
        pub playable_s: u32,
        /// Seconds from the start for which every rendition is there.
        pub sharp_s: u32,
        /// Names of the renditions (`1080p`), best first; empty before the probe.
        pub renditions: Vec<String>,
        /// Those that are complete.
        pub complete: Vec<String>,
        /// Facts, after the probe.
        pub facts: Option<FactsView>,
        /// Failure.
        pub failure: Option<FailureView>,
        /// Share of the file that is here, from 0 to 1000, while it is on its way.
        pub uploaded_permille: Option<u32>,
        /// Upload under way, to resume it.
        pub upload: Option<UploadId>,
        /// When it was created.
        pub created_at: Timestamp,
        /// Captions, those out of the file first.
        pub captions: Vec<CaptionView>,
        /// Loudness of each sound track, in the order of the facts; empty until it is measured.
        pub loudness: Vec<LoudnessView>,
        /// Frame of the poster that somebody chose; none is the automatic one.
        pub poster_frame: Option<i64>,
    }
}

wire_struct! {
    /// A video of a channel's library. Media at `/media/{version}/master.m3u8`, `poster.jpg`, `storyboard.vtt`.
    pub struct VideoView {
        /// Which.
        pub video: VideoId,
        /// Channel.
        pub channel: ChannelId,
        /// Title.
        pub title: String,
        /// Who added it.
        pub added_by: Option<PersonView>,
        /// When.
        pub added_at: Timestamp,
        /// Versions, newest first.
        pub versions: Vec<VersionView>,
    }
}

wire_struct! {
    /// `GET channels/{channel}/videos`: newest first.
    pub struct VideoList {
        /// Videos.
        pub videos: Vec<VideoView>,
        /// Cursor of the next page.
        pub next: Option<String>,
    }
}

wire_struct! {
    /// `PATCH videos/{video}`.
    pub struct UpdateVideo {
        /// New title.
        pub title: String,
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
