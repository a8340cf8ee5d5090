//! The plan of a version: everything that will be made of a source, known before a frame is encoded. Made once
//! after the probe, stored as JSON; read by the worker (what to encode), the server (what to serve) and the page's
//! playlists. Frame to segment to chunk is arithmetic.

use crate::audio_plan::AudioPlan;
use crate::chunking::{Chunking, chunk_starts};
use crate::copy_plan::CopyPlan;
use crate::drawn::{Drawn, drawn_rendition};
use crate::facts::{Colour, SourceFacts, SubtitleFacts};
use crate::grid::{Grid, divide_round};
use crate::ladder::{Rendition, ladder};
use crate::packet_index::PacketIndex;
use crate::sniff::Container;
use protocol::VersionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;
use timecode::{FrameRate, Speed};

/// Version of the stored form and of the recipe: raised when either changes, and with it every plan's hash.
pub const PLAN_VERSION: u32 = 5;
/// Threads of each decoder and filter graph; what they give does not depend on it. Two: the smallest machine.
pub const THREADS: u32 = 2;
/// Threads of each encoder. With more than one, x264's answer under a bound on the rate differs from run to run (three
/// runs, three files), and a job that runs twice would not give the same objects (law 11).
pub const ENCODER_THREADS: u32 = 1;
/// Most storyboard tiles of a video; long ones get fewer per minute.
const TILES_MAX: i64 = 400;
/// Box that a storyboard tile fits in, pixels.
const TILE_BOX: (u32, u32) = (160, 90);
/// Box that the poster fits in, pixels.
const POSTER_BOX: (u32, u32) = (1280, 720);
/// Tiles in one row of a sheet.
const TILE_COLUMNS: u32 = 5;

/// The plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_VERSION`] when it was made.
    pub v: u32,
    /// 32 hexadecimal digits over the source's name, the encoder's build and everything below, taken as if nothing were
    /// copied: what is known before the last byte has come names the objects, and they keep their names.
    pub hash: String,
    /// Frames per second.
    pub rate: FrameRate,
    /// Frames.
    pub frames: i64,
    /// Frames of one segment, which is one closed group of pictures: about two seconds.
    pub segment_frames: u32,
    /// Ticks per second in picture segments.
    pub timescale: u32,
    /// Ticks of one frame.
    pub frame_ticks: u32,
    /// Threads of each decoder and filter graph.
    pub threads: u32,
    /// Encoded picture renditions, best first, at least one.
    pub renditions: Vec<Rendition>,
    /// The source's own packets as the best rendition, where they can be served.
    #[serde(default)]
    pub copy: Option<CopyPlan>,
    /// Sound, if there is any: the track that is heard unless somebody chooses another.
    pub audio: Option<AudioPlan>,
    /// Further sound tracks.
    #[serde(default)]
    pub more_audio: Vec<AudioPlan>,
    /// Subtitle tracks to take out of the file.
    #[serde(default)]
    pub captions: Vec<SubtitleFacts>,
    /// Storyboard.
    pub storyboard: StoryboardPlan,
    /// How to read the picture.
    pub picture: PictureSource,
    /// First segment of each chunk; empty in plans of the first version, whose chunks follow a rule.
    #[serde(default)]
    pub chunk_starts: Vec<u32>,
    /// Where each chunk lies in the source.
    pub windows: Vec<ChunkWindow>,
    /// Size of the poster, pixels.
    pub poster: (u32, u32),
    /// Whether sound chunks come with peaks and the whole with a waveform.
    #[serde(default)]
    pub peaks: bool,
    /// Whether the lowest rendition has a playlist of its key frames.
    #[serde(default)]
    pub key_frame_list: bool,
}

/// Sheets of small pictures, one sheet per chunk that has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryboardPlan {
    /// Frames between two tiles.
    pub interval: u32,
    /// Width of a tile, pixels.
    pub width: u32,
    /// Height of a tile, pixels.
    pub height: u32,
    /// Tiles in a row.
    pub columns: u32,
}

/// What the filters need to know of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSource {
    /// Family of the container.
    pub container: Container,
    /// Number of the stream in the file.
    pub stream: u32,
    /// Codec, ffmpeg's name.
    pub codec: String,
    /// Rate and first time.
    pub grid: Grid,
    /// Shown height, which decides the colour matrix of a source that declares none.
    pub height: u32,
    /// Fields instead of pictures.
    pub interlaced: bool,
    /// Colour.
    pub colour: Colour,
    /// The file has no moving picture: this is drawn of its first sound track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Drawn>,
}

/// Where a chunk lies in the source, in the picture stream's time base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkWindow {
    /// Where to look for the key frame to start decoding at; none: the start of the file.
    pub seek: Option<i64>,
    /// The picture shown at the chunk's first frame.
    pub from: i64,
    /// First picture after the chunk; none: the end of the file.
    pub to: Option<i64>,
}

/// Which renditions a job makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenditionSet {
    /// The lowest and the storyboard: what makes the head playable.
    Low,
    /// All but the lowest.
    Rest,
    /// All and the storyboard.
    All,
}

impl RenditionSet {
    /// The storyboard is made along with the lowest rendition.
    #[must_use]
    pub fn has_storyboard(self) -> bool {
        self != RenditionSet::Rest
    }
}

impl Plan {
    /// Plans a source. `source` names its bytes, `encoder_build` the ffmpeg build (its version line); both only go into
    /// the plan's hash.
    #[must_use]
    pub fn new(facts: &SourceFacts, index: &PacketIndex, source: &str, encoder_build: &str) -> Plan {
        Plan::make(facts, index, source, encoder_build, true)
    }

    /// Plans a source whose index is there and whose bytes are not yet: the same plan, but without the rendition that
    /// may turn out to be a copy, since that is seen in the bytes.
    #[must_use]
    pub fn ahead(facts: &SourceFacts, index: &PacketIndex, source: &str, encoder_build: &str) -> Plan {
        Plan::make(facts, index, source, encoder_build, false)
    }

    fn make(
        facts: &SourceFacts,
        index: &PacketIndex,
        source: &str,
        encoder_build: &str,
        is_whole: bool,
    ) -> Plan {
        let grid = facts.video.grid;
        let (rate, frames) = (grid.rate, facts.video.frames.max(1));
        let (num, den) = (u64::from(rate.num()), u64::from(rate.den()));
        let segment_frames = u32::try_from((4 * num + den) / (2 * den)).expect("at most 480 frames").max(1);
        // Ticks fine enough for players: 1000 and more per second, a whole number per frame.
        let factor = if rate.num() >= 1000 { 1 } else { 1000 };
        let renditions = match facts.video.drawn {
            Some(_) => vec![drawn_rendition()],
            None => ladder(facts.video.width, facts.video.height, rate),
        };
        let mut names = Vec::new();
        let mut sounds = facts.audio.iter().map(|track| AudioPlan::new(track, &grid, frames, &mut names));
        let (audio, more_audio) = (sounds.next(), sounds.collect());
        let mut plan = Plan {
            v: PLAN_VERSION,
            hash: String::new(),
            rate,
            frames,
            segment_frames,
            timescale: rate.num().saturating_mul(factor),
            frame_ticks: rate.den().saturating_mul(factor),
            threads: THREADS,
            renditions,
            copy: None,
            audio,
            more_audio,
            captions: facts.subtitles.clone(),
            storyboard: storyboard(facts.video.width, facts.video.height, rate, frames),
            picture: PictureSource {
                container: facts.container,
                stream: facts.video.stream,
                codec: facts.video.codec.clone(),
                grid,
                height: facts.video.height,
                interlaced: facts.video.interlaced,
                colour: facts.video.colour.clone(),
                drawn: facts.video.drawn,
            },
            chunk_starts: Vec::new(),
            windows: Vec::new(),
            poster: fit_box(facts.video.width, facts.video.height, POSTER_BOX),
            peaks: true,
            key_frame_list: true,
        };
        let keys: Vec<i64> = index.keys.iter().map(|pts| grid.place(*pts)).collect();
        plan.chunk_starts = chunk_starts(plan.segments(), i64::from(segment_frames), &keys);
        plan.windows = (0..plan.chunks()).map(|chunk| plan.locate(chunk, index)).collect();
        plan.hash = plan.digest(source, encoder_build);
        // A copy takes the place of what would have its size.
        let taken = if is_whole {
            plan.copy = CopyPlan::new(facts, index, &plan.renditions, segment_frames);
            plan.copy.as_ref().map(|copy| copy.name.clone())
        } else {
            CopyPlan::is_candidate(facts, index, &plan.renditions).then(|| CopyPlan::name_of(facts))
        };
        plan.renditions.retain(|rendition| taken.as_ref() != Some(&rendition.name));
        plan
    }

    /// What names the source of a version in its plan's hash: the version has one file, and its size tells of a mix-up.
    #[must_use]
    pub fn source_name(version: VersionId, bytes: u64) -> String {
        format!("{version} {bytes}")
    }

    /// Number of segments of each picture rendition.
    #[must_use]
    pub fn segments(&self) -> u32 {
        u32::try_from(
            self.frames.div_euclid(i64::from(self.segment_frames))
                + i64::from(self.frames % i64::from(self.segment_frames) > 0),
        )
        .unwrap_or(u32::MAX)
    }

    /// The segment of a frame; the last one beyond the end.
    #[must_use]
    pub fn segment_of(&self, frame: i64) -> u32 {
        u32::try_from(frame.clamp(0, self.frames - 1) / i64::from(self.segment_frames)).unwrap_or(u32::MAX)
    }

    /// Frames of a segment.
    #[must_use]
    pub fn segment_range(&self, segment: u32) -> Range<i64> {
        let at = |segment: i64| (segment * i64::from(self.segment_frames)).min(self.frames);
        at(i64::from(segment))..at(i64::from(segment) + 1)
    }

    /// Number of picture chunks.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        self.chunking().chunks(self.segments())
    }

    /// The chunk that makes a segment.
    #[must_use]
    pub fn chunk_of(&self, segment: u32) -> u32 {
        self.chunking().chunk_of(segment)
    }

    /// Segments of a chunk.
    #[must_use]
    pub fn chunk_segments(&self, chunk: u32) -> Range<u32> {
        self.chunking().segments_of(chunk, self.segments())
    }

    fn chunking(&self) -> Chunking<'_> {
        Chunking::new(&self.chunk_starts)
    }

    /// Frames of a chunk.
    #[must_use]
    pub fn chunk_frames(&self, chunk: u32) -> Range<i64> {
        let segments = self.chunk_segments(chunk);
        self.segment_range(segments.start).start..self.segment_range(segments.end).start
    }

    /// Length of a run of frames in seconds as a fraction: numerator and denominator.
    #[must_use]
    pub fn seconds_of(&self, frames: i64) -> (i64, i64) {
        (frames.saturating_mul(i64::from(self.rate.den())), i64::from(self.rate.num()))
    }

    /// Microseconds at which a frame begins, rounded up.
    #[must_use]
    pub fn micros_of(&self, frame: i64) -> i64 {
        self.rate.micros_until(frame, Speed::NORMAL)
    }

    /// Milliseconds from the start of the file's own clock to the first frame, rounded to nearest.
    #[must_use]
    pub fn origin_ms(&self) -> i64 {
        let grid = self.picture.grid;
        divide_round(
            i128::from(grid.origin_pts) * i128::from(grid.time_base.num) * 1000,
            i128::from(grid.time_base.den),
        )
    }

    /// Decode time of a segment's first frame in ticks (`tfdt`).
    #[must_use]
    pub fn segment_ticks(&self, segment: u32) -> u64 {
        u64::from(segment) * u64::from(self.segment_frames) * u64::from(self.frame_ticks)
    }

    /// The lowest rendition: the one that makes a video playable.
    #[must_use]
    pub fn lowest(&self) -> &Rendition {
        self.renditions.last().expect("a ladder has at least one step")
    }

    /// The sound tracks by number: 0 is the one that is heard unless somebody chooses another.
    pub fn sounds(&self) -> impl Iterator<Item = (u32, &AudioPlan)> {
        (0..).zip(self.audio.iter().chain(&self.more_audio))
    }

    /// A sound track by number.
    #[must_use]
    pub fn sound(&self, track: u32) -> Option<&AudioPlan> {
        self.sounds().nth(track as usize).map(|(_, sound)| sound)
    }

    /// Names of all picture renditions, best first, the copied one among them.
    #[must_use]
    pub fn rendition_names(&self) -> Vec<String> {
        let copied = self.copy.iter().map(|copy| copy.name.clone());
        copied.chain(self.renditions.iter().map(|rendition| rendition.name.clone())).collect()
    }

    /// Size of a picture rendition by name, pixels.
    #[must_use]
    pub fn size_of(&self, name: &str) -> Option<(u32, u32)> {
        let copied = self.copied(name).map(|copy| (copy.width, copy.height));
        copied.or_else(|| self.rendition(name).map(|rendition| (rendition.width, rendition.height)))
    }

    /// Number of segments of a picture rendition by name.
    #[must_use]
    pub fn segments_of(&self, name: &str) -> Option<u32> {
        let copied = self.copied(name).map(CopyPlan::segments);
        copied.or_else(|| self.rendition(name).map(|_| self.segments()))
    }

    /// The copied rendition, if it has this name.
    #[must_use]
    pub fn copied(&self, name: &str) -> Option<&CopyPlan> {
        self.copy.as_ref().filter(|copy| copy.name == name)
    }

    /// An encoded rendition by name.
    #[must_use]
    pub fn rendition(&self, name: &str) -> Option<&Rendition> {
        self.renditions.iter().find(|rendition| rendition.name == name)
    }

    /// Renditions of a set, best first. `Rest` of a one-step ladder is empty.
    #[must_use]
    pub fn renditions_of(&self, set: RenditionSet) -> &[Rendition] {
        let low = self.renditions.len() - 1;
        match set {
            RenditionSet::Low => &self.renditions[low..],
            RenditionSet::Rest => &self.renditions[..low],
            RenditionSet::All => &self.renditions,
        }
    }

    /// Storyboard tiles whose frames lie in a chunk (tile t shows frame t x interval).
    #[must_use]
    pub fn tiles_of(&self, chunk: u32) -> Range<i64> {
        let frames = self.chunk_frames(chunk);
        let first_at = |frame: i64| {
            (frame + i64::from(self.storyboard.interval) - 1) / i64::from(self.storyboard.interval)
        };
        first_at(frames.start)..first_at(frames.end)
    }

    /// Rows of a chunk's sheet.
    #[must_use]
    pub fn tile_rows(&self, chunk: u32) -> u32 {
        let tiles = self.tiles_of(chunk);
        u32::try_from(tiles.end - tiles.start).unwrap_or(0).div_ceil(self.storyboard.columns)
    }

    /// The frame of the poster unless somebody chooses another: a tenth into the video, at most five seconds, since first frames are often black.
    #[must_use]
    pub fn poster_frame(&self) -> i64 {
        let five_seconds = 5 * i64::from(self.rate.num()) / i64::from(self.rate.den());
        (self.frames / 10).min(five_seconds)
    }

    /// Where a chunk lies in the source.
    fn locate(&self, chunk: u32, index: &PacketIndex) -> ChunkWindow {
        let (grid, frames) = (self.picture.grid, self.chunk_frames(chunk));
        let first_after = |place: i64| index.pts.partition_point(|pts| grid.place(*pts) < place);
        // The picture that stands at the first frame: the last one on or before it.
        let start = index.pts.partition_point(|pts| grid.place(*pts) <= frames.start).saturating_sub(1);
        let from = index.pts.get(start).copied().unwrap_or(grid.origin_pts);
        let (key, key_before) = index.keys_before(from);
        // Transport streams have no table of key frames: ffmpeg searches by time and may land late by a group.
        let key = if self.picture.container == Container::MpegTs { key_before } else { key };
        let first_key = index.keys.first().is_some_and(|first| key > *first);
        // ffmpeg looks for 3/23 s less in Matroska files with reordered pictures, and finds the group before.
        let key = match index.keys.get(index.keys.partition_point(|other| *other <= from)) {
            Some(next) if self.picture.container == Container::Matroska && index.reordered => {
                let tick = i64::from(grid.time_base.den) / i64::from(grid.time_base.num.max(1));
                if next - key > tick / 2 { key + tick * 3 / 23 } else { key }
            }
            _ => key,
        };
        ChunkWindow {
            seek: first_key.then_some(key),
            from,
            to: index.pts.get(first_after(frames.end)).copied(),
        }
    }

    fn digest(&self, source: &str, encoder_build: &str) -> String {
        let mut hasher = Sha256::new();
        for part in [source.as_bytes(), encoder_build.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let settings = serde_json::to_vec(self).expect("a plan has only text keys and finite numbers");
        hasher.update(&settings);
        hex::encode(&hasher.finalize()[..16])
    }
}

fn storyboard(width: u32, height: u32, rate: FrameRate, frames: i64) -> StoryboardPlan {
    let second =
        u32::try_from((2 * u64::from(rate.num()) + u64::from(rate.den())) / (2 * u64::from(rate.den())))
            .unwrap_or(1)
            .max(1);
    let spread = u32::try_from((frames + TILES_MAX - 1) / TILES_MAX).unwrap_or(u32::MAX);
    let (width, height) = fit_box(width, height, TILE_BOX);
    StoryboardPlan { interval: second.max(spread), width, height, columns: TILE_COLUMNS }
}

/// The largest even size of the same aspect within a box, never above the source.
fn fit_box(width: u32, height: u32, (box_width, box_height): (u32, u32)) -> (u32, u32) {
    let (w, h, bw, bh) =
        (u64::from(width.max(1)), u64::from(height.max(1)), u64::from(box_width), u64::from(box_height));
    let (fit_w, fit_h) = if w <= bw && h <= bh {
        (w, h)
    } else if w * bh >= h * bw {
        (bw, h * bw / w)
    } else {
        (w * bh / h, bh)
    };
    let even = |value: u64| u32::try_from((value / 2 * 2).max(2)).expect("bounded by the box or the source");
    (even(fit_w), even(fit_h))
}
