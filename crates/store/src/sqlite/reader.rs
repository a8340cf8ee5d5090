//! Readers: a few threads, each with its own read-only connection, fed by one queue. Called by every read of this
//! backend. Never writes; each read sees one committed state.

use super::values::DbResult;
use crate::{StoreError, StoreResult};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Reader threads. More than the cores of a small machine: a read may wait for the disk.
pub const READERS: usize = 4;
/// Reads that wait at most; at some 50 µs each the last waits a fifth of a second. One more is answered busy.
pub const READ_QUEUE_MAX: usize = 16_384;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// Handle of the reader threads. Dropping it ends them.
pub(super) struct Readers {
    queue: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts one thread per connection.
    pub(super) fn start(connections: Vec<Connection>) -> StoreResult<Readers> {
        let (sender, queue) = mpsc::channel::<Read>(READ_QUEUE_MAX);
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::with_capacity(connections.len());
        for db in connections {
            let queue = Arc::clone(&queue);
            let serve = move || {
                loop {
                    // One thread waits in the queue, the others for the lock.
                    let next = queue.lock().blocking_recv();
                    let Some(read) = next else { return };
                    read(&db);
                }
            };
            let thread = std::thread::Builder::new().name("sqlite-reader".to_owned()).spawn(serve).map_err(
                |error| StoreError::Backend { doing: "starting a reader", reason: error.to_string() },
            )?;
            threads.push(thread);
        }
        Ok(Readers { queue: Some(sender), threads })
    }

    /// Runs `work` on one of the connections, in a transaction that sees one state.
    pub(super) async fn read<T, F>(&self, doing: &'static str, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> DbResult<T> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let read: Read = Box::new(move |db| {
            // Nobody waits any more.
            if answer.is_closed() {
                return;
            }
            let _ = answer.send(in_one_state(db, work).map_err(|error| error.into_store(doing)));
        });
        self.queue.as_ref().expect("set until dropped").try_send(read).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy("the readers' queue is full"),
            mpsc::error::TrySendError::Closed(_) => StoreError::Busy("the store is closing"),
        })?;
        outcome
            .await
            .unwrap_or_else(|_| Err(StoreError::Backend { doing, reason: "the reader has ended".to_owned() }))
    }
}

fn in_one_state<T>(db: &Connection, work: impl FnOnce(&Connection) -> DbResult<T>) -> DbResult<T> {
    db.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    let outcome = work(db);
    // A read transaction cannot lose anything: ending it either way is the same.
    let ended = db.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    let value = outcome?;
    ended?;
    Ok(value)
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            // A panic there was reported when it happened.
            let _ = thread.join();
        }
    }
}
