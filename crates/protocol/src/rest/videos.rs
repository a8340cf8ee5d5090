//! Videos of a library and their versions.

use super::PersonView;
use crate::beside::{AudioTrackView, CaptionView, ChapterView, LoudnessView};
use crate::wire::{wire_struct, wire_word};
use crate::{ChannelId, JobId, Timestamp, UploadId, VersionId, VideoId};
use timecode::FrameRate;

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
