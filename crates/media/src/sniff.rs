//! First look at a file: its first bytes decide whether a demuxer may see it at all. Called by the upload
//! completion and the probe job before ffprobe runs. Never trusts a name or a declared type.

use crate::refusal::MediaRefusal;
use serde::{Deserialize, Serialize};

/// How many of the first bytes [`sniff`] wants (four TS packets of 192 bytes).
pub const SNIFF_BYTES: usize = 1024;

/// The container families that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4, QuickTime and kin.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// MPEG transport stream.
    MpegTs,
    /// MPEG audio as it is, mostly MP3.
    Mp3,
    /// WAVE.
    Wav,
    /// FLAC as it is.
    Flac,
    /// Ogg, mostly with Opus or Vorbis.
    Ogg,
}

impl Container {
    /// By ffprobe's `format_name`.
    #[must_use]
    pub fn of_format(name: &str) -> Option<Container> {
        name.split(',').find_map(|word| match word {
            "mov" | "mp4" => Some(Container::Mp4),
            "matroska" | "webm" => Some(Container::Matroska),
            "mpegts" => Some(Container::MpegTs),
            "mp3" => Some(Container::Mp3),
            "wav" => Some(Container::Wav),
            "flac" => Some(Container::Flac),
            "ogg" => Some(Container::Ogg),
            _ => None,
        })
    }

    /// The demuxers this family may be opened with (`-format_whitelist`).
    #[must_use]
    pub fn formats(self) -> &'static str {
        match self {
            Container::Mp4 => "mov,mp4,m4a,3gp,3g2,mj2",
            Container::Matroska => "matroska,webm",
            Container::MpegTs => "mpegts",
            Container::Mp3 => "mp3",
            Container::Wav => "wav",
            Container::Flac => "flac",
            Container::Ogg => "ogg",
        }
    }
}

/// Decides by magic bytes. `head` is the start of the file, up to [`SNIFF_BYTES`].
///
/// # Errors
/// Empty, text (playlists and scripts among it), or unknown bytes.
pub fn sniff(head: &[u8]) -> Result<Container, MediaRefusal> {
    if head.is_empty() {
        return Err(MediaRefusal::empty());
    }
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Ok(Container::Matroska);
    }
    if let Some(kind) = head.get(4..8)
        && matches!(kind, b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")
    {
        return Ok(Container::Mp4);
    }
    if is_transport_stream(head, 0, 188) || is_transport_stream(head, 4, 192) {
        return Ok(Container::MpegTs);
    }
    if head.starts_with(b"fLaC") {
        return Ok(Container::Flac);
    }
    if head.starts_with(b"OggS\0") {
        return Ok(Container::Ogg);
    }
    if head.get(8..12) == Some(b"WAVE")
        && [b"RIFF", b"RF64", b"BW64"].iter().any(|word| head.starts_with(*word))
    {
        return Ok(Container::Wav);
    }
    if head.starts_with(b"ID3") || is_mpeg_audio(head) {
        return Ok(Container::Mp3);
    }
    if head.starts_with(b"#EXTM3U") {
        return Err(MediaRefusal::not_video("it is a playlist, a text that names other files"));
    }
    if head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace() || *byte >= 0x80) {
        return Err(MediaRefusal::not_video("it is a text"));
    }
    Err(MediaRefusal::not_video("its first bytes belong to no kind of video that is taken here"))
}

/// Sync bytes at the packet distance: at least three, or as many as a short file has (at least two).
fn is_transport_stream(head: &[u8], first: usize, step: usize) -> bool {
    let marks = head.iter().skip(first).step_by(step).take(4);
    let count = marks.clone().count();
    count >= 2 && marks.into_iter().all(|byte| *byte == 0x47)
}

/// The header of a frame of MPEG audio, layer II or III (layer I is as good as dead, and texts of 16-bit letters begin
/// like it): eleven bits of sync, then no value that the standard keeps free.
fn is_mpeg_audio(head: &[u8]) -> bool {
    let &[sync, kind, rates, ..] = head else { return false };
    let (version, layer) = (kind >> 3 & 3, kind >> 1 & 3);
    let (bits, samples) = (rates >> 4, rates >> 2 & 3);
    sync == 0xff
        && kind >= 0xe0
        && version != 1
        && (layer == 1 || layer == 2)
        && (1..15).contains(&bits)
        && samples != 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Code;

    #[test]
    fn kinds() {
        assert_eq!(sniff(b"\0\0\0\x20ftypisom"), Ok(Container::Mp4));
        assert_eq!(sniff(&[0x1a, 0x45, 0xdf, 0xa3, 0x9f]), Ok(Container::Matroska));
        let mut ts = vec![0_u8; 188 * 4];
        ts.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        assert_eq!(sniff(&ts), Ok(Container::MpegTs));
        for (head, container) in [
            (&b"ID3\x04\0\0\0\0\x0f\x76"[..], Container::Mp3),
            (b"\xff\xfb\x90\x64\0", Container::Mp3),
            (b"\xff\xf3\x40\xc4", Container::Mp3),
            (b"\xff\xfd\xa0\x04", Container::Mp3),
            (b"RIFF\x24\0\0\0WAVEfmt ", Container::Wav),
            (b"RF64\xff\xff\xff\xffWAVEds64", Container::Wav),
            (b"fLaC\0\0\0\x22", Container::Flac),
            (b"OggS\0\x02\0\0", Container::Ogg),
        ] {
            assert_eq!(sniff(head), Ok(container), "{head:?}");
        }
    }

    #[test]
    fn refusals() {
        for (head, code) in [
            (&b""[..], Code::FileEmpty),
            (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", Code::FileNotVideo),
            (b"ffconcat version 1.0\nfile other.mp4\n", Code::FileNotVideo),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Code::FileNotVideo),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Code::FileNotVideo),
            (b"GGGGGGGG just a text", Code::FileNotVideo),
            (b"RIFF\x24\0\0\0AVI LIST", Code::FileNotVideo),
            // Text of 16-bit letters, a JPEG, AAC without a container, bit rates and sample rates that do not exist.
            (b"\xff\xfeE\0X\0T\0", Code::FileNotVideo),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Code::FileNotVideo),
            (b"\xff\xf1\x50\x80", Code::FileNotVideo),
            (b"\xff\xfb\xf0\x64", Code::FileNotVideo),
            (b"\xff\xfb\x9c\x64", Code::FileNotVideo),
            (b"\xff\xff\xff\xff", Code::FileNotVideo),
            (b"\xff\xfb", Code::FileNotVideo),
        ] {
            assert_eq!(sniff(head).unwrap_err().code, code);
        }
    }
}
