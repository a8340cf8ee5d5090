//! The picture of a sound that has none: its waveform, drawn by ffmpeg from the samples and passing by at one bar per
//! frame, so that everything that asks for pictures (player, frame callbacks, storyboard, poster, comments) finds them.
//! Used by the probe (facts), the planner and the chunk and poster runs.
//!
//! A bar at the middle of frame n is the sound of frame n: left of it what was heard, right of it what comes. Where the
//! file has a cover, the waveform lies under it. Each frame depends on the samples around it alone, so chunks are made
//! apart as those of a film.

use crate::audio_args::heard;
use crate::audio_plan::{AudioPlan, AudioWindow, SAMPLE_RATE};
use crate::grid::rate_of;
use crate::ladder::Rendition;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use timecode::FrameRate;

/// Frames per second: a whole number of samples each, fine enough for a comment on a word.
const FPS: u32 = 25;
/// Width and height, pixels.
pub const DRAWN_SIZE: (u32, u32) = (960, 540);
/// Samples of one frame, which is one bar.
const BAR_SAMPLES: u32 = SAMPLE_RATE / FPS;
/// From one bar to the next, pixels; even, so that colour moves with brightness.
const BAR_STEP: u32 = 6;
/// Width of a bar, pixels.
const BAR_WIDTH: u32 = 4;
/// Bars on each side of the middle: 3.2 s.
const BARS_BESIDE: u32 = DRAWN_SIZE.0 / BAR_STEP / 2;
/// Height of the waveform, and from where on down it lies, pixels: alone, and under a cover.
const ALONE: (u32, u32) = (324, 108);
const UNDER_COVER: (u32, u32) = (136, 388);
/// Box that a cover fits in, and from where on down, pixels.
const COVER_BOX: (u32, u32, u32) = (864, 320, 44);
/// Highest rate over one second, bits per second: measured are 45,000 alone and 130,000 with a cover.
const BITS_MAX: u32 = 600_000;

/// What is drawn where a file has no moving picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Number of the stream with the cover.
    pub cover: Option<u32>,
}

/// Frame rate of a drawn picture.
pub(crate) fn drawn_rate() -> FrameRate {
    rate_of(FPS, 1)
}

/// The one rendition of a drawn picture: it is small and hardly moves, so nobody needs a lower one.
#[must_use]
pub(crate) fn drawn_rendition() -> Rendition {
    let (width, height) = DRAWN_SIZE;
    Rendition { name: format!("{height}p"), width, height, crf: 22, bits_max: BITS_MAX, level: 31 }
}

/// The sound that is seen on some frames: theirs, and as much before and after as fits beside it.
pub(crate) fn drawn_window(audio: &AudioPlan, frames: &Range<i64>) -> AudioWindow {
    let first = (frames.start - i64::from(BARS_BESIDE)) * i64::from(BAR_SAMPLES);
    audio.stretch(first, bars(frames.end - frames.start) * BAR_SAMPLES)
}

/// Bars that are seen on a number of frames.
fn bars(frames: i64) -> u32 {
    u32::try_from(frames).expect("a chunk has a few hundred frames") + 2 * BARS_BESIDE
}

impl Drawn {
    /// The filter text of `count` frames, out of the sound of [`drawn_window`].
    pub(crate) fn pictures(self, audio: &AudioPlan, window: &AudioWindow, count: i64) -> String {
        let (width, height) = DRAWN_SIZE;
        let (wave_height, wave_y) = if self.cover.is_some() { UNDER_COVER } else { ALONE };
        let half = width / 2;
        let ground = match self.cover {
            Some(stream) => cover_ground(stream),
            None => format!("color=c=0x0e1014:s={width}x{height}:r={FPS},format=yuv420p"),
        };
        // One long picture of all bars, white on black; both channels added, since speech is far from full scale. A line of dots where it is silent, gaps between the bars.
        let bars = format!(
            "{heard},pan=mono|c0=c0+c1,aformat=sample_fmts=s16,showwavespic=s={count}x{wave_height}:colors=white:scale=sqrt:filter=average,format=gbrp,\
             drawbox=y={middle}:w=iw:h=4:c=white:t=fill,scale={long}:{wave_height}:flags=neighbor,\
             drawgrid=x={BAR_WIDTH}:y=-2:w={BAR_STEP}:h={tall}:t={gap}:c=black,setsar=1,format=gray",
            heard = heard(audio, window),
            count = bars(count),
            middle = wave_height / 2 - 2,
            long = bars(count) * BAR_STEP,
            tall = 2 * wave_height,
            gap = BAR_STEP - BAR_WIDTH,
        );
        // Coloured through it, moved on by one bar with each frame.
        let side = |input: &str, red: u32, green: u32, blue: u32, from: u32, name: &str| {
            format!(
                "[{input}]split=2[{name}0][{name}1];[{name}0]format=gbrp,lutrgb=r={red}:g={green}:b={blue}[{name}2];\
                 [{name}2][{name}1]alphamerge,format=yuva420p,{},crop=w={half}:h={wave_height}:x={BAR_STEP}*n+{from}:y=0[{name}]",
                standing(count - 1),
            )
        };
        let (past, future) = if self.cover.is_some() {
            (side("bars0", 240, 242, 246, 0, "past"), side("bars1", 140, 146, 158, half, "future"))
        } else {
            (side("bars0", 76, 141, 255, 0, "past"), side("bars1", 92, 102, 120, half, "future"))
        };
        format!(
            "{bars},split=2[bars0][bars1];{past};{future};{ground}[ground];\
             [ground][past]overlay=x=0:y={wave_y}:shortest=1[half];[half][future]overlay=x={half}:y={wave_y}:shortest=1,\
             drawbox=x={line}:y={wave_y}:w=2:h={wave_height}:c=white:t=fill,format=yuv420p",
            line = half - 1,
        )
    }
}

/// The cover as it is, on itself: spread over the whole picture, out of focus and dark. The rate at its end tells the
/// encoder how long a frame lasts, also where a chunk has but one.
fn cover_ground(stream: u32) -> String {
    let (width, height) = DRAWN_SIZE;
    let (box_width, box_height, y) = COVER_BOX;
    format!(
        "[0:{stream}]scale={width}:{width}:force_original_aspect_ratio=decrease:force_divisible_by=2:out_range=tv,\
         format=yuv420p,setsar=1,split=2[cover0][cover1];\
         [cover0]scale={width}:{height}:force_original_aspect_ratio=increase:force_divisible_by=2,\
         crop={width}:{height},boxblur=30:2,lutyuv=y='16+(val-16)*0.3':u='128+(val-128)*0.6':v='128+(val-128)*0.6'[spread];\
         [cover1]scale={box_width}:{box_height}:force_original_aspect_ratio=decrease:force_divisible_by=2[cover];\
         [spread][cover]overlay=x='(W-w)/2':y='{y}+({box_height}-h)/2',format=yuv420p,{},fps={FPS}",
        standing(-1)
    )
}

/// Repeats one picture so many times more (-1: without end), a frame each.
fn standing(times: i64) -> String {
    format!("loop=loop={times}:size=1,settb=1/{FPS},setpts=N")
}
