//! From ffprobe's two answers (streams as JSON, packets as CSV) to [`SourceFacts`], or to a refusal in plain words.
//! Called by the probe job. Every number in the answers is hostile: bounded before it is used.

use crate::caption_args::is_text;
use crate::chapters::{RawMark, chapters};
use crate::drawn::{Drawn, drawn_rate};
use crate::facts::{AudioFacts, FACTS_VERSION, SourceFacts, VideoFacts};
use crate::grid::{Grid, Ratio, Timing};
use crate::limits::{
    AUDIO_TRACKS_MAX, DURATION_S_MAX, INFLATION_MAX, PROBE_BYTES_MAX, STREAMS_MAX, SUBTITLE_TRACKS_MAX,
};
use crate::packet_index::PacketIndex;
use crate::raw_stream::{RawStream, fraction, micros, rate, seconds};
use crate::refusal::MediaRefusal;
use crate::sniff::Container;
use crate::start_timecode::{NamedTimecode, Tags};
use serde::Deserialize;
use timecode::rate::FRAME_RATE_MAX;

/// The JSON of `ffprobe -show_format -show_streams`, read and checked as far as it goes without packets.
#[derive(Clone, Debug)]
pub struct ProbeAnswer {
    container: Container,
    picture: Picture,
    audio: Vec<RawStream>,
    subtitles: Vec<RawStream>,
    marks: Vec<RawMark>,
    timecode: Option<NamedTimecode>,
    /// What the container says about its length, seconds.
    declared_s: Option<f64>,
}

/// What there is to be seen.
#[derive(Clone, Debug)]
enum Picture {
    /// A moving picture.
    Moving(RawStream),
    /// Sound alone. `track` is its longest one; `earliest` where the first of all begins, and the unit of that.
    Drawn { track: RawStream, earliest: (i64, Ratio), cover: Option<u32> },
}

impl Picture {
    /// The stream that says how long it lasts.
    fn stream(&self) -> &RawStream {
        match self {
            Picture::Moving(stream) | Picture::Drawn { track: stream, .. } => stream,
        }
    }

    /// What it is called in refusals.
    fn words(&self) -> &'static str {
        match self {
            Picture::Moving(_) => "its pictures",
            Picture::Drawn { .. } => "its sound",
        }
    }
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
        let of_kind =
            |kind: &'static str| raw.streams.iter().filter(move |stream| stream.is_of(kind)).cloned();
        let mut audio: Vec<RawStream> = of_kind("audio")
            .filter(|stream| stream.codec_name.is_some() && stream.channels.is_some_and(|count| count > 0))
            .collect();
        audio.sort_by_key(|stream| !stream.is_default());
        if audio.len() > AUDIO_TRACKS_MAX {
            return Err(MediaRefusal::too_large(&format!(
                "it has more than {AUDIO_TRACKS_MAX} sound tracks"
            )));
        }
        let picture = match of_kind("video").find(|stream| !stream.is_still()) {
            Some(stream) if stream.has_picture_codec() => Picture::Moving(stream),
            Some(_) => {
                return Err(MediaRefusal::not_video("its picture is coded in a way that is not taken here"));
            }
            None => sound_alone(&audio, of_kind("video").find(RawStream::is_cover))?,
        };
        let declared_s = picture.stream().declared_s().or_else(|| seconds(format.duration.as_deref()));
        // A wrong length in a header refuses nothing by itself: the packets decide. An absurd one need not be read.
        if declared_s.is_some_and(|seconds| seconds > 2.0 * DURATION_S_MAX as f64) {
            return Err(too_long());
        }
        let subtitles = of_kind("subtitle")
            .filter(|stream| stream.codec_name.as_deref().is_some_and(is_text))
            .take(SUBTITLE_TRACKS_MAX)
            .collect();
        let marks = raw.chapters.iter().filter_map(raw_mark).collect();
        if let Picture::Moving(stream) = &picture {
            stream.picture_size()?;
        }
        let tagged = std::iter::once(picture.stream()).chain(&raw.streams).map(|stream| &stream.tags);
        let tracks = raw.streams.iter().filter(|stream| stream.codec_tag_string.as_deref() == Some("tmcd"));
        let timecode = NamedTimecode::find(
            tagged.chain([&format.tags]),
            tracks.map(|track| (&track.tags, rate(track.avg_frame_rate.as_deref()))),
        );
        Ok(ProbeAnswer { container, picture, audio, subtitles, marks, timecode, declared_s })
    }

    /// Whether each packet of the picture stream is a picture, whatever its bytes say.
    #[must_use]
    pub fn has_whole_packets(&self) -> bool {
        const CODECS: [&str; 8] = ["h264", "hevc", "av1", "vp8", "vp9", "prores", "dnxhd", "mjpeg"];
        let Picture::Moving(stream) = &self.picture else { return false };
        let codec = stream.codec_name.as_deref().unwrap_or_default();
        self.container == Container::Mp4 && CODECS.contains(&codec)
    }

    /// Number of the stream for the packet index: the moving picture, or the sound where there is none.
    #[must_use]
    pub fn index_stream(&self) -> u32 {
        self.picture.stream().index
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
        let what = self.picture.words();
        let time_base = self.picture.stream().time_base();
        let time_base =
            time_base.ok_or_else(|| MediaRefusal::damaged(&format!("{what} has no unit of time")))?;
        if index.untimed > index.pts.len() + 8 {
            return Err(MediaRefusal::damaged(&format!("most of {what} has no time")));
        }
        if bytes > 0 && index.bytes / INFLATION_MAX > bytes {
            return Err(MediaRefusal::damaged(&format!("{what} would be far larger than the file")));
        }
        let (grid, frames) = match &self.picture {
            Picture::Moving(stream) => moving_grid(stream, index, time_base)?,
            Picture::Drawn { earliest, .. } => drawn_grid(*earliest, index, time_base),
        };
        if i128::from(frames) * i128::from(grid.rate.den())
            > i128::from(DURATION_S_MAX) * i128::from(grid.rate.num())
        {
            return Err(too_long());
        }
        self.check_length(frames, &grid)?;
        let video = match &self.picture {
            Picture::Moving(stream) => stream.video_facts(index, grid, frames)?,
            Picture::Drawn { track, cover, .. } => {
                VideoFacts::drawn(track.index, Drawn { cover: *cover }, grid, frames)
            }
        };
        let audio: Vec<AudioFacts> = self.audio.iter().filter_map(RawStream::audio_facts).collect();
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
            video,
            audio,
            audio_offset_us,
            timecode,
            timecode_unused,
            chapters: chapters(&self.marks, &grid, frames),
            subtitles: self.subtitles.iter().filter_map(RawStream::subtitle_facts).collect(),
        })
    }

    /// Packets that end long before the declared length mean a file that was cut.
    fn check_length(&self, frames: i64, grid: &Grid) -> Result<(), MediaRefusal> {
        // Of MPEG audio as it is, the length is a guess.
        let Some(declared_s) = self.declared_s.filter(|_| self.container != Container::Mp3) else {
            return Ok(());
        };
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
                "it should last {declared_s:.0} seconds, but {} end after {actual_s:.0}",
                self.picture.words()
            )));
        }
        Ok(())
    }
}

/// Sound without a moving picture: which track tells the length, and what is drawn.
fn sound_alone(audio: &[RawStream], cover: Option<RawStream>) -> Result<Picture, MediaRefusal> {
    if audio.is_empty() {
        return Err(MediaRefusal::not_video("it has neither a moving picture nor sound"));
    }
    let known: Vec<(&RawStream, AudioFacts)> =
        audio.iter().filter_map(|stream| Some((stream, stream.audio_facts()?))).collect();
    let length = |stream: &RawStream| stream.declared_s().unwrap_or(0.0);
    // The first of equals: what the file declares as default.
    let longest = known
        .iter()
        .map(|(stream, _)| *stream)
        .reduce(|best, next| if length(next) > length(best) { next } else { best });
    let starts = known.iter().map(|(_, facts)| (facts.start_pts, facts.time_base));
    let earliest = starts.min_by_key(|(pts, base)| micros(*pts, *base));
    let (Some(track), Some(earliest)) = (longest, earliest) else {
        return Err(MediaRefusal::not_video("its sound is coded in a way that is not taken here"));
    };
    Ok(Picture::Drawn { track: track.clone(), earliest, cover: cover.map(|stream| stream.index) })
}

/// The grid and the frames of a moving picture.
fn moving_grid(
    stream: &RawStream,
    index: &PacketIndex,
    time_base: Ratio,
) -> Result<(Grid, i64), MediaRefusal> {
    let grid = Grid::fit(&index.pts, time_base, &stream.declared_rates())
        .ok_or_else(|| MediaRefusal::damaged("it has no picture that can be decoded"))?;
    if u64::from(grid.rate.num()) > u64::from(FRAME_RATE_MAX) * u64::from(grid.rate.den()) {
        return Err(too_fast());
    }
    check_packet_rate(index, time_base)?;
    let last = index.pts.last().copied().unwrap_or(grid.origin_pts);
    Ok((grid, grid.place(last).saturating_add(1).max(1)))
}

/// The grid and the frames of a drawn picture: from the first sample of any track to the last one of the longest.
fn drawn_grid((pts, base): (i64, Ratio), index: &PacketIndex, time_base: Ratio) -> (Grid, i64) {
    let ticks = i128::from(pts) * i128::from(base.num) * i128::from(time_base.den);
    // Rounded down, so that nothing begins before frame 0.
    let tick = i128::from(base.den) * i128::from(time_base.num);
    let origin_pts = i64::try_from(ticks.div_euclid(tick)).unwrap_or(0);
    let rate = drawn_rate();
    let grid = Grid { rate, time_base, origin_pts, timing: Timing::Constant };
    let ticks = i128::from(index.end()) - i128::from(origin_pts);
    let places = ticks * i128::from(time_base.num) * i128::from(rate.num());
    let per_place = i128::from(time_base.den) * i128::from(rate.den());
    let frames = places.div_euclid(per_place) + i128::from(places.rem_euclid(per_place) > 0);
    (grid, i64::try_from(frames.max(1)).unwrap_or(i64::MAX))
}

/// Pictures per second over the whole file, whatever grid they were put on.
fn check_packet_rate(index: &PacketIndex, time_base: Ratio) -> Result<(), MediaRefusal> {
    let (Some(first), Some(last)) = (index.pts.first(), index.pts.last()) else { return Ok(()) };
    let span_ticks = i128::from(*last) - i128::from(*first);
    let pictures = index.pts.len() as i128 - 1;
    // One second of grace: short bursts are dropped onto the grid.
    let allowed = (span_ticks * i128::from(time_base.num) / i128::from(time_base.den) + 1)
        * i128::from(FRAME_RATE_MAX + 1);
    if pictures > allowed {
        return Err(too_fast());
    }
    Ok(())
}

fn too_fast() -> MediaRefusal {
    MediaRefusal::too_large(&format!("it has more than {FRAME_RATE_MAX} frames per second"))
}

fn too_long() -> MediaRefusal {
    MediaRefusal::too_large(&format!("it lasts longer than {} hours", DURATION_S_MAX / 3600))
}

fn raw_mark(chapter: &RawChapter) -> Option<RawMark> {
    Some(RawMark {
        time_base: fraction(chapter.time_base.as_deref()).filter(|base| base.num > 0)?,
        start: chapter.start?,
        title: chapter.tags.get("title").cloned().unwrap_or_default(),
    })
}
