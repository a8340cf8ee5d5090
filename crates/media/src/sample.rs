//! The sample clip: 60 seconds of a soft moving gradient, a large time code, a sweeping hand, and a beep and a flash
//! each second, so that sync is seen and heard with two windows side by side. Painted here without a font or a
//! random number; the caller pipes the frames into ffmpeg with [`sample_args`].

use crate::digits;
use crate::picture::{Picture, Rect};
use std::ffi::OsString;
use std::path::Path;
use timecode::{FrameRate, Numbering};

/// Width, pixels.
pub const SAMPLE_WIDTH: usize = 1280;
/// Height, pixels.
pub const SAMPLE_HEIGHT: usize = 720;
/// Frames per second.
pub const SAMPLE_FPS: u32 = 30;
/// Frames: 60 seconds.
pub const SAMPLE_FRAMES: i64 = 60 * SAMPLE_FPS as i64;
/// File name, as shown in the library.
pub const SAMPLE_FILE: &str = "Genlock sample.mp4";

/// How many frames of each second flash.
const FLASH_FRAMES: i64 = 3;
/// Length of a beep: as long as the flash.
const BEEP_S: f64 = FLASH_FRAMES as f64 / SAMPLE_FPS as f64;
/// Length of the gradient's wave along the diagonal, pixels.
const WAVE: usize = 2048;

/// Paints the frames of the sample clip. Holds what all frames share.
#[derive(Clone, Debug)]
pub struct SamplePainter {
    /// One wave of luma, twice over, so that any stretch of a row can be copied out of it.
    luma: Vec<u8>,
    /// Waves of both chroma planes.
    chroma: [Vec<u8>; 2],
}

impl Default for SamplePainter {
    fn default() -> Self {
        SamplePainter::new()
    }
}

impl SamplePainter {
    /// Prepares the waves.
    #[must_use]
    pub fn new() -> SamplePainter {
        let wave = |mean: f64, swing: f64, phase: f64| -> Vec<u8> {
            (0..WAVE + SAMPLE_WIDTH)
                .map(|at| {
                    let angle = std::f64::consts::TAU * (at % WAVE) as f64 / WAVE as f64 + phase;
                    // The fraction is spread over four pixels, so that no bands are seen.
                    (mean + swing * angle.sin() + [0.125, 0.625, 0.375, 0.875][at % 4]) as u8
                })
                .collect()
        };
        SamplePainter {
            luma: wave(52.0, 20.0, 0.0),
            chroma: [wave(150.0, 16.0, 0.8), wave(116.0, 14.0, 3.6)],
        }
    }

    /// Paints frame `n`, 0 to [`SAMPLE_FRAMES`] less 1.
    #[must_use]
    pub fn frame(&self, n: i64) -> Picture {
        let mut picture = Picture::black(SAMPLE_WIDTH, SAMPLE_HEIGHT);
        self.background(&mut picture, n);
        let in_second = n.rem_euclid(i64::from(SAMPLE_FPS));
        let flash = in_second < FLASH_FRAMES;
        dial(&mut picture, in_second, flash);
        let rate = FrameRate::new(SAMPLE_FPS, 1).expect("30 is a rate");
        let code = Numbering::non_drop(rate).text(n);
        let height = 132;
        let width = digits::width(&code, height) - height / 7;
        digits::draw(&mut picture, &code, (SAMPLE_WIDTH - width) / 2, 486, height, 232);
        progress(&mut picture, n);
        picture
    }

    fn background(&self, picture: &mut Picture, n: i64) {
        let shift = usize::try_from(n.rem_euclid(WAVE as i64 / 4)).unwrap_or(0) * 4;
        for y in 0..picture.height {
            let start = (shift + y * 2) % WAVE;
            picture.luma_row(y).copy_from_slice(&self.luma[start..start + SAMPLE_WIDTH]);
        }
        for y in 0..picture.height / 2 {
            for (plane, wave) in self.chroma.iter().enumerate() {
                let start = (WAVE * 2 - shift / 4 * (plane + 1) % WAVE + y * (2 - plane)) % WAVE;
                picture.chroma_row(plane, y).copy_from_slice(&wave[start..start + SAMPLE_WIDTH / 2]);
            }
        }
    }
}

/// The dial: a ring, a hand that goes round once a second, and a disc that lights up with the beep.
fn dial(picture: &mut Picture, in_second: i64, flash: bool) {
    const CENTRE: (f64, f64) = (640.0, 252.0);
    const RADIUS: f64 = 168.0;
    let angle = std::f64::consts::TAU * in_second as f64 / f64::from(SAMPLE_FPS);
    let (sin, cos) = angle.sin_cos();
    let reach = RADIUS as usize + 4;
    for y in 252 - reach..252 + reach {
        for x in 640 - reach..640 + reach {
            let (dx, dy) = (x as f64 + 0.5 - CENTRE.0, y as f64 + 0.5 - CENTRE.1);
            let distance = dx.hypot(dy);
            if distance > RADIUS + 3.0 {
                continue;
            }
            // Along and across the hand, which points up at 0 and turns clockwise.
            let (along, across) = (dx * sin - dy * cos, (dx * cos + dy * sin).abs());
            let ring = cover(3.0 - (distance - RADIUS).abs());
            let hand = if along > 0.0 && distance < RADIUS - 10.0 { cover(4.5 - across) } else { 0 };
            let hub = cover(12.0 - distance);
            if flash {
                picture.mix(x, y, 235, cover(RADIUS - 12.0 - distance) * 5 / 6);
            }
            let dark_hand = flash && hand > 0;
            picture.mix(x, y, if dark_hand { 30 } else { 232 }, ring.max(hand).max(hub));
        }
    }
}

/// The line along the lower edge that grows over the clip.
fn progress(picture: &mut Picture, n: i64) {
    let done = usize::try_from(n.clamp(0, SAMPLE_FRAMES - 1) * SAMPLE_WIDTH as i64 / (SAMPLE_FRAMES - 1))
        .unwrap_or(0);
    picture.fill(Rect { x: 0, y: SAMPLE_HEIGHT - 8, w: done, h: 8 }, 200);
}

/// Share of 256 of a pixel that a shape covers, from its distance inside the edge.
fn cover(inside: f64) -> u32 {
    (inside + 0.5).clamp(0.0, 1.0).mul_add(256.0, 0.0) as u32
}

/// `ffmpeg` that reads the frames in order as raw pictures on standard input and writes the clip: an MP4 as a
/// camera or editor would make it. Not sandboxed: its input is ours.
#[must_use]
pub fn sample_args(output: &Path) -> Vec<OsString> {
    let mut args = crate::ffmpeg_args::begin();
    let beep = format!(
        "aevalsrc='0.35*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,{BEEP_S}):s=48000:d=60',aformat=channel_layouts=stereo[beep]"
    );
    args.put(["-f", "rawvideo", "-pix_fmt", "yuv420p"])
        .option("-s", format!("{SAMPLE_WIDTH}x{SAMPLE_HEIGHT}"))
        .option("-framerate", SAMPLE_FPS)
        .put(["-i", "pipe:0"])
        .option("-filter_complex", beep)
        .put([
            "-map",
            "0:v",
            "-map",
            "[beep]",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            "20",
            "-g",
            "60",
        ])
        .put([
            "-color_range",
            "tv",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
        ])
        .put(["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4"])
        .path(output)
        .done()
}
