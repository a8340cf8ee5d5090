//! Barcode clips: sources of many kinds whose every frame carries its number, over a textured moving background.
//! Used by the tests of this crate, by end-to-end tests and benchmarks (through `examples/barcode_clip.rs`).
//!
//! Sound, where a kind has it: a steady 441 Hz tone on the left (seams are heard in it) and a beep of 1,000 Hz at
//! the start of each second, 50 ms long, on the right (offsets are seen in it).

use crate::barcode;
use crate::picture::{Picture, Rect};
use std::ffi::OsString;
use std::path::Path;
use timecode::FrameRate;

/// A kind of source: codecs and container, as common programs make them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipKind {
    /// ffmpeg's defaults: B-frames, groups up to 250 pictures; AAC at 44.1 kHz; MP4.
    H264Default,
    /// 10-bit HEVC with open groups and AAC in Matroska.
    Hevc10Matroska,
    /// VP9 and Opus in WebM.
    Vp9Webm,
    /// MPEG-2 and MP2 in a transport stream that starts at 11.4 s, sound first.
    Mpeg2Ts,
    /// ProRes and PCM in QuickTime.
    ProresMov,
    /// H.264 without sound.
    H264NoAudio,
    /// H.264 as cameras make it: closed groups of a second, B-frames that lead others; MP4.
    H264Camera,
    /// The same in Matroska, whose times are whole milliseconds; groups of two and a half seconds.
    H264Matroska,
    /// H.264 with open groups: after the first, its key frames are recovery points.
    H264Open,
}

/// Size of the texture, pixels; a power of two.
const TEXTURE: usize = 256;

impl ClipKind {
    /// All kinds.
    pub const ALL: [ClipKind; 9] = [
        ClipKind::H264Default,
        ClipKind::Hevc10Matroska,
        ClipKind::Vp9Webm,
        ClipKind::Mpeg2Ts,
        ClipKind::ProresMov,
        ClipKind::H264NoAudio,
        ClipKind::H264Camera,
        ClipKind::H264Matroska,
        ClipKind::H264Open,
    ];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClipKind::H264Default => "h264-default",
            ClipKind::Hevc10Matroska => "hevc10-mkv",
            ClipKind::Vp9Webm => "vp9-webm",
            ClipKind::Mpeg2Ts => "mpeg2-ts",
            ClipKind::ProresMov => "prores-mov",
            ClipKind::H264NoAudio => "h264-noaudio",
            ClipKind::H264Camera => "h264-camera",
            ClipKind::H264Matroska => "h264-mkv",
            ClipKind::H264Open => "h264-open",
        }
    }

    /// By name.
    #[must_use]
    pub fn parse(name: &str) -> Option<ClipKind> {
        ClipKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Usual ending of the file name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            ClipKind::H264Default | ClipKind::H264NoAudio | ClipKind::H264Camera | ClipKind::H264Open => {
                "mp4"
            }
            ClipKind::Hevc10Matroska | ClipKind::H264Matroska => "mkv",
            ClipKind::Vp9Webm => "webm",
            ClipKind::Mpeg2Ts => "ts",
            ClipKind::ProresMov => "mov",
        }
    }

    /// Whether it has sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        self != ClipKind::H264NoAudio
    }

    /// Whether a clip of this kind is served as it is: H.264 in closed groups of at most ten seconds.
    #[must_use]
    pub fn is_copied(self, rate: FrameRate, frames: i64) -> bool {
        match self {
            // Only the first picture clears everything before it.
            ClipKind::H264Open => frames * i64::from(rate.den()) <= 10 * i64::from(rate.num()),
            // Groups of 250 pictures.
            ClipKind::H264Default | ClipKind::H264NoAudio => {
                frames.min(250) * i64::from(rate.den()) <= 10 * i64::from(rate.num())
            }
            ClipKind::H264Camera | ClipKind::H264Matroska => true,
            _ => false,
        }
    }

    /// By how much the file itself puts the sound before the picture, samples at 48 kHz: ffmpeg 5.1 forgets Opus's
    /// pre-skip in WebM time stamps, so that every such file carries 6.5 ms. A player of the file shows it too.
    #[must_use]
    pub fn sound_early(self) -> usize {
        if self == ClipKind::Vp9Webm { 312 } else { 0 }
    }

    /// Encoder and container options, apart by blanks.
    fn options(self) -> &'static str {
        match self {
            ClipKind::H264Default | ClipKind::H264NoAudio => {
                "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 44100"
            }
            ClipKind::Hevc10Matroska => {
                "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le \
                 -x265-params log-level=error:bframes=3:open-gop=1:keyint=50:min-keyint=50 -c:a aac -ar 48000"
            }
            ClipKind::H264Camera => {
                "-c:v libx264 -pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced) -sc_threshold 0 -bf 3 \
                 -b_strategy 0 -c:a aac -ar 48000"
            }
            ClipKind::H264Matroska => {
                "-c:v libx264 -pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced*2.5) -sc_threshold 0 -bf 2 \
                 -c:a aac -ar 48000"
            }
            ClipKind::H264Open => {
                "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=50:scenecut=0 -c:a aac -ar 48000"
            }
            // The last option keeps the picture at time 0.
            ClipKind::Vp9Webm => {
                "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1500k -g 70 -pix_fmt yuv420p \
                 -c:a libopus -ar 48000 -avoid_negative_ts disabled"
            }
            ClipKind::Mpeg2Ts => {
                "-c:v mpeg2video -bf 2 -g 15 -b:v 5M -pix_fmt yuv420p -c:a mp2 -ar 48000 \
                 -output_ts_offset 10 -f mpegts"
            }
            ClipKind::ProresMov => {
                "-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le -timecode 01:00:00:00 -c:a pcm_s16le -ar 48000"
            }
        }
    }
}

/// `ffmpeg` that reads frames of [`ClipPainter`] in order on standard input and writes a clip. Not sandboxed.
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
    if kind.has_sound() {
        let seconds = frames as f64 * f64::from(rate.den()) / f64::from(rate.num());
        let sound = format!(
            "aevalsrc='0.3*sin(2*PI*441*t)|0.6*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.05):s=48000:c=stereo:d={seconds:.6}'[sound]"
        );
        args.option("-filter_complex", sound).put(["-map", "0:v", "-map", "[sound]"]);
    }
    for word in kind.options().split_ascii_whitespace() {
        args.put([word]);
    }
    args.path(output).done()
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
