//! From ffprobe's two answers (streams as JSON, packets as CSV) to [`SourceFacts`], or to a refusal in plain words.
//! Called by the probe job. Every number in the answers is hostile: bounded before it is used.

use crate::caption_args::is_text;
use crate::chapters::{RawMark, chapters};
use crate::facts::{AudioFacts, AvcFacts, Colour, FACTS_VERSION, SourceFacts, SubtitleFacts, VideoFacts};
use crate::grid::{Grid, Ratio, divide_round};
use crate::limits::{
    AUDIO_TRACKS_MAX, DURATION_S_MAX, HEIGHT_MAX, INFLATION_MAX, PIXELS_MAX, PROBE_BYTES_MAX, STREAMS_MAX,
    SUBTITLE_TRACKS_MAX, TRACK_NAME_CHARS_MAX, WIDTH_MAX,
};
use crate::nal::AvcConfig;
use crate::packet_index::PacketIndex;
use crate::refusal::MediaRefusal;
use crate::sniff::Container;
use crate::start_timecode::{NamedTimecode, Tags};
use crate::words::{language_tag, one_line};
use serde::Deserialize;
use std::collections::BTreeMap;
use timecode::FrameRate;
use timecode::rate::FRAME_RATE_MAX;

/// The JSON of `ffprobe -show_format -show_streams`, read and checked as far as it goes without packets.
#[derive(Clone, Debug)]
pub struct ProbeAnswer {
    container: Container,
    video: RawStream,
    audio: Vec<RawStream>,
    subtitles: Vec<RawStream>,
    marks: Vec<RawMark>,
    timecode: Option<NamedTimecode>,
    /// What the container says about the picture's length, seconds.
    declared_s: Option<f64>,
}

#[derive(Deserialize)]
struct RawAnswer {
    #[serde(default)]
    streams: Vec<RawStream>,
    #[serde(default)]
    chapters: Vec<RawChapter>,
    format: Option<RawFormat>,
}

#[derive(Deserialize)]
struct RawChapter {
    time_base: Option<String>,
    start: Option<i64>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Deserialize)]
struct RawFormat {
    format_name: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    tags: Tags,
}

#[derive(Clone, Debug, Deserialize)]
struct RawStream {
    index: u32,
    codec_name: Option<String>,
    codec_type: Option<String>,
    codec_tag_string: Option<String>,
    profile: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    sample_aspect_ratio: Option<String>,
    pix_fmt: Option<String>,
    field_order: Option<String>,
    color_range: Option<String>,
    color_space: Option<String>,
    color_primaries: Option<String>,
    color_transfer: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    time_base: Option<String>,
    start_pts: Option<i64>,
    duration: Option<String>,
    bits_per_raw_sample: Option<String>,
    extradata: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    #[serde(default)]
    disposition: BTreeMap<String, i64>,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    side_data_list: Vec<RawSideData>,
}

#[derive(Clone, Debug, Deserialize)]
struct RawSideData {
    rotation: Option<f64>,
    displaymatrix: Option<String>,
}

impl ProbeAnswer {
    /// Reads the JSON, picks the streams, checks what can be checked without packets.
    ///
    /// # Errors
    /// Not a video, damaged, or beyond a limit.
    pub fn read(json: &str) -> Result<ProbeAnswer, MediaRefusal> {
        if json.len() > PROBE_BYTES_MAX {
            return Err(MediaRefusal::damaged("its description is larger than any real one"));
        }
        let raw: RawAnswer = serde_json::from_str(json)
            .map_err(|_| MediaRefusal::not_video("its description cannot be understood"))?;
        let format = raw.format.ok_or_else(|| MediaRefusal::not_video("no video was found in it"))?;
        let container = format
            .format_name
            .as_deref()
            .and_then(Container::of_format)
            .ok_or_else(|| MediaRefusal::not_video("it is of a kind that is not taken here"))?;
        if raw.streams.len() > STREAMS_MAX {
            return Err(MediaRefusal::too_large(&format!("it has more than {STREAMS_MAX} tracks")));
        }
        let of_kind = |kind: &str| {
            let kind = kind.to_owned();
            raw.streams
                .iter()
                .filter(move |stream| stream.codec_type.as_deref() == Some(kind.as_str()))
                .cloned()
        };
        let still = |stream: &RawStream| {
            ["attached_pic", "timed_thumbnails", "still_image"]
                .iter()
                .any(|flag| stream.disposition.get(*flag).is_some_and(|set| *set != 0))
        };
        let Some(video) = of_kind("video").find(|stream| !still(stream)) else {
            return Err(MediaRefusal::not_video("it has no moving picture"));
        };
        if video.codec_name.is_none() {
            return Err(MediaRefusal::not_video("its picture is coded in a way that is not taken here"));
        }
        let tagged = std::iter::once(&video).chain(&raw.streams).map(|stream| &stream.tags);
        let tracks = raw.streams.iter().filter(|stream| stream.codec_tag_string.as_deref() == Some("tmcd"));
        let timecode = NamedTimecode::find(
            tagged.chain([&format.tags]),
            tracks.map(|track| (&track.tags, rate(track.avg_frame_rate.as_deref()))),
        );
        let mut audio: Vec<RawStream> = of_kind("audio")
            .filter(|stream| stream.codec_name.is_some() && stream.channels.is_some_and(|count| count > 0))
            .collect();
        audio.sort_by_key(|stream| stream.disposition.get("default").is_none_or(|set| *set == 0));
        if audio.len() > AUDIO_TRACKS_MAX {
            return Err(MediaRefusal::too_large(&format!(
                "it has more than {AUDIO_TRACKS_MAX} sound tracks"
            )));
        }
        let declared_s = [video.duration.as_ref(), format.duration.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|text| text.parse::<f64>().ok())
            .filter(|seconds| seconds.is_finite() && *seconds > 0.0);
        // A wrong length in a header refuses nothing by itself: the packets decide. An absurd one need not be read.
        if declared_s.is_some_and(|seconds| seconds > 2.0 * DURATION_S_MAX as f64) {
            return Err(too_long());
        }
        let subtitles = of_kind("subtitle")
            .filter(|stream| stream.codec_name.as_deref().is_some_and(is_text))
            .take(SUBTITLE_TRACKS_MAX)
            .collect();
        let marks = raw.chapters.iter().filter_map(raw_mark).collect();
        let answer = ProbeAnswer { container, video, audio, subtitles, marks, timecode, declared_s };
        answer.picture_size()?;
        Ok(answer)
    }

    /// Whether each packet of the picture stream is a picture, whatever its bytes say.
    #[must_use]
    pub fn has_whole_packets(&self) -> bool {
        const CODECS: [&str; 8] = ["h264", "hevc", "av1", "vp8", "vp9", "prores", "dnxhd", "mjpeg"];
        let codec = self.video.codec_name.as_deref().unwrap_or_default();
        self.container == Container::Mp4 && CODECS.contains(&codec)
    }

    /// The picture stream's number, for the packet index.
    #[must_use]
    pub fn video_stream(&self) -> u32 {
        self.video.index
    }

    /// The container's family.
    #[must_use]
    pub fn container(&self) -> Container {
        self.container
    }

    /// Joins the packet index: the facts. `bytes` is the size of the file.
    ///
    /// # Errors
    /// Damaged (packets end long before the declared length, or times are missing), or beyond a limit.
    pub fn facts(&self, index: &PacketIndex, bytes: u64) -> Result<SourceFacts, MediaRefusal> {
        let video = &self.video;
        let time_base = fraction(video.time_base.as_deref()).filter(|base| base.num > 0);
        let time_base =
            time_base.ok_or_else(|| MediaRefusal::damaged("its pictures have no unit of time"))?;
        if index.untimed > index.pts.len() + 8 {
            return Err(MediaRefusal::damaged("most of its pictures have no time"));
        }
        if bytes > 0 && index.bytes / INFLATION_MAX > bytes {
            return Err(MediaRefusal::damaged("its pictures claim to be far larger than the file"));
        }
        let declared: Vec<FrameRate> = [&video.r_frame_rate, &video.avg_frame_rate]
            .into_iter()
            .filter_map(|text| rate(text.as_deref()))
            .filter(|rate| *rate != FrameRate::MILLISECONDS)
            .collect();
        let grid = Grid::fit(&index.pts, time_base, &declared)
            .ok_or_else(|| MediaRefusal::damaged("it has no picture that can be decoded"))?;
        if u64::from(grid.rate.num()) > u64::from(FRAME_RATE_MAX) * u64::from(grid.rate.den()) {
            return Err(MediaRefusal::too_large(&format!(
                "it has more than {FRAME_RATE_MAX} frames per second"
            )));
        }
        self.check_packet_rate(index, time_base)?;
        let last = index.pts.last().copied().unwrap_or(grid.origin_pts);
        let frames = grid.place(last).saturating_add(1).max(1);
        if i128::from(frames) * i128::from(grid.rate.den())
            > i128::from(DURATION_S_MAX) * i128::from(grid.rate.num())
        {
            return Err(too_long());
        }
        self.check_length(frames, &grid)?;
        let key_places: Vec<i64> = index.keys.iter().map(|pts| grid.place(*pts)).collect();
        let key_gap_max = key_places
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .chain([frames - key_places.last().unwrap_or(&0)]);
        let (width, height) = self.picture_size()?;
        let (coded_width, coded_height) = self.coded_size()?;
        let pixel_format = video.pix_fmt.clone().unwrap_or_default();
        let audio: Vec<AudioFacts> = self.audio.iter().filter_map(audio_facts).collect();
        let audio_offset_us = audio.first().map(|track| {
            micros(track.start_pts, track.time_base).saturating_sub(micros(grid.origin_pts, time_base))
        });
        let start = self.timecode.as_ref().map(|named| named.at(grid.rate));
        let (timecode, timecode_unused) =
            start.transpose().map_or_else(|text| (None, Some(text)), |start| (start, None));
        Ok(SourceFacts {
            v: FACTS_VERSION,
            container: self.container,
            bytes,
            video: VideoFacts {
                stream: video.index,
                codec: video.codec_name.clone().unwrap_or_else(|| "unknown".to_owned()),
                profile: video.profile.clone(),
                coded_width,
                coded_height,
                pixel_aspect: self.pixel_aspect(),
                quarter_turns: self.quarter_turns(),
                width,
                height,
                bit_depth: bit_depth(&pixel_format, video.bits_per_raw_sample.as_deref()),
                pixel_format,
                colour: Colour {
                    range: known(&video.color_range),
                    space: known(&video.color_space),
                    primaries: known(&video.color_primaries),
                    transfer: known(&video.color_transfer),
                },
                interlaced: matches!(video.field_order.as_deref(), Some("tt" | "bb" | "tb" | "bt")),
                grid,
                frames,
                pictures: i64::try_from(index.pts.len()).expect("bounded by PACKETS_MAX"),
                key_frames: i64::try_from(index.keys.len()).expect("bounded by PACKETS_MAX"),
                key_gap_max: key_gap_max.max().unwrap_or(frames),
                reordered: index.reordered,
                transformed: self.is_transformed(),
                avc: self.avc(),
            },
            audio,
            audio_offset_us,
            timecode,
            timecode_unused,
            chapters: chapters(&self.marks, &grid, frames),
            subtitles: self.subtitles.iter().filter_map(subtitle_facts).collect(),
        })
    }

    /// Pictures per second over the whole file, whatever grid they were put on.
    fn check_packet_rate(&self, index: &PacketIndex, time_base: Ratio) -> Result<(), MediaRefusal> {
        let (Some(first), Some(last)) = (index.pts.first(), index.pts.last()) else { return Ok(()) };
        let span_ticks = i128::from(*last) - i128::from(*first);
        let pictures = index.pts.len() as i128 - 1;
        // One second of grace: short bursts are dropped onto the grid.
        let allowed = (span_ticks * i128::from(time_base.num) / i128::from(time_base.den) + 1)
            * i128::from(FRAME_RATE_MAX + 1);
        if pictures > allowed {
            return Err(MediaRefusal::too_large(&format!(
                "it has more than {FRAME_RATE_MAX} frames per second"
            )));
        }
        Ok(())
    }

    /// Packets that end long before the declared length mean a file that was cut.
    fn check_length(&self, frames: i64, grid: &Grid) -> Result<(), MediaRefusal> {
        let Some(declared_s) = self.declared_s else { return Ok(()) };
        let actual_s = frames as f64 * f64::from(grid.rate.den()) / f64::from(grid.rate.num());
        // Matroska counts its length from time 0, not from the first picture.
        let start_s = if self.container == Container::Matroska {
            (micros(grid.origin_pts, grid.time_base) as f64 / 1e6).max(0.0)
        } else {
            0.0
        };
        let actual_s = actual_s + start_s;
        // 5 % and two seconds of grace: containers' lengths include longer sound tracks and are rounded.
        if actual_s + 2.0 < declared_s * 0.95 {
            return Err(MediaRefusal::damaged(&format!(
                "it should last {declared_s:.0} seconds, but its pictures end after {actual_s:.0}"
            )));
        }
        Ok(())
    }

    fn coded_size(&self) -> Result<(u32, u32), MediaRefusal> {
        let side =
            |value: Option<i64>| value.and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        match (side(self.video.width), side(self.video.height)) {
            (Some(width), Some(height)) => Ok((width, height)),
            _ => Err(MediaRefusal::damaged("its picture has no size")),
        }
    }

    /// Shown size, checked against the limits.
    fn picture_size(&self) -> Result<(u32, u32), MediaRefusal> {
        let (coded_width, coded_height) = self.coded_size()?;
        let aspect = self.pixel_aspect();
        let wide = u64::from(coded_width) * u64::from(aspect.num) / u64::from(aspect.den);
        let (long, short) = (coded_width.max(coded_height), coded_width.min(coded_height));
        if long > WIDTH_MAX || short > HEIGHT_MAX || u64::from(long) * u64::from(short) > PIXELS_MAX {
            return Err(MediaRefusal::too_large(&format!(
                "its picture has {coded_width} x {coded_height} pixels, at most {WIDTH_MAX} x {HEIGHT_MAX} are taken"
            )));
        }
        let wide = u32::try_from(wide.clamp(2, u64::from(WIDTH_MAX) * 4)).expect("clamped below u32");
        let (width, height) =
            if self.quarter_turns() % 2 == 1 { (coded_height, wide) } else { (wide, coded_height) };
        if width < 2 || height < 2 {
            return Err(MediaRefusal::not_video("its picture is too small to be seen"));
        }
        Ok((width, height))
    }

    /// Pixel aspect; 1:1 where none or an absurd one is declared.
    fn pixel_aspect(&self) -> Ratio {
        let text = self.video.sample_aspect_ratio.as_deref().unwrap_or("1:1").replace(':', "/");
        fraction(Some(&text))
            .filter(|aspect| {
                aspect.num > 0
                    && aspect.num <= aspect.den.saturating_mul(4)
                    && aspect.den <= aspect.num.saturating_mul(4)
            })
            .unwrap_or(Ratio { num: 1, den: 1 })
    }

    /// Whether the picture is shown through a matrix at all.
    fn is_transformed(&self) -> bool {
        self.video.side_data_list.iter().any(|side| side.displaymatrix.is_some())
    }

    /// Setting of the H.264 decoder, where the container has it in MP4's form.
    fn avc(&self) -> Option<AvcFacts> {
        if self.video.codec_name.as_deref() != Some("h264") {
            return None;
        }
        let config = AvcConfig::read(&dumped(self.video.extradata.as_deref()?))?;
        Some(AvcFacts {
            codec: config.codec(),
            profile: u32::from(config.profile),
            level: u32::from(config.level),
            length_size: u32::try_from(config.length_size).ok()?,
        })
    }

    fn quarter_turns(&self) -> u32 {
        let degrees = self
            .video
            .side_data_list
            .iter()
            .find_map(|side| side.rotation)
            // ffprobe's rotation counts anticlockwise, the old tag clockwise.
            .map(|degrees| -degrees)
            .or_else(|| self.video.tags.get("rotate").and_then(|text| text.parse().ok()))
            .filter(|degrees: &f64| degrees.is_finite())
            .unwrap_or(0.0);
        let turns = (degrees / 90.0).round().rem_euclid(4.0);
        [0_u32, 1, 2, 3].into_iter().find(|turn| (f64::from(*turn) - turns).abs() < 0.5).unwrap_or(0)
    }
}

/// Bytes out of ffprobe's dump: lines of an offset, up to sixteen bytes in hexadecimal in groups of two, and, after
/// two blanks, the same as text.
fn dumped(text: &str) -> Vec<u8> {
    let line = |line: &str| -> Vec<u8> {
        let body = line.split_once(": ").map_or("", |(_, body)| body);
        let digits: String = body.split("  ").next().unwrap_or("").split(' ').collect();
        hex::decode(digits).unwrap_or_default()
    };
    text.lines().flat_map(line).collect()
}

fn too_long() -> MediaRefusal {
    MediaRefusal::too_large(&format!("it lasts longer than {} hours", DURATION_S_MAX / 3600))
}

fn audio_facts(stream: &RawStream) -> Option<AudioFacts> {
    let sample_rate =
        stream.sample_rate.as_deref()?.parse().ok().filter(|rate| (8_000..=384_000).contains(rate))?;
    Some(AudioFacts {
        stream: stream.index,
        codec: stream.codec_name.clone()?,
        sample_rate,
        channels: stream.channels?.min(64),
        language: stream.tags.get("language").filter(|tag| tag.len() <= 8 && *tag != "und").cloned(),
        title: track_title(stream),
        time_base: fraction(stream.time_base.as_deref()).filter(|base| base.num > 0)?,
        start_pts: stream.start_pts.unwrap_or(0),
        phase: None,
    })
}

fn subtitle_facts(stream: &RawStream) -> Option<SubtitleFacts> {
    Some(SubtitleFacts {
        stream: stream.index,
        codec: stream.codec_name.clone()?,
        language: stream.tags.get("language").and_then(|tag| language_tag(tag)),
        title: track_title(stream),
        // Programs mark the first track as default by themselves; only a forced one is meant for everybody.
        default: stream.disposition.get("forced").is_some_and(|set| *set != 0),
    })
}

fn raw_mark(chapter: &RawChapter) -> Option<RawMark> {
    Some(RawMark {
        time_base: fraction(chapter.time_base.as_deref()).filter(|base| base.num > 0)?,
        start: chapter.start?,
        title: chapter.tags.get("title").cloned().unwrap_or_default(),
    })
}

/// What the file calls a track; not the words that programs write there by themselves.
fn track_title(stream: &RawStream) -> Option<String> {
    let named = stream.tags.get("title").or_else(|| stream.tags.get("handler_name"))?;
    let title = one_line(named, TRACK_NAME_CHARS_MAX);
    let is_handler = ["SoundHandler", "SubtitleHandler", "VideoHandler", "Core Media Audio"]
        .contains(&title.as_str())
        || title.contains("Handler")
        || title.contains("GPAC");
    (!title.is_empty() && !is_handler).then_some(title)
}

/// `a/b` with both parts in range and b above zero.
fn fraction(text: Option<&str>) -> Option<Ratio> {
    let (num, den) = text?.split_once('/')?;
    let ratio = Ratio { num: num.parse().ok()?, den: den.parse().ok()? };
    (ratio.den > 0).then_some(ratio)
}

fn rate(text: Option<&str>) -> Option<FrameRate> {
    let ratio = fraction(text)?;
    FrameRate::new(ratio.num, ratio.den).ok()
}

fn micros(pts: i64, time_base: Ratio) -> i64 {
    divide_round(i128::from(pts) * i128::from(time_base.num) * 1_000_000, i128::from(time_base.den))
}

fn known(word: &Option<String>) -> Option<String> {
    // Words reach ffmpeg's filter text later: letters, digits and hyphens only.
    word.clone().filter(|word| {
        !matches!(word.as_str(), "unknown" | "reserved" | "unspecified" | "")
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn bit_depth(pixel_format: &str, raw: Option<&str>) -> u32 {
    let declared = raw.and_then(|text| text.parse::<u32>().ok()).filter(|bits| (8..=16).contains(bits));
    let named = ["16", "14", "12", "10", "9"].into_iter().find(|bits| {
        pixel_format.ends_with(&format!("p{bits}le"))
            || pixel_format.ends_with(&format!("p{bits}be"))
            || pixel_format == format!("p0{bits}le")
    });
    declared.or(named.and_then(|bits| bits.parse().ok())).unwrap_or(8)
}
