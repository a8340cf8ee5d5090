//! The sound's own grid: AAC frames of 1,024 samples at 48 kHz, segments of 188 of them, chunks of segments that
//! are encoded apart with frames before and after that are dropped. Part of the plan; asked by the argument
//! builder, the packager and the playlists.

use crate::facts::AudioFacts;
use crate::grid::{Grid, Ratio, divide_round};
use crate::words::{language_name, language_tag};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Samples per second of every sound rendition.
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples of one AAC frame.
pub const FRAME_SAMPLES: u32 = 1024;
/// AAC frames of one segment: 4.0107 s.
pub const SEGMENT_AAC_FRAMES: u32 = 188;
/// AAC frames of the first segment: 2.0053 s, about as long as a segment of the picture, so that neither waits for the
/// other at the beginning.
const FIRST_SEGMENT_AAC_FRAMES: u32 = 94;
/// Bits per second.
pub const AUDIO_BITS: u32 = 128_000;
/// Codec as playlists name it: AAC-LC.
pub const AUDIO_CODEC: &str = "mp4a.40.2";
/// Segments of the first chunks, so that the head is there soon and goes on as soon as the picture.
const HEAD_SEGMENTS: [u32; 3] = [1, 1, 2];
/// Segments of every other chunk: 12 s, about as long as a chunk of the picture, so that neither keeps the other waiting
/// while the file is on its way.
const CHUNK_SEGMENTS: u32 = 3;
/// AAC frames encoded before a chunk and dropped, so that the encoder's state has settled: 171 ms.
const PRE_ROLL: u32 = 8;
/// AAC frames encoded after a chunk and dropped, so that its last ones were made with what follows in sight.
const POST_ROLL: u32 = 4;

/// Plan of the sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioPlan {
    /// Number of the stream in the file.
    pub stream: u32,
    /// Language, BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// Name in playlists, its own within the video.
    #[serde(default)]
    pub name: String,
    /// Samples per second of the source.
    pub source_rate: u32,
    /// Source sample at which the picture's frame 0 is shown, on the file's own clock.
    pub zero: i64,
    /// First source sample, same clock.
    pub start: i64,
    /// For containers with coarse times: where decoded frames really begin.
    pub snap: Option<Snap>,
    /// AAC frames of the whole: as long as the picture, rounded up.
    pub aac_frames: u32,
    /// Bits per second.
    pub bits: u32,
    /// AAC frames of the first segment.
    #[serde(default = "old::first_segment")]
    pub first_segment: u32,
    /// Segments of each of the first chunks.
    #[serde(default = "old::head_segments")]
    pub head_segments: Vec<u32>,
    /// Segments of each further chunk.
    #[serde(default = "old::chunk_segments")]
    pub chunk_segments: u32,
}

/// What plans up to the fourth version had.
mod old {
    pub(super) fn first_segment() -> u32 {
        super::SEGMENT_AAC_FRAMES
    }

    pub(super) fn head_segments() -> Vec<u32> {
        vec![1]
    }

    pub(super) fn chunk_segments() -> u32 {
        8
    }
}

/// Decoded frames begin at `phase` + n x `step` samples; a time within `tolerance` of that is meant to be that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snap {
    /// Samples.
    pub step: u32,
    /// Samples.
    pub phase: i64,
    /// Samples.
    pub tolerance: u32,
}

/// What to encode for one chunk of sound, and what to keep of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioWindow {
    /// First source sample to read, on the file's clock; a place where source and output grids meet.
    pub source_from: i64,
    /// Source sample to stop at (exclusive).
    pub source_to: i64,
    /// Output samples between `source_from` and the first one to encode.
    pub lead: u32,
    /// Output samples to encode.
    pub samples: u32,
    /// AAC frames that come out before those to keep: pre-roll and the encoder's own delay of one.
    pub drop: u32,
    /// AAC frames to keep.
    pub keep: u32,
}

impl AudioPlan {
    /// Plan for a track beside a picture of `frames` on `grid`.
    pub(crate) fn new(track: &AudioFacts, grid: &Grid, frames: i64, names: &mut Vec<String>) -> AudioPlan {
        let samples_of = |pts: i64, base: Ratio| {
            divide_round(
                i128::from(pts) * i128::from(base.num) * i128::from(track.sample_rate),
                i128::from(base.den),
            )
        };
        let length = i128::from(frames) * i128::from(grid.rate.den()) * i128::from(SAMPLE_RATE);
        let per_frame = i128::from(grid.rate.num()) * i128::from(FRAME_SAMPLES);
        let aac_frames = (length + per_frame - 1) / per_frame;
        let start = samples_of(track.start_pts, track.time_base);
        // Ticks longer than a sample leave the sample open: by half a tick for the packet, and by as much again
        // where the decoder cuts the first frame after a seek (Opus).
        let tick = (u64::from(track.time_base.num) * u64::from(track.sample_rate))
            .div_ceil(u64::from(track.time_base.den));
        let snap = track.frame_step().filter(|_| track.is_coarse()).map(|step| Snap {
            step,
            phase: track.phase.unwrap_or(start),
            tolerance: u32::try_from(tick + 1).unwrap_or(u32::MAX).min(step / 2),
        });
        let language = track.language.as_deref().and_then(language_tag);
        AudioPlan {
            stream: track.stream,
            name: own_name(track.title.as_deref(), language.as_deref(), names),
            language,
            source_rate: track.sample_rate,
            zero: samples_of(grid.origin_pts, grid.time_base),
            start,
            snap,
            aac_frames: u32::try_from(aac_frames).unwrap_or(u32::MAX),
            bits: AUDIO_BITS,
            first_segment: FIRST_SEGMENT_AAC_FRAMES,
            head_segments: HEAD_SEGMENTS.to_vec(),
            chunk_segments: CHUNK_SEGMENTS,
        }
    }

    /// Number of segments.
    #[must_use]
    pub fn segments(&self) -> u32 {
        let rest = self.aac_frames.saturating_sub(self.first_segment).div_ceil(SEGMENT_AAC_FRAMES);
        rest + u32::from(self.aac_frames > 0)
    }

    /// AAC frames of a segment.
    #[must_use]
    pub fn segment_frames(&self, segment: u32) -> Range<u32> {
        let at = |segment: u32| {
            let rest = segment.checked_sub(1).map(|rest| rest.saturating_mul(SEGMENT_AAC_FRAMES));
            rest.map_or(0, |rest| rest.saturating_add(self.first_segment)).min(self.aac_frames)
        };
        at(segment)..at(segment.saturating_add(1))
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        self.segments().checked_sub(1).map_or(0, |last| self.chunk_of(last) + 1)
    }

    /// The chunk that makes a segment.
    #[must_use]
    pub fn chunk_of(&self, segment: u32) -> u32 {
        let (mut chunk, mut end) = (0, 0);
        for segments in &self.head_segments {
            end += segments;
            if segment < end {
                return chunk;
            }
            chunk += 1;
        }
        chunk + (segment - end) / self.chunk_segments.max(1)
    }

    /// Segments of a chunk.
    #[must_use]
    pub fn chunk_segments(&self, chunk: u32) -> Range<u32> {
        let from = |chunk: u32| {
            let head: u32 = self.head_segments.iter().take(chunk as usize).sum();
            let rest = chunk.saturating_sub(u32::try_from(self.head_segments.len()).unwrap_or(u32::MAX));
            head.saturating_add(rest.saturating_mul(self.chunk_segments)).min(self.segments())
        };
        from(chunk)..from(chunk.saturating_add(1))
    }

    /// The segment that sounds at a number of microseconds.
    #[must_use]
    pub fn segment_at_us(&self, micros: i64) -> u32 {
        let frame =
            i128::from(micros.max(0)) * i128::from(SAMPLE_RATE) / (i128::from(FRAME_SAMPLES) * 1_000_000);
        let rest = u32::try_from(frame).unwrap_or(u32::MAX).checked_sub(self.first_segment);
        let segment = rest.map_or(0, |rest| 1 + rest / SEGMENT_AAC_FRAMES);
        segment.min(self.segments().saturating_sub(1))
    }

    /// What to encode for a chunk.
    #[must_use]
    pub fn window(&self, chunk: u32) -> AudioWindow {
        let segments = self.chunk_segments(chunk);
        let frames = self.segment_frames(segments.start).start..self.segment_frames(segments.end).start;
        let frames = frames.start..frames.end.max(frames.start);
        let pre_roll = PRE_ROLL.min(frames.start);
        let keep = frames.end - frames.start;
        let first = i64::from(frames.start - pre_roll) * i64::from(FRAME_SAMPLES);
        let samples = (pre_roll + keep + POST_ROLL) * FRAME_SAMPLES;
        AudioWindow { drop: pre_roll + 1, keep, ..self.stretch(first, samples) }
    }

    /// How to read `samples` output samples from number `first` on, which may lie before the picture. Nothing of it is
    /// encoded.
    pub(crate) fn stretch(&self, first: i64, samples: u32) -> AudioWindow {
        // Every `out_step` output samples lie exactly on a source sample.
        let common = i64::from(greatest_common_divisor(self.source_rate, SAMPLE_RATE));
        let (out_step, source_step) = (i64::from(SAMPLE_RATE) / common, i64::from(self.source_rate) / common);
        let meet = first.div_euclid(out_step);
        let lead = first - meet * out_step;
        let source_from = self.zero + meet * source_step;
        let length = (lead + i64::from(samples)) * i64::from(self.source_rate) / i64::from(SAMPLE_RATE);
        AudioWindow {
            source_from,
            // A little more, for the resampler's reach.
            source_to: source_from + length + 1024,
            lead: u32::try_from(lead).expect("below the output step"),
            samples,
            drop: 0,
            keep: 0,
        }
    }
}

/// A name that no track before has: what the file says, else the language, else a number; safe within quotes.
fn own_name(title: Option<&str>, language: Option<&str>, names: &mut Vec<String>) -> String {
    let wanted = title.or_else(|| language.and_then(language_name)).or(language).unwrap_or("Sound");
    let wanted = wanted.replace('"', "'");
    let numbered = |number: usize| if number == 1 { wanted.clone() } else { format!("{wanted} {number}") };
    // One more try than there are names finds a free one.
    let name = (1..=names.len() + 1).map(numbered).find(|name| !names.contains(name)).unwrap_or_default();
    names.push(name.clone());
    name
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
