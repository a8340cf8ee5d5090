//! Arguments of the run that copies one chunk of the source's own packets, without decoding them. Called by the
//! worker's copy job; the packager picks the wanted pictures by their times and drops what lies around them.

use crate::copy_plan::CopyPlan;
use crate::ffmpeg_args::{Input, begin, input, seconds};
use crate::grid::divide_round;
use crate::plan::Plan;
use std::ffi::OsString;
use std::path::Path;

/// Name of the file in the job folder.
pub const COPY_FILE: &str = "copy.mp4";
/// How much more is read after a chunk, microseconds: decoding times run ahead of the times of showing.
const SLACK_US: i64 = 1_000_000;

/// `ffmpeg` for one chunk of the copied rendition. Times stay those of the source (`frag_discont` keeps them in the
/// first fragment too), in the source's own unit. Writes [`COPY_FILE`] into `folder`.
#[must_use]
pub fn copy_args(plan: &Plan, copy: &CopyPlan, chunk: u32, source: &Path, folder: &Path) -> Vec<OsString> {
    let window = copy.windows[chunk as usize];
    let picture = &plan.picture;
    let base = picture.grid.time_base;
    let micros =
        |pts: i64| divide_round(i128::from(pts) * i128::from(base.num) * 1_000_000, i128::from(base.den));
    // Half a frame more, so that rounding cannot land before the key frame.
    let seek = window.seek.map(|pts| seconds(micros(pts) + plan.micros_of(1) / 2));
    let mut args = begin();
    input(&mut args, picture.container, 1, seek, Input::File(source));
    args.option("-map", format!("0:{}", picture.stream)).put(["-c", "copy"]);
    if let Some(to) = window.to {
        args.option("-to", seconds(micros(to) + SLACK_US));
    }
    args.put(["-avoid_negative_ts", "disabled", "-map_metadata", "-1", "-map_chapters", "-1"])
        .put(["-fflags", "+bitexact", "-f", "mp4"])
        .put(["-movflags", "+cmaf+frag_discont+frag_keyframe+empty_moov+default_base_moof"])
        .option("-video_track_timescale", base.den)
        .path(&folder.join(COPY_FILE))
        .done()
}
