//! Arguments of the run that takes a subtitle track out of a file as text. Called by the worker's captions job; what
//! comes out is read by [`crate::captions`] before anybody sees it.

use crate::ffmpeg_args::{TEXT_DECODERS, allow_with, begin};
use crate::plan::Plan;
use std::ffi::OsString;
use std::path::Path;

/// Name of the file in the job folder.
pub const CAPTIONS_FILE: &str = "captions.vtt";
/// Whether a subtitle track of this codec can be taken out as text; pictures of letters are not taken.
#[must_use]
pub fn is_text(codec: &str) -> bool {
    TEXT_DECODERS.split(',').any(|known| known == codec)
}

/// `ffmpeg` for one track. Writes [`CAPTIONS_FILE`] into `folder`, with times on the file's own clock.
#[must_use]
pub fn caption_args(plan: &Plan, stream: u32, source: &Path, folder: &Path) -> Vec<OsString> {
    let mut args = begin();
    allow_with(&mut args, plan.picture.container, TEXT_DECODERS);
    args.put(["-copyts", "-i"])
        .path(source)
        .option("-map", format!("0:{stream}"))
        .put([
            "-c:s",
            "webvtt",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-avoid_negative_ts",
            "disabled",
        ])
        .put(["-fflags", "+bitexact", "-f", "webvtt"])
        .path(&folder.join(CAPTIONS_FILE))
        .done()
}
