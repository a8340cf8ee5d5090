//! The page: the built client out of the binary. `index.html` for every address that is not a file, so that links into
//! the page work; assets carry a hash in their name and are kept by browsers for a year.

use crate::problem::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use protocol::Code;

/// A file of the built page.
struct File {
    /// Path below the root, with `/`.
    path: &'static str,
    /// Content.
    plain: &'static [u8],
    /// Content, gzipped; text only.
    gzip: Option<&'static [u8]>,
    /// Start of the content's SHA-256, hexadecimal.
    hash: &'static str,
}

// `static FILES: &[File]`, sorted by path; written by build.rs from web/dist.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The file at a path below the root.
fn find(path: &str) -> Option<&'static File> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().map(|at| &FILES[at])
}

/// Answers everything that is neither API nor media.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !method.is_safe() {
        return Refusal::new(Code::MethodNotAllowed).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match find(path) {
        Some(file) => respond(file, &headers),
        // A missing asset of an older build must not be answered with a page.
        None if path.starts_with("assets/") => Refusal::not_found().into_response(),
        None => find("index.html")
            .map_or_else(|| Refusal::not_found().into_response(), |index| respond(index, &headers)),
    }
}

fn respond(file: &'static File, headers: &HeaderMap) -> Response {
    let gzip = file.gzip.filter(|_| accepts_gzip(headers));
    let tag = format!("\"{}{}\"", file.hash, if gzip.is_some() { "-gzip" } else { "" });
    let cache =
        if file.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|seen| seen.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(gzip.unwrap_or(file.plain)).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(file.path)));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ETAG, HeaderValue::try_from(tag).expect("hexadecimal is visible ASCII"));
    if gzip.is_some() && !unchanged {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|line| {
        line.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let weight =
                weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0_f32);
            name.trim().eq_ignore_ascii_case("gzip") && weight > 0.0
        })
    })
}

/// Content type by extension; what the client's build can produce.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
