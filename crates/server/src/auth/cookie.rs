//! The session cookie: one name per way of reaching the server, so that a cookie that travelled in the open is never
//! taken where TLS is expected.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::rest::CookieMode;
use sha2::{Digest as _, Sha256};

/// Absolute life of a session, seconds: 90 days (ASVS 5.0, 7.3.2).
pub const SESSION_ABSOLUTE_S: i64 = 90 * 24 * 3_600;
/// A session unused for this long ends, seconds: 14 days (ASVS 5.0, 7.3.1).
pub const SESSION_IDLE_S: i64 = 14 * 24 * 3_600;
/// Bytes of chance in a session token.
const TOKEN_BYTES: usize = 32;
/// Longest cookie value looked at; ours has 43 characters.
const TOKEN_CHARS_MAX: usize = 64;

/// Name of the cookie in a mode.
#[must_use]
pub fn name(mode: CookieMode) -> &'static str {
    match mode {
        CookieMode::Tls => "__Host-genlock",
        CookieMode::Loopback => "genlock_loopback",
        CookieMode::Lan => "genlock_lan",
    }
}

/// A secret of 256 bits, as text for a cookie or link.
#[must_use]
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}

/// A secret of 128 bits, as text for an invite link.
#[must_use]
pub fn new_link_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// What is stored of a secret.
#[must_use]
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The session token of a request, of this mode only.
#[must_use]
pub fn read(headers: &HeaderMap, mode: CookieMode) -> Option<&str> {
    let wanted = name(mode);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty() && value.len() <= TOKEN_CHARS_MAX)
}

/// Whether a request carries a session cookie of any mode.
#[must_use]
pub fn carries_any(headers: &HeaderMap) -> bool {
    [CookieMode::Tls, CookieMode::Loopback, CookieMode::Lan]
        .into_iter()
        .any(|mode| read(headers, mode).is_some())
}

/// `Set-Cookie` that keeps a session.
#[must_use]
pub fn set(mode: CookieMode, token: &str) -> HeaderValue {
    line(mode, token, SESSION_ABSOLUTE_S)
}

/// `Set-Cookie` that forgets it.
#[must_use]
pub fn clear(mode: CookieMode) -> HeaderValue {
    line(mode, "", 0)
}

fn line(mode: CookieMode, value: &str, max_age_s: i64) -> HeaderValue {
    let secure = if mode == CookieMode::Tls { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", name(mode));
    HeaderValue::try_from(text).expect("base64url and our own words are visible ASCII")
}
