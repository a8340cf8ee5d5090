//! Jobs as seen by people: whoever runs the instance sees them all; whoever manages a video stops its preparation or
//! tries it again; whoever may see it can follow one job.

use super::extract::{Path, Query};
use super::tokens::operator;
use crate::AppState;
use crate::access::access;
use crate::auth::Identity;
use crate::problem::Refusal;
use crate::uploading::give_up;
use crate::version_news::tell_version;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use futures_util::stream::{Stream, unfold};
use protocol::rest::VersionState;
use protocol::work::{JobCount, JobList, JobView, JobWord};
use protocol::{Code, JobId, VersionId};
use room::Action;
use serde::Deserialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;
use store::catalog::{VersionRow, VersionUpdate, VideoRow};
use store::jobs::{JobRow, JobState};

/// Jobs on a page of the list at most.
const PAGE_MAX: u32 = 200;
/// Jobs on a page unless asked otherwise.
const PAGE: u32 = 100;
/// How often a followed job is looked at: together with the desk's rhythm progress stays below half a second.
const LOOK: Duration = Duration::from_millis(150);
/// Jobs followed at a time on this node; more are told to come back.
pub(crate) const FOLLOWERS_MAX: usize = 128;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/jobs", get(list))
        .route("/jobs/{job}", get(show))
        .route("/jobs/{job}/events", get(follow))
        .route("/jobs/{job}/retry", post(retry))
        .route("/jobs/{job}/cancel", post(cancel))
}

/// What to list.
#[derive(Deserialize)]
struct ListQuery {
    state: Option<String>,
    cursor: Option<JobId>,
    limit: Option<u32>,
}

async fn list(
    State(state): State<AppState>,
    headers: HeaderMap,
    query: Result<Query<ListQuery>, Refusal>,
) -> Result<axum::Json<JobList>, Refusal> {
    operator(&state, &headers).await?;
    let Query(query) = query?;
    let wanted = match query.state.as_deref() {
        None => None,
        Some(text) => Some(
            JobWord::parse(text)
                .ok_or_else(|| Refusal::field(Code::Invalid, "state", "there is no such state of a job"))?,
        ),
    };
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let rows = state.store.jobs.list(wanted.map(stored), query.cursor, limit).await?;
    let counts = counts(&state).await?;
    let next = rows.last().filter(|_| rows.len() >= limit as usize).map(|row| row.new.job.to_string());
    let mut known = HashMap::new();
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(version) = row.new.version.filter(|version| !known.contains_key(version)) {
            known.insert(version, state.store.catalog.version(version).await?.map(|(_, video)| video));
        }
        let video = row.new.version.and_then(|version| known.get(&version)).and_then(Option::as_ref);
        jobs.push(view(&state, &row, video));
    }
    Ok(axum::Json(JobList { jobs, counts, next }))
}

/// Jobs by state.
pub(super) async fn counts(state: &AppState) -> Result<Vec<JobCount>, Refusal> {
    let counts = state.store.jobs.counts().await?;
    Ok(counts.into_iter().map(|(of, count)| JobCount { state: word(of), count }).collect())
}

async fn show(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<JobId>,
) -> Result<axum::Json<JobView>, Refusal> {
    let (row, _, video) = visible(&state, &identity, job, Action::View).await?;
    Ok(axum::Json(view(&state, &row, Some(&video))))
}

/// Server-sent events: the job whenever something about it has changed, until it has ended.
async fn follow(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let (_, _, video) = visible(&state, &identity, job, Action::View).await?;
    let place = std::sync::Arc::clone(&state.followers)
        .try_acquire_owned()
        .map_err(|_| Refusal::new(Code::Unavailable).retry_after(5))?;
    let begun: Option<JobView> = None;
    let events = unfold((state, place, begun, false), move |(state, place, told, ended)| {
        let video = video.clone();
        async move {
            if ended {
                return None;
            }
            loop {
                // The server stops, or the job is gone: whoever follows comes back and sees.
                let row = state.store.jobs.job(job).await.ok().flatten().filter(|_| !state.draining())?;
                let mut now = view(&state, &row, Some(&video));
                if let Some(told) = told.as_ref().filter(|_| now.state == JobWord::Running) {
                    now.permille = now.permille.max(told.permille);
                }
                if told.as_ref() == Some(&now) {
                    tokio::time::sleep(LOOK).await;
                    continue;
                }
                let ended = matches!(now.state, JobWord::Done | JobWord::Dead | JobWord::Cancelled);
                let event = Event::default().event("job").json_data(&now).ok()?;
                return Some((Ok(event), (state, place, Some(now), ended)));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Makes a dead job run again, and those that were stopped with it.
async fn retry(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<JobId>,
) -> Result<StatusCode, Refusal> {
    let (row, version, _) = visible(&state, &identity, job, Action::ManageVideo).await?;
    state.store.jobs.retry(job, state.clock.now()).await?;
    state.jobs_wake.ring();
    tell_version(&state, version.version, &format!("retried:{job}:{}", row.token)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops the preparation that a job belongs to: one part alone is of no use to anybody.
async fn cancel(
    State(state): State<AppState>,
    identity: Identity,
    Path(job): Path<JobId>,
) -> Result<StatusCode, Refusal> {
    let (_, version, _) = visible(&state, &identity, job, Action::ManageVideo).await?;
    stop(&state, &version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops the work on a version, and its upload if that is under way; what is ready or has failed stays so, without jobs.
///
/// # Errors
/// When the store fails.
pub(super) async fn stop(state: &AppState, version: &VersionRow) -> Result<(), Refusal> {
    if let Some(upload) = state.store.catalog.upload_of(version.version).await? {
        let _writer = state.uploading.writer(upload.upload, false).await?;
        return give_up(state, &upload, None).await;
    }
    state.store.jobs.cancel_version(version.version).await?;
    let is_final =
        matches!(version.state, VersionState::Ready | VersionState::Failed | VersionState::Cancelled);
    if !is_final {
        let update = VersionUpdate { state: Some(VersionState::Cancelled), ..VersionUpdate::default() };
        state.store.catalog.update_version(version.version, update).await?;
        tell_version(state, version.version, "cancelled").await;
    }
    Ok(())
}

/// A job of a video that the asker may see, and do this with.
async fn visible(
    state: &AppState,
    identity: &Identity,
    job: JobId,
    action: Action,
) -> Result<(JobRow, VersionRow, VideoRow), Refusal> {
    let row = state.store.jobs.job(job).await?.ok_or_else(Refusal::not_found)?;
    let version: VersionId = row.new.version.ok_or_else(Refusal::not_found)?;
    let (version, video) = state.store.catalog.version(version).await?.ok_or_else(Refusal::not_found)?;
    if !identity.person.instance_owner {
        let standing = access(state, video.channel, &identity.person).await?;
        if !standing.may(Action::View, &standing.resource()) {
            return Err(Refusal::not_found());
        }
        if !standing.may(action, &standing.resource().added_by(video.added_by)) {
            return Err(Refusal::new(Code::Forbidden));
        }
    }
    Ok((row, version, video))
}

fn view(state: &AppState, row: &JobRow, video: Option<&VideoRow>) -> JobView {
    // Kinds of several parts number them in the same field.
    let spec: serde_json::Value = serde_json::from_str(&row.new.spec).unwrap_or_default();
    let permille = match row.state {
        JobState::Done => 1000,
        JobState::Running => state.desk.board().share_of(row.new.job).unwrap_or(0),
        _ => 0,
    };
    JobView {
        job: row.new.job,
        kind: row.new.kind.clone(),
        part: spec["index"].as_u64().and_then(|part| u32::try_from(part).ok()),
        state: word(row.state),
        version: row.new.version,
        video: video.map(|video| video.video),
        title: video.map(|video| video.title.clone()),
        channel: video.map(|video| video.channel),
        attempts: row.attempts,
        reason: row.reason.clone(),
        code: row.code,
        runner: row.runner.clone(),
        permille,
        run_at: row.new.run_at,
    }
}

fn word(state: JobState) -> JobWord {
    match state {
        JobState::Waiting => JobWord::Waiting,
        JobState::Running => JobWord::Running,
        JobState::Done => JobWord::Done,
        JobState::Dead => JobWord::Dead,
        JobState::Cancelled => JobWord::Cancelled,
    }
}

fn stored(word: JobWord) -> JobState {
    match word {
        JobWord::Waiting => JobState::Waiting,
        JobWord::Running => JobState::Running,
        JobWord::Done => JobState::Done,
        JobWord::Dead => JobState::Dead,
        JobWord::Cancelled => JobState::Cancelled,
    }
}
