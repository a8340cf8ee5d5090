//! Many at once: two nodes on one log, acceptors of one invite, owners of one instance, runners of one queue.
//! Random choices come from a seed that each case prints; `GENLOCK_SEED` sets it.

use super::Bench;
use super::make::*;
use protocol::event::{TimelineCause, TimelineSet};
use protocol::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::catalog::{InviteRow, PersonRow};
use store::event_log::{Appended, Batch};
use store::jobs::{JobDone, JobState, LEASE_MS, WEIGHT_ALONE};
use store::{Store, StoreError};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Rounds of each room task in the race for one log; in every second one both decide at the same moment.
const ROUNDS: u64 = 120;

/// What one room task of one node did.
struct RoomTask {
    store: Store,
    node: u64,
    chance: Chance,
    /// The state that its commands are decided on: the timeline's revision, and which head it was read at.
    revision: u64,
    head: Seq,
    /// Operation, and the place it was acknowledged with.
    acknowledged: Vec<(OpId, Seq)>,
    lost: u64,
    duplicates: u64,
    together: Arc<Barrier>,
}

/// A timeline event that is right only directly after `revision`.
fn set_revision(node: u64, at_seq: Seq, operation: OpId, revision: u64) -> Event {
    let timeline = Timeline { revision, frame: node as i64, ..Timeline::empty() };
    let set = TimelineSet { timeline, cause: TimelineCause::Seek, item: None, wait: None };
    Event { op: operation, ..event(at_seq, node, EventBody::TimelineSet(set)) }
}

fn revision_of(event: &Event) -> u64 {
    match &event.body {
        EventBody::TimelineSet(set) => set.timeline.revision,
        _ => 0,
    }
}

impl RoomTask {
    fn new(store: &Store, node: u64, seed: u64, together: &Arc<Barrier>) -> RoomTask {
        RoomTask {
            store: store.clone(),
            node,
            chance: Chance::new(seed ^ (node << 32)),
            revision: 0,
            head: 0,
            acknowledged: vec![],
            lost: 0,
            duplicates: 0,
            together: together.clone(),
        }
    }

    /// Applies what is in the log and not yet known here.
    async fn catch_up(&mut self) {
        loop {
            let events = self.store.log.read(channel(1), self.head, 64).await.unwrap();
            if events.is_empty() {
                return;
            }
            for event in events {
                assert_eq!(event.seq, self.head + 1, "gap");
                self.head = event.seq;
                self.revision = revision_of(&event).max(self.revision);
            }
        }
    }

    /// Sends its operations in batches of random size; each is decided again until it is in, and some are sent
    /// again although they were acknowledged, as a client with a lost answer does.
    async fn run(mut self) -> RoomTask {
        let mut next = 0;
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                self.together.wait().await;
            }
            let count = 1 + self.chance.below(4);
            let operations: Vec<OpId> =
                (next..next + count).map(|number| op(self.node * 10_000 + number)).collect();
            let mut batch: Vec<OpId> = operations.clone();
            if self.chance.below(5) == 0 && !self.acknowledged.is_empty() {
                let again = self.chance.below(self.acknowledged.len() as u64) as usize;
                batch.insert(0, self.acknowledged[again].0);
            }
            while !batch.is_empty() {
                let (head, revision) = (self.head, self.revision);
                let events: Vec<Event> = batch
                    .iter()
                    .zip(1..)
                    .map(|(operation, step)| {
                        set_revision(self.node, head + step, *operation, revision + step)
                    })
                    .collect();
                let attempt = Batch { channel: channel(1), epoch: EPOCH, expected_head: head, events };
                match self.store.log.append(attempt).await {
                    Ok(Appended::Committed { head: last }) => {
                        assert_eq!(last, head + batch.len() as u64);
                        self.acknowledged.extend(batch.iter().copied().zip(head + 1..));
                        (self.head, self.revision) = (last, revision + batch.len() as u64);
                        batch.clear();
                    }
                    Ok(Appended::Lost { head: stands }) => {
                        assert!(stands.seq > head, "nobody was faster: {stands:?} against {head}");
                        self.lost += 1;
                        self.catch_up().await;
                    }
                    Ok(Appended::DuplicateOp { op, seq }) => {
                        let first = self.acknowledged.iter().find(|(known, _)| *known == op);
                        assert_eq!(first.map(|(_, seq)| *seq), Some(seq), "answered with its first place");
                        self.duplicates += 1;
                        batch.retain(|known| *known != op);
                    }
                    Err(StoreError::Busy(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            next += count;
        }
        self
    }
}

/// Laws 3, 4 and 5 under conflict: two room tasks on two handles of one log, each command right only directly
/// after the state it was decided on. No fork, no loss, one total order.
pub async fn law_4_two_nodes_with_conflicting_commands_never_fork_a_log(bench: &Bench) {
    let seed = seed();
    let together = Arc::new(Barrier::new(2));
    let tasks =
        [RoomTask::new(&bench.store, 1, seed, &together), RoomTask::new(&bench.other, 2, seed, &together)];
    let mut running = JoinSet::new();
    for task in tasks {
        running.spawn(task.run());
    }
    let finished = running.join_all().await;
    let log = bench.store.log.read(channel(1), 0, 10_000).await.unwrap();
    assert_eq!(log, bench.other.log.read(channel(1), 0, 10_000).await.unwrap(), "one order at every reader");
    let sent: usize = finished.iter().map(|task| task.acknowledged.len()).sum();
    assert_eq!(log.len(), sent, "seed {seed}: every operation is in once");
    for (event, place) in log.iter().zip(1..) {
        assert_eq!(event.seq, place, "seed {seed}: gap");
        assert_eq!(revision_of(event), place, "seed {seed}: decided on a state that was not the newest");
    }
    let places: BTreeMap<OpId, Seq> = log.iter().map(|event| (event.op, event.seq)).collect();
    assert_eq!(places.len(), log.len(), "seed {seed}: an operation twice");
    for task in &finished {
        assert!(task.acknowledged.is_sorted_by_key(|(_, seq)| *seq), "seed {seed}: a task's own order");
        for (operation, seq) in &task.acknowledged {
            assert_eq!(places.get(operation), Some(seq), "seed {seed}: acknowledged elsewhere");
        }
    }
    let lost: u64 = finished.iter().map(|task| task.lost).sum();
    let duplicates: u64 = finished.iter().map(|task| task.duplicates).sum();
    println!(
        "seed {seed}: {} events, {lost} appends lost and decided again, {duplicates} duplicates",
        log.len()
    );
    assert!(lost >= ROUNDS / 2, "seed {seed}: the nodes did not meet; the case proves nothing");
}

/// Many channels through one writer: a loser in a shared commit does not undo the others.
pub async fn losers_in_a_shared_commit_undo_nobody(bench: &Bench) {
    let mut running = JoinSet::new();
    for number in 0..64 {
        let store = if number % 2 == 0 { bench.store.clone() } else { bench.other.clone() };
        running.spawn(async move {
            // Two in three begin with an append that must lose.
            if number % 3 != 0 {
                let early = batch(channel(number), 5, vec![say(6, "early")]);
                assert!(matches!(store.log.append(early).await.unwrap(), Appended::Lost { .. }));
            }
            for seq in 1..=10 {
                let appended =
                    store.log.append(batch(channel(number), seq - 1, vec![say(seq, "x")])).await.unwrap();
                assert_eq!(appended, Appended::Committed { head: seq });
            }
        });
    }
    running.join_all().await;
    for number in 0..64 {
        assert_eq!(bench.store.log.read(channel(number), 0, 100).await.unwrap().len(), 10);
    }
}

pub async fn an_invite_for_five_lets_five_of_twenty_in(bench: &Bench) {
    let row = InviteRow {
        invite: invite(1),
        token_hash: hash(1),
        channel: channel(1),
        role: Role::Guest,
        uses_max: Some(5),
        uses: 0,
        expires_at: at(100),
        created_by: person(1),
        revoked: false,
    };
    bench.store.catalog.add_invite(row).await.unwrap();
    let mut running = JoinSet::new();
    for number in 0..20 {
        let catalog = if number % 2 == 0 { bench.store.catalog.clone() } else { bench.other.catalog.clone() };
        running.spawn(async move { catalog.use_invite(invite(1), at(1)).await });
    }
    let answers = running.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    assert!(
        answers.iter().all(|answer| matches!(answer, Ok(()) | Err(StoreError::Conflict("used up")))),
        "{answers:?}"
    );
    assert_eq!(bench.store.catalog.invite(hash(1)).await.unwrap().unwrap().uses, 5);
}

pub async fn one_of_many_becomes_the_first_owner(bench: &Bench) {
    let mut running = JoinSet::new();
    for number in 0..16 {
        let catalog = if number % 2 == 0 { bench.store.catalog.clone() } else { bench.other.catalog.clone() };
        let row = PersonRow { instance_owner: true, ..user(number, "Olga") };
        running.spawn(async move { catalog.add_person(row, true).await });
    }
    let answers = running.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        answers.iter().all(|answer| matches!(answer, Ok(()) | Err(StoreError::Conflict("owner")))),
        "{answers:?}"
    );
    let everybody: Vec<PersonId> = (0..16).map(person).collect();
    assert_eq!(bench.store.catalog.people(&everybody).await.unwrap().len(), 1);
}

pub async fn an_upload_completes_once_whoever_says_so(bench: &Bench) {
    add_version(&bench.store, 1).await;
    let mut running = JoinSet::new();
    for number in 0..12 {
        let catalog = if number % 2 == 0 { bench.store.catalog.clone() } else { bench.other.catalog.clone() };
        running.spawn(async move {
            catalog
                .complete_upload(upload(1), hash(1), vec![new_job(number, "probe", Some(1))])
                .await
                .unwrap()
        });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|first| *first).count(), 1);
    assert_eq!(bench.store.jobs.jobs_of(version(1)).await.unwrap().len(), 1);
}

/// Runners on two handles; time jumps past leases in between, so claims are lost and taken over. Nobody completes
/// a job with a claim that somebody else has taken over, and every job is done once.
pub async fn no_job_is_held_by_two_runners(bench: &Bench) {
    const JOBS: u64 = 60;
    let seed = seed();
    bench.store.jobs.enqueue((0..JOBS).map(|number| new_job(number, "chunk", None)).collect()).await.unwrap();
    // Every claim ever made, by job: tokens must be all different, and one completion each.
    let claims: Arc<parking_lot::Mutex<Vec<(JobId, u64)>>> = Arc::default();
    let finished: Arc<parking_lot::Mutex<Vec<JobId>>> = Arc::default();
    let clock = Arc::new(std::sync::atomic::AtomicI64::new(at(0).0));
    let mut running = JoinSet::new();
    for runner in 0..6 {
        let jobs = if runner % 2 == 0 { bench.store.jobs.clone() } else { bench.other.jobs.clone() };
        let (claims, finished, clock) = (claims.clone(), finished.clone(), clock.clone());
        let mut chance = Chance::new(seed ^ runner);
        running.spawn(async move {
            loop {
                let now = Timestamp(clock.load(std::sync::atomic::Ordering::Relaxed));
                let Some(row) = jobs.claim(&format!("r{runner}"), WEIGHT_ALONE, now).await.unwrap() else {
                    let open = jobs.list(Some(JobState::Running), None, 100).await.unwrap().len()
                        + jobs.list(Some(JobState::Waiting), None, 100).await.unwrap().len();
                    if open == 0 {
                        return;
                    }
                    clock.fetch_add(LEASE_MS * 1000, std::sync::atomic::Ordering::Relaxed);
                    continue;
                };
                claims.lock().push((row.new.job, row.token));
                // Of the first tries one in three dies; the third try always ends, so that no job is given up.
                if row.attempts < 3 && chance.below(3) == 0 {
                    continue;
                }
                if jobs.complete(row.new.job, row.token, JobDone::default()).await.unwrap().is_held() {
                    finished.lock().push(row.new.job);
                }
            }
        });
    }
    running.join_all().await;
    let mut all = claims.lock().clone();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "seed {seed}: a claim was given twice");
    let mut done = finished.lock().clone();
    let completions = done.len();
    done.sort();
    done.dedup();
    assert_eq!(done.len(), completions, "seed {seed}: a job was completed twice");
    for number in 0..JOBS {
        let row = bench.store.jobs.job(job(number)).await.unwrap().unwrap();
        let newest = all.iter().filter(|(known, _)| *known == job(number)).map(|(_, token)| *token).max();
        assert_eq!(Some(row.token), newest, "seed {seed}");
        assert_eq!(row.state == JobState::Done, done.contains(&job(number)), "seed {seed}: {row:?}");
    }
    println!("seed {seed}: {count} claims for {JOBS} jobs, {completions} completed");
    assert!(completions as u64 > JOBS / 2, "seed {seed}");
}
