//! Makes barcode clips and the sample clip: paints frames and pipes them into ffmpeg.
//!
//! ```text
//! cargo run -p media --example barcode_clip -- KIND RATE FRAMES WIDTHxHEIGHT OUTPUT
//!     KIND: one of the names in `media::clip::ClipKind::NAMES`, e.g. h264-default; RATE: 25 or 24000/1001;
//!     FRAMES: how many, or FIRST+COUNT for a piece out of a longer clip
//! cargo run -p media --example barcode_clip -- sample OUTPUT
//! ```
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a program around the pure crate")]

use media::clip::{ClipKind, ClipPainter, clip_args, finish_args};
use media::sample::{SAMPLE_FRAMES, SamplePainter, sample_args};
use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use timecode::FrameRate;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let _ = writeln!(std::io::stderr(), "barcode_clip: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    match words {
        [sample, output] if sample == "sample" => {
            let painter = SamplePainter::new();
            pipe(&sample_args(Path::new(output)), (0..SAMPLE_FRAMES).map(|n| painter.frame(n).bytes))
        }
        [kind, rate, frames, size, output] => {
            let kind = ClipKind::parse(kind).ok_or("unknown kind")?;
            let (num, den) = rate.split_once('/').unwrap_or((rate, "1"));
            let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is not a number"));
            let rate = FrameRate::new(number(num)?, number(den)?).map_err(|trouble| trouble.to_string())?;
            let (first_frame, frames) = match frames.split_once('+') {
                Some((first, count)) => (i64::from(number(first)?), i64::from(number(count)?)),
                None => (0, i64::from(number(frames)?)),
            };
            let (width, height) = size.split_once('x').ok_or("a size looks like 640x360")?;
            let (width, height) = (number(width)? as usize / 2 * 2, number(height)? as usize / 2 * 2);
            let painter = ClipPainter::new(width, height, rate);
            let output = Path::new(output);
            let first = output.with_extension(format!("first.{}", kind.extension()));
            let finish = finish_args(kind, rate, &first, output);
            let written = if finish.is_some() { &first } else { output };
            let args = clip_args(kind, rate, width, height, frames, written);
            pipe(&args, (first_frame..first_frame + frames).map(|n| painter.frame(n).bytes))?;
            let Some(args) = finish else { return Ok(()) };
            pipe(&args, std::iter::empty())?;
            std::fs::remove_file(&first).map_err(|trouble| trouble.to_string())
        }
        _ => Err("usage: KIND RATE FRAMES WIDTHxHEIGHT OUTPUT, or: sample OUTPUT".to_owned()),
    }
}

fn pipe(args: &[OsString], frames: impl Iterator<Item = Vec<u8>>) -> Result<(), String> {
    let mut child = Command::new("ffmpeg")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|trouble| format!("ffmpeg does not start: {trouble}"))?;
    let mut input = BufWriter::new(child.stdin.take().expect("standard input was asked for"));
    for frame in frames {
        input.write_all(&frame).map_err(|trouble| format!("ffmpeg stopped reading: {trouble}"))?;
    }
    drop(input);
    let status = child.wait().map_err(|trouble| trouble.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("ffmpeg ended with {status}")) }
}
