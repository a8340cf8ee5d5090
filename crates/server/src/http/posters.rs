//! A poster of choice: a frame of a version, made by a job.

use super::captions::chosen;
use super::extract::{Json, Path};
use super::videos::managed;
use crate::AppState;
use crate::auth::Identity;
use crate::problem::Refusal;
use crate::segments::new_job;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use media::JobSpec;
use protocol::rest::SetPoster;
use protocol::{Code, VideoId};

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/videos/{video}/poster", put(choose))
}

/// Answers at once; the poster changes when it is made, and `poster_frame` of the version with it.
async fn choose(
    State(state): State<AppState>,
    identity: Identity,
    Path(video): Path<VideoId>,
    Json(body): Json<SetPoster>,
) -> Result<StatusCode, Refusal> {
    let (_, versions, _) = managed(&state, &identity, video).await?;
    let version = chosen(&versions, body.version)?;
    let frames = version.frames.unwrap_or(0);
    if !(0..frames).contains(&body.frame) {
        return Err(Refusal::field(
            Code::Invalid,
            "frame",
            format!("the video has frames 0 to {}", frames - 1),
        ));
    }
    if version.poster_frame == Some(body.frame) {
        return Ok(StatusCode::ACCEPTED);
    }
    let spec = JobSpec::PosterAt { frame: body.frame, asked_at: state.clock.now().0 };
    state.store.jobs.enqueue(vec![new_job(&state, &spec, version.version)]).await?;
    state.jobs_wake.ring();
    Ok(StatusCode::ACCEPTED)
}
