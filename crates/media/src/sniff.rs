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
}

impl Container {
    /// By ffprobe's `format_name`.
    #[must_use]
    pub fn of_format(name: &str) -> Option<Container> {
        name.split(',').find_map(|word| match word {
            "mov" | "mp4" => Some(Container::Mp4),
            "matroska" | "webm" => Some(Container::Matroska),
            "mpegts" => Some(Container::MpegTs),
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
        ] {
            assert_eq!(sniff(head).unwrap_err().code, code);
        }
    }
}
