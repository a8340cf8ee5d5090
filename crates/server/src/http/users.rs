//! `POST users`: a new account. A signed-in guest becomes that user and keeps messages, marks and channels.

use super::channels::enter;
use super::extract::{self, Json};
use super::invites;
use crate::AppState;
use crate::auth::session::{self, session_view};
use crate::auth::{Identity, Peer, password};
use crate::problem::Refusal;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use protocol::rest::{SignUpRequest, SignupPolicy};
use protocol::{Code, PersonId, PersonKind};
use store::StoreError;
use store::catalog::{InviteRow, PersonRow};

/// Makes an account and signs in.
pub async fn sign_up(
    State(state): State<AppState>,
    peer: Peer,
    identity: Option<Identity>,
    headers: HeaderMap,
    Json(body): Json<SignUpRequest>,
) -> Result<impl IntoResponse, Refusal> {
    let guest = match identity.map(|identity| identity.person) {
        Some(person) if person.kind == PersonKind::User => {
            return Err(Refusal::new(Code::Conflict).detail("you have an account and are signed in with it"));
        }
        other => other,
    };
    let invite = admitted(&state, peer, guest.is_some(), body.invite.as_deref()).await?;
    let name = extract::display_name(&body.name)?;
    let email = extract::email(&body.email)?;
    password::check(&body.password, name.as_str(), &email)?;
    state.auth.note_join(peer)?;
    if state.store.catalog.person_by_email(&email).await?.is_some() {
        return Err(taken());
    }
    let hash = state.auth.hasher.hash(body.password).await?;
    if let Some(invite) = &invite {
        invites::spend(&state, invite).await?;
    }
    let user = PersonRow {
        person: guest
            .as_ref()
            .map_or_else(|| PersonId::v7(state.now_ms(), rand::random()), |guest| guest.person),
        name: name.clone(),
        kind: PersonKind::User,
        email: Some(email.clone()),
        password_hash: Some(hash.clone()),
        instance_owner: false,
        created_at: guest.as_ref().map_or_else(|| state.clock.now(), |guest| guest.created_at),
    };
    let stored = match guest {
        Some(guest) => state.store.catalog.guest_to_user(guest.person, name, email, hash).await,
        None => state.store.catalog.add_person(user.clone(), false).await,
    };
    stored.map_err(|error| match error {
        StoreError::Conflict("email") => taken(),
        other => other.into(),
    })?;
    let cookie = session::begin(&state, &headers, user.person).await?;
    settle(&state, &user, invite.as_ref()).await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(session_view(Some(&user)))))
}

/// Whether an account may be made, and the invite that is used up by it. A guest came by an invite already.
async fn admitted(
    state: &AppState,
    peer: Peer,
    guest: bool,
    token: Option<&str>,
) -> Result<Option<InviteRow>, Refusal> {
    match state.config.signup {
        SignupPolicy::Closed => Err(Refusal::new(Code::SignupClosed)),
        SignupPolicy::Invite if !guest && token.is_none() => Err(Refusal::new(Code::SignupClosed)),
        SignupPolicy::Invite | SignupPolicy::Open => match token {
            Some(token) if !guest => invites::usable(state, peer, token).await.map(Some),
            _ => Ok(None),
        },
    }
}

/// Tells the channels of the person their new name and kind, and enters the one of the invite.
async fn settle(state: &AppState, user: &PersonRow, invite: Option<&InviteRow>) -> Result<(), Refusal> {
    for (channel, role) in state.store.catalog.channels_of(user.person).await? {
        enter(state, channel.channel, user, role).await?;
    }
    if let Some(invite) = invite {
        enter(state, invite.channel, user, invite.role).await?;
    }
    Ok(())
}

fn taken() -> Refusal {
    let mut refusal = Refusal::new(Code::EmailTaken);
    refusal.field = Some("email");
    refusal
}
