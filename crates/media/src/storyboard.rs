//! `storyboard.vtt`: which tile of which sheet shows which stretch of the video. Written whole as soon as the plan
//! is known; sheets appear with their chunks. Read by the page's hover preview and by any player that knows the
//! convention.

use crate::plan::Plan;
use std::fmt::Write;

impl Plan {
    /// `/media/{version}/storyboard.vtt`, cues `{plan}/sb/{chunk}.webp#xywh=x,y,w,h` relative to it.
    #[must_use]
    pub fn storyboard_vtt(&self) -> String {
        let board = self.storyboard;
        let mut text = String::from("WEBVTT\n");
        for chunk in 0..self.chunks() {
            for (at, tile) in self.tiles_of(chunk).enumerate() {
                let at = u32::try_from(at).expect("a few tiles per chunk");
                let from = tile * i64::from(board.interval);
                let to = (from + i64::from(board.interval)).min(self.frames);
                let _ = write!(
                    text,
                    "\n{} --> {}\n{}/sb/{chunk}.webp#xywh={},{},{},{}\n",
                    clock(self.micros_of(from)),
                    clock(self.micros_of(to)),
                    self.hash,
                    at % board.columns * board.width,
                    at / board.columns * board.height,
                    board.width,
                    board.height
                );
            }
        }
        text
    }
}

/// `HH:MM:SS.mmm`, rounded to nearest.
fn clock(micros: i64) -> String {
    let ms = (micros + 500) / 1000;
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}
