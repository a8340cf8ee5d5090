//! Durable state: the event log, the catalog, jobs and blobs. Traits here, one module per backend, one contract
//! suite (`tests/contract`) that every backend passes.
//!
//! Knows the words of `protocol` and nothing of rooms, media or HTTP. Plans and facts of media are opaque JSON.
//! Reading order: [`error`], [`event_log`], [`catalog`], [`jobs`], [`blobs`]; then [`sqlite`], [`files`] and
//! [`memory`].

pub mod blobs;
pub mod catalog;
pub mod error;
pub mod event_log;
pub mod files;
pub mod jobs;
pub mod memory;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

pub use blobs::Blobs;
pub use catalog::Catalog;
pub use error::{StoreError, StoreResult};
pub use event_log::EventLog;
pub use jobs::Jobs;

/// The four stores of a node. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// The truth of every channel.
    pub log: Arc<dyn EventLog>,
    /// People, sessions, channels, invites, videos, uploads.
    pub catalog: Arc<dyn Catalog>,
    /// Work to be done.
    pub jobs: Arc<dyn Jobs>,
    /// Bytes of media.
    pub blobs: Arc<dyn Blobs>,
}

/// Opens the stores that two addresses name: `sqlite:FILE` (or `memory:`, where everything but the media is gone with
/// the process) and `file:FOLDER`.
///
/// # Errors
/// `Backend` with what to do when an address is of another kind or cannot be opened.
pub fn open(database_url: &str, blob_url: &str) -> StoreResult<Store> {
    let unknown = |address: &str, takes: &str| StoreError::Backend {
        doing: "opening the stores",
        reason: format!("the address {address:?} is not of a kind known here; give {takes}"),
    };
    let folder = blob_url.strip_prefix("file:").ok_or_else(|| unknown(blob_url, "file:FOLDER"))?;
    let blobs = Arc::new(files::FileBlobs::open(Path::new(folder))?);
    if database_url == "memory:" {
        return Ok(Store { blobs, ..memory::open() });
    }
    let database =
        database_url.strip_prefix("sqlite:").ok_or_else(|| unknown(database_url, "sqlite:FILE"))?;
    sqlite::open(Path::new(database), blobs)
}
