//! Who asks: sessions by cookie, origin checks, passwords, limits of tries.
//!
//! Handlers take [`Identity`] (refuses nobody-in-particular with 1002) or `Option<Identity>` as an argument. The live
//! socket calls [`identify`] and [`origin::check_origin`].

pub mod origin;

use crate::AppState;
use crate::problem::Refusal;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use protocol::Code;
use store::catalog::PersonRow;

/// A signed-in person and the session they came with.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who.
    pub person: PersonRow,
    /// SHA-256 of the session's token.
    pub token_hash: [u8; 32],
}

/// Shared parts of authentication.
pub struct Auth {}

impl Auth {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Auth {
        Auth {}
    }
}

impl Default for Auth {
    fn default() -> Self {
        Auth::new()
    }
}

/// Who sent these headers; none is nobody. The cookie counts only if it is of the connection's own mode.
///
/// # Errors
/// When the store cannot be asked.
pub async fn identify(_state: &AppState, _headers: &HeaderMap) -> Result<Option<Identity>, Refusal> {
    Ok(None)
}

impl FromRequestParts<AppState> for Identity {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        identify(state, &parts.headers).await?.ok_or_else(|| Refusal::new(Code::SignInNeeded))
    }
}

impl OptionalFromRequestParts<AppState> for Identity {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Refusal> {
        identify(state, &parts.headers).await
    }
}
