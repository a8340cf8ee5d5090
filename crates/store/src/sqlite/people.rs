//! People, sessions, settings and invites in SQL. Called by [`super::catalog`]. Never sees a token, only hashes.

use super::values::{DbResult, id, word};
use crate::StoreError;
use crate::catalog::{InviteRow, PersonRow, SessionRow};
use protocol::{ChannelId, DisplayName, InviteId, PersonId, PersonKind, Role, Timestamp};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const PERSON: &str = "p.person, p.name, p.kind, p.email, p.password_hash, p.instance_owner, p.created_at";
const INVITE: &str = "invite, token_hash, channel, role, uses_max, uses, expires_at, created_by, revoked";

pub(super) fn has_owner(db: &Connection) -> DbResult<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM people WHERE instance_owner = 1")?.exists([])?)
}

pub(super) fn add(db: &Connection, person: &PersonRow, first_owner: bool) -> DbResult<()> {
    if first_owner && has_owner(db)? {
        return Err(StoreError::Conflict("owner").into());
    }
    if let Some(email) = &person.email {
        refuse_taken(db, email)?;
    }
    db.prepare_cached(
        "INSERT INTO people (person, name, kind, email, password_hash, instance_owner, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        person.person.as_bytes(),
        person.name.as_str(),
        person.kind.as_str(),
        person.email,
        person.password_hash,
        person.instance_owner,
        person.created_at.0
    ])?;
    Ok(())
}

pub(super) fn by_id(db: &Connection, person: PersonId) -> DbResult<Option<PersonRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {PERSON} FROM people p WHERE p.person = ?1"))?;
    Ok(select.query_row([person.as_bytes()], |row| read(row, 0)).optional()?)
}

pub(super) fn by_email(db: &Connection, email: &str) -> DbResult<Option<PersonRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {PERSON} FROM people p WHERE p.email = ?1"))?;
    Ok(select.query_row([email], |row| read(row, 0)).optional()?)
}

pub(super) fn guest_to_user(
    db: &Connection,
    person: PersonId,
    name: &DisplayName,
    email: &str,
    hash: &str,
) -> DbResult<()> {
    let known = by_id(db, person)?;
    if known.is_none_or(|row| row.kind != PersonKind::Guest) {
        return Err(StoreError::NotFound.into());
    }
    refuse_taken(db, email)?;
    db.prepare_cached(
        "UPDATE people SET name = ?2, kind = ?3, email = ?4, password_hash = ?5 WHERE person = ?1",
    )?
    .execute(params![person.as_bytes(), name.as_str(), PersonKind::User.as_str(), email, hash])?;
    Ok(())
}

pub(super) fn set_password(db: &Connection, person: PersonId, hash: &str) -> DbResult<()> {
    let changed = db
        .prepare_cached("UPDATE people SET password_hash = ?2 WHERE person = ?1 AND kind = ?3")?
        .execute(params![person.as_bytes(), hash, PersonKind::User.as_str()])?;
    if changed == 0 {
        return Err(StoreError::NotFound.into());
    }
    db.prepare_cached("DELETE FROM sessions WHERE person = ?1")?.execute([person.as_bytes()])?;
    Ok(())
}

fn refuse_taken(db: &Connection, email: &str) -> DbResult<()> {
    if db.prepare_cached("SELECT 1 FROM people WHERE email = ?1")?.exists([email])? {
        return Err(StoreError::Conflict("email").into());
    }
    Ok(())
}

fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<PersonRow> {
    Ok(PersonRow {
        person: id(row, first, PersonId::from_bytes)?,
        name: name(row, first + 1)?,
        kind: word(row, first + 2, PersonKind::parse)?,
        email: row.get(first + 3)?,
        password_hash: row.get(first + 4)?,
        instance_owner: row.get(first + 5)?,
        created_at: Timestamp(row.get(first + 6)?),
    })
}

/// A stored name. It was checked when it came in.
pub(super) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<DisplayName> {
    let text: String = row.get(column)?;
    DisplayName::parse(&text)
        .map_err(|error| super::values::unreadable(column, FromSqlError::Other(Box::new(error))))
}

pub(super) fn add_session(db: &Connection, session: &SessionRow) -> DbResult<()> {
    db.prepare_cached("INSERT INTO sessions (token_hash, person, created_at, seen_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            session.token_hash,
            session.person.as_bytes(),
            session.created_at.0,
            session.seen_at.0,
            session.expires_at.0
        ])?;
    Ok(())
}

pub(super) fn session(
    db: &Connection,
    token_hash: [u8; 32],
    now: Timestamp,
) -> DbResult<Option<(SessionRow, PersonRow)>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT s.person, s.created_at, s.seen_at, s.expires_at, {PERSON}
         FROM sessions s JOIN people p USING (person) WHERE s.token_hash = ?1 AND s.expires_at > ?2"
    ))?;
    let both = |row: &Row<'_>| {
        let session = SessionRow {
            token_hash,
            person: id(row, 0, PersonId::from_bytes)?,
            created_at: Timestamp(row.get(1)?),
            seen_at: Timestamp(row.get(2)?),
            expires_at: Timestamp(row.get(3)?),
        };
        Ok((session, read(row, 4)?))
    };
    Ok(select.query_row(params![token_hash, now.0], both).optional()?)
}

pub(super) fn touch_session(db: &Connection, token_hash: [u8; 32], seen_at: Timestamp) -> DbResult<()> {
    db.prepare_cached("UPDATE sessions SET seen_at = ?2 WHERE token_hash = ?1 AND seen_at < ?2")?
        .execute(params![token_hash, seen_at.0])?;
    Ok(())
}

pub(super) fn end_session(db: &Connection, token_hash: [u8; 32]) -> DbResult<()> {
    db.prepare_cached("DELETE FROM sessions WHERE token_hash = ?1")?.execute([token_hash])?;
    Ok(())
}

pub(super) fn sweep_sessions(db: &Connection, now: Timestamp) -> DbResult<u64> {
    let swept = db.prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?.execute([now.0])?;
    Ok(swept as u64)
}

pub(super) fn setting(db: &Connection, key: &str) -> DbResult<Option<String>> {
    let mut select = db.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn set_setting(db: &Connection, key: &str, value: Option<&str>) -> DbResult<()> {
    match value {
        Some(value) => db
            .prepare_cached("INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
            .execute([key, value])?,
        None => db.prepare_cached("DELETE FROM settings WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

pub(super) fn add_invite(db: &Connection, invite: &InviteRow) -> DbResult<()> {
    db.prepare_cached(&format!(
        "INSERT INTO invites ({INVITE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    ))?
    .execute(params![
        invite.invite.as_bytes(),
        invite.token_hash,
        invite.channel.as_bytes(),
        invite.role.as_str(),
        invite.uses_max,
        invite.uses,
        invite.expires_at.0,
        invite.created_by.as_bytes(),
        invite.revoked
    ])?;
    Ok(())
}

pub(super) fn invite(db: &Connection, token_hash: [u8; 32]) -> DbResult<Option<InviteRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {INVITE} FROM invites WHERE token_hash = ?1"))?;
    Ok(select.query_row([token_hash], read_invite).optional()?)
}

pub(super) fn invites(db: &Connection, channel: ChannelId) -> DbResult<Vec<InviteRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {INVITE} FROM invites WHERE channel = ?1 AND revoked = 0 ORDER BY serial DESC"
    ))?;
    Ok(select.query_map([channel.as_bytes()], read_invite)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn use_invite(db: &Connection, invite: InviteId, now: Timestamp) -> DbResult<()> {
    let used = db
        .prepare_cached(
            "UPDATE invites SET uses = uses + 1
             WHERE invite = ?1 AND revoked = 0 AND expires_at > ?2 AND (uses_max IS NULL OR uses < uses_max)",
        )?
        .execute(params![invite.as_bytes(), now.0])?;
    if used > 0 {
        return Ok(());
    }
    let mut select = db.prepare_cached("SELECT revoked, expires_at FROM invites WHERE invite = ?1")?;
    let why: Option<(bool, i64)> =
        select.query_row([invite.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Err(match why {
        None => StoreError::NotFound,
        Some((true, _)) => StoreError::Conflict("revoked"),
        Some((_, expires_at)) if expires_at <= now.0 => StoreError::Conflict("expired"),
        Some(_) => StoreError::Conflict("used up"),
    }
    .into())
}

pub(super) fn revoke_invite(db: &Connection, channel: ChannelId, invite: InviteId) -> DbResult<()> {
    let found = db
        .prepare_cached("UPDATE invites SET revoked = 1 WHERE invite = ?1 AND channel = ?2")?
        .execute(params![invite.as_bytes(), channel.as_bytes()])?;
    if found == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

fn read_invite(row: &Row<'_>) -> rusqlite::Result<InviteRow> {
    Ok(InviteRow {
        invite: id(row, 0, InviteId::from_bytes)?,
        token_hash: row.get(1)?,
        channel: id(row, 2, ChannelId::from_bytes)?,
        role: word(row, 3, Role::parse)?,
        uses_max: row.get(4)?,
        uses: row.get(5)?,
        expires_at: Timestamp(row.get(6)?),
        created_by: id(row, 7, PersonId::from_bytes)?,
        revoked: row.get(8)?,
    })
}
