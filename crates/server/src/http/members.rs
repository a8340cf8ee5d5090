//! `channels/{channel}/members`: who belongs, with which role.

use super::extract::{Json, Path};
use super::views::member_view;
use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::problem::Refusal;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::command::{Command, MemberRemove, MemberSetRole};
use protocol::rest::{MemberView, SetMemberRole};
use protocol::{ChannelId, PersonId};
use room::{Action, By};

/// Members by role, then name.
pub async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
) -> Result<axum::Json<Vec<MemberView>>, Refusal> {
    require(&state, channel, &identity.person, Action::View).await?;
    let rows = state.store.catalog.members(channel).await?;
    Ok(axum::Json(rows.into_iter().map(member_view).collect()))
}

/// Gives a role.
pub async fn set_role(
    State(state): State<AppState>,
    identity: Identity,
    Path((channel, person)): Path<(ChannelId, PersonId)>,
    Json(body): Json<SetMemberRole>,
) -> Result<StatusCode, Refusal> {
    let found = require(&state, channel, &identity.person, Action::View).await?;
    let present = state.store.catalog.role(channel, person).await?.ok_or_else(Refusal::not_found)?;
    let resource = found.resource().target(person, Some(present)).new_role(body.role);
    found.require(Action::SetRole, &resource)?;
    let command = Command::MemberSetRole(MemberSetRole { person, role: body.role });
    state.rooms.command(channel, By::Person(identity.person.person), state.op(), command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes somebody out; their connections close at once.
pub async fn remove(
    State(state): State<AppState>,
    identity: Identity,
    Path((channel, person)): Path<(ChannelId, PersonId)>,
) -> Result<StatusCode, Refusal> {
    let found = require(&state, channel, &identity.person, Action::View).await?;
    let Some(present) = state.store.catalog.role(channel, person).await? else {
        return Ok(StatusCode::NO_CONTENT);
    };
    found.require(Action::RemoveMember, &found.resource().target(person, Some(present)))?;
    let command = Command::MemberRemove(MemberRemove { person });
    state.rooms.command(channel, By::Person(identity.person.person), state.op(), command).await?;
    state.rooms.revoke(channel, person);
    Ok(StatusCode::NO_CONTENT)
}
