//! The jobs of a version: what there is to do, in which order, under which key. Made by the server (probe) and the
//! worker (everything after the probe), stored as JSON in the job table.

use crate::plan::{Plan, RenditionSet};
use serde::{Deserialize, Serialize};

/// One job of a version. Running it twice gives the same objects (law 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobSpec {
    /// Reads the source, stores facts and plan, enqueues the rest.
    Probe,
    /// Reads the index of a source that is still on its way, stores facts, plan and which bytes the jobs need.
    ProbeAhead,
    /// Encodes a picture chunk.
    Chunk {
        /// From 0.
        index: u32,
        /// Which renditions.
        renditions: RenditionSet,
    },
    /// Cuts a chunk of the source's own packets.
    Copy {
        /// From 0.
        index: u32,
    },
    /// Encodes a chunk of sound.
    Audio {
        /// Number of the sound track.
        #[serde(default)]
        track: u32,
        /// From 0.
        index: u32,
    },
    /// Joins the peaks of a sound track.
    Waveform {
        /// Number of the sound track.
        track: u32,
    },
    /// Lists the key frames of the lowest rendition.
    KeyFrames,
    /// Makes the poster.
    Poster,
    /// Makes the poster that somebody chose.
    PosterAt {
        /// Its frame.
        frame: i64,
        /// When it was chosen, Unix microseconds: the last choice counts.
        asked_at: i64,
    },
    /// Takes a subtitle track out of the file.
    Captions {
        /// Number of the stream in the file.
        stream: u32,
    },
    /// Measures the loudness of every sound track.
    Loudness,
    /// Checks that every object is there and makes the version ready.
    Publish,
    /// Removes interim files.
    Sweep,
}

/// A viewer waits for it. Later chunks of the same viewer stand below in steps of one.
pub const PRIORITY_WATCHED: i64 = 1_000_000;
/// Somebody asks for a higher rendition of a chunk that is not there (a player that chooses by itself): urgent, after
/// everything that keeps a picture moving.
pub const PRIORITY_ASKED: i64 = PRIORITY_WATCHED - 1_000;
/// Reading a new source: short, and somebody has just uploaded it.
const PRIORITY_PROBE: i64 = 900_000;
/// What had waited for the last bytes of a file: a second of work, before the look at the whole of it.
pub const PRIORITY_LAST_BYTES: i64 = PRIORITY_PROBE + 1;
/// The head: what makes the video playable.
const PRIORITY_HEAD: i64 = 800_000;
/// From here on somebody waits for it, or will in a moment ([`PRIORITY_ASKED`] to [`PRIORITY_WAITED_FOR`]). Below it (the
/// sharper renditions of the head among them) work is done when the machine is free.
pub const PRIORITY_URGENT: i64 = PRIORITY_HEAD - 4 - COPIES_AHEAD_MAX;
/// From here on somebody waits for it at this moment; below it is what they will need next.
pub const PRIORITY_WAITED_FOR: i64 = PRIORITY_WATCHED - 3;
/// The rest, from front to back.
const PRIORITY_BODY: i64 = 500_000;
/// Steps of priority that the chunks of a copy take; it keeps them above publishing.
const COPIES_AHEAD_MAX: i64 = 50_000;
/// Higher renditions of what is watched: before all other bodies, but after every head, and never at the cost of
/// what keeps somebody's picture moving.
const PRIORITY_SHARPER: i64 = 600_000;
/// Sound tracks that are only heard when somebody chooses them, from front to back.
const PRIORITY_MORE_SOUND: i64 = 400_000;
/// Publishing.
const PRIORITY_PUBLISH: i64 = 700_000;
/// Measuring what is only compared with other videos.
const PRIORITY_LOUDNESS: i64 = 1_000;
/// Tidying.
const PRIORITY_SWEEP: i64 = 0;
/// How many chunks ahead of a viewer are raised: about half a minute, what the player buffers.
const WATCH_AHEAD: u32 = 3;

impl JobSpec {
    /// Kind, as the job table and its dependencies name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            JobSpec::Probe => "probe",
            JobSpec::ProbeAhead => "probe_ahead",
            JobSpec::Chunk { .. } => "chunk",
            JobSpec::Copy { .. } => "copy",
            JobSpec::Audio { .. } => "audio",
            JobSpec::Waveform { .. } => "waveform",
            JobSpec::KeyFrames => "key_frames",
            JobSpec::Poster => "poster",
            JobSpec::PosterAt { .. } => "poster_at",
            JobSpec::Captions { .. } => "captions",
            JobSpec::Loudness => "loudness",
            JobSpec::Publish => "publish",
            JobSpec::Sweep => "sweep",
        }
    }

    /// Key, unique within a version.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            JobSpec::Chunk { index, renditions } => {
                let set = match renditions {
                    RenditionSet::Low => "low",
                    RenditionSet::Rest => "rest",
                    RenditionSet::All => "all",
                };
                format!("chunk:{index}:{set}")
            }
            JobSpec::Copy { index } => format!("copy:{index}"),
            JobSpec::Audio { track: 0, index } => format!("audio:{index}"),
            JobSpec::Audio { track, index } => format!("audio:{track}:{index}"),
            JobSpec::Waveform { track } => format!("waveform:{track}"),
            JobSpec::PosterAt { frame, asked_at } => format!("poster_at:{frame}:{asked_at}"),
            JobSpec::Captions { stream } => format!("captions:{stream}"),
            other => other.kind().to_owned(),
        }
    }

    /// Kinds that must be done before it.
    #[must_use]
    pub fn after_kinds(&self) -> &'static [&'static str] {
        match self {
            JobSpec::Waveform { .. } => &["audio"],
            JobSpec::KeyFrames => &["chunk"],
            JobSpec::Publish => &["chunk", "copy", "audio", "poster", "waveform", "key_frames"],
            JobSpec::Sweep | JobSpec::Loudness => &["publish"],
            _ => &[],
        }
    }

    /// CPU slots it takes. Each job keeps about one core busy: the encoders of a chunk take turns, one thread each.
    #[must_use]
    pub fn weight(&self) -> u32 {
        1
    }

    /// Priority when enqueued; higher is sooner. Head picture, head sound, poster, head in all renditions, then
    /// chunk by chunk with the sound a little ahead of the picture.
    #[must_use]
    pub fn priority(&self, plan: Option<&Plan>) -> i64 {
        match self {
            JobSpec::Probe | JobSpec::ProbeAhead => PRIORITY_PROBE,
            JobSpec::Chunk { index: 0, renditions: RenditionSet::Rest } => {
                PRIORITY_HEAD - 5 - COPIES_AHEAD_MAX
            }
            JobSpec::Chunk { index: 0, .. } => PRIORITY_HEAD,
            JobSpec::Audio { track: 0, index: 0 } => PRIORITY_HEAD - 1,
            JobSpec::Poster => PRIORITY_HEAD - 2,
            // A copy is there in no time: first its head, the rest of it before anything long.
            JobSpec::Copy { index: 0 } => PRIORITY_HEAD + 1,
            JobSpec::Copy { index } => PRIORITY_HEAD - 4 - i64::from(*index).min(COPIES_AHEAD_MAX),
            JobSpec::PosterAt { .. } => PRIORITY_WATCHED - 1_000,
            JobSpec::Captions { .. } => PRIORITY_HEAD - 10,
            JobSpec::Waveform { .. } | JobSpec::KeyFrames => PRIORITY_PUBLISH - 1,
            JobSpec::Loudness => PRIORITY_LOUDNESS,
            JobSpec::Chunk { index, .. } => PRIORITY_BODY - 2 * i64::from(*index),
            JobSpec::Audio { track, index } => {
                let beside = plan.map_or(0, |plan| i64::from(plan.chunk_beside_audio(*index)));
                if *track == 0 { PRIORITY_BODY + 1 - 2 * beside } else { PRIORITY_MORE_SOUND - 2 * beside }
            }
            JobSpec::Publish => PRIORITY_PUBLISH,
            JobSpec::Sweep => PRIORITY_SWEEP,
        }
    }
}

impl JobSpec {
    /// Priority while the file is on its way: after the heads of others, before what only makes pictures sharper.
    #[must_use]
    pub fn priority_ahead(&self) -> i64 {
        match self {
            JobSpec::Chunk { index: 1.., .. } | JobSpec::Audio { index: 1.., .. } => PRIORITY_HEAD - 3,
            other => other.priority(None),
        }
    }
}

impl Plan {
    /// Every job after the probe, most urgent first.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobSpec> {
        let mut jobs = self.encoding_jobs();
        if self.peaks {
            jobs.extend(self.sounds().map(|(track, _)| JobSpec::Waveform { track }));
        }
        if self.key_frame_list {
            jobs.push(JobSpec::KeyFrames);
        }
        jobs.extend(self.captions.iter().map(|track| JobSpec::Captions { stream: track.stream }));
        if self.audio.is_some() {
            jobs.push(JobSpec::Loudness);
        }
        jobs.push(JobSpec::Publish);
        jobs.push(JobSpec::Sweep);
        jobs.sort_by_key(|job| -job.priority(Some(self)));
        jobs
    }

    /// The jobs that make objects. Chunk 0 is split, so that its lowest rendition is there first.
    #[must_use]
    pub fn encoding_jobs(&self) -> Vec<JobSpec> {
        let mut jobs = Vec::new();
        for index in 0..self.chunks() {
            for renditions in self.sets_of(index) {
                jobs.push(JobSpec::Chunk { index, renditions: *renditions });
            }
        }
        if let Some(copy) = &self.copy {
            jobs.extend((0..copy.chunks()).map(|index| JobSpec::Copy { index }));
        }
        for (track, audio) in self.sounds() {
            jobs.extend((0..audio.chunks()).map(|index| JobSpec::Audio { track, index }));
        }
        jobs.push(JobSpec::Poster);
        jobs
    }

    /// How a chunk's renditions are split into jobs.
    #[must_use]
    pub fn sets_of(&self, chunk: u32) -> &'static [RenditionSet] {
        match (chunk, self.renditions.len()) {
            (0, 2..) => &[RenditionSet::Low, RenditionSet::Rest],
            _ => &[RenditionSet::All],
        }
    }

    /// The job that makes the lowest rendition of a chunk by itself: for most chunks one beside the job that makes
    /// them whole, which then finds it there and makes the others. Enqueued when somebody watches.
    #[must_use]
    pub fn lowest_job(&self, chunk: u32) -> JobSpec {
        let renditions = if self.renditions.len() > 1 { RenditionSet::Low } else { RenditionSet::All };
        JobSpec::Chunk { index: chunk, renditions }
    }

    /// Jobs to enqueue or raise, with their priority, when somebody watches (or asks for) picture segment `segment`:
    /// the sound and the lowest rendition of its chunk and of those ahead, so that the picture goes on; then the
    /// higher renditions, so that it gets sharper.
    #[must_use]
    pub fn watched(&self, segment: u32) -> Vec<(JobSpec, i64)> {
        let segment = segment.min(self.segments() - 1);
        let first = self.chunk_of(segment);
        let mut raised: Vec<(JobSpec, i64)> = Vec::new();
        let mut sharper: Vec<(JobSpec, i64)> = Vec::new();
        for (step, index) in
            (first..=first.saturating_add(WATCH_AHEAD)).take_while(|index| *index < self.chunks()).enumerate()
        {
            let priority = PRIORITY_WATCHED - 4 * step as i64;
            if let Some(audio) = &self.audio {
                let from = if index == first {
                    self.segment_range(segment).start
                } else {
                    self.chunk_frames(index).start
                };
                let sound = audio.chunk_of(audio.segment_at_us(self.micros_of(from)));
                let job = JobSpec::Audio { track: 0, index: sound };
                if !raised.iter().any(|(other, _)| *other == job) {
                    raised.push((job, priority));
                }
            }
            let lowest = self.lowest_job(index);
            raised.push((lowest, priority - 1));
            let whole = self.sets_of(index).iter().map(|set| JobSpec::Chunk { index, renditions: *set });
            sharper
                .extend(whole.filter(|job| *job != lowest).map(|job| (job, PRIORITY_SHARPER - step as i64)));
        }
        raised.extend(sharper);
        raised
    }

    /// As [`Plan::watched`], for a wait on a segment of the copied rendition.
    #[must_use]
    pub fn copy_watched(&self, segment: u32) -> Vec<(JobSpec, i64)> {
        let Some(copy) = &self.copy else { return Vec::new() };
        let segment = segment.min(copy.segments().saturating_sub(1));
        let chunk = copy.chunk_of(segment);
        let mut raised: Vec<(JobSpec, i64)> = (chunk..copy.chunks())
            .take(2)
            .zip(0..)
            .map(|(index, step)| (JobSpec::Copy { index }, PRIORITY_WATCHED - step))
            .collect();
        if let Some(audio) = &self.audio {
            let from = self.micros_of(copy.segment_range(segment).start);
            let index = audio.chunk_of(audio.segment_at_us(from));
            raised.push((JobSpec::Audio { track: 0, index }, PRIORITY_WATCHED));
        }
        raised
    }

    /// As [`Plan::watched`], for a wait on a sound segment; of a track that was chosen, its next chunk too.
    #[must_use]
    pub fn heard(&self, track: u32, audio_segment: u32) -> Vec<(JobSpec, i64)> {
        let Some(audio) = self.sound(track) else { return Vec::new() };
        let samples = i64::from(audio.segment_frames(audio_segment).start)
            * i64::from(crate::audio_plan::FRAME_SAMPLES);
        let frame = self.rate.frames_in(
            samples * 1_000_000 / i64::from(crate::audio_plan::SAMPLE_RATE),
            timecode::Speed::NORMAL,
        );
        let mut raised = self.watched(self.segment_of(frame));
        let first = audio.chunk_of(audio_segment.min(audio.segments().saturating_sub(1)));
        let ahead =
            if track == 0 { first } else { first.saturating_add(1).min(audio.chunks().saturating_sub(1)) };
        for index in first..=ahead {
            let job = JobSpec::Audio { track, index };
            if !raised.iter().any(|(other, _)| *other == job) {
                raised.push((job, PRIORITY_WATCHED));
            }
        }
        raised
    }

    /// The picture chunk at the start of a sound chunk.
    fn chunk_beside_audio(&self, audio_chunk: u32) -> u32 {
        let Some(audio) = &self.audio else { return 0 };
        let frames = audio.segment_frames(audio.chunk_segments(audio_chunk).start).start;
        let micros = i64::from(frames) * i64::from(crate::audio_plan::FRAME_SAMPLES) * 1_000_000
            / i64::from(crate::audio_plan::SAMPLE_RATE);
        self.chunk_of(self.segment_of(self.rate.frames_in(micros, timecode::Speed::NORMAL)))
    }
}
