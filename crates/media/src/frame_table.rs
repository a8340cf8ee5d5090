//! Frame identity: which picture of the source stands at which frame of the video. Made by the probe from the packet
//! index, kept as an object of the plan, served as `/media/{version}/frames.json`. Whoever works with the source
//! itself (an editor, a script) finds the picture that a frame number means, and back.

use crate::facts::SourceFacts;
use crate::grid::{Grid, Ratio, Timing};
use crate::packet_index::PacketIndex;
use serde::{Deserialize, Serialize};
use timecode::FrameRate;

/// Version of the stored form.
const FRAME_TABLE_VERSION: u32 = 1;

/// The table. At constant rate picture n is frame n and the lists are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameTable {
    /// Version of this form.
    pub v: u32,
    /// Frames per second of the video.
    pub rate: FrameRate,
    /// Frames of the video.
    pub frames: i64,
    /// How the source's pictures lie on these frames.
    pub timing: Timing,
    /// Unit of the source's times, seconds.
    pub time_base: Ratio,
    /// The source's time of frame 0.
    pub origin_pts: i64,
    /// Pictures of the source; none where all are drawn of its sound.
    pub pictures: u64,
    /// Pictures that are not shown, since the next one lies at the same frame.
    pub hidden: u64,
    /// The longest way a picture lies from its frame, microseconds.
    pub moved_us_max: i64,
    /// Frame of each picture in order of showing, as runs of equal distances: `[distance, how often]`, from frame 0.
    pub frame_runs: Vec<(i64, u64)>,
    /// Time of each picture in order of showing, each as the distance from the one before, the first from
    /// `origin_pts`.
    pub pts_steps: Vec<i64>,
}

impl FrameTable {
    /// The table of a source; `index` are the packets that its facts were found from.
    #[must_use]
    pub fn of(facts: &SourceFacts, index: &PacketIndex) -> FrameTable {
        let video = &facts.video;
        let none = PacketIndex::default();
        FrameTable::new(&video.grid, video.frames, if video.drawn.is_some() { &none } else { index })
    }

    /// The table of a source whose pictures were put on `grid`, giving `frames`.
    #[must_use]
    pub fn new(grid: &Grid, frames: i64, index: &PacketIndex) -> FrameTable {
        let mut table = FrameTable {
            v: FRAME_TABLE_VERSION,
            rate: grid.rate,
            frames,
            timing: grid.timing,
            time_base: grid.time_base,
            origin_pts: grid.origin_pts,
            pictures: index.pts.len() as u64,
            hidden: 0,
            moved_us_max: 0,
            frame_runs: Vec::new(),
            pts_steps: Vec::new(),
        };
        let (mut last_frame, mut last_pts) = (None, grid.origin_pts);
        for pts in &index.pts {
            let frame = grid.place(*pts);
            table.moved_us_max = table.moved_us_max.max(grid.distance_us(*pts, frame));
            if last_frame == Some(frame) {
                table.hidden += 1;
            }
            if grid.timing != Timing::Constant {
                let distance = frame - last_frame.unwrap_or(0);
                match table.frame_runs.last_mut() {
                    Some((run, count)) if *run == distance => *count += 1,
                    _ => table.frame_runs.push((distance, 1)),
                }
                table.pts_steps.push(pts.saturating_sub(last_pts));
            }
            (last_frame, last_pts) = (Some(frame), *pts);
        }
        table
    }

    /// The number of the picture that stands at each frame: the last one at or before it.
    #[must_use]
    pub fn picture_of_frames(&self) -> Vec<u64> {
        let frames = usize::try_from(self.frames).unwrap_or(0);
        if self.timing == Timing::Constant {
            return (0..self.frames.unsigned_abs()).collect();
        }
        let mut pictures = Vec::with_capacity(frames);
        let (mut frame, mut picture) = (0_i64, 0_u64);
        for (distance, count) in &self.frame_runs {
            for _ in 0..*count {
                frame += distance;
                let until = usize::try_from(frame).unwrap_or(0).min(frames);
                pictures.resize(until, picture.saturating_sub(1));
                picture += 1;
            }
        }
        pictures.resize(frames, picture.saturating_sub(1));
        pictures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet_index::PacketIndexReader;

    fn table(pts: &[i64], timing: Timing) -> FrameTable {
        let csv: String = pts.iter().map(|pts| format!("{pts},1,1,1,K_\n")).collect();
        let index = PacketIndexReader::read(&csv).unwrap();
        let rate = FrameRate::new(25, 1).unwrap();
        let grid = Grid { rate, time_base: Ratio { num: 1, den: 1000 }, origin_pts: pts[0], timing };
        let frames = grid.place(*pts.last().unwrap()) + 1;
        FrameTable::new(&grid, frames, &index)
    }

    #[test]
    fn holes_repeat_the_picture_before() {
        let table = table(&[1000, 1041, 1079, 1200, 1240], Timing::Holes);
        assert_eq!(table.picture_of_frames(), [0, 1, 2, 2, 2, 3, 4]);
        assert_eq!(table.frame_runs, [(0, 1), (1, 2), (3, 1), (1, 1)]);
        assert_eq!((table.hidden, table.moved_us_max, table.pts_steps[1]), (0, 1000, 41));
    }

    #[test]
    fn of_two_at_one_frame_the_later_is_shown() {
        let table = table(&[0, 41, 55, 80], Timing::Irregular);
        assert_eq!(table.picture_of_frames(), [0, 2, 3]);
        assert_eq!((table.hidden, table.moved_us_max), (1, 15_000));
    }

    #[test]
    fn constant_needs_no_lists() {
        let table = table(&[0, 40, 80], Timing::Constant);
        assert!(table.frame_runs.is_empty() && table.pts_steps.is_empty());
        assert_eq!(table.picture_of_frames(), [0, 1, 2]);
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<FrameTable>(&text).unwrap(), table);
    }
}
