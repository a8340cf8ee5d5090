//! Channel cards, members and messages as lists: reads of derived tables. Called by [`super::catalog`]. Never
//! writes; [`super::project`] does.

use super::people::name;
use super::values::{DbResult, id, id_or_none, seq_or_end, unsigned, word};
use crate::catalog::{ChannelRow, MemberRow, SWEEP_MAX};
use protocol::command::FrameRef;
use protocol::rest::{MessageView, PersonView};
use protocol::{ChannelId, OpId, PersonId, PersonKind, Role, Seq, Timestamp, VersionId, Visibility};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// Columns of a card; the head's row gives the last activity.
const CARD: &str = "c.channel, c.name, c.visibility, c.members, c.playing_version, c.playing_moves, c.created_at, h.last_at, c.deleted_at";

pub(super) fn channel(db: &Connection, channel: ChannelId) -> DbResult<Option<ChannelRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CARD} FROM channels c JOIN heads h USING (channel) WHERE c.channel = ?1"
    ))?;
    Ok(select.query_row([channel.as_bytes()], card).optional()?)
}

pub(super) fn channels_of(db: &Connection, person: PersonId) -> DbResult<Vec<(ChannelRow, Role)>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CARD}, m.role FROM members m JOIN channels c USING (channel) JOIN heads h USING (channel)
         WHERE m.person = ?1 AND c.deleted_at IS NULL ORDER BY h.last_at DESC, c.channel DESC"
    ))?;
    let both = |row: &Row<'_>| Ok((card(row)?, word(row, 9, Role::parse)?));
    Ok(select.query_map([person.as_bytes()], both)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn public_channels(
    db: &Connection,
    not_of: PersonId,
    after: Option<(Timestamp, ChannelId)>,
    limit: u32,
) -> DbResult<Vec<ChannelRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CARD} FROM channels c JOIN heads h USING (channel)
         WHERE c.visibility = ?1 AND c.deleted_at IS NULL AND (?2 IS NULL OR (h.last_at, c.channel) < (?2, ?3))
           AND NOT EXISTS (SELECT 1 FROM members m WHERE m.channel = c.channel AND m.person = ?4)
         ORDER BY h.last_at DESC, c.channel DESC LIMIT ?5"
    ))?;
    let (at, last) = (after.map(|cursor| cursor.0.0), after.map(|cursor| *cursor.1.as_bytes()));
    let rows =
        select.query_map(params![Visibility::Public.as_str(), at, last, not_of.as_bytes(), limit], card)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn deleted_of(db: &Connection, owner: PersonId) -> DbResult<Vec<ChannelRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {CARD} FROM channels c JOIN heads h USING (channel) JOIN members m USING (channel)
         WHERE c.deleted_at IS NOT NULL AND m.person = ?1 AND m.role = ?2
         ORDER BY c.deleted_at DESC, c.channel LIMIT {SWEEP_MAX}"
    ))?;
    let rows = select.query_map(params![owner.as_bytes(), Role::Owner.as_str()], card)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn role(db: &Connection, channel: ChannelId, person: PersonId) -> DbResult<Option<Role>> {
    let mut select = db.prepare_cached("SELECT role FROM members WHERE channel = ?1 AND person = ?2")?;
    let found =
        select.query_row(params![channel.as_bytes(), person.as_bytes()], |row| word(row, 0, Role::parse));
    Ok(found.optional()?)
}

pub(super) fn members(db: &Connection, channel: ChannelId) -> DbResult<Vec<MemberRow>> {
    let mut select =
        db.prepare_cached("SELECT person, name, kind, role, joined_at FROM members WHERE channel = ?1")?;
    let read = |row: &Row<'_>| {
        Ok(MemberRow {
            person: id(row, 0, PersonId::from_bytes)?,
            name: name(row, 1)?,
            kind: word(row, 2, PersonKind::parse)?,
            role: word(row, 3, Role::parse)?,
            joined_at: Timestamp(row.get(4)?),
        })
    };
    let mut members: Vec<MemberRow> =
        select.query_map([channel.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?;
    members.sort_by(MemberRow::by_role_then_name);
    Ok(members)
}

pub(super) fn messages(
    db: &Connection,
    channel: ChannelId,
    before: Option<Seq>,
    limit: u32,
) -> DbResult<(Vec<MessageView>, bool)> {
    // Names are the present ones; of people who are not known any more the one they were a member with.
    let mut select = db.prepare_cached(
        "SELECT m.op, m.seq, m.at, m.author, coalesce(p.name, b.name, ?4), coalesce(p.kind, b.kind, ?5), m.text, m.version, m.frame
         FROM messages m LEFT JOIN people p ON p.person = m.author
         LEFT JOIN members b ON b.channel = m.channel AND b.person = m.author
         WHERE m.channel = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3",
    )?;
    let end = before.map_or(i64::MAX, seq_or_end);
    // One more than asked for tells whether there are older ones.
    let rows = select.query_map(
        params![
            channel.as_bytes(),
            end,
            i64::from(limit) + 1,
            crate::catalog::NAME_UNKNOWN,
            PersonKind::Guest.as_str()
        ],
        message,
    )?;
    let mut messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = messages.len() > limit as usize;
    messages.truncate(limit as usize);
    messages.reverse();
    Ok((messages, more))
}

fn card(row: &Row<'_>) -> rusqlite::Result<ChannelRow> {
    let moves: bool = row.get(5)?;
    Ok(ChannelRow {
        channel: id(row, 0, ChannelId::from_bytes)?,
        name: row.get(1)?,
        visibility: word(row, 2, Visibility::parse)?,
        members: row.get(3)?,
        playing: id_or_none(row, 4, VersionId::from_bytes)?.map(|version| (version, moves)),
        created_at: Timestamp(row.get(6)?),
        active_at: Timestamp(row.get(7)?),
        deleted_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
    })
}

fn message(row: &Row<'_>) -> rusqlite::Result<MessageView> {
    let frame: Option<i64> = row.get(8)?;
    Ok(MessageView {
        op: id(row, 0, OpId::from_bytes)?,
        seq: unsigned(row, 1)?,
        at: Timestamp(row.get(2)?),
        author: PersonView {
            person: id(row, 3, PersonId::from_bytes)?,
            name: row.get(4)?,
            kind: word(row, 5, PersonKind::parse)?,
        },
        text: row.get(6)?,
        frame: id_or_none(row, 7, VersionId::from_bytes)?
            .zip(frame)
            .map(|(version, frame)| FrameRef { version, frame }),
    })
}
