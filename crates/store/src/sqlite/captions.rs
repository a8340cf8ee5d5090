//! Captions in SQL. Called by [`super::catalog`]. Never touches their bytes.

use super::values::{DbResult, id, id_or_none};
use crate::StoreError;
use crate::catalog::{CAPTIONS_MAX, CaptionRow, SWEEP_MAX};
use protocol::{CaptionId, PersonId, Timestamp, VersionId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const CAPTIONS: &str =
    "caption, version, language, label, is_default, stream, cues, added_by, added_at, removed_at";

pub(super) fn add(db: &Connection, row: &CaptionRow) -> DbResult<()> {
    if by_id(db, row.caption)?.is_some() {
        return Ok(());
    }
    let there: Option<bool> = db
        .prepare_cached("SELECT 1 FROM versions WHERE version = ?1")?
        .query_row([row.version.as_bytes()], |found| found.get(0))
        .optional()?;
    if there.is_none() {
        return Err(StoreError::NotFound.into());
    }
    if of_version(db, row.version)?.len() >= CAPTIONS_MAX {
        return Err(StoreError::Conflict("full").into());
    }
    if row.is_default {
        no_default(db, row.version)?;
    }
    db.prepare_cached(&format!(
        "INSERT INTO captions ({CAPTIONS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    ))?
    .execute(params![
        row.caption.as_bytes(),
        row.version.as_bytes(),
        row.language,
        row.label,
        row.is_default,
        row.stream,
        row.cues,
        row.added_by.as_ref().map(PersonId::as_bytes),
        row.added_at.0,
        row.removed_at.map(|at| at.0)
    ])?;
    Ok(())
}

fn no_default(db: &Connection, version: VersionId) -> DbResult<()> {
    db.prepare_cached("UPDATE captions SET is_default = 0 WHERE version = ?1")?
        .execute([version.as_bytes()])?;
    Ok(())
}

pub(super) fn of_version(db: &Connection, version: VersionId) -> DbResult<Vec<CaptionRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CAPTIONS} FROM captions WHERE version = ?1 AND removed_at IS NULL
         ORDER BY stream IS NULL, stream, added_at, caption"
    ))?;
    Ok(select.query_map([version.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn by_id(db: &Connection, caption: CaptionId) -> DbResult<Option<CaptionRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {CAPTIONS} FROM captions WHERE caption = ?1"))?;
    Ok(select.query_row([caption.as_bytes()], read).optional()?)
}

pub(super) fn update(
    db: &Connection,
    caption: CaptionId,
    language: Option<&str>,
    label: &str,
    is_default: bool,
) -> DbResult<()> {
    let row = by_id(db, caption)?.ok_or(StoreError::NotFound)?;
    if is_default {
        no_default(db, row.version)?;
    }
    db.prepare_cached("UPDATE captions SET language = ?2, label = ?3, is_default = ?4 WHERE caption = ?1")?
        .execute(params![caption.as_bytes(), language, label, is_default])?;
    Ok(())
}

pub(super) fn remove(db: &Connection, caption: CaptionId, removed_at: Option<Timestamp>) -> DbResult<()> {
    let row = by_id(db, caption)?.ok_or(StoreError::NotFound)?;
    let comes_back = row.removed_at.is_some() && removed_at.is_none();
    if comes_back && of_version(db, row.version)?.len() >= CAPTIONS_MAX {
        return Err(StoreError::Conflict("full").into());
    }
    db.prepare_cached(
        "UPDATE captions SET removed_at = ?2, is_default = iif(?2 IS NULL, is_default, 0) WHERE caption = ?1",
    )?
    .execute(params![caption.as_bytes(), removed_at.map(|at| at.0)])?;
    Ok(())
}

pub(super) fn removed(db: &Connection, before: Timestamp) -> DbResult<Vec<CaptionRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CAPTIONS} FROM captions WHERE removed_at < ?1 ORDER BY removed_at, caption LIMIT {SWEEP_MAX}"
    ))?;
    Ok(select.query_map([before.0], read)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn purge(db: &Connection, caption: CaptionId) -> DbResult<()> {
    db.prepare_cached("DELETE FROM captions WHERE caption = ?1")?.execute([caption.as_bytes()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<CaptionRow> {
    Ok(CaptionRow {
        caption: id(row, 0, CaptionId::from_bytes)?,
        version: id(row, 1, VersionId::from_bytes)?,
        language: row.get(2)?,
        label: row.get(3)?,
        is_default: row.get(4)?,
        stream: row.get(5)?,
        cues: row.get(6)?,
        added_by: id_or_none(row, 7, PersonId::from_bytes)?,
        added_at: Timestamp(row.get(8)?),
        removed_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
    })
}
