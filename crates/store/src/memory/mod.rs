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

use crate::catalog::{ChannelRow, InviteRow, NAME_UNKNOWN, PersonRow, SessionRow, TokenRow};
use crate::{Store, StoreError, StoreResult};
use event_log::Log;
use parking_lot::Mutex;
use protocol::rest::PersonView;
use protocol::{ChannelId, PersonId, PersonKind};
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

impl State {
    fn refuse_taken(&self, email: &str) -> StoreResult<()> {
        let taken = self.people.values().any(|row| row.email.as_deref() == Some(email));
        if taken { Err(StoreError::Conflict("email")) } else { Ok(()) }
    }

    fn cards(&self) -> impl Iterator<Item = (ChannelRow, &Log)> {
        self.logs
            .iter()
            .filter_map(|(channel, log)| Some((log.derived.card(*channel, log.head().last_at)?, log)))
    }

    /// Who to show as the author of a message.
    fn author(&self, log: &Log, person: PersonId) -> PersonView {
        let known = self.people.get(&person).map(|row| (row.name.as_str(), row.kind));
        let member = || log.derived.members.get(&person).map(|row| (row.name.as_str(), row.kind));
        let (name, kind) = known.or_else(member).unwrap_or((NAME_UNKNOWN, PersonKind::Guest));
        PersonView { person, name: name.to_owned(), kind }
    }
}
