//! The bytes of one tus request on their way to the disk: pieces, syncs, the early look, the right, progress. Called by
//! the tus handlers.

use super::tus;
use crate::AppState;
use crate::access::require;
use crate::problem::Refusal;
use crate::uploading::{Hashed, Writer, finish, give_up};
use crate::version_news::{tell_progress, tell_version};
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use media::{SNIFF_BYTES, sniff, upload_key};
use protocol::fleeting::VideoProgress;
use protocol::rest::VersionState;
use protocol::{Code, UploadId, VideoId};
use room::Action;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};
use store::StoreError;
use store::catalog::{PersonRow, UploadRow, VersionUpdate};
use store::parts::UploadWay;
use tokio_util::sync::CancellationToken;

/// Bytes synced to disk at a time.
const PIECE_BYTES: usize = 4 * 1024 * 1024;
/// On slow lines a piece is synced after this time, so that little is sent again after a crash.
const PIECE_TIME: Duration = Duration::from_secs(1);
/// Without a byte for so long the connection is given up; the client resumes.
const IDLE: Duration = Duration::from_secs(60);
/// Least time between two looks at the uploader's right while a part comes in (law 8: cut within a second).
const RIGHT_EVERY: Duration = Duration::from_millis(700);
/// Least time between two pieces of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Takes a part's bytes from the row's offset on; answers the new offset. What arrived before a connection broke is
/// kept; with a checksum all of the part counts or none.
pub(super) async fn receive(
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
        begin(state, row, UploadWay::Tus).await?;
    }
    let mut part = Part {
        state,
        row,
        written: row.offset,
        hasher: expected.is_some().then(Sha256::new),
        beside: Beside::new(state, row, person).await?,
    };
    let mut pieces = Pieces::new(body, room, PIECE_TIME, &writer);
    let mut next = pieces.next().await?;
    while let Some(piece) = next.take() {
        if part.written == 0 {
            part.beside.look_at_head(&piece).await?;
        }
        part.beside.look_at_right().await?;
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
    beside: Beside<'a>,
}

impl Part<'_> {
    async fn store(&mut self, piece: Bytes, hashed: &mut Hashed) -> Result<(), Refusal> {
        let offset = self.written;
        self.state.store.blobs.write_at(&upload_key(self.row.upload), offset, piece.clone()).await?;
        // 4 MiB take 3 to 15 ms.
        hashed.take(offset, &piece);
        self.written += piece.len() as u64;
        match &mut self.hasher {
            Some(hasher) => hasher.update(&piece),
            None => {
                self.state.store.catalog.advance_upload(self.row.upload, self.written).await?;
                prepare_ahead(self.state, self.row.upload);
            }
        }
        self.beside.tell(self.written);
        Ok(())
    }
}

/// What is done beside the bytes of a request, some of it every now and then only.
pub(super) struct Beside<'a> {
    state: &'a AppState,
    row: &'a UploadRow,
    person: &'a PersonRow,
    video: Option<VideoId>,
    told: Option<Instant>,
    /// When the uploader's right was last looked at.
    checked: Instant,
}

impl<'a> Beside<'a> {
    pub(super) async fn new(
        state: &'a AppState,
        row: &'a UploadRow,
        person: &'a PersonRow,
    ) -> Result<Beside<'a>, Refusal> {
        let video = state.store.catalog.version(row.version).await?.map(|(_, video)| video.video);
        Ok(Beside { state, row, person, video, told: None, checked: Instant::now() })
    }

    /// The first bytes decide early whether this can be a video.
    pub(super) async fn look_at_head(&self, bytes: &Bytes) -> Result<(), Refusal> {
        let is_enough = bytes.len() >= SNIFF_BYTES || bytes.len() as u64 == self.row.bytes;
        if !is_enough {
            return Ok(());
        }
        if let Err(refusal) = sniff(&bytes[..bytes.len().min(SNIFF_BYTES)]) {
            give_up(self.state, self.row, Some((refusal.code, refusal.message.clone()))).await?;
            return Err(Refusal::new(refusal.code).detail(refusal.message));
        }
        Ok(())
    }

    /// Whoever may not upload any more is cut off.
    pub(super) async fn look_at_right(&mut self) -> Result<(), Refusal> {
        if self.checked.elapsed() > RIGHT_EVERY {
            self.checked = Instant::now();
            require(self.state, self.row.channel, self.person, Action::Upload).await?;
        }
        Ok(())
    }

    /// Tells everybody who is there how many bytes of the upload have come.
    pub(super) fn tell(&mut self, bytes: u64) {
        let is_soon = self.told.is_some_and(|told| told.elapsed() < PROGRESS_EVERY);
        let Some(video) = self.video.filter(|_| !is_soon) else { return };
        self.told = Some(Instant::now());
        tell_uploaded(self.state, self.row, video, bytes);
    }
}

/// Share of an upload that so many bytes are, from 0 to 1000.
pub(super) fn permille_of(row: &UploadRow, bytes: u64) -> u32 {
    u32::try_from(bytes.saturating_mul(1000) / row.bytes.max(1)).unwrap_or(1000)
}

fn tell_uploaded(state: &AppState, row: &UploadRow, video: VideoId, bytes: u64) {
    let permille = permille_of(row, bytes);
    // What is being prepared already is told along with that.
    if state.desk.board().uploaded(row.version, permille) {
        return;
    }
    let progress = VideoProgress {
        video,
        version: row.version,
        stage: "uploading".to_owned(),
        permille,
        playable_s: 0,
        sharp_s: None,
        uploaded_permille: Some(permille),
        complete: Vec::new(),
    };
    tell_progress(state, row.channel, progress);
}

/// What of the film can be made of the bytes that are here is made. The sender does not wait for it.
pub(super) fn prepare_ahead(state: &AppState, upload: UploadId) {
    let desk = std::sync::Arc::clone(&state.desk);
    tokio::spawn(async move { desk.advance(upload).await });
}

/// What the first bytes of an upload do: the way is decided, the file gets its length, and the channel hears of it.
pub(super) async fn begin(state: &AppState, row: &UploadRow, way: UploadWay) -> Result<(), Refusal> {
    // As long as the whole at once (a hole), so that what reads its index may look for what has not come yet.
    state.store.blobs.write_at(&upload_key(row.upload), row.bytes - 1, Bytes::from_static(&[0])).await?;
    choose_way(state, row.upload, way).await?;
    let update = VersionUpdate { state: Some(VersionState::Uploading), ..VersionUpdate::default() };
    state.store.catalog.update_version(row.version, update).await?;
    tell_version(state, row.version, &format!("first bytes:{}", row.upload)).await;
    Ok(())
}

async fn choose_way(state: &AppState, upload: UploadId, way: UploadWay) -> Result<(), Refusal> {
    match state.store.parts.choose_way(upload, way).await {
        Err(StoreError::Conflict(_)) => Err(Code::UploadWay.into()),
        Err(StoreError::NotFound) => Err(Code::UploadUnknown.into()),
        chosen => Ok(chosen?),
    }
}

/// The body in pieces to be synced: full ones, or what came within [`PIECE_TIME`].
pub(super) struct Pieces {
    body: BodyDataStream,
    /// Bytes that still belong to the upload.
    left: u64,
    stop: CancellationToken,
    /// More came than declared.
    pub(super) over: bool,
    /// A piece is handed on after this time, however short.
    time: Duration,
}

impl Pieces {
    pub(super) fn new(body: Body, left: u64, time: Duration, writer: &Writer) -> Pieces {
        Pieces { body: body.into_data_stream(), left, stop: writer.stop.clone(), over: false, time }
    }

    /// None at the end, when the connection broke, or when another request takes over.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let mut piece = BytesMut::new();
        let began = Instant::now();
        while piece.len() < PIECE_BYTES && self.left > 0 {
            let wait = if piece.is_empty() { IDLE } else { self.time.saturating_sub(began.elapsed()) };
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
