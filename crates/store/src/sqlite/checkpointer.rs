//! Moves committed pages from the write-ahead log into the database file, beside the writer instead of within its
//! commits. Told by the writer when there is enough to move. Never writes anything new, never blocks a commit.
//!
//! Under load without pause it cannot catch up to the last page, which is when SQLite begins the log anew; then the
//! writer does the short rest itself at [`WAL_PAGES_MAX`].

use crate::{StoreError, StoreResult};
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Weight of commits between two checkpoints. An event dirties some four pages: 8 MiB of log.
const CHECKPOINT_WEIGHT: usize = 512;
/// Length of the write-ahead log, pages of 4 KiB (64 MiB), at which the writer checkpoints within a commit. Also
/// bounds what has to be replayed after a crash.
pub(super) const WAL_PAGES_MAX: u32 = 16_384;

/// Handle of the checkpointing thread. Dropping it ends the thread.
pub(super) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Weight committed since the thread was last woken.
    since: usize,
}

impl Checkpointer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(db: Connection) -> StoreResult<Checkpointer> {
        // One wake-up may wait; more would say the same.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || run(&db, &woken))
            .map_err(|error| StoreError::Backend {
                doing: "starting the checkpointer",
                reason: error.to_string(),
            })?;
        Ok(Checkpointer { wake: Some(wake), thread: Some(thread), since: 0 })
    }

    /// Counts a commit, and wakes the thread when it is time. Returns at once.
    pub(super) fn committed(&mut self, weight: usize) {
        self.since += weight;
        if self.since >= CHECKPOINT_WEIGHT {
            self.since = 0;
            if let Some(wake) = &self.wake {
                // Full: it is awake already.
                let _ = wake.try_send(());
            }
        }
    }
}

fn run(db: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let moved = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0));
        if let Err(error) = moved {
            // Nothing is lost: the pages stay in the log, and the writer meets the same disk.
            tracing::warn!(%error, "the write-ahead log could not be moved into the database file");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported when it happened.
            let _ = thread.join();
        }
    }
}
