//! Sessions: an opaque token in a cookie, its hash in the store, found again with each request.

use super::cookie;
use super::origin::cookie_mode;
use crate::AppState;
use crate::problem::Refusal;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use protocol::rest::{PersonView, SessionView};
use protocol::{Code, PersonId};
use store::catalog::{PersonRow, SessionRow};

/// Uses of a session are noted at most this often, milliseconds.
const TOUCH_MS: i64 = 60_000;

/// A signed-in person and the session they came with.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who.
    pub person: PersonRow,
    /// SHA-256 of the session's token.
    pub token_hash: [u8; 32],
}

/// Who sent these headers; none is nobody. The cookie counts only if it is of the connection's own mode.
///
/// # Errors
/// When the host is not ours, or the store cannot be asked.
pub async fn identify(state: &AppState, headers: &HeaderMap) -> Result<Option<Identity>, Refusal> {
    let mode = cookie_mode(&state.config, headers)?;
    let Some(token) = cookie::read(headers, mode) else { return Ok(None) };
    let token_hash = cookie::hash_token(token);
    let now = state.clock.now();
    let Some((session, person)) = state.store.catalog.session(token_hash, now).await? else {
        return Ok(None);
    };
    if now.since_us(session.seen_at) > cookie::SESSION_IDLE_S * 1_000_000 {
        state.store.catalog.end_session(token_hash).await?;
        return Ok(None);
    }
    if now.since_us(session.seen_at) > TOUCH_MS * 1_000 {
        // Nobody waits for it; a missed note costs a minute of idle time.
        let catalog = state.store.catalog.clone();
        tokio::spawn(async move {
            if let Err(error) = catalog.touch_session(token_hash, now).await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        });
    }
    Ok(Some(Identity { person, token_hash }))
}

/// Begins a session in place of the one the request came with (if any). Answers the cookie to set.
///
/// # Errors
/// When the host is not ours, or the store refuses.
pub async fn begin(state: &AppState, headers: &HeaderMap, person: PersonId) -> Result<HeaderValue, Refusal> {
    let mode = cookie_mode(&state.config, headers)?;
    if let Some(old) = cookie::read(headers, mode) {
        state.store.catalog.end_session(cookie::hash_token(old)).await?;
    }
    let token = cookie::new_token();
    let now = state.clock.now();
    let session = SessionRow {
        token_hash: cookie::hash_token(&token),
        person,
        created_at: now,
        seen_at: now,
        expires_at: now.plus_ms(cookie::SESSION_ABSOLUTE_S * 1_000),
    };
    state.store.catalog.add_session(session).await?;
    Ok(cookie::set(mode, &token))
}

/// Ends the session of a request and its live connections. Answers the cookie that forgets it.
///
/// # Errors
/// When the host is not ours, or the store refuses.
pub async fn end(state: &AppState, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    let mode = cookie_mode(&state.config, headers)?;
    if let Some(token) = cookie::read(headers, mode) {
        let hash = cookie::hash_token(token);
        state.store.catalog.end_session(hash).await?;
        state.rooms.end_session(hash);
    }
    Ok(cookie::clear(mode))
}

/// A person as shown to others.
#[must_use]
pub fn person_view(person: &PersonRow) -> PersonView {
    PersonView { person: person.person, name: person.name.as_str().to_owned(), kind: person.kind }
}

/// A person as shown to themselves.
#[must_use]
pub fn session_view(person: Option<&PersonRow>) -> SessionView {
    SessionView {
        person: person.map(person_view),
        email: person.and_then(|person| person.email.clone()),
        instance_owner: person.is_some_and(|person| person.instance_owner),
    }
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
