//! Uploads under way on this node: one writer per upload or part, the hash that grows along, and what happens when the
//! last byte is there. Called by the handlers of tus and of parts. What must survive is in the store: bytes synced, then the offset.

use crate::AppState;
use crate::problem::Refusal;
use crate::version_news::tell_version;
use media::{Plan, SourceHasher, hash_of_parts, upload_key};
use parking_lot::Mutex;
use protocol::rest::VersionState;
use protocol::{Code, UploadId};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::StoreError;
use store::catalog::{UploadRow, VersionUpdate};
use store::parts::UploadWay;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Uploads that send at the same time on this node; each holds two pieces of 4 MiB in memory. More are told to come
/// back, which tus clients do by themselves.
const SENDERS_MAX: usize = 64;
/// How long a newcomer waits for the writer before it to write down what it has.
const HANDOVER: Duration = Duration::from_secs(10);
/// Bytes read at a time for hashing.
const HASH_PIECE: u64 = 8 * 1024 * 1024;

/// The uploads of this node.
pub struct Uploading {
    writers: Mutex<HashMap<(UploadId, Lane), Slot>>,
    senders: Arc<Semaphore>,
}

/// What of an upload is written: all of it (tus, and whatever ends it), or a run of a part that begins at a piece.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    Whole,
    Run(u32, u64),
    /// Pieces of a part being written down: never two requests at once.
    Part(u32),
}

#[derive(Default)]
struct Slot {
    lock: Arc<AsyncMutex<Hashed>>,
    /// Asks the present writer to stop.
    stop: CancellationToken,
}

/// The hash of the first `bytes` bytes; it starts anew after a restart of the server.
#[derive(Default)]
pub struct Hashed {
    hasher: SourceHasher,
    bytes: u64,
}

impl Hashed {
    /// Takes bytes that were written at `offset`; those that do not follow are read again at the end.
    pub fn take(&mut self, offset: u64, bytes: &[u8]) {
        if offset == self.bytes {
            self.hasher.update(bytes);
            self.bytes += bytes.len() as u64;
        }
    }
}

/// The right to write to an upload.
pub struct Writer {
    /// Hash so far.
    pub hashed: OwnedMutexGuard<Hashed>,
    /// Somebody else wants to write: finish what you have and stop.
    pub stop: CancellationToken,
    _place: Option<OwnedSemaphorePermit>,
}

impl Default for Uploading {
    fn default() -> Self {
        Uploading::new()
    }
}

impl Uploading {
    /// Nothing under way.
    #[must_use]
    pub fn new() -> Uploading {
        Uploading { writers: Mutex::new(HashMap::new()), senders: Arc::new(Semaphore::new(SENDERS_MAX)) }
    }

    /// Becomes the one writer of an upload. A writer that was there before (a connection that the client has given
    /// up) is asked to stop first. `sends` is true for whoever brings bytes.
    ///
    /// # Errors
    /// `Unavailable` when too many send, `Conflict` (423) when the other does not stop in time.
    pub async fn writer(&self, upload: UploadId, sends: bool) -> Result<Writer, Refusal> {
        self.take(upload, Lane::Whole, sends).await
    }

    /// As [`Uploading::writer`] for a run of a part that begins at a piece; runs are received side by side.
    ///
    /// # Errors
    /// As [`Uploading::writer`].
    pub async fn run_writer(&self, upload: UploadId, part: u32, piece: u64) -> Result<Writer, Refusal> {
        self.take(upload, Lane::Run(part, piece), true).await
    }

    /// Waits for the turn to write pieces of a part down: what one request has counted, another does not change.
    pub async fn part_turn(&self, upload: UploadId, part: u32) -> OwnedMutexGuard<Hashed> {
        let lock = Arc::clone(&self.writers.lock().entry((upload, Lane::Part(part))).or_default().lock);
        lock.lock_owned().await
    }

    async fn take(&self, upload: UploadId, lane: Lane, sends: bool) -> Result<Writer, Refusal> {
        let place = if sends {
            let place = Arc::clone(&self.senders).try_acquire_owned();
            Some(place.map_err(|_| Refusal::new(Code::Unavailable).retry_after(2))?)
        } else {
            None
        };
        let (lock, stop) = {
            let mut writers = self.writers.lock();
            let slot = writers.entry((upload, lane)).or_default();
            slot.stop.cancel();
            slot.stop = CancellationToken::new();
            (Arc::clone(&slot.lock), slot.stop.clone())
        };
        let hashed = tokio::time::timeout(HANDOVER, lock.lock_owned()).await.map_err(|_| {
            Refusal::new(Code::Conflict)
                .status(axum::http::StatusCode::LOCKED)
                .detail("another request is writing to this upload")
        })?;
        Ok(Writer { hashed, stop, _place: place })
    }

    /// A part is whole: nothing of it is written any more, so that turns do not matter.
    pub fn forget_turn(&self, upload: UploadId, part: u32) {
        self.writers.lock().remove(&(upload, Lane::Part(part)));
    }

    /// A run is here.
    pub fn forget_run(&self, upload: UploadId, part: u32, piece: u64) {
        self.writers.lock().remove(&(upload, Lane::Run(part, piece)));
    }

    /// An upload is over: nobody writes to it any more.
    pub fn forget(&self, upload: UploadId) {
        self.writers.lock().retain(|(of, _), slot| {
            if *of == upload {
                slot.stop.cancel();
            }
            *of != upload
        });
    }
}

/// As [`finish_now`], to its end also when the client's connection breaks meanwhile.
///
/// # Errors
/// As [`finish_now`].
pub async fn finish(state: &AppState, row: &UploadRow, mut writer: Writer) -> Result<(), Refusal> {
    let (state, row) = (state.clone(), row.clone());
    let task = tokio::spawn(async move { finish_now(&state, &row, &mut writer.hashed).await });
    task.await.map_err(|error| Refusal::internal("completing an upload", &error))?
}

/// All bytes are there: hashes what was not hashed on the way, moves the bytes to their final place and enqueues the
/// probe in the transaction that completes the upload. Doing it again changes nothing.
///
/// # Errors
/// When the store fails; the client asks again.
async fn finish_now(state: &AppState, row: &UploadRow, hashed: &mut Hashed) -> Result<(), Refusal> {
    let source = Plan::source_key(row.version);
    let interim = upload_key(row.upload);
    // After a crash between the two steps below the bytes are in their final place already.
    let is_moved = state.store.blobs.stat(&source).await?.is_some();
    let from = if is_moved { &source } else { &interim };
    let in_parts = row.way == Some(UploadWay::Parts);
    while !in_parts && hashed.bytes < row.bytes {
        let to = (hashed.bytes + HASH_PIECE).min(row.bytes);
        let piece = state.store.blobs.read(from, hashed.bytes..to).await?;
        if piece.is_empty() {
            return Err(Refusal::internal("hashing an upload", &"bytes are missing on the disk"));
        }
        let offset = hashed.bytes;
        *hashed = hash_aside(std::mem::take(hashed), offset, piece).await?;
    }
    let hash = if in_parts {
        let parts = state.store.parts.parts(row.upload).await?;
        hash_of_parts(parts.iter().filter_map(|part| part.sha256))
    } else {
        hashed.hasher.clone().finish()
    };
    if !is_moved {
        // What a broken connection wrote beyond the end is not part of the file.
        let stored = state.store.blobs.stat(&interim).await?.map_or(0, |stat| stat.bytes);
        if stored != row.bytes {
            return Err(Refusal::internal(
                "completing an upload",
                &format!("{stored} of {} bytes", row.bytes),
            ));
        }
        state.store.blobs.promote(&interim, &source).await?;
    }
    let jobs = state.desk.jobs_of_whole(row).await?;
    state.store.catalog.complete_upload(row.upload, hash, jobs).await?;
    state.uploading.forget(row.upload);
    state.jobs_wake.ring();
    tell_version(state, row.version, &format!("upload:{}", row.upload)).await;
    Ok(())
}

/// Hashing eight MiB takes 5 to 30 ms: not on a thread that serves requests.
async fn hash_aside(mut hashed: Hashed, offset: u64, piece: bytes::Bytes) -> Result<Hashed, Refusal> {
    tokio::task::spawn_blocking(move || {
        hashed.take(offset, &piece);
        hashed
    })
    .await
    .map_err(|error| Refusal::internal("hashing an upload", &error))
}

/// Ends an upload that is not complete: its bytes and row go, its version is cancelled, or failed with a reason.
///
/// # Errors
/// When the store fails.
pub async fn give_up(
    state: &AppState,
    row: &UploadRow,
    failure: Option<(Code, String)>,
) -> Result<(), Refusal> {
    state.uploading.forget(row.upload);
    match state.store.catalog.cancel_upload(row.upload, state.clock.now()).await {
        Ok(()) | Err(StoreError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    if let Some((code, detail)) = failure {
        let update = VersionUpdate {
            state: Some(VersionState::Failed),
            failure: Some(Some((code.number(), detail))),
            ..VersionUpdate::default()
        };
        state.store.catalog.update_version(row.version, update).await?;
    }
    // What a writer or a job still puts there, the sweep finds.
    state.store.blobs.delete(&upload_key(row.upload)).await?;
    state.store.blobs.delete_prefix(&Plan::version_prefix(row.version)).await?;
    tell_version(state, row.version, &format!("given up:{}", row.upload)).await;
    Ok(())
}
