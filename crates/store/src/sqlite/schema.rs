//! The schema and how it grows: numbered scripts, forward only, each in its own transaction. Called once per start,
//! by [`super::connection`]. Never touches a database that a newer program has written.

use super::values::{DbError, DbResult};
use crate::StoreError;
use rusqlite::{Connection, OptionalExtension as _};

/// The scripts in order; script `n` makes schema `n + 1`. A released script is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_deleted_channels.sql"),
    include_str!("migrations/0003_work.sql"),
    include_str!("migrations/0004_beside.sql"),
    include_str!("migrations/0005_parts.sql"),
    include_str!("migrations/0006_ahead.sql"),
];

/// Schema that this program writes.
pub const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Brings a database to [`SCHEMA`]; several processes may do so at once.
pub(super) fn migrate(db: &Connection) -> DbResult<()> {
    db.execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT")?;
    loop {
        db.execute_batch("BEGIN IMMEDIATE")?;
        let step = step(db);
        db.execute_batch(if step.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        if step? {
            return Ok(());
        }
    }
}

/// One script; true when there was nothing left to do.
fn step(db: &Connection) -> DbResult<bool> {
    let present = version(db)?;
    if present > SCHEMA {
        return Err(DbError::Store(StoreError::Backend {
            doing: "opening the database",
            reason: format!(
                "the database has schema {present}, this program knows schemas up to {SCHEMA}; start the newer \
                 Genlock that wrote it, or restore the backup made before the upgrade"
            ),
        }));
    }
    let Some(script) = usize::try_from(present).ok().and_then(|at| MIGRATIONS.get(at)) else {
        return Ok(true);
    };
    db.execute_batch(script)?;
    db.execute("DELETE FROM schema_version", [])?;
    db.execute("INSERT INTO schema_version (version) VALUES (?1)", [present + 1])?;
    tracing::info!(schema = present + 1, "database schema brought up to date");
    Ok(false)
}

/// Schema of a database; 0 is an empty one.
pub(super) fn version(db: &Connection) -> DbResult<i64> {
    Ok(db.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).optional()?.unwrap_or(0))
}
