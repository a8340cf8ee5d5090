//! Stores in memory: the same contract without a disk, for tests, the simulator and a quick look. Called through the
//! traits of this crate. Never durable: "committed" means in memory here, and all is gone with the process.

mod blobs;
mod captions;
mod catalog;
mod derived;
mod event_log;
mod jobs;
mod library;
mod parts;

use crate::Store;
use crate::catalog::{InviteRow, PersonRow, SessionRow, TokenRow};
use parking_lot::Mutex;
use protocol::{ChannelId, PersonId};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use blobs::MemoryBlobs;

/// Opens empty stores.
#[must_use]
pub fn open() -> Store {
    let memory = Arc::new(Memory::default());
    Store {
        log: memory.clone(),
        catalog: memory.clone(),
        parts: memory.clone(),
        jobs: memory,
        blobs: Arc::new(MemoryBlobs::default()),
    }
}

/// Everything, behind one lock: each call is one transaction.
#[derive(Default)]
struct Memory {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    logs: BTreeMap<ChannelId, event_log::Log>,
    people: BTreeMap<PersonId, PersonRow>,
    sessions: BTreeMap<[u8; 32], SessionRow>,
    settings: BTreeMap<String, String>,
    /// In the order they were made.
    tokens: Vec<TokenRow>,
    /// In the order they were made.
    invites: Vec<InviteRow>,
    library: library::Library,
    parts: parts::PartsTable,
    /// In the order they were enqueued.
    jobs: Vec<jobs::Job>,
}
