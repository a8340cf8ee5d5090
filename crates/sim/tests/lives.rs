//! Many simulated lives, each checked as a whole; and lives with a rule taken away, which the checker must notice.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use sim::history::Faults;
use sim::{Break, Options, check, run};

/// Seeds in a usual run; `GENLOCK_LONG=1` runs fifty times as many.
fn seeds() -> u64 {
    if std::env::var_os("GENLOCK_LONG").is_some() { 10_000 } else { 200 }
}

/// One life by its number: `GENLOCK_SEED=17 cargo test -p sim --test lives`.
fn wanted() -> Vec<u64> {
    match std::env::var("GENLOCK_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => vec![seed],
        None => (0..seeds()).collect(),
    }
}

#[test]
fn laws_2_to_6_and_12_hold_in_every_life() {
    let mut faults = Faults::default();
    let mut events = 0;
    for seed in wanted() {
        // From one node with few clients to five with many.
        let nodes = 1 + usize::try_from(seed % 5).unwrap();
        let clients = 3 + usize::try_from(seed % 7).unwrap();
        // Every tenth life is long enough for snapshots.
        let operations = if seed % 10 == 9 { 120 } else { 25 };
        let history = run(seed, Options { nodes, clients, operations, ..Options::default() });
        let violations = check(&history);
        assert!(
            violations.is_empty(),
            "seed {seed} ({nodes} nodes, {clients} clients), again by GENLOCK_SEED={seed}:\n{violations:#?}"
        );
        faults.add(&history.faults);
        events += history.log.len();
    }
    println!("{events} events; {:?}", faults.list());
    if wanted().len() > 1 {
        for (fault, count) in faults.list() {
            assert!(count > 0, "no {fault} in any life: the run proves nothing about it");
        }
    }
}

#[test]
fn law_1_a_seed_gives_the_same_life_again() {
    for seed in [3, 17, 99] {
        let (one, two) = (run(seed, Options::default()), run(seed, Options::default()));
        assert_eq!(one.log, two.log);
        assert_eq!(format!("{:?}", one.readers), format!("{:?}", two.readers));
    }
}

/// The checker must find a broken rule within these seeds, and name the promise.
fn noticed(broken: Break, promises: &[&str]) {
    let found = (0..60).find(|seed| {
        let history = run(*seed, Options { broken: Some(broken), ..Options::default() });
        let violations = check(&history);
        violations.iter().any(|found| promises.iter().any(|promise| found.rule.starts_with(promise)))
    });
    assert!(found.is_some(), "{broken:?} was not noticed in 60 lives");
}

#[test]
fn positive_control_ok_before_the_commit_is_noticed() {
    noticed(Break::AckBeforeCommit, &["law 2", "I1"]);
}

#[test]
fn positive_control_operations_that_happen_twice_are_noticed() {
    noticed(Break::NoDedupe, &["I2"]);
}

#[test]
fn positive_control_holes_that_are_not_seen_are_noticed() {
    noticed(Break::NoGapDetection, &["I4"]);
}

#[test]
fn positive_control_a_lost_last_event_is_noticed() {
    noticed(Break::NoHeads, &["I7"]);
}

#[test]
fn positive_control_a_forked_log_is_noticed() {
    noticed(Break::NoCompareAndSet, &["I1", "I4"]);
}

#[test]
fn positive_control_a_wait_beyond_the_patience_is_noticed() {
    noticed(Break::NoPatience, &["law 12"]);
}
