//! Films that are in a channel already: `GET channels/{channel}/videos/same?bytes=`. Who holds a file asks by its size,
//! which costs nothing, and hashes the file only if the answer names one to compare it with.

use super::extract::{Path, Query};
use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::problem::Refusal;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use protocol::ChannelId;
use protocol::upload::{FilmOfSize, FilmsOfSize};
use room::Action;
use serde::Deserialize;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/channels/{channel}/videos/same", get(same))
}

/// What is asked.
#[derive(Deserialize)]
struct SameQuery {
    bytes: u64,
}

async fn same(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Query(query): Query<SameQuery>,
) -> Result<Json<FilmsOfSize>, Refusal> {
    require(&state, channel, &identity.person, Action::Upload).await?;
    // Beyond what is stored as a number there is no file.
    let found = match i64::try_from(query.bytes) {
        Ok(_) => state.store.parts.same_size(channel, query.bytes).await?,
        Err(_) => Vec::new(),
    };
    let film = |(version, video): (store::catalog::VersionRow, store::catalog::VideoRow)| {
        Some(FilmOfSize {
            video: video.video,
            version: version.version,
            title: video.title,
            hash: hex::encode(version.sha256?),
        })
    };
    Ok(Json(FilmsOfSize { films: found.into_iter().filter_map(film).collect() }))
}
