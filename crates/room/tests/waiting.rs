//! Whom the timeline waits for: as scripts of what players report, and as a property of every sequence of reports.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use proptest::prelude::*;
use protocol::command::*;
use protocol::event::{EventBody, TimelineCause, TimelineSet};
use protocol::fleeting::{Fleeting, SyncReport, Visible};
use protocol::*;
use room::waiting::{COOL_DOWN_MS, GRACE_MS, REST_MS, STANDSTILL_MS};
use room::*;
use std::collections::BTreeMap;
use std::rc::Rc;

fn report(status: SyncStatus) -> Fleeting {
    Fleeting::Sync(SyncReport {
        status,
        error_us: 0,
        bound_us: 500,
        rtt_us: 2_000,
        buffered_ms: 0,
        start_latency_ms: 41,
    })
}

fn say_status(node: &mut Node, s: u8, status: SyncStatus) {
    node.input(Input::Fleeting { session: session(s), value: report(status) });
}

fn patience(ms: u32) -> Command {
    Command::PatienceSet(PatienceSet { patience_ms: ms })
}

/// A film that plays with the owner (connection 1) and the member (2), both on the right frame.
fn playing() -> Node {
    let mut node = Node::furnished();
    for s in [1, 2] {
        say_status(&mut node, s, SyncStatus::Locked);
    }
    node.person(1, play()).unwrap();
    go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Locked)], 5_000);
    node.quiet();
    node
}

/// Time goes on in steps of 100 ms; each connection says once a second how it stands.
fn go_on(node: &mut Node, standing: &[(u8, SyncStatus)], ms: i64) {
    for step in 0..ms / 100 {
        if step % 10 == 0 {
            for (s, status) in standing {
                say_status(node, *s, *status);
            }
        }
        node.wait_ms(100);
    }
}

/// The changes of the timeline that were committed, with their times.
fn changes(node: &Node) -> Vec<(Timestamp, TimelineSet)> {
    let of_event = |event: &Event| match &event.body {
        EventBody::TimelineSet(set) => Some((event.at, set.clone())),
        _ => None,
    };
    node.committed.iter().filter_map(of_event).collect()
}

fn causes(node: &Node) -> Vec<TimelineCause> {
    changes(node).iter().map(|(_, set)| set.cause).collect()
}

#[test]
fn law_12_who_buffers_is_waited_for_as_long_as_the_patience_and_then_they_catch_up() {
    for (patience_ms, expected_ms) in [(2_000, 2_000), (500, 500), (5_000, 5_000)] {
        let mut node = playing();
        if patience_ms != 2_000 {
            node.person(1, patience(patience_ms)).unwrap();
        }
        node.quiet();
        let stands_at = node.state().timeline.frame_at(node.now);
        go_on(&mut node, &[(2, SyncStatus::Buffering), (1, SyncStatus::Locked)], 8_000);
        let seen = changes(&node);
        assert_eq!(causes(&node), [TimelineCause::Wait, TimelineCause::Resume], "{patience_ms}");
        let (began, wait) = (seen[0].0, seen[0].1.wait.clone().unwrap());
        assert_eq!((wait.people, wait.reason), (vec![person(2)], WaitReason::Buffering));
        assert_eq!((wait.from_us, wait.until_us), (began, began.plus_ms(expected_ms)));
        assert_eq!(seen[1].0, wait.until_us, "it ends by its time");
        // It stood at one frame for that long and went on from there, without a jump.
        let there = &seen[0].1.timeline;
        assert_eq!(there.frame, stands_at + GRACE_MS * 25 / 1_000);
        assert_eq!(there.frame_at(wait.until_us), there.frame);
        assert_eq!((seen[1].1.timeline.frame, seen[1].1.timeline.anchor_us), (there.frame, there.anchor_us));
        assert!(node.state().timeline.playing && node.state().waiting(node.now).is_none());
    }
}

#[test]
fn who_comes_back_in_time_is_gone_on_with_at_once_and_together() {
    let mut node = playing();
    go_on(&mut node, &[(2, SyncStatus::Buffering)], 1_000);
    assert_eq!(causes(&node), [TimelineCause::Wait]);
    say_status(&mut node, 2, SyncStatus::Adjusting);
    let seen = changes(&node);
    assert_eq!(causes(&node), [TimelineCause::Wait, TimelineCause::Resume]);
    let after = &seen[1].1.timeline;
    assert_eq!(after.frame, seen[0].1.timeline.frame);
    assert_eq!(after.anchor_us.since_us(node.now), 120_000, "a little ahead, so that all start together");
    assert_eq!(node.state().wait.as_ref().unwrap().until_us, node.now);
}

#[test]
fn a_moment_without_data_stops_nobody() {
    let mut node = playing();
    say_status(&mut node, 2, SyncStatus::Buffering);
    node.wait_ms(GRACE_MS - 100);
    say_status(&mut node, 2, SyncStatus::Locked);
    node.wait_ms(1_000);
    assert_eq!(causes(&node), []);
}

#[test]
fn law_12_the_same_person_is_not_waited_for_again_and_again() {
    let mut node = playing();
    let mut waits = Vec::new();
    // Ten minutes in which the member loses its data every four seconds.
    node.person(1, load(9, false)).unwrap();
    node.person(1, play()).unwrap();
    for _ in 0..20 {
        node.person(1, seek(0)).unwrap();
        go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Locked)], 4_000);
        go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Buffering)], 4_000);
    }
    waits.extend(changes(&node).into_iter().filter_map(|(_, set)| set.wait));
    assert!((2..=3).contains(&waits.len()), "{} waits in 160 s", waits.len());
    for pair in waits.windows(2) {
        assert!(pair[1].from_us.since_us(pair[0].until_us) >= COOL_DOWN_MS * 1_000);
    }
}

#[test]
fn viewers_joiners_hidden_tabs_and_those_on_their_own_are_not_waited_for() {
    // A viewer (3) and a guest (4).
    for (who, s, waits) in [(3, 13, false), (4, 14, true)] {
        let mut node = playing();
        node.come(s, who);
        say_status(&mut node, s, SyncStatus::Locked);
        go_on(&mut node, &[(1, SyncStatus::Locked), (s, SyncStatus::Buffering)], 1_000);
        assert_eq!(causes(&node).contains(&TimelineCause::Wait), waits, "person {who}");
    }
    let mut node = playing();
    node.come(14, 4);
    go_on(&mut node, &[(1, SyncStatus::Locked), (14, SyncStatus::Buffering)], 3_000);
    assert_eq!(causes(&node), [], "who joins");
    let mut node = playing();
    node.input(Input::Fleeting { session: session(2), value: Fleeting::Visible(Visible { shown: false }) });
    go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Buffering)], 3_000);
    assert_eq!(causes(&node), [], "a hidden tab");
    let mut node = playing();
    go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Own)], 3_000);
    assert_eq!(causes(&node), [], "on their own");
    let mut node = playing();
    say_status(&mut node, 2, SyncStatus::Buffering);
    node.go(2, false);
    go_on(&mut node, &[(1, SyncStatus::Locked)], 3_000);
    assert_eq!(causes(&node), [], "a lost connection");
}

#[test]
fn law_12_a_few_cannot_stall_a_crowd() {
    for (bad, waits) in [(1, false), (4, false), (5, true)] {
        let mut node = playing();
        let crowd = 20_u8;
        for n in 0..crowd - 2 {
            node.system(join(100 + n, Role::Member)).unwrap();
            node.come(100 + n, 100 + n);
            say_status(&mut node, 100 + n, SyncStatus::Locked);
        }
        let everybody: Vec<(u8, SyncStatus)> = [1, 2]
            .into_iter()
            .chain((0..crowd - 2).map(|n| 100 + n))
            .enumerate()
            .map(|(at, s)| (s, if at < bad { SyncStatus::Buffering } else { SyncStatus::Locked }))
            .collect();
        go_on(&mut node, &everybody, 1_000);
        assert_eq!(causes(&node).contains(&TimelineCause::Wait), waits, "{bad} of {crowd}");
    }
}

#[test]
fn where_a_presenter_has_control_only_the_presenter_is_waited_for() {
    for (presenter, waits) in [(2, true), (1, false)] {
        let mut node = playing();
        let mode = ControlMode::Presenter;
        node.person(1, Command::ControlSet(ControlSet { mode, presenter: Some(person(presenter)) })).unwrap();
        go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Buffering)], 1_000);
        assert_eq!(causes(&node).contains(&TimelineCause::Wait), waits, "presenter {presenter}");
    }
}

#[test]
fn patience_is_set_by_moderators_and_within_bounds_and_none_means_never() {
    let mut node = playing();
    assert_eq!(code(&node.person(2, patience(1_000))), Some(Code::Forbidden));
    assert_eq!(code(&node.person(5, patience(5_001))), Some(Code::Invalid));
    assert!(node.person(5, patience(0)).is_ok());
    node.quiet();
    go_on(&mut node, &[(1, SyncStatus::Locked), (2, SyncStatus::Buffering)], 5_000);
    assert_eq!(causes(&node), []);
    // Whoever says otherwise: the system's own command is bounded as well.
    let revision = node.state().timeline.revision;
    let wait = |for_ms| {
        let (people, reason) = (vec![person(2)], WaitReason::Buffering);
        Command::PlaybackWait(PlaybackWait { revision, people, reason, for_ms })
    };
    assert_eq!(code(&node.person(1, wait(1_000))), Some(Code::Forbidden));
    node.system(wait(60_000)).unwrap();
    assert_eq!(causes(&node), []);
    say_status(&mut node, 2, SyncStatus::Locked);
    node.person(5, patience(5_000)).unwrap();
    node.system(wait(60_000)).unwrap();
    let (at, set) = changes(&node).into_iter().rev().find(|(_, set)| set.wait.is_some()).unwrap();
    assert_eq!(set.timeline.anchor_us, at.plus_ms(5_000));
}

#[test]
fn where_nobody_can_play_the_film_stands_until_somebody_can() {
    for (status, reason) in
        [(SyncStatus::Preparing, WaitReason::Preparing), (SyncStatus::Buffering, WaitReason::Nobody)]
    {
        let mut node = playing();
        let before = node.state().timeline.frame_at(node.now);
        go_on(&mut node, &[(1, status), (2, status)], 20_000);
        let waits: Vec<Wait> = changes(&node).into_iter().filter_map(|(_, set)| set.wait).collect();
        assert!(waits.len() > 3, "it is said anew");
        assert!(waits.iter().all(|wait| wait.reason == reason));
        assert!(waits.iter().all(|wait| wait.from_us == waits[0].from_us));
        assert!(waits.windows(2).all(|pair| pair[1].until_us.since_us(pair[0].until_us) <= 5_000_000));
        let stands = node.state().timeline.frame_at(node.now);
        assert_eq!(stands, before + GRACE_MS * 25 / 1_000, "nothing of the film is missed");
        say_status(&mut node, 1, SyncStatus::Adjusting);
        assert_eq!(causes(&node).last(), Some(&TimelineCause::Resume));
        assert!(node.state().timeline.anchor_us.since_us(node.now) <= 200_000);
    }
}

#[test]
fn a_standstill_without_end_becomes_a_pause() {
    let mut node = playing();
    go_on(&mut node, &[(1, SyncStatus::Preparing), (2, SyncStatus::Preparing)], STANDSTILL_MS + 10_000);
    assert!(!node.state().timeline.playing);
    assert_eq!(causes(&node).last(), Some(&TimelineCause::Pause));
    assert_eq!(node.committed.last().unwrap().actor, None);
}

#[test]
fn a_person_who_pauses_seeks_or_changes_the_speed_ends_the_wait() {
    for (command, playing_after) in [(pause(), false), (seek(1_000), true), (speed(3, 2), true)] {
        let mut node = playing();
        go_on(&mut node, &[(2, SyncStatus::Buffering)], 1_000);
        assert!(node.state().waiting(node.now).is_some());
        node.person(1, command.clone()).unwrap();
        assert!(node.state().waiting(node.now).is_none(), "{command:?}");
        let timeline = &node.state().timeline;
        assert_eq!(timeline.playing, playing_after);
        assert!(timeline.anchor_us.since_us(node.now) <= 1_200_000, "{command:?}");
    }
}

#[test]
fn law_5_a_wait_survives_the_node_that_began_it_and_ends_once() {
    let mut one = playing();
    go_on(&mut one, &[(2, SyncStatus::Buffering)], 1_000);
    let until = one.state().wait.as_ref().unwrap().until_us;
    // The node is gone; two others read the log and wake.
    let mut two = Node::new(Rc::clone(&one.log));
    let mut three = Node::new(Rc::clone(&one.log));
    for node in [&mut two, &mut three] {
        node.now = until.plus_ms(-500);
        node.come(9, 1);
        say_status(node, 9, SyncStatus::Locked);
        assert_eq!(node.committed.len(), 0, "who is waited for may be somewhere else");
        node.now = until;
        node.input(Input::Tick);
    }
    let log = one.log.borrow();
    let resumes = log.events.iter().filter(
        |event| matches!(&event.body, EventBody::TimelineSet(set) if set.cause == TimelineCause::Resume),
    );
    assert_eq!(resumes.count(), 1);
}

#[test]
fn law_12_who_can_play_on_another_node_ends_a_standstill_and_it_does_not_come_back() {
    let mut one = playing();
    one.go(1, true);
    let mut two = Node::new(Rc::clone(&one.log));
    two.now = one.now;
    two.come(9, 1);
    say_status(&mut two, 9, SyncStatus::Locked);
    go_on(&mut one, &[(2, SyncStatus::Buffering)], 500);
    assert!(one.state().waiting(one.now).is_some());
    let news = |from: &Node, to: &mut Node| {
        let events = from.log.borrow().after(to.room.head().seq);
        to.now = from.now;
        to.input(Input::Foreign { events });
    };
    news(&one, &mut two);
    assert_eq!(causes(&two).last(), Some(&TimelineCause::Resume));
    news(&two, &mut one);
    let resumed = one.now;
    go_on(&mut one, &[(2, SyncStatus::Buffering)], 25_000);
    let again: Vec<Wait> = changes(&one).into_iter().filter_map(|(_, set)| set.wait).collect();
    // Once more at most, as somebody who is waited for like anybody.
    let later: Vec<&Wait> = again.iter().filter(|wait| wait.from_us > resumed).collect();
    assert!(later.len() <= 1 && later.iter().all(|wait| wait.reason == WaitReason::Buffering), "{later:?}");
}

#[test]
fn law_15_what_was_stored_before_there_was_patience_is_read() {
    // A snapshot and an event as they were: arrays without the new fields.
    let state = Node::furnished().state().to_wire();
    let bytes = rmp_serde::to_vec(&state).unwrap();
    let (ChannelState { patience_ms, wait, .. }, whole) =
        (rmp_serde::from_slice(&bytes).unwrap(), rmp_serde::from_slice::<ChannelState>(&bytes).unwrap());
    assert_eq!((patience_ms, wait), (2_000, None));
    assert_eq!(whole, state);
    let short = (
        state.channel,
        &state.name,
        state.visibility,
        &state.members,
        &state.timeline,
        state.control,
        state.presenter,
        &state.queue,
    );
    let old: ChannelState = rmp_serde::from_slice(&rmp_serde::to_vec(&short).unwrap()).unwrap();
    assert_eq!(old, state);
    let short = (&state.timeline, TimelineCause::Load, None::<ItemId>);
    let old: TimelineSet = rmp_serde::from_slice(&rmp_serde::to_vec(&short).unwrap()).unwrap();
    assert_eq!(
        old,
        TimelineSet { timeline: state.timeline, cause: TimelineCause::Load, item: None, wait: None }
    );
}

/// A step of a random evening.
#[derive(Clone, Debug)]
enum Step {
    Report { who: u8, status: SyncStatus },
    Wait { ms: i64 },
    Wish(Command),
}

fn steps() -> impl Strategy<Value = Step> {
    let statuses = vec![
        SyncStatus::Locked,
        SyncStatus::Adjusting,
        SyncStatus::Buffering,
        SyncStatus::Buffering,
        SyncStatus::Preparing,
        SyncStatus::Own,
    ];
    let wishes = prop_oneof![
        Just(play()),
        Just(pause()),
        (0_i64..2_000).prop_map(seek),
        (0_u32..6_000).prop_map(patience),
        (1_u32..4).prop_map(|num| speed(num, 2)),
    ];
    prop_oneof![
        6 => (1_u8..6, proptest::sample::select(statuses)).prop_map(|(who, status)| Step::Report { who, status }),
        4 => (0_i64..1_500).prop_map(|ms| Step::Wait { ms }),
        1 => wishes.prop_map(Step::Wish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_12_no_wait_is_longer_or_comes_oftener_than_the_policy_says(
        steps in proptest::collection::vec(steps(), 1..200),
    ) {
        let mut node = playing();
        for who in 3..6 {
            node.come(who, who);
        }
        let mut standing: BTreeMap<u8, SyncStatus> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Report { who, status } => {
                    standing.insert(who, status);
                    say_status(&mut node, who, status);
                }
                Step::Wait { ms } => node.wait_ms(ms),
                Step::Wish(command) => drop(node.person(1, command)),
            }
            // While anybody is known to be able to play, nothing but a wait for members stands in their way.
            let plays = standing.values().any(|s| matches!(s, SyncStatus::Locked | SyncStatus::Adjusting));
            if let Some(wait) = node.state().waiting(node.now) {
                prop_assert!(!plays || wait.reason == WaitReason::Buffering);
                prop_assert!(wait.until_us.since_us(node.now) <= 5_000_000);
            }
        }
        let (mut patience_ms, mut last): (i64, Option<Wait>) = (2_000, None);
        let mut waited: BTreeMap<PersonId, Timestamp> = BTreeMap::new();
        for event in &node.committed {
            match &event.body {
                EventBody::PatienceChanged(changed) => patience_ms = i64::from(changed.patience_ms),
                EventBody::TimelineSet(TimelineSet { wait: Some(wait), .. }) => {
                    if wait.reason == WaitReason::Buffering {
                        prop_assert!(wait.until_us.since_us(event.at) <= patience_ms * 1_000);
                        if let Some(last) = &last {
                            prop_assert!(event.at.since_us(last.until_us) >= REST_MS * 1_000);
                        }
                        for person in &wait.people {
                            let before = waited.insert(*person, wait.until_us);
                            let long = before.is_none_or(|at| event.at.since_us(at) >= COOL_DOWN_MS * 1_000);
                            prop_assert!(long, "{person} again");
                        }
                    }
                    last = Some(wait.clone());
                }
                EventBody::TimelineSet(_) => {
                    if let Some(last) = &mut last {
                        last.until_us = last.until_us.min(event.at);
                    }
                }
                _ => {}
            }
        }
    }
}
