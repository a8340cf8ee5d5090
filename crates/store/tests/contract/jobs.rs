//! Jobs: order, dependencies, leases, tokens, attempts, dead letters, retries.

use super::Bench;
use super::make::*;
use protocol::rest::VersionState;
use protocol::{Code, Timestamp};
use store::StoreError;
use store::catalog::VersionUpdate;
use store::jobs::{
    ATTEMPTS_MAX, Completion, JobDone, JobFailure, JobRow, JobState, LEASE_MS, NewJob, WEIGHT_ALONE,
};

/// Failures that a job of these cases may have.
const TRIES_MAX: u32 = 5;

/// Claims with room for anything.
async fn claim(bench: &Bench, now: Timestamp) -> Option<JobRow> {
    bench.store.jobs.claim("r1", WEIGHT_ALONE, now).await.unwrap()
}

async fn state(bench: &Bench, number: u64) -> JobState {
    bench.other.jobs.job(job(number)).await.unwrap().unwrap().state
}

async fn version_state(bench: &Bench, number: u64) -> (VersionState, Option<(u16, String)>) {
    let (row, _) = bench.store.catalog.version(version(number)).await.unwrap().unwrap();
    (row.state, row.failure)
}

fn bad_input() -> JobFailure {
    JobFailure::BadInput { code: Code::FileDamaged.number(), detail: "cut short".to_owned() }
}

fn retry_at(run_at: Timestamp) -> JobFailure {
    JobFailure::Retry {
        code: Code::EncodingFailed.number(),
        detail: "ffmpeg was killed".to_owned(),
        run_at,
        tries_max: TRIES_MAX,
        alone: false,
    }
}

pub async fn a_claim_counts_leases_and_names(bench: &Bench) {
    assert_eq!(claim(bench, at(1)).await, None);
    let new = NewJob {
        spec: "{\"a\":1}".to_owned(),
        after_kinds: vec!["probe".to_owned()],
        ..new_job(1, "chunk", Some(1))
    };
    bench.store.jobs.enqueue(vec![new.clone()]).await.unwrap();
    let row = claim(bench, at(1)).await.unwrap();
    assert_eq!(row.new, new);
    assert_eq!((row.state, row.attempts, row.token), (JobState::Running, 1, 1));
    assert_eq!((row.lease_until, row.runner.as_deref()), (Some(at(1).plus_ms(LEASE_MS)), Some("r1")));
    assert_eq!(bench.other.jobs.job(job(1)).await.unwrap(), Some(row));
    assert_eq!(claim(bench, at(1)).await, None);
}

pub async fn the_most_urgent_job_that_fits_comes_first(bench: &Bench) {
    let make = |number, priority, weight, seconds| NewJob {
        priority,
        weight,
        run_at: at(seconds),
        ..new_job(number, "chunk", Some(1))
    };
    let jobs = vec![
        make(1, 0, 1, 0),
        make(2, 5, 1, 1),
        make(3, 5, 1, 0),
        make(4, 9, 4, 0),
        make(5, 99, 1, 60),
        make(6, 5, 1, 0),
    ];
    bench.store.jobs.enqueue(jobs).await.unwrap();
    let mut order = Vec::new();
    while let Some(row) = bench.store.jobs.claim("r1", 2, at(2)).await.unwrap() {
        order.push(row.new.job);
    }
    assert_eq!(order, [job(3), job(6), job(2), job(1)]);
    assert_eq!(claim(bench, at(2)).await.unwrap().new.job, job(4), "now there is room for it");
    assert_eq!(claim(bench, at(2)).await, None, "the last one is not due");
}

pub async fn a_key_enters_once_per_version(bench: &Bench) {
    let keyed = |number, of| NewJob { key: "probe".to_owned(), ..new_job(number, "probe", of) };
    bench
        .store
        .jobs
        .enqueue(vec![
            keyed(1, Some(1)),
            keyed(2, Some(2)),
            keyed(3, Some(1)),
            keyed(4, None),
            keyed(5, None),
        ])
        .await
        .unwrap();
    bench.store.jobs.enqueue(vec![keyed(6, Some(1))]).await.unwrap();
    let newest = bench.store.jobs.list(None, None, 10).await.unwrap();
    assert_eq!(newest.iter().map(|row| row.new.job).collect::<Vec<_>>(), [job(4), job(2), job(1)]);
    // Also after it is done.
    let row = claim(bench, at(1)).await.unwrap();
    assert!(bench.store.jobs.complete(row.new.job, row.token, JobDone::default()).await.unwrap().is_held());
    bench.store.jobs.enqueue(vec![keyed(7, Some(1))]).await.unwrap();
    assert_eq!(bench.store.jobs.job(job(7)).await.unwrap(), None);
}

pub async fn a_job_waits_for_the_kinds_before_it(bench: &Bench) {
    let publish = NewJob {
        after_kinds: vec!["chunk".to_owned(), "audio".to_owned()],
        priority: 9,
        ..new_job(9, "publish", Some(1))
    };
    let elsewhere = NewJob { run_at: at(999), ..new_job(5, "chunk", Some(2)) };
    bench
        .store
        .jobs
        .enqueue(vec![publish, new_job(1, "chunk", Some(1)), new_job(2, "audio", Some(1)), elsewhere])
        .await
        .unwrap();
    let first = claim(bench, at(1)).await.unwrap();
    let second = claim(bench, at(1)).await.unwrap();
    assert_eq!((first.new.job, second.new.job), (job(1), job(2)));
    assert_eq!(claim(bench, at(1)).await, None);
    // A chunk that brings another chunk keeps the publish waiting.
    let more = JobDone { enqueue: vec![new_job(3, "chunk", Some(1))], ..JobDone::default() };
    assert!(bench.store.jobs.complete(job(1), first.token, more).await.unwrap().is_held());
    assert!(bench.store.jobs.complete(job(2), second.token, JobDone::default()).await.unwrap().is_held());
    let third = claim(bench, at(1)).await.unwrap();
    assert_eq!(third.new.job, job(3));
    assert!(bench.store.jobs.complete(job(3), third.token, JobDone::default()).await.unwrap().is_held());
    assert_eq!(claim(bench, at(1)).await.unwrap().new.job, job(9));
}

pub async fn law_11_an_expired_lease_is_claimed_again_and_the_zombie_changes_nothing(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench.store.jobs.enqueue(vec![new_job(1, "probe", Some(1))]).await.unwrap();
    let zombie = claim(bench, at(0)).await.unwrap();
    let end = at(0).plus_ms(LEASE_MS);
    assert_eq!(claim(bench, end.plus_us(-1)).await, None);
    let second = bench.other.jobs.claim("r2", WEIGHT_ALONE, end).await.unwrap().unwrap();
    assert_eq!((second.attempts, second.token, second.runner.as_deref()), (2, 2, Some("r2")));
    // Law 11, fencing: every write of the zombie is refused.
    let news = JobDone {
        version: Some(VersionUpdate { state: Some(VersionState::Ready), ..VersionUpdate::default() }),
        enqueue: vec![new_job(2, "chunk", Some(1))],
        ..JobDone::default()
    };
    let jobs = &bench.store.jobs;
    assert!(!jobs.renew(job(1), zombie.token, end).await.unwrap());
    assert!(!jobs.complete(job(1), zombie.token, news).await.unwrap().is_held());
    assert!(!jobs.fail(job(1), zombie.token, bad_input()).await.unwrap());
    jobs.release(job(1), zombie.token).await.unwrap();
    assert_eq!(jobs.job(job(1)).await.unwrap().unwrap(), second);
    assert_eq!(version_state(bench, 1).await, (VersionState::Pending, None));
    assert_eq!(jobs.job(job(2)).await.unwrap(), None);
    assert!(jobs.complete(job(1), second.token, JobDone::default()).await.unwrap().is_held());
    assert!(
        !jobs.complete(job(1), second.token, JobDone::default()).await.unwrap().is_held(),
        "finished once"
    );
}

pub async fn a_renewed_lease_holds(bench: &Bench) {
    bench.store.jobs.enqueue(vec![new_job(1, "chunk", Some(1))]).await.unwrap();
    let row = claim(bench, at(0)).await.unwrap();
    for second in (5..60).step_by(5) {
        assert!(bench.store.jobs.renew(job(1), row.token, at(second)).await.unwrap());
        assert_eq!(claim(bench, at(second).plus_ms(LEASE_MS - 1)).await, None);
    }
    assert!(!bench.store.jobs.renew(job(9), 1, at(1)).await.unwrap());
}

pub async fn completing_changes_version_and_queue_at_once(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench.store.jobs.enqueue(vec![new_job(1, "probe", Some(1))]).await.unwrap();
    let row = claim(bench, at(0)).await.unwrap();
    let done = JobDone {
        version: Some(VersionUpdate {
            state: Some(VersionState::Processing),
            facts: Some("{}".to_owned()),
            ..VersionUpdate::default()
        }),
        enqueue: vec![new_job(2, "chunk", Some(1)), new_job(3, "chunk", Some(1))],
        ..JobDone::default()
    };
    assert!(bench.store.jobs.complete(job(1), row.token, done).await.unwrap().is_held());
    assert_eq!(version_state(bench, 1).await.0, VersionState::Processing);
    let states: Vec<JobState> =
        bench.other.jobs.jobs_of(version(1)).await.unwrap().iter().map(|row| row.state).collect();
    assert_eq!(states, [JobState::Done, JobState::Waiting, JobState::Waiting]);
    assert_eq!(bench.store.jobs.job(job(1)).await.unwrap().unwrap().lease_until, None);
}

/// The first chunks of sound and picture may end at the same time, each having seen that the other's objects are there.
pub async fn a_state_is_reached_once_however_many_jobs_bring_it(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    let jobs = (1..=5).map(|number| new_job(number, "chunk", Some(1))).collect();
    bench.store.jobs.enqueue(jobs).await.unwrap();
    let to = |state| JobDone {
        version: Some(VersionUpdate { state: Some(state), ..VersionUpdate::default() }),
        ..JobDone::default()
    };
    for (done, told, comes_to) in [
        (to(VersionState::Processing), Completion::Advanced, VersionState::Processing),
        (to(VersionState::Playable), Completion::Advanced, VersionState::Playable),
        (to(VersionState::Playable), Completion::Finished, VersionState::Playable),
        (JobDone::default(), Completion::Finished, VersionState::Playable),
    ] {
        let row = claim(bench, at(0)).await.unwrap();
        assert_eq!(bench.store.jobs.complete(row.new.job, row.token, done.clone()).await.unwrap(), told);
        assert_eq!(version_state(bench, 1).await.0, comes_to);
        let again = bench.store.jobs.complete(row.new.job, row.token, done).await.unwrap();
        assert_eq!(again, Completion::Lost, "finished once");
    }
    let row = claim(bench, at(0)).await.unwrap();
    let late = bench.store.jobs.complete(row.new.job, row.token, to(VersionState::Processing)).await.unwrap();
    assert_eq!(late, Completion::Finished, "a state never goes back");
    assert_eq!(version_state(bench, 1).await.0, VersionState::Playable);
}

pub async fn bad_input_is_dead_at_once_and_takes_the_others_along(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench
        .store
        .jobs
        .enqueue((1..=4).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    bench.store.jobs.enqueue(vec![new_job(5, "chunk", Some(2))]).await.unwrap();
    let done = claim(bench, at(0)).await.unwrap();
    assert!(bench.store.jobs.complete(done.new.job, done.token, JobDone::default()).await.unwrap().is_held());
    let bad = claim(bench, at(0)).await.unwrap();
    let running = claim(bench, at(0)).await.unwrap();
    assert!(bench.store.jobs.fail(bad.new.job, bad.token, bad_input()).await.unwrap());
    let mut states = Vec::new();
    for number in 1..=5 {
        states.push(state(bench, number).await);
    }
    assert_eq!(
        states,
        [JobState::Done, JobState::Dead, JobState::Cancelled, JobState::Cancelled, JobState::Waiting]
    );
    assert!(!bench.store.jobs.renew(running.new.job, running.token, at(1)).await.unwrap(), "told to stop");
    let dead = bench.store.jobs.job(bad.new.job).await.unwrap().unwrap();
    assert_eq!((dead.code, dead.reason.as_deref()), (Some(3_003), Some("cut short")));
    assert_eq!(version_state(bench, 1).await, (VersionState::Failed, Some((3_003, "cut short".to_owned()))));
    assert_eq!(bench.store.jobs.list(Some(JobState::Dead), None, 10).await.unwrap(), vec![dead]);
}

pub async fn a_failed_try_comes_back_until_the_attempts_are_used_up(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench
        .store
        .jobs
        .enqueue(vec![
            new_job(1, "chunk", Some(1)),
            NewJob { run_at: at(900), ..new_job(2, "chunk", Some(1)) },
        ])
        .await
        .unwrap();
    for attempt in 1..=TRIES_MAX {
        let now = at(i64::from(attempt) * 10);
        let row = claim(bench, now).await.unwrap();
        assert_eq!((row.new.job, row.attempts, row.token), (job(1), attempt, u64::from(attempt)));
        assert!(bench.store.jobs.fail(job(1), row.token, retry_at(now.plus_ms(10_000))).await.unwrap());
        assert_eq!(claim(bench, now.plus_ms(9_999)).await, None);
        let last = attempt == TRIES_MAX;
        assert_eq!(state(bench, 1).await, if last { JobState::Dead } else { JobState::Waiting });
        assert_eq!(
            version_state(bench, 1).await.0,
            if last { VersionState::Failed } else { VersionState::Pending }
        );
    }
    let dead = bench.store.jobs.job(job(1)).await.unwrap().unwrap();
    assert_eq!((dead.code, dead.reason.as_deref()), (Some(3_009), Some("ffmpeg was killed")));
    assert_eq!(state(bench, 2).await, JobState::Cancelled);
}

pub async fn runners_that_vanish_use_up_the_attempts(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench
        .store
        .jobs
        .enqueue(vec![
            new_job(1, "chunk", Some(1)),
            NewJob { run_at: at(9_000), ..new_job(2, "chunk", Some(1)) },
        ])
        .await
        .unwrap();
    let mut now = at(0);
    for attempt in 1..=ATTEMPTS_MAX {
        assert_eq!(claim(bench, now).await.unwrap().attempts, attempt);
        now = now.plus_ms(LEASE_MS);
    }
    assert_eq!(claim(bench, now).await, None);
    let dead = bench.store.jobs.job(job(1)).await.unwrap().unwrap();
    assert_eq!((dead.state, dead.code), (JobState::Dead, Some(3_009)));
    assert!(dead.reason.is_some_and(|reason| reason.contains("3 times")));
    assert_eq!(state(bench, 2).await, JobState::Cancelled);
    assert_eq!(version_state(bench, 1).await.0, VersionState::Failed);
}

pub async fn failures_with_a_word_are_not_counted_as_vanished(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench.store.jobs.enqueue(vec![new_job(1, "chunk", Some(1))]).await.unwrap();
    let mut now = at(0);
    for _ in 0..TRIES_MAX - 1 {
        let row = claim(bench, now).await.unwrap();
        assert!(!row.is_suspect());
        assert!(bench.store.jobs.fail(job(1), row.token, retry_at(now)).await.unwrap());
    }
    for vanished in 0..ATTEMPTS_MAX {
        let row = claim(bench, now).await.unwrap();
        assert_eq!((row.faults, row.is_suspect()), (TRIES_MAX - 1, vanished > 0));
        now = now.plus_ms(LEASE_MS);
    }
    assert_eq!(claim(bench, now).await, None);
    assert_eq!(state(bench, 1).await, JobState::Dead);
    bench.store.jobs.retry(job(1), now).await.unwrap();
    let again = claim(bench, now).await.unwrap();
    assert_eq!((again.attempts, again.faults, again.is_suspect()), (1, 0, false), "a fresh start");
}

pub async fn a_suspect_runs_alone_and_has_its_turn(bench: &Bench) {
    let urgent = NewJob { priority: 9, ..new_job(1, "chunk", Some(1)) };
    bench.store.jobs.enqueue(vec![urgent, new_job(2, "chunk", Some(2))]).await.unwrap();
    claim(bench, at(0)).await.unwrap();
    let jobs = &bench.store.jobs;
    jobs.expire_runner("r1").await.unwrap();
    // Its runner vanished: whoever has anything else running leaves it, and takes nothing less urgent before it.
    assert_eq!(jobs.claim("r2", 100, at(1)).await.unwrap(), None);
    let row = jobs.claim("r2", WEIGHT_ALONE, at(1)).await.unwrap().unwrap();
    assert_eq!((row.new.job, row.weight(), row.new.weight), (job(1), WEIGHT_ALONE, 1));
    assert_eq!(jobs.claim("r3", 100, at(1)).await.unwrap().unwrap().new.job, job(2));
    // Given back it stays suspect.
    jobs.release(job(1), row.token).await.unwrap();
    assert_eq!(jobs.claim("r2", 100, at(1)).await.unwrap(), None);
    let row = jobs.claim("r2", WEIGHT_ALONE, at(1)).await.unwrap().unwrap();
    assert!(jobs.complete(job(1), row.token, JobDone::default()).await.unwrap().is_held());
}

pub async fn a_job_that_needed_too_much_runs_alone(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench.store.jobs.enqueue(vec![new_job(1, "chunk", Some(1))]).await.unwrap();
    let row = claim(bench, at(0)).await.unwrap();
    let failure = JobFailure::Retry {
        code: Code::EncodingFailed.number(),
        detail: "out of memory".to_owned(),
        run_at: at(1),
        tries_max: 3,
        alone: true,
    };
    assert!(bench.store.jobs.fail(job(1), row.token, failure).await.unwrap());
    assert_eq!(bench.store.jobs.claim("r1", 100, at(1)).await.unwrap(), None);
    let row = bench.store.jobs.claim("r1", WEIGHT_ALONE, at(1)).await.unwrap().unwrap();
    assert_eq!((row.weight(), row.faults), (WEIGHT_ALONE, 1));
}

pub async fn jobs_are_listed_by_state_and_page(bench: &Bench) {
    bench
        .store
        .jobs
        .enqueue((1..=5).map(|number| new_job(number, "chunk", Some(number))).collect())
        .await
        .unwrap();
    claim(bench, at(0)).await.unwrap();
    let jobs = &bench.store.jobs;
    let ids = |rows: Vec<JobRow>| rows.into_iter().map(|row| row.new.job).collect::<Vec<_>>();
    let page = jobs.list(Some(JobState::Waiting), None, 2).await.unwrap();
    assert_eq!(ids(page), [job(5), job(4)]);
    let page = jobs.list(Some(JobState::Waiting), Some(job(4)), 10).await.unwrap();
    assert_eq!(ids(page), [job(3), job(2)]);
    assert_eq!(ids(jobs.list(None, Some(job(2)), 10).await.unwrap()), [job(1)]);
    assert_eq!(jobs.list(None, Some(job(9)), 10).await.unwrap(), [], "an unknown job has nothing before it");
    let mut counts = jobs.counts().await.unwrap();
    counts.sort();
    assert_eq!(counts, [(JobState::Waiting, 4), (JobState::Running, 1)]);
}

pub async fn a_dead_job_of_a_ready_version_leaves_it_ready(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    let ready = VersionUpdate { state: Some(VersionState::Ready), ..VersionUpdate::default() };
    bench.store.catalog.update_version(version(1), ready).await.unwrap();
    bench.store.jobs.enqueue(vec![new_job(1, "sweep", Some(1))]).await.unwrap();
    let row = claim(bench, at(0)).await.unwrap();
    assert!(bench.store.jobs.fail(job(1), row.token, bad_input()).await.unwrap());
    assert_eq!(version_state(bench, 1).await, (VersionState::Ready, None));
}

pub async fn a_released_claim_costs_no_attempt(bench: &Bench) {
    bench.store.jobs.enqueue(vec![new_job(1, "chunk", Some(1))]).await.unwrap();
    for _ in 0..2 * ATTEMPTS_MAX {
        let row = claim(bench, at(0)).await.unwrap();
        assert_eq!(row.attempts, 1);
        bench.store.jobs.release(job(1), row.token).await.unwrap();
        assert_eq!(state(bench, 1).await, JobState::Waiting);
        assert!(
            !bench.store.jobs.complete(job(1), row.token, JobDone::default()).await.unwrap().is_held(),
            "given up"
        );
    }
}

pub async fn a_dead_runner_gives_its_jobs_back_at_once(bench: &Bench) {
    bench
        .store
        .jobs
        .enqueue((1..=3).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    let mine = claim(bench, at(0)).await.unwrap();
    claim(bench, at(0)).await.unwrap();
    let theirs = bench.store.jobs.claim("r2", 1, at(0)).await.unwrap().unwrap();
    assert_eq!(bench.store.jobs.expire_runner("r1").await.unwrap(), 2);
    assert_eq!(bench.store.jobs.expire_runner("r9").await.unwrap(), 0);
    let again = bench.store.jobs.claim("r3", WEIGHT_ALONE, at(0)).await.unwrap().unwrap();
    assert_eq!((again.new.job, again.attempts), (mine.new.job, 2));
    assert!(bench.store.jobs.renew(theirs.new.job, theirs.token, at(1)).await.unwrap());
}

pub async fn raising_moves_a_waiting_job_to_the_front(bench: &Bench) {
    bench
        .store
        .jobs
        .enqueue((1..=3).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    let jobs = &bench.store.jobs;
    assert!(jobs.raise(version(1), "chunk:3", 50).await.unwrap());
    assert!(jobs.raise(version(1), "chunk:3", 40).await.unwrap());
    assert_eq!(jobs.job(job(3)).await.unwrap().unwrap().new.priority, 50, "never lowered");
    assert!(!jobs.raise(version(1), "chunk:9", 50).await.unwrap());
    assert!(!jobs.raise(version(2), "chunk:3", 50).await.unwrap());
    assert_eq!(claim(bench, at(0)).await.unwrap().new.job, job(3));
    assert!(!jobs.raise(version(1), "chunk:3", 60).await.unwrap(), "runs already");
}

pub async fn a_cancelled_version_has_no_work_left(bench: &Bench) {
    bench
        .store
        .jobs
        .enqueue((1..=3).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    let done = claim(bench, at(0)).await.unwrap();
    assert!(bench.store.jobs.complete(done.new.job, done.token, JobDone::default()).await.unwrap().is_held());
    let running = claim(bench, at(0)).await.unwrap();
    assert_eq!(bench.store.jobs.cancel_version(version(1)).await.unwrap(), 2);
    assert_eq!(bench.store.jobs.cancel_version(version(1)).await.unwrap(), 0);
    assert!(!bench.store.jobs.renew(running.new.job, running.token, at(0)).await.unwrap());
    assert!(
        !bench
            .store
            .jobs
            .complete(running.new.job, running.token, JobDone::default())
            .await
            .unwrap()
            .is_held()
    );
    assert_eq!(claim(bench, at(99)).await, None);
    assert_eq!(state(bench, 1).await, JobState::Done);
}

pub async fn a_retry_brings_back_the_job_and_what_went_with_it(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench
        .store
        .jobs
        .enqueue((1..=3).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    let jobs = &bench.store.jobs;
    assert!(matches!(jobs.retry(job(1), at(5)).await, Err(StoreError::Conflict(_))), "not dead");
    assert!(matches!(jobs.retry(job(9), at(5)).await, Err(StoreError::NotFound)));
    let row = claim(bench, at(0)).await.unwrap();
    let running = claim(bench, at(0)).await.unwrap();
    assert!(jobs.fail(row.new.job, row.token, bad_input()).await.unwrap());
    jobs.retry(job(1), at(5)).await.unwrap();
    assert_eq!(version_state(bench, 1).await, (VersionState::Processing, None));
    for number in 1..=3 {
        let row = jobs.job(job(number)).await.unwrap().unwrap();
        assert_eq!((row.state, row.attempts, row.reason), (JobState::Waiting, 0, None));
    }
    assert!(
        !jobs.complete(running.new.job, running.token, JobDone::default()).await.unwrap().is_held(),
        "its claim was cancelled"
    );
    assert_eq!(claim(bench, at(4)).await, None);
    let again = claim(bench, at(5)).await.unwrap();
    assert_eq!((again.new.job, again.attempts, again.token), (job(1), 1, 2));
}

pub async fn a_retry_does_not_bring_back_what_a_person_cancelled(bench: &Bench) {
    add_whole_version(&bench.store, 1).await;
    bench
        .store
        .jobs
        .enqueue((1..=2).map(|number| new_job(number, "chunk", Some(1))).collect())
        .await
        .unwrap();
    let row = claim(bench, at(0)).await.unwrap();
    assert!(bench.store.jobs.fail(row.new.job, row.token, bad_input()).await.unwrap());
    assert_eq!(bench.store.jobs.cancel_version(version(1)).await.unwrap(), 1, "the dead one");
    assert!(matches!(bench.store.jobs.retry(job(1), at(5)).await, Err(StoreError::Conflict(_))));
    assert_eq!(claim(bench, at(99)).await, None);
}
