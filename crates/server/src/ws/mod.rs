//! The live socket of a channel: `GET channels/{channel}/live` with subprotocol `genlock.v1` or `genlock.v1.json`
//! (docs/protocol.md, sections 1, 2 and 7). Checks who asks before the upgrade, then hands the connection to its task
//! ([`socket`]). Decides nothing: the room does.

mod handshake;
mod limits;
pub(crate) mod outbox;
mod socket;
mod wire;

pub use outbox::{OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX};

use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::http::extract::Path;
use crate::problem::Refusal;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use protocol::{ChannelId, Code};
use room::Action;

/// `GET channels/{channel}/live`, relative to `/api/v1`. The origin was checked by `http::guard`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/channels/{channel}/live", get(live_handler))
}

/// Upgrades a member's connection.
///
/// # Errors
/// 401 without a session, 404 or 403 without the right, 503 while draining or full, 400 when it is not an upgrade.
pub async fn live_handler(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    request: Request,
) -> Result<Response, Refusal> {
    require(&state, channel, &identity.person, Action::View).await?;
    if state.draining() {
        return Err(Refusal::new(Code::Unavailable).retry_after(1));
    }
    let place = state.rooms.socket_place().ok_or_else(|| Refusal::new(Code::Unavailable).retry_after(5))?;
    let (response, upgraded, encoding) = handshake::accept(request)?;
    let visitor = socket::Visitor {
        rooms: state.rooms.clone(),
        channel,
        person: identity.person.person,
        token_hash: identity.token_hash,
        encoding,
        place,
    };
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => socket::run(upgraded, visitor).await,
            Err(error) => tracing::debug!(%error, "a connection ended before it was upgraded"),
        }
    });
    Ok(response)
}
