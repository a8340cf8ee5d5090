//! The desk over HTTP, for workers of other processes: begin, claim, renew, progress, complete, fail, release, the bell,
//! and the blobs for those that do not share the folder. Bodies stand in `desk::wire`.

use super::extract::{Json, Path, Query};
use super::ranges::{Wanted, wanted};
use crate::AppState;
use crate::auth::program::MayWork;
use crate::problem::Refusal;
use crate::runners::Bell;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use desk::wire::{
    BODY_BYTES_MAX, BeginBody, ClaimBody, CompleteBody, DIGEST, FailBody, HOLDING_MAX, Held, ProgressBody,
    RUNNER_CHARS_MAX, TokenBody, VersionAnswer,
};
use desk::{Claimed, Desk as _};
use media::Plan;
use protocol::{Code, JobId, UploadId, VersionId};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::time::Duration;
use store::blobs::BLOB_READ_BYTES_MAX;

/// Longest time for a body of bytes; 64 MiB at 1 MiB a second.
const BODY_PATIENCE: Duration = Duration::from_secs(64);
/// Sign of life on the bell's connection.
const BELL_EVERY: Duration = Duration::from_secs(5);
/// Keys listed at most; a version has fewer objects.
const KEYS_MAX: u32 = 200_000;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    let blobs =
        Router::new().route("/jobs/blobs/{*key}", get(read).put(store)).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/jobs/begin", post(begin))
        .route("/jobs/claim", post(claim))
        .route("/jobs/progress", post(progress))
        .route("/jobs/bell", get(bell))
        .route("/jobs/versions/{version}", get(version))
        .route("/jobs/uploads/{upload}/reach", get(reach))
        .route("/jobs/{job}/renew", post(renew))
        .route("/jobs/{job}/complete", post(complete))
        .route("/jobs/{job}/fail", post(fail))
        .route("/jobs/{job}/release", post(release))
        .route("/jobs/blobs", get(list))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(blobs)
}

type Answer<T> = Result<axum::Json<T>, Refusal>;

/// The runner's name, if it is one, and the release, if it is ours.
fn check(runner: &str, release: &str) -> Result<(), Refusal> {
    check_runner(runner)?;
    let ours = super::instance::VERSION;
    if release == ours {
        return Ok(());
    }
    let seen: String = release.chars().take(40).collect();
    Err(Refusal::new(Code::Conflict).detail(format!(
        "the worker is of release {seen}, the server of {ours}; start both from one release"
    )))
}

fn check_runner(runner: &str) -> Result<(), Refusal> {
    let good = (1..=RUNNER_CHARS_MAX).contains(&runner.len())
        && runner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
    if good { Ok(()) } else { Err(Refusal::field(Code::Invalid, "runner", "letters, digits and ._-@")) }
}

async fn begin(State(state): State<AppState>, _: MayWork, Json(body): Json<BeginBody>) -> Answer<()> {
    check(&body.runner, &body.release)?;
    state.runners.seen(&body.runner);
    state.desk.begin(&body.runner).await?;
    state.jobs_wake.ring();
    Ok(axum::Json(()))
}

async fn claim(
    State(state): State<AppState>,
    _: MayWork,
    Json(body): Json<ClaimBody>,
) -> Answer<Option<Claimed>> {
    check(&body.runner, &body.release)?;
    if body.holding.len() > HOLDING_MAX {
        return Err(Refusal::field(Code::Invalid, "holding", "more jobs than a worker can have"));
    }
    if state.draining() {
        return Ok(axum::Json(None));
    }
    state.runners.seen(&body.runner);
    Ok(axum::Json(state.desk.claim(&body.runner, body.weight_max, &body.holding).await?))
}

async fn renew(
    State(state): State<AppState>,
    _: MayWork,
    Path(job): Path<JobId>,
    Json(body): Json<TokenBody>,
) -> Answer<Held> {
    Ok(axum::Json(Held { held: state.desk.renew(job, body.token).await? }))
}

async fn complete(
    State(state): State<AppState>,
    _: MayWork,
    Path(job): Path<JobId>,
    Json(body): Json<CompleteBody>,
) -> Answer<Held> {
    Ok(axum::Json(Held { held: state.desk.complete(job, body.token, body.done).await? }))
}

async fn fail(
    State(state): State<AppState>,
    _: MayWork,
    Path(job): Path<JobId>,
    Json(body): Json<FailBody>,
) -> Answer<Held> {
    Ok(axum::Json(Held { held: state.desk.fail(job, body.token, body.failure).await? }))
}

async fn release(
    State(state): State<AppState>,
    _: MayWork,
    Path(job): Path<JobId>,
    Json(body): Json<TokenBody>,
) -> Answer<()> {
    state.desk.release(job, body.token).await?;
    Ok(axum::Json(()))
}

async fn progress(State(state): State<AppState>, _: MayWork, Json(body): Json<ProgressBody>) -> Answer<()> {
    for (job, token, frames) in body.jobs.into_iter().take(HOLDING_MAX) {
        state.desk.note(job, token, frames);
    }
    Ok(axum::Json(()))
}

async fn version(
    State(state): State<AppState>,
    _: MayWork,
    Path(version): Path<VersionId>,
) -> Answer<VersionAnswer> {
    Ok(axum::Json(state.desk.version(version).await?))
}

#[derive(Deserialize)]
struct ReachQuery {
    from: u64,
}

async fn reach(
    State(state): State<AppState>,
    _: MayWork,
    Path(upload): Path<UploadId>,
    Query(query): Query<ReachQuery>,
) -> Answer<Option<u64>> {
    Ok(axum::Json(state.desk.reach(upload, query.from).await?))
}

#[derive(Deserialize)]
struct BellQuery {
    runner: String,
}

/// A connection that stays open: a line whenever there may be something to do.
async fn bell(
    State(state): State<AppState>,
    _: MayWork,
    Query(query): Query<BellQuery>,
) -> Result<Response, Refusal> {
    check_runner(&query.runner)?;
    let rung = state.jobs_wake.listen();
    let connected = state
        .runners
        .connect(&state, &query.runner)
        .ok_or_else(|| Refusal::new(Code::Unavailable).retry_after(5))?;
    let bell = Bell { connected, rung };
    // The first line at once: whoever comes back has missed some.
    let lines = futures_util::stream::unfold((bell, Duration::ZERO), |(mut bell, every)| async move {
        let line = bell.next(every).await;
        Some((Ok::<_, Infallible>(Bytes::from(line)), (bell, BELL_EVERY)))
    });
    Ok(([(header::CONTENT_TYPE, "text/plain")], Body::from_stream(lines)).into_response())
}

#[derive(Deserialize)]
struct ListQuery {
    prefix: String,
    limit: Option<u32>,
}

async fn list(
    State(state): State<AppState>,
    _: MayWork,
    Query(query): Query<ListQuery>,
) -> Answer<Vec<String>> {
    let limit = query.limit.unwrap_or(KEYS_MAX).min(KEYS_MAX);
    Ok(axum::Json(state.store.blobs.list(&query.prefix, limit).await?))
}

/// A part of a blob of at most 64 MiB, with its hash.
async fn read(
    State(state): State<AppState>,
    _: MayWork,
    Path(key): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let stat = state.store.blobs.stat(&key).await?.ok_or_else(Refusal::not_found)?;
    let (status, range) = match wanted(&headers, "\"\"", stat.bytes) {
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Outside => return Err(Refusal::field(Code::Invalid, "range", "lies outside")),
        Wanted::Whole | Wanted::NotModified => (StatusCode::OK, 0..stat.bytes),
    };
    let number = |number: u64| HeaderValue::from(number);
    if method == Method::HEAD {
        return Ok((StatusCode::OK, [(header::CONTENT_LENGTH, number(stat.bytes))]).into_response());
    }
    if range.end - range.start > BLOB_READ_BYTES_MAX {
        return Err(Refusal::new(Code::TooLarge).detail("ask for at most 64 MiB at a time"));
    }
    let bytes = state.store.blobs.read(&key, range).await?;
    let digest = hash(bytes.clone()).await?;
    let mut response = (status, bytes).into_response();
    let digest = HeaderValue::try_from(digest).expect("hexadecimal is ASCII");
    response.headers_mut().insert(DIGEST, digest);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    Ok(response)
}

/// Keeps an object of a version that is in work, if it is whole.
async fn store(
    State(state): State<AppState>,
    _: MayWork,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let wrong = || Refusal::field(Code::Invalid, "key", "objects of a version that is in work only");
    let id = key.strip_prefix("final/").and_then(|rest| rest.split('/').next()).ok_or_else(wrong)?;
    let version = VersionId::parse(id).ok_or_else(wrong)?;
    if !key.starts_with(&Plan::version_prefix(version)) || key == Plan::source_key(version) {
        return Err(wrong());
    }
    state.store.catalog.version(version).await?.ok_or_else(Refusal::not_found)?;
    let limit = usize::try_from(BLOB_READ_BYTES_MAX).unwrap_or(usize::MAX);
    let bytes = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, limit))
        .await
        .map_err(|_| Refusal::new(Code::Malformed).detail("the body did not arrive in time"))?
        .map_err(|_| Refusal::new(Code::TooLarge))?;
    let length: Option<usize> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let digest = headers.get(DIGEST).and_then(|value| value.to_str().ok());
    let actual = hash(bytes.clone()).await?;
    if length.is_some_and(|length| length != bytes.len()) || digest != Some(actual.as_str()) {
        return Err(Refusal::new(Code::UploadChecksum).detail("the object did not arrive whole"));
    }
    state.store.blobs.put(&key, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hashing takes up to 200 ms: not on a thread that serves requests.
async fn hash(bytes: Bytes) -> Result<String, Refusal> {
    tokio::task::spawn_blocking(move || hex::encode(Sha256::digest(&bytes)))
        .await
        .map_err(|error| Refusal::internal("hashing an object", &error))
}
