//! `channels/{channel}/messages` (history) and `channels/{channel}/commands` (what the live socket takes, by POST).

use super::extract::{Json, Path, Query};
use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::problem::Refusal;
use axum::extract::State;
use protocol::command::Command;
use protocol::rest::{CommandAccepted, MessagePage};
use protocol::{ChannelId, Code, OpId, Seq};
use room::{Action, By};
use serde::Deserialize;
use serde::de::IntoDeserializer as _;

/// Messages on a page at most.
const PAGE_MAX: u32 = 200;
/// Messages on a page unless asked otherwise.
const PAGE: u32 = 50;

/// Place in the history.
#[derive(Deserialize)]
pub struct HistoryQuery {
    before: Option<Seq>,
    limit: Option<u32>,
}

/// Messages before a seq, newest last.
pub async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<MessagePage>, Refusal> {
    require(&state, channel, &identity.person, Action::View).await?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let (messages, more) = state.store.catalog.messages(channel, query.before, limit).await?;
    Ok(axum::Json(MessagePage { messages, more }))
}

/// A command with its operation id; the command is read in a second step, so that an unknown one has its own code.
#[derive(Deserialize)]
pub struct CommandBody {
    op: OpId,
    command: serde_json::Value,
}

/// Takes a command as the live socket would, and answers after the commit.
pub async fn command(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Json(body): Json<CommandBody>,
) -> Result<axum::Json<CommandAccepted>, Refusal> {
    require(&state, channel, &identity.person, Action::View).await?;
    let command = parse(body.command)?;
    let by = By::Person(identity.person.person);
    let seq = state.rooms.command(channel, by, body.op, command).await?;
    Ok(axum::Json(CommandAccepted { op: body.op, seq }))
}

fn parse(value: serde_json::Value) -> Result<Command, Refusal> {
    Command::deserialize(value.into_deserializer()).map_err(|error| {
        let text: String = error.to_string().chars().take(200).collect();
        let code = if text.starts_with("unknown variant") { Code::CommandUnknown } else { Code::Malformed };
        Refusal::field(code, "command", text)
    })
}
