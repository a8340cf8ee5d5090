//! Videos, versions and uploads in SQL. Called by [`super::catalog`] and, for the versions that jobs work on, by
//! [`super::jobs`]. Never touches bytes of media.

use super::jobs;
use super::values::{DbError, DbResult, id, id_or_none, signed, unsigned, word};
use crate::StoreError;
use crate::catalog::{
    AHEAD_KIND, GIVEN_UP_KEEP_MS, SWEEP_MAX, UploadRow, VersionRow, VersionUpdate, VideoRow, is_before,
};
use crate::jobs::NewJob;
use crate::parts::{SAME_SIZE_MAX, UploadWay};
use protocol::rest::VersionState;
use protocol::{ChannelId, PersonId, Timestamp, UploadId, VersionId, VideoId};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use timecode::FrameRate;

const VIDEO: &str = "d.video, d.channel, d.title, d.added_by, d.added_at, d.removed_at";
const VERSION: &str = "v.version, v.video, v.number, v.state, v.filename, v.bytes, v.sha256, v.rate_num, v.rate_den, \
                       v.frames, v.facts, v.plan, v.failure_code, v.failure_detail, v.created_at, v.loudness, v.poster_frame";
/// Columns of [`VERSION`].
const VERSION_COLUMNS: usize = 17;
const UPLOAD: &str =
    "upload, version, channel, person, bytes, offset, metadata, expires_at, complete, way, given_up";
/// Uploads that still take bytes.
const TAKES_BYTES: &str = "complete = 0 AND given_up = 0";
/// Films of channel ?1 that are not removed, failed or cancelled.
const OF_CHANNEL: &str = "d.channel = ?1 AND d.removed_at IS NULL AND v.state NOT IN ('failed', 'cancelled')";
const OLDEST_FIRST: &str = "ORDER BY v.created_at, v.version";

/// Versions with their videos, to be read by [`read_film`].
fn films(condition: &str) -> String {
    format!("SELECT {VERSION}, {VIDEO} FROM versions v JOIN videos d USING (video) WHERE {condition}")
}

pub(super) fn add_upload(
    db: &Connection,
    video: Option<&VideoRow>,
    version: &VersionRow,
    upload: &UploadRow,
) -> DbResult<()> {
    if let Some(video) = video {
        db.prepare_cached("INSERT INTO videos (video, channel, title, added_by, added_at, removed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                video.video.as_bytes(),
                video.channel.as_bytes(),
                video.title,
                video.added_by.as_ref().map(PersonId::as_bytes),
                video.added_at.0,
                video.removed_at.map(|at| at.0)
            ])?;
    }
    let failure = version.failure.as_ref();
    db.prepare_cached(
        "INSERT INTO versions (version, video, number, state, filename, bytes, sha256, rate_num, rate_den, frames,
                               facts, plan, failure_code, failure_detail, created_at, loudness, poster_frame)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?
    .execute(params![
        version.version.as_bytes(),
        version.video.as_bytes(),
        version.number,
        version.state.as_str(),
        version.filename,
        signed(version.bytes)?,
        version.sha256,
        version.rate.map(FrameRate::num),
        version.rate.map(FrameRate::den),
        version.frames,
        version.facts,
        version.plan,
        failure.map(|(code, _)| code),
        failure.map(|(_, detail)| detail),
        version.created_at.0,
        version.loudness,
        version.poster_frame
    ])?;
    db.prepare_cached(&format!(
        "INSERT INTO uploads ({UPLOAD}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?
    .execute(params![
        upload.upload.as_bytes(),
        upload.version.as_bytes(),
        upload.channel.as_bytes(),
        upload.person.as_bytes(),
        signed(upload.bytes)?,
        signed(upload.offset)?,
        upload.metadata,
        upload.expires_at.0,
        upload.complete,
        upload.way.map(UploadWay::as_str),
        upload.given_up
    ])?;
    Ok(())
}

pub(super) fn upload(db: &Connection, upload: UploadId) -> DbResult<Option<UploadRow>> {
    let mut select =
        db.prepare_cached(&format!("SELECT {UPLOAD} FROM uploads WHERE upload = ?1 AND given_up = 0"))?;
    Ok(select.query_row([upload.as_bytes()], read_upload).optional()?)
}

pub(super) fn upload_of(db: &Connection, version: VersionId) -> DbResult<Option<UploadRow>> {
    let mut select =
        db.prepare_cached(&format!("SELECT {UPLOAD} FROM uploads WHERE version = ?1 AND {TAKES_BYTES}"))?;
    Ok(select.query_row([version.as_bytes()], read_upload).optional()?)
}

pub(super) fn upload_needs(db: &Connection, upload: UploadId) -> DbResult<Option<String>> {
    let mut select = db.prepare_cached("SELECT needs FROM uploads WHERE upload = ?1")?;
    Ok(select.query_row([upload.as_bytes()], |row| row.get(0)).optional()?.flatten())
}

/// Keeps which bytes the jobs of a version's upload need, while it is under way.
pub(super) fn keep_needs(db: &Connection, version: VersionId, needs: &str) -> DbResult<()> {
    db.prepare_cached(&format!("UPDATE uploads SET needs = ?2 WHERE version = ?1 AND {TAKES_BYTES}"))?
        .execute(params![version.as_bytes(), needs])?;
    Ok(())
}

pub(super) fn advance_upload(db: &Connection, upload: UploadId, offset: u64) -> DbResult<()> {
    let row = self::upload(db, upload)?.ok_or(StoreError::NotFound)?;
    if offset > row.bytes {
        return Err(StoreError::Conflict("beyond the declared size").into());
    }
    db.prepare_cached("UPDATE uploads SET offset = max(offset, ?2) WHERE upload = ?1")?
        .execute(params![upload.as_bytes(), signed(offset)?])?;
    Ok(())
}

pub(super) fn complete_upload(
    db: &Connection,
    upload: UploadId,
    sha256: [u8; 32],
    enqueue: &[NewJob],
) -> DbResult<bool> {
    let row = self::upload(db, upload)?.ok_or(StoreError::NotFound)?;
    if row.complete {
        return Ok(false);
    }
    db.prepare_cached("UPDATE uploads SET complete = 1, offset = bytes, needs = NULL WHERE upload = ?1")?
        .execute([upload.as_bytes()])?;
    let uploaded = VersionUpdate {
        state: Some(VersionState::Uploaded),
        sha256: Some(sha256),
        ..VersionUpdate::default()
    };
    update_version(db, row.version, &uploaded)?;
    db.prepare_cached(
        "DELETE FROM jobs WHERE version = ?1 AND (state IN ('dead', 'cancelled') OR kind = ?2)",
    )?
    .execute(params![row.version.as_bytes(), AHEAD_KIND])?;
    jobs::enqueue(db, enqueue)?;
    Ok(true)
}

pub(super) fn cancel_upload(db: &Connection, upload: UploadId, now: Timestamp) -> DbResult<()> {
    let row = self::upload(db, upload)?.ok_or(StoreError::NotFound)?;
    if row.complete {
        return Err(StoreError::Conflict("complete").into());
    }
    db.prepare_cached("UPDATE uploads SET given_up = 1, expires_at = ?2 WHERE upload = ?1")?
        .execute(params![upload.as_bytes(), now.plus_ms(GIVEN_UP_KEEP_MS).0])?;
    let cancelled = VersionUpdate { state: Some(VersionState::Cancelled), ..VersionUpdate::default() };
    update_version(db, row.version, &cancelled)?;
    jobs::cancel_version(db, row.version)?;
    Ok(())
}

pub(super) fn forget_upload(db: &Connection, upload: UploadId) -> DbResult<()> {
    // Its parts follow by their foreign key.
    db.prepare_cached("DELETE FROM uploads WHERE upload = ?1 AND given_up = 1")?
        .execute([upload.as_bytes()])?;
    Ok(())
}

/// Another version with this hash in a channel that is not removed, failed or cancelled; the oldest.
pub(super) fn same_bytes(
    db: &Connection,
    channel: ChannelId,
    sha256: [u8; 32],
    than: VersionId,
) -> DbResult<Option<(VersionRow, VideoRow)>> {
    let mut select = db.prepare_cached(&films(&format!(
        "{OF_CHANNEL} AND v.sha256 = ?2 AND v.version <> ?3 {OLDEST_FIRST} LIMIT 1"
    )))?;
    Ok(select.query_row(params![channel.as_bytes(), sha256, than.as_bytes()], read_film).optional()?)
}

/// Versions of a channel by the size of their source; the oldest first.
pub(super) fn same_size(
    db: &Connection,
    channel: ChannelId,
    bytes: u64,
) -> DbResult<Vec<(VersionRow, VideoRow)>> {
    let mut select = db.prepare_cached(&films(&format!(
        "{OF_CHANNEL} AND v.bytes = ?2 AND v.sha256 IS NOT NULL {OLDEST_FIRST} LIMIT {SAME_SIZE_MAX}"
    )))?;
    let found = select.query_map(params![channel.as_bytes(), signed(bytes)?], read_film)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn stale_uploads(db: &Connection, now: Timestamp) -> DbResult<Vec<UploadRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {UPLOAD} FROM uploads WHERE complete = 0 AND expires_at <= ?1 ORDER BY expires_at, upload LIMIT {SWEEP_MAX}"
    ))?;
    Ok(select.query_map([now.0], read_upload)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn source_bytes(db: &Connection) -> DbResult<u64> {
    let mut select = db.prepare_cached(&format!(
        "SELECT coalesce(sum(v.bytes), 0) FROM versions v WHERE v.sha256 IS NOT NULL OR EXISTS
           (SELECT 1 FROM uploads u WHERE u.version = v.version AND {TAKES_BYTES})"
    ))?;
    Ok(select.query_row([], |row| unsigned(row, 0))?)
}

pub(super) fn reserved_bytes(db: &Connection) -> DbResult<u64> {
    let mut select = db.prepare_cached(&format!(
        "SELECT coalesce(sum(bytes - offset), 0) FROM uploads WHERE {TAKES_BYTES}"
    ))?;
    Ok(select.query_row([], |row| unsigned(row, 0))?)
}

pub(super) fn video(db: &Connection, video: VideoId) -> DbResult<Option<(VideoRow, Vec<VersionRow>)>> {
    let mut select = db.prepare_cached(&format!("SELECT {VIDEO} FROM videos d WHERE d.video = ?1"))?;
    let Some(row) = select.query_row([video.as_bytes()], |row| read_video(row, 0)).optional()? else {
        return Ok(None);
    };
    Ok(Some((row, versions_of(db, video)?)))
}

pub(super) fn videos(
    db: &Connection,
    channel: ChannelId,
    after: Option<(Timestamp, VideoId)>,
    limit: u32,
) -> DbResult<Vec<(VideoRow, Vec<VersionRow>)>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {VIDEO} FROM videos d WHERE d.channel = ?1 AND d.removed_at IS NULL
           AND (?2 IS NULL OR (d.added_at, d.video) < (?2, ?3))
         ORDER BY d.added_at DESC, d.video DESC LIMIT ?4"
    ))?;
    let (at, last) = (after.map(|cursor| cursor.0.0), after.map(|cursor| *cursor.1.as_bytes()));
    let rows: Vec<VideoRow> = select
        .query_map(params![channel.as_bytes(), at, last, limit], |row| read_video(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter().map(|row| Ok((row.clone(), versions_of(db, row.video)?))).collect()
}

fn versions_of(db: &Connection, video: VideoId) -> DbResult<Vec<VersionRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {VERSION} FROM versions v WHERE v.video = ?1 ORDER BY v.number DESC"
    ))?;
    Ok(select.query_map([video.as_bytes()], |row| read_version(row, 0))?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn version(db: &Connection, version: VersionId) -> DbResult<Option<(VersionRow, VideoRow)>> {
    let mut select = db.prepare_cached(&films("v.version = ?1"))?;
    Ok(select.query_row([version.as_bytes()], read_film).optional()?)
}

/// Changes a version; false if there is none.
pub(super) fn update_version(db: &Connection, version: VersionId, update: &VersionUpdate) -> DbResult<bool> {
    let state = match update.state {
        Some(to) if is_before(to, state_of(db, version)?.unwrap_or(to)) => None,
        state => state,
    };
    let clears = update.failure == Some(None);
    let failure = update.failure.as_ref().and_then(Option::as_ref);
    let changed = db
        .prepare_cached(
            "UPDATE versions SET state = coalesce(?2, state), sha256 = coalesce(?3, sha256),
                    rate_num = coalesce(?4, rate_num), rate_den = coalesce(?5, rate_den), frames = coalesce(?6, frames),
                    facts = coalesce(?7, facts), plan = coalesce(?8, plan),
                    failure_code = iif(?9, NULL, coalesce(?10, failure_code)),
                    failure_detail = iif(?9, NULL, coalesce(?11, failure_detail)),
                    loudness = coalesce(?12, loudness), poster_frame = coalesce(?13, poster_frame)
             WHERE version = ?1",
        )?
        .execute(params![
            version.as_bytes(),
            state.map(VersionState::as_str),
            update.sha256,
            update.grid.map(|(rate, _)| rate.num()),
            update.grid.map(|(rate, _)| rate.den()),
            update.grid.map(|(_, frames)| frames),
            update.facts,
            update.plan,
            clears,
            failure.map(|(code, _)| code),
            failure.map(|(_, detail)| detail),
            update.loudness,
            update.poster_frame
        ])?;
    if let Some(captions) = update.captions.as_ref().filter(|_| changed > 0) {
        match super::captions::add(db, captions) {
            Err(DbError::Store(StoreError::Conflict(_))) => {}
            other => other?,
        }
    }
    Ok(changed > 0)
}

pub(super) fn state_of(db: &Connection, version: VersionId) -> DbResult<Option<VersionState>> {
    let mut select = db.prepare_cached("SELECT state FROM versions WHERE version = ?1")?;
    Ok(select.query_row([version.as_bytes()], |row| word(row, 0, VersionState::parse)).optional()?)
}

/// Marks a version failed, unless it is ready or was cancelled.
pub(super) fn fail_version(db: &Connection, version: VersionId, code: u16, detail: &str) -> DbResult<()> {
    db.prepare_cached(
        "UPDATE versions SET state = ?2, failure_code = ?3, failure_detail = ?4 WHERE version = ?1 AND state NOT IN (?5, ?6)",
    )?
    .execute(params![
        version.as_bytes(),
        VersionState::Failed.as_str(),
        code,
        detail,
        VersionState::Ready.as_str(),
        VersionState::Cancelled.as_str()
    ])?;
    Ok(())
}

/// Sets a failed version back to processing.
pub(super) fn revive_version(db: &Connection, version: VersionId) -> DbResult<()> {
    db.prepare_cached(
        "UPDATE versions SET state = ?2, failure_code = NULL, failure_detail = NULL WHERE version = ?1 AND state = ?3",
    )?
    .execute(params![version.as_bytes(), VersionState::Processing.as_str(), VersionState::Failed.as_str()])?;
    Ok(())
}

pub(super) fn rename(db: &Connection, video: VideoId, title: &str) -> DbResult<()> {
    let changed = db
        .prepare_cached("UPDATE videos SET title = ?2 WHERE video = ?1")?
        .execute(params![video.as_bytes(), title])?;
    if changed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

pub(super) fn remove(db: &Connection, video: VideoId, removed_at: Option<Timestamp>) -> DbResult<()> {
    let changed = db
        .prepare_cached("UPDATE videos SET removed_at = ?2 WHERE video = ?1")?
        .execute(params![video.as_bytes(), removed_at.map(|at| at.0)])?;
    if changed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

pub(super) fn removed(db: &Connection, before: Timestamp) -> DbResult<Vec<VideoRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {VIDEO} FROM videos d WHERE d.removed_at < ?1 ORDER BY d.removed_at, d.video LIMIT {SWEEP_MAX}"
    ))?;
    Ok(select.query_map([before.0], |row| read_video(row, 0))?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn purge(db: &Connection, video: VideoId) -> DbResult<()> {
    db.prepare_cached("DELETE FROM jobs WHERE version IN (SELECT version FROM versions WHERE video = ?1)")?
        .execute([video.as_bytes()])?;
    // Versions and uploads follow by their foreign keys.
    db.prepare_cached("DELETE FROM videos WHERE video = ?1")?.execute([video.as_bytes()])?;
    Ok(())
}

fn read_video(row: &Row<'_>, first: usize) -> rusqlite::Result<VideoRow> {
    Ok(VideoRow {
        video: id(row, first, VideoId::from_bytes)?,
        channel: id(row, first + 1, ChannelId::from_bytes)?,
        title: row.get(first + 2)?,
        added_by: id_or_none(row, first + 3, PersonId::from_bytes)?,
        added_at: Timestamp(row.get(first + 4)?),
        removed_at: row.get::<_, Option<i64>>(first + 5)?.map(Timestamp),
    })
}

fn read_version(row: &Row<'_>, first: usize) -> rusqlite::Result<VersionRow> {
    let fraction: Option<(u32, u32)> =
        row.get::<_, Option<u32>>(first + 7)?.zip(row.get::<_, Option<u32>>(first + 8)?);
    let rate = fraction.map(|(num, den)| FrameRate::new(num, den)).transpose();
    let failure: Option<(u16, String)> =
        row.get::<_, Option<u16>>(first + 12)?.zip(row.get::<_, Option<String>>(first + 13)?);
    Ok(VersionRow {
        version: id(row, first, VersionId::from_bytes)?,
        video: id(row, first + 1, VideoId::from_bytes)?,
        number: row.get(first + 2)?,
        state: word(row, first + 3, VersionState::parse)?,
        filename: row.get(first + 4)?,
        bytes: unsigned(row, first + 5)?,
        sha256: row.get(first + 6)?,
        rate: rate
            .map_err(|error| super::values::unreadable(first + 7, FromSqlError::Other(Box::new(error))))?,
        frames: row.get(first + 9)?,
        facts: row.get(first + 10)?,
        plan: row.get(first + 11)?,
        failure,
        created_at: Timestamp(row.get(first + 14)?),
        loudness: row.get(first + 15)?,
        poster_frame: row.get(first + 16)?,
    })
}

/// A version with its video.
fn read_film(row: &Row<'_>) -> rusqlite::Result<(VersionRow, VideoRow)> {
    Ok((read_version(row, 0)?, read_video(row, VERSION_COLUMNS)?))
}

fn read_upload(row: &Row<'_>) -> rusqlite::Result<UploadRow> {
    Ok(UploadRow {
        upload: id(row, 0, UploadId::from_bytes)?,
        version: id(row, 1, VersionId::from_bytes)?,
        channel: id(row, 2, ChannelId::from_bytes)?,
        person: id(row, 3, PersonId::from_bytes)?,
        bytes: unsigned(row, 4)?,
        offset: unsigned(row, 5)?,
        metadata: row.get(6)?,
        expires_at: Timestamp(row.get(7)?),
        complete: row.get(8)?,
        way: row.get::<_, Option<String>>(9)?.as_deref().and_then(UploadWay::parse),
        given_up: row.get(10)?,
    })
}
