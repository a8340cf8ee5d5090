//! Erasing a deleted channel (law 16), in three steps that may be interrupted: [`begin`] cuts everybody off and cannot be
//! undone, [`part`] takes the content out of events and messages, [`end`] forgets the card. Called by
//! [`super::catalog`]. The only place that changes events; seq, operation, time, actor and kind stay.

use super::event_log::{BODY_VERSION, event};
use super::values::{DbResult, id, signed};
use crate::catalog::SWEEP_MAX;
use crate::event_log::{BATCH_EVENTS_MAX, erased};
use protocol::codec::Encoding;
use protocol::{ChannelId, Epoch, Event, Seq, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Channels deleted before `before`, the longest deleted first.
pub(super) fn due(db: &Connection, before: Timestamp) -> DbResult<Vec<ChannelId>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT channel FROM channels WHERE deleted_at < ?1 ORDER BY deleted_at, channel LIMIT {SWEEP_MAX}"
    ))?;
    let rows = select.query_map([before.0], |row| id(row, 0, ChannelId::from_bytes))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Cuts a channel off: no members, no invites, no snapshot, a new life of the log. False if it is not deleted, or not
/// long enough.
pub(super) fn begin(db: &Connection, channel: ChannelId, before: Timestamp, epoch: Epoch) -> DbResult<bool> {
    let key = channel.as_bytes();
    let due = db
        .prepare_cached("SELECT 1 FROM channels WHERE channel = ?1 AND deleted_at < ?2")?
        .query_row(params![key, before.0], |_| Ok(()))
        .optional()?;
    if due.is_none() {
        return Ok(false);
    }
    overwrite(db, true)?;
    for table in ["members", "invites", "snapshots"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE channel = ?1"))?.execute([key])?;
    }
    // The card stays until all is done: by it an interrupted erasing is found again.
    db.prepare_cached(
        "UPDATE channels SET name = '', members = 0, playing_video = NULL, playing_version = NULL, playing_moves = 0
         WHERE channel = ?1",
    )?
    .execute([key])?;
    db.prepare_cached("UPDATE heads SET epoch = ?2 WHERE channel = ?1")?
        .execute(params![key, signed(epoch)?])?;
    overwrite(db, false)?;
    Ok(true)
}

/// Whether also whole pages that are given free are overwritten (within pages it is always so): what was erased is not
/// to be found in the file either.
fn overwrite(db: &Connection, pages: bool) -> DbResult<()> {
    let mode = if pages { "ON" } else { "FAST" };
    Ok(db.pragma_update_and_check(None, "secure_delete", mode, |_| Ok(()))?)
}

/// Erases the next [`BATCH_EVENTS_MAX`] events after a place, with their messages; how far it got, none at the end.
pub(super) fn part(db: &Connection, channel: ChannelId, after: Seq) -> DbResult<Option<Seq>> {
    let key = channel.as_bytes();
    let mut select = db.prepare_cached(
        "SELECT seq, op, at, actor, version, body FROM events WHERE channel = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows =
        select.query(params![key, signed(after)?, i64::try_from(BATCH_EVENTS_MAX).unwrap_or(i64::MAX)])?;
    let mut events: Vec<Event> = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row, 0)?);
    }
    let Some(last) = events.last().map(|event| event.seq) else { return Ok(None) };
    overwrite(db, true)?;
    let mut update =
        db.prepare_cached("UPDATE events SET version = ?3, body = ?4 WHERE channel = ?1 AND seq = ?2")?;
    for event in &events {
        let body = Encoding::MessagePack.encode(&erased(&event.body));
        update.execute(params![key, signed(event.seq)?, BODY_VERSION, body])?;
    }
    db.prepare_cached("DELETE FROM messages WHERE channel = ?1 AND seq <= ?2")?
        .execute(params![key, signed(last)?])?;
    overwrite(db, false)?;
    Ok(Some(last))
}

/// Forgets the card: the channel is erased.
pub(super) fn end(db: &Connection, channel: ChannelId) -> DbResult<()> {
    db.prepare_cached("DELETE FROM channels WHERE channel = ?1")?.execute([channel.as_bytes()])?;
    Ok(())
}
