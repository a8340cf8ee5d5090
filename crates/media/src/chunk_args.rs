//! Arguments of the run that makes one picture chunk: one decode, cascaded scaling, the asked renditions and the
//! storyboard sheet in one pass. Called by the worker's chunk job.

use crate::audio_args;
use crate::drawn::drawn_window;
use crate::ffmpeg_args::{Args, Input, begin, input, seconds};
use crate::grid::divide_round;
use crate::ladder::Rendition;
use crate::picture_filter::{prepare, select};
use crate::plan::{ChunkWindow, ENCODER_THREADS, Plan, RenditionSet};
use std::ffi::OsString;
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Name of a rendition's file in the job folder.
#[must_use]
pub fn rendition_file(rendition: &str) -> PathBuf {
    PathBuf::from(format!("{rendition}.mp4"))
}

/// Name of the storyboard sheet's file in the job folder; only written if [`Plan::tiles_of`] is not empty and the
/// set has the storyboard.
pub const SHEET_FILE: &str = "sheet.webp";

/// `ffmpeg` for one chunk. Writes `{rendition}.mp4` for each rendition of the set and [`SHEET_FILE`] into `folder`.
#[must_use]
pub fn chunk_args(
    plan: &Plan,
    chunk: u32,
    set: RenditionSet,
    source: Input<'_>,
    folder: &Path,
) -> Vec<OsString> {
    let frames = plan.chunk_frames(chunk);
    let mut args = begin();
    let mut graph = pictures(&mut args, plan, chunk, frames.start..frames.end, source);
    let sheet = set.has_storyboard() && !plan.tiles_of(chunk).is_empty();
    let renditions = plan.renditions_of(set);
    cascade(&mut graph, plan, renditions, sheet.then_some((chunk, frames.start)));
    args.option("-filter_complex_threads", plan.threads).option("-filter_complex", graph);
    for rendition in renditions {
        encode(&mut args, plan, rendition, &folder.join(rendition_file(&rendition.name)));
    }
    if sheet {
        args.put([
            "-map",
            "[sheet]",
            "-fps_mode",
            "passthrough",
            "-frames:v",
            "1",
            "-c:v",
            "libwebp",
            "-q:v",
            "60",
        ])
        .put(["-map_metadata", "-1", "-f", "webp"])
        .path(&folder.join(SHEET_FILE));
    }
    args.done()
}

/// `ffmpeg` for a poster: the frame as one JPEG at `output`, out of the source itself.
#[must_use]
pub fn poster_args(plan: &Plan, frame: i64, source: &Path, output: &Path) -> Vec<OsString> {
    let mut args = begin();
    // From the chunk's window, the one frame.
    let chunk = plan.chunk_of(plan.segment_of(frame));
    let shown = pictures(&mut args, plan, chunk, frame..frame + 1, Input::File(source));
    let graph = format!(
        "{shown},{},scale=out_range=pc,format=yuvj420p[poster]",
        prepare(&plan.picture, plan.poster.0, plan.poster.1)
    );
    args.option("-filter_complex", graph)
        .put(["-map", "[poster]", "-fps_mode", "passthrough", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3"])
        .put(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mjpeg"])
        .path(output)
        .done()
}

/// Adds the input of a run that needs some frames of a chunk; answers the filter text that gives them: the file's own
/// pictures, or what is drawn of its sound.
fn pictures(args: &mut Args, plan: &Plan, chunk: u32, frames: Range<i64>, source: Input<'_>) -> String {
    let container = plan.picture.container;
    if let (Some(drawn), Some(audio)) = (plan.picture.drawn, &plan.audio) {
        let window = drawn_window(audio, &frames);
        input(args, container, plan.threads, audio_args::seek_time(audio, &window), source);
        return drawn.pictures(audio, &window, frames.end - frames.start);
    }
    let window = plan.windows[chunk as usize];
    input(args, container, plan.threads, seek_time(plan, &window), source);
    select(&plan.picture, &window, frames.start, frames.end - frames.start)
}

/// Scales down from one rendition to the next and splits each off. zimg's scaler with the same kernel as swscale's
/// takes half the time; pictures are 8-bit 4:2:0 from the first rendition on.
fn cascade(graph: &mut String, plan: &Plan, renditions: &[Rendition], sheet: Option<(u32, i64)>) {
    for (at, rendition) in renditions.iter().enumerate() {
        if at == 0 {
            let _ = write!(graph, ",{}", prepare(&plan.picture, rendition.width, rendition.height));
        } else {
            let _ = write!(
                graph,
                "[next{at}]zscale={}:{}:f=bicubic:param_a=0:param_b=0.6,setsar=1",
                rendition.width, rendition.height
            );
        }
        let more = at + 1 < renditions.len();
        if more || sheet.is_some() {
            let _ = write!(graph, ",split=2[{}][next{}]", rendition.name, at + 1);
            if more {
                graph.push(';');
            }
        } else {
            let _ = write!(graph, "[{}]", rendition.name);
        }
    }
    let Some((chunk, first)) = sheet else { return };
    let board = plan.storyboard;
    let _ = write!(
        graph,
        ";[next{}]select='not(mod(n+{first}\\,{}))',scale={}:{}:flags=area,setsar=1,tile={}x{}[sheet]",
        renditions.len(),
        board.interval,
        board.width,
        board.height,
        board.columns,
        plan.tile_rows(chunk).max(1)
    );
}

/// One H.264 output: closed groups of exactly one segment, no scene cuts, fragments at key frames, CMAF.
fn encode(args: &mut Args, plan: &Plan, rendition: &Rendition, output: &Path) {
    let level = format!("{}.{}", rendition.level / 10, rendition.level % 10);
    args.option("-map", format!("[{}]", rendition.name))
        .put(["-fps_mode", "passthrough", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high"])
        .option("-level", level)
        .option("-threads", ENCODER_THREADS)
        .option("-g", plan.segment_frames)
        .option("-keyint_min", plan.segment_frames)
        .put(["-sc_threshold", "0", "-flags", "+cgop"])
        .option("-enc_time_base", format!("{}:{}", plan.rate.den(), plan.rate.num()))
        .option("-crf", rendition.crf)
        .option("-maxrate", rendition.bits_max)
        .option("-bufsize", rendition.bits_max)
        .put(["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-f", "mp4"])
        // A fragment is in the file as soon as it is made: its segment may be waited for.
        .put(["-movflags", "+cmaf+frag_keyframe+empty_moov+default_base_moof", "-flush_packets", "1"])
        .option("-video_track_timescale", plan.timescale)
        .path(output);
}

/// The time to seek to: the key frame and half a frame, so that rounding cannot land before it.
fn seek_time(plan: &Plan, window: &ChunkWindow) -> Option<String> {
    let base = plan.picture.grid.time_base;
    let micros =
        divide_round(i128::from(window.seek?) * i128::from(base.num) * 1_000_000, i128::from(base.den));
    Some(seconds(micros + plan.micros_of(1) / 2))
}
