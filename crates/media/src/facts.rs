//! What the probe found out about a source: the type, stored as JSON with the version, and its short form for the
//! page. Made by [`crate::probe`], read by the planner and the server.

use crate::grid::{Grid, Ratio, Timing};
use crate::sniff::Container;
use protocol::rest::FactsView;
use serde::{Deserialize, Serialize};
use timecode::FrameRate;

/// Version of the stored form. Raised when a field changes its meaning; new fields have defaults.
pub const FACTS_VERSION: u32 = 1;

/// Facts of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// [`FACTS_VERSION`] when it was written.
    pub v: u32,
    /// Family of the container.
    pub container: Container,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// The picture.
    pub video: VideoFacts,
    /// Sound tracks in order of the file.
    pub audio: Vec<AudioFacts>,
    /// First sound less first picture, microseconds: above zero the sound starts later.
    pub audio_offset_us: Option<i64>,
    /// Time code of the first frame.
    pub timecode: Option<StartTimecode>,
}

/// Facts of the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFacts {
    /// Number of the stream in the file.
    pub stream: u32,
    /// ffmpeg's name of the codec.
    pub codec: String,
    /// Profile as ffmpeg names it.
    pub profile: Option<String>,
    /// Coded width before rotation and pixel aspect, pixels.
    pub coded_width: u32,
    /// Coded height.
    pub coded_height: u32,
    /// Width of a pixel divided by its height.
    pub pixel_aspect: Ratio,
    /// Clockwise turns of 90 degrees for showing, 0 to 3.
    pub quarter_turns: u32,
    /// Shown width, after rotation and pixel aspect.
    pub width: u32,
    /// Shown height.
    pub height: u32,
    /// ffmpeg's pixel format.
    pub pixel_format: String,
    /// Bits per sample.
    pub bit_depth: u32,
    /// Colour.
    pub colour: Colour,
    /// Fields instead of whole pictures.
    pub interlaced: bool,
    /// Frame rate, first time, kind of timing.
    pub grid: Grid,
    /// Frames on the grid: what everybody counts in.
    pub frames: i64,
    /// Pictures in the file; fewer than frames where the grid has holes.
    pub pictures: i64,
    /// Pictures coded without others.
    pub key_frames: i64,
    /// Longest distance between two of them, frames.
    pub key_gap_max: i64,
    /// Coded in another order than shown.
    pub reordered: bool,
}

/// Colour as declared by the source, in ffmpeg's words; none where it declares nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    /// `tv` or `pc`.
    pub range: Option<String>,
    /// Matrix.
    pub space: Option<String>,
    /// Primaries.
    pub primaries: Option<String>,
    /// Transfer.
    pub transfer: Option<String>,
}

/// Facts of a sound track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioFacts {
    /// Number of the stream in the file.
    pub stream: u32,
    /// ffmpeg's name of the codec.
    pub codec: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u32,
    /// ISO 639-2 language.
    pub language: Option<String>,
    /// Unit of `start_pts`, seconds.
    pub time_base: Ratio,
    /// First time.
    pub start_pts: i64,
}

/// Time code of the first frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimecode {
    /// As in the file.
    pub text: String,
    /// Its frame number.
    pub frame: i64,
    /// Drop-frame.
    pub drop_frame: bool,
}

impl Colour {
    /// Brighter than a normal screen shows: needs tone mapping.
    #[must_use]
    pub fn is_hdr(&self) -> bool {
        matches!(self.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
    }

    /// Wider than BT.709: needs conversion.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.primaries.as_deref().is_some_and(|name| name == "bt2020" || name.starts_with("smpte43"))
            || self.space.as_deref().is_some_and(|name| name.starts_with("bt2020"))
    }
}

impl SourceFacts {
    /// Frame rate.
    #[must_use]
    pub fn rate(&self) -> FrameRate {
        self.video.grid.rate
    }

    /// Length, milliseconds, rounded up.
    #[must_use]
    pub fn duration_ms(&self) -> i64 {
        let us = self.rate().micros_until(self.video.frames, timecode::Speed::NORMAL);
        us.saturating_add(999) / 1000
    }

    /// For the page.
    #[must_use]
    pub fn view(&self) -> FactsView {
        let sound = self.audio.first();
        FactsView {
            container: match self.container {
                Container::Mp4 => "MP4 / QuickTime",
                Container::Matroska => "Matroska / WebM",
                Container::MpegTs => "MPEG transport stream",
            }
            .to_owned(),
            video_codec: Some(codec_words(&self.video.codec)),
            width: self.video.width,
            height: self.video.height,
            rate: self.rate(),
            frames: self.video.frames,
            duration_ms: self.duration_ms(),
            audio_codec: sound.map(|track| codec_words(&track.codec)),
            audio_channels: sound.map(|track| track.channels),
            bit_depth: self.video.bit_depth,
            start_timecode: self.timecode.as_ref().map(|start| start.text.clone()),
            drop_frame: self.timecode.as_ref().is_some_and(|start| start.drop_frame),
            bytes: self.bytes,
        }
    }

    /// Whether every picture has its place and no other.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.video.grid.timing == Timing::Constant
    }
}

/// The field's own name of a codec.
fn codec_words(codec: &str) -> String {
    match codec {
        "h264" => "H.264",
        "hevc" => "H.265",
        "av1" => "AV1",
        "vp8" => "VP8",
        "vp9" => "VP9",
        "mpeg2video" => "MPEG-2",
        "mpeg1video" => "MPEG-1",
        "mpeg4" => "MPEG-4",
        "prores" => "ProRes",
        "dnxhd" => "DNxHD",
        "mjpeg" => "Motion JPEG",
        "aac" => "AAC",
        "opus" => "Opus",
        "vorbis" => "Vorbis",
        "flac" => "FLAC",
        "mp2" => "MP2",
        "mp3" => "MP3",
        "ac3" => "Dolby Digital",
        "eac3" => "Dolby Digital Plus",
        other if other.starts_with("pcm_") => "PCM",
        other => other,
    }
    .to_owned()
}
