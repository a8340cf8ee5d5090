//! Everything that is looked up by name and is not a channel's log: people, sessions, invites, channels as listed
//! (derived from the log), messages (derived), videos, versions and uploads.

use crate::StoreResult;
use crate::jobs::NewJob;
use crate::parts::UploadWay;
use async_trait::async_trait;
use protocol::rest::{MessageView, VersionState};
use protocol::work::TokenScope;
use protocol::{
    CaptionId, ChannelId, DisplayName, Epoch, InviteId, PersonId, PersonKind, Role, Seq, Timestamp, TokenId,
    UploadId, VersionId, VideoId, Visibility,
};
use serde::{Deserialize, Serialize};
use timecode::FrameRate;

/// A user or guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: DisplayName,
    /// User or guest.
    pub kind: PersonKind,
    /// Lower-cased e-mail; users only, unique.
    pub email: Option<String>,
    /// argon2id hash in PHC form; users only.
    pub password_hash: Option<String>,
    /// Owner of the instance.
    pub instance_owner: bool,
    /// When.
    pub created_at: Timestamp,
}

/// A signed-in browser. The token itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the cookie's token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub person: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// Last use, updated at most once a minute.
    pub seen_at: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
}

/// An invite link. The token itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    /// Which.
    pub invite: InviteId,
    /// SHA-256 of the link's token.
    pub token_hash: [u8; 32],
    /// Channel.
    pub channel: ChannelId,
    /// Role it gives.
    pub role: Role,
    /// Uses allowed; none is without limit.
    pub uses_max: Option<u32>,
    /// Uses so far.
    pub uses: u32,
    /// Until.
    pub expires_at: Timestamp,
    /// By whom.
    pub created_by: PersonId,
    /// Withdrawn.
    pub revoked: bool,
}

/// A token of a program. The token itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Which.
    pub token: TokenId,
    /// SHA-256 of the secret.
    pub token_hash: [u8; 32],
    /// Who made it; it ends with them.
    pub person: PersonId,
    /// What it is for, in the maker's words.
    pub name: String,
    /// What it lets a program do.
    pub scope: TokenScope,
    /// When.
    pub created_at: Timestamp,
}

/// Tokens of one instance at most.
pub const TOKENS_MAX: usize = 1_000;

/// A channel as listed; derived from its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Which.
    pub channel: ChannelId,
    /// Name.
    pub name: String,
    /// Who can find it.
    pub visibility: Visibility,
    /// Number of members.
    pub members: u32,
    /// Version on the timeline with its title, and whether it moves.
    pub playing: Option<(VersionId, bool)>,
    /// When it began.
    pub created_at: Timestamp,
    /// Stamp of the last event.
    pub active_at: Timestamp,
    /// Since when it is deleted; it is not listed then, and erased when the undo time is over.
    pub deleted_at: Option<Timestamp>,
}

/// A member; derived from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub person: PersonId,
    /// Name.
    pub name: DisplayName,
    /// User or guest.
    pub kind: PersonKind,
    /// Role.
    pub role: Role,
    /// Since.
    pub joined_at: Timestamp,
}

/// People that [`Catalog::people`] takes at once.
pub const PEOPLE_MAX: usize = 1_000;
/// How long the row of an upload that was given up stays, milliseconds: longer than a
/// request that may be writing still.
pub const GIVEN_UP_KEEP_MS: i64 = 60_000;
/// Rows that a sweep takes at once.
pub const SWEEP_MAX: u32 = 100;
/// Name shown for an author who is neither a person of this instance nor a member any more.
pub const NAME_UNKNOWN: &str = "Unknown";

impl MemberRow {
    /// Order of a list of members: strongest role first, then name, then id.
    pub(crate) fn by_role_then_name(&self, other: &MemberRow) -> std::cmp::Ordering {
        other
            .role
            .cmp(&self.role)
            .then_with(|| self.name.cmp(&other.name))
            .then_with(|| self.person.cmp(&other.person))
    }
}

/// A video of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoRow {
    /// Which.
    pub video: VideoId,
    /// Channel.
    pub channel: ChannelId,
    /// Title.
    pub title: String,
    /// By whom; none is the system.
    pub added_by: Option<PersonId>,
    /// When.
    pub added_at: Timestamp,
    /// When it was taken out; the row and bytes stay until the sweep.
    pub removed_at: Option<Timestamp>,
}

/// A version of a video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionRow {
    /// Which.
    pub version: VersionId,
    /// Of which video.
    pub video: VideoId,
    /// 1 is the first.
    pub number: u32,
    /// State.
    pub state: VersionState,
    /// Name of the uploaded file.
    pub filename: String,
    /// Declared size, bytes.
    pub bytes: u64,
    /// Hash of the source (`media::source_hash`), once complete.
    pub sha256: Option<[u8; 32]>,
    /// Frames per second, after the probe.
    pub rate: Option<FrameRate>,
    /// Frames, after the probe.
    pub frames: Option<i64>,
    /// The probe's facts as JSON (`media::SourceFacts`).
    pub facts: Option<String>,
    /// The plan as JSON (`media::Plan`).
    pub plan: Option<String>,
    /// Code and detail of a failure.
    pub failure: Option<(u16, String)>,
    /// When.
    pub created_at: Timestamp,
    /// Loudness of the sound tracks as JSON (`[media::Loudness]`), once measured.
    pub loudness: Option<String>,
    /// Frame of the poster that somebody chose, once it is made.
    pub poster_frame: Option<i64>,
}

impl VersionRow {
    /// The first version of a video, of which only the file is known yet. Later ones set their number.
    #[must_use]
    pub fn new(
        version: VersionId,
        video: VideoId,
        filename: String,
        bytes: u64,
        created_at: Timestamp,
    ) -> VersionRow {
        VersionRow {
            version,
            video,
            number: 1,
            state: VersionState::Pending,
            filename,
            bytes,
            sha256: None,
            rate: None,
            frames: None,
            facts: None,
            plan: None,
            failure: None,
            created_at,
            loudness: None,
            poster_frame: None,
        }
    }
}

/// Captions of a version in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionRow {
    /// Which.
    pub caption: CaptionId,
    /// Of which version.
    pub version: VersionId,
    /// BCP 47.
    pub language: Option<String>,
    /// What people call them.
    pub label: String,
    /// Shown to whoever has made no choice; at most one of a version.
    pub is_default: bool,
    /// Stream of the uploaded file they were taken out of; none: a person added them.
    pub stream: Option<u32>,
    /// Number of cues.
    pub cues: u32,
    /// By whom; none is the system.
    pub added_by: Option<PersonId>,
    /// When.
    pub added_at: Timestamp,
    /// When they were taken away; row and bytes stay until the sweep.
    pub removed_at: Option<Timestamp>,
}

/// Captions that a version holds, removed ones not counted: every language that a film is known to come in.
pub const CAPTIONS_MAX: usize = 60;

/// A change of a version; fields that are none stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VersionUpdate {
    /// State.
    pub state: Option<VersionState>,
    /// Hash of the source.
    pub sha256: Option<[u8; 32]>,
    /// Rate and frames.
    pub grid: Option<(FrameRate, i64)>,
    /// Facts as JSON.
    pub facts: Option<String>,
    /// Plan as JSON.
    pub plan: Option<String>,
    /// Failure; `Some(None)` clears it.
    pub failure: Option<Option<(u16, String)>>,
    /// Loudness as JSON.
    pub loudness: Option<String>,
    /// Frame of the poster that somebody chose.
    pub poster_frame: Option<i64>,
    /// Captions that were found in the file; those that are there already, or have no room, change nothing.
    pub captions: Option<CaptionRow>,
}

/// Kind of the job that looks at a film before its last byte has come; forgotten then.
pub const AHEAD_KIND: &str = "probe_ahead";

/// Whether one state comes before another on the way from uploading to ready.
pub(crate) fn is_before(state: VersionState, other: VersionState) -> bool {
    use VersionState::{Playable, Processing, Ready, Uploaded, Uploading};
    const WAY: [VersionState; 5] = [Uploading, Uploaded, Processing, Playable, Ready];
    let place = |state: VersionState| WAY.iter().position(|one| *one == state);
    place(state).zip(place(other)).is_some_and(|(state, other)| state < other)
}

/// An upload under way, by tus or in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// Which.
    pub upload: UploadId,
    /// The version it becomes.
    pub version: VersionId,
    /// Channel.
    pub channel: ChannelId,
    /// By whom.
    pub person: PersonId,
    /// Declared size, bytes.
    pub bytes: u64,
    /// Bytes that are on disk for sure; of an upload in parts wherever they lie.
    pub offset: u64,
    /// tus `Upload-Metadata` as sent.
    pub metadata: String,
    /// Swept after this.
    pub expires_at: Timestamp,
    /// All bytes are here and the probe job is enqueued.
    pub complete: bool,
    /// How its bytes come; none before the first.
    pub way: Option<UploadWay>,
    /// Given up: takes nothing more, is told to nobody but the sweep, which removes what is left of it.
    pub given_up: bool,
}

/// Everything that is looked up by name.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Whether anybody owns this instance.
    async fn has_owner(&self) -> StoreResult<bool>;
    /// Adds a person. `Conflict("email")` when the e-mail is taken, `Conflict("owner")` when `first_owner` and
    /// there is an owner already (checked in the same transaction).
    async fn add_person(&self, person: PersonRow, first_owner: bool) -> StoreResult<()>;
    /// A person by id.
    async fn person(&self, person: PersonId) -> StoreResult<Option<PersonRow>>;
    /// Several people; unknown ones are left out. At most 1,000.
    async fn people(&self, people: &[PersonId]) -> StoreResult<Vec<PersonRow>>;
    /// A user by lower-cased e-mail.
    async fn person_by_email(&self, email: &str) -> StoreResult<Option<PersonRow>>;
    /// Makes a guest a user (same id). `Conflict("email")`, or `NotFound` if no such guest.
    async fn guest_to_user(
        &self,
        person: PersonId,
        name: DisplayName,
        email: String,
        password_hash: String,
    ) -> StoreResult<()>;
    /// Sets a new password hash and ends the person's sessions.
    async fn set_password(&self, person: PersonId, password_hash: String) -> StoreResult<()>;

    /// Keeps a session.
    async fn add_session(&self, session: SessionRow) -> StoreResult<()>;
    /// A session by token hash with its person; expired ones are none.
    async fn session(
        &self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> StoreResult<Option<(SessionRow, PersonRow)>>;
    /// Notes that a session was used.
    async fn touch_session(&self, token_hash: [u8; 32], seen_at: Timestamp) -> StoreResult<()>;
    /// Ends a session.
    async fn end_session(&self, token_hash: [u8; 32]) -> StoreResult<()>;
    /// Removes expired sessions; how many.
    async fn sweep_sessions(&self, now: Timestamp) -> StoreResult<u64>;

    /// Keeps a program's token. `NotFound` if there is no such person, `Conflict("full")` above [`TOKENS_MAX`].
    async fn add_token(&self, token: TokenRow) -> StoreResult<()>;
    /// A program's token by the hash of its secret.
    async fn token(&self, token_hash: [u8; 32]) -> StoreResult<Option<TokenRow>>;
    /// All tokens, newest first.
    async fn tokens(&self) -> StoreResult<Vec<TokenRow>>;
    /// Withdraws a token. `NotFound` if there is none.
    async fn remove_token(&self, token: TokenId) -> StoreResult<()>;

    /// A value of the instance's own settings (setup token hash and the like).
    async fn setting(&self, key: &str) -> StoreResult<Option<String>>;
    /// Sets or (none) removes such a value.
    async fn set_setting(&self, key: &str, value: Option<&str>) -> StoreResult<()>;

    /// Keeps an invite.
    async fn add_invite(&self, invite: InviteRow) -> StoreResult<()>;
    /// An invite by token hash, whatever its state.
    async fn invite(&self, token_hash: [u8; 32]) -> StoreResult<Option<InviteRow>>;
    /// A channel's invites, newest first, without withdrawn ones.
    async fn invites(&self, channel: ChannelId) -> StoreResult<Vec<InviteRow>>;
    /// Counts one use, in one guarded write. `Conflict("expired" | "used up" | "revoked")`.
    async fn use_invite(&self, invite: InviteId, now: Timestamp) -> StoreResult<()>;
    /// Withdraws an invite of a channel.
    async fn revoke_invite(&self, channel: ChannelId, invite: InviteId) -> StoreResult<()>;

    /// A channel's card, also of a deleted one.
    async fn channel(&self, channel: ChannelId) -> StoreResult<Option<ChannelRow>>;
    /// Channels a person is in, most recently active first, with the person's role; without deleted ones.
    async fn channels_of(&self, person: PersonId) -> StoreResult<Vec<(ChannelRow, Role)>>;
    /// Public channels a person is not in, without deleted ones, by activity, after the cursor (`active_at`, id), at most `limit`.
    async fn public_channels(
        &self,
        not_of: PersonId,
        after: Option<(Timestamp, ChannelId)>,
        limit: u32,
    ) -> StoreResult<Vec<ChannelRow>>;
    /// Deleted channels that a person owns, last deleted first; at most 100.
    async fn deleted_channels_of(&self, owner: PersonId) -> StoreResult<Vec<ChannelRow>>;
    /// Channels deleted before `before`, for the sweep; at most 100.
    async fn deleted_channels(&self, before: Timestamp) -> StoreResult<Vec<ChannelId>>;
    /// Erases a channel for good if it was deleted before `before` (else false): its events keep seq, operation, time,
    /// actor and kind and lose the rest (law 16), its members, messages, invites and snapshot go, its log gets the new
    /// life `epoch`, so that no room serves what it remembers. Videos are the caller's. Interrupted and called again it
    /// goes on.
    async fn erase_channel(&self, channel: ChannelId, before: Timestamp, epoch: Epoch) -> StoreResult<bool>;
    /// A person's role in a channel.
    async fn role(&self, channel: ChannelId, person: PersonId) -> StoreResult<Option<Role>>;
    /// Members, by role then name.
    async fn members(&self, channel: ChannelId) -> StoreResult<Vec<MemberRow>>;
    /// Messages before a seq (none: the newest), oldest first, at most `limit`; and whether older ones exist.
    async fn messages(
        &self,
        channel: ChannelId,
        before: Option<Seq>,
        limit: u32,
    ) -> StoreResult<(Vec<MessageView>, bool)>;

    /// Adds a video, its version and the upload that fills it, in one transaction. The quota is checked by the caller.
    async fn add_upload(
        &self,
        video: Option<VideoRow>,
        version: VersionRow,
        upload: UploadRow,
    ) -> StoreResult<()>;
    /// An upload.
    async fn upload(&self, upload: UploadId) -> StoreResult<Option<UploadRow>>;
    /// The upload that fills a version, if it is not complete.
    async fn upload_of(&self, version: VersionId) -> StoreResult<Option<UploadRow>>;
    /// Which bytes the jobs of an upload under way need (`JobDone::needs`).
    async fn upload_needs(&self, upload: UploadId) -> StoreResult<Option<String>>;
    /// Notes bytes that are on disk for sure; never goes back.
    async fn advance_upload(&self, upload: UploadId, offset: u64) -> StoreResult<()>;
    /// All bytes are here: marks the upload complete, the version uploaded (unless it is further) with its hash, forgets
    /// the version's jobs that are dead or cancelled, and the one that looked ahead, and enqueues jobs, in one
    /// transaction. Doing it again changes nothing (false).
    async fn complete_upload(
        &self,
        upload: UploadId,
        sha256: [u8; 32],
        jobs: Vec<NewJob>,
    ) -> StoreResult<bool>;
    /// Gives up an upload that is not complete: its version is cancelled with its jobs, and the row stays for the sweep
    /// until [`GIVEN_UP_KEEP_MS`] from now, so that bytes which a request still writes are found and removed.
    async fn cancel_upload(&self, upload: UploadId, now: Timestamp) -> StoreResult<()>;
    /// Removes the row of an upload that was given up, once its bytes are removed. Any other stays.
    async fn forget_upload(&self, upload: UploadId) -> StoreResult<()>;
    /// Uploads past their time and not complete, given up or not; at most 100.
    async fn stale_uploads(&self, now: Timestamp) -> StoreResult<Vec<UploadRow>>;
    /// Declared bytes of every file that is here or on its way: what a quota counts. Reserved when an upload begins.
    async fn source_bytes(&self) -> StoreResult<u64>;
    /// Bytes of uploads under way that have not come yet (the reserved room).
    async fn reserved_bytes(&self) -> StoreResult<u64>;

    /// A video with its versions, newest first.
    async fn video(&self, video: VideoId) -> StoreResult<Option<(VideoRow, Vec<VersionRow>)>>;
    /// A channel's videos that were not removed, newest first, after the cursor, at most `limit`.
    async fn videos(
        &self,
        channel: ChannelId,
        after: Option<(Timestamp, VideoId)>,
        limit: u32,
    ) -> StoreResult<Vec<(VideoRow, Vec<VersionRow>)>>;
    /// A version with its video.
    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>>;
    /// Changes a version. Its state never goes back on the way from uploading to ready.
    async fn update_version(&self, version: VersionId, update: VersionUpdate) -> StoreResult<()>;
    /// Changes a title.
    async fn rename_video(&self, video: VideoId, title: String) -> StoreResult<()>;
    /// Takes a video out of the library, or (none) puts it back.
    async fn remove_video(&self, video: VideoId, removed_at: Option<Timestamp>) -> StoreResult<()>;
    /// Videos removed before `before`, for the sweep; at most 100.
    async fn removed_videos(&self, before: Timestamp) -> StoreResult<Vec<VideoRow>>;
    /// Adds captions; the same id again changes nothing. `Conflict("full")` above [`CAPTIONS_MAX`], `NotFound`
    /// without such a version. Default ones take the place of those that were.
    async fn add_captions(&self, row: CaptionRow) -> StoreResult<()>;
    /// A version's captions that were not removed: those out of the file in its order, then by age.
    async fn captions(&self, version: VersionId) -> StoreResult<Vec<CaptionRow>>;
    /// Captions by id, removed ones too.
    async fn caption(&self, caption: CaptionId) -> StoreResult<Option<CaptionRow>>;
    /// Names captions anew and makes them the default ones or not.
    async fn update_captions(
        &self,
        caption: CaptionId,
        language: Option<String>,
        label: String,
        is_default: bool,
    ) -> StoreResult<()>;
    /// Takes captions away, or (none) puts them back. Those taken away are no default any more.
    async fn remove_captions(&self, caption: CaptionId, removed_at: Option<Timestamp>) -> StoreResult<()>;
    /// Captions removed before `before`, for the sweep; at most 100.
    async fn removed_captions(&self, before: Timestamp) -> StoreResult<Vec<CaptionRow>>;
    /// Removes captions' row for good.
    async fn purge_captions(&self, caption: CaptionId) -> StoreResult<()>;
    /// Removes a video's rows for good.
    async fn purge_video(&self, video: VideoId) -> StoreResult<()>;
}
