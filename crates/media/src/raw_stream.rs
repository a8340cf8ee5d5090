//! A stream as ffprobe tells of it, and what is read out of its words. Every one of them is hostile: bounded before it is
//! used. Read by [`crate::probe`].

use crate::facts::{AudioFacts, AvcFacts, Colour, SubtitleFacts, VideoFacts};
use crate::grid::{Grid, Ratio, divide_round};
use crate::limits::{COVER_SIDE_MAX, HEIGHT_MAX, PIXELS_MAX, TRACK_NAME_CHARS_MAX, WIDTH_MAX};
use crate::nal::AvcConfig;
use crate::packet_index::PacketIndex;
use crate::refusal::MediaRefusal;
use crate::start_timecode::Tags;
use crate::words::{language_tag, one_line};
use serde::Deserialize;
use std::collections::BTreeMap;
use timecode::FrameRate;

/// Codecs of a cover that can be drawn.
const COVER_CODECS: [&str; 2] = ["mjpeg", "png"];
/// Codecs of still pictures, which are no moving one.
const STILL_CODECS: [&str; 3] = ["png", "gif", "bmp"];
/// Least side of a cover, pixels; smaller ones are icons or placeholders.
const COVER_SIDE_MIN: i64 = 16;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawStream {
    pub(crate) index: u32,
    pub(crate) codec_name: Option<String>,
    pub(crate) codec_type: Option<String>,
    pub(crate) codec_tag_string: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) sample_aspect_ratio: Option<String>,
    pub(crate) pix_fmt: Option<String>,
    pub(crate) field_order: Option<String>,
    pub(crate) color_range: Option<String>,
    pub(crate) color_space: Option<String>,
    pub(crate) color_primaries: Option<String>,
    pub(crate) color_transfer: Option<String>,
    pub(crate) r_frame_rate: Option<String>,
    pub(crate) avg_frame_rate: Option<String>,
    pub(crate) time_base: Option<String>,
    pub(crate) start_pts: Option<i64>,
    pub(crate) duration: Option<String>,
    pub(crate) bits_per_raw_sample: Option<String>,
    pub(crate) extradata: Option<String>,
    pub(crate) sample_rate: Option<String>,
    pub(crate) channels: Option<u32>,
    #[serde(default)]
    pub(crate) disposition: BTreeMap<String, i64>,
    #[serde(default)]
    pub(crate) tags: Tags,
    #[serde(default)]
    pub(crate) side_data_list: Vec<RawSideData>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawSideData {
    pub(crate) rotation: Option<f64>,
    pub(crate) displaymatrix: Option<String>,
}

impl RawStream {
    /// Whether it is of a kind (`video`, `audio`, `subtitle`).
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.codec_type.as_deref() == Some(kind)
    }

    fn has(&self, disposition: &str) -> bool {
        self.disposition.get(disposition).is_some_and(|set| *set != 0)
    }

    /// One picture that stands, as the cover of an album.
    pub(crate) fn is_still(&self) -> bool {
        ["attached_pic", "timed_thumbnails", "still_image"].iter().any(|flag| self.has(flag))
    }

    /// Whether it can be drawn beside a sound: a cover of a codec that is decoded here and a size that makes sense.
    pub(crate) fn is_cover(&self) -> bool {
        let (Some(width), Some(height)) = (self.width, self.height) else { return false };
        let (short, long) = (width.min(height), width.max(height));
        self.has("attached_pic")
            && self.codec_name.as_deref().is_some_and(|codec| COVER_CODECS.contains(&codec))
            && short >= COVER_SIDE_MIN
            && long <= COVER_SIDE_MAX
            && long <= 4 * short
    }

    /// Whether its moving picture can be decoded, as far as its name tells.
    pub(crate) fn has_picture_codec(&self) -> bool {
        self.codec_name.as_deref().is_some_and(|codec| !STILL_CODECS.contains(&codec))
    }

    /// Played unless somebody chooses otherwise.
    pub(crate) fn is_default(&self) -> bool {
        self.has("default")
    }

    /// What the container says of its length, seconds.
    pub(crate) fn declared_s(&self) -> Option<f64> {
        seconds(self.duration.as_deref())
    }

    /// Unit of its times.
    pub(crate) fn time_base(&self) -> Option<Ratio> {
        fraction(self.time_base.as_deref()).filter(|base| base.num > 0)
    }

    /// The rates that the container claims.
    pub(crate) fn declared_rates(&self) -> Vec<FrameRate> {
        [&self.r_frame_rate, &self.avg_frame_rate]
            .into_iter()
            .filter_map(|text| rate(text.as_deref()))
            .filter(|rate| *rate != FrameRate::MILLISECONDS)
            .collect()
    }

    /// Facts of the moving picture, once it lies on a grid.
    ///
    /// # Errors
    /// Damaged or beyond a limit.
    pub(crate) fn video_facts(
        &self,
        index: &PacketIndex,
        grid: Grid,
        frames: i64,
    ) -> Result<VideoFacts, MediaRefusal> {
        let key_places: Vec<i64> = index.keys.iter().map(|pts| grid.place(*pts)).collect();
        let key_gap_max = key_places
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .chain([frames - key_places.last().unwrap_or(&0)]);
        let (width, height) = self.picture_size()?;
        let (coded_width, coded_height) = self.coded_size()?;
        let pixel_format = self.pix_fmt.clone().unwrap_or_default();
        Ok(VideoFacts {
            stream: self.index,
            codec: self.codec_name.clone().unwrap_or_else(|| "unknown".to_owned()),
            profile: self.profile.clone(),
            coded_width,
            coded_height,
            pixel_aspect: self.pixel_aspect(),
            quarter_turns: self.quarter_turns(),
            width,
            height,
            bit_depth: bit_depth(&pixel_format, self.bits_per_raw_sample.as_deref()),
            pixel_format,
            colour: Colour {
                range: known(&self.color_range),
                space: known(&self.color_space),
                primaries: known(&self.color_primaries),
                transfer: known(&self.color_transfer),
            },
            interlaced: matches!(self.field_order.as_deref(), Some("tt" | "bb" | "tb" | "bt")),
            grid,
            frames,
            pictures: i64::try_from(index.pts.len()).expect("bounded by PACKETS_MAX"),
            key_frames: i64::try_from(index.keys.len()).expect("bounded by PACKETS_MAX"),
            key_gap_max: key_gap_max.max().unwrap_or(frames),
            reordered: index.reordered,
            transformed: self.is_transformed(),
            avc: self.avc(),
            drawn: None,
        })
    }

    pub(crate) fn coded_size(&self) -> Result<(u32, u32), MediaRefusal> {
        let side =
            |value: Option<i64>| value.and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        match (side(self.width), side(self.height)) {
            (Some(width), Some(height)) => Ok((width, height)),
            _ => Err(MediaRefusal::damaged("its picture has no size")),
        }
    }

    /// Shown size, checked against the limits.
    pub(crate) fn picture_size(&self) -> Result<(u32, u32), MediaRefusal> {
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
        let text = self.sample_aspect_ratio.as_deref().unwrap_or("1:1").replace(':', "/");
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
        self.side_data_list.iter().any(|side| side.displaymatrix.is_some())
    }

    /// Setting of the H.264 decoder, where the container has it in MP4's form.
    fn avc(&self) -> Option<AvcFacts> {
        if self.codec_name.as_deref() != Some("h264") {
            return None;
        }
        let config = AvcConfig::read(&dumped(self.extradata.as_deref()?))?;
        Some(AvcFacts {
            codec: config.codec(),
            profile: u32::from(config.profile),
            level: u32::from(config.level),
            length_size: u32::try_from(config.length_size).ok()?,
        })
    }

    fn quarter_turns(&self) -> u32 {
        let degrees = self
            .side_data_list
            .iter()
            .find_map(|side| side.rotation)
            // ffprobe's rotation counts anticlockwise, the old tag clockwise.
            .map(|degrees| -degrees)
            .or_else(|| self.tags.get("rotate").and_then(|text| text.parse().ok()))
            .filter(|degrees: &f64| degrees.is_finite())
            .unwrap_or(0.0);
        let turns = (degrees / 90.0).round().rem_euclid(4.0);
        [0_u32, 1, 2, 3].into_iter().find(|turn| (f64::from(*turn) - turns).abs() < 0.5).unwrap_or(0)
    }

    /// Facts of a sound track; none where it cannot be decoded.
    pub(crate) fn audio_facts(&self) -> Option<AudioFacts> {
        let sample_rate =
            self.sample_rate.as_deref()?.parse().ok().filter(|rate| (8_000..=384_000).contains(rate))?;
        Some(AudioFacts {
            stream: self.index,
            codec: self.codec_name.clone()?,
            sample_rate,
            channels: self.channels?.min(64),
            language: self.tags.get("language").filter(|tag| tag.len() <= 8 && *tag != "und").cloned(),
            title: self.title(),
            time_base: self.time_base()?,
            start_pts: self.start_pts.unwrap_or(0),
            phase: None,
            block: self.block(),
        })
    }

    /// Of FLAC whose blocks have one length: that length, out of the first two numbers of its stream information.
    fn block(&self) -> Option<u32> {
        let settings =
            dumped(self.extradata.as_deref().filter(|_| self.codec_name.as_deref() == Some("flac"))?);
        let &[a, b, c, d, ..] = settings.as_slice() else { return None };
        (a == c && b == d).then(|| u32::from(u16::from_be_bytes([a, b]))).filter(|block| *block >= 16)
    }

    /// Facts of a subtitle track.
    pub(crate) fn subtitle_facts(&self) -> Option<SubtitleFacts> {
        Some(SubtitleFacts {
            stream: self.index,
            codec: self.codec_name.clone()?,
            language: self.tags.get("language").and_then(|tag| language_tag(tag)),
            title: self.title(),
            // Programs mark the first track as default by themselves; only a forced one is meant for everybody.
            default: self.has("forced"),
        })
    }

    /// What the file calls a track; not the words that programs write there by themselves.
    fn title(&self) -> Option<String> {
        let named = self.tags.get("title").or_else(|| self.tags.get("handler_name"))?;
        let title = one_line(named, TRACK_NAME_CHARS_MAX);
        let is_handler = ["SoundHandler", "SubtitleHandler", "VideoHandler", "Core Media Audio"]
            .contains(&title.as_str())
            || title.contains("Handler")
            || title.contains("GPAC");
        (!title.is_empty() && !is_handler).then_some(title)
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

/// `a/b` with both parts in range and b above zero.
pub(crate) fn fraction(text: Option<&str>) -> Option<Ratio> {
    let (num, den) = text?.split_once('/')?;
    let ratio = Ratio { num: num.parse().ok()?, den: den.parse().ok()? };
    (ratio.den > 0).then_some(ratio)
}

/// A rate as a fraction.
pub(crate) fn rate(text: Option<&str>) -> Option<FrameRate> {
    let ratio = fraction(text)?;
    FrameRate::new(ratio.num, ratio.den).ok()
}

/// A time as microseconds.
pub(crate) fn micros(pts: i64, time_base: Ratio) -> i64 {
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

/// Seconds as a header declares them; none where they say nothing.
pub(crate) fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}
