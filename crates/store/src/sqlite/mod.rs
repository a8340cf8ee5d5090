//! SQLite: the store of a single node. One writer with group commit ([`writer`]), a few readers ([`reader`]), the
//! schema ([`schema`]); then one file per noun. Called through the traits of this crate.
//!
//! Never opens the live file a second time by other means, and never writes outside the writer's thread.

mod captions;
mod catalog;
mod channels;
mod checkpointer;
mod connection;
mod erase;
mod event_log;
mod jobs;
mod parts;
mod people;
mod project;
mod reader;
mod schema;
mod tokens;
mod values;
mod videos;
mod writer;

use crate::blobs::Blobs;
use crate::{Store, StoreResult};
use std::path::Path;
use std::sync::Arc;

pub use reader::{READ_QUEUE_MAX, READERS};
pub use schema::SCHEMA;
pub use writer::{Grouping, WRITER_QUEUE_MAX};

/// A database file with its threads.
pub(crate) struct Sqlite {
    // Dropped in this order: the readers close at the same time, and SQLite tidies up only at a last connection that is
    // alone, which is the writer's.
    readers: reader::Readers,
    writer: writer::Writer,
}

/// Opens (or makes) the database at `path`, brings its schema up to date, and joins it with `blobs`.
///
/// # Errors
/// `Backend` with what to do when the file cannot be opened or a newer program has written it.
pub fn open(path: &Path, blobs: Arc<dyn Blobs>) -> StoreResult<Store> {
    open_with(path, blobs, Grouping::Grouped)
}

/// As [`open`], choosing whether requests share commits; for the benchmark.
///
/// # Errors
/// As [`open`].
pub fn open_with(path: &Path, blobs: Arc<dyn Blobs>, grouping: Grouping) -> StoreResult<Store> {
    let sqlite = Arc::new(Sqlite::open(path, grouping)?);
    Ok(Store { log: sqlite.clone(), catalog: sqlite.clone(), parts: sqlite.clone(), jobs: sqlite, blobs })
}

impl Sqlite {
    fn open(path: &Path, grouping: Grouping) -> StoreResult<Sqlite> {
        let doing = "opening the database";
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| crate::StoreError::Backend {
                doing,
                reason: format!("{}: {error}", folder.display()),
            })?;
        }
        let db = connection::open_writer(path).map_err(|error| error.into_store(doing))?;
        let readers = (0..READERS)
            .map(|_| connection::open_reader(path))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| error.into_store(doing))?;
        let beside = connection::open_reader(path).map_err(|error| error.into_store(doing))?;
        let checkpointer = checkpointer::Checkpointer::start(beside)?;
        Ok(Sqlite {
            writer: writer::Writer::start(db, grouping, checkpointer)?,
            readers: reader::Readers::start(readers)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;
    use std::time::{Duration, Instant};

    fn open_in(folder: &Path) -> Sqlite {
        Sqlite::open(&folder.join("genlock.db"), Grouping::Grouped).unwrap()
    }

    /// Settings with values of this size, until one is refused; how many went in.
    async fn fill(sqlite: &Sqlite, bytes: usize) -> (usize, StoreError) {
        for number in 0.. {
            let value = "x".repeat(bytes);
            let write = sqlite.writer.write("filling", 1, move |db| {
                super::people::set_setting(db, &format!("fill {number}"), Some(&value))
            });
            if let Err(refusal) = write.await {
                return (number, refusal);
            }
        }
        unreachable!("a bounded file never takes everything")
    }

    #[tokio::test]
    async fn a_full_disk_is_an_answer_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = open_in(folder.path());
        let pages = |pages: i64| {
            sqlite.writer.write("bounding the file", 1, move |db| {
                Ok(db.pragma_update(None, "max_page_count", pages)?)
            })
        };
        pages(200).await.unwrap();
        let (taken, refusal) = fill(&sqlite, 20_000).await;
        assert!(matches!(refusal, StoreError::Full), "{refusal}");
        assert!(taken > 1);
        // What went in before is there, and small things may still fit; more room is more room.
        let kept = sqlite.readers.read("reading", |db| super::people::setting(db, "fill 0")).await.unwrap();
        assert_eq!(kept.map(|value| value.len()), Some(20_000));
        pages(100_000).await.unwrap();
        sqlite
            .writer
            .write("writing again", 1, |db| super::people::set_setting(db, "after", Some("x")))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn one_request_that_fails_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = open_in(folder.path());
        let set = |key: &'static str, fails: bool| {
            sqlite.writer.write("setting", 1, move |db| {
                super::people::set_setting(db, key, Some("x"))?;
                if fails { Err(StoreError::Conflict("changed my mind").into()) } else { Ok(()) }
            })
        };
        // Polled together, so they share a commit while the first one runs.
        let (a, b, c, d) = tokio::join!(set("a", false), set("b", true), set("c", false), set("d", true));
        assert!(a.is_ok() && c.is_ok());
        assert!(matches!((b, d), (Err(StoreError::Conflict(_)), Err(StoreError::Conflict(_)))));
        for (key, there) in [("a", true), ("b", false), ("c", true), ("d", false)] {
            let found =
                sqlite.readers.read("reading", move |db| super::people::setting(db, key)).await.unwrap();
            assert_eq!(found.is_some(), there, "{key}");
        }
    }

    #[tokio::test]
    async fn law_10_a_full_queue_answers_busy() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = open_in(folder.path());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let mut waiting = Vec::new();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let mut blocker =
            Box::pin(
                sqlite
                    .writer
                    .write("blocking", BATCH, move |_| Ok(begin.send(()).is_ok() && held.recv().is_ok())),
            );
        assert!(poll_once(&mut blocker).await.is_none());
        begun.await.unwrap();
        let refusal = loop {
            let mut write = Box::pin(sqlite.writer.write("waiting", 1, |_| Ok(())));
            match poll_once(&mut write).await {
                None => waiting.push(write),
                Some(answer) => break answer.unwrap_err(),
            }
        };
        assert!(matches!(refusal, StoreError::Busy(_)), "{refusal}");
        assert_eq!(waiting.len(), WRITER_QUEUE_MAX);
        release.send(()).unwrap();
        assert!(blocker.await.unwrap());
        for write in waiting {
            write.await.unwrap();
        }
    }

    const BATCH: usize = crate::event_log::BATCH_EVENTS_MAX;

    async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn pages_move_into_the_file_beside_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = open_in(folder.path());
        let file = folder.path().join("genlock.db");
        let before = std::fs::metadata(&file).unwrap().len();
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut number = 0;
        while std::fs::metadata(&file).unwrap().len() == before {
            assert!(Instant::now() < deadline, "no checkpoint after {number} writes");
            number += 1;
            let write = sqlite.writer.write("writing", 64, move |db| {
                super::people::set_setting(db, &format!("key {number}"), Some(&"x".repeat(4_000)))
            });
            write.await.unwrap();
        }
        // Far below what would make the writer do it itself.
        assert!(number < i64::from(checkpointer::WAL_PAGES_MAX) / 8, "{number}");
    }

    #[tokio::test]
    async fn a_store_that_closes_leaves_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = open_in(folder.path());
        sqlite.writer.write("writing", 1, |db| super::people::set_setting(db, "a", Some("x"))).await.unwrap();
        drop(sqlite);
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["genlock.db"]);
    }
}
