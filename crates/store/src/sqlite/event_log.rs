//! The log in SQL: compare-and-set append, reads, snapshots. Called by room tasks through [`EventLog`]. Never
//! changes or removes an event; [`super::erase`] takes out what was erased.

use super::Sqlite;
use super::project;
use super::values::{DbResult, id, id_or_none, seq_or_end, signed, unsigned};
use crate::event_log::{
    Appended, BATCH_EVENTS_MAX, Batch, EventLog, HEADS_MAX, LogHead, StoredSnapshot, check_batch, draw_epoch,
};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::codec::Encoding;
use protocol::{ChannelId, Epoch, Event, EventBody, OpId, PersonId, Position, Seq, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// How a body is encoded: 1 is MessagePack of [`EventBody`]. Older ones are read for ever (law 15).
pub(super) const BODY_VERSION: u8 = 1;

#[async_trait]
impl EventLog for Sqlite {
    async fn append(&self, batch: Batch) -> StoreResult<Appended> {
        check_batch(&batch)?;
        // Encoded here, on the caller's thread: the writer's time is everybody's.
        let bodies: Vec<Vec<u8>> =
            batch.events.iter().map(|event| Encoding::MessagePack.encode(&event.body)).collect();
        self.writer.write("appending events", batch.events.len(), move |db| append(db, &batch, &bodies)).await
    }

    async fn head(&self, channel: ChannelId) -> StoreResult<Option<LogHead>> {
        self.readers.read("reading a head", move |db| head(db, channel)).await
    }

    async fn heads(&self, channels: &[ChannelId]) -> StoreResult<Vec<(ChannelId, LogHead)>> {
        if channels.len() > HEADS_MAX {
            return Err(StoreError::Conflict("more than 1,000 channels"));
        }
        let channels = channels.to_vec();
        self.readers
            .read("reading heads", move |db| {
                let mut heads = Vec::with_capacity(channels.len());
                for channel in channels {
                    if let Some(found) = head(db, channel)? {
                        heads.push((channel, found));
                    }
                }
                Ok(heads)
            })
            .await
    }

    async fn read(&self, channel: ChannelId, after: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        self.readers
            .read("reading events", move |db| {
                let mut select = db.prepare_cached(
                    "SELECT seq, op, at, actor, version, body FROM events WHERE channel = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                )?;
                let mut rows = select.query(params![channel.as_bytes(), seq_or_end(after), limit])?;
                let mut events = Vec::new();
                while let Some(row) = rows.next()? {
                    events.push(event(row, 0)?);
                }
                Ok(events)
            })
            .await
    }

    async fn find_op(&self, channel: ChannelId, op: OpId) -> StoreResult<Option<Seq>> {
        self.readers.read("looking for an operation", move |db| find_op(db, channel, op)).await
    }

    async fn snapshot(&self, channel: ChannelId) -> StoreResult<Option<StoredSnapshot>> {
        self.readers
            .read("reading a snapshot", move |db| {
                let mut select = db.prepare_cached(
                    "SELECT s.epoch, s.seq, s.bytes FROM snapshots s JOIN heads h USING (channel, epoch) WHERE channel = ?1",
                )?;
                let read = |row: &Row<'_>| {
                    let at = Position { epoch: unsigned(row, 0)?, seq: unsigned(row, 1)? };
                    Ok(StoredSnapshot { at, bytes: row.get(2)? })
                };
                Ok(select.query_row([channel.as_bytes()], read).optional()?)
            })
            .await
    }

    async fn put_snapshot(&self, channel: ChannelId, snapshot: StoredSnapshot) -> StoreResult<()> {
        self.writer
            .write("keeping a snapshot", 1, move |db| {
                db.prepare_cached(
                    "INSERT INTO snapshots (channel, epoch, seq, bytes)
                     SELECT channel, epoch, ?3, ?4 FROM heads WHERE channel = ?1 AND epoch = ?2
                     ON CONFLICT (channel) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, bytes = excluded.bytes
                     WHERE snapshots.epoch <> excluded.epoch OR snapshots.seq < excluded.seq",
                )?
                .execute(params![
                    channel.as_bytes(),
                    signed(snapshot.at.epoch)?,
                    signed(snapshot.at.seq)?,
                    snapshot.bytes
                ])?;
                Ok(())
            })
            .await
    }

    async fn renew_epochs(&self, draw: Vec<Epoch>) -> StoreResult<()> {
        self.writer.write("renewing epochs", BATCH_EVENTS_MAX, move |db| renew_epochs(db, &draw)).await
    }

    async fn rebuild_derived(&self) -> StoreResult<()> {
        self.writer.write("rebuilding derived tables", BATCH_EVENTS_MAX, project::rebuild).await
    }
}

fn append(db: &Connection, batch: &Batch, bodies: &[Vec<u8>]) -> DbResult<Appended> {
    let stands = head(db, batch.channel)?.map(|found| found.position);
    match stands {
        Some(position) if position.epoch != batch.epoch || position.seq != batch.expected_head => {
            return Ok(Appended::Lost { head: position });
        }
        None if batch.expected_head != 0 => {
            return Ok(Appended::Lost { head: Position { epoch: 0, seq: 0 } });
        }
        _ => {}
    }
    for event in &batch.events {
        if let Some(seq) = find_op(db, batch.channel, event.op)? {
            return Ok(Appended::DuplicateOp { op: event.op, seq });
        }
    }
    let channel = batch.channel.as_bytes();
    let mut insert = db.prepare_cached(
        "INSERT INTO events (channel, seq, op, at, actor, version, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (event, body) in batch.events.iter().zip(bodies) {
        let actor = event.actor.as_ref().map(PersonId::as_bytes);
        insert.execute(params![
            channel,
            signed(event.seq)?,
            event.op.as_bytes(),
            event.at.0,
            actor,
            BODY_VERSION,
            body
        ])?;
        project::apply(db, batch.channel, event)?;
    }
    let last = batch.events.last().expect("a batch has at least one event");
    db.prepare_cached(
        "INSERT INTO heads (channel, epoch, head, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (channel) DO UPDATE SET head = excluded.head, last_at = excluded.last_at",
    )?
    .execute(params![channel, signed(batch.epoch)?, signed(last.seq)?, last.at.0])?;
    Ok(Appended::Committed { head: last.seq })
}

fn head(db: &Connection, channel: ChannelId) -> DbResult<Option<LogHead>> {
    let mut select = db.prepare_cached("SELECT epoch, head, last_at FROM heads WHERE channel = ?1")?;
    let read = |row: &Row<'_>| {
        let position = Position { epoch: unsigned(row, 0)?, seq: unsigned(row, 1)? };
        Ok(LogHead { position, last_at: Timestamp(row.get(2)?) })
    };
    Ok(select.query_row([channel.as_bytes()], read).optional()?)
}

fn find_op(db: &Connection, channel: ChannelId, op: OpId) -> DbResult<Option<Seq>> {
    let mut select = db.prepare_cached("SELECT seq FROM events WHERE channel = ?1 AND op = ?2")?;
    Ok(select.query_row(params![channel.as_bytes(), op.as_bytes()], |row| unsigned(row, 0)).optional()?)
}

/// An event out of `seq, op, at, actor, version, body` from column `first` on.
pub(super) fn event(row: &Row<'_>, first: usize) -> DbResult<Event> {
    let version: u8 = row.get(first + 4)?;
    let bytes = row.get_ref(first + 5)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(Event {
        seq: unsigned(row, first)?,
        op: id(row, first + 1, OpId::from_bytes)?,
        at: Timestamp(row.get(first + 2)?),
        actor: id_or_none(row, first + 3, PersonId::from_bytes)?,
        body: body(version, bytes)?,
    })
}

fn body(version: u8, bytes: &[u8]) -> StoreResult<EventBody> {
    let unreadable = |reason| StoreError::Backend { doing: "reading an event", reason };
    match version {
        BODY_VERSION => {
            Encoding::MessagePack.decode_trusted(bytes).map_err(|error| unreadable(error.to_string()))
        }
        newer => Err(unreadable(format!(
            "its body has version {newer}, which a newer Genlock has written; start that one"
        ))),
    }
}

fn renew_epochs(db: &Connection, draw: &[Epoch]) -> DbResult<()> {
    let mut heads = db.prepare_cached("SELECT channel, epoch FROM heads ORDER BY channel")?;
    let mut renew = db.prepare_cached("UPDATE heads SET epoch = ?2 WHERE channel = ?1")?;
    let rows: Vec<(ChannelId, Epoch)> = heads
        .query_map([], |row| Ok((id(row, 0, ChannelId::from_bytes)?, unsigned(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (index, (channel, epoch)) in rows.into_iter().enumerate() {
        let renewed = draw_epoch(draw, index, epoch)?;
        renew.execute(params![channel.as_bytes(), signed(renewed)?])?;
    }
    // They belong to the old life.
    db.execute("DELETE FROM snapshots", [])?;
    Ok(())
}
