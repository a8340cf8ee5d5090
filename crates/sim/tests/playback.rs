//! Many sessions of watching together, each checked as a whole; and sessions with a broken part, which the checks must
//! notice.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

use sim::playback::history::Disturbances;
use sim::playback::{Break, History, Options, check, run};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Sessions in a usual run; `GENLOCK_LONG=1` plays ten times as many.
fn seeds() -> u64 {
    if std::env::var_os("GENLOCK_LONG").is_some() { 10_000 } else { 1_000 }
}

/// One session by its number: `GENLOCK_SEED=17 cargo test -p sim --test playback`.
fn wanted() -> (u64, u64) {
    match std::env::var("GENLOCK_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => (seed, seed + 1),
        None => (0, seeds()),
    }
}

/// Plays every session on all cores; `look` sees each.
fn each<T: Default + Send>(
    (from, to): (u64, u64),
    options: Options,
    look: impl Fn(&mut T, &History) + Sync,
) -> Vec<T> {
    let next = AtomicU64::new(from);
    let play = || {
        let mut seen = T::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= to {
                return seen;
            }
            look(&mut seen, &run(seed, options));
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(play)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[derive(Default)]
struct Seen {
    disturbances: Disturbances,
    broken: Vec<(u64, String)>,
}

fn all_hold(seeds: (u64, u64), options: Options) -> Disturbances {
    let seen = each(seeds, options, |seen: &mut Seen, history| {
        seen.disturbances.add(&history.disturbances);
        seen.broken.extend(check(history).iter().take(5).map(|found| (history.seed, format!("{found:?}"))));
    });
    let mut disturbances = Disturbances::default();
    let mut broken = Vec::new();
    for thread in seen {
        disturbances.add(&thread.disturbances);
        broken.extend(thread.broken);
    }
    broken.sort();
    let sessions: std::collections::BTreeSet<u64> = broken.iter().map(|(seed, _)| *seed).collect();
    let first: Vec<_> = broken.iter().take(20).collect();
    assert!(
        broken.is_empty(),
        "{} of {} sessions, again by GENLOCK_SEED=n:\n{first:#?}",
        sessions.len(),
        seeds.1 - seeds.0
    );
    disturbances
}

#[test]
fn in_one_room_everybody_sees_the_same() {
    let calm = Options { troubled: false, seconds: 120, ..Options::default() };
    all_hold((0, 20), Options { gestures: false, ..calm });
    all_hold((20, 60), calm);
}

#[test]
fn laws_7_and_12_hold_for_everybody_who_watches_together() {
    let seeds = wanted();
    let disturbances = all_hold(seeds, Options::default());
    println!("{:?}", disturbances.list());
    if seeds.1 - seeds.0 > 1 {
        for (name, count) in disturbances.list() {
            assert!(count > 0, "no {name} in any session: the run proves nothing about it");
        }
    }
}

#[test]
fn law_1_a_seed_gives_the_same_session_again() {
    for seed in [3, 17] {
        let options = Options { seconds: 180, ..Options::default() };
        let (one, two) = (run(seed, options), run(seed, options));
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
}

/// The checks must find a broken part within these sessions, and name the rule.
fn noticed(broken: Break, rule: &str) {
    let options = Options { seconds: 240, broken: Some(broken), ..Options::default() };
    let found =
        (0..20).find(|seed| check(&run(*seed, options)).iter().any(|found| found.rule.starts_with(rule)));
    assert!(found.is_some(), "{broken:?} was not noticed in 20 sessions");
}

#[test]
fn positive_control_pages_that_miss_events_are_noticed() {
    noticed(Break::IgnoresEvents, "one state");
}

#[test]
fn positive_control_half_the_bound_is_noticed() {
    noticed(Break::HalfBound, "the shown bound");
}

#[test]
fn positive_control_elements_that_nobody_steers_are_noticed() {
    noticed(Break::NoSteering, "in steady play");
}

#[test]
fn positive_control_a_controller_that_trims_too_hard_is_noticed() {
    noticed(Break::Zeal, "no oscillation");
}

#[test]
fn positive_control_commands_shown_when_answered_are_noticed() {
    noticed(Break::ShowsLate, "own commands");
}

#[test]
fn positive_control_a_screen_that_snaps_back_is_noticed() {
    noticed(Break::SnapsBack, "whoever pressed");
}

#[test]
fn positive_control_a_film_that_comes_back_is_noticed() {
    noticed(Break::SnapsBack, "no screen flickers");
}

#[test]
fn positive_control_a_wait_beyond_the_patience_is_noticed() {
    noticed(Break::NoPatience, "law 12");
}
