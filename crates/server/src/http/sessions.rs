//! `session`: who am I, sign in, sign out.

use super::extract::{self, Json};
use crate::AppState;
use crate::auth::Peer;
use crate::auth::cookie::hash_token;
use crate::auth::password::PASSWORD_CHARS_MAX;
use crate::auth::session::{self, Identity, session_view};
use crate::problem::Refusal;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use protocol::Code;
use protocol::rest::{SessionView, SignInRequest};

/// Who is signed in; nobody is an answer too.
pub async fn show(identity: Option<Identity>) -> axum::Json<SessionView> {
    axum::Json(session_view(identity.as_ref().map(|identity| &identity.person)))
}

/// Signs in with e-mail and password. Takes as long for an account that does not exist.
pub async fn sign_in(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    Json(body): Json<SignInRequest>,
) -> Result<impl IntoResponse, Refusal> {
    let wrong = || Refusal::new(Code::CredentialsWrong);
    // Whatever is typed is counted by account, also what cannot be an e-mail.
    let email = extract::email(&body.email).unwrap_or_default();
    let account = hash_token(&email);
    state.auth.note_sign_in(account, peer)?;
    if body.password.chars().count() > PASSWORD_CHARS_MAX {
        return Err(wrong());
    }
    let person = if email.is_empty() { None } else { state.store.catalog.person_by_email(&email).await? };
    let hash = person.as_ref().and_then(|person| person.password_hash.clone());
    let right = state.auth.hasher.verify(body.password, hash).await?;
    let person = person.filter(|_| right).ok_or_else(wrong)?;
    state.auth.signed_in(account, peer);
    let cookie = session::begin(&state, &headers, person.person).await?;
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(session_view(Some(&person)))))
}

/// Signs out; being nobody already is fine.
pub async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let cookie = session::end(&state, &headers).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
