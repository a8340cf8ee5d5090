//! Opens connections with the settings that durability rests on. Called by [`super::open`]. Nobody else may open
//! the live file within the process: closing a second handle would drop SQLite's POSIX locks.

use super::checkpointer::WAL_PAGES_MAX;
use super::schema;
use super::values::{DbError, DbResult};
use crate::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// How long SQLite waits for another process's lock before it answers busy.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_millis(5_000);
/// Prepared statements kept per connection; this backend has fewer than that.
const STATEMENTS_MAX: usize = 160;

/// The writer's connection, on a database brought up to date.
pub(super) fn open_writer(path: &Path) -> DbResult<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    own(path)?;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    // Cells that move leave no copy behind in their page: what is erased later must not be found there (law 16).
    db.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    db.pragma_update(None, "wal_autocheckpoint", WAL_PAGES_MAX)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    schema::migrate(&db)?;
    Ok(db)
}

/// Makes the file, if it is not there, readable by its owner only: it holds e-mails and password hashes. SQLite gives
/// the files beside it the same rights.
fn own(path: &Path) -> DbResult<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(DbError::Store(StoreError::Backend {
            doing: "making the database",
            reason: format!("{}: {error}", path.display()),
        })),
        _ => Ok(()),
    }
}

/// A reader's connection; it cannot write.
pub(super) fn open_reader(path: &Path) -> DbResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "query_only", "ON")?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(db: &Connection, pragma: &str) -> i64 {
        db.pragma_query_value(None, pragma, |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_settings_that_durability_rests_on_are_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genlock.db");
        let writer = open_writer(&path).unwrap();
        let reader = open_reader(&path).unwrap();
        for db in [&writer, &reader] {
            let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
            assert_eq!(number(db, "synchronous"), 2, "FULL");
            assert_eq!(number(db, "foreign_keys"), 1);
            assert_eq!(number(db, "busy_timeout"), 5_000);
        }
        assert_eq!(number(&reader, "query_only"), 1);
        assert_eq!(schema::version(&writer).unwrap(), schema::SCHEMA);
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&file.unwrap().metadata().unwrap().permissions());
            assert_eq!(mode & 0o077, 0, "others may read it");
        }
        // Every table of ours is strict.
        let lax: i64 = writer
            .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND strict = 0", [], |row| row.get(0))
            .unwrap();
        assert_eq!(lax, 0);
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genlock.db");
        open_writer(&path).unwrap().execute("UPDATE schema_version SET version = 99", []).unwrap();
        let refusal = open_writer(&path).unwrap_err().into_store("opening").to_string();
        assert!(refusal.contains("schema 99"), "{refusal}");
        assert!(refusal.contains("restore the backup"), "{refusal}");
    }
}
