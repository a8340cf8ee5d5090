//! HLS playlists, written whole as soon as the plan is known. Served by the server; read by any HLS player.
//! Media playlists lie under the plan's hash and never change; only the master may be asked anew.

use crate::audio_plan::{AUDIO_CODEC, AudioPlan, FRAME_SAMPLES, SAMPLE_RATE};
use crate::plan::Plan;
use std::fmt::Write;

impl Plan {
    /// `/media/{version}/master.m3u8`. URIs are relative, below the plan's hash.
    #[must_use]
    pub fn master_playlist(&self) -> String {
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        let audio_bits = self.audio.as_ref().map_or(0, |audio| audio.bits + audio.bits / 16);
        if self.audio.is_some() {
            let _ = writeln!(
                text,
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"{}/audio/playlist.m3u8\"",
                self.hash
            );
        }
        let milli =
            (u64::from(self.rate.num()) * 1000 + u64::from(self.rate.den()) / 2) / u64::from(self.rate.den());
        for rendition in &self.renditions {
            let mut codecs = rendition.codec();
            if self.audio.is_some() {
                codecs = format!("{codecs},{AUDIO_CODEC}");
            }
            let group = if self.audio.is_some() { ",AUDIO=\"audio\"" } else { "" };
            let _ = write!(
                text,
                "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{codecs}\",RESOLUTION={}x{},FRAME-RATE={}.{:03}{group}\n{}/{}/playlist.m3u8\n",
                rendition.bits_peak() + audio_bits,
                rendition.bits_max / 10 * 7 + audio_bits,
                rendition.width,
                rendition.height,
                milli / 1000,
                milli % 1000,
                self.hash,
                rendition.name
            );
        }
        text
    }

    /// `/media/{version}/{plan}/{rendition}/playlist.m3u8`, the same for every rendition.
    #[must_use]
    pub fn media_playlist(&self) -> String {
        let ends = (0..self.segments()).map(|segment| self.seconds_of(self.segment_range(segment).end));
        playlist(ends.map(|(num, den)| micros(num, den)))
    }

    /// `/media/{version}/{plan}/audio/playlist.m3u8`.
    #[must_use]
    pub fn audio_playlist(&self, audio: &AudioPlan) -> String {
        let ends = (0..audio.segments())
            .map(|segment| i64::from(audio.segment_frames(segment).end) * i64::from(FRAME_SAMPLES));
        playlist(ends.map(|samples| micros(samples, i64::from(SAMPLE_RATE))))
    }
}

/// A complete playlist from the segments' ends in microseconds. Lengths are differences of rounded ends, so that
/// their sum never drifts from the exact time by more than half a microsecond.
fn playlist(ends: impl Iterator<Item = i64> + Clone) -> String {
    let longest =
        ends.clone().scan(0, |last, end| Some(end - std::mem::replace(last, end))).max().unwrap_or(0);
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n");
    let _ = write!(
        text,
        "#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n",
        (longest + 999_999) / 1_000_000
    );
    let mut start = 0;
    for (index, end) in ends.enumerate() {
        let length = end - start;
        let _ = write!(text, "#EXTINF:{}.{:06},\n{index}.m4s\n", length / 1_000_000, length % 1_000_000);
        start = end;
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// num / den seconds in microseconds, rounded to nearest.
fn micros(num: i64, den: i64) -> i64 {
    let (num, den) = (i128::from(num), i128::from(den));
    i64::try_from((num * 2_000_000 + den) / (2 * den)).expect("bounded by the longest video")
}
