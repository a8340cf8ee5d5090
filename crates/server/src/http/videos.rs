//! Videos of a library: list, show, rename, remove, put back, stop their preparation.

use super::extract::{self, Json, Path, Query};
use super::jobs::stop;
use super::video_views::video_view;
use crate::AppState;
use crate::access::{Access, access, require};
use crate::auth::Identity;
use crate::problem::Refusal;
use crate::uploading::give_up;
use crate::version_news::{command, tell_version};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use desk::derived_op;
use protocol::command::{Command, VideoRemove};
use protocol::limits::UNDO_MS;
use protocol::rest::{UpdateVideo, VersionState, VideoList, VideoView};
use protocol::{ChannelId, Code, VideoId};
use room::Action;
use serde::Deserialize;
use store::catalog::{VersionRow, VideoRow};

/// Videos on a page of the list at most.
const PAGE_MAX: u32 = 100;
/// Videos on a page unless asked otherwise.
const PAGE: u32 = 50;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/channels/{channel}/videos", get(list))
        .route("/videos/{video}", get(show).patch(rename).delete(remove))
        .route("/videos/{video}/restore", post(restore))
        .route("/videos/{video}/cancel", post(cancel))
}

/// Place in the list.
#[derive(Deserialize)]
struct ListQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Path(channel): Path<ChannelId>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<VideoList>, Refusal> {
    require(&state, channel, &identity.person, Action::View).await?;
    let after = query.cursor.as_deref().map(extract::parse_cursor).transpose()?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let rows = state.store.catalog.videos(channel, after.map(|(at, id)| (at, VideoId(id))), limit).await?;
    let next = rows
        .last()
        .filter(|_| rows.len() >= limit as usize)
        .map(|(row, _)| extract::cursor(row.added_at, row.video.0));
    let mut videos = Vec::with_capacity(rows.len());
    for (row, versions) in rows {
        videos.push(video_view(&state, row, versions, identity.person.person).await?);
    }
    Ok(axum::Json(VideoList { videos, next }))
}

async fn show(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
) -> Result<axum::Json<VideoView>, Refusal> {
    let (row, versions, _) = found(&state, &identity, video).await?;
    if row.removed_at.is_some() {
        return Err(Refusal::not_found());
    }
    Ok(axum::Json(video_view(&state, row, versions, identity.person.person).await?))
}

async fn rename(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
    Json(body): Json<UpdateVideo>,
) -> Result<axum::Json<VideoView>, Refusal> {
    let (row, versions, _) = managed(&state, &identity, video).await?;
    if row.removed_at.is_some() {
        return Err(Refusal::not_found());
    }
    let title = extract::title(&body.title, "title")?;
    state.store.catalog.rename_video(video, title.clone()).await?;
    if let Some(newest) = versions.first() {
        tell_version(&state, newest.version, &format!("renamed:{}", state.op())).await;
    }
    let row = VideoRow { title, ..row };
    Ok(axum::Json(video_view(&state, row, versions, identity.person.person).await?))
}

/// Takes a video out of the library; it can be put back for a day. Uploads into it end.
async fn remove(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
) -> Result<StatusCode, Refusal> {
    let (row, versions, _) = managed(&state, &identity, video).await?;
    if row.removed_at.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    let now = state.clock.now();
    for version in &versions {
        if let Some(upload) = state.store.catalog.upload_of(version.version).await? {
            let _writer = state.uploading.writer(upload.upload, false).await?;
            give_up(&state, &upload, None).await?;
        }
    }
    state.store.catalog.remove_video(video, Some(now)).await?;
    let op = derived_op(&format!("removed:{video}:{}", now.0));
    command(&state, row.channel, op, Command::VideoRemove(VideoRemove { video })).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn restore(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
) -> Result<axum::Json<VideoView>, Refusal> {
    let (row, versions, _) = managed(&state, &identity, video).await?;
    if let Some(removed_at) = row.removed_at {
        if state.clock.now().since_us(removed_at) > UNDO_MS * 1_000 {
            return Err(Refusal::not_found());
        }
        state.store.catalog.remove_video(video, None).await?;
        if let Some(newest) = versions.first() {
            tell_version(&state, newest.version, &format!("restored:{video}:{}", removed_at.0)).await;
        }
    }
    let row = VideoRow { removed_at: None, ..row };
    Ok(axum::Json(video_view(&state, row, versions, identity.person.person).await?))
}

/// Stops the upload or preparation of every version that is not finished.
async fn cancel(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
) -> Result<StatusCode, Refusal> {
    let (_, versions, _) = managed(&state, &identity, video).await?;
    for version in versions {
        let is_final =
            matches!(version.state, VersionState::Ready | VersionState::Failed | VersionState::Cancelled);
        if !is_final {
            stop(&state, &version).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A video that the asker may see.
pub(super) async fn found(
    state: &AppState,
    identity: &Identity,
    video: VideoId,
) -> Result<(VideoRow, Vec<VersionRow>, Access), Refusal> {
    let (row, versions) = state.store.catalog.video(video).await?.ok_or_else(Refusal::not_found)?;
    let standing = access(state, row.channel, &identity.person).await?;
    if !standing.may(Action::View, &standing.resource()) {
        return Err(Refusal::not_found());
    }
    Ok((row, versions, standing))
}

/// A video that the asker may change.
pub(super) async fn managed(
    state: &AppState,
    identity: &Identity,
    video: VideoId,
) -> Result<(VideoRow, Vec<VersionRow>, Access), Refusal> {
    let (row, versions, standing) = found(state, identity, video).await?;
    let resource = standing.resource().added_by(row.added_by);
    if !standing.may(Action::ManageVideo, &resource) {
        return Err(Refusal::new(Code::Forbidden));
    }
    Ok((row, versions, standing))
}
