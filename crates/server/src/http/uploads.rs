//! tus 1.0 at `/api/v1/uploads`: core, creation (also with the first bytes), termination, expiration, checksum.
//! An offset is told only once the bytes before it are on disk for sure.

use super::tus::{self, Metadata};
use crate::AppState;
use crate::access::require;
use crate::auth::Identity;
use crate::http::extract::Path;
use crate::problem::Refusal;
use crate::uploading::{Hashed, Writer, finish, give_up};
use crate::version_news::{tell_progress, tell_version};
use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{options, patch};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use media::{SNIFF_BYTES, sniff, upload_key};
use protocol::fleeting::VideoProgress;
use protocol::limits::TITLE_CHARS_MAX;
use protocol::rest::VersionState;
use protocol::{ChannelId, Code, UploadId, VersionId, VideoId};
use room::Action;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};
use store::catalog::{PersonRow, UploadRow, VersionRow, VersionUpdate, VideoRow};

/// Bytes synced to disk at a time.
const PIECE_BYTES: usize = 4 * 1024 * 1024;
/// On slow lines a piece is synced after this time, so that little is sent again after a crash.
const PIECE_TIME: Duration = Duration::from_secs(1);
/// Without a byte for so long the connection is given up; the client resumes.
const IDLE: Duration = Duration::from_secs(60);
/// Disk room that stays free for everything else (database, segments of videos in work), bytes.
const HEADROOM_BYTES: u64 = 512 * 1024 * 1024;
/// An unfinished upload is kept for a day, and longer by the time that its size takes at 1 MB/s.
const KEEP_MS: i64 = 24 * 3_600 * 1_000;
/// Least time between two looks at the uploader's right while a part comes in (law 8: cut within a second).
const RIGHT_EVERY: Duration = Duration::from_millis(700);
/// Least time between two pieces of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

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
    let Some(free) = state.store.blobs.free_bytes().await? else { return Ok(()) };
    let reserved = state.store.catalog.reserved_bytes().await?;
    // Half as much again: the renditions of it.
    let needed = bytes.saturating_add(bytes / 2).saturating_add(HEADROOM_BYTES);
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
    let version_row = VersionRow {
        version,
        video,
        number,
        state: VersionState::Pending,
        filename,
        bytes,
        sha256: None,
        rate: None,
        frames: None,
        facts: None,
        plan: None,
        failure: None,
        created_at: now,
    };
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
    };
    state.store.catalog.add_upload(new_video, version_row, row.clone()).await?;
    Ok(row)
}

/// The asker's own upload; anybody else's is unknown. Whoever may no longer upload there may not go on.
async fn own(
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
    let (_, person) = own(state, identity, upload).await?;
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
    tus::check_version(headers)?;
    own(state, identity, upload).await?;
    let _writer = state.uploading.writer(upload, false).await?;
    let row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
    give_up(state, &row, None).await?;
    Ok(answer(StatusCode::NO_CONTENT, []))
}

/// Takes a part's bytes from the row's offset on; answers the new offset. What arrived before a connection broke is
/// kept; with a checksum all of the part counts or none.
async fn receive(
    state: &AppState,
    row: &UploadRow,
    person: &PersonRow,
    headers: &HeaderMap,
    body: Body,
    mut writer: Writer,
) -> Result<u64, Refusal> {
    let expected = tus::checksum(headers)?;
    let room = row.bytes - row.offset;
    let too_long = || Refusal::new(Code::TooLarge).detail("the part goes beyond the declared size");
    if tus::number(headers, &header::CONTENT_LENGTH)?.is_some_and(|length| length > room) {
        return Err(too_long());
    }
    if row.complete || room == 0 {
        return Ok(row.offset);
    }
    if row.offset == 0 {
        let update = VersionUpdate { state: Some(VersionState::Uploading), ..VersionUpdate::default() };
        state.store.catalog.update_version(row.version, update).await?;
        tell_version(state, row.version, &format!("first bytes:{}", row.upload)).await;
    }
    let mut part = Part {
        state,
        row,
        written: row.offset,
        hasher: expected.is_some().then(Sha256::new),
        told: None,
        checked: Instant::now(),
        video: state.store.catalog.version(row.version).await?.map(|(_, video)| video.video),
    };
    let mut pieces =
        Pieces { body: body.into_data_stream(), left: room, stop: writer.stop.clone(), over: false };
    let mut next = pieces.next().await?;
    while let Some(piece) = next.take() {
        if part.written == 0 {
            part.look_at_head(&piece).await?;
        }
        if part.checked.elapsed() > RIGHT_EVERY {
            part.checked = Instant::now();
            require(state, row.channel, person, Action::Upload).await?;
        }
        // The next piece is read while this one is being synced.
        let (stored, following) = tokio::join!(part.store(piece, &mut writer.hashed), pieces.next());
        stored?;
        next = following?;
    }
    if let Some(hasher) = part.hasher.take() {
        if let Err(refusal) = tus::verify(expected, hasher) {
            // The bytes stay beyond the offset and are written over.
            *writer.hashed = Hashed::default();
            return Err(refusal);
        }
        state.store.catalog.advance_upload(row.upload, part.written).await?;
    }
    if pieces.over {
        return Err(too_long());
    }
    if part.written == row.bytes {
        let row = UploadRow { offset: part.written, ..row.clone() };
        let written = part.written;
        finish(state, &row, writer).await?;
        return Ok(written);
    }
    Ok(part.written)
}

/// One part being written.
struct Part<'a> {
    state: &'a AppState,
    row: &'a UploadRow,
    written: u64,
    /// With a checksum: the part's own hash; the offset moves at the end only.
    hasher: Option<Sha256>,
    told: Option<Instant>,
    /// When the uploader's right was last looked at.
    checked: Instant,
    video: Option<VideoId>,
}

impl Part<'_> {
    /// The first bytes decide early whether this can be a video.
    async fn look_at_head(&self, piece: &Bytes) -> Result<(), Refusal> {
        let is_enough = piece.len() >= SNIFF_BYTES || piece.len() as u64 == self.row.bytes;
        if !is_enough {
            return Ok(());
        }
        if let Err(refusal) = sniff(&piece[..piece.len().min(SNIFF_BYTES)]) {
            give_up(self.state, self.row, Some((refusal.code, refusal.message.clone()))).await?;
            return Err(Refusal::new(refusal.code).detail(refusal.message));
        }
        Ok(())
    }

    async fn store(&mut self, piece: Bytes, hashed: &mut Hashed) -> Result<(), Refusal> {
        let offset = self.written;
        self.state.store.blobs.write_at(&upload_key(self.row.upload), offset, piece.clone()).await?;
        // 4 MiB take 3 to 15 ms.
        hashed.take(offset, &piece);
        self.written += piece.len() as u64;
        match &mut self.hasher {
            Some(hasher) => hasher.update(&piece),
            None => self.state.store.catalog.advance_upload(self.row.upload, self.written).await?,
        }
        self.tell();
        Ok(())
    }

    fn tell(&mut self) {
        let is_soon = self.told.is_some_and(|told| told.elapsed() < PROGRESS_EVERY);
        let Some(video) = self.video.filter(|_| !is_soon) else { return };
        self.told = Some(Instant::now());
        let permille = self.written.saturating_mul(1000) / self.row.bytes.max(1);
        let progress = VideoProgress {
            video,
            version: self.row.version,
            stage: "uploading".to_owned(),
            permille: u32::try_from(permille).unwrap_or(1000),
            playable_s: 0,
            complete: Vec::new(),
        };
        tell_progress(self.state, self.row.channel, progress);
    }
}

/// The body in pieces to be synced: full ones, or what came within [`PIECE_TIME`].
struct Pieces {
    body: BodyDataStream,
    /// Bytes that still belong to the upload.
    left: u64,
    stop: tokio_util::sync::CancellationToken,
    /// More came than declared.
    over: bool,
}

impl Pieces {
    /// None at the end, when the connection broke, or when another request takes over.
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let mut piece = BytesMut::new();
        let began = Instant::now();
        while piece.len() < PIECE_BYTES && self.left > 0 {
            let wait = if piece.is_empty() { IDLE } else { PIECE_TIME.saturating_sub(began.elapsed()) };
            let chunk = tokio::select! {
                chunk = tokio::time::timeout(wait, self.body.next()) => chunk,
                () = self.stop.cancelled() => break,
            };
            match chunk {
                Ok(Some(Ok(bytes))) => {
                    let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                    self.over |= take < bytes.len();
                    self.left -= take as u64;
                    piece.extend_from_slice(&bytes[..take]);
                }
                // The end, a broken connection, or silence: what is here counts.
                Ok(Some(Err(_)) | None) | Err(_) => break,
            }
        }
        Ok((!piece.is_empty()).then(|| piece.freeze()))
    }
}
