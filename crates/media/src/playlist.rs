//! HLS playlists, written whole as soon as the plan is known. Served by the server; read by any HLS player.
//! Media playlists lie under the plan's hash and never change; only the master may be asked anew.

use crate::audio_plan::{AUDIO_CODEC, AudioPlan, FRAME_SAMPLES, SAMPLE_RATE};
use crate::objects::audio_folder;
use crate::plan::Plan;
use protocol::CaptionId;
use std::fmt::Write;

/// What stands in a master playlist beside what the plan makes.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Captions.
    pub captions: Vec<CaptionEntry>,
    /// The list of key frames is there.
    pub key_frames: bool,
}

/// Captions as a playlist names them.
#[derive(Clone, Debug)]
pub struct CaptionEntry {
    /// Which.
    pub caption: CaptionId,
    /// Name.
    pub label: String,
    /// BCP 47.
    pub language: Option<String>,
    /// Shown unless somebody chooses otherwise.
    pub is_default: bool,
}

impl Plan {
    /// `/media/{version}/master.m3u8`. URIs are relative, below the plan's hash. The rendition named `first` comes
    /// first: players begin with it. The others follow, best first.
    #[must_use]
    pub fn master_playlist(&self, first: &str, beside: &Beside) -> String {
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        let audio_bits = self.audio.as_ref().map_or(0, |audio| audio.bits + audio.bits / 16);
        for (track, audio) in self.sounds() {
            let name = if audio.name.is_empty() { "Sound" } else { &audio.name };
            let language =
                audio.language.as_ref().map(|tag| format!("LANGUAGE=\"{tag}\",")).unwrap_or_default();
            let _ = writeln!(
                text,
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",{language}NAME=\"{name}\",DEFAULT={},AUTOSELECT=YES,CHANNELS=\"2\",URI=\"{}/{}/playlist.m3u8\"",
                if track == 0 { "YES" } else { "NO" },
                self.hash,
                audio_folder(track)
            );
        }
        let mut names: Vec<String> = Vec::new();
        for entry in &beside.captions {
            // A name stands once in its group, and within quotes.
            let label = entry.label.replace('"', "'");
            let same = names.iter().filter(|name| **name == label).count();
            names.push(label.clone());
            let name = if same == 0 { label } else { format!("{label} {}", same + 1) };
            let language =
                entry.language.as_ref().map(|tag| format!("LANGUAGE=\"{tag}\",")).unwrap_or_default();
            let default = if entry.is_default { "YES" } else { "NO" };
            let _ = writeln!(
                text,
                "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",{language}NAME=\"{name}\",DEFAULT={default},AUTOSELECT=YES,FORCED=NO,URI=\"captions/{}.m3u8\"",
                entry.caption
            );
        }
        let milli =
            (u64::from(self.rate.num()) * 1000 + u64::from(self.rate.den()) / 2) / u64::from(self.rate.den());
        let variant = |codec: String, peak: u32, mean: u32, size: (u32, u32), name: &str| {
            let sound = if self.audio.is_some() { format!(",{AUDIO_CODEC}") } else { String::new() };
            let mut group = String::new();
            if self.audio.is_some() {
                group.push_str(",AUDIO=\"audio\"");
            }
            if !beside.captions.is_empty() {
                group.push_str(",SUBTITLES=\"captions\"");
            }
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
        if beside.key_frames {
            text.push_str(&self.key_frame_line());
        }
        text
    }

    /// `/media/{version}/captions/{caption}.m3u8`: one file for the whole length.
    #[must_use]
    pub fn caption_playlist(&self, caption: CaptionId) -> String {
        let (num, den) = self.seconds_of(self.frames);
        let length = micros(num, den);
        format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:{}.{:06},\n{caption}.vtt\n#EXT-X-ENDLIST\n",
            (length + 999_999) / 1_000_000,
            length / 1_000_000,
            length % 1_000_000
        )
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

    /// `/media/{version}/{plan}/audio/playlist.m3u8`, for any track.
    #[must_use]
    pub fn audio_playlist(&self, audio: &AudioPlan) -> String {
        let ends = (0..audio.segments())
            .map(|segment| i64::from(audio.segment_frames(segment).end) * i64::from(FRAME_SAMPLES));
        playlist(ends.map(|samples| micros(samples, i64::from(SAMPLE_RATE))))
    }
}

impl Plan {
    /// `/media/{version}/{plan}/keys/playlist.m3u8`: the lowest rendition's key frames alone, one per segment, for
    /// players that scrub by them. `ends` is where each segment's first picture ends ([`crate::package`]).
    #[must_use]
    pub fn key_frame_playlist(&self, ends: &[u64]) -> String {
        let bounds: Vec<i64> = (0..self.segments())
            .map(|segment| self.seconds_of(self.segment_range(segment).end))
            .map(|(num, den)| micros(num, den))
            .collect();
        let lengths = bounds.iter().scan(0, |last, end| Some(end - std::mem::replace(last, *end)));
        let longest = lengths.clone().max().unwrap_or(0);
        let folder = &self.lowest().name;
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n");
        let _ = write!(
            text,
            "#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI=\"../{folder}/init.mp4\"\n",
            (longest + 999_999) / 1_000_000
        );
        for ((index, length), end) in lengths.enumerate().zip(ends) {
            let _ = write!(
                text,
                "#EXTINF:{}.{:06},\n#EXT-X-BYTERANGE:{end}@0\n../{folder}/{index}.m4s\n",
                length / 1_000_000,
                length % 1_000_000
            );
        }
        text.push_str("#EXT-X-ENDLIST\n");
        text
    }

    /// The master playlist's line for it; it is named once the list is there.
    #[must_use]
    pub fn key_frame_line(&self) -> String {
        let low = self.lowest();
        format!(
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={},CODECS=\"{}\",RESOLUTION={}x{},URI=\"{}/keys/playlist.m3u8\"\n",
            low.bits_peak(),
            low.codec(),
            low.width,
            low.height,
            self.hash
        )
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
