//! The life of a version: which state may follow which, and how far it is, computed from the set of jobs done.
//! Asked by the server on every change and by the worker on every completed job.

use crate::audio_plan::{FRAME_SAMPLES, SAMPLE_RATE};
use crate::job::JobSpec;
use crate::plan::{Plan, RenditionSet};
use protocol::rest::VersionState;
use std::collections::BTreeSet;

/// Whether a version may go from one state to another. Staying is always allowed (sets, not toggles).
#[must_use]
pub fn may_become(from: VersionState, to: VersionState) -> bool {
    use VersionState::{Cancelled, Failed, Pending, Playable, Processing, Ready, Uploaded, Uploading};
    from == to
        || match from {
            Pending => matches!(to, Uploading | Uploaded | Failed | Cancelled),
            // Prepared while it is on its way, once its index is there.
            Uploading => matches!(to, Uploaded | Processing | Failed | Cancelled),
            Uploaded => matches!(to, Processing | Failed | Cancelled),
            Processing => matches!(to, Playable | Ready | Failed | Cancelled),
            Playable => matches!(to, Ready | Failed | Cancelled),
            // A new try: of the probe, or of what was left.
            Failed => matches!(to, Uploaded | Processing | Playable | Cancelled),
            Ready | Cancelled => false,
        }
}

/// How far the making of a version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Processing, playable or ready.
    pub state: VersionState,
    /// Share of the encoding work done, 0 to 1000.
    pub permille: u32,
    /// Whole seconds from the start that play without waiting, in the lowest rendition or the copied one, with sound.
    pub playable_s: u32,
    /// Whole seconds from the start for which every rendition is there.
    pub sharp_s: u32,
    /// Renditions of which every segment is there, best first.
    pub complete: Vec<String>,
}

impl Plan {
    /// Computes progress from the jobs done. Ready needs [`JobSpec::Publish`].
    #[must_use]
    pub fn progress(&self, done: &BTreeSet<JobSpec>) -> Progress {
        let (mut work, mut finished) = (0_u64, 0_u64);
        for job in self.encoding_jobs() {
            let cost = self.cost(&job);
            work += cost;
            if done.contains(&job) {
                finished += cost;
            }
        }
        let has_low = |chunk: u32| {
            [RenditionSet::Low, RenditionSet::All]
                .iter()
                .any(|set| done.contains(&JobSpec::Chunk { index: chunk, renditions: *set }))
        };
        let has_all = |chunk: u32| {
            self.sets_of(chunk)
                .iter()
                .all(|set| done.contains(&JobSpec::Chunk { index: chunk, renditions: *set }))
        };
        let picture_until = (0..self.chunks())
            .take_while(|chunk| has_low(*chunk))
            .last()
            .map_or(0, |chunk| self.chunk_frames(chunk).end);
        let sound_us = self.audio.as_ref().map(|audio| {
            let heard = (0..audio.chunks())
                .take_while(|index| done.contains(&JobSpec::Audio { track: 0, index: *index }))
                .last();
            let frames = heard.map_or(0, |chunk| audio.segment_frames(audio.chunk_segments(chunk).end).start);
            i64::from(frames) * i64::from(FRAME_SAMPLES) * 1_000_000 / i64::from(SAMPLE_RATE)
        });
        let low_complete = picture_until >= self.frames;
        let rest_complete = (0..self.chunks()).all(has_all);
        let mut complete = self
            .renditions
            .iter()
            .filter(|rendition| if *rendition == self.lowest() { low_complete } else { rest_complete })
            .map(|rendition| rendition.name.clone())
            .collect::<Vec<String>>();
        let copied_until = self.copy.as_ref().map_or(0, |copy| {
            (0..copy.chunks())
                .take_while(|index| done.contains(&JobSpec::Copy { index: *index }))
                .last()
                .map_or(0, |chunk| copy.chunk_frames(chunk).end)
        });
        if let Some(copy) = self.copy.as_ref().filter(|_| copied_until >= self.frames) {
            complete.insert(0, copy.name.clone());
        }
        let sharp_until = (0..self.chunks())
            .take_while(|chunk| has_all(*chunk))
            .last()
            .map_or(0, |chunk| self.chunk_frames(chunk).end);
        let sharp_until = if self.copy.is_some() { sharp_until.min(copied_until) } else { sharp_until };
        let sharp_us = self.micros_of(sharp_until);
        let picture_us = self.micros_of(picture_until.max(copied_until));
        let playable_us = picture_us.min(sound_us.unwrap_or(picture_us));
        let state = if done.contains(&JobSpec::Publish) {
            VersionState::Ready
        } else if playable_us > 0 {
            VersionState::Playable
        } else {
            VersionState::Processing
        };
        let permille = u32::try_from(finished * 1000 / work.max(1)).unwrap_or(1000);
        Progress {
            state,
            permille,
            playable_s: u32::try_from(playable_us / 1_000_000).unwrap_or(u32::MAX),
            sharp_s: u32::try_from(sharp_us / 1_000_000).unwrap_or(u32::MAX),
            complete,
        }
    }

    /// Work of a job in pixels: encoded ones, and half as much again for reading the source; sound as its share of
    /// a small picture.
    fn cost(&self, job: &JobSpec) -> u64 {
        let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
        let top = self.renditions.first().map_or(0, |top| area(top.width, top.height));
        match job {
            JobSpec::Chunk { index, renditions } => {
                let frames = self.chunk_frames(*index);
                let pixels: u64 =
                    self.renditions_of(*renditions).iter().map(|r| area(r.width, r.height)).sum();
                u64::try_from(frames.end - frames.start).unwrap_or(0) * (pixels + top / 2)
            }
            // Bytes are moved: about a thirtieth of decoding.
            JobSpec::Copy { index } => self.copy.as_ref().map_or(0, |copy| {
                let frames = copy.chunk_frames(*index);
                u64::try_from(frames.end - frames.start).unwrap_or(0) * area(copy.width, copy.height) / 60
            }),
            JobSpec::Audio { track, index } => {
                self.sound(*track).map_or(0, |audio| u64::from(audio.window(*index).keep) * 20_000)
            }
            JobSpec::Poster => top,
            JobSpec::Probe
            | JobSpec::ProbeAhead
            | JobSpec::Waveform { .. }
            | JobSpec::KeyFrames
            | JobSpec::PosterAt { .. }
            | JobSpec::Captions { .. }
            | JobSpec::Loudness
            | JobSpec::Publish
            | JobSpec::Sweep => 0,
        }
    }
}
