//! Invites: links that bring somebody into a channel, as a guest with a name or as who they are.

use super::channels::enter;
use super::extract::{self, Json, Path};
use super::views::{invite_view, person, playing_view, poster};
use crate::AppState;
use crate::access::require;
use crate::auth::cookie::{hash_token, new_link_token};
use crate::auth::session::{self, person_view, session_view};
use crate::auth::{Identity, Peer};
use crate::problem::Refusal;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::rest::{AcceptInvite, CreateInvite, InviteAccepted, InvitePreview, InviteView};
use protocol::{ChannelId, Code, InviteId, PersonId, PersonKind, Role, Timestamp};
use room::Action;
use store::StoreError;
use store::catalog::{InviteRow, PersonRow};

/// How long an invite holds unless asked otherwise, seconds: 7 days.
const VALID_S: u32 = 7 * 24 * 3_600;
/// Longest life of an invite, seconds: a year.
const VALID_S_MAX: u32 = 365 * 24 * 3_600;
/// Shortest life of an invite, seconds.
const VALID_S_MIN: u32 = 60;
/// Longest token looked at; ours has 22 characters.
const TOKEN_CHARS_MAX: usize = 64;

/// A channel's invites, newest first.
pub async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<axum::Json<Vec<InviteView>>, Refusal> {
    require(&state, channel, &identity.person, Action::Invite).await?;
    let mut views = Vec::new();
    for row in state.store.catalog.invites(channel).await? {
        let by = person(&state, row.created_by).await?;
        views.push(invite_view(row, by, None));
    }
    Ok(axum::Json(views))
}

/// Makes an invite; the only time its token is told.
pub async fn create(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Json(body): Json<CreateInvite>,
) -> Result<(StatusCode, axum::Json<InviteView>), Refusal> {
    require(&state, channel, &identity.person, Action::Invite).await?;
    if body.role > Role::Member {
        return Err(Refusal::field(Code::Invalid, "role", "an invite gives guest, viewer or member"));
    }
    if body.uses_max == Some(0) {
        return Err(Refusal::field(Code::Invalid, "uses_max", "it must be at least 1"));
    }
    let valid_s = body.valid_s.unwrap_or(VALID_S);
    if !(VALID_S_MIN..=VALID_S_MAX).contains(&valid_s) {
        return Err(Refusal::field(Code::Invalid, "valid_s", "it must be from a minute to a year"));
    }
    let token = new_link_token();
    let row = InviteRow {
        invite: InviteId::v7(state.now_ms(), rand::random()),
        token_hash: hash_token(&token),
        channel,
        role: body.role,
        uses_max: body.uses_max,
        uses: 0,
        expires_at: state.clock.now().plus_ms(i64::from(valid_s) * 1_000),
        created_by: identity.person.person,
        revoked: false,
    };
    state.store.catalog.add_invite(row.clone()).await?;
    Ok((StatusCode::CREATED, axum::Json(invite_view(row, person_view(&identity.person), Some(token)))))
}

/// Withdraws an invite; gone already is fine.
pub async fn revoke(
    State(state): State<AppState>,
    identity: Identity,
    Path((channel, invite)): Path<(ChannelId, InviteId)>,
) -> Result<StatusCode, Refusal> {
    require(&state, channel, &identity.person, Action::Invite).await?;
    match state.store.catalog.revoke_invite(channel, invite).await {
        Ok(()) | Err(StoreError::NotFound) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.into()),
    }
}

/// The invite of a token that may be used now.
///
/// # Errors
/// `InviteUnknown`, `InviteExpired`, `InviteUsedUp`, or `TooManyTries` for who guesses.
pub async fn usable(state: &AppState, peer: Peer, token: &str) -> Result<InviteRow, Refusal> {
    let row = known(state, peer, token).await?;
    check_usable(&row, state.clock.now())?;
    Ok(row)
}

async fn known(state: &AppState, peer: Peer, token: &str) -> Result<InviteRow, Refusal> {
    state.auth.note_link(peer)?;
    let row = match token.len() {
        1..=TOKEN_CHARS_MAX => state.store.catalog.invite(hash_token(token)).await?,
        _ => None,
    };
    let row = row.filter(|row| !row.revoked).ok_or_else(|| Refusal::new(Code::InviteUnknown))?;
    let channel = state.store.catalog.channel(row.channel).await?;
    if channel.is_none_or(|channel| channel.deleted_at.is_some()) {
        return Err(Refusal::new(Code::InviteUnknown));
    }
    state.auth.link_known(peer);
    Ok(row)
}

fn check_usable(row: &InviteRow, now: Timestamp) -> Result<(), Refusal> {
    if now >= row.expires_at {
        Err(Refusal::new(Code::InviteExpired))
    } else if row.uses_max.is_some_and(|most| row.uses >= most) {
        Err(Refusal::new(Code::InviteUsedUp))
    } else {
        Ok(())
    }
}

/// Counts one use; who comes a moment too late is told why.
///
/// # Errors
/// As [`usable`].
pub async fn spend(state: &AppState, invite: &InviteRow) -> Result<(), Refusal> {
    state.store.catalog.use_invite(invite.invite, state.clock.now()).await.map_err(|error| match error {
        StoreError::Conflict("expired") => Refusal::new(Code::InviteExpired),
        StoreError::Conflict("used up") => Refusal::new(Code::InviteUsedUp),
        StoreError::Conflict(_) | StoreError::NotFound => Refusal::new(Code::InviteUnknown),
        other => other.into(),
    })
}

/// What an invite leads to, before joining. Whoever is a member already sees it also when it may not be used any more.
pub async fn preview(
    State(state): State<AppState>,
    peer: Peer,
    identity: Option<Identity>,
    Path(token): Path<String>,
) -> Result<axum::Json<InvitePreview>, Refusal> {
    let row = known(&state, peer, &token).await?;
    let catalog = &state.store.catalog;
    let already_member = match &identity {
        Some(identity) => catalog.role(row.channel, identity.person.person).await?.is_some(),
        None => false,
    };
    if !already_member {
        check_usable(&row, state.clock.now())?;
    }
    let channel = catalog.channel(row.channel).await?.ok_or_else(|| Refusal::new(Code::InviteUnknown))?;
    let (faces, online) = state.rooms.here(row.channel);
    let playing = playing_view(&state, &channel).await?;
    let poster = match &playing {
        Some(playing) => poster(&state, playing.version).await,
        None => None,
    };
    Ok(axum::Json(InvitePreview {
        channel: row.channel,
        channel_name: channel.name,
        invited_by: person(&state, row.created_by).await?.name,
        role: row.role,
        poster,
        playing,
        faces,
        online,
        signed_in: identity.map(|identity| person_view(&identity.person)),
        already_member,
    }))
}

/// Comes in by an invite: as who one is, or as a new guest with a name.
pub async fn accept(
    State(state): State<AppState>,
    peer: Peer,
    identity: Option<Identity>,
    headers: HeaderMap,
    Path(token): Path<String>,
    Json(body): Json<AcceptInvite>,
) -> Result<Response, Refusal> {
    let row = known(&state, peer, &token).await?;
    if let Some(identity) = identity {
        if state.store.catalog.role(row.channel, identity.person.person).await?.is_none() {
            check_usable(&row, state.clock.now())?;
            spend(&state, &row).await?;
            enter(&state, row.channel, &identity.person, row.role).await?;
        }
        let session = session_view(Some(&identity.person));
        return Ok(axum::Json(InviteAccepted { channel: row.channel, session }).into_response());
    }
    check_usable(&row, state.clock.now())?;
    let name = body.name.as_deref().ok_or_else(|| {
        Refusal::field(Code::NameInvalid, "name", "somebody who is not signed in needs a name")
    })?;
    let name = extract::display_name(name)?;
    state.auth.note_join(peer)?;
    spend(&state, &row).await?;
    let guest = PersonRow {
        person: PersonId::v7(state.now_ms(), rand::random()),
        name,
        kind: PersonKind::Guest,
        email: None,
        password_hash: None,
        instance_owner: false,
        created_at: state.clock.now(),
    };
    state.store.catalog.add_person(guest.clone(), false).await?;
    enter(&state, row.channel, &guest, row.role).await?;
    let cookie = session::begin(&state, &headers, guest.person).await?;
    let accepted = InviteAccepted { channel: row.channel, session: session_view(Some(&guest)) };
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(accepted)).into_response())
}
