//! Chapter marks of a source: out of ffprobe's list, onto frames. Used by the probe; shown by the page on the rail.

use crate::facts::Chapter;
use crate::grid::{Grid, Ratio, divide_round};
use crate::limits::{CHAPTER_TITLE_CHARS_MAX, CHAPTERS_MAX};
use crate::words::one_line;

/// A mark as the file has it.
#[derive(Clone, Debug)]
pub(crate) struct RawMark {
    /// Unit of `start`, seconds.
    pub(crate) time_base: Ratio,
    /// On the file's own clock.
    pub(crate) start: i64,
    /// As written.
    pub(crate) title: String,
}

/// Marks in order, each on the first frame at or (within a quarter) before its time, at most one per frame (the last one named so wins, as in
/// players) and at most [`CHAPTERS_MAX`]. One mark alone at the start divides nothing and is left out.
pub(crate) fn chapters(marks: &[RawMark], grid: &Grid, frames: i64) -> Vec<Chapter> {
    let origin = micros(grid.origin_pts, grid.time_base);
    let mut found: Vec<Chapter> = marks
        .iter()
        .filter_map(|mark| {
            let micros = micros(mark.start, mark.time_base)?.checked_sub(origin?)?;
            // The first frame at or after the time; times in whole milliseconds may lie a little late.
            let quarters = i128::from(micros) * i128::from(grid.rate.num()) * 4;
            let unit = i128::from(grid.rate.den()) * 1_000_000;
            let frame = i64::try_from(-(unit - quarters).div_euclid(4 * unit)).ok()?;
            // Before the picture means at its start; beyond its end there is nothing to mark.
            (frame < frames).then(|| Chapter {
                frame: frame.max(0),
                title: one_line(&mark.title, CHAPTER_TITLE_CHARS_MAX),
            })
        })
        .collect();
    found.sort_by_key(|chapter| chapter.frame);
    let mut kept: Vec<Chapter> = Vec::new();
    for chapter in found {
        if let Some(last) = kept.last_mut().filter(|last| last.frame == chapter.frame) {
            *last = chapter;
        } else if kept.len() < CHAPTERS_MAX {
            kept.push(chapter);
        }
    }
    if kept.len() == 1 && kept[0].frame == 0 {
        kept.clear();
    }
    kept
}

fn micros(pts: i64, base: Ratio) -> Option<i64> {
    (pts.abs() < 1 << 52).then(|| {
        divide_round(i128::from(pts) * i128::from(base.num) * 1_000_000, i128::from(base.den.max(1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Timing;
    use proptest::prelude::*;
    use timecode::FrameRate;

    const MS: Ratio = Ratio { num: 1, den: 1000 };

    fn film(origin_pts: i64) -> Grid {
        let rate = FrameRate::new(24_000, 1001).expect("a rate");
        Grid { rate, time_base: Ratio { num: 1, den: 90_000 }, origin_pts, timing: Timing::Constant }
    }

    fn mark(start: i64, title: &str) -> RawMark {
        RawMark { time_base: MS, start, title: title.to_owned() }
    }

    #[test]
    fn marks_lie_on_the_frame_that_begins_at_their_time() {
        // A stream that begins at ten seconds: times are of the file, frames of the picture.
        let marks =
            [mark(15_005, "Two\n"), mark(10_000, " One "), mark(15_004, "lost"), mark(900_000, "beyond")];
        let found = chapters(&marks, &film(900_000), 1000);
        let plain: Vec<(i64, &str)> = found.iter().map(|one| (one.frame, one.title.as_str())).collect();
        assert_eq!(plain, [(0, "One"), (120, "lost")]);
        assert_eq!(chapters(&[mark(0, "Whole film")], &film(0), 1000), []);
    }

    proptest! {
        #[test]
        fn any_marks_become_bounded_ascending_frames(
            raw in prop::collection::vec((any::<i64>(), any::<u32>(), any::<u32>(), ".{0,300}"), 0..700),
            origin in any::<i64>(), frames in 1_i64..10_000_000,
        ) {
            let marks: Vec<RawMark> = raw.into_iter().map(|(start, num, den, title)| RawMark { time_base: Ratio { num, den }, start, title }).collect();
            let found = chapters(&marks, &film(origin), frames);
            prop_assert!(found.len() <= CHAPTERS_MAX);
            prop_assert!(found.windows(2).all(|pair| pair[0].frame < pair[1].frame));
            for chapter in &found {
                prop_assert!((0..frames).contains(&chapter.frame));
                prop_assert!(chapter.title.chars().count() <= CHAPTER_TITLE_CHARS_MAX);
            }
        }
    }
}
