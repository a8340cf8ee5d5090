//! What a request says of its content: its digest (RFC 9530 `Content-Digest`) and where it lies (RFC 9110
//! `Content-Range`). Knows no upload.

use crate::problem::Refusal;
use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protocol::Code;
use std::ops::Range;

const DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The SHA-256 of the content, if the client said one. Other algorithms are passed over, as RFC 9530 says.
pub(super) fn digest(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Refusal> {
    let Some(value) = headers.get(DIGEST) else { return Ok(None) };
    let wrong = |what: &str| Refusal::new(Code::Malformed).detail(format!("Content-Digest {what}"));
    let text = value.to_str().map_err(|_| wrong("is not text"))?;
    // A dictionary of structured fields: `sha-256=:base64:, sha-512=:...:`.
    for member in text.split(',') {
        let (name, quoted) =
            member.trim().split_once('=').ok_or_else(|| wrong("needs a name and a value"))?;
        if name != "sha-256" {
            continue;
        }
        let encoded = quoted.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        let encoded = encoded.ok_or_else(|| wrong("needs its value between colons"))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| wrong("is not base64"))?;
        return bytes.try_into().map(Some).map_err(|_| wrong("does not have 32 bytes"));
    }
    Ok(None)
}

/// Which bytes of something of `length` bytes the content is: all of them unless `Content-Range` says otherwise.
pub(super) fn range(headers: &HeaderMap, length: u64) -> Result<Range<u64>, Refusal> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Ok(0..length) };
    let wrong =
        || Refusal::new(Code::Malformed).detail(format!("Content-Range must be: bytes FIRST-LAST/{length}"));
    let text = value.to_str().map_err(|_| wrong())?;
    let (range, whole) =
        text.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
    let (first, last) = range.split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u64>().ok()).flatten().ok_or_else(wrong)
    };
    let (first, last) = (number(first)?, number(last)?);
    if number(whole)? != length || first > last || last >= length {
        return Err(wrong());
    }
    Ok(first..last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use sha2::{Digest as _, Sha256};

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn digests() {
        let hash: [u8; 32] = Sha256::digest(b"film").into();
        let text = format!("sha-256=:{}:", STANDARD.encode(hash));
        assert_eq!(digest(&with(DIGEST, &text)), Ok(Some(hash)));
        assert_eq!(digest(&with(DIGEST, &format!("sha-512=:AAAA:, {text}"))), Ok(Some(hash)));
        assert_eq!(digest(&with(DIGEST, "sha-512=:AAAA:")), Ok(None));
        assert_eq!(digest(&HeaderMap::new()), Ok(None));
        for bad in ["sha-256", "sha-256=AAAA", "sha-256=:AAAA:", "sha-256=:!:"] {
            assert_eq!(digest(&with(DIGEST, bad)).unwrap_err().code, Code::Malformed, "{bad}");
        }
    }

    #[test]
    fn ranges() {
        let of = |text: &str| range(&with(header::CONTENT_RANGE, text), 100);
        assert_eq!(range(&HeaderMap::new(), 100), Ok(0..100));
        assert_eq!((of("bytes 0-99/100"), of("bytes 7-7/100")), (Ok(0..100), Ok(7..8)));
        for bad in [
            "bytes 0-100/100",
            "bytes 5-4/100",
            "bytes 0-9/*",
            "0-9/100",
            "bytes -9/100",
            "bytes 0-9/90",
            "bytes 0-+9/100",
        ] {
            assert_eq!(of(bad).unwrap_err().code, Code::Malformed, "{bad}");
        }
    }
}
