//! The path of a video, as far as it is arithmetic: facts, plan, ffmpeg's arguments, the packager, playlists, jobs.
//! Pure: no file, clock, thread, process or chance; it turns bytes and numbers into bytes and numbers.
//!
//! # Reading order
//! 1. [`sniff`](mod@sniff): the first bytes decide which demuxer may see a file.
//! 2. [`probe_args`](mod@probe_args), [`probe`], [`packet_index`], [`grid`], [`facts`]: two runs of ffprobe become
//!    [`SourceFacts`], or a [`MediaRefusal`] in plain words.
//! 3. [`plan`] (with [`ladder`](mod@ladder), [`copy_plan`], [`audio_plan`]): everything that will be made, known before a frame is
//!    encoded. Segment k of every rendition is frames [k x N, (k+1) x N). [`drawn`]: the picture of sound alone.
//! 4. [`frame_table`]: which picture stands at which frame. [`objects`]: keys in the store, paths in URLs, who makes what. [`playlist`], [`storyboard`]: the texts.
//! 5. [`index_place`], [`byte_needs`], [`feed`]: what can be done while a file is still coming. [`job`], [`asset`]: what to do in which order, and how far a version is.
//! 6. [`chunk_args`](mod@chunk_args), [`copy_args`](mod@copy_args), [`audio_args`](mod@audio_args): what ffmpeg is told. [`package`]: what it
//!    wrote, verified and cut into objects.
//! 7. [`picture`], [`digits`], [`sample`]: the sample clip. [`barcode`], [`clip`]: frames that carry their own
//!    number, for tests and benchmarks.
//!
//! # How a worker uses it
//! ```text
//! sniff(head)? -> container
//! run ffprobe probe_args(container, file)             -> ProbeAnswer::read(stdout)?  (failed: probe_failure(stderr))
//! run ffprobe packet_args(container, answer.index_stream(), answer.has_whole_packets(), file) -> PacketIndexReader, line by line
//! facts = answer.facts(&index, bytes)?
//! if let Some(stream) = facts.audio_to_refine() {
//!     run ffprobe audio_packet_args(container, stream, file); facts.refine_audio(stdout)
//! }
//! if facts.video.avc and CopyPlan::is_candidate(..) { for each of index.key_ranges(..) { index.look_at_key(..) } }
//! plan = Plan::new(&facts, &index, hash, build);  store FrameTable::of(..) as ObjectRef::Frames
//! enqueue plan.jobs()
//! Chunk {index, renditions}: run ffmpeg chunk_args(..) in a job folder; for each rendition of the set
//!     plan.pack_chunk(index, rendition, &file) -> objects; put each under plan.key(version, &object)
//!     (an init that is there already: verify_init); the sheet, if any, is the file SHEET_FILE as it is
//! Copy {index}: run ffmpeg copy_args(..); plan.pack_copy(index, &file) -> objects
//! Audio {index}: run ffmpeg audio_args(..); plan.pack_audio(index, &file) -> objects
//! Poster: run ffmpeg poster_args(..); the file as it is
//! after each: plan.progress(&done) -> state, permille, playable seconds
//! ```
//! # How the server uses it
//! [`MediaPath::parse`] on what follows `/media/{version}/`, [`Plan::maker`] whether it exists and who makes it,
//! [`Plan::key`] where it lies, [`Plan::watched`] what to raise while a request waits.

pub mod asset;
pub mod audio_args;
pub mod audio_plan;
pub mod barcode;
mod boxes;
pub mod byte_needs;
pub mod caption_args;
pub mod captions;
mod chapters;
pub mod chunk_args;
mod chunking;
pub mod clip;
pub mod clip_kind;
pub mod copy_args;
pub mod copy_plan;
pub mod digits;
pub mod drawn;
pub mod facts;
pub mod feed;
mod ffmpeg_args;
pub mod fragment;
pub mod frame_table;
pub mod grid;
pub mod index_place;
pub mod job;
pub mod ladder;
pub mod limits;
pub mod loudness;
mod nal;
pub mod objects;
pub mod package;
pub mod packet_index;
pub mod peaks;
pub mod picture;
mod picture_filter;
pub mod plan;
pub mod playlist;
pub mod probe;
pub mod probe_args;
mod raw_stream;
pub mod refusal;
pub mod sample;
pub mod sniff;
pub mod source_hash;
mod start_timecode;
pub mod storyboard;
pub mod words;

pub use asset::{Progress, may_become};
pub use audio_args::{AUDIO_FILE, audio_args};
pub use audio_plan::AudioPlan;
pub use byte_needs::{ByteNeeds, JobNeeds, Place, head_needs};
pub use caption_args::{CAPTIONS_FILE, caption_args};
pub use captions::{CaptionError, Captions};
pub use chunk_args::{SHEET_FILE, chunk_args, poster_args, rendition_file};
pub use copy_args::{COPY_FILE, copy_args};
pub use copy_plan::CopyPlan;
pub use drawn::Drawn;
pub use facts::SourceFacts;
pub use feed::Feed;
pub use ffmpeg_args::Input;
pub use fragment::PackError;
pub use frame_table::FrameTable;
pub use index_place::{IndexFinder, IndexPlace, IndexStep};
pub use job::JobSpec;
pub use ladder::Rendition;
pub use loudness::Loudness;
pub use objects::{Maker, MediaPath, ObjectRef, upload_key};
pub use package::{PackedObject, first_picture_end, verify_init};
pub use packet_index::{KEY_LOOK_BYTES, KEY_LOOK_BYTES_MAX, PacketIndex, PacketIndexReader};
pub use peaks::PEAKS_FILE;
pub use plan::{Plan, RenditionSet};
pub use probe::ProbeAnswer;
pub use probe_args::{audio_packet_args, cover_args, packet_args, probe_args};
pub use refusal::{MediaRefusal, probe_failure};
pub use sniff::{Container, SNIFF_BYTES, sniff};
pub use source_hash::{SourceHasher, hash_of_parts, source_hash};
