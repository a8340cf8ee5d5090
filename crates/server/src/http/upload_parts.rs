//! Uploads in parts of any order, beside tus: `PUT uploads/{upload}/parts/{part}` and `GET uploads/{upload}/parts`. They
//! begin like tus uploads (`POST uploads`).
//!
//! Bytes that were counted never change: what comes again is compared, not written.

use super::upload_part::{Beside, Pieces, begin, prepare_ahead};
use super::uploads::own;
use super::{content, tus};
use crate::AppState;
use crate::auth::Identity;
use crate::http::extract::Path;
use crate::problem::Refusal;
use crate::uploading::{Writer, finish};
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::routing::{get, put};
use bytes::{Bytes, BytesMut};
use media::upload_key;
use protocol::limits::{UPLOAD_PART_BYTES, UPLOAD_PIECE_BYTES};
use protocol::upload::{ByteRun, PartTaken, SameFilm, UploadParts};
use protocol::{Code, UploadId};
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use std::time::Duration;
use store::StoreError;
use store::catalog::UploadRow;
use store::parts::{UploadWay, all_pieces, part_count, part_range, runs_of};
use tokio_util::sync::CancellationToken;

/// Bytes wait for more at most this long before they are synced.
const PIECE_TIME: Duration = Duration::from_millis(150);
/// A turn of its own for what only the first request does.
const FIRST: u32 = u32::MAX;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/uploads/{upload}/parts", get(list))
        .route("/uploads/{upload}/parts/{part}", put(take))
        // A part has 8 MiB at most; more than that is not read.
        .layer(DefaultBodyLimit::disable())
}

/// What is here of an upload. Finishes one that a crash left with every byte.
async fn list(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(upload): Path<UploadId>,
) -> Result<Json<UploadParts>, Refusal> {
    let (mut row, _) = own(&state, identity, upload).await?;
    in_parts(&row)?;
    let parts = state.store.parts.parts(upload).await?;
    let is_whole =
        parts.len() == part_count(row.bytes) as usize && parts.iter().all(|part| part.sha256.is_some());
    if is_whole && !row.complete {
        end(&state, &row).await?;
        row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
    }
    let (version, video) = state.store.catalog.version(row.version).await?.ok_or(Code::UploadUnknown)?;
    let same = match version.sha256.filter(|_| row.complete) {
        Some(hash) => state.store.parts.same_bytes(row.channel, hash, row.version).await?,
        None => None,
    };
    let there = runs_of(&parts, row.bytes);
    Ok(Json(UploadParts {
        upload,
        video: video.video,
        version: row.version,
        bytes: row.bytes,
        part_bytes: UPLOAD_PART_BYTES,
        piece_bytes: UPLOAD_PIECE_BYTES,
        there: there.as_slice().iter().map(|run| ByteRun { from: run.start, to: run.end }).collect(),
        complete: row.complete,
        hash: version.sha256.filter(|_| row.complete).map(hex::encode),
        same_as: same.map(|(version, video)| SameFilm {
            video: video.video,
            version: version.version,
            title: video.title,
        }),
    }))
}

/// Takes a part, or a run of its pieces.
async fn take(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path((upload, number)): Path<(UploadId, u32)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PartTaken>, Refusal> {
    let (row, person) = own(&state, identity, upload).await?;
    in_parts(&row)?;
    let range = part_range(number, row.bytes);
    if range.is_empty() {
        return Err(Refusal::new(Code::Invalid)
            .detail(format!("the file has {} parts, from 0 on", part_count(row.bytes))));
    }
    if row.complete {
        let part = state.store.parts.part(upload, number).await?;
        return Ok(Json(taken(number, part.and_then(|part| part.sha256), true)));
    }
    let wanted = content::range(&headers, range.end - range.start)?;
    let ends_well = wanted.end % UPLOAD_PIECE_BYTES == 0 || wanted.end == range.end - range.start;
    if wanted.start % UPLOAD_PIECE_BYTES != 0 || !ends_well {
        return Err(Refusal::new(Code::Malformed).detail(format!(
            "a run of bytes begins and ends at multiples of {UPLOAD_PIECE_BYTES} in its part"
        )));
    }
    let length = tus::number(&headers, &header::CONTENT_LENGTH)?;
    if length.is_some_and(|length| length != wanted.end - wanted.start) {
        return Err(Refusal::new(Code::Malformed).detail(format!(
            "part {number} has {} bytes, or as many as its Content-Range says",
            range.end - range.start
        )));
    }
    let expected = content::digest(&headers)?;
    begin_once(&state, &row).await?;
    let first = wanted.start / UPLOAD_PIECE_BYTES;
    let writer = state.uploading.run_writer(upload, number, first).await?;
    // Read again: it may have ended while this one waited for its turn.
    let row = state.store.catalog.upload(upload).await?.ok_or(Code::UploadUnknown)?;
    let part = Part {
        state: &state,
        row: &row,
        number,
        whole: range.clone(),
        beside: Beside::new(&state, &row, &person).await?,
        new_pieces: 0,
    };
    let sha256 =
        part.receive(range.start + wanted.start..range.start + wanted.end, expected, body, &writer).await?;
    drop(writer);
    state.uploading.forget_run(upload, number, first);
    let complete = state.store.catalog.upload(upload).await?.is_some_and(|row| row.complete);
    if !complete {
        prepare_ahead(&state, upload);
    }
    Ok(Json(taken(number, sha256, complete)))
}

fn taken(part: u32, sha256: Option<[u8; 32]>, complete: bool) -> PartTaken {
    PartTaken { part, sha256: sha256.map(hex::encode), complete }
}

/// Refuses uploads that come by tus.
fn in_parts(row: &UploadRow) -> Result<(), Refusal> {
    if row.way == Some(UploadWay::Tus) { Err(Code::UploadWay.into()) } else { Ok(()) }
}

/// Begins an upload whose bytes may come by several requests at once.
async fn begin_once(state: &AppState, row: &UploadRow) -> Result<(), Refusal> {
    if row.way.is_some() {
        return Ok(());
    }
    let _alone = state.uploading.part_turn(row.upload, FIRST).await;
    let again = state.store.catalog.upload(row.upload).await?.ok_or(Code::UploadUnknown)?;
    in_parts(&again)?;
    if again.way.is_none() {
        begin(state, row, UploadWay::Parts).await?;
    }
    Ok(())
}

/// Every byte is here.
async fn end(state: &AppState, row: &UploadRow) -> Result<(), Refusal> {
    let writer = state.uploading.writer(row.upload, false).await?;
    match state.store.catalog.upload(row.upload).await? {
        Some(row) if !row.complete => finish(state, &row, writer).await,
        _ => Ok(()),
    }
}

/// Pieces that a run of bytes within a part touches, as bits.
fn pieces_of(run: Range<u64>) -> u32 {
    let pieces = run.start / UPLOAD_PIECE_BYTES..run.end.div_ceil(UPLOAD_PIECE_BYTES);
    pieces.fold(0, |bits, piece| bits | (1 << piece))
}

/// One part being written.
struct Part<'a> {
    state: &'a AppState,
    row: &'a UploadRow,
    number: u32,
    /// Its bytes in the file.
    whole: Range<u64>,
    beside: Beside<'a>,
    /// Pieces that this request has brought.
    new_pieces: u32,
}

impl Part<'_> {
    /// Takes the body; the part's hash if it is whole then.
    async fn receive(
        mut self,
        wanted: Range<u64>,
        expected: Option<[u8; 32]>,
        body: Body,
        writer: &Writer,
    ) -> Result<Option<[u8; 32]>, Refusal> {
        let mut pieces = Pieces::new(body, wanted.end - wanted.start, PIECE_TIME, writer);
        let (mut at, mut received, mut hasher) = (wanted.start, BytesMut::new(), Sha256::new());
        while let Some(bytes) = pieces.next().await? {
            hasher.update(&bytes);
            received.extend_from_slice(&bytes);
            self.beside.look_at_right().await?;
            let is_end = at + received.len() as u64 == wanted.end;
            let piece = usize::try_from(UPLOAD_PIECE_BYTES).expect("a part of a mebibyte");
            let ready = if is_end { received.len() } else { received.len() / piece * piece };
            if ready > 0 {
                let bytes = received.split_to(ready).freeze();
                let next = at + ready as u64;
                self.store(at, bytes, &writer.stop).await?;
                at = next;
            }
        }
        if pieces.over || at < wanted.end {
            return Err(Refusal::new(Code::Malformed).detail(format!(
                "part {} broke off or went on beyond its end; what came whole is kept",
                self.number
            )));
        }
        let hash: [u8; 32] = hasher.finalize().into();
        if expected.is_some_and(|expected| expected != hash) {
            return Err(self.damaged().await?);
        }
        let pieces = pieces_of(wanted.start - self.whole.start..wanted.end - self.whole.start);
        self.state.store.parts.seal_pieces(self.row.upload, self.number, pieces).await?;
        self.close(wanted, hash).await
    }

    /// Writes whole pieces that are new, and compares those that are there.
    async fn store(&mut self, at: u64, bytes: Bytes, stop: &CancellationToken) -> Result<(), Refusal> {
        let (upload, number) = (self.row.upload, self.number);
        let _turn = self.state.uploading.part_turn(upload, number).await;
        let there = self.state.store.parts.part(upload, number).await?.map_or(0, |part| part.pieces);
        let start = self.whole.start;
        let piece = |offset: u64| (offset - start) / UPLOAD_PIECE_BYTES;
        let (mut from, end) = (at, at + bytes.len() as u64);
        while from < end {
            let is_there = there & (1 << piece(from)) != 0;
            let mut to = from;
            let mut marks = 0_u32;
            while to < end && (there & (1 << piece(to)) != 0) == is_there {
                marks |= 1 << piece(to);
                to = (start + (piece(to) + 1) * UPLOAD_PIECE_BYTES).min(end);
            }
            let place = |offset: u64| usize::try_from(offset - at).expect("within bytes in memory");
            let run = bytes.slice(place(from)..place(to));
            if stop.is_cancelled() {
                return Err(Refusal::new(Code::Conflict).detail("another request has taken over this part"));
            }
            let key = upload_key(upload);
            if is_there {
                if self.state.store.blobs.read(&key, from..to).await? != run {
                    return Err(Code::UploadChanged.into());
                }
            } else {
                if from == 0 {
                    self.beside.look_at_head(&run).await?;
                }
                self.state.store.blobs.write_at(&key, from, run).await?;
                self.new_pieces |= marks;
                let noted = self.note(marks, None).await?;
                self.beside.tell(noted.bytes);
            }
            from = to;
        }
        Ok(())
    }

    /// Notes pieces that are on the disk.
    async fn note(&self, marks: u32, sha256: Option<[u8; 32]>) -> Result<store::parts::Noted, Refusal> {
        let noted = self.state.store.parts.note_pieces(self.row.upload, self.number, marks, sha256).await;
        let noted = match noted {
            Err(StoreError::NotFound) => return Err(Code::UploadUnknown.into()),
            Err(StoreError::Conflict(_)) if self.is_complete().await? => store::parts::Noted::default(),
            Err(StoreError::Conflict(_)) => return Err(Code::UploadWay.into()),
            noted => noted?,
        };
        Ok(noted)
    }

    async fn is_complete(&self) -> Result<bool, Refusal> {
        Ok(self.state.store.catalog.upload(self.row.upload).await?.is_some_and(|row| row.complete))
    }

    /// The body is here and good: the part gets its hash if it is whole, and the upload ends if it was the last.
    async fn close(&self, wanted: Range<u64>, hash: [u8; 32]) -> Result<Option<[u8; 32]>, Refusal> {
        let there = self.state.store.parts.part(self.row.upload, self.number).await?;
        let is_whole = there.is_some_and(|part| part.pieces == all_pieces(self.number, self.row.bytes));
        if !is_whole {
            return Ok(None);
        }
        let hash = if wanted == self.whole {
            hash
        } else {
            let bytes = self.state.store.blobs.read(&upload_key(self.row.upload), self.whole.clone()).await?;
            let hashed = tokio::task::spawn_blocking(move || Sha256::digest(&bytes).into()).await;
            hashed.map_err(|error| Refusal::internal("hashing a part", &error))?
        };
        let noted = self.note(0, Some(hash)).await?;
        self.state.uploading.forget_turn(self.row.upload, self.number);
        if noted.whole {
            end(self.state, self.row).await?;
        }
        Ok(Some(hash))
    }

    /// The body is not what its digest says: its pieces do not count.
    async fn damaged(&self) -> Result<Refusal, Refusal> {
        self.state.store.parts.forget_pieces(self.row.upload, self.number, self.new_pieces).await?;
        Ok(Code::UploadChecksum.into())
    }
}
