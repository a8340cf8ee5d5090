//! Jobs in SQL: claim, renew, finish, fail, retry. Called by runners through [`Jobs`], and by the catalog for jobs
//! that begin with an upload. Every write of a runner is guarded by the token of its claim.

use super::Sqlite;
use super::values::{DbResult, id, id_or_none, signed, unreadable, unsigned};
use super::videos;
use crate::jobs::{
    ATTEMPTS_MAX, Completion, JobDone, JobFailure, JobRow, JobState, Jobs, LEASE_MS, LIST_MAX, NewJob,
    WEIGHT_ALONE,
};
use crate::parts::takes_bytes;
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::{Code, JobId, Timestamp, UploadId, VersionId};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const JOB: &str = "job, kind, version, key, spec, priority, weight, run_at, after_kinds, state, attempts, token, \
                   lease_until, runner, reason, code, faults";
/// Slots a job takes when claimed ([`JobRow::weight`]); an expired claim counts as vanished already.
const WEIGHT: &str = "(CASE WHEN attempts > faults THEN 4294967295 ELSE weight END)";
/// Every other job of its version that it waits for is done.
const DEPENDENCIES_DONE: &str = "(j.after_kinds = '[]' OR NOT EXISTS (
    SELECT 1 FROM jobs d WHERE d.version IS j.version AND d.job <> j.job
       AND d.state IN ('waiting', 'running', 'dead', 'cancelled')
       AND d.kind IN (SELECT value FROM json_each(j.after_kinds))))";

#[async_trait]
impl Jobs for Sqlite {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> StoreResult<()> {
        self.writer.write("enqueuing jobs", 1, move |db| enqueue(db, &jobs)).await
    }

    async fn enqueue_ahead(&self, upload: UploadId, jobs: Vec<NewJob>) -> StoreResult<bool> {
        self.writer.write("enqueuing jobs ahead", 1, move |db| enqueue_ahead(db, upload, &jobs)).await
    }

    async fn claim(&self, runner: &str, weight_max: u32, now: Timestamp) -> StoreResult<Option<JobRow>> {
        let runner = runner.to_owned();
        self.writer.write("claiming a job", 1, move |db| claim(db, &runner, weight_max, now)).await
    }

    async fn renew(&self, job: JobId, token: u64, now: Timestamp) -> StoreResult<bool> {
        self.writer
            .write("renewing a lease", 1, move |db| {
                let renewed = db
                    .prepare_cached("UPDATE jobs SET lease_until = ?3 WHERE job = ?1 AND token = ?2 AND state = 'running'")?
                    .execute(params![job.as_bytes(), signed(token)?, now.plus_ms(LEASE_MS).0])?;
                Ok(renewed > 0)
            })
            .await
    }

    async fn complete(&self, job: JobId, token: u64, done: JobDone) -> StoreResult<Completion> {
        self.writer.write("finishing a job", 1, move |db| complete(db, job, token, &done)).await
    }

    async fn fail(&self, job: JobId, token: u64, failure: JobFailure) -> StoreResult<bool> {
        self.writer.write("noting a failed try", 1, move |db| fail(db, job, token, &failure)).await
    }

    async fn release(&self, job: JobId, token: u64) -> StoreResult<()> {
        self.writer
            .write("giving up a claim", 1, move |db| {
                db.prepare_cached(
                    "UPDATE jobs SET state = 'waiting', attempts = max(attempts - 1, 0), lease_until = NULL
                     WHERE job = ?1 AND token = ?2 AND state = 'running'",
                )?
                .execute(params![job.as_bytes(), signed(token)?])?;
                Ok(())
            })
            .await
    }

    async fn expire_runner(&self, runner: &str) -> StoreResult<u64> {
        let runner = runner.to_owned();
        self.writer
            .write("ending leases", 1, move |db| {
                let expired = db
                    .prepare_cached(
                        "UPDATE jobs SET lease_until = 0 WHERE state = 'running' AND runner = ?1",
                    )?
                    .execute([runner])?;
                Ok(expired as u64)
            })
            .await
    }

    async fn raise(&self, version: VersionId, key: &str, priority: i64) -> StoreResult<bool> {
        let key = key.to_owned();
        self.writer
            .write("raising a job", 1, move |db| {
                // Segment requests repeat: raising again what is raised writes nothing.
                let mut select = db.prepare_cached(
                    "SELECT serial, priority FROM jobs WHERE ifnull(version, x'') = ?1 AND key = ?2 AND state = 'waiting'",
                )?;
                let found: Option<(i64, i64)> = select
                    .query_row(params![version.as_bytes(), key], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                if let Some((serial, _)) = found.filter(|(_, present)| *present < priority) {
                    db.prepare_cached("UPDATE jobs SET priority = ?2 WHERE serial = ?1")?.execute([serial, priority])?;
                }
                Ok(found.is_some())
            })
            .await
    }

    async fn cancel_version(&self, version: VersionId) -> StoreResult<u64> {
        self.writer.write("cancelling jobs", 1, move |db| cancel_version(db, version)).await
    }

    async fn retry(&self, job: JobId, now: Timestamp) -> StoreResult<()> {
        self.writer.write("trying a job again", 1, move |db| retry(db, job, now)).await
    }

    async fn job(&self, job: JobId) -> StoreResult<Option<JobRow>> {
        self.readers.read("reading a job", move |db| by_id(db, job)).await
    }

    async fn jobs_of(&self, version: VersionId) -> StoreResult<Vec<JobRow>> {
        self.readers
            .read("reading jobs", move |db| {
                let mut select =
                    db.prepare_cached(&format!("SELECT {JOB} FROM jobs WHERE version = ?1 ORDER BY serial"))?;
                Ok(select.query_map([version.as_bytes()], read)?.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    async fn list(
        &self,
        state: Option<JobState>,
        before: Option<JobId>,
        limit: u32,
    ) -> StoreResult<Vec<JobRow>> {
        self.readers
            .read("listing jobs", move |db| {
                let mut select = db.prepare_cached(&format!(
                    "SELECT {JOB} FROM jobs WHERE (?1 IS NULL OR state = ?1)
                       AND (?2 IS NULL OR serial < (SELECT serial FROM jobs WHERE job = ?2))
                     ORDER BY serial DESC LIMIT ?3"
                ))?;
                Ok(select
                    .query_map(
                        params![
                            state.map(state_text),
                            before.as_ref().map(JobId::as_bytes),
                            limit.min(LIST_MAX)
                        ],
                        read,
                    )?
                    .collect::<rusqlite::Result<_>>()?)
            })
            .await
    }

    async fn counts(&self) -> StoreResult<Vec<(JobState, u64)>> {
        self.readers
            .read("counting jobs", |db| {
                let mut select =
                    db.prepare_cached("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state")?;
                let counted = select.query_map([], |row| {
                    let state = row.get_ref(0)?.as_str().map_err(|error| unreadable(0, error))?;
                    let state = state_of(state).ok_or_else(|| unreadable(0, FromSqlError::InvalidType))?;
                    Ok((state, unsigned(row, 1)?))
                })?;
                Ok(counted.collect::<rusqlite::Result<_>>()?)
            })
            .await
    }
}

/// Enqueues; what has the same version and key as a job that exists is left out.
pub(super) fn enqueue(db: &Connection, jobs: &[NewJob]) -> DbResult<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO jobs (job, kind, version, key, spec, priority, weight, run_at, after_kinds, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'waiting') ON CONFLICT DO NOTHING",
    )?;
    for job in jobs {
        let after_kinds = serde_json::to_string(&job.after_kinds).expect("a list of texts always encodes");
        insert.execute(params![
            job.job.as_bytes(),
            job.kind,
            job.version.as_ref().map(VersionId::as_bytes),
            job.key,
            job.spec,
            job.priority,
            job.weight,
            job.run_at.0,
            after_kinds
        ])?;
    }
    Ok(())
}

fn enqueue_ahead(db: &Connection, upload: UploadId, jobs: &[NewJob]) -> DbResult<bool> {
    let is_open = videos::upload(db, upload)?.is_some_and(|row| takes_bytes(&row));
    if is_open {
        enqueue(db, jobs)?;
    }
    Ok(is_open)
}

pub(super) fn cancel_version(db: &Connection, version: VersionId) -> DbResult<u64> {
    let cancelled = db
        .prepare_cached(
            "UPDATE jobs SET state = 'cancelled', lease_until = NULL, cancelled_by = NULL
             WHERE version = ?1 AND state IN ('waiting', 'running', 'dead')",
        )?
        .execute([version.as_bytes()])?;
    // Those that a dead job took along stay cancelled for good now.
    db.prepare_cached("UPDATE jobs SET cancelled_by = NULL WHERE version = ?1")?
        .execute([version.as_bytes()])?;
    Ok(cancelled as u64)
}

fn claim(db: &Connection, runner: &str, weight_max: u32, now: Timestamp) -> DbResult<Option<JobRow>> {
    bury_exhausted(db, now)?;
    let mut candidates: Vec<(i64, i64, i64, bool)> = Vec::with_capacity(4);
    // The most urgent that fits, and the most urgent of those that run alone.
    for (compared, slots) in [("<=", weight_max), ("=", WEIGHT_ALONE)] {
        let mut waiting = db.prepare_cached(&format!(
            "SELECT serial, priority, run_at, {WEIGHT} <= ?3 FROM jobs j WHERE state = 'waiting' AND run_at <= ?1
               AND {WEIGHT} {compared} ?2 AND {DEPENDENCIES_DONE} ORDER BY priority DESC, run_at, serial LIMIT 1"
        ))?;
        let mut expired = db.prepare_cached(&format!(
            "SELECT serial, priority, run_at, {WEIGHT} <= ?3 FROM jobs WHERE state = 'running' AND lease_until <= ?1
               AND {WEIGHT} {compared} ?2 ORDER BY priority DESC, run_at, serial LIMIT 1"
        ))?;
        for select in [&mut waiting, &mut expired] {
            let found = select.query_row(params![now.0, slots, weight_max], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            });
            candidates.extend(found.optional()?);
        }
    }
    let most_urgent =
        candidates.into_iter().min_by_key(|(serial, priority, run_at, _)| (-priority, *run_at, *serial));
    let Some((serial, .., true)) = most_urgent else { return Ok(None) };
    let mut take = db.prepare_cached(&format!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, token = token + 1, lease_until = ?2, runner = ?3
         WHERE serial = ?1 RETURNING {JOB}"
    ))?;
    Ok(Some(take.query_row(params![serial, now.plus_ms(LEASE_MS).0, runner], read)?))
}

/// Jobs whose last permitted claim has run out are dead.
fn bury_exhausted(db: &Connection, now: Timestamp) -> DbResult<()> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {JOB} FROM jobs
         WHERE state = 'running' AND lease_until <= ?1 AND attempts - faults >= {ATTEMPTS_MAX}"
    ))?;
    let exhausted: Vec<JobRow> = select.query_map([now.0], read)?.collect::<rusqlite::Result<_>>()?;
    for job in exhausted {
        let detail = JobRow::vanished(job.vanished_claims());
        bury(db, &job.new, Code::EncodingFailed.number(), &detail)?;
    }
    Ok(())
}

/// Gives a job up: its version fails, and the version's other jobs are cancelled with it.
fn bury(db: &Connection, job: &NewJob, code: u16, detail: &str) -> DbResult<()> {
    db.prepare_cached(
        "UPDATE jobs SET state = 'dead', lease_until = NULL, reason = ?2, code = ?3 WHERE job = ?1",
    )?
    .execute(params![job.job.as_bytes(), detail, code])?;
    let Some(version) = job.version else { return Ok(()) };
    if videos::upload_of(db, version)?.is_some() {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE jobs SET state = 'cancelled', lease_until = NULL, cancelled_by = ?2
         WHERE version = ?1 AND state IN ('waiting', 'running')",
    )?
    .execute(params![version.as_bytes(), job.job.as_bytes()])?;
    videos::fail_version(db, version, code, detail)
}

/// The job, if the claim with this token still holds.
fn held(db: &Connection, job: JobId, token: u64) -> DbResult<Option<JobRow>> {
    Ok(by_id(db, job)?.filter(|row| row.state == JobState::Running && row.token == token))
}

fn complete(db: &Connection, job: JobId, token: u64, done: &JobDone) -> DbResult<Completion> {
    let Some(row) = held(db, job, token)? else { return Ok(Completion::Lost) };
    db.prepare_cached(
        "UPDATE jobs SET state = 'done', lease_until = NULL, reason = NULL, code = NULL WHERE job = ?1",
    )?
    .execute([job.as_bytes()])?;
    let mut advanced = false;
    if let (Some(version), Some(update)) = (row.new.version, &done.version) {
        // A version that was purged meanwhile needs no news.
        let before = videos::state_of(db, version)?;
        videos::update_version(db, version, update)?;
        advanced = videos::state_of(db, version)? != before;
    }
    if let Some(version) = row.new.version {
        if done.anew {
            db.prepare_cached("DELETE FROM jobs WHERE version = ?1 AND job <> ?2")?
                .execute(params![version.as_bytes(), job.as_bytes()])?;
        }
        if let Some(needs) = &done.needs {
            videos::keep_needs(db, version, needs)?;
        }
    }
    enqueue(db, &done.enqueue)?;
    Ok(Completion::of(advanced))
}

fn fail(db: &Connection, job: JobId, token: u64, failure: &JobFailure) -> DbResult<bool> {
    let Some(row) = held(db, job, token)? else { return Ok(false) };
    match failure {
        JobFailure::BadInput { code, detail } => bury(db, &row.new, *code, detail)?,
        JobFailure::Retry { code, detail, tries_max, .. } if row.faults + 1 >= *tries_max => {
            bury(db, &row.new, *code, detail)?
        }
        JobFailure::Retry { code, detail, run_at, alone, .. } => {
            let weight = if *alone { WEIGHT_ALONE } else { row.new.weight };
            db.prepare_cached(
                "UPDATE jobs SET state = 'waiting', lease_until = NULL, run_at = ?2, reason = ?3, code = ?4,
                        faults = faults + 1, weight = ?5
                 WHERE job = ?1",
            )?
            .execute(params![job.as_bytes(), run_at.0, detail, code, weight])?;
        }
    }
    Ok(true)
}

fn retry(db: &Connection, job: JobId, now: Timestamp) -> DbResult<()> {
    let row = by_id(db, job)?.ok_or(StoreError::NotFound)?;
    if row.state != JobState::Dead {
        return Err(StoreError::Conflict("not dead").into());
    }
    db.prepare_cached(
        "UPDATE jobs SET state = 'waiting', attempts = 0, faults = 0, run_at = ?2, reason = NULL, code = NULL, cancelled_by = NULL
         WHERE job = ?1 OR (cancelled_by = ?1 AND state = 'cancelled')",
    )?
    .execute(params![job.as_bytes(), now.0])?;
    if let Some(version) = row.new.version {
        videos::revive_version(db, version)?;
    }
    Ok(())
}

fn by_id(db: &Connection, job: JobId) -> DbResult<Option<JobRow>> {
    let mut select = db.prepare_cached(&format!("SELECT {JOB} FROM jobs WHERE job = ?1"))?;
    Ok(select.query_row([job.as_bytes()], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let after_kinds = row.get_ref(8)?.as_str().map_err(|error| unreadable(8, error))?;
    let state = row.get_ref(9)?.as_str().map_err(|error| unreadable(9, error))?;
    Ok(JobRow {
        new: NewJob {
            job: id(row, 0, JobId::from_bytes)?,
            kind: row.get(1)?,
            version: id_or_none(row, 2, VersionId::from_bytes)?,
            key: row.get(3)?,
            spec: row.get(4)?,
            priority: row.get(5)?,
            weight: row.get(6)?,
            run_at: Timestamp(row.get(7)?),
            after_kinds: serde_json::from_str(after_kinds)
                .map_err(|error| unreadable(8, FromSqlError::Other(Box::new(error))))?,
        },
        state: state_of(state).ok_or_else(|| unreadable(9, FromSqlError::InvalidType))?,
        attempts: row.get(10)?,
        token: unsigned(row, 11)?,
        lease_until: row.get::<_, Option<i64>>(12)?.map(Timestamp),
        runner: row.get(13)?,
        reason: row.get(14)?,
        code: row.get(15)?,
        faults: row.get(16)?,
    })
}

/// A state as stored.
fn state_text(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Dead => "dead",
        JobState::Cancelled => "cancelled",
    }
}

fn state_of(text: &str) -> Option<JobState> {
    [JobState::Waiting, JobState::Running, JobState::Done, JobState::Dead, JobState::Cancelled]
        .into_iter()
        .find(|state| state_text(*state) == text)
}
