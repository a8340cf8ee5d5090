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
    include_str!("migrations/0007_smaller_pieces.sql"),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

    use super::*;
    use crate::parts::{all_pieces, piece_ranges};

    /// Pieces of 1 MiB became pieces of 256 KiB: the bytes that are there stay the same.
    #[test]
    fn marks_of_pieces_keep_their_bytes() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT").unwrap();
        while version(&db).unwrap() < 6 {
            step(&db).unwrap();
        }
        const MIB: u64 = 1024 * 1024;
        let bytes = 8 * MIB + 2 * MIB + 300_000;
        db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        db.execute(
            "INSERT INTO uploads (upload, version, channel, person, bytes, offset, metadata, expires_at, complete)
             VALUES (?1, ?1, ?1, ?1, ?2, 0, '', 0, 0)",
            rusqlite::params![[1_u8; 16], bytes.cast_signed()],
        )
        .unwrap();
        for (number, pieces, sealed) in [(0, 0b1010_0001, 0b1000_0000), (1, 0b111, 0b100)] {
            db.execute(
                "INSERT INTO parts (upload, number, pieces, sealed) VALUES (?1, ?2, ?3, ?4)",
                rusqlite::params![[1_u8; 16], number, pieces, sealed],
            )
            .unwrap();
        }
        while !step(&db).unwrap() {}
        let mut select = db.prepare("SELECT pieces, sealed FROM parts ORDER BY number").unwrap();
        let rows: Vec<(u32, u32)> =
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let runs = |number: u32, pieces: u32| {
            crate::runs::Runs::new(piece_ranges(number, pieces, bytes)).as_slice().to_vec()
        };
        assert_eq!(runs(0, rows[0].0), [0..MIB, 5 * MIB..6 * MIB, 7 * MIB..8 * MIB]);
        assert_eq!(runs(0, rows[0].1), std::slice::from_ref(&(7 * MIB..8 * MIB)));
        assert_eq!(rows[1].0, all_pieces(1, bytes));
        assert_eq!(runs(1, rows[1].1), std::slice::from_ref(&(10 * MIB..bytes)));
    }
}
