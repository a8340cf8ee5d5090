//! Captions of a video: added as SubRip or WebVTT, named, made the default, taken away and put back.

use super::extract::{Json, Path};
use super::video_views::video_view;
use super::videos::{found, managed};
use crate::AppState;
use crate::auth::Identity;
use crate::problem::Refusal;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{patch, post};
use bytes::Bytes;
use media::captions::CAPTION_BYTES_MAX;
use media::limits::TRACK_NAME_CHARS_MAX;
use media::words::{language_tag, one_line};
use media::{Captions, Plan};
use protocol::rest::{AddCaptions, UpdateCaptions, VersionState, VideoView};
use protocol::{CaptionId, Code, VersionId, VideoId};
use store::StoreError;
use store::catalog::{CaptionRow, VersionRow};

/// Largest body that adds captions, bytes: the text with every letter escaped twice over, and its names.
const BODY_BYTES_MAX: usize = 3 * CAPTION_BYTES_MAX;
/// Captions taken away can be put back for so long (the sweep erases them afterwards).
const UNDO_MS: i64 = 24 * 3_600 * 1_000;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/videos/{video}/captions", post(add))
        .route("/videos/{video}/captions/{caption}", patch(update).delete(remove))
        .route("/videos/{video}/captions/{caption}/restore", post(restore))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

async fn add(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
    Json(body): Json<AddCaptions>,
) -> Result<(StatusCode, axum::Json<VideoView>), Refusal> {
    let (_, versions, _) = managed(&state, &identity, video).await?;
    let version = chosen(&versions, body.version)?;
    let captions = Captions::parse(&body.text)
        .map_err(|error| Refusal::field(Code::CaptionsMalformed, "text", error.to_string()))?;
    let caption = CaptionId::v7(state.now_ms(), rand::random());
    let row = CaptionRow {
        caption,
        version: version.version,
        language: language(body.language.as_deref())?,
        label: label(body.label.as_deref().unwrap_or_default()),
        is_default: body.is_default,
        stream: None,
        cues: u32::try_from(captions.cues.len()).unwrap_or(u32::MAX),
        added_by: Some(identity.person.person),
        added_at: state.clock.now(),
        removed_at: None,
    };
    let key = Plan::caption_key(version.version, caption);
    state.store.blobs.put(&key, Bytes::from(captions.vtt())).await?;
    if let Err(error) = state.store.catalog.add_captions(row).await {
        // Without its row nobody would ever find it.
        state.store.blobs.delete(&key).await?;
        return Err(full(error));
    }
    Ok((StatusCode::CREATED, view(&state, &identity, video).await?))
}

async fn update(
    State(state): State<AppState>,
    identity: Identity,
    Path((video, caption)): Path<(VideoId, CaptionId)>,
    Json(body): Json<UpdateCaptions>,
) -> Result<axum::Json<VideoView>, Refusal> {
    let row = of_video(&state, &identity, video, caption).await?;
    if row.removed_at.is_some() {
        return Err(Refusal::not_found());
    }
    let (language, label) = (language(body.language.as_deref())?, label(&body.label));
    state.store.catalog.update_captions(caption, language, label, body.is_default).await?;
    view(&state, &identity, video).await
}

async fn remove(
    State(state): State<AppState>,
    identity: Identity,
    Path((video, caption)): Path<(VideoId, CaptionId)>,
) -> Result<StatusCode, Refusal> {
    let row = of_video(&state, &identity, video, caption).await?;
    if row.removed_at.is_none() {
        state.store.catalog.remove_captions(caption, Some(state.clock.now())).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn restore(
    State(state): State<AppState>,
    identity: Identity,
    Path((video, caption)): Path<(VideoId, CaptionId)>,
) -> Result<axum::Json<VideoView>, Refusal> {
    let row = of_video(&state, &identity, video, caption).await?;
    if let Some(removed_at) = row.removed_at {
        if state.clock.now().since_us(removed_at) > UNDO_MS * 1_000 {
            return Err(Refusal::not_found());
        }
        state.store.catalog.remove_captions(caption, None).await.map_err(full)?;
    }
    view(&state, &identity, video).await
}

/// The version that is meant, once it is known how long it is.
pub(super) fn chosen(versions: &[VersionRow], wanted: Option<VersionId>) -> Result<&VersionRow, Refusal> {
    let mut candidates = versions.iter().filter(|row| wanted.is_none_or(|wanted| wanted == row.version));
    let row = candidates.next().ok_or_else(Refusal::not_found)?;
    match row.state {
        VersionState::Processing | VersionState::Playable | VersionState::Ready if row.plan.is_some() => {
            Ok(row)
        }
        _ => Err(Refusal::new(Code::VideoNotPlayable)),
    }
}

/// Captions of a video that the asker may change.
async fn of_video(
    state: &AppState,
    identity: &Identity,
    video: VideoId,
    caption: CaptionId,
) -> Result<CaptionRow, Refusal> {
    let (_, versions, _) = managed(state, identity, video).await?;
    let row = state.store.catalog.caption(caption).await?.ok_or_else(Refusal::not_found)?;
    if versions.iter().any(|version| version.version == row.version) {
        Ok(row)
    } else {
        Err(Refusal::not_found())
    }
}

async fn view(
    state: &AppState,
    identity: &Identity,
    video: VideoId,
) -> Result<axum::Json<VideoView>, Refusal> {
    let (row, versions, _) = found(state, identity, video).await?;
    Ok(axum::Json(video_view(state, row, versions, identity.person.person).await?))
}

fn language(text: Option<&str>) -> Result<Option<String>, Refusal> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => {
            let wrong =
                || Refusal::field(Code::Invalid, "language", "this is no language tag such as en or pt-BR");
            language_tag(text).map(Some).ok_or_else(wrong)
        }
    }
}

fn label(text: &str) -> String {
    one_line(text, TRACK_NAME_CHARS_MAX)
}

fn full(error: StoreError) -> Refusal {
    match error {
        StoreError::Conflict("full") => Refusal::new(Code::CaptionsFull),
        other => other.into(),
    }
}
