//! The one writer: a thread that owns the one writing connection and groups what arrives in one commit. Called by
//! every write of this backend. Never answers before the commit is on disk (law 2), never lets one request undo
//! another's.
//!
//! While a commit is being synced, requests gather in the queue; the next commit takes them all, up to
//! [`BATCH_EVENTS_MAX`] events. Each runs under its own savepoint. When the file system fails or the file is
//! corrupt, what is on disk is unknown: the writer logs it, answers an error and refuses every later write; reading
//! goes on. Only a restart, which replays the write-ahead log, may write again.

use super::checkpointer::Checkpointer;
use super::values::{DbError, DbResult};
use crate::event_log::BATCH_EVENTS_MAX;
use crate::{StoreError, StoreResult};
use rusqlite::Connection;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Requests that wait for the writer at most; four full commits. One more is answered busy.
pub const WRITER_QUEUE_MAX: usize = 4 * BATCH_EVENTS_MAX;

/// Whether requests share commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// What arrived while the last commit ran goes into the next. What everybody uses.
    Grouped,
    /// One commit per request; only to measure what grouping gains.
    Single,
}

/// Handle of the writer's thread. Dropping it ends the thread once the queue is empty.
pub(super) struct Writer {
    requests: Option<mpsc::Sender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
}

/// One write, seen from the thread.
trait Request: Send {
    /// Events it appends; 1 for other writes.
    fn weight(&self) -> usize;
    /// Does it, under a savepoint. An error undoes it alone.
    fn run(&mut self, db: &Connection) -> Result<(), Undo>;
    /// Tells the outcome; `lost` is set when the whole commit failed.
    fn answer(self: Box<Self>, lost: Option<&DbError>);
}

/// Why a request's savepoint is undone.
enum Undo {
    /// Its own affair; it keeps its answer.
    Alone,
    /// The file can no longer be trusted.
    All(DbError),
}

struct Write<T, F> {
    doing: &'static str,
    weight: usize,
    work: Option<F>,
    outcome: Option<StoreResult<T>>,
    answer: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Request for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> DbResult<T> + Send,
{
    fn weight(&self) -> usize {
        self.weight
    }

    fn run(&mut self, db: &Connection) -> Result<(), Undo> {
        let work = self.work.take().expect("a request runs once");
        match work(db) {
            Ok(value) => {
                self.outcome = Some(Ok(value));
                Ok(())
            }
            Err(error) if error.is_fatal() => Err(Undo::All(error)),
            Err(error) => {
                self.outcome = Some(Err(error.into_store(self.doing)));
                Err(Undo::Alone)
            }
        }
    }

    fn answer(self: Box<Self>, lost: Option<&DbError>) {
        let outcome = match (lost, self.outcome) {
            // A refusal of its own stands, whatever became of the others.
            (_, Some(Err(refusal))) => Err(refusal),
            (Some(DbError::Sql(error)), _) => Err(super::values::store_error(error, self.doing)),
            (Some(DbError::Store(error)), _) => {
                Err(StoreError::Backend { doing: self.doing, reason: error.to_string() })
            }
            (None, Some(outcome)) => outcome,
            (None, None) => Err(StoreError::Backend { doing: self.doing, reason: "not run".to_owned() }),
        };
        // The caller may have gone; the write stands all the same.
        let _ = self.answer.send(outcome);
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        db: Connection,
        grouping: Grouping,
        checkpointer: Checkpointer,
    ) -> StoreResult<Writer> {
        let (requests, queue) = mpsc::channel(WRITER_QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(&db, queue, grouping, checkpointer))
            .map_err(|error| StoreError::Backend {
                doing: "starting the writer",
                reason: error.to_string(),
            })?;
        Ok(Writer { requests: Some(requests), thread: Some(thread) })
    }

    /// Runs `work` in the next commit; returns after that commit is on disk. `work` must be quick: everybody waits.
    pub(super) async fn write<T, F>(&self, doing: &'static str, weight: usize, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> DbResult<T> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let request = Box::new(Write { doing, weight, work: Some(work), outcome: None, answer });
        let requests = self.requests.as_ref().expect("set until dropped");
        requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy("the writer's queue is full"),
            mpsc::error::TrySendError::Closed(_) => StoreError::Busy("the store is closing"),
        })?;
        outcome
            .await
            .unwrap_or_else(|_| Err(StoreError::Backend { doing, reason: "the writer has ended".to_owned() }))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run(
    db: &Connection,
    mut queue: mpsc::Receiver<Box<dyn Request>>,
    grouping: Grouping,
    mut checkpointer: Checkpointer,
) {
    let weight_max = match grouping {
        Grouping::Grouped => BATCH_EVENTS_MAX,
        Grouping::Single => 1,
    };
    let mut failed = false;
    let mut held: Option<Box<dyn Request>> = None;
    while let Some(first) = held.take().or_else(|| queue.blocking_recv()) {
        let mut weight = first.weight();
        let mut group = vec![first];
        while weight < weight_max {
            let Ok(next) = queue.try_recv() else { break };
            if weight + next.weight() > weight_max {
                held = Some(next);
                break;
            }
            weight += next.weight();
            group.push(next);
        }
        commit(db, group, &mut failed);
        checkpointer.committed(weight);
    }
    drop(checkpointer);
    if !failed {
        // For better plans next time. The last connection to close moves the rest of the write-ahead log.
        let _ = db.execute_batch("PRAGMA optimize");
    }
}

/// One commit with everything in `group`, then all answers.
fn commit(db: &Connection, mut group: Vec<Box<dyn Request>>, failed: &mut bool) {
    let outcome = if *failed {
        Err(DbError::Store(StoreError::Backend {
            doing: "writing",
            reason:
                "the database failed earlier and is read-only until Genlock is started again; see the log"
                    .to_owned(),
        }))
    } else {
        transact(db, &mut group)
    };
    if let Err(error) = &outcome {
        if !db.is_autocommit() {
            let _ = db.execute_batch("ROLLBACK");
        }
        if error.is_fatal() {
            *failed = true;
            tracing::error!(
                ?error,
                "the database file could not be written and is read-only from now on; check the disk, then start \
                 Genlock again (nothing that was acknowledged is lost)"
            );
        }
    }
    for request in group {
        request.answer(outcome.as_ref().err());
    }
}

fn transact(db: &Connection, group: &mut [Box<dyn Request>]) -> DbResult<()> {
    let step = |sql: &str| -> DbResult<()> {
        db.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    step("BEGIN IMMEDIATE")?;
    for request in group {
        step("SAVEPOINT one")?;
        if let Err(undo) = request.run(db) {
            if let Undo::All(error) = undo {
                return Err(error);
            }
            // A full disk may have undone the whole transaction: then nobody's write is there.
            if db.is_autocommit() {
                return Err(DbError::Store(StoreError::Full));
            }
            step("ROLLBACK TO one")?;
        }
        step("RELEASE one")?;
    }
    step("COMMIT")
}
