//! Jobs in memory. Called by runners through [`Jobs`], and by the catalog for jobs that begin with an upload. The
//! same rules as `sqlite::jobs`, kept alike by the contract suite.

use super::{Memory, State};
use crate::catalog::AHEAD_KIND;
use crate::jobs::{
    ATTEMPTS_MAX, Completion, JobDone, JobFailure, JobRow, JobState, Jobs, LEASE_MS, LIST_MAX, NewJob,
    WEIGHT_ALONE,
};
use crate::parts::takes_bytes;
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::{Code, JobId, Timestamp, UploadId, VersionId};
use std::collections::BTreeMap;

/// A job and what is not told of it.
pub(super) struct Job {
    pub(super) row: JobRow,
    /// The dead job that took this one along.
    cancelled_by: Option<JobId>,
}

impl Job {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.row.state == JobState::Running && self.row.lease_until.is_some_and(|until| until <= now)
    }

    fn is_held(&self, job: JobId, token: u64) -> bool {
        self.row.new.job == job && self.row.token == token && self.row.state == JobState::Running
    }
}

#[async_trait]
impl Jobs for Memory {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> StoreResult<()> {
        enqueue(&mut self.state.lock(), jobs);
        Ok(())
    }

    async fn enqueue_ahead(&self, upload: UploadId, jobs: Vec<NewJob>) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let is_open = state.library.uploads.get(&upload).is_some_and(takes_bytes);
        if is_open {
            enqueue(&mut state, jobs);
        }
        Ok(is_open)
    }

    async fn claim(&self, runner: &str, weight_max: u32, now: Timestamp) -> StoreResult<Option<JobRow>> {
        let mut state = self.state.lock();
        bury_exhausted(&mut state, now);
        let runnable = |job: &Job| {
            let due = job.row.state == JobState::Waiting
                && job.row.new.run_at <= now
                && dependencies_done(&state.jobs, &job.row.new);
            (weight(&job.row) <= weight_max || weight(&job.row) == WEIGHT_ALONE)
                && (due || job.is_expired(now))
        };
        // The order of the list is that of enqueuing; the first of equals is found.
        let most_urgent = state
            .jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| runnable(job))
            .min_by_key(|(_, job)| (-job.row.new.priority, job.row.new.run_at))
            .map(|(index, _)| index);
        let Some(index) = most_urgent else { return Ok(None) };
        let row = &mut state.jobs[index].row;
        if weight(row) > weight_max {
            return Ok(None);
        }
        row.state = JobState::Running;
        row.attempts += 1;
        row.token += 1;
        row.lease_until = Some(now.plus_ms(LEASE_MS));
        row.runner = Some(runner.to_owned());
        Ok(Some(row.clone()))
    }

    async fn renew(&self, job: JobId, token: u64, now: Timestamp) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let Some(held) = held(&mut state, job, token) else { return Ok(false) };
        held.row.lease_until = Some(now.plus_ms(LEASE_MS));
        Ok(true)
    }

    async fn complete(&self, job: JobId, token: u64, done: JobDone) -> StoreResult<Completion> {
        let mut state = self.state.lock();
        let Some(held) = held(&mut state, job, token) else { return Ok(Completion::Lost) };
        let row = &mut held.row;
        row.state = JobState::Done;
        (row.lease_until, row.reason, row.code) = (None, None, None);
        let version = row.new.version;
        let mut advanced = false;
        if let (Some(version), Some(update)) = (version, done.version) {
            let before = state.library.state_of(version);
            state.library.update_version(version, update);
            advanced = state.library.state_of(version) != before;
        }
        if done.anew && version.is_some() {
            state.jobs.retain(|other| other.row.new.version != version || other.row.new.job == job);
        }
        if let (Some(version), Some(needs)) = (version, done.needs) {
            state.library.keep_needs(version, needs);
        }
        enqueue(&mut state, done.enqueue);
        Ok(Completion::of(advanced))
    }

    async fn fail(&self, job: JobId, token: u64, failure: JobFailure) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let Some(held) = held(&mut state, job, token) else { return Ok(false) };
        match failure {
            JobFailure::Retry { code, detail, run_at, tries_max, alone }
                if held.row.faults + 1 < tries_max =>
            {
                let row = &mut held.row;
                row.state = JobState::Waiting;
                row.new.run_at = run_at;
                row.faults += 1;
                if alone {
                    row.new.weight = WEIGHT_ALONE;
                }
                (row.lease_until, row.reason, row.code) = (None, Some(detail), Some(code));
            }
            JobFailure::BadInput { code, detail } | JobFailure::Retry { code, detail, .. } => {
                bury(&mut state, job, code, &detail);
            }
        }
        Ok(true)
    }

    async fn release(&self, job: JobId, token: u64) -> StoreResult<()> {
        let mut state = self.state.lock();
        if let Some(held) = held(&mut state, job, token) {
            held.row.state = JobState::Waiting;
            held.row.attempts = held.row.attempts.saturating_sub(1);
            held.row.lease_until = None;
        }
        Ok(())
    }

    async fn expire_runner(&self, runner: &str) -> StoreResult<u64> {
        let mut state = self.state.lock();
        let of_runner =
            |job: &&mut Job| job.row.state == JobState::Running && job.row.runner.as_deref() == Some(runner);
        let mut expired = 0;
        for job in state.jobs.iter_mut().filter(of_runner) {
            job.row.lease_until = Some(Timestamp(0));
            expired += 1;
        }
        Ok(expired)
    }

    async fn raise(&self, version: VersionId, key: &str, priority: i64) -> StoreResult<bool> {
        let mut state = self.state.lock();
        let found = state.jobs.iter_mut().find(|job| {
            job.row.new.version == Some(version)
                && job.row.new.key == key
                && job.row.state == JobState::Waiting
        });
        let Some(job) = found else { return Ok(false) };
        job.row.new.priority = job.row.new.priority.max(priority);
        Ok(true)
    }

    async fn cancel_version(&self, version: VersionId) -> StoreResult<u64> {
        Ok(cancel_version(&mut self.state.lock(), version))
    }

    async fn retry(&self, job: JobId, now: Timestamp) -> StoreResult<()> {
        let mut state = self.state.lock();
        let dead = state.jobs.iter().find(|known| known.row.new.job == job).ok_or(StoreError::NotFound)?;
        if dead.row.state != JobState::Dead {
            return Err(StoreError::Conflict("not dead"));
        }
        if let Some(version) = dead.row.new.version {
            state.library.revive_version(version);
        }
        let went_along = |known: &&mut Job| {
            known.row.new.job == job
                || (known.cancelled_by == Some(job) && known.row.state == JobState::Cancelled)
        };
        for again in state.jobs.iter_mut().filter(went_along) {
            let row = &mut again.row;
            row.state = JobState::Waiting;
            row.new.run_at = now;
            (row.attempts, row.faults, row.reason, row.code) = (0, 0, None, None);
            again.cancelled_by = None;
        }
        Ok(())
    }

    async fn job(&self, job: JobId) -> StoreResult<Option<JobRow>> {
        Ok(self
            .state
            .lock()
            .jobs
            .iter()
            .find(|known| known.row.new.job == job)
            .map(|known| known.row.clone()))
    }

    async fn jobs_of(&self, version: VersionId) -> StoreResult<Vec<JobRow>> {
        let state = self.state.lock();
        let of_version = state.jobs.iter().filter(|job| job.row.new.version == Some(version));
        Ok(of_version.map(|job| job.row.clone()).collect())
    }

    async fn list(
        &self,
        state: Option<JobState>,
        before: Option<JobId>,
        limit: u32,
    ) -> StoreResult<Vec<JobRow>> {
        let all = self.state.lock();
        let end = match before {
            None => all.jobs.len(),
            Some(before) => all.jobs.iter().position(|job| job.row.new.job == before).unwrap_or(0),
        };
        let newest_first = all.jobs[..end].iter().rev();
        let wanted = newest_first.filter(|job| state.is_none_or(|state| job.row.state == state));
        Ok(wanted.take(limit.min(LIST_MAX) as usize).map(|job| job.row.clone()).collect())
    }

    async fn counts(&self) -> StoreResult<Vec<(JobState, u64)>> {
        let all = self.state.lock();
        let mut counts = BTreeMap::new();
        for job in &all.jobs {
            *counts.entry(job.row.state).or_insert(0) += 1;
        }
        Ok(counts.into_iter().collect())
    }
}

/// Slots a job takes when claimed; an expired claim counts as vanished already.
fn weight(row: &JobRow) -> u32 {
    if row.vanished_claims() > 0 { WEIGHT_ALONE } else { row.new.weight }
}

/// Enqueues; what has the same version and key as a job that exists is left out.
pub(super) fn enqueue(state: &mut State, jobs: Vec<NewJob>) {
    for new in jobs {
        let exists = state.jobs.iter().any(|known| {
            let known = &known.row.new;
            known.job == new.job || (known.version == new.version && known.key == new.key)
        });
        if exists {
            continue;
        }
        let row = JobRow {
            new,
            state: JobState::Waiting,
            attempts: 0,
            faults: 0,
            token: 0,
            lease_until: None,
            runner: None,
            reason: None,
            code: None,
        };
        state.jobs.push(Job { row, cancelled_by: None });
    }
}

pub(super) fn cancel_version(state: &mut State, version: VersionId) -> u64 {
    let mut cancelled = 0;
    for job in state.jobs.iter_mut().filter(|job| job.row.new.version == Some(version)) {
        job.cancelled_by = None;
        if matches!(job.row.state, JobState::Waiting | JobState::Running | JobState::Dead) {
            job.row.state = JobState::Cancelled;
            job.row.lease_until = None;
            cancelled += 1;
        }
    }
    cancelled
}

/// The file is whole: what failed or was cancelled on its way, and the look ahead, are forgotten.
pub(super) fn forget_ahead(state: &mut State, version: VersionId) {
    state.jobs.retain(|job| {
        let is_over = matches!(job.row.state, JobState::Dead | JobState::Cancelled);
        job.row.new.version != Some(version) || !(is_over || job.row.new.kind == AHEAD_KIND)
    });
}

fn held(state: &mut State, job: JobId, token: u64) -> Option<&mut Job> {
    state.jobs.iter_mut().find(|known| known.is_held(job, token))
}

/// Every other job of its version that it waits for is done.
fn dependencies_done(jobs: &[Job], new: &NewJob) -> bool {
    !jobs.iter().any(|other| {
        let before = &other.row.new;
        before.job != new.job
            && before.version == new.version
            && new.after_kinds.contains(&before.kind)
            && other.row.state != JobState::Done
    })
}

/// Jobs whose last permitted claim has run out are dead.
fn bury_exhausted(state: &mut State, now: Timestamp) {
    let exhausted: Vec<(JobId, u32)> = state
        .jobs
        .iter()
        .filter(|job| job.is_expired(now) && job.row.vanished_claims() >= ATTEMPTS_MAX)
        .map(|job| (job.row.new.job, job.row.vanished_claims()))
        .collect();
    for (job, attempts) in exhausted {
        let detail = JobRow::vanished(attempts);
        bury(state, job, Code::EncodingFailed.number(), &detail);
    }
}

/// Gives a job up: its version fails, and the version's other jobs are cancelled with it.
fn bury(state: &mut State, job: JobId, code: u16, detail: &str) {
    let Some(dead) = state.jobs.iter_mut().find(|known| known.row.new.job == job) else { return };
    dead.row.state = JobState::Dead;
    (dead.row.lease_until, dead.row.reason, dead.row.code) = (None, Some(detail.to_owned()), Some(code));
    let Some(version) = dead.row.new.version else { return };
    if state.library.open_upload(version).is_some() {
        return;
    }
    for other in state.jobs.iter_mut().filter(|other| other.row.new.version == Some(version)) {
        if matches!(other.row.state, JobState::Waiting | JobState::Running) {
            other.row.state = JobState::Cancelled;
            other.row.lease_until = None;
            other.cancelled_by = Some(job);
        }
    }
    state.library.fail_version(version, code, detail);
}
