//! tus 1.0 at `/api/v1/uploads`: core, creation (also with the first bytes), termination, expiration, checksum.
//! An offset is told only once the bytes before it are on disk for sure.

use super::tus::{self, Metadata};
use super::upload_part::receive;
use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::http::extract::Path;
use crate::problem::Refusal;
use crate::uploading::{finish, give_up};
use crate::version_news::tell_version;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{options, patch};
use protocol::limits::TITLE_CHARS_MAX;
use protocol::{ChannelId, Code, UploadId, VersionId, VideoId};
use room::Action;
use store::catalog::{PersonRow, UploadRow, VersionRow, VideoRow};
use store::parts::UploadWay;

/// Disk room that stays free for everything else (database, segments of videos in work), bytes.
const HEADROOM_BYTES: u64 = 512 * 1024 * 1024;
/// An unfinished upload is kept for a day, and longer by the time that its size takes at 1 MB/s.
const KEEP_MS: i64 = 24 * 3_600 * 1_000;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/uploads", options(describe).post(create))
        .route(
            "/uploads/{upload}",
            patch(append).options(describe).head(offset).delete(terminate).post(overridden),
        )
        // Parts are as large as the client likes; the declared size bounds them.
        .layer(DefaultBodyLimit::disable())
}

type Answer = Result<Response, Refusal>;

/// What is spoken here.
async fn describe(State(state): State<AppState>) -> Response {
    let mut response = answer(StatusCode::NO_CONTENT, []);
    let headers = response.headers_mut();
    headers.insert(tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::TUS_EXTENSION, HeaderValue::from_static(tus::EXTENSIONS));
    headers.insert(tus::TUS_MAX_SIZE, HeaderValue::from(state.config.upload_bytes_max));
    headers.insert(tus::TUS_ALGORITHMS, HeaderValue::from_static(tus::ALGORITHMS));
    response
}

fn answer<const N: usize>(status: StatusCode, pairs: [(HeaderName, HeaderValue); N]) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION));
    response.headers_mut().extend(pairs);
    response
}

/// tus clients expect their version on refusals too.
fn marked(refusal: Refusal) -> Refusal {
    refusal.header(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION))
}

/// Begins an upload.
async fn create(
    State(state): State<AppState>,
    identity: Option<Identity>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    begin(&state, identity, &headers, body).await.map_err(marked)
}

async fn begin(state: &AppState, identity: Option<Identity>, headers: &HeaderMap, body: Body) -> Answer {
    let identity = identity.ok_or(Code::SignInNeeded)?;
    tus::check_version(headers)?;
    if let Some(sentence) = &state.config.media_problem {
        let code = state.config.media_problem_code.unwrap_or(Code::FfmpegMissing);
        return Err(Refusal::new(code).detail(sentence.clone()));
    }
    let metadata = tus::metadata(headers)?;
    let channel =
        metadata.channel.as_deref().and_then(ChannelId::parse).ok_or_else(|| {
            Refusal::field(Code::Invalid, "channel", "Upload-Metadata needs the channel's id")
        })?;
    require(state, channel, &identity.person, Action::Upload).await?;
    if headers.contains_key(tus::DEFER_LENGTH) {
        return Err(Refusal::new(Code::Malformed).detail("the size must be known when an upload begins"));
    }
    let bytes = tus::number(headers, &tus::LENGTH)?
        .ok_or_else(|| Refusal::new(Code::Malformed).detail("Upload-Length is missing"))?;
    check_room(state, bytes).await?;
    let row = add(state, &identity, channel, &metadata, bytes).await?;
    tell_version(state, row.version, &format!("begun:{}", row.upload)).await;
    let mut offset = 0;
    if is_part(headers) {
        let writer = state.uploading.writer(row.upload, true).await?;
        offset = receive(state, &row, &identity.person, headers, body, writer).await?;
    }
    let location = format!("/api/v1/uploads/{}", row.upload);
    Ok(answer(
        StatusCode::CREATED,
        [
            (header::LOCATION, HeaderValue::try_from(location).expect("an id is ASCII")),
            (tus::OFFSET, HeaderValue::from(offset)),
            expires(&row),
        ],
    ))
}

/// Size limits and room on the disk.
async fn check_room(state: &AppState, bytes: u64) -> Result<(), Refusal> {
    if bytes == 0 {
        return Err(Refusal::new(Code::FileEmpty));
    }
    let max = state.config.upload_bytes_max;
    if bytes > max {
        return Err(Refusal::new(Code::MediaTooLarge)
            .detail(format!("the file has {bytes} bytes, at most {max} are taken"))
            .header(tus::TUS_MAX_SIZE, HeaderValue::from(max)));
    }
    if let Some(quota) = state.config.quota_bytes {
        let used = state.store.catalog.source_bytes().await?;
        if used.saturating_add(bytes) > quota {
            return Err(Refusal::new(Code::QuotaUsedUp).detail(format!(
                "{used} of {quota} bytes are used or on their way, and the file has {bytes}"
            )));
        }
    }
    let Some(free) = state.store.blobs.free_bytes().await? else { return Ok(()) };
    let reserved = state.store.catalog.reserved_bytes().await?;
    // As much again and half: its copied rendition and the encoded ones.
    let needed = bytes.saturating_mul(2).saturating_add(bytes / 2).saturating_add(HEADROOM_BYTES);
    if free.saturating_sub(reserved) < needed {
        return Err(Refusal::new(Code::StorageFull));
    }
    Ok(())
}

/// The rows of a new upload: a video (unless it is a new version of one), its version, the upload.
async fn add(
    state: &AppState,
    identity: &Identity,
    channel: ChannelId,
    metadata: &Metadata,
    bytes: u64,
) -> Result<UploadRow, Refusal> {
    let now = state.clock.now();
    let filename = metadata.filename.clone().unwrap_or_default();
    let (video, number, new_video) = match metadata.video.as_deref() {
        Some(text) => {
            let unknown = || Refusal::not_found().detail("there is no such video in this channel");
            let video = VideoId::parse(text).ok_or_else(unknown)?;
            let (row, versions) = state.store.catalog.video(video).await?.ok_or_else(unknown)?;
            if row.channel != channel || row.removed_at.is_some() {
                return Err(unknown());
            }
            (video, versions.iter().map(|version| version.number).max().unwrap_or(0) + 1, None)
        }
        None => {
            let video = VideoId::v7(state.now_ms(), rand::random());
            let row = VideoRow {
                video,
                channel,
                title: tus::title_of(&filename, TITLE_CHARS_MAX),
                added_by: Some(identity.person.person),
                added_at: now,
                removed_at: None,
            };
            (video, 1, Some(row))
        }
    };
    let version = VersionId::v7(state.now_ms(), rand::random());
    let version_row = VersionRow { number, ..VersionRow::new(version, video, filename, bytes, now) };
    let row = UploadRow {
        upload: UploadId::v7(state.now_ms(), rand::random()),
        version,
        channel,
        person: identity.person.person,
        bytes,
        offset: 0,
        metadata: metadata.raw.clone(),
        expires_at: now.plus_ms(KEEP_MS.saturating_add(i64::try_from(bytes / 1_000).unwrap_or(i64::MAX))),
        complete: false,
        way: None,
        given_up: false,
    };
    state.store.catalog.add_upload(new_video, version_row, row.clone()).await?;
    Ok(row)
}

/// The asker's own upload; anybody else's is unknown. Whoever may no longer upload there may not go on.
pub(super) async fn own(
    state: &AppState,
    identity: Option<Identity>,
    upload: UploadId,
) -> Result<(UploadRow, PersonRow), Refusal> {
    let identity = identity.ok_or(Code::SignInNeeded)?;
    let row = state
        .store
        .catalog
        .upload(upload)
        .await?
        .filter(|row| row.person == identity.person.person)
        .ok_or(Code::UploadUnknown)?;
    require(state, row.channel, &identity.person, Action::Upload).await?;
    Ok((row, identity.person))
}

/// Refuses uploads that come in parts.
fn by_tus(row: &UploadRow) -> Result<(), Refusal> {
    if row.way == Some(UploadWay::Parts) { Err(Code::UploadWay.into()) } else { Ok(()) }
}

fn expires(row: &UploadRow) -> (HeaderName, HeaderValue) {
    let date = tus::http_date(row.expires_at.unix_ms() / 1000);
    (tus::EXPIRES, HeaderValue::try_from(date).expect("a date is ASCII"))
}

fn is_part(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == tus::PART)
}

/// Where an upload stands.
async fn offset(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(upload): Path<UploadId>,
    headers: HeaderMap,
) -> Answer {
    let look = async {
        tus::check_version(&headers)?;
        let (mut row, _) = own(&state, identity, upload).await?;
        by_tus(&row)?;
        if !row.complete {
            // Whoever asks is about to go on: the connection before, if there is one, is given up.
            let writer = state.uploading.writer(upload, false).await?;
            row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
            if !row.complete && row.offset == row.bytes {
                finish(&state, &row, writer).await?;
            }
        }
        let mut response = answer(
            StatusCode::OK,
            [
                (tus::OFFSET, HeaderValue::from(row.offset)),
                (tus::LENGTH, HeaderValue::from(row.bytes)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                expires(&row),
            ],
        );
        if let Ok(metadata) = HeaderValue::try_from(&row.metadata)
            && !row.metadata.is_empty()
        {
            response.headers_mut().insert(tus::METADATA, metadata);
        }
        Ok(response)
    };
    look.await.map_err(marked)
}

/// Takes a part.
async fn append(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(upload): Path<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    take_part(&state, identity, upload, &headers, body).await.map_err(marked)
}

/// Networks that know only GET and POST.
async fn overridden(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(upload): Path<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let method = headers.get(tus::OVERRIDE).and_then(|value| Method::from_bytes(value.as_bytes()).ok());
    match method {
        Some(Method::PATCH) => take_part(&state, identity, upload, &headers, body).await.map_err(marked),
        Some(Method::DELETE) => end(&state, identity, upload, &headers).await.map_err(marked),
        _ => Err(marked(Refusal::new(Code::MethodNotAllowed))),
    }
}

async fn take_part(
    state: &AppState,
    identity: Option<Identity>,
    upload: UploadId,
    headers: &HeaderMap,
    body: Body,
) -> Answer {
    tus::check_version(headers)?;
    if !is_part(headers) {
        return Err(Refusal::new(Code::Malformed)
            .status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .detail(format!("a part has Content-Type: {}", tus::PART)));
    }
    let at = tus::number(headers, &tus::OFFSET)?
        .ok_or_else(|| Refusal::new(Code::Malformed).detail("Upload-Offset is missing"))?;
    let (row, person) = own(state, identity, upload).await?;
    by_tus(&row)?;
    let writer = state.uploading.writer(upload, true).await?;
    // Read again: the writer before may have got further.
    let row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
    if at != row.offset {
        return Err(Refusal::new(Code::UploadOffset)
            .detail(format!("the upload stands at {}", row.offset))
            .header(tus::OFFSET, HeaderValue::from(row.offset)));
    }
    let offset = receive(state, &row, &person, headers, body, writer).await?;
    Ok(answer(StatusCode::NO_CONTENT, [(tus::OFFSET, HeaderValue::from(offset)), expires(&row)]))
}

/// Ends an upload for good.
async fn terminate(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(upload): Path<UploadId>,
    headers: HeaderMap,
) -> Answer {
    end(&state, identity, upload, &headers).await.map_err(marked)
}

async fn end(state: &AppState, identity: Option<Identity>, upload: UploadId, headers: &HeaderMap) -> Answer {
    let (row, _) = own(state, identity, upload).await?;
    if row.way != Some(UploadWay::Parts) {
        tus::check_version(headers)?;
    }
    let _writer = state.uploading.writer(upload, false).await?;
    let row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
    give_up(state, &row, None).await?;
    Ok(answer(StatusCode::NO_CONTENT, []))
}
