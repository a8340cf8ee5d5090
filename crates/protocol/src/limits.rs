//! Named bounds of what crosses the wire. Each has an answer when exceeded, given in docs/protocol.md.

/// Largest frame a client may send, bytes. A chat message of 4,000 characters of 4 bytes fits four times.
pub const CLIENT_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest chat message, characters after trim.
pub const MESSAGE_CHARS_MAX: usize = 4_000;
/// Longest channel name or video title, characters after trim.
pub const TITLE_CHARS_MAX: usize = 80;
/// Entries in a queue.
pub const QUEUE_ITEMS_MAX: usize = 250;
/// Members of a channel.
pub const MEMBERS_MAX: usize = 20_000;
/// Operation ids a room remembers; older ones are looked up in the log.
pub const ROOM_OPS_MAX: usize = 1_024;
/// Events a node keeps in memory per channel for resume.
pub const RING_EVENTS_MAX: usize = 1_024;
/// Events sent to a resuming client at most; further behind it gets a snapshot.
pub const RESUME_EVENTS_MAX: u64 = 5_000;
/// How old an operation id may be, milliseconds (30 days): an offline outbox is taken that long.
pub const OP_AGE_MS_MAX: i64 = 30 * 24 * 3_600 * 1_000;
/// How far an operation id may be ahead of the server's clock, milliseconds (a day: wrong clocks are common).
pub const OP_AHEAD_MS_MAX: i64 = 24 * 3_600 * 1_000;
/// How long a removed video or a deleted channel can be put back, milliseconds (a day); then it is erased.
pub const UNDO_MS: i64 = 24 * 3_600 * 1_000;
/// Pieces of a part; their marks fit 32 bits.
pub const UPLOAD_PART_PIECES: u64 = 32;
/// Bytes of a part of an upload in parts, 8 MiB; the last part of a file is shorter.
pub const UPLOAD_PART_BYTES: u64 = UPLOAD_PART_PIECES * UPLOAD_PIECE_BYTES;
/// Bytes of a piece of a part, 256 KiB: what is counted by itself, and the least that the work on a film waits for.
pub const UPLOAD_PIECE_BYTES: u64 = 256 * 1024;
/// Time between beats, milliseconds.
pub const BEAT_MS: u32 = 5_000;
/// Time between beats while the timeline moves, milliseconds: who has missed a change of it is wrong for no longer. A
/// whole part of [`BEAT_MS`].
pub const PLAYING_BEAT_MS: u32 = 1_000;
/// Wait for a member whose data has run out when nothing else is set, milliseconds.
pub const PATIENCE_DEFAULT_MS: u32 = 2_000;
/// Longest wait for members whatever is set, milliseconds (law 12).
pub const PATIENCE_MAX_MS: u32 = 5_000;
/// People named in one wait; more may be waited for, the others are not named.
pub const WAIT_PEOPLE_MAX: usize = 16;
/// People above which presence is a count and a sample.
pub const PRESENCE_FULL_MAX: usize = 200;
