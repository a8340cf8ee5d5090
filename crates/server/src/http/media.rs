//! Playlists, segments and pictures under `/media`, checked against the person's right with every request.

use super::extract::Path;
use super::prefer::{accepted, responds_async};
use super::ranges::{Wanted, wanted};
use crate::AppState;
use crate::media_access::{Grant, grant};
use crate::problem::Refusal;
use crate::segments::find;
use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use media::playlist::{Beside, CaptionEntry};
use media::{MediaPath, ObjectRef, Plan};
use protocol::rest::VersionState;
use protocol::{CaptionId, Code, VersionId};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Objects never change. Private: whether somebody gets them depends on their cookie.
const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Largest file of captions, bytes: what was taken, with each letter escaped.
const CAPTIONS_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Kept, but asked for again each time.
const ASK_AGAIN: &str = "private, no-cache";

/// Routes, relative to `/media`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/{version}/{*path}", get(serve))
}

/// Everything below a version. What is being made is 503, or 202 for who prefers to hear it so.
async fn serve(
    State(state): State<AppState>,
    Path((version, path)): Path<(VersionId, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    match answer_to(&state, version, &path, &method, &headers).await {
        Err(pending)
            if pending.code == Code::SegmentPending && responds_async(&headers, query.as_deref()) =>
        {
            Ok(accepted(&pending))
        }
        answered => answered,
    }
}

async fn answer_to(
    state: &AppState,
    version: VersionId,
    path: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let path = MediaPath::parse(path).ok_or_else(Refusal::not_found)?;
    // Whoever reads what there is to play has perhaps just heard that there is more.
    let grant = grant(state, headers, version, path == MediaPath::Master).await?;
    let plan = plan_of(&grant)?;
    let text = |kind: &'static str, text: String| {
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(text.as_bytes())[..12]));
        whole(method, headers, &etag, kind, ASK_AGAIN, Bytes::from(text))
    };
    const PLAYLIST: &str = "application/vnd.apple.mpegurl";
    match path {
        MediaPath::Master => {
            let first = first_to_play(state, version, &plan, grant.state).await?;
            text(PLAYLIST, plan.master_playlist(&first, &beside(state, version, &plan).await?))
        }
        MediaPath::Storyboard => text("text/vtt; charset=utf-8", plan.storyboard_vtt()),
        MediaPath::Playlist { plan: hash, rendition } => {
            same_plan(&plan, &hash)?;
            text(PLAYLIST, plan.media_playlist_of(&rendition).ok_or_else(Refusal::not_found)?)
        }
        MediaPath::AudioPlaylist { plan: hash, track } => {
            same_plan(&plan, &hash)?;
            let audio = plan.sound(track).ok_or_else(Refusal::not_found)?;
            text(PLAYLIST, plan.audio_playlist(audio))
        }
        MediaPath::Poster => {
            let chosen = grant.poster_frame.map_or(ObjectRef::Poster, |frame| ObjectRef::PosterAt { frame });
            object(state, version, &plan, grant.state, &chosen, ASK_AGAIN, method, headers).await
        }
        MediaPath::Waveform { track } => {
            // Nobody's wait makes it come sooner: it is joined when the last of the sound is there.
            let wanted = ObjectRef::Waveform { track };
            plan.maker(&wanted).ok_or_else(Refusal::not_found)?;
            if state.store.blobs.stat(&plan.key(version, &wanted)).await?.is_none() {
                return Err(Refusal::new(Code::SegmentPending).retry_after(5));
            }
            object(state, version, &plan, grant.state, &wanted, ASK_AGAIN, method, headers).await
        }
        MediaPath::Captions { caption } => {
            let row = shown_captions(state, version, caption).await?;
            let bytes =
                state.store.blobs.read(&Plan::caption_key(version, row), 0..CAPTIONS_BYTES_MAX).await?;
            let etag = format!("\"{caption}\"");
            whole(method, headers, &etag, "text/vtt; charset=utf-8", ASK_AGAIN, bytes)
        }
        MediaPath::CaptionPlaylist { caption } => {
            let caption = shown_captions(state, version, caption).await?;
            text(PLAYLIST, plan.caption_playlist(caption))
        }
        MediaPath::Frames => {
            object(state, version, &plan, grant.state, &ObjectRef::Frames, ASK_AGAIN, method, headers).await
        }
        MediaPath::Object { plan: hash, object: wanted } => {
            same_plan(&plan, &hash)?;
            object(state, version, &plan, grant.state, &wanted, FOR_EVER, method, headers).await
        }
    }
}

/// The rendition to begin with: the lowest, so that there is something to see at once; the copied one while its head
/// is there and that of the lowest is not.
async fn first_to_play(
    state: &AppState,
    version: VersionId,
    plan: &Plan,
    version_state: VersionState,
) -> Result<String, Refusal> {
    let lowest = plan.lowest().name.clone();
    let Some(copy) = plan.copy.as_ref().filter(|_| version_state != VersionState::Ready) else {
        return Ok(lowest);
    };
    let head = |rendition: &str| {
        let object = ObjectRef::Segment { rendition: rendition.to_owned(), index: 0 };
        plan.key(version, &object)
    };
    let (low, copied) = (head(&lowest), head(&copy.name));
    let copy_first =
        state.store.blobs.stat(&low).await?.is_none() && state.store.blobs.stat(&copied).await?.is_some();
    Ok(if copy_first { copy.name.clone() } else { lowest })
}

/// What the master playlist names beside what the plan makes.
async fn beside(state: &AppState, version: VersionId, plan: &Plan) -> Result<Beside, Refusal> {
    let rows = state.store.catalog.captions(version).await?;
    let captions = rows.into_iter().map(|row| {
        let name = row.language.as_deref().and_then(media::words::language_name).or(row.language.as_deref());
        let label =
            if row.label.is_empty() { name.unwrap_or("Captions").to_owned() } else { row.label.clone() };
        CaptionEntry { caption: row.caption, label, language: row.language, is_default: row.is_default }
    });
    let key_frames = plan.key_frame_list
        && state.store.blobs.stat(&plan.key(version, &ObjectRef::KeyFrames)).await?.is_some();
    Ok(Beside { captions: captions.collect(), key_frames })
}

/// The id of captions that belong to a version and were not taken away.
async fn shown_captions(
    state: &AppState,
    version: VersionId,
    caption: CaptionId,
) -> Result<CaptionId, Refusal> {
    let row = state.store.catalog.caption(caption).await?.ok_or_else(Refusal::not_found)?;
    let shown = row.version == version && row.removed_at.is_none();
    if shown { Ok(caption) } else { Err(Refusal::not_found()) }
}

/// The plan, once there is one.
fn plan_of(grant: &Grant) -> Result<Arc<Plan>, Refusal> {
    match (&grant.plan, grant.state) {
        (Some(plan), _) => Ok(Arc::clone(plan)),
        (None, VersionState::Uploaded | VersionState::Processing) => {
            Err(Refusal::new(Code::SegmentPending).retry_after(1))
        }
        (None, _) => Err(Refusal::not_found()),
    }
}

fn same_plan(plan: &Plan, hash: &str) -> Result<(), Refusal> {
    if plan.hash == hash { Ok(()) } else { Err(Refusal::not_found()) }
}

#[allow(clippy::too_many_arguments, reason = "one call site's parts of a request, named")]
async fn object(
    state: &AppState,
    version: VersionId,
    plan: &Plan,
    version_state: VersionState,
    object: &ObjectRef,
    cache: &'static str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let under_way = matches!(version_state, VersionState::Processing | VersionState::Playable);
    let stat = find(state, version, plan, object, under_way).await?;
    let etag = format!("\"{}/{object}\"", plan.hash);
    let part = wanted(headers, &etag, stat.bytes);
    let range = match &part {
        Wanted::NotModified | Wanted::Outside => 0..0,
        Wanted::Whole => 0..stat.bytes,
        Wanted::Part(range) => range.clone(),
    };
    let bytes = if *method == Method::HEAD || range.is_empty() {
        Bytes::new()
    } else {
        state.store.blobs.read(&plan.key(version, object), range.clone()).await?
    };
    Ok(answer(part, range, stat.bytes, &etag, object.content_type(), cache, bytes, method))
}

fn whole(
    method: &Method,
    headers: &HeaderMap,
    etag: &str,
    kind: &'static str,
    cache: &'static str,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let length = bytes.len() as u64;
    let part = wanted(headers, etag, length);
    let range = match &part {
        Wanted::NotModified | Wanted::Outside => 0..0,
        Wanted::Whole => 0..length,
        Wanted::Part(range) => range.clone(),
    };
    let place = |at: u64| usize::try_from(at).expect("within bytes in memory");
    let bytes = bytes.slice(place(range.start)..place(range.end));
    Ok(answer(part, range, length, etag, kind, cache, bytes, method))
}

#[allow(clippy::too_many_arguments, reason = "the parts of one answer, named")]
fn answer(
    part: Wanted,
    range: std::ops::Range<u64>,
    length: u64,
    etag: &str,
    kind: &'static str,
    cache: &'static str,
    bytes: Bytes,
    method: &Method,
) -> Response {
    let status = match part {
        Wanted::NotModified => StatusCode::NOT_MODIFIED,
        Wanted::Whole => StatusCode::OK,
        Wanted::Part(_) => StatusCode::PARTIAL_CONTENT,
        Wanted::Outside => StatusCode::RANGE_NOT_SATISFIABLE,
    };
    let body = if *method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let text = |text: String| HeaderValue::try_from(text).expect("made of ASCII words");
    headers.insert(header::ETAG, text(etag.to_owned()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
    match part {
        Wanted::NotModified => {}
        Wanted::Outside => {
            headers.insert(header::CONTENT_RANGE, text(format!("bytes */{length}")));
        }
        Wanted::Whole | Wanted::Part(_) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
            if matches!(part, Wanted::Part(_)) {
                headers.insert(
                    header::CONTENT_RANGE,
                    text(format!("bytes {}-{}/{length}", range.start, range.end - 1)),
                );
            }
        }
    }
    response
}
