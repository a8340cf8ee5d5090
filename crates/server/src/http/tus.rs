//! The words of tus 1.0.0 (https://tus.io/protocols/resumable-upload): headers in and out. Knows no upload.

use crate::problem::Refusal;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::Code;
use sha2::{Digest as _, Sha256};

/// The version spoken.
pub(super) const VERSION: &str = "1.0.0";
/// Extensions spoken.
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,termination,expiration,checksum";
/// Checksum algorithms.
pub(super) const ALGORITHMS: &str = "sha256";
/// Media type of a part.
pub(super) const PART: &str = "application/offset+octet-stream";
/// Longest `Upload-Metadata`, bytes.
const METADATA_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a file that is kept, characters (a file system's limit).
const FILENAME_CHARS_MAX: usize = 255;

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const TUS_ALGORITHMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const DEFER_LENGTH: HeaderName = HeaderName::from_static("upload-defer-length");
pub(super) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(super) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
pub(super) const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(super) const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Refuses other versions of the protocol.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get(RESUMABLE).is_some_and(|value| value == VERSION) {
        return Ok(());
    }
    Err(Refusal::new(Code::TusVersion).header(TUS_VERSION, HeaderValue::from_static(VERSION)))
}

/// A number in a header; none if it is not there.
pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let number = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| Refusal::new(Code::Malformed).detail(format!("{name} is not a number")))
}

/// What came in `Upload-Metadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    /// As sent.
    pub(super) raw: String,
    /// Name of the file, without folders.
    pub(super) filename: Option<String>,
    /// Id of the channel as text.
    pub(super) channel: Option<String>,
    /// Id of the video of which it is a new version, as text.
    pub(super) video: Option<String>,
}

/// Reads `Upload-Metadata`: `key base64(value)` pairs with commas between.
pub(super) fn metadata(headers: &HeaderMap) -> Result<Metadata, Refusal> {
    let wrong = |what: &str| Refusal::new(Code::Malformed).detail(format!("Upload-Metadata {what}"));
    let raw = match headers.get(METADATA) {
        None => return Ok(Metadata::default()),
        Some(value) => value.to_str().map_err(|_| wrong("is not text"))?.to_owned(),
    };
    if raw.len() > METADATA_BYTES_MAX {
        return Err(wrong("is longer than 16 KiB"));
    }
    let mut metadata = Metadata::default();
    for pair in raw.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = STANDARD.decode(encoded.trim()).map_err(|_| wrong("has a value that is not base64"))?;
        let value = String::from_utf8(bytes).map_err(|_| wrong("has a value that is not UTF-8"))?;
        match key {
            "filename" => metadata.filename = Some(plain_filename(&value)),
            "channel" => metadata.channel = Some(value),
            "video" => metadata.video = Some(value).filter(|id| !id.is_empty()),
            _ => {}
        }
    }
    Ok(Metadata { raw, ..metadata })
}

/// A name without folders, control and direction characters, and of bounded length.
fn plain_filename(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    last.chars().filter(|c| !hidden(*c)).take(FILENAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// A title out of a file's name: without the ending, at most `chars_max` characters.
pub(super) fn title_of(filename: &str, chars_max: usize) -> String {
    let stem = match filename.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 5 => stem,
        _ => filename,
    };
    let title: String = stem.trim().chars().take(chars_max).collect();
    let title = title.trim().to_owned();
    if title.is_empty() { "Untitled".to_owned() } else { title }
}

/// The SHA-256 that a part must have, if the client said one.
pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Refusal> {
    let Some(value) = headers.get(CHECKSUM) else { return Ok(None) };
    let wrong = |what: &str| Refusal::new(Code::Malformed).detail(format!("Upload-Checksum {what}"));
    let text = value.to_str().map_err(|_| wrong("is not text"))?;
    let (algorithm, encoded) = text.split_once(' ').ok_or_else(|| wrong("needs an algorithm and a value"))?;
    if algorithm != ALGORITHMS {
        return Err(wrong("must use sha256"));
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| wrong("is not base64"))?;
    bytes.try_into().map(Some).map_err(|_| wrong("does not have 32 bytes"))
}

/// Compares a part with what the client said of it.
pub(super) fn verify(expected: Option<[u8; 32]>, part: Sha256) -> Result<(), Refusal> {
    match expected {
        Some(expected) if <[u8; 32]>::from(part.finalize()) != expected => {
            Err(Refusal::new(Code::UploadChecksum)
                .status(StatusCode::from_u16(460).expect("460 is a status as tus names it")))
        }
        _ => Ok(()),
    }
}

/// A time as HTTP writes it.
pub(super) fn http_date(unix_s: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (unix_s.div_euclid(86_400), unix_s.rem_euclid(86_400));
    // Days to civil date (Howard Hinnant's algorithm), years beginning in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        DAYS[usize::try_from(days.rem_euclid(7)).expect("below 7")],
        MONTHS[usize::try_from(month).expect("below 12")],
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(pairs: &[(&str, &str)]) -> HeaderMap {
        let text: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
        HeaderMap::from_iter([(METADATA, HeaderValue::try_from(text.join(",")).unwrap())])
    }

    #[test]
    fn metadata_is_read_and_names_are_made_harmless() {
        let read =
            metadata(&encoded(&[("filename", "../../etc/Mein Film.mp4"), ("channel", "c"), ("x", "y")]))
                .unwrap();
        assert_eq!((read.filename.as_deref(), read.channel.as_deref()), (Some("Mein Film.mp4"), Some("c")));
        let long = "n".repeat(10_000);
        assert_eq!(metadata(&encoded(&[("filename", &long)])).unwrap().filename.unwrap().len(), 255);
        for (name, plain) in [("a\u{202E}b\n.mp4", "ab.mp4"), ("C:\\x\\y.mov", "y.mov"), ("..", "..")] {
            assert_eq!(plain_filename(name), plain);
        }
        let bad = HeaderMap::from_iter([(METADATA, HeaderValue::from_static("filename %%%"))]);
        assert_eq!(metadata(&bad).unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn titles() {
        for (name, title) in [
            ("Holiday 2024.mp4", "Holiday 2024"),
            ("Episode 12.flac", "Episode 12"),
            ("New Recording 4.m4a", "New Recording 4"),
            (".mp4", ".mp4"),
            ("", "Untitled"),
            ("v1.2 final cut", "v1.2 final cut"),
            ("   .mov", "Untitled"),
        ] {
            assert_eq!(title_of(name, 80), title);
        }
        assert_eq!(title_of(&"ü".repeat(300), 80).chars().count(), 80);
    }

    #[test]
    fn dates() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(951_827_696), "Tue, 29 Feb 2000 12:34:56 GMT");
        assert_eq!(http_date(1_767_225_599), "Wed, 31 Dec 2025 23:59:59 GMT");
    }
}
