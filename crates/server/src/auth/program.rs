//! Programs: a bearer token, its hash in the store, its scope asked of the one permission function (law 8).

use super::cookie::hash_token;
use crate::AppState;
use crate::problem::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use protocol::Code;
use room::authorize::{Action, Actor, Resource, can};

/// Longest token looked at; ours have 43 characters.
const TOKEN_CHARS_MAX: usize = 64;

/// A program that may take jobs.
pub struct MayWork;

/// Who shows this bearer token; nobody without a right one.
///
/// # Errors
/// When the store cannot be asked.
pub async fn program(state: &AppState, headers: &HeaderMap) -> Result<Actor, Refusal> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|token| !token.is_empty() && token.len() <= TOKEN_CHARS_MAX);
    let Some(token) = token else { return Ok(Actor::Nobody) };
    // Whoever reads the data folder could write the database as well.
    if state.machine.knows(token) {
        return Ok(Actor::System);
    }
    let row = state.store.catalog.token(hash_token(token)).await?;
    Ok(row.map_or(Actor::Nobody, |row| Actor::Program(row.scope)))
}

impl FromRequestParts<AppState> for MayWork {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let actor = program(state, &parts.headers).await?;
        if can(&actor, Action::Work, &Resource::instance(None)) {
            Ok(MayWork)
        } else if actor == Actor::Nobody {
            Err(Refusal::new(Code::SignInNeeded).detail("a token of scope work is needed"))
        } else {
            Err(Refusal::new(Code::Forbidden))
        }
    }
}
