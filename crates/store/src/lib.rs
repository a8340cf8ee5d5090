//! Durable state: the event log, the catalog, jobs and blobs. Traits here, one module per backend, one contract
//! suite (`contract`) that every backend passes.
//!
//! Knows the words of `protocol` and nothing of rooms, media or HTTP. Plans and facts of media are opaque JSON.
//! Reading order: [`error`], [`event_log`], [`catalog`], [`jobs`], [`blobs`].

pub mod blobs;
pub mod catalog;
pub mod error;
pub mod event_log;
pub mod jobs;

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
