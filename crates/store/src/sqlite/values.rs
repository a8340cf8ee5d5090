//! Between rows and words: ids, closed sets, errors. Called by every file of this backend; holds no SQL.

use crate::{StoreError, StoreResult};
use rusqlite::ErrorCode;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error as SqlError, Row};

/// Result inside this backend.
pub(super) type DbResult<T> = Result<T, DbError>;

/// Either an answer for the caller or SQLite's own error, which [`DbError::into_store`] translates.
#[derive(Debug)]
pub(super) enum DbError {
    /// For the caller as it is.
    Store(StoreError),
    /// From SQLite.
    Sql(SqlError),
}

impl From<SqlError> for DbError {
    fn from(error: SqlError) -> Self {
        DbError::Sql(error)
    }
}

impl From<StoreError> for DbError {
    fn from(error: StoreError) -> Self {
        DbError::Store(error)
    }
}

impl DbError {
    /// In the caller's terms.
    pub(super) fn into_store(self, doing: &'static str) -> StoreError {
        match self {
            DbError::Store(error) => error,
            DbError::Sql(error) => store_error(&error, doing),
        }
    }

    /// Whether the database file can no longer be trusted: nothing may be written to it by this process again.
    pub(super) fn is_fatal(&self) -> bool {
        let DbError::Sql(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }
}

/// Translates an error of SQLite.
pub(super) fn store_error(error: &SqlError, doing: &'static str) -> StoreError {
    let Some(failure) = error.sqlite_error() else {
        return match error {
            SqlError::QueryReturnedNoRows => StoreError::NotFound,
            other => StoreError::Backend { doing, reason: other.to_string() },
        };
    };
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy("another process writes"),
        ErrorCode::ConstraintViolation
            if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY =>
        {
            StoreError::NotFound
        }
        ErrorCode::ConstraintViolation => StoreError::Conflict("exists"),
        _ => StoreError::Backend { doing, reason: error.to_string() },
    }
}

/// An id out of a column of 16 bytes.
pub(super) fn id<T>(row: &Row<'_>, column: usize, make: fn([u8; 16]) -> T) -> rusqlite::Result<T> {
    row.get::<_, [u8; 16]>(column).map(make)
}

/// As [`id`] where the column may be null.
pub(super) fn id_or_none<T>(
    row: &Row<'_>,
    column: usize,
    make: fn([u8; 16]) -> T,
) -> rusqlite::Result<Option<T>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(make))
}

/// A word of a closed set.
pub(super) fn word<T>(row: &Row<'_>, column: usize, parse: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str().map_err(|error| unreadable(column, error))?;
    parse(text)
        .ok_or_else(|| unreadable(column, FromSqlError::Other(format!("unknown word {text:?}").into())))
}

/// An unsigned number; stored ones are never negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| unreadable(column, FromSqlError::OutOfRange(value)))
}

/// A column that this program cannot read.
pub(super) fn unreadable(column: usize, error: FromSqlError) -> SqlError {
    SqlError::FromSqlConversionFailure(column, Type::Null, Box::new(error))
}

/// A number as SQLite keeps it. Ours (seqs, epochs below 2^53, sizes, tokens) fit; larger ones are refused.
pub(super) fn signed(value: u64) -> StoreResult<i64> {
    i64::try_from(value).map_err(|_| StoreError::Conflict("number out of range"))
}

/// A seq as SQLite compares it; beyond its numbers nothing follows.
pub(super) fn seq_or_end(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
