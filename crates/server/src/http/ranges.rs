//! Conditional and partial requests (RFC 9110): which part of an object is asked for, and whether it is needed.

use axum::http::{HeaderMap, header};
use std::ops::Range;

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The asker has it.
    NotModified,
    /// All of it.
    Whole,
    /// One part of it.
    Part(Range<u64>),
    /// A part that lies outside.
    Outside,
}

/// What a request wants of an object of `length` bytes with this strong ETag.
pub(super) fn wanted(headers: &HeaderMap, etag: &str, length: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    if let Some(known) = text(header::IF_NONE_MATCH) {
        // Weak comparison, as the standard says for this header.
        let matches =
            known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag);
        if matches {
            return Wanted::NotModified;
        }
    }
    let Some(range) = text(header::RANGE) else { return Wanted::Whole };
    if text(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Wanted::Whole;
    }
    let Some(spec) = range.strip_prefix("bytes=") else { return Wanted::Whole };
    // Several parts would need a multipart answer; sending all of it is allowed.
    let Some((from, to)) = spec.split_once('-').filter(|_| !spec.contains(',')) else { return Wanted::Whole };
    match (from.trim().parse::<u64>(), to.trim().parse::<u64>(), from.trim().is_empty(), to.trim().is_empty())
    {
        (Ok(from), _, _, true) if from < length => Wanted::Part(from..length),
        (Ok(from), Ok(to), _, _) if from <= to && from < length => {
            Wanted::Part(from..to.saturating_add(1).min(length))
        }
        (Ok(from), Ok(to), _, _) if from > to => Wanted::Whole,
        (Ok(_), _, _, true) | (Ok(_), Ok(_), _, _) => Wanted::Outside,
        (_, Ok(0), true, _) => Wanted::Outside,
        (_, Ok(last), true, _) if length > 0 => Wanted::Part(length.saturating_sub(last)..length),
        (_, Ok(_), true, _) => Wanted::Outside,
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn ask(pairs: &[(HeaderName, &'static str)]) -> Wanted {
        let headers =
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        wanted(&headers, "\"a\"", 10)
    }

    #[test]
    fn parts() {
        for (range, answer) in [
            ("bytes=0-", Wanted::Part(0..10)),
            ("bytes=2-4", Wanted::Part(2..5)),
            ("bytes=2-400", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-300", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Outside),
            ("bytes=10-12", Wanted::Outside),
            ("bytes=-0", Wanted::Outside),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
        ] {
            assert_eq!(ask(&[(header::RANGE, range)]), answer, "{range}");
        }
    }

    #[test]
    fn conditions() {
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "\"b\", W/\"a\"")]), Wanted::NotModified);
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "*")]), Wanted::NotModified);
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "\"b\"")]), Wanted::Whole);
        assert_eq!(ask(&[(header::RANGE, "bytes=1-1"), (header::IF_RANGE, "\"a\"")]), Wanted::Part(1..2));
        assert_eq!(ask(&[(header::RANGE, "bytes=1-1"), (header::IF_RANGE, "\"b\"")]), Wanted::Whole);
    }
}
