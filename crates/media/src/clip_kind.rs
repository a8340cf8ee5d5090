//! Kinds of barcode clips: codecs, containers and times as common programs make them. Asked by [`crate::clip`], by
//! tests for what to expect, and by name on the command line.

use crate::grid::Grid;
use timecode::FrameRate;

/// A kind of source.
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
    /// H.264 in 10 bits.
    H264Ten,
    /// As from a phone in the dark: three of every eleven pictures are missing; Matroska.
    Holes,
    /// As from a screen recorder: 8 to 72 ms from picture to picture, following no rate; MP4.
    Irregular,
    /// A transport stream whose picture begins 521 ms after its sound.
    LateTs,
    /// MP4 cut without encoding anew: an edit list hides half a second after the key frame.
    EditList,
    /// Stored on its side, with a mark that turns it back: a quarter clockwise.
    Turned90,
    /// Half a turn.
    Turned180,
    /// Three quarters.
    Turned270,
    /// Stored narrower than shown: pixels of 4:3.
    Anamorphic,
    /// MPEG-2 in fields.
    Fields,
    /// High dynamic range, perceptual quantiser (HDR10).
    HdrPq,
    /// High dynamic range, hybrid log-gamma.
    HdrHlg,
    /// Three sound tracks.
    ManyTracks,
    /// Sound in 5.1.
    Surround,
    /// One group of pictures, however long.
    LongGroup,
}

impl ClipKind {
    /// Kinds that differ in codec, container and groups of pictures.
    pub const CODECS: [ClipKind; 9] = [
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

    /// All kinds with their names on the command line and usual endings.
    pub const NAMES: [(ClipKind, &'static str, &'static str); 24] = [
        (ClipKind::H264Default, "h264-default", "mp4"),
        (ClipKind::Hevc10Matroska, "hevc10-mkv", "mkv"),
        (ClipKind::Vp9Webm, "vp9-webm", "webm"),
        (ClipKind::Mpeg2Ts, "mpeg2-ts", "ts"),
        (ClipKind::ProresMov, "prores-mov", "mov"),
        (ClipKind::H264NoAudio, "h264-noaudio", "mp4"),
        (ClipKind::H264Camera, "h264-camera", "mp4"),
        (ClipKind::H264Matroska, "h264-mkv", "mkv"),
        (ClipKind::H264Open, "h264-open", "mp4"),
        (ClipKind::H264Ten, "h264-10bit", "mp4"),
        (ClipKind::Holes, "holes", "mkv"),
        (ClipKind::Irregular, "irregular", "mp4"),
        (ClipKind::LateTs, "late-ts", "ts"),
        (ClipKind::EditList, "edit-list", "mp4"),
        (ClipKind::Turned90, "turned-90", "mp4"),
        (ClipKind::Turned180, "turned-180", "mp4"),
        (ClipKind::Turned270, "turned-270", "mp4"),
        (ClipKind::Anamorphic, "anamorphic", "mkv"),
        (ClipKind::Fields, "fields", "ts"),
        (ClipKind::HdrPq, "hdr-pq", "mkv"),
        (ClipKind::HdrHlg, "hdr-hlg", "mkv"),
        (ClipKind::ManyTracks, "many-tracks", "mkv"),
        (ClipKind::Surround, "surround", "mp4"),
        (ClipKind::LongGroup, "long-group", "mp4"),
    ];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        ClipKind::NAMES.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// By name.
    #[must_use]
    pub fn parse(name: &str) -> Option<ClipKind> {
        ClipKind::NAMES.iter().find(|(_, known, _)| *known == name).map(|(kind, ..)| *kind)
    }

    /// Usual ending of the file name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        ClipKind::NAMES.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, _, ending)| ending)
    }

    /// Whether it has sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        self != ClipKind::H264NoAudio
    }

    /// Whether a clip of this kind is served as it is: H.264 in closed groups of at most ten seconds.
    #[must_use]
    pub fn is_copied(self, rate: FrameRate, frames: i64) -> bool {
        let seconds = |frames: i64| frames * i64::from(rate.den()) <= 10 * i64::from(rate.num());
        match self {
            ClipKind::H264Camera | ClipKind::H264Matroska => true,
            // Only the first picture clears everything before it.
            ClipKind::H264Open | ClipKind::LongGroup => seconds(frames),
            // Groups of 250 pictures.
            ClipKind::H264Default | ClipKind::H264NoAudio | ClipKind::ManyTracks | ClipKind::Surround => {
                seconds(frames.min(250))
            }
            _ => false,
        }
    }

    /// By how much the file itself puts the sound before the picture, samples at 48 kHz: ffmpeg 5.1 forgets Opus's
    /// pre-skip in WebM time stamps, so that every such file carries 6.5 ms. A player of the file shows it too.
    #[must_use]
    pub fn sound_early(self) -> usize {
        if self == ClipKind::Vp9Webm { 312 } else { 0 }
    }

    /// By how much the sound is painted to begin before the picture, microseconds.
    #[must_use]
    pub fn sound_lead_us(self) -> i64 {
        if self == ClipKind::LateTs { 521_000 } else { 0 }
    }

    /// Milliseconds at which picture n of [`ClipKind::Irregular`] is shown.
    #[must_use]
    pub fn irregular_ms(n: i64) -> i64 {
        40 * n + 7 * n * n % 33
    }

    /// The numbers on the frames of a clip of `painted` pictures, once it lies on `grid` with `frames`.
    #[must_use]
    pub fn numbers(self, painted: i64, grid: &Grid, frames: i64) -> Vec<i64> {
        match self {
            ClipKind::Holes => {
                // The last picture before each hole stands in it.
                let shown = |n: &i64| !matches!(n % 11, 3 | 4 | 8);
                (0..frames).map(|n| (0..=n).rev().find(shown).unwrap_or(0)).collect()
            }
            ClipKind::Irregular => {
                let ticks =
                    |ms: i64| ms * i64::from(grid.time_base.den) / (1000 * i64::from(grid.time_base.num));
                let places: Vec<i64> = (0..painted)
                    .map(|n| grid.place(grid.origin_pts + ticks(Self::irregular_ms(n))))
                    .collect();
                (0..frames).map(|frame| places.partition_point(|place| *place <= frame) as i64 - 1).collect()
            }
            ClipKind::EditList => (0..frames).map(|n| n + Self::cut_frames(grid.rate)).collect(),
            _ => (0..frames).collect(),
        }
    }

    /// Frames that the cut of [`ClipKind::EditList`] takes away: half a second.
    #[must_use]
    pub fn cut_frames(rate: FrameRate) -> i64 {
        i64::from(rate.num()) / (2 * i64::from(rate.den()))
    }

    /// Filters of the picture before its encoder; empty where it is encoded as painted.
    pub(crate) fn picture_filter(self) -> String {
        match self {
            ClipKind::Holes => {
                "select='not(eq(mod(n\\,11)\\,3)+eq(mod(n\\,11)\\,4)+eq(mod(n\\,11)\\,8))'".to_owned()
            }
            ClipKind::Irregular => "settb=1/1000,setpts='40*N+mod(7*N*N\\,33)'".to_owned(),
            ClipKind::LateTs => "setpts=PTS+0.521/TB".to_owned(),
            ClipKind::Turned90 => "transpose=1".to_owned(),
            ClipKind::Turned180 => "hflip,vflip".to_owned(),
            ClipKind::Turned270 => "transpose=2".to_owned(),
            ClipKind::Anamorphic => "scale=iw*3/4:ih,setsar=4/3".to_owned(),
            ClipKind::Fields => "setfield=tff".to_owned(),
            _ => String::new(),
        }
    }

    /// Encoder and container options, apart by blanks. `RATE` stands for the length of a frame.
    pub(crate) fn options(self) -> &'static str {
        match self {
            ClipKind::H264Default | ClipKind::H264NoAudio => {
                "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 44100"
            }
            ClipKind::EditList => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::ManyTracks => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::Surround => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000 -ac 6",
            ClipKind::LongGroup => {
                "-c:v libx264 -pix_fmt yuv420p -g 100000 -keyint_min 100000 -sc_threshold 0 -c:a aac -ar 48000"
            }
            ClipKind::H264Ten => "-c:v libx264 -pix_fmt yuv420p10le -c:a aac -ar 48000",
            ClipKind::Holes => {
                "-c:v libx264 -pix_fmt yuv420p -fps_mode passthrough -enc_time_base RATE -c:a aac -ar 48000"
            }
            ClipKind::Irregular => {
                "-c:v libx264 -pix_fmt yuv420p -fps_mode passthrough -enc_time_base 1:1000 -c:a aac -ar 48000 \
                 -video_track_timescale 90000"
            }
            ClipKind::LateTs => {
                "-c:v libx264 -pix_fmt yuv420p -fps_mode passthrough -enc_time_base RATE -g 50 -c:a aac -ar 48000 \
                 -f mpegts"
            }
            ClipKind::Turned90 => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::Turned180 => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::Turned270 => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::Anamorphic => "-c:v libx264 -pix_fmt yuv420p -c:a aac -ar 48000",
            ClipKind::Fields => {
                "-c:v mpeg2video -pix_fmt yuv420p -flags +ilme+ildct -b:v 4M -c:a mp2 -ar 48000 -f mpegts"
            }
            ClipKind::HdrPq => {
                "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=error \
                 -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:a aac -ar 48000"
            }
            ClipKind::HdrHlg => {
                "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=error \
                 -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc -c:a aac -ar 48000"
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
            ClipKind::Hevc10Matroska => {
                "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le \
                 -x265-params log-level=error:bframes=3:open-gop=1:keyint=50:min-keyint=50 -c:a aac -ar 48000"
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
