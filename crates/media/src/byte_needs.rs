//! Which bytes of the source each job reads: so a job can begin while the rest of the file is still on its way. Computed
//! by the job that looks at a film ahead of its end, kept with the upload, asked by the desk for every part that comes.
//!
//! Reading on beyond what is there does no harm: the demuxer meets zeros, the decoder drops them, and the filters have
//! their pictures already. What a job needs is what changes its result.

use crate::facts::SourceFacts;
use crate::feed::is_in_order;
use crate::grid::Ratio;
use crate::index_place::IndexPlace;
use crate::job::JobSpec;
use crate::plan::{ChunkWindow, Plan, RenditionSet};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Bytes at the beginning of the media that tell what the streams are: decoders are set up by the first pictures.
pub const HEAD_BYTES: u64 = 2 * 1024 * 1024;
/// Packets read after a chunk's last one, beside those that pictures may have to wait for: a decoder of two threads is one
/// behind, and the filters see the end by the first picture beyond it.
const PICTURES_AFTER: usize = 3;
/// Pictures that a decoder can hold back at most (H.264 and HEVC).
const REORDER_MAX: usize = 16;
/// Sound read before a chunk, microseconds: two seconds of settling, and what a seek may land before it.
const SOUND_BEFORE_US: i128 = 3_000_000;
/// Sound read after a chunk, microseconds.
const SOUND_AFTER_US: i128 = 250_000;

/// Where a packet lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it is shown or heard, in its stream's time base.
    pub pts: i64,
    /// First byte.
    pub pos: u64,
    /// Bytes.
    pub size: u64,
}

impl Place {
    /// Out of a line of ffprobe (`packet=pts,duration,size,pos,flags`); none for what has no time or place.
    #[must_use]
    pub fn read(line: &str) -> Option<Place> {
        let mut fields = line.split(',');
        let pts = fields.next()?.parse().ok()?;
        let size = fields.nth(1)?.parse().ok()?;
        let pos = fields.next()?.parse().ok()?;
        Some(Place { pts, pos, size })
    }
}

/// What the jobs that can begin early need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteNeeds {
    /// Where index and media lie.
    pub place: IndexPlace,
    /// Jobs, most urgent first.
    pub jobs: Vec<JobNeeds>,
}

/// What one job needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobNeeds {
    /// The job.
    pub job: JobSpec,
    /// What it needs besides the head ([`head_needs`]).
    pub bytes: Range<u64>,
    /// Whether it reads them in order, so that it can begin before the last of them is here ([`crate::feed`]).
    pub in_order: bool,
}

/// Bytes that tell what a film is, once its index was found.
#[must_use]
pub fn head_needs(place: &IndexPlace, bytes: u64) -> Vec<Range<u64>> {
    vec![place.index.clone(), place.media..place.media.saturating_add(HEAD_BYTES).min(bytes)]
}

impl ByteNeeds {
    /// For the lowest rendition, the first sound track and the poster of a plan. `picture` and `sound` are the packets of
    /// the two streams in order of the file.
    #[must_use]
    pub fn new(
        plan: &Plan,
        facts: &SourceFacts,
        place: IndexPlace,
        picture: &[Place],
        sound: &[Place],
    ) -> ByteNeeds {
        let (picture, sound) = (Packets::new(picture), Packets::new(sound));
        let chunk = |chunk: u32| picture.picture_bytes(&plan.windows[chunk as usize]);
        let lowest = |index: u32| {
            let (bytes, seeks) = (chunk(index), plan.windows[index as usize].seek.is_some());
            // By this name also where it is the only one so far: the whole file may bring others.
            let job = JobSpec::Chunk { index, renditions: RenditionSet::Low };
            JobNeeds { job, in_order: is_in_order(&place, &bytes, seeks), bytes }
        };
        let whole = |job: JobSpec, bytes: Range<u64>| JobNeeds { job, bytes, in_order: false };
        let mut jobs: Vec<JobNeeds> = (0..plan.chunks()).map(lowest).collect();
        jobs.push(whole(JobSpec::Poster, chunk(plan.chunk_of(plan.segment_of(plan.poster_frame())))));
        if let (Some(audio), Some(track)) = (&plan.audio, facts.audio.first()) {
            jobs.extend((0..audio.chunks()).map(|index| {
                let window = audio.window(index);
                let micros = |sample: i64| i128::from(sample) * 1_000_000 / i128::from(audio.source_rate);
                let needed =
                    micros(window.source_from) - SOUND_BEFORE_US..micros(window.source_to) + SOUND_AFTER_US;
                whole(JobSpec::Audio { track: 0, index }, sound.sound_bytes(&needed, track.time_base))
            }));
        }
        jobs.sort_by_key(|needs| -needs.job.priority(Some(plan)));
        ByteNeeds { place, jobs }
    }

    /// What one job needs.
    #[must_use]
    pub fn of(&self, job: &JobSpec) -> Option<&JobNeeds> {
        self.jobs.iter().find(|needs| needs.job == *job)
    }
}

/// The packets of a stream, to be looked up by time.
struct Packets<'a> {
    in_file: &'a [Place],
    /// Time and number in the file, by time; the third is the highest number so far.
    by_time: Vec<(i64, usize, usize)>,
    /// Packets after a picture's own that may have to be read before it is handed out.
    held_back: usize,
}

impl<'a> Packets<'a> {
    fn new(in_file: &'a [Place]) -> Packets<'a> {
        let mut by_time: Vec<(i64, usize, usize)> =
            in_file.iter().enumerate().map(|(at, place)| (place.pts, at, at)).collect();
        by_time.sort_unstable();
        let mut highest = 0;
        for (_, at, until) in &mut by_time {
            highest = highest.max(*at);
            *until = highest;
        }
        let is_before = |at: usize| {
            let before = &in_file[at.saturating_sub(REORDER_MAX)..at];
            before.iter().filter(|other| other.pts > in_file[at].pts).count()
        };
        let held_back = (0..in_file.len()).map(is_before).max().unwrap_or(0);
        Packets { in_file, by_time, held_back }
    }

    /// From the key frame where decoding begins to the last picture that is shown before the end, in order of the file.
    fn picture_bytes(&self, window: &ChunkWindow) -> Range<u64> {
        let before = |pts: i64| self.by_time.partition_point(|(other, ..)| *other < pts);
        let key = window.seek.and_then(|key| self.by_time.get(before(key)).filter(|found| found.0 == key));
        let first = key.map_or(0, |(_, at, _)| *at);
        let end = match window.to {
            None => self.in_file.len(),
            Some(to) => before(to)
                .checked_sub(1)
                .map_or(0, |at| self.by_time[at].2 + 1 + self.held_back + PICTURES_AFTER),
        };
        extent(self.in_file.get(first..end.clamp(first, self.in_file.len())).unwrap_or_default().iter())
    }

    /// Packets heard within a span of microseconds.
    fn sound_bytes(&self, needed: &Range<i128>, base: Ratio) -> Range<u64> {
        let micros =
            |pts: i64| i128::from(pts) * i128::from(base.num) * 1_000_000 / i128::from(base.den.max(1));
        let before = |time: i128| self.by_time.partition_point(|(pts, ..)| micros(*pts) < time);
        let heard = self.by_time.get(before(needed.start)..before(needed.end)).unwrap_or_default();
        extent(heard.iter().map(|(_, at, _)| &self.in_file[*at]))
    }
}

fn extent<'a>(packets: impl Iterator<Item = &'a Place>) -> Range<u64> {
    packets
        .map(|place| place.pos..place.pos.saturating_add(place.size))
        .reduce(|all, one| all.start.min(one.start)..all.end.max(one.end))
        .unwrap_or(0..0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures at 0 3 1 2 6 4 5 9 7 8 ..., ten bytes each from byte 100 on.
    fn packets(count: i64) -> Vec<Place> {
        (0..count)
            .map(|at| {
                let pts = match at % 3 {
                    _ if at == 0 => 0,
                    1 => at + 2,
                    _ => at - 1,
                };
                Place { pts, pos: 100 + 10 * at.unsigned_abs(), size: 10 }
            })
            .collect()
    }

    #[test]
    fn a_chunk_needs_its_pictures_and_those_that_push_them_out() {
        let (all, none) = (packets(100), Packets::new(&[]));
        let all = Packets::new(&all);
        let window = |seek, to| ChunkWindow { seek, from: 0, to };
        // 29 is shown last before 30; it lies at place 30, behind 30 itself. Each picture waits for one other at most.
        assert_eq!(all.picture_bytes(&window(None, Some(30))), 100..100 + 10 * (31 + 1 + 3));
        assert_eq!(all.picture_bytes(&window(Some(30), Some(60))).start, 100 + 10 * 28);
        assert_eq!(all.picture_bytes(&window(Some(60), None)).end, 1100);
        assert_eq!(all.picture_bytes(&window(None, Some(99))).end, 1100, "no more than there are");
        assert_eq!(none.picture_bytes(&window(None, Some(30))), 0..0);
    }

    #[test]
    fn sound_needs_what_is_heard_around_it() {
        let places: Vec<Place> =
            (0..100).map(|at| Place { pts: at * 100, pos: at.unsigned_abs() * 7, size: 7 }).collect();
        let (packets, milliseconds) = (Packets::new(&places), Ratio { num: 1, den: 1000 });
        assert_eq!(packets.sound_bytes(&(1_000_000..2_000_000), milliseconds), 70..140);
        assert_eq!(packets.sound_bytes(&(-5..50_000_000), milliseconds), 0..700);
        assert_eq!(packets.sound_bytes(&(50_000_000..60_000_000), milliseconds), 0..0);
    }

    #[test]
    fn lines_of_packets_are_read() {
        assert_eq!(Place::read("2002,1001,10,40,K_"), Some(Place { pts: 2002, pos: 40, size: 10 }));
        for line in ["", "N/A,1,1,1,__", "1,1,1,N/A,__", "1,2"] {
            assert_eq!(Place::read(line), None, "{line}");
        }
    }
}
