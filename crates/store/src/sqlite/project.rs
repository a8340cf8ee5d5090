//! From events to derived rows: channel cards, members, messages. Called by the append in the event's transaction,
//! and by the rebuild, so that both give the same rows. Never reads anything but the event and derived rows.

use super::event_log::event;
use super::values::{DbResult, id, signed};
use protocol::event::{ChannelCreated, MemberJoined, MessageSent, TimelineSet};
use protocol::{ChannelId, Event, EventBody, PersonId, PersonKind, Role, VersionId};
use rusqlite::{Connection, params};

/// Writes what one event changes.
pub(super) fn apply(db: &Connection, channel: ChannelId, event: &Event) -> DbResult<()> {
    let key = channel.as_bytes();
    match &event.body {
        EventBody::ChannelCreated(created) => create(db, channel, event, created)?,
        EventBody::ChannelUpdated(updated) => {
            db.prepare_cached("UPDATE channels SET name = ?2, visibility = ?3 WHERE channel = ?1")?
                .execute(params![key, updated.name, updated.visibility.as_str()])?;
        }
        EventBody::MemberJoined(joined) => join(db, channel, event, joined)?,
        EventBody::MemberRemoved(removed) => {
            let gone = db
                .prepare_cached("DELETE FROM members WHERE channel = ?1 AND person = ?2")?
                .execute(params![key, removed.person.as_bytes()])?;
            if gone > 0 {
                db.prepare_cached("UPDATE channels SET members = members - 1 WHERE channel = ?1")?
                    .execute([key])?;
            }
        }
        EventBody::MemberRoleSet(set) => {
            db.prepare_cached("UPDATE members SET role = ?3 WHERE channel = ?1 AND person = ?2")?
                .execute(params![key, set.person.as_bytes(), set.role.as_str()])?;
        }
        EventBody::MessageSent(sent) => message(db, channel, event, sent)?,
        EventBody::TimelineSet(set) => timeline(db, channel, set)?,
        EventBody::VideoRemoved(removed) => {
            db.prepare_cached(
                "UPDATE channels SET playing_video = NULL, playing_version = NULL, playing_moves = 0
                 WHERE channel = ?1 AND playing_video = ?2",
            )?
            .execute(params![key, removed.video.as_bytes()])?;
        }
        EventBody::ChannelDeleted(set) => {
            db.prepare_cached(
                "UPDATE channels SET deleted_at = iif(?2, coalesce(deleted_at, ?3), NULL) WHERE channel = ?1",
            )?
            .execute(params![key, set.deleted, event.at.0])?;
        }
        // The room's own business, or erased; nothing is looked up by it.
        EventBody::QueueAdded(_)
        | EventBody::QueueRemoved(_)
        | EventBody::QueueMoved(_)
        | EventBody::ControlModeSet(_)
        | EventBody::PatienceChanged(_)
        | EventBody::VideoUpdated(_)
        | EventBody::Erased(_) => {}
    }
    Ok(())
}

/// Drops and refolds every derived row, in the caller's transaction.
pub(super) fn rebuild(db: &Connection) -> DbResult<()> {
    db.execute_batch("DELETE FROM channels; DELETE FROM members; DELETE FROM messages")?;
    let mut select = db.prepare_cached(
        "SELECT channel, seq, op, at, actor, version, body FROM events ORDER BY channel, seq",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        apply(db, id(row, 0, ChannelId::from_bytes)?, &event(row, 1)?)?;
    }
    Ok(())
}

fn create(db: &Connection, channel: ChannelId, event: &Event, created: &ChannelCreated) -> DbResult<()> {
    db.prepare_cached(
        "INSERT INTO channels (channel, name, visibility, members, created_at) VALUES (?1, ?2, ?3, 0, ?4)
         ON CONFLICT (channel) DO UPDATE SET name = excluded.name, visibility = excluded.visibility",
    )?
    .execute(params![channel.as_bytes(), created.name, created.visibility.as_str(), event.at.0])?;
    let owner = MemberJoined {
        person: created.owner,
        name: created.owner_name.clone(),
        // Only users own channels.
        kind: PersonKind::User,
        role: Role::Owner,
    };
    join(db, channel, event, &owner)
}

fn join(db: &Connection, channel: ChannelId, event: &Event, joined: &MemberJoined) -> DbResult<()> {
    let key = channel.as_bytes();
    // Who is in already keeps the day they came.
    let known = db
        .prepare_cached(
            "UPDATE members SET name = ?3, kind = ?4, role = ?5 WHERE channel = ?1 AND person = ?2",
        )?
        .execute(params![
            key,
            joined.person.as_bytes(),
            joined.name.as_str(),
            joined.kind.as_str(),
            joined.role.as_str()
        ])?;
    if known > 0 {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO members (channel, person, name, kind, role, joined_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        key,
        joined.person.as_bytes(),
        joined.name.as_str(),
        joined.kind.as_str(),
        joined.role.as_str(),
        event.at.0
    ])?;
    db.prepare_cached("UPDATE channels SET members = members + 1 WHERE channel = ?1")?.execute([key])?;
    Ok(())
}

fn message(db: &Connection, channel: ChannelId, event: &Event, sent: &MessageSent) -> DbResult<()> {
    // The room takes messages from people only; one without an author has nobody to be shown as.
    let Some(author) = &event.actor else { return Ok(()) };
    db.prepare_cached(
        "INSERT INTO messages (channel, seq, op, at, author, text, version, frame) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        channel.as_bytes(),
        signed(event.seq)?,
        event.op.as_bytes(),
        event.at.0,
        PersonId::as_bytes(author),
        sent.text,
        sent.at.as_ref().map(|frame| VersionId::as_bytes(&frame.version)),
        sent.at.as_ref().map(|frame| frame.frame),
    ])?;
    Ok(())
}

fn timeline(db: &Connection, channel: ChannelId, set: &TimelineSet) -> DbResult<()> {
    let video = set.timeline.video.as_ref();
    db.prepare_cached(
        "UPDATE channels SET playing_video = ?2, playing_version = ?3, playing_moves = ?4
         WHERE channel = ?1 AND (playing_version IS NOT ?3 OR playing_moves <> ?4)",
    )?
    .execute(params![
        channel.as_bytes(),
        video.map(|shown| shown.video.as_bytes()),
        video.map(|shown| shown.version.as_bytes()),
        set.timeline.playing && video.is_some(),
    ])?;
    Ok(())
}
