//! `channels`: list, make, show, change, enter and leave, delete and put back. Every durable change is a command to the channel's room.

use super::extract::{self, Json, Path, Query};
use super::views::channel_view;
use crate::AppState;
use crate::access::{access, access_deleted_too, require};
use crate::auth::Identity;
use crate::problem::Refusal;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::command::{ChannelCreate, ChannelDelete, ChannelUpdate, Command, MemberJoin, MemberRemove};
use protocol::limits::UNDO_MS;
use protocol::rest::{ChannelList, ChannelView, CreateChannel, DeletedChannelView};
use protocol::{ChannelId, Code, PersonKind, Role, Visibility};
use room::{Action, By};
use serde::Deserialize;
use store::catalog::{ChannelRow, PersonRow};

/// Public channels on a page of the list at most.
const PAGE_MAX: u32 = 100;
/// Public channels on a page unless asked otherwise.
const PAGE: u32 = 50;

/// Place in the list.
#[derive(Deserialize)]
pub struct ListQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The asker's channels, those with people first, then public ones they may join. Pages after the first hold only the
/// latter. A guest sees where they were invited.
pub async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<ChannelList>, Refusal> {
    let catalog = &state.store.catalog;
    let me = identity.person.person;
    let (mut channels, mut deleted) = (Vec::new(), Vec::new());
    if query.cursor.is_none() {
        let rows = catalog.deleted_channels_of(me).await?;
        deleted.extend(rows.into_iter().filter_map(|row| deleted_view(&state, row)));
        for (row, role) in catalog.channels_of(me).await? {
            channels.push(channel_view(&state, row, Some(role)).await?);
        }
        // Stable: within each half the most recently active stay first.
        channels.sort_by_key(|channel: &ChannelView| channel.online == 0);
    }
    let mut next = None;
    if identity.person.kind == PersonKind::User {
        let after = query.cursor.as_deref().map(extract::parse_cursor).transpose()?;
        let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
        let after = after.map(|(at, id)| (at, ChannelId(id)));
        let rows = catalog.public_channels(me, after, limit).await?;
        if rows.len() >= limit as usize {
            next = rows.last().map(|row| extract::cursor(row.active_at, row.channel.0));
        }
        for row in rows {
            channels.push(channel_view(&state, row, None).await?);
        }
    }
    Ok(axum::Json(ChannelList { channels, next, deleted }))
}

/// A deleted channel while it can be put back.
fn deleted_view(state: &AppState, row: ChannelRow) -> Option<DeletedChannelView> {
    let deleted_at = row.deleted_at?;
    let undo_until = deleted_at.plus_ms(UNDO_MS);
    let view = DeletedChannelView { channel: row.channel, name: row.name, deleted_at, undo_until };
    (state.clock.now() < undo_until).then_some(view)
}

/// Makes a channel with the asker as its owner.
pub async fn create(
    State(state): State<AppState>,
    identity: Identity,
    Json(body): Json<CreateChannel>,
) -> Result<(StatusCode, axum::Json<ChannelView>), Refusal> {
    if identity.person.kind == PersonKind::Guest {
        return Err(
            Refusal::new(Code::Forbidden).detail("guests do not make channels; make an account first")
        );
    }
    let name = extract::title(&body.name, "name")?;
    let channel = ChannelId::v7(state.now_ms(), rand::random());
    begin(&state, channel, name, body.visibility, &identity.person).await?;
    let access = access(&state, channel, &identity.person).await?;
    Ok((StatusCode::CREATED, axum::Json(channel_view(&state, access.channel, access.role).await?)))
}

/// Begins a channel's log.
///
/// # Errors
/// The room's refusal.
pub async fn begin(
    state: &AppState,
    channel: ChannelId,
    name: String,
    visibility: Visibility,
    owner: &PersonRow,
) -> Result<(), Refusal> {
    let create = ChannelCreate { name, visibility, owner: owner.person, owner_name: owner.name.clone() };
    let by = By::System(Some(owner.person));
    state.rooms.command(channel, by, state.op(), Command::ChannelCreate(create)).await?;
    Ok(())
}

/// A channel's card.
pub async fn show(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<axum::Json<ChannelView>, Refusal> {
    let access = require(&state, channel, &identity.person, Action::Find).await?;
    Ok(axum::Json(channel_view(&state, access.channel, access.role).await?))
}

/// Renames, shows or hides a channel.
pub async fn update(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Json(body): Json<CreateChannel>,
) -> Result<axum::Json<ChannelView>, Refusal> {
    require(&state, channel, &identity.person, Action::UpdateChannel).await?;
    let name = extract::title(&body.name, "name")?;
    let update = Command::ChannelUpdate(ChannelUpdate { name, visibility: body.visibility });
    state.rooms.command(channel, By::Person(identity.person.person), state.op(), update).await?;
    let access = access(&state, channel, &identity.person).await?;
    Ok(axum::Json(channel_view(&state, access.channel, access.role).await?))
}

/// Deletes a channel: nobody finds it from now on, whoever is in it is sent away. For a day it can be put back.
pub async fn remove(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<StatusCode, Refusal> {
    set_deleted(&state, channel, &identity.person, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a deleted channel back, as it was.
pub async fn restore(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<axum::Json<ChannelView>, Refusal> {
    set_deleted(&state, channel, &identity.person, false).await?;
    let access = access(&state, channel, &identity.person).await?;
    Ok(axum::Json(channel_view(&state, access.channel, access.role).await?))
}

async fn set_deleted(
    state: &AppState,
    channel: ChannelId,
    person: &PersonRow,
    deleted: bool,
) -> Result<(), Refusal> {
    let found = access_deleted_too(state, channel, person).await?;
    if !found.may(Action::DeleteChannel, &found.resource()) && found.channel.deleted_at.is_some() {
        return Err(Refusal::not_found());
    }
    found.require(Action::DeleteChannel, &found.resource())?;
    let set = Command::ChannelDelete(ChannelDelete { deleted });
    state.rooms.command(channel, By::Person(person.person), state.op(), set).await?;
    state.media.forget_grants();
    Ok(())
}

/// Enters a channel that needs no invite. Being a member already is fine.
pub async fn join(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<axum::Json<ChannelView>, Refusal> {
    let found = require(&state, channel, &identity.person, Action::Join).await?;
    if found.role.is_none() {
        enter(&state, channel, &identity.person, Role::Member).await?;
    }
    let found = access(&state, channel, &identity.person).await?;
    Ok(axum::Json(channel_view(&state, found.channel, found.role).await?))
}

/// Makes somebody a member, or brings their name and kind up to date. The caller has checked the right.
///
/// # Errors
/// The room's refusal.
pub async fn enter(
    state: &AppState,
    channel: ChannelId,
    person: &PersonRow,
    role: Role,
) -> Result<(), Refusal> {
    let join = MemberJoin { person: person.person, name: person.name.clone(), kind: person.kind, role };
    let by = By::System(Some(person.person));
    state.rooms.command(channel, by, state.op(), Command::MemberJoin(join)).await?;
    Ok(())
}

/// Leaves a channel. Not being a member is fine, if the channel may be known at all.
pub async fn leave(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<StatusCode, Refusal> {
    let me = identity.person.person;
    let found = require(&state, channel, &identity.person, Action::Find).await?;
    if found.role.is_some() {
        let leave = Command::MemberRemove(MemberRemove { person: me });
        state.rooms.command(channel, By::Person(me), state.op(), leave).await?;
        state.rooms.revoke(channel, me);
    }
    Ok(StatusCode::NO_CONTENT)
}
