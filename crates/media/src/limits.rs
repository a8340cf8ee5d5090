//! Named bounds of what the pipeline takes. The answer when exceeded is `Code::MediaTooLarge` unless said otherwise.

/// Longest video, seconds: eight hours, a long day of dailies; it bounds plans, playlists and job tables.
pub const DURATION_S_MAX: i64 = 8 * 3600;
/// Widest picture, pixels (8K DCI).
pub const WIDTH_MAX: u32 = 8192;
/// Highest picture, pixels (8K DCI; wide pictures turned upright stay below it too, see [`PIXELS_MAX`]).
pub const HEIGHT_MAX: u32 = 4320;
/// Most pixels of one picture: 8192 x 4320 is 35.4 million. Also given to ffmpeg as `-max_pixels`.
pub const PIXELS_MAX: u64 = 36_000_000;
/// Longest side of a cover that is drawn beside a sound, pixels: above what shops of music ask for. Larger ones are left
/// out, since each chunk decodes it anew.
pub const COVER_SIDE_MAX: i64 = 4096;
/// Most audio tracks: stereo, 5.1 and a few languages.
pub const AUDIO_TRACKS_MAX: usize = 8;
/// Most streams of any kind; recorders add data and picture streams.
pub const STREAMS_MAX: usize = 32;
/// Most packets of the picture stream: eight hours at 240 frames per second.
pub const PACKETS_MAX: usize = 8 * 3600 * 240;
/// Bytes of pictures for each byte of the file, at most: containers may leave out what all packets begin with or pack
/// them, and real ones save less than half. Answer: damaged.
pub const INFLATION_MAX: u64 = 50;
/// Largest `ffprobe` answer read, bytes: 32 streams with long tags are far below it. Answer: damaged.
pub const PROBE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most samples accepted in one encoded chunk: five segments at 240 frames per second are 2,400; an audio chunk of
/// 32 s is 1,500. Answer: [`crate::PackError`].
pub const CHUNK_SAMPLES_MAX: usize = 20_000;
/// Longest side of a rendition, pixels: above it decoders of phones give up; very wide pictures are scaled to it.
pub const RENDITION_SIDE_MAX: u32 = 3840;
/// Most subtitle tracks taken out of a file; further ones are left in it.
pub const SUBTITLE_TRACKS_MAX: usize = 16;
/// Most chapter marks kept of a file; further ones are left out.
pub const CHAPTERS_MAX: usize = 500;
/// Longest name of a chapter, characters; longer ones are cut.
pub const CHAPTER_TITLE_CHARS_MAX: usize = 120;
/// Longest name of a track, characters; longer ones are cut.
pub const TRACK_NAME_CHARS_MAX: usize = 60;
/// Longest text of a start time code, characters; longer ones are cut and name no frame.
pub const TIMECODE_CHARS_MAX: usize = 32;
