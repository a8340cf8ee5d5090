//! Jobs as seen by people: the owner of the instance sees them all; whoever manages a video tries its job again.

use super::extract::{Path, Query};
use crate::AppState;
use crate::access::access;
use crate::auth::Identity;
use crate::problem::Refusal;
use crate::version_news::tell_version;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use protocol::rest::JobView;
use protocol::{Code, JobId};
use room::Action;
use serde::Deserialize;
use store::jobs::{JobRow, JobState};

/// Jobs listed at most.
const LIST_MAX: u32 = 500;
/// Jobs listed unless asked otherwise.
const LIST: u32 = 100;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/jobs", get(list)).route("/jobs/{job}/retry", post(retry))
}

/// What to list.
#[derive(Deserialize)]
struct ListQuery {
    state: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(state): State<AppState>,
    identity: Identity,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<JobView>>, Refusal> {
    if !identity.person.instance_owner {
        return Err(Refusal::new(Code::Forbidden));
    }
    let wanted = match query.state.as_deref() {
        None => None,
        Some("waiting" | "ready") => Some(JobState::Waiting),
        Some("running") => Some(JobState::Running),
        Some("done") => Some(JobState::Done),
        Some("dead") => Some(JobState::Dead),
        Some("cancelled") => Some(JobState::Cancelled),
        Some(_) => return Err(Refusal::field(Code::Invalid, "state", "there is no such state of a job")),
    };
    let rows = state.store.jobs.list(wanted, query.limit.unwrap_or(LIST).clamp(1, LIST_MAX)).await?;
    Ok(axum::Json(rows.into_iter().map(view).collect()))
}

/// Makes a dead job run again, and those that were stopped with it.
async fn retry(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<JobId>,
) -> Result<StatusCode, Refusal> {
    let row = state.store.jobs.job(job).await?.ok_or_else(Refusal::not_found)?;
    let version = row.new.version.ok_or_else(Refusal::not_found)?;
    let (_, video) = state.store.catalog.version(version).await?.ok_or_else(Refusal::not_found)?;
    let standing = access(&state, video.channel, &identity.person).await?;
    if !standing.may(Action::View, &standing.resource()) && !identity.person.instance_owner {
        return Err(Refusal::not_found());
    }
    let may_manage = standing.may(Action::ManageVideo, &standing.resource().added_by(video.added_by));
    if !may_manage && !identity.person.instance_owner {
        return Err(Refusal::new(Code::Forbidden));
    }
    state.store.jobs.retry(job, state.clock.now()).await?;
    state.jobs_wake.notify_one();
    tell_version(&state, version, &format!("retried:{job}:{}", row.token)).await;
    Ok(StatusCode::NO_CONTENT)
}

fn view(row: JobRow) -> JobView {
    let state = match row.state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Dead => "dead",
        JobState::Cancelled => "cancelled",
    };
    JobView {
        job: row.new.job,
        kind: row.new.kind,
        state: state.to_owned(),
        version: row.new.version,
        attempts: row.attempts,
        reason: row.reason,
    }
}
