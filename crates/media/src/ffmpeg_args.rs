//! Argument lists shared by all runs of ffmpeg: the allowlists and the input. Called by the other argument
//! builders; the worker passes the lists to the sandboxed child as they are.
//!
//! Nothing here ever goes through a shell. Paths come from the worker, words of the source are checked by the probe.

use crate::limits::PIXELS_MAX;
use crate::sniff::Container;
use std::ffi::OsString;
use std::path::Path;

/// Protocols that a child may open: its own files and pipes. Alone this does not stop playlists; the list of
/// demuxers does.
const PROTOCOLS: &str = "file,pipe";
/// Decoders that a child may open.
pub const DECODERS: &str = "h264,hevc,vp8,vp9,libdav1d,av1,mpeg1video,mpeg2video,mpeg4,prores,dnxhd,mjpeg,\
libvpx,libvpx-vp9,aac,aac_latm,opus,libopus,vorbis,flac,alac,mp1,mp1float,mp2,mp2float,mp3,mp3float,ac3,eac3,dca,\
pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_u8,pcm_s8,pcm_alaw,\
pcm_mulaw,pcm_bluray,pcm_dvd,s302m,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,amrnb,amrwb,png";

/// Decoders of subtitles that are text.
pub(crate) const TEXT_DECODERS: &str = "mov_text,subrip,srt,ass,ssa,webvtt,text";
/// Decoders of subtitles that are pictures or teletext: only for ffprobe, so that a file with them is not refused.
const PICTURE_SUBTITLE_DECODERS: &str = "pgssub,dvdsub,dvbsub,xsub,cc_dec,libzvbi_teletextdec";
/// Decoders of covers that are not drawn: only for ffprobe, for the same reason.
const COVER_DECODERS: &str = "gif,bmp";

/// A growing list of arguments.
#[derive(Debug, Default)]
pub(crate) struct Args(Vec<OsString>);

impl Args {
    /// Adds arguments written here.
    pub(crate) fn put<const N: usize>(&mut self, words: [&str; N]) -> &mut Args {
        self.0.extend(words.into_iter().map(OsString::from));
        self
    }

    /// Adds an option with a computed value.
    pub(crate) fn option(&mut self, name: &str, value: impl ToString) -> &mut Args {
        self.0.push(name.into());
        self.0.push(value.to_string().into());
        self
    }

    /// Adds a path with the `file:` prefix, so that no name can be read as another protocol or an option.
    pub(crate) fn path(&mut self, path: &Path) -> &mut Args {
        let mut word = OsString::from("file:");
        word.push(path);
        self.0.push(word);
        self
    }

    /// The list.
    pub(crate) fn done(&mut self) -> Vec<OsString> {
        std::mem::take(&mut self.0)
    }
}

/// Options of ffmpeg before its input: silent, no terminal, progress on standard output several times a second.
pub(crate) fn begin() -> Args {
    let mut args = Args::default();
    args.put([
        "-nostdin",
        "-hide_banner",
        "-v",
        "error",
        "-nostats",
        "-progress",
        "pipe:1",
        "-stats_period",
        "0.15",
        "-y",
    ]);
    args
}

/// As [`begin`], with the reports that filters write at their end on standard error.
pub(crate) fn begin_with_report() -> Args {
    let mut args = Args::default();
    args.put([
        "-nostdin",
        "-hide_banner",
        "-v",
        "info",
        "-nostats",
        "-progress",
        "pipe:1",
        "-stats_period",
        "0.5",
    ]);
    args
}

/// Where a program reads a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A file.
    File(&'a Path),
    /// Its standard input ([`crate::feed`]).
    Pipe,
}

/// Allowlists for one input of a family; they stand before its `-i`.
pub(crate) fn allow(args: &mut Args, container: Container) {
    allow_with(args, container, DECODERS);
}

/// As [`allow`], for ffprobe, which opens a decoder for every stream and gives up on a file with one that it may not.
/// Subtitles and covers are only named by it, never decoded to an end.
pub(crate) fn allow_probe(args: &mut Args, container: Container) {
    allow_with(
        args,
        container,
        &format!("{DECODERS},{TEXT_DECODERS},{PICTURE_SUBTITLE_DECODERS},{COVER_DECODERS}"),
    );
}

/// As [`allow`], with other decoders.
pub(crate) fn allow_with(args: &mut Args, container: Container, decoders: &str) {
    args.put([
        "-protocol_whitelist",
        PROTOCOLS,
        "-format_whitelist",
        container.formats(),
        "-codec_whitelist",
        decoders,
    ])
    .option("-max_pixels", PIXELS_MAX);
}

/// The input with its allowlists. Time stamps stay as they are in the file (`-copyts`), so that filters can pick
/// pictures and samples by them; `seek_s` is a time on the file's own clock, at which reading starts (a little
/// before is fine: the filters cut).
pub(crate) fn input(
    args: &mut Args,
    container: Container,
    threads: u32,
    seek_s: Option<String>,
    source: Input<'_>,
) {
    args.option("-threads", threads);
    allow(args, container);
    args.put(["-copyts"]);
    if let Some(seek_s) = seek_s {
        args.put(["-noaccurate_seek", "-seek_timestamp", "1"]).option("-ss", seek_s);
    }
    args.put(["-i"]);
    match source {
        Input::File(path) => args.path(path),
        Input::Pipe => args.put(["pipe:0"]),
    };
}

/// Microseconds as ffmpeg reads seconds.
pub(crate) fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000)
}
