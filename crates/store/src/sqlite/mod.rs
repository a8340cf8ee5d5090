//! SQLite: the store of a single node. One writer with group commit ([`writer`]), a few readers ([`reader`]), the
//! schema ([`schema`]); then one file per noun. Called through the traits of this crate.
//!
//! Never opens the live file a second time by other means, and never writes outside the writer's thread.

mod catalog;
mod channels;
mod connection;
mod event_log;
mod jobs;
mod people;
mod project;
mod reader;
mod schema;
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
    writer: writer::Writer,
    readers: reader::Readers,
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
    Ok(Store { log: sqlite.clone(), catalog: sqlite.clone(), jobs: sqlite, blobs })
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
        Ok(Sqlite { writer: writer::Writer::start(db, grouping)?, readers: reader::Readers::start(readers)? })
    }
}
