//! Barcode clips: sources of many kinds whose every frame carries its number, over a textured moving background.
//! Used by the tests of this crate, by end-to-end tests and benchmarks (through `examples/barcode_clip.rs`).
//!
//! Sound, where a kind has it: a steady 441 Hz tone on the left (seams are heard in it) and a beep of 1,000 Hz at
//! the start of each second, 50 ms long, on the right (offsets are seen in it).

use crate::barcode;
pub use crate::clip_kind::ClipKind;
use crate::picture::{Picture, Rect};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;
use timecode::FrameRate;

/// Size of the texture, pixels; a power of two.
const TEXTURE: usize = 256;

/// `ffmpeg` that reads frames of [`ClipPainter`] in order on standard input and writes a clip, or, where
/// [`finish_args`] has a second step, what that reads. Not sandboxed.
#[must_use]
pub fn clip_args(
    kind: ClipKind,
    rate: FrameRate,
    width: usize,
    height: usize,
    frames: i64,
    output: &Path,
) -> Vec<OsString> {
    let mut args = crate::ffmpeg_args::begin();
    args.put(["-f", "rawvideo", "-pix_fmt", "yuv420p"])
        .option("-s", format!("{width}x{height}"))
        .option("-framerate", format!("{}/{}", rate.num(), rate.den()))
        .put(["-i", "pipe:0"]);
    let mut graph = match kind.picture_filter() {
        filter if filter.is_empty() => "[0:v]null[picture]".to_owned(),
        filter => format!("[0:v]{filter}[picture]"),
    };
    args.put(["-map", "[picture]"]);
    if kind.has_sound() {
        let lead_us = kind.sound_lead_us();
        let seconds = frames as f64 * f64::from(rate.den()) / f64::from(rate.num()) + lead_us as f64 / 1e6;
        let outputs =
            if kind == ClipKind::ManyTracks { ",asplit=3[sound][second][third]" } else { "[sound]" };
        // Time 0 of the sound is that of the picture's first frame.
        let _ = write!(
            graph,
            ";aevalsrc='st(0\\,t-{lead});0.3*sin(2*PI*441*ld(0))|st(0\\,t-{lead});0.6*sin(2*PI*1000*ld(0))*between(mod(ld(0)+10\\,1)\\,0\\,0.04999)':s=48000:c=stereo:d={seconds:.6}{outputs}",
            lead = lead_us as f64 / 1e6
        );
        args.put(["-map", "[sound]"]);
        if kind == ClipKind::ManyTracks {
            args.put(["-map", "[second]", "-map", "[third]"]);
        }
    }
    args.option("-filter_complex", graph);
    for word in kind.options().split_ascii_whitespace() {
        match word {
            "RATE" => args.put([format!("{}:{}", rate.den(), rate.num()).as_str()]),
            word => args.put([word]),
        };
    }
    args.path(output).done()
}

/// `ffmpeg` that makes the clip of what [`clip_args`] wrote, for kinds that come into being in two steps.
#[must_use]
pub fn finish_args(kind: ClipKind, rate: FrameRate, first: &Path, output: &Path) -> Option<Vec<OsString>> {
    let turn = match kind {
        ClipKind::Turned90 => Some("rotate=90"),
        ClipKind::Turned180 => Some("rotate=180"),
        ClipKind::Turned270 => Some("rotate=270"),
        ClipKind::EditList => None,
        _ => return None,
    };
    if let Some(turn) = turn {
        let mut args = crate::ffmpeg_args::begin();
        args.put(["-i"]).path(first).put(["-c", "copy", "-metadata:s:v", turn]).path(output);
        return Some(args.done());
    }
    // A cut on a frame, without encoding: the key frame before it stays in the file, hidden.
    let cut = ClipKind::cut_frames(rate) as f64 * f64::from(rate.den()) / f64::from(rate.num());
    let mut args = crate::ffmpeg_args::begin();
    args.option("-ss", format!("{cut:.6}")).put(["-i"]).path(first).put(["-c", "copy"]).path(output);
    Some(args.done())
}

/// Paints the frames of barcode clips. Holds the texture that all frames share.
#[derive(Clone, Debug)]
pub struct ClipPainter {
    width: usize,
    height: usize,
    rate: FrameRate,
    /// Smooth noise that wraps around, each row twice over.
    texture: Vec<u8>,
}

impl ClipPainter {
    /// For pictures of a size.
    #[must_use]
    pub fn new(width: usize, height: usize, rate: FrameRate) -> ClipPainter {
        let mut state = 0x9e37_79b9_u32;
        let noise: Vec<u8> = (0..TEXTURE * TEXTURE)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        // Octaves of the same noise, coarser ones stronger, give a cloudy texture.
        let mut texture = vec![0_u8; TEXTURE * TEXTURE];
        for (at, out) in texture.iter_mut().enumerate() {
            let (x, y) = (at % TEXTURE, at / TEXTURE);
            let octave = |step: usize| {
                let sample = |x: usize, y: usize| {
                    u32::from(noise[(y % TEXTURE) / step * TEXTURE + (x % TEXTURE) / step])
                };
                let (fx, fy) = ((x % step) as u32, (y % step) as u32);
                let step32 = step as u32;
                let upper = sample(x, y) * (step32 - fx) + sample(x + step, y) * fx;
                let lower = sample(x, y + step) * (step32 - fx) + sample(x + step, y + step) * fx;
                (upper * (step32 - fy) + lower * fy) / (step32 * step32)
            };
            let value = (octave(64) * 4 + octave(16) * 3 + octave(4)) / 8;
            *out = u8::try_from(40 + value * 150 / 255).unwrap_or(u8::MAX);
        }
        ClipPainter { width: width / 2 * 2, height: height / 2 * 2, rate, texture }
    }

    /// Paints frame `n`.
    #[must_use]
    pub fn frame(&self, n: i64) -> Picture {
        let mut picture = Picture::black(self.width, self.height);
        let step = usize::try_from(n.rem_euclid(TEXTURE as i64)).unwrap_or(0);
        for y in 0..picture.height {
            let row = (y + step) % TEXTURE * TEXTURE;
            let out = picture.luma_row(y);
            for (x, pixel) in out.iter_mut().enumerate() {
                *pixel = self.texture[row + (x + 3 * step) % TEXTURE];
            }
        }
        for y in 0..picture.height / 2 {
            let tint = u8::try_from(96 + (y + step) % 64).unwrap_or(128);
            picture.chroma_row(0, y).fill(tint);
            picture.chroma_row(1, y).fill(224 - tint);
        }
        barcode::draw(&mut picture, u16::try_from(n.rem_euclid(65_536)).unwrap_or(0));
        // The first frame of each second flashes in the lower right corner.
        let (num, den) = (i64::from(self.rate.num()), i64::from(self.rate.den()));
        let second = n * den / num;
        if n == 0 || (n - 1) * den / num != second {
            let (w, h) = (self.width / 5, self.height / 5);
            picture.fill(Rect { x: self.width - w, y: self.height - h, w, h }, 235);
        }
        picture
    }
}
