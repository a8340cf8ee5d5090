//! What surrounds every handler: the request's id and log line, the origin check, the security headers.

use crate::AppState;
use crate::auth::origin::{check_origin, cookie_mode};
use crate::problem::Refusal;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use protocol::rest::CookieMode;
use std::time::Instant;
use tracing::Instrument as _;

/// Nothing but our own files; WebAssembly for hashing; pictures and media also from memory (hls.js, posters).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
     style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; \
     manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that every response has, refusals included.
static HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Refuses what another site's page caused, and hosts that are not ours.
pub async fn origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match check_origin(&state.config, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::warn!(detail = refusal.detail.as_deref().unwrap_or_default(), "origin refused");
            refusal.into_response()
        }
    }
}

/// Answers of the API are never kept by a cache unless a handler says otherwise.
pub async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Adds the security headers, gives the request an id and writes one log line. The line names the route, never the
/// path: paths hold invite tokens.
pub async fn surround(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or("(page)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let mode = cookie_mode(&state.config, request.headers());
    let span = tracing::info_span!("request", %id);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(%method, route, status, ms, "answered");
        } else {
            tracing::debug!(%method, route, status, ms, "answered");
        }
    });
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    // Without TLS on another machine's name browsers do not heed it and complain.
    if !matches!(mode, Ok(CookieMode::Lan)) {
        headers.entry(OPENER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    }
    if state.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    headers.insert(
        REQUEST_ID,
        HeaderValue::try_from(&id).expect("hexadecimal or checked text is visible ASCII"),
    );
    response
}

/// The id that a proxy has given, if it is harmless, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    given.map_or_else(|| hex::encode(rand::random::<[u8; 8]>()), str::to_owned)
}

/// No such address in the API.
pub async fn no_route() -> Refusal {
    Refusal::not_found().detail("there is no such address in this API")
}

/// The address does not take this method.
pub async fn no_method() -> Refusal {
    Refusal::new(protocol::Code::MethodNotAllowed)
}
