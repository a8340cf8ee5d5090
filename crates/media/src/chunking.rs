//! Chunks: runs of segments that one job makes. Part of the plan. The head is short, so that it is there soon; later
//! chunks have about ten seconds, the most work that is lost with a worker, and begin where the source has a key frame
//! not far before, since everything from there up to the chunk is decoded for nothing.

use std::ops::Range;

/// Segments of chunk 0.
const HEAD_SEGMENTS: u32 = 1;
/// Least and most segments of chunk 1, and its usual number.
const SECOND_SEGMENTS: (u32, u32, u32) = (2, 3, 2);
/// Least and most segments of later chunks, and their usual number: about ten seconds.
const CHUNK_SEGMENTS: (u32, u32, u32) = (4, 6, 5);

/// Segments of the last chunks of a long video, backwards: what is still to be made when the last byte of its file has
/// come. Two of one, since the last segment may have a few frames only.
const TAIL_SEGMENTS: [u32; 3] = [1, 1, 2];
/// Videos of fewer segments have short chunks anyhow.
const TAIL_FROM: u32 = 8;

/// First segments of the chunks of a video of `segments`, `segment_frames` each, whose source has key frames at the
/// frames `keys` (ascending).
pub(crate) fn chunk_starts(segments: u32, segment_frames: i64, keys: &[i64]) -> Vec<u32> {
    let mut starts = vec![0];
    let mut last = 0;
    loop {
        let (least, most, usual) = match starts.len() {
            1 => (HEAD_SEGMENTS, HEAD_SEGMENTS, HEAD_SEGMENTS),
            2 => SECOND_SEGMENTS,
            _ => CHUNK_SEGMENTS,
        };
        // A tail that would be tiny is not worth a start of its own.
        if starts.len() > 1 && segments - last <= most {
            return with_short_tail(starts, segments);
        }
        // Whole segments decoded before a chunk: less is not worth another length.
        let lost = |start: &u32| {
            let frame = i64::from(*start) * segment_frames;
            let key = keys.partition_point(|key| *key <= frame);
            let before = key.checked_sub(1).and_then(|at| keys.get(at)).map_or(frame, |key| frame - key);
            (before / segment_frames.max(1), start.abs_diff(last + usual))
        };
        let Some(next) = (last + least..=last + most).filter(|start| *start < segments).min_by_key(lost)
        else {
            return with_short_tail(starts, segments);
        };
        starts.push(next);
        last = next;
    }
}

/// Makes the last chunks as short as [`TAIL_SEGMENTS`] says.
fn with_short_tail(mut starts: Vec<u32>, segments: u32) -> Vec<u32> {
    if segments < TAIL_FROM {
        return starts;
    }
    let mut tail = segments;
    let tails = TAIL_SEGMENTS.map(|length| {
        tail -= length;
        tail
    });
    starts.retain(|start| *start < tail);
    starts.extend(tails.into_iter().rev());
    starts
}

/// Chunks by their first segments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunking<'a> {
    /// Empty: chunks of one, two and then five segments, as the first plans had them.
    starts: &'a [u32],
}

impl Chunking<'_> {
    pub(crate) fn new(starts: &[u32]) -> Chunking<'_> {
        Chunking { starts }
    }

    pub(crate) fn chunks(self, segments: u32) -> u32 {
        if self.starts.is_empty() {
            return self.chunk_of(segments - 1) + 1;
        }
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn chunk_of(self, segment: u32) -> u32 {
        if self.starts.is_empty() {
            return match segment {
                0 => 0,
                1 | 2 => 1,
                rest => 2 + (rest - 3) / 5,
            };
        }
        let after = self.starts.partition_point(|start| *start <= segment);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    pub(crate) fn segments_of(self, chunk: u32, segments: u32) -> Range<u32> {
        let at = |chunk: u32| {
            let start = match chunk {
                _ if !self.starts.is_empty() => self.starts.get(chunk as usize).copied().unwrap_or(segments),
                0 => 0,
                1 => 1,
                rest => 3_u32.saturating_add((rest - 2).saturating_mul(5)),
            };
            start.min(segments)
        };
        at(chunk)..at(chunk.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chunks_begin_near_key_frames() {
        // Groups of two seconds: the usual numbers.
        let keys: Vec<i64> = (0..1800).step_by(60).collect();
        assert_eq!(chunk_starts(30, 60, &keys), [0, 1, 3, 8, 13, 18, 23, 26, 28, 29]);
        // ffmpeg's groups of 250 frames, which fit no segment of 60.
        let keys: Vec<i64> = (0..1800).step_by(250).collect();
        let starts = chunk_starts(30, 60, &keys);
        let lost = |starts: &[u32]| -> i64 { starts.iter().map(|start| i64::from(*start) * 60 % 250).sum() };
        assert_eq!(starts, [0, 1, 3, 9, 13, 17, 21, 25, 26, 28, 29]);
        assert_eq!((lost(&starts[..8]), lost(&[0, 1, 3, 8, 13, 18, 23, 28])), (340, 890));
    }

    proptest! {
        #[test]
        fn every_segment_has_one_chunk(
            segments in 1_u32..500, keys in proptest::collection::btree_set(0_i64..30_000, 0..200), ruled in any::<bool>(),
        ) {
            let keys: Vec<i64> = keys.into_iter().collect();
            let starts = if ruled { Vec::new() } else { chunk_starts(segments, 60, &keys) };
            let chunking = Chunking::new(&starts);
            let mut next = 0;
            for chunk in 0..chunking.chunks(segments) {
                let range = chunking.segments_of(chunk, segments);
                prop_assert!(range.start == next && range.end > next && range.end - next <= 6);
                for segment in range.clone() {
                    prop_assert_eq!(chunking.chunk_of(segment), chunk);
                }
                next = range.end;
            }
            prop_assert_eq!(next, segments);
        }
    }
}
