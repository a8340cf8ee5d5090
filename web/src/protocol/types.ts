// Written by `cargo xtask codegen` from crates/protocol. Do not edit.

/** Whose commands move the timeline and the queue. */
export type ControlMode = 'everyone' | 'moderators' | 'presenter';

/** How sessions are kept, by how the page reached the server. */
export type CookieMode = 'tls' | 'loopback' | 'lan';

/** State of a job. */
export type JobWord = 'waiting' | 'running' | 'done' | 'dead' | 'cancelled';

/** Whether a person has an account. */
export type PersonKind = 'user' | 'guest';

/** How a person is here. One person in two tabs is one face: the strongest of the tabs, in this order. */
export type PresenceState = 'reconnecting' | 'away' | 'here';

/** A member's role in a channel, weakest first (the order is the ranking). */
export type Role = 'guest' | 'viewer' | 'member' | 'moderator' | 'admin' | 'owner';

/** Who may make an account (`GENLOCK_SIGNUP`). */
export type SignupPolicy = 'invite' | 'open' | 'closed';

/** How a member's player stands to the timeline. */
export type SyncStatus = 'locked' | 'adjusting' | 'buffering' | 'preparing' | 'gesture' | 'own' | 'idle';

/** What changed the timeline. */
export type TimelineCause = 'play' | 'pause' | 'seek' | 'speed' | 'load' | 'advance' | 'reanchor' | 'wait' | 'resume';

/** What a token lets a program do. */
export type TokenScope = 'work' | 'metrics';

/** Life of a version. */
export type VersionState = 'pending' | 'uploading' | 'uploaded' | 'processing' | 'playable' | 'ready' | 'failed' | 'cancelled';

/** Who can find and enter a channel. */
export type Visibility = 'public' | 'unlisted' | 'private';

/** Why the timeline stands though it plays. */
export type WaitReason = 'buffering' | 'preparing' | 'nobody';

/** `POST invites/{token}/accept`. */
export interface AcceptInvite {
  /** Name of a guest; not needed when signed in. */
  name: string | null;
}

/** The command is committed. */
export interface Ack {
  /** Which. */
  op: string;
  /** Where it stands in the log. The client's own event may come before or after this frame. */
  seq: number;
}

/** `POST videos/{video}/captions`. */
export interface AddCaptions {
  /** Version they belong to; none is the newest. */
  version: string | null;
  /** Language, BCP 47. */
  language: string | null;
  /** What people call them, at most 60 characters. */
  label: string | null;
  /** Whether they are shown to whoever has made no choice. */
  is_default: boolean;
  /** The file: SubRip or WebVTT, at most 2 MiB. */
  text: string;
}

/** A sound track of a source. */
export interface AudioTrackView {
  /** Codec in words. */
  codec: string;
  /** Channels in the source; every rendition is stereo. */
  channels: number;
  /** Language, BCP 47. */
  language: string | null;
  /** What the file calls it. */
  title: string | null;
}

/** Sent every `beat_ms`: where the log stands, so that a lost last event is found (law 6). */
export interface Beat {
  /** Head. */
  head: Position;
  /** Timeline revision. */
  revision: number;
  /** Server time. */
  server_us: number;
}

/** A run of bytes of a file. */
export interface ByteRun {
  /** First byte. */
  from: number;
  /** The byte after the last one. */
  to: number;
}

/** Captions of a version in one language. WebVTT at `/media/{version}/captions/{caption}.vtt`. */
export interface CaptionView {
  /** Which. */
  caption: string;
  /** Language, BCP 47. */
  language: string | null;
  /** What people call them; empty where the language says enough. */
  label: string;
  /** Shown to whoever has made no choice; at most one of a version. */
  is_default: boolean;
  /** Taken out of the uploaded file, not added by a person. */
  embedded: boolean;
  /** Number of cues. */
  cues: number;
}

/** Asks for what came after a position, after a gap was seen. */
export interface Catchup {
  /** The last position without a gap. */
  from: Position;
}

/** Begin the channel. System only, the first command of a log. */
export interface ChannelCreate {
  /** 1 to 80 characters. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
  /** Its owner. */
  owner: string;
  /** The owner's name. */
  owner_name: string;
}

/** The channel began; the owner is its first member. */
export interface ChannelCreated {
  /** Name. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
  /** Owner. */
  owner: string;
  /** Owner's name. */
  owner_name: string;
}

/** Delete the channel, or put it back within the undo time. Owners only. */
export interface ChannelDelete {
  /** Whether it is to be deleted. */
  deleted: boolean;
}

/** The channel was deleted, or put back within the undo time. */
export interface ChannelDeleted {
  /** Whether it is deleted now. */
  deleted: boolean;
}

/** `GET channels`. */
export interface ChannelList {
  /** Channels I am in, those with people first, then public ones I may join. */
  channels: ChannelView[];
  /** Cursor of the next page. */
  next: string | null;
  /** On the first page: channels of mine that were deleted and can be put back. */
  deleted: DeletedChannelView[];
}

/** The bounded state of a channel at one seq. */
export interface ChannelState {
  /** The channel. */
  channel: string;
  /** Its name. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
  /** Members by id. */
  members: Member[];
  /** The shared position. */
  timeline: Timeline;
  /** Whose commands move it. */
  control: ControlMode;
  /** The presenter, where control is theirs. */
  presenter: string | null;
  /** What comes next, in order. */
  queue: QueueItem[];
  /** How long the others wait for a member whose data has run out, milliseconds. */
  patience_ms: number;
  /** The newest wait, over or not. */
  wait: Wait | null;
}

/** Rename or show or hide the channel. */
export interface ChannelUpdate {
  /** 1 to 80 characters. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
}

/** Name or visibility changed. */
export interface ChannelUpdated {
  /** Name. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
}

/** A channel as listed. */
export interface ChannelView {
  /** Which. */
  channel: string;
  /** Name. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
  /** The asker's role; none: not a member, may join. */
  role: Role | null;
  /** Number of members. */
  members: number;
  /** People here now, at most 5. */
  faces: PersonView[];
  /** Number of people here now. */
  online: number;
  /** What is on the timeline. */
  playing: PlayingView | null;
}

/** A chapter mark of a source. */
export interface ChapterView {
  /** Its first frame. */
  frame: number;
  /** Its name; empty where the file has none. */
  title: string;
}

/** `POST channels/{channel}/commands`: a command without a socket. */
export interface CommandAccepted {
  /** Operation id. */
  op: string;
  /** Place in the log. */
  seq: number;
}

/** A command with its operation id. */
export interface CommandFrame {
  /** Operation id, made by the sender; the same again on a retry. */
  op: string;
  /** The wish. */
  command: Command;
}

/** The control mode changed. */
export interface ControlModeSet {
  /** The mode. */
  mode: ControlMode;
  /** The presenter. */
  presenter: string | null;
}

/** Say whose commands move the timeline. */
export interface ControlSet {
  /** The mode. */
  mode: ControlMode;
  /** The presenter; only with mode `presenter`. */
  presenter: string | null;
}

/** `POST channels`. */
export interface CreateChannel {
  /** 1 to 80 characters. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
}

/** `POST channels/{channel}/invites`. */
export interface CreateInvite {
  /** Role of whoever comes with it: `guest` (default), `viewer` or `member`. */
  role: Role;
  /** How many people may use it; none is without limit. */
  uses_max: number | null;
  /** Valid for, seconds; none is 7 days. */
  valid_s: number | null;
}

/** `POST tokens`. */
export interface CreateToken {
  /** What it is for. */
  name: string;
  /** What it lets a program do. */
  scope: TokenScope;
  /** Whose it is, by e-mail; none is the asker's own. */
  email: string | null;
}

/** A deleted channel, as its owners see it. */
export interface DeletedChannelView {
  /** Which. */
  channel: string;
  /** Name. */
  name: string;
  /** When it was deleted. */
  deleted_at: number;
  /** Until when it can be put back; then it is erased. */
  undo_until: number;
}

/** The server is about to close; come back after a while. */
export interface Drain {
  /** Wait before reconnecting, milliseconds. */
  after_ms: number;
}

/** What is left of an event whose content was erased (law 16): its place, time, operation and actor stay. */
export interface Erased {
  /** The kind it was. */
  kind: string;
}

/** One entry of the log. */
export interface Event {
  /** Place in the log; the one before has `seq - 1`. */
  seq: number;
  /** Server time, never before that of the event before. */
  at: number;
  /** Who asked; none is the system. */
  actor: string | null;
  /** The operation that caused it. One operation makes one event. */
  op: string;
  /** What happened. */
  body: EventBody;
}

/** Events without a gap between them. */
export interface EventsFrame {
  /** Life of the log. */
  epoch: number;
  /** In order. */
  events: Event[];
}

/** Technical facts of a source, out of the probe. */
export interface FactsView {
  /** Container in words. */
  container: string;
  /** Video codec; none for audio only. */
  video_codec: string | null;
  /** Shown width, pixels, after rotation and pixel aspect. */
  width: number;
  /** Shown height. */
  height: number;
  /** Frames per second. */
  rate: Fraction;
  /** Frames. */
  frames: number;
  /** Length, milliseconds. */
  duration_ms: number;
  /** Audio codec of the first track. */
  audio_codec: string | null;
  /** Audio channels of the first track. */
  audio_channels: number | null;
  /** Bits per sample of the picture. */
  bit_depth: number;
  /** Start time code as in the source, if it carries one. */
  start_timecode: string | null;
  /** Number of the first frame in the source's time code: frame n has the label of this number and n. 0 without one. */
  start_frame: number;
  /** Whether the time code is drop-frame, as the source says. */
  drop_frame: boolean;
  /** A start time code of the source that names no frame at its rate, e.g. drop-frame at 25; nothing is counted from it. */
  unused_timecode: string | null;
  /** Size, bytes. */
  bytes: number;
  /** Chapter marks, in order. */
  chapters: ChapterView[];
  /** Sound tracks, the default one first; the same order as in the master playlist. */
  audio_tracks: AudioTrackView[];
}

/** Why a version failed, in plain words. */
export interface FailureView {
  /** Number of the code. */
  code: number;
  /** Sentence. */
  message: string;
  /** Whether trying again may help (`POST jobs/{job}/retry`). */
  retry: string | null;
}

/** A film of the channel by the size of its file, and what its file is. */
export interface FilmOfSize {
  /** The video. */
  video: string;
  /** Its version. */
  version: string;
  /** Title. */
  title: string;
  /** SHA-256 over the SHA-256 of every part in order, hexadecimal. */
  hash: string;
}

/** `GET channels/{channel}/videos/same?bytes=`: films whose file has this size, oldest first. Who holds a file of that size compares the hashes before sending it. */
export interface FilmsOfSize {
  /** At most 16. */
  films: FilmOfSize[];
}

/** A fleeting value. */
export interface FleetingFrame {
  /** Value. */
  value: Fleeting;
}

/** A fleeting value with its sender (none is the system). */
export interface FleetingFrom {
  /** Sender. */
  person: string | null;
  /** Value. */
  value: Fleeting;
}

/** Fleeting values of the last moment. */
export interface FleetingsFrame {
  /** Values with their senders. */
  values: FleetingFrom[];
}

/** A rational number in lowest terms. */
export interface Fraction {
  /**  */
  num: number;
  /**  */
  den: number;
}

/** A frame of a version, as a message may point to it. */
export interface FrameRef {
  /** The version. */
  version: string;
  /** The frame, from 0. */
  frame: number;
}

/** First frame of a client. */
export interface Hello {
  /** Its protocol version. */
  protocol: number;
  /** The tab. */
  client: string;
  /** Where it stands, if it has been here before. */
  resume: Position | null;
  /** Whether the tab is shown. */
  shown: boolean;
}

/** `GET instance`: what a page needs before anybody has signed in. */
export interface InstanceView {
  /** Version of the server. */
  version: string;
  /** No owner yet: the setup page is to be shown. */
  setup_needed: boolean;
  /** Who may make an account. */
  signup: SignupPolicy;
  /** How sessions are kept on this connection. */
  mode: CookieMode;
  /** Whether only this machine can open links to this instance (listening on loopback only). */
  loopback_only: boolean;
  /** Base of links to share, e.g. `http://192.168.1.7:8080`; none means the page's own origin. */
  share_base: string | null;
  /** A sentence if uploads cannot be prepared (ffmpeg or sandbox missing), with the command that helps. */
  media_problem: string | null;
  /** A sentence to be shown all the time where the operator lets videos be prepared below the sandbox's floor. */
  media_notice: string | null;
  /** Largest upload, bytes. */
  upload_bytes_max: number;
}

/** Answer to accept. */
export interface InviteAccepted {
  /** Where to go. */
  channel: string;
  /** The session, new for a guest. */
  session: SessionView;
}

/** `GET invites/{token}`: the card a guest sees before joining. */
export interface InvitePreview {
  /** Channel. */
  channel: string;
  /** Its name. */
  channel_name: string;
  /** Who made the invite. */
  invited_by: string;
  /** Role it gives. */
  role: Role;
  /** What is playing. */
  playing: PlayingView | null;
  /** Poster as a data URL (the guest has no right to the media yet); none without a video. */
  poster: string | null;
  /** Who is there now, at most 5. */
  faces: PersonView[];
  /** How many are there now. */
  online: number;
  /** Who is signed in here: "Continue as ...". */
  signed_in: PersonView | null;
  /** Whether they are a member already. */
  already_member: boolean;
}

/** An invite. The link is `{origin}/invite/{token}`; the token is shown once, when it is made. */
export interface InviteView {
  /** Which. */
  invite: string;
  /** Secret of the link; only in the answer to its making. */
  token: string | null;
  /** Role it gives. */
  role: Role;
  /** Uses so far. */
  uses: number;
  /** Uses allowed. */
  uses_max: number | null;
  /** Until. */
  expires_at: number;
  /** Who made it. */
  created_by: PersonView;
}

/** How many jobs are in a state. */
export interface JobCount {
  /** State. */
  state: JobWord;
  /** Jobs. */
  count: number;
}

/** `GET jobs`: newest first. */
export interface JobList {
  /** Jobs. */
  jobs: JobView[];
  /** Jobs by state, of all pages. */
  counts: JobCount[];
  /** Cursor of the next page. */
  next: string | null;
}

/** A job as listed by `GET jobs` and told by `GET jobs/{job}/events`. */
export interface JobView {
  /** Which. */
  job: string;
  /** Kind: `probe`, `chunk`, `audio`, `poster`, `publish`, `sweep`. */
  kind: string;
  /** Number of its part, for kinds with several; 0 is the first. */
  part: number | null;
  /** State. */
  state: JobWord;
  /** Version it works on. */
  version: string | null;
  /** Video of that version. */
  video: string | null;
  /** The video's title. */
  title: string | null;
  /** The video's channel. */
  channel: string | null;
  /** Attempts so far. */
  attempts: number;
  /** Why it is dead, or why the last attempt failed. */
  reason: string | null;
  /** Code of that reason. */
  code: number | null;
  /** Worker of the newest attempt. */
  runner: string | null;
  /** Share done, 0 to 1000; never goes back. */
  permille: number;
  /** Not before. */
  run_at: number;
}

/** `GET instance/numbers`: this node at this moment, for those who run the instance. */
export interface LiveNumbers {
  /** Rooms that run. */
  rooms: number;
  /** Live connections. */
  connections: number;
  /** Jobs of the instance by state. */
  jobs: JobCount[];
  /** How close everybody is to the timeline. */
  sync: SyncNumbers;
}

/** Loudness of a sound track after EBU R 128. */
export interface LoudnessView {
  /** Integrated loudness, LUFS; none for silence. */
  integrated_lufs: number | null;
  /** True peak, dBTP; none for silence. */
  true_peak_dbtp: number | null;
}

/** A known hole of ffmpeg. */
export interface MediaHole {
  /** Number of its CVE record. */
  cve: string;
  /** Where and what. */
  what: string;
}

/** A layer that did not take hold. */
export interface MediaLack {
  /** Name. */
  what: string;
  /** Why. */
  why: string;
  /** The command or setting that would raise it. */
  raise: string;
}

/** A layer of the sandbox. */
export interface MediaLayer {
  /** Name. */
  name: string;
  /** Whether it took hold. */
  there: boolean;
}

/** `GET instance/media`, for owners: the tools of videos and how far their sandbox reaches. */
export interface MediaToolsView {
  /** Why videos cannot be prepared, with what helps. */
  problem: string | null;
  /** First line of ffmpeg's version. */
  ffmpeg: string | null;
  /** What can be said of its known holes. */
  holes_note: string | null;
  /** Known holes in the parts that are used. */
  holes: MediaHole[];
  /** Level of the sandbox: `open`, `floor`, `walled`, `separate` or `full`. */
  level: string | null;
  /** Its layers, outermost first. */
  layers: MediaLayer[];
  /** What is missing. */
  lacks: MediaLack[];
}

/** Somebody who belongs to the channel. */
export interface Member {
  /** Who. */
  person: string;
  /** Shown name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
  /** What they may do. */
  role: Role;
  /** Since when. */
  joined_at: number;
}

/** Make somebody a member, or bring their name and kind up to date. System only: the server has checked the invite or the visibility. An existing role is never lowered. */
export interface MemberJoin {
  /** Who. */
  person: string;
  /** Shown name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
  /** Role on entry. */
  role: Role;
}

/** Somebody became a member, or their name, kind or role on entry changed. */
export interface MemberJoined {
  /** Who. */
  person: string;
  /** Name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
  /** Role. */
  role: Role;
}

/** Take somebody out: oneself, or somebody of a lower role. The last owner stays. */
export interface MemberRemove {
  /** Who. */
  person: string;
}

/** Somebody is no longer a member. */
export interface MemberRemoved {
  /** Who. */
  person: string;
}

/** A role changed. */
export interface MemberRoleSet {
  /** Whose. */
  person: string;
  /** Role. */
  role: Role;
}

/** Give a role below one's own (an owner may make owners). */
export interface MemberSetRole {
  /** To whom. */
  person: string;
  /** The role. */
  role: Role;
}

/** A member as listed by `GET channels/{channel}/members`. */
export interface MemberView {
  /** Who. */
  person: string;
  /** Name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
  /** Role. */
  role: Role;
  /** Since. */
  joined_at: number;
}

/** `GET channels/{channel}/messages?before={seq}&limit={n}`: newest last. */
export interface MessagePage {
  /** In order of seq. */
  messages: MessageView[];
  /** Whether there are older ones. */
  more: boolean;
}

/** Say something in the chat. The message's id is the operation id. */
export interface MessageSend {
  /** 1 to 4,000 characters after trim. */
  text: string;
  /** The frame it is about. */
  at: FrameRef | null;
}

/** Something was said. Author and id are the event's actor and op. */
export interface MessageSent {
  /** Text as typed, trimmed. */
  text: string;
  /** The frame it is about. */
  at: FrameRef | null;
}

/** A chat message as stored. */
export interface MessageView {
  /** Its id: the operation id. */
  op: string;
  /** Place in the log. */
  seq: number;
  /** When. */
  at: number;
  /** Author. */
  author: PersonView;
  /** Text. */
  text: string;
  /** The frame it is about. */
  frame: FrameRef | null;
}

/** `PUT uploads/{upload}/parts/{part}`: the bytes are on the disk. */
export interface PartTaken {
  /** From 0. */
  part: number;
  /** SHA-256 of the part, hexadecimal, once all of it is here. */
  sha256: string | null;
  /** Every part is here; the upload is over. */
  complete: boolean;
}

/** The patience changed. */
export interface PatienceChanged {
  /** How long the others wait for a member whose data has run out, milliseconds. */
  patience_ms: number;
}

/** Say how long the others wait for a member whose data has run out. */
export interface PatienceSet {
  /** From 0 (never) to 5,000 milliseconds. */
  patience_ms: number;
}

/** A person as shown to others. */
export interface PersonView {
  /** Who. */
  person: string;
  /** Name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
}

/** Asks for the server's clock. */
export interface Ping {
  /** Sender's monotonic clock, microseconds; returned as it is. */
  client_us: number;
}

/** Go to the next of the queue (or stop) because the video with this timeline revision has ended. System only; its operation id derives from the revision, so it happens once however many nodes wake. */
export interface PlaybackAdvance {
  /** The revision that ended. */
  revision: number;
}

/** Put a video on the timeline at its first frame. */
export interface PlaybackLoad {
  /** The video. */
  video: string;
  /** Whether it moves at once. */
  play: boolean;
}

/** Stop the timeline. */
export interface PlaybackPause {
  /** The frame that the sender saw; kept if it is within a second of the timeline. */
  frame: number | null;
}

/** Let the timeline move. */
export interface PlaybackPlay {
  /** Where from; none means from where it stands. */
  frame: number | null;
}

/** Let the timeline go on after a wait. System only; its operation id derives from the revision. */
export interface PlaybackResume {
  /** The revision that stands. */
  revision: number;
}

/** Jump; keeps playing or paused as it was. */
export interface PlaybackSeek {
  /** Where to; outside the video it is refused. */
  frame: number;
}

/** Change the speed. */
export interface PlaybackSpeed {
  /** From 1/4 to 2. */
  speed: Fraction;
}

/** Let the timeline stand for members who lack data. System only; its operation id derives from the revision. */
export interface PlaybackWait {
  /** The revision that is to stand. */
  revision: number;
  /** For whom. */
  people: string[];
  /** Why. */
  reason: WaitReason;
  /** For how long at most, milliseconds; never beyond the channel's patience. */
  for_ms: number;
}

/** What a channel is playing, on cards. */
export interface PlayingView {
  /** Title. */
  title: string;
  /** Version, for the poster at `/media/{version}/poster.jpg`. */
  version: string;
  /** Moving or paused. */
  playing: boolean;
}

/** Answer to ping, sent at once. */
export interface Pong {
  /** As received. */
  client_us: number;
  /** Server time when the ping was read. */
  received_us: number;
  /** Server time when this was written. */
  sent_us: number;
}

/** Where a client stands in the log. */
export interface Position {
  /** Life of the log. */
  epoch: number;
  /** The last event it has applied. */
  seq: number;
}

/** Who is here. */
export interface PresenceFrame {
  /** Whether `people` is everybody (a sample above 200) or only what changed. */
  full: boolean;
  /** New or changed. */
  people: PresentPerson[];
  /** No longer here. */
  gone: string[];
  /** How many are here. */
  count: number;
}

/** A person who is here, all tabs taken together. */
export interface PresentPerson {
  /** Who. */
  person: string;
  /** Name. */
  name: string;
  /** User or guest. */
  kind: PersonKind;
  /** Role. */
  role: Role;
  /** How. */
  state: PresenceState;
  /** Writing. */
  typing: boolean;
  /** Newest sync report. */
  sync: SyncReport | null;
}

/** A refusal, `application/problem+json`. */
export interface Problem {
  /** `urn:genlock:code:NUMBER`. */
  type: string;
  /** The code's sentence. */
  title: string;
  /** HTTP status. */
  status: number;
  /** What exactly is wrong, where more is known than the title says. */
  detail: string | null;
  /** Our number. */
  code: number;
  /** Field of the body at fault. */
  field: string | null;
}

/** Add to the end of the queue. */
export interface QueueAdd {
  /** Id of the new entry, made by the sender. */
  item: string;
  /** The video. */
  video: string;
}

/** An entry was added at the end of the queue. */
export interface QueueAdded {
  /** The entry. */
  entry: QueueItem;
}

/** What will be watched next. */
export interface QueueItem {
  /** The entry. */
  item: string;
  /** The video. */
  video: string;
  /** The version that was newest when it was added. */
  version: string;
  /** Title when it was added. */
  title: string;
  /** Frames per second. */
  rate: Fraction;
  /** Number of frames. */
  frames: number;
  /** Who added it. */
  added_by: string;
}

/** Move within the queue. */
export interface QueueMove {
  /** The entry. */
  item: string;
  /** The entry that follows it afterwards; none means the end. */
  before: string | null;
}

/** An entry was moved. */
export interface QueueMoved {
  /** The entry. */
  item: string;
  /** What follows it now; none means the end. */
  before: string | null;
}

/** Take this entry out of the queue and play it now. */
export interface QueuePlay {
  /** The entry. */
  item: string;
}

/** Take out of the queue. Taking out what is gone changes nothing. */
export interface QueueRemove {
  /** The entry. */
  item: string;
}

/** An entry was taken out. */
export interface QueueRemoved {
  /** The entry. */
  item: string;
}

/** A reaction over the stage. */
export interface Reaction {
  /** One emoji, at most 16 bytes of UTF-8. */
  emoji: string;
}

/** The command is refused and changes nothing; or the last frame could not be understood (no op). */
export interface Reject {
  /** Which. */
  op: string | null;
  /** Number of the code. */
  code: number;
  /** A sentence that says what to do. */
  message: string;
  /** Try the same operation again after this time; none means do not. */
  retry_after_ms: number | null;
}

/** A film that is in the channel already, byte for byte. */
export interface SameFilm {
  /** The video. */
  video: string;
  /** Its version. */
  version: string;
  /** Title. */
  title: string;
}

/** `GET session`, and the answer to each way of signing in. */
export interface SessionView {
  /** Who is signed in; none is nobody. */
  person: PersonView | null;
  /** E-mail of a user. */
  email: string | null;
  /** Whether they own the instance (admin pages, later). */
  instance_owner: boolean;
}

/** `PATCH channels/{channel}/members/{person}`. */
export interface SetMemberRole {
  /** New role. */
  role: Role;
}

/** `PUT videos/{video}/poster`. */
export interface SetPoster {
  /** Version; none is the newest. */
  version: string | null;
  /** Frame of that version. */
  frame: number;
}

/** Answer to `POST setup`. */
export interface SetupDone {
  /** The new session. */
  session: SessionView;
  /** The sample channel, if wanted. */
  channel: string | null;
}

/** `POST setup`. */
export interface SetupRequest {
  /** Out of the one-time setup link. */
  token: string;
  /** Owner's name. */
  name: string;
  /** E-mail. */
  email: string;
  /** Password. */
  password: string;
  /** Whether the sample channel with its clip is wanted. */
  sample_channel: boolean;
}

/** `POST session`. */
export interface SignInRequest {
  /** E-mail. */
  email: string;
  /** Password. */
  password: string;
}

/** `POST users`: a new account; a signed-in guest becomes that user and keeps their messages and marks. */
export interface SignUpRequest {
  /** Name. */
  name: string;
  /** E-mail. */
  email: string;
  /** Password. */
  password: string;
  /** Token of an invite, where sign-up is by invite. */
  invite: string | null;
}

/** The whole bounded state. */
export interface SnapshotFrame {
  /** Where it was taken. */
  at: Position;
  /** The state. */
  state: ChannelState;
}

/** How values of time are spread. Percentiles are read off the bars, so they are as fine as these. */
export interface Spread {
  /** Values. */
  count: number;
  /** Half of the values are below this, microseconds; none of no values. */
  p50_us: number | null;
  /** 95 of 100. */
  p95_us: number | null;
  /** 99 of 100. */
  p99_us: number | null;
  /** The largest, exactly. */
  max_us: number | null;
  /** Bars by rising limit. */
  bars: SpreadBar[];
}

/** How many values fell between the limit of the bar before and this one's. */
export interface SpreadBar {
  /** Upper limit, microseconds; none above the last limit. */
  up_to_us: number | null;
  /** Values. */
  count: number;
}

/** How often players said that they were in a status. */
export interface StatusCount {
  /** Status. */
  status: SyncStatus;
  /** Reports. */
  count: number;
}

/** What players have reported of themselves in the last minutes, about once a second each while playing. */
export interface SyncNumbers {
  /** Length of the window, minutes. */
  minutes: number;
  /** Reports by status. */
  statuses: StatusCount[];
  /** Size of the error of those who play with the others. */
  error: Spread;
  /** Their own bound of the error of their clock. */
  bound: Spread;
  /** Round trip. */
  round_trip: Spread;
}

/** What a client measures of itself, about once a second while playing. */
export interface SyncReport {
  /** Status. */
  status: SyncStatus;
  /** Media clock minus timeline, microseconds (positive is ahead). */
  error_us: number;
  /** Honest bound of the clock estimate, microseconds. */
  bound_us: number;
  /** Round trip, microseconds. */
  rtt_us: number;
  /** Media ahead of the position, milliseconds. */
  buffered_ms: number;
  /** Time from `play()` until the element moves, milliseconds; measured by the client. */
  start_latency_ms: number;
}

/** The shared position. */
export interface Timeline {
  /** What is watched; none before the first video. */
  video: TimelineVideo | null;
  /** The frame shown at `anchor_us`. */
  frame: number;
  /** Speed while playing. */
  speed: Fraction;
  /** Whether it moves. */
  playing: boolean;
  /** Server time at which `frame` is shown. A little ahead of now after a command, so that all start together. */
  anchor_us: number;
  /** Goes up by one with each change. */
  revision: number;
}

/** The timeline changed; the whole new value. */
export interface TimelineSet {
  /** The value. */
  timeline: Timeline;
  /** Why. */
  cause: TimelineCause;
  /** The queue entry that was taken, where the change came from the queue. */
  item: string | null;
  /** For whom the timeline stands, where it was set so. */
  wait: Wait | null;
}

/** The version on the timeline with what is needed to compute positions. */
export interface TimelineVideo {
  /** The video. */
  video: string;
  /** The version of it. */
  version: string;
  /** Frames per second. */
  rate: Fraction;
  /** Number of frames, at least 1. */
  frames: number;
}

/** A token as listed by `GET tokens`. */
export interface TokenView {
  /** Which. */
  token: string;
  /** What it is for. */
  name: string;
  /** What it lets a program do. */
  scope: TokenScope;
  /** When it was made. */
  created_at: number;
  /** The secret; told once, when it is made. */
  secret: string | null;
}

/** Writing, or no longer. */
export interface Typing {
  /** Whether. */
  on: boolean;
}

/** `PATCH videos/{video}/captions/{caption}`. */
export interface UpdateCaptions {
  /** Language, BCP 47. */
  language: string | null;
  /** What people call them, at most 60 characters. */
  label: string;
  /** Whether they are shown to whoever has made no choice. */
  is_default: boolean;
}

/** `PATCH videos/{video}`. */
export interface UpdateVideo {
  /** New title. */
  title: string;
}

/** `GET uploads/{upload}/parts`: what is here of an upload in parts. */
export interface UploadParts {
  /** Which. */
  upload: string;
  /** The video that it becomes. */
  video: string;
  /** The version that it becomes. */
  version: string;
  /** Size of the file, bytes. */
  bytes: number;
  /** Bytes of a part; the last one is shorter. */
  part_bytes: number;
  /** Bytes of a piece: what is counted by itself, and where a request may begin within a part. */
  piece_bytes: number;
  /** What is here for good, in order. */
  there: ByteRun[];
  /** Every byte is here and checked. */
  complete: boolean;
  /** SHA-256 over the SHA-256 of every part in order, hexadecimal; once complete. */
  hash: string | null;
  /** The same film, if it was in the channel before. */
  same_as: SameFilm | null;
}

/** One version of a video. */
export interface VersionView {
  /** Which. */
  version: string;
  /** 1 is the first. */
  number: number;
  /** State. */
  state: VersionState;
  /** Name of the uploaded file. */
  filename: string;
  /** Size, bytes. */
  bytes: number;
  /** Share done of the present stage, 0 to 1000. */
  permille: number;
  /** Seconds that play without waiting, at the lowest rendition. */
  playable_s: number;
  /** Seconds from the start for which every rendition is there. */
  sharp_s: number;
  /** Names of the renditions (`1080p`), best first; empty before the probe. */
  renditions: string[];
  /** Those that are complete. */
  complete: string[];
  /** Facts, after the probe. */
  facts: FactsView | null;
  /** Failure. */
  failure: FailureView | null;
  /** Share of the file that is here, from 0 to 1000, while it is on its way. */
  uploaded_permille: number | null;
  /** Upload under way, to resume it. */
  upload: string | null;
  /** When it was created. */
  created_at: number;
  /** Captions, those out of the file first. */
  captions: CaptionView[];
  /** Loudness of each sound track, in the order of the facts; empty until it is measured. */
  loudness: LoudnessView[];
  /** Frame of the poster that somebody chose; none is the automatic one. */
  poster_frame: number | null;
}

/** `GET channels/{channel}/videos`: newest first. */
export interface VideoList {
  /** Videos. */
  videos: VideoView[];
  /** Cursor of the next page. */
  next: string | null;
}

/** Share of a version that is uploaded or encoded. System only. */
export interface VideoProgress {
  /** The video. */
  video: string;
  /** The version. */
  version: string;
  /** What is under way: `uploading`, `checking`, `preparing`. */
  stage: string;
  /** From 0 to 1000. */
  permille: number;
  /** Seconds of video that play without waiting from the start, at the lowest rendition. */
  playable_s: number;
  /** Names of the renditions that are complete. */
  complete: string[];
  /** Seconds of video from the start for which every rendition is there. */
  sharp_s: number | null;
  /** Share of the file that is here, from 0 to 1000, while a version is prepared that is still on its way. */
  uploaded_permille: number | null;
}

/** A video was taken out of the library. System only. */
export interface VideoRemove {
  /** The video. */
  video: string;
}

/** A video left the library; it also leaves queue and timeline. */
export interface VideoRemoved {
  /** The video. */
  video: string;
}

/** News of a version from uploads and workers. System only. */
export interface VideoUpdate {
  /** The video. */
  video: string;
  /** The version. */
  version: string;
  /** Its title. */
  title: string;
  /** Its state. */
  state: VersionState;
  /** Frames per second, once known. */
  rate: Fraction | null;
  /** Number of frames, once known. */
  frames: number | null;
  /** Who uploaded it. */
  by: string | null;
}

/** A version came, moved on or failed. */
export interface VideoUpdated {
  /** The video. */
  video: string;
  /** The version. */
  version: string;
  /** Title. */
  title: string;
  /** State. */
  state: VersionState;
  /** Frames per second, once known. */
  rate: Fraction | null;
  /** Frames, once known. */
  frames: number | null;
  /** Who uploaded it. */
  by: string | null;
}

/** A video of a channel's library. Media at `/media/{version}/master.m3u8`, `poster.jpg`, `storyboard.vtt`. */
export interface VideoView {
  /** Which. */
  video: string;
  /** Channel. */
  channel: string;
  /** Title. */
  title: string;
  /** Who added it. */
  added_by: PersonView | null;
  /** When. */
  added_at: number;
  /** Versions, newest first. */
  versions: VersionView[];
}

/** The tab is shown or hidden. */
export interface Visible {
  /** Whether it is shown. */
  shown: boolean;
}

/** The timeline stands for members who lack data. Ends by itself at `until_us`, the timeline's anchor. */
export interface Wait {
  /** For whom; at most 16 are named. */
  people: string[];
  /** Why. */
  reason: WaitReason;
  /** When it began. */
  from_us: number;
  /** When it ends, or ended. */
  until_us: number;
  /** The revision of the timeline that stands. */
  revision: number;
}

/** Answer to hello; followed by `events` or `snapshot`, then `presence`. */
export interface Welcome {
  /** This connection. */
  session: string;
  /** Who the server takes the client for. */
  person: string;
  /** Role in the channel. */
  role: Role;
  /** Where the log stands. */
  head: Position;
  /** Server time. */
  server_us: number;
  /** Time between beats, milliseconds. Three missed beats mean a dead connection. */
  beat_ms: number;
  /** Whether the position offered in hello is continued (events follow) or not (snapshot follows). */
  resumed: boolean;
  /** Version of the server; a page of another version offers to reload. */
  server_version: string;
}

/** What a client sends. */
export type ClientFrame =
  | { t: 'hello'; c: Hello }
  | { t: 'command'; c: CommandFrame }
  | { t: 'fleeting'; c: FleetingFrame }
  | { t: 'ping'; c: Ping }
  | { t: 'catchup'; c: Catchup };

/** A wish for a durable change. Answered once, by an ack after the commit or by a reject. */
export type Command =
  | { t: 'message.send'; c: MessageSend }
  | { t: 'playback.play'; c: PlaybackPlay }
  | { t: 'playback.pause'; c: PlaybackPause }
  | { t: 'playback.seek'; c: PlaybackSeek }
  | { t: 'playback.speed'; c: PlaybackSpeed }
  | { t: 'playback.load'; c: PlaybackLoad }
  | { t: 'playback.advance'; c: PlaybackAdvance }
  | { t: 'playback.wait'; c: PlaybackWait }
  | { t: 'playback.resume'; c: PlaybackResume }
  | { t: 'queue.add'; c: QueueAdd }
  | { t: 'queue.remove'; c: QueueRemove }
  | { t: 'queue.move'; c: QueueMove }
  | { t: 'queue.play'; c: QueuePlay }
  | { t: 'control.set'; c: ControlSet }
  | { t: 'patience.set'; c: PatienceSet }
  | { t: 'channel.create'; c: ChannelCreate }
  | { t: 'channel.update'; c: ChannelUpdate }
  | { t: 'member.join'; c: MemberJoin }
  | { t: 'member.remove'; c: MemberRemove }
  | { t: 'member.role'; c: MemberSetRole }
  | { t: 'video.update'; c: VideoUpdate }
  | { t: 'video.remove'; c: VideoRemove }
  | { t: 'channel.delete'; c: ChannelDelete };

/** The kinds of event. */
export type EventBody =
  | { t: 'channel.created'; c: ChannelCreated }
  | { t: 'channel.updated'; c: ChannelUpdated }
  | { t: 'member.joined'; c: MemberJoined }
  | { t: 'member.removed'; c: MemberRemoved }
  | { t: 'member.role'; c: MemberRoleSet }
  | { t: 'message.sent'; c: MessageSent }
  | { t: 'timeline.set'; c: TimelineSet }
  | { t: 'queue.added'; c: QueueAdded }
  | { t: 'queue.removed'; c: QueueRemoved }
  | { t: 'queue.moved'; c: QueueMoved }
  | { t: 'control.set'; c: ControlModeSet }
  | { t: 'patience.set'; c: PatienceChanged }
  | { t: 'video.updated'; c: VideoUpdated }
  | { t: 'video.removed'; c: VideoRemoved }
  | { t: 'channel.deleted'; c: ChannelDeleted }
  | { t: 'erased'; c: Erased };

/** One fleeting value. */
export type Fleeting =
  | { t: 'typing'; c: Typing }
  | { t: 'visible'; c: Visible }
  | { t: 'sync'; c: SyncReport }
  | { t: 'reaction'; c: Reaction }
  | { t: 'progress'; c: VideoProgress };

/** What the server sends. */
export type ServerFrame =
  | { t: 'welcome'; c: Welcome }
  | { t: 'snapshot'; c: SnapshotFrame }
  | { t: 'events'; c: EventsFrame }
  | { t: 'ack'; c: Ack }
  | { t: 'reject'; c: Reject }
  | { t: 'beat'; c: Beat }
  | { t: 'pong'; c: Pong }
  | { t: 'presence'; c: PresenceFrame }
  | { t: 'fleetings'; c: FleetingsFrame }
  | { t: 'drain'; c: Drain };
