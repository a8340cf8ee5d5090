//! What the probe found out about a source: the type, stored as JSON with the version, and its short form for the
//! page. Made by [`crate::probe`], read by the planner and the server.

use crate::drawn::{DRAWN_SIZE, Drawn};
use crate::grid::{Grid, Ratio, Timing};
use crate::sniff::Container;
use crate::words::language_tag;
use protocol::rest::{AudioTrackView, ChapterView, FactsView};
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
    /// Sound tracks: the one that the file declares as default first, else in order of the file.
    pub audio: Vec<AudioFacts>,
    /// First sound less first picture, microseconds: above zero the sound starts later.
    pub audio_offset_us: Option<i64>,
    /// Time code of the first frame.
    pub timecode: Option<StartTimecode>,
    /// A start time code of the file that names no frame at its rate, as it stands there: nothing is counted from it.
    #[serde(default)]
    pub timecode_unused: Option<String>,
    /// Chapter marks, in order.
    #[serde(default)]
    pub chapters: Vec<Chapter>,
    /// Subtitle tracks that are text, in order of the file.
    #[serde(default)]
    pub subtitles: Vec<SubtitleFacts>,
}

/// Facts of a subtitle track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleFacts {
    /// Number of the stream in the file.
    pub stream: u32,
    /// ffmpeg's name of the codec.
    pub codec: String,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// Name of the track.
    pub title: Option<String>,
    /// Shown unless somebody chooses otherwise.
    pub default: bool,
}

/// A chapter mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Its first frame.
    pub frame: i64,
    /// Its name; may be empty.
    pub title: String,
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
    /// Shown through a matrix other than a plain turn (mirrored, shifted, scaled).
    #[serde(default)]
    pub transformed: bool,
    /// Of H.264 in MP4's form: what its decoder is set to.
    #[serde(default)]
    pub avc: Option<AvcFacts>,
    /// The file has no moving picture: this is drawn of its sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
}

impl VideoFacts {
    /// Of a picture that is drawn. `stream` is the number of the sound that says how long it lasts.
    #[must_use]
    pub fn drawn(stream: u32, drawn: Drawn, grid: Grid, frames: i64) -> VideoFacts {
        let (width, height) = DRAWN_SIZE;
        VideoFacts {
            stream,
            codec: String::new(),
            profile: None,
            coded_width: width,
            coded_height: height,
            pixel_aspect: Ratio { num: 1, den: 1 },
            quarter_turns: 0,
            width,
            height,
            pixel_format: "yuv420p".to_owned(),
            bit_depth: 8,
            colour: Colour::default(),
            interlaced: false,
            grid,
            frames,
            pictures: 0,
            key_frames: 0,
            key_gap_max: 0,
            reordered: false,
            transformed: false,
            avc: None,
            drawn: Some(drawn),
        }
    }
}

/// Setting of an H.264 decoder, out of the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvcFacts {
    /// As playlists name it, e.g. `avc1.640028`.
    pub codec: String,
    /// `profile_idc`.
    pub profile: u32,
    /// Level times ten.
    pub level: u32,
    /// Bytes of the length before each unit.
    pub length_size: u32,
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
    /// Language as the file has it, mostly ISO 639-2.
    pub language: Option<String>,
    /// Name of the track.
    #[serde(default)]
    pub title: Option<String>,
    /// Unit of `start_pts`, seconds.
    pub time_base: Ratio,
    /// First time.
    pub start_pts: i64,
    /// For containers whose ticks are longer than a sample: a sample at which a decoded frame begins, found from
    /// many packets by [`SourceFacts::refine_audio`].
    #[serde(default)]
    pub phase: Option<i64>,
    /// Of FLAC in blocks of one length: that length, samples.
    #[serde(default)]
    pub block: Option<u32>,
}

impl AudioFacts {
    /// Whether a tick of the container is longer than a sample, so that times do not name one.
    #[must_use]
    pub fn is_coarse(&self) -> bool {
        u64::from(self.time_base.num) * u64::from(self.sample_rate) > u64::from(self.time_base.den)
    }

    /// Samples between the starts of decoded frames, for codecs where it is fixed.
    #[must_use]
    pub fn frame_step(&self) -> Option<u32> {
        match self.codec.as_str() {
            "aac" => Some(1024),
            "opus" => Some(120),
            "mp3" | "mp2" => Some(1152),
            "ac3" => Some(1536),
            "eac3" => Some(256),
            "dts" => Some(512),
            "flac" => self.block,
            _ => None,
        }
    }
}

/// Time code of the first frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimecode {
    /// As in the file.
    pub text: String,
    /// Its frame number: frame n of the video has the label of this number and n.
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

    /// The sound tracks whose first packets [`SourceFacts::refine_audio`] wants (see `audio_packet_args`); those
    /// of containers with exact times are not among them.
    #[must_use]
    pub fn audio_to_refine(&self) -> Vec<u32> {
        let coarse = self.audio.iter().filter(|track| track.is_coarse() && track.frame_step().is_some());
        coarse.map(|track| track.stream).collect()
    }

    /// Finds the exact sample grid of a sound track from the CSV of its first packets: each time is right within
    /// half a tick, and only one grid agrees with all of them. Without it sound chunks of Matroska files may meet
    /// up to a millisecond off.
    pub fn refine_audio(&mut self, stream: u32, packets_csv: &str) {
        let Some(track) = self.audio.iter_mut().find(|track| track.stream == stream) else { return };
        let Some(step) = track.frame_step().map(i64::from) else { return };
        let (num, den) = (i64::from(track.time_base.num), i64::from(track.time_base.den));
        let rate = i64::from(track.sample_rate);
        let samples = |ticks: i64| ticks.checked_mul(num * rate).map(|scaled| scaled.div_euclid(den));
        let half_tick = (num * rate / den + 1) / 2;
        let (mut low, mut high, mut position) = (i64::MIN, i64::MAX, 0_i64);
        for line in packets_csv.lines() {
            let mut fields = line.split(',').map(|field| field.parse::<i64>().ok());
            let (Some(Some(pts)), Some(duration)) = (fields.next(), fields.next()) else { continue };
            let Some(start) = samples(pts).filter(|start| start.abs() < 1 << 52) else { break };
            let (from, to) = (start - position - half_tick, start - position + half_tick);
            if from > high || to < low {
                break; // a gap: what follows lies on a grid of its own
            }
            (low, high) = (low.max(from), high.min(to));
            let length =
                duration.and_then(samples).filter(|length| (1..1 << 20).contains(length)).unwrap_or(step);
            position += ((length + step / 2) / step).max(1) * step;
        }
        if low != i64::MIN {
            track.phase = Some(low + (high - low) / 2);
        }
    }

    /// For the page.
    #[must_use]
    pub fn view(&self) -> FactsView {
        let sound = self.audio.first();
        // What is drawn is not in the file.
        let picture = Some(&self.video).filter(|video| video.drawn.is_none());
        FactsView {
            container: match self.container {
                Container::Mp4 => "MP4 / QuickTime",
                Container::Matroska => "Matroska / WebM",
                Container::MpegTs => "MPEG transport stream",
                Container::Mp3 => "MPEG audio",
                Container::Wav => "WAV",
                Container::Flac => "FLAC",
                Container::Ogg => "Ogg",
            }
            .to_owned(),
            video_codec: picture.map(|video| codec_words(&video.codec)),
            width: picture.map_or(0, |video| video.width),
            height: picture.map_or(0, |video| video.height),
            rate: self.rate(),
            frames: self.video.frames,
            duration_ms: self.duration_ms(),
            audio_codec: sound.map(|track| codec_words(&track.codec)),
            audio_channels: sound.map(|track| track.channels),
            bit_depth: picture.map_or(0, |video| video.bit_depth),
            start_timecode: self.timecode.as_ref().map(|start| start.text.clone()),
            start_frame: self.timecode.as_ref().map_or(0, |start| start.frame),
            drop_frame: self.timecode.as_ref().is_some_and(|start| start.drop_frame),
            unused_timecode: self.timecode_unused.clone(),
            bytes: self.bytes,
            chapters: self
                .chapters
                .iter()
                .map(|chapter| ChapterView { frame: chapter.frame, title: chapter.title.clone() })
                .collect(),
            audio_tracks: self
                .audio
                .iter()
                .map(|track| AudioTrackView {
                    codec: codec_words(&track.codec),
                    channels: track.channels,
                    language: track.language.as_deref().and_then(language_tag),
                    title: track.title.clone(),
                })
                .collect(),
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
        "alac" => "Apple Lossless",
        "amr_nb" => "AMR",
        "amr_wb" => "AMR Wideband",
        other if other.starts_with("adpcm_") => "ADPCM",
        other if other.starts_with("pcm_") => "PCM",
        other => other,
    }
    .to_owned()
}
