//! Arguments of the runs of ffprobe: streams as JSON, packets of the picture and first packets of the sound as CSV, whether a cover can be decoded. Called by the probe job.

use crate::ffmpeg_args::{Args, allow_probe};
use crate::sniff::Container;
use std::ffi::OsString;
use std::path::Path;

/// `ffprobe` for [`crate::ProbeAnswer::read`]: JSON on standard output, with the decoders' settings as a dump.
#[must_use]
pub fn probe_args(container: Container, input: &Path) -> Vec<OsString> {
    let mut args = Args::default();
    args.put(["-hide_banner", "-v", "error"]);
    allow_probe(&mut args, container);
    args.put(["-show_format", "-show_streams", "-show_chapters", "-show_data", "-of", "json", "-i"])
        .path(input)
        .done()
}

/// `ffprobe` for [`crate::PacketIndexReader`]: one line per packet on standard output, in the order
/// pts, duration, size, pos, flags (ffprobe's own, whatever is asked). Where each packet of the container is a picture
/// (`is_whole`), its bytes are not looked into: the index alone answers, also for bytes that have not come yet.
#[must_use]
pub fn packet_args(container: Container, stream: u32, is_whole: bool, input: &Path) -> Vec<OsString> {
    let mut args = Args::default();
    args.put(["-hide_banner", "-v", "error"]);
    allow_probe(&mut args, container);
    if is_whole {
        args.put(["-fflags", "+noparse"]);
    }
    args.option("-select_streams", stream)
        .put(["-show_entries", "packet=pts,duration,size,pos,flags", "-of", "csv=p=0", "-i"])
        .path(input)
        .done()
}

/// `ffprobe` for [`crate::SourceFacts::refine_audio`]: the first 500 packets of a sound track, pts and duration.
#[must_use]
pub fn audio_packet_args(container: Container, stream: u32, input: &Path) -> Vec<OsString> {
    let mut args = Args::default();
    args.put(["-hide_banner", "-v", "error"]);
    allow_probe(&mut args, container);
    args.option("-select_streams", stream)
        .put(["-read_intervals", "%+#500", "-show_entries", "packet=pts,duration", "-of", "csv=p=0", "-i"])
        .path(input)
        .done()
}

/// `ffprobe` that decodes a cover: a line on standard output if it can be.
#[must_use]
pub fn cover_args(container: Container, stream: u32, input: &Path) -> Vec<OsString> {
    let mut args = Args::default();
    args.put(["-hide_banner", "-v", "error"]);
    allow_probe(&mut args, container);
    args.option("-select_streams", stream)
        .put(["-read_intervals", "%+#1", "-show_entries", "frame=width,height", "-of", "csv=p=0", "-i"])
        .path(input)
        .done()
}
