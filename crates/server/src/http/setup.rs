//! `POST setup`: the first owner, by the one-time link.

use super::extract::{self, Json};
use crate::AppState;
use crate::auth::session::{self, session_view};
use crate::auth::{Peer, password, setup};
use crate::problem::Refusal;
use crate::sample;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use protocol::rest::{SetupDone, SetupRequest};
use protocol::{Code, PersonId, PersonKind};
use store::StoreError;
use store::catalog::PersonRow;

/// Makes the owner and, if wanted, the sample channel.
pub async fn set_up(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    Json(body): Json<SetupRequest>,
) -> Result<impl IntoResponse, Refusal> {
    let catalog = &state.store.catalog;
    if catalog.has_owner().await? {
        return Err(Refusal::new(Code::SetupDone));
    }
    state.auth.note_link(peer)?;
    if !setup::valid(catalog.as_ref(), &body.token, state.clock.now()).await? {
        return Err(Refusal::new(Code::SetupInvalid));
    }
    state.auth.link_known(peer);
    let name = extract::display_name(&body.name)?;
    let email = extract::email(&body.email)?;
    password::check(&body.password, name.as_str(), &email)?;
    let password_hash = state.auth.hasher.hash(body.password).await?;
    let owner = PersonRow {
        person: PersonId::v7(state.now_ms(), rand::random()),
        name,
        kind: PersonKind::User,
        email: Some(email),
        password_hash: Some(password_hash),
        instance_owner: true,
        created_at: state.clock.now(),
    };
    catalog.add_person(owner.clone(), true).await.map_err(|error| match error {
        StoreError::Conflict("owner") => Refusal::new(Code::SetupDone),
        StoreError::Conflict("email") => Refusal::new(Code::EmailTaken),
        other => other.into(),
    })?;
    setup::finish(catalog.as_ref(), &state.config.data_dir).await?;
    let cookie = session::begin(&state, &headers, owner.person).await?;
    // The owner is in; a sample that fails must not take that away.
    let channel = match sample::settle(&state, &owner, body.sample_channel).await {
        Ok(channel) => channel,
        Err(refusal) => {
            tracing::error!(?refusal, "the sample channel could not be made");
            None
        }
    };
    let done = SetupDone { session: session_view(Some(&owner)), channel };
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(done)))
}
