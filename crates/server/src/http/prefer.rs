//! What an asker would rather get (RFC 7240). One preference is known: `respond-async`, for what is still being made.
//! Then the answer is 202 instead of an error. A page asks so because its browser writes every answer from 400 on to
//! the console, whatever the page does with it.

use crate::problem::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// Whether an asker prefers to hear that the answer comes later: by the header, or by `?prefer=respond-async` where
/// none can be set (`<img>`).
pub(super) fn responds_async(headers: &HeaderMap, query: Option<&str>) -> bool {
    let by_header = headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(RESPOND_ASYNC));
    by_header
        || query.is_some_and(|query| {
            query.split('&').any(|pair| pair.strip_prefix("prefer=") == Some(RESPOND_ASYNC))
        })
}

/// "Later", with nothing in it: what the refusal says of when to ask again.
pub(super) fn accepted(refusal: &Refusal) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC));
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_heard_in_the_header_and_in_the_query_only_as_it_is_written() {
        let ask = |values: &[&'static str], query: Option<&str>| {
            let headers = values.iter().map(|value| (PREFER, HeaderValue::from_static(value))).collect();
            responds_async(&headers, query)
        };
        assert!(ask(&["respond-async"], None));
        assert!(ask(&["wait=3, Respond-Async"], None));
        assert!(ask(&["handling=lenient", "respond-async"], None));
        assert!(ask(&[], Some("prefer=respond-async")));
        assert!(ask(&[], Some("v=2&prefer=respond-async")));
        assert!(!ask(&[], None));
        assert!(!ask(&["return=minimal", "respond-asynchronously"], Some("prefer=respond")));
        assert!(!ask(&[], Some("xprefer=respond-async")));
    }
}
