//! Durable state: the event log, the catalog, jobs and blobs. Traits here, one module per backend, one contract
//! suite (`tests/contract`) that every backend passes.
//!
//! Knows the words of `protocol` and nothing of rooms, media or HTTP. Plans and facts of media are opaque JSON.
//! Reading order: [`error`], [`event_log`], [`catalog`], [`parts`], [`jobs`], [`blobs`]; then [`sqlite`], [`files`] and
//! [`memory`].

pub mod blobs;
pub mod catalog;
pub mod error;
pub mod event_log;
pub mod files;
pub mod jobs;
pub mod memory;
pub mod parts;
pub mod runs;
pub mod sqlite;

use std::path::Path;
use std::sync::Arc;

pub use blobs::Blobs;
pub use catalog::Catalog;
pub use error::{StoreError, StoreResult};
pub use event_log::EventLog;
pub use jobs::Jobs;
pub use parts::Parts;
pub use runs::Runs;

/// The stores of a node. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// The truth of every channel.
    pub log: Arc<dyn EventLog>,
    /// People, sessions, channels, invites, videos, uploads.
    pub catalog: Arc<dyn Catalog>,
    /// Parts of uploads.
    pub parts: Arc<dyn Parts>,
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
    // A name of SQLite's own (":memory:", none) would be another database for each connection.
    let is_path = |path: &&str| !path.is_empty() && !path.starts_with(':');
    let database = database_url.strip_prefix("sqlite:").filter(is_path);
    if database.is_none() && database_url != "memory:" {
        return Err(unknown(database_url, "sqlite:FILE"));
    }
    let folder =
        blob_url.strip_prefix("file:").filter(is_path).ok_or_else(|| unknown(blob_url, "file:FOLDER"))?;
    let blobs = Arc::new(files::FileBlobs::open(Path::new(folder))?);
    match database {
        Some(path) => sqlite::open(Path::new(path), blobs),
        None => Ok(Store { blobs, ..memory::open() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_open_stores_and_others_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let (database, media) = (folder.path().join("data/genlock.db"), folder.path().join("media"));
        let (database, media) =
            (format!("sqlite:{}", database.display()), format!("file:{}", media.display()));
        for address in [database.as_str(), "memory:"] {
            let store = open(address, &media).unwrap();
            store.catalog.set_setting("a", Some("x")).await.unwrap();
            assert!(store.blobs.free_bytes().await.unwrap().is_some_and(|bytes| bytes > 0));
        }
        assert_eq!(
            open(&database, &media).unwrap().catalog.setting("a").await.unwrap().as_deref(),
            Some("x")
        );
        for address in ["", "sqlite:", "sqlite::memory:", "postgres://x", "genlock.db"] {
            let refusal = open(address, &media).map(|_| ()).unwrap_err().to_string();
            assert!(refusal.contains("sqlite:FILE"), "{refusal}");
        }
        for address in ["", "file:", "s3://x"] {
            let refusal = open(&database, address).map(|_| ()).unwrap_err().to_string();
            assert!(refusal.contains("file:FOLDER"), "{refusal}");
        }
    }
}
