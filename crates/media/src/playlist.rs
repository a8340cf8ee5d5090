//! HLS playlists, written whole as soon as the plan is known. Served by the server; read by any HLS player.
//! Media playlists lie under the plan's hash and never change; only the master may be asked anew.

use crate::audio_plan::{AUDIO_CODEC, AudioPlan, FRAME_SAMPLES, SAMPLE_RATE};
use crate::plan::Plan;
use std::fmt::Write;

impl Plan {
    /// `/media/{version}/master.m3u8`. URIs are relative, below the plan's hash. The rendition named `first` comes
    /// first: players begin with it. The others follow, best first.
    #[must_use]
    pub fn master_playlist(&self, first: &str) -> String {
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
        let variant = |codec: String, peak: u32, mean: u32, size: (u32, u32), name: &str| {
            let sound = if self.audio.is_some() { format!(",{AUDIO_CODEC}") } else { String::new() };
            let group = if self.audio.is_some() { ",AUDIO=\"audio\"" } else { "" };
            format!(
                "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{codec}{sound}\",RESOLUTION={}x{},FRAME-RATE={}.{:03}{group}\n{}/{name}/playlist.m3u8\n",
                peak.saturating_add(audio_bits),
                mean.saturating_add(audio_bits),
                size.0,
                size.1,
                milli / 1000,
                milli % 1000,
                self.hash,
            )
        };
        let copied = self.copy.iter().map(|copy| {
            let size = (copy.width, copy.height);
            (
                copy.name.as_str(),
                variant(copy.codec.clone(), copy.bits_peak, copy.bits_mean, size, &copy.name),
            )
        });
        let encoded = self.renditions.iter().map(|rendition| {
            let (peak, mean) = (rendition.bits_peak(), rendition.bits_max / 10 * 7);
            let size = (rendition.width, rendition.height);
            (rendition.name.as_str(), variant(rendition.codec(), peak, mean, size, &rendition.name))
        });
        let mut variants: Vec<(&str, String)> = copied.chain(encoded).collect();
        variants.sort_by_key(|(name, _)| *name != first);
        text.extend(variants.into_iter().map(|(_, lines)| lines));
        text
    }

    /// `/media/{version}/{plan}/{rendition}/playlist.m3u8`: the same for every encoded rendition, its own for the
    /// copied one, whose segments begin at its key frames. None: there is no such rendition.
    #[must_use]
    pub fn media_playlist_of(&self, name: &str) -> Option<String> {
        if let Some(copy) = self.copied(name) {
            let ends = (0..copy.segments()).map(|segment| self.seconds_of(copy.segment_range(segment).end));
            return Some(playlist(ends.map(|(num, den)| micros(num, den))));
        }
        self.rendition(name).map(|_| self.media_playlist())
    }

    /// The playlist of every encoded rendition.
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
