//! The filter text that turns a source into frames of the plan's grid: picks pictures by their exact time, puts
//! each on its place, fills holes, and brings size, aspect and colour into order. Used by chunk and poster runs.
//!
//! Pictures are picked by time stamp, never by counting from wherever a seek landed: that is what makes chunks
//! frame-exact for every container.

use crate::grid::Timing;
use crate::plan::{ChunkWindow, PictureSource};
use std::fmt::Write;

/// Selection of `count` frames starting at grid place `first`, for a run that reads a chunk's window. The result
/// has time base 1/rate and starts at 0.
pub(crate) fn select(picture: &PictureSource, window: &ChunkWindow, first: i64, count: i64) -> String {
    let grid = picture.grid;
    let (num, den) = (grid.rate.num(), grid.rate.den());
    let mut text = format!("[0:{}]", picture.stream);
    if picture.interlaced {
        // One frame per picture keeps the numbering; the filter halves the time base, which is put back.
        let base = grid.time_base;
        let _ = write!(text, "bwdif=mode=send_frame:deint=all,settb=expr={}/{},", base.num, base.den);
    }
    let _ = write!(text, "trim=start_pts={}", window.from);
    if let Some(to) = window.to {
        let _ = write!(text, ":end_pts={to}");
    }
    // Place on the grid relative to `first`, rounded as `Grid::place` does.
    let _ = write!(text, ",setpts=PTS-({}),settb=expr={den}/{num},setpts=PTS-{first}", grid.origin_pts);
    if window.to.is_none() && grid.timing != Timing::Constant {
        // The end may round to the last picture's own place, and `fps` would drop that picture: the end (which has no
        // place in the file) is moved one on.
        text.push_str("+isnan(POS)*eq(PTS\\,PREV_INPTS)");
    }
    // One frame per place: holes repeat the picture before, a missing tail repeats the last one.
    let _ = write!(
        text,
        ",fps=fps={num}/{den}:start_time=0:round=near,tpad=stop_mode=clone:stop={count},trim=end_frame={count}"
    );
    text
}

/// Scaling to a size with square pixels and 8-bit 4:2:0 in BT.709 or the source's own standard colours.
pub(crate) fn prepare(picture: &PictureSource, width: u32, height: u32) -> String {
    let colour = &picture.colour;
    let scale = format!("scale={width}:{height}:flags=bicubic");
    if colour.is_hdr() {
        // Tone mapping after scaling: a third of the cost. Transfer and matrix are the source's, named because
        // some files declare only half of them.
        let transfer = colour.transfer.as_deref().unwrap_or("smpte2084");
        return format!(
            "{scale},setsar=1,zscale=tin={transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,\
             zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
        );
    }
    if colour.is_wide() {
        return format!("{scale},setsar=1,zscale=p=bt709:t=bt709:m=bt709:r=tv,format=yuv420p");
    }
    // Undeclared colours are named as players guess them: by size.
    let (space, primaries, transfer) = if picture.height >= 720 {
        ("bt709", "bt709", "bt709")
    } else {
        ("smpte170m", "smpte170m", "smpte170m")
    };
    let space = colour.space.as_deref().filter(|name| !matches!(*name, "gbr" | "ycgco")).unwrap_or(space);
    let primaries = colour.primaries.as_deref().unwrap_or(primaries);
    let transfer = colour.transfer.as_deref().unwrap_or(transfer);
    // Asked for only where needed: the option costs a pass over pictures that keep their size.
    let range = if colour.range.as_deref() == Some("pc") { ":out_range=tv" } else { "" };
    format!(
        "{scale}{range},setsar=1,format=yuv420p,\
         setparams=range=tv:colorspace={space}:color_primaries={primaries}:color_trc={transfer}"
    )
}
