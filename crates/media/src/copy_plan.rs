//! The copied rendition: a source that browsers play as it is gets served without encoding it again, cut at its own
//! key frames. Part of the plan; asked by the argument builder, the packager, the playlists and the jobs.
//!
//! Only what can be cut without loss is copied: constant rate, H.264 in 8-bit 4:2:0, closed groups (the bytes of each
//! key frame are looked at, since containers call recovery points key frames too), upright square pixels.

use crate::facts::SourceFacts;
use crate::grid::Ratio;
use crate::ladder::Rendition;
use crate::packet_index::{KeyPacket, PacketIndex};
use crate::plan::ChunkWindow;
use crate::sniff::Container;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Longest distance between two places where a copy can be cut, seconds.
const KEY_GAP_MAX_S: i64 = 10;
/// Highest H.264 level times ten; above it hardware decoders give up.
const LEVEL_MAX: u32 = 52;
/// `profile_idc` that every browser decodes: Baseline, Main, High.
const PROFILES: [u32; 3] = [66, 77, 100];
/// Mean bit rate, at most so many times the highest of an encoded rendition of the same size.
const BITS_FACTOR_MAX: u64 = 5;
/// A chunk of copied segments is closed once it has so many bytes: a fifth of a second of work.
const CHUNK_BYTES: u64 = 32 * 1024 * 1024;
/// Or so many frames: far below what the packager takes.
const CHUNK_FRAMES: i64 = 8_000;

/// Plan of the copied rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyPlan {
    /// `1080p`: the short side, as with encoded renditions.
    pub name: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Codec as playlists name it.
    pub codec: String,
    /// Bits per second of the fattest segment.
    pub bits_peak: u32,
    /// Bits per second of the whole.
    pub bits_mean: u32,
    /// Frames of the whole.
    pub frames: i64,
    /// First frame of each segment, ascending from 0.
    pub starts: Vec<u32>,
    /// First segment of each chunk, ascending from 0.
    pub chunk_starts: Vec<u32>,
    /// Where each chunk lies in the source.
    pub windows: Vec<ChunkWindow>,
}

impl CopyPlan {
    /// Whether looking at the bytes of key frames is worth it: everything else allows a copy. `ladder` is what would
    /// be encoded.
    #[must_use]
    pub fn is_candidate(facts: &SourceFacts, index: &PacketIndex, ladder: &[Rendition]) -> bool {
        let video = &facts.video;
        let Some(avc) = &video.avc else { return false };
        let plain = video.codec == "h264"
            && video.pixel_format == "yuv420p"
            && video.bit_depth == 8
            && !video.interlaced
            && !video.transformed
            && video.quarter_turns == 0
            && video.pixel_aspect == Ratio { num: 1, den: 1 }
            && (video.width, video.height) == (video.coded_width, video.coded_height)
            && !video.colour.is_hdr()
            && !video.colour.is_wide();
        let whole = facts.is_constant()
            && video.pictures == video.frames
            && index.packets == index.pts.len() as u64
            && index.hidden == 0
            && index.untimed == 0;
        plain
            && whole
            && facts.container != Container::MpegTs
            && video.grid.time_base.num == 1
            && PROFILES.contains(&avc.profile)
            && avc.level <= LEVEL_MAX
            // The lowest rendition is always encoded; a copy of the same size would not be a second choice.
            && ladder.last().is_some_and(|lowest| lowest.height < video.height || lowest.width < video.width)
            && is_affordable(facts, index, ladder)
    }

    /// What a copy of a source is called.
    pub(crate) fn name_of(facts: &SourceFacts) -> String {
        format!("{}p", facts.video.width.min(facts.video.height))
    }

    /// Plans a copy; none where the source must be encoded. `segment_frames` is the least length of a segment.
    pub(crate) fn new(
        facts: &SourceFacts,
        index: &PacketIndex,
        ladder: &[Rendition],
        segment_frames: u32,
    ) -> Option<CopyPlan> {
        if !CopyPlan::is_candidate(facts, index, ladder) {
            return None;
        }
        let (grid, frames) = (facts.video.grid, facts.video.frames);
        let (num, den) = (i64::from(grid.rate.num()), i64::from(grid.rate.den()));
        let cuts: Vec<&KeyPacket> = index
            .key_packets
            .iter()
            .filter(|key| {
                key.instant
                    && key.leads
                    && u64::try_from(grid.place(key.pts)).is_ok_and(|at| at == key.before)
            })
            .collect();
        let place = |key: &KeyPacket| i64::try_from(key.before).unwrap_or(i64::MAX);
        let gap_max = (KEY_GAP_MAX_S * num + den - 1) / den;
        let ends = cuts.iter().skip(1).map(|key| place(key)).chain([frames]);
        let too_far = cuts.iter().zip(ends).any(|(key, end)| end - place(key) > gap_max);
        if too_far || cuts.first().is_none_or(|first| first.before != 0) {
            return None;
        }
        let mut segments: Vec<&KeyPacket> = Vec::new();
        for key in cuts {
            if segments.last().is_none_or(|last| place(key) - place(last) >= i64::from(segment_frames)) {
                segments.push(key);
            }
        }
        let bytes_end = |at: usize| segments.get(at + 1).map_or(index.bytes, |next| next.bytes_before);
        let frame_end = |at: usize| segments.get(at + 1).map_or(frames, |next| place(next));
        let bits = |bytes: u64, frames: i64| {
            let bits =
                i128::from(bytes) * 8 * i128::from(num) / (i128::from(den) * i128::from(frames.max(1)));
            u32::try_from(bits).unwrap_or(u32::MAX)
        };
        let mut chunk_starts = Vec::new();
        let mut open: Option<&KeyPacket> = None;
        for (at, key) in segments.iter().enumerate() {
            // The head stands alone, so that it is there first.
            let closed = open.is_none_or(|first| {
                at == 1
                    || bytes_end(at) - first.bytes_before > CHUNK_BYTES
                    || frame_end(at) - place(first) > CHUNK_FRAMES
            });
            if closed {
                chunk_starts.push(u32::try_from(at).ok()?);
                open = Some(key);
            }
        }
        let windows = chunk_starts
            .iter()
            .enumerate()
            .map(|(at, start)| {
                let from = segments[*start as usize].pts;
                let next = chunk_starts.get(at + 1).map(|start| segments[*start as usize].pts);
                ChunkWindow { seek: (at > 0).then_some(from), from, to: next }
            })
            .collect();
        let (width, height) = (facts.video.width, facts.video.height);
        Some(CopyPlan {
            name: CopyPlan::name_of(facts),
            width,
            height,
            codec: facts.video.avc.as_ref()?.codec.clone(),
            bits_peak: (0..segments.len())
                .map(|at| {
                    bits(bytes_end(at) - segments[at].bytes_before, frame_end(at) - place(segments[at]))
                })
                .max()?,
            bits_mean: bits(index.bytes, frames),
            frames,
            starts: segments.iter().filter_map(|key| u32::try_from(key.before).ok()).collect(),
            chunk_starts,
            windows,
        })
    }

    /// Number of segments.
    #[must_use]
    pub fn segments(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Frames of a segment.
    #[must_use]
    pub fn segment_range(&self, segment: u32) -> Range<i64> {
        let at =
            |segment: u32| self.starts.get(segment as usize).map_or(self.frames, |start| i64::from(*start));
        at(segment)..at(segment.saturating_add(1))
    }

    /// The segment of a frame; the last one beyond the end.
    #[must_use]
    pub fn segment_of(&self, frame: i64) -> u32 {
        let after = self.starts.partition_point(|start| i64::from(*start) <= frame);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.chunk_starts.len()).unwrap_or(u32::MAX)
    }

    /// The chunk that brings a segment.
    #[must_use]
    pub fn chunk_of(&self, segment: u32) -> u32 {
        let after = self.chunk_starts.partition_point(|start| *start <= segment);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Segments of a chunk.
    #[must_use]
    pub fn chunk_segments(&self, chunk: u32) -> Range<u32> {
        let at = |chunk: u32| self.chunk_starts.get(chunk as usize).copied().unwrap_or(self.segments());
        at(chunk)..at(chunk.saturating_add(1))
    }

    /// Frames of a chunk.
    #[must_use]
    pub fn chunk_frames(&self, chunk: u32) -> Range<i64> {
        let segments = self.chunk_segments(chunk);
        self.segment_range(segments.start).start..self.segment_range(segments.end).start
    }
}

/// Whether the source's bit rate is not far above what an encoded rendition of its size has.
fn is_affordable(facts: &SourceFacts, index: &PacketIndex, ladder: &[Rendition]) -> bool {
    let Some(top) = ladder.first() else { return false };
    let area = |width: u32, height: u32| u128::from(width) * u128::from(height);
    let rate = facts.rate();
    let bits = u128::from(index.bytes) * 8 * u128::from(rate.num());
    let seconds = u128::from(rate.den()) * u128::try_from(facts.video.frames.max(1)).unwrap_or(1);
    // Scaled to the source's size, where the ladder ends below it.
    let highest = u128::from(top.bits_max) * area(facts.video.width, facts.video.height)
        / area(top.width, top.height).max(1);
    bits <= seconds * highest * u128::from(BITS_FACTOR_MAX)
}
