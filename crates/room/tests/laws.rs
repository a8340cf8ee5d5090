//! The laws of ARCHITECTURE.md that concern the room, each by its number.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use protocol::command::*;
use protocol::event::{EventBody, TimelineCause};
use protocol::*;
use room::*;
use std::rc::Rc;

#[test]
fn law_1_the_same_inputs_give_the_same_outputs_and_nothing_can_fail() {
    let run = || {
        let mut node = Node::furnished();
        node.over(2, op(1), say("hi"));
        node.over(1, op(2), play());
        node.over(2, op(3), Command::QueuePlay(QueuePlay { item: item(1) }));
        node.wait_ms(100);
        // What makes no sense is answered or ignored, never an accident.
        node.input(Input::AppendFailed);
        node.input(Input::Left { session: session(99), clean: false });
        node.input(Input::Catchup { session: session(99), from: Position { epoch: 0, seq: u64::MAX } });
        node.input(Input::Foreign { events: Vec::new() });
        node.outputs
    };
    assert_eq!(run(), run());
}

#[test]
fn law_2_nobody_sees_an_event_before_it_is_committed() {
    let mut node = Node::furnished();
    node.auto = false;
    node.over(2, op(1), say("hi"));
    assert!(node.append.is_some());
    assert!(node.committed.is_empty() && node.sent.is_empty(), "neither event nor ok before the commit");
    // A retry, a resume and a catch-up in between see nothing of it either.
    node.over(2, op(1), say("hi"));
    node.come(7, 1);
    node.input(Input::Catchup { session: session(1), from: Position { epoch: 77, seq: 3 } });
    assert!(node.answers_of(2).is_empty());
    let text = format!("{:?}", node.sent);
    assert!(!text.contains("\"hi\""), "{text}");
    node.log_answers();
    assert_eq!(node.committed.len(), 1);
    let seq = node.committed[0].seq;
    assert_eq!(node.answers_of(2), vec![(op(1), Ok(seq)), (op(1), Ok(seq))]);
}

#[test]
fn law_2_an_answer_without_an_event_waits_for_what_it_follows_from() {
    let mut node = Node::furnished();
    node.person(1, play()).unwrap();
    node.auto = false;
    node.over(1, op(1), pause());
    // Pausing what is about to be paused, and removing what is about to be removed, hang on the commit before.
    node.over(2, op(2), pause());
    node.over(2, op(3), Command::QueuePlay(QueuePlay { item: item(1) }));
    assert!(node.answers_of(1).is_empty() && node.answers_of(2).is_empty());
    node.log_answers();
    let head = node.room.head().seq;
    assert_eq!(node.answers_of(1), vec![(op(1), Ok(head))]);
    assert_eq!(node.answers_of(2), vec![(op(2), Ok(head)), (op(3), Err(Code::QueueItemGone.number()))]);
}

#[test]
fn law_2_a_failed_append_shows_nothing_and_may_be_sent_again() {
    let mut node = Node::furnished();
    node.auto = false;
    node.over(2, op(1), say("hi"));
    node.append = None;
    node.input(Input::AppendFailed);
    assert!(node.committed.is_empty());
    match &node.frames_of(2)[..] {
        [ServerFrame::Reject(reject)] => {
            assert_eq!((reject.code, reject.retry_after_ms.is_some()), (Code::LogUnavailable.number(), true));
        }
        other => panic!("{other:?}"),
    }
    node.over(2, op(1), say("hi"));
    node.log_answers();
    assert_eq!(node.committed.len(), 1);
}

#[test]
fn law_3_a_changed_epoch_means_snapshot_and_a_known_one_the_tail() {
    let mut node = Node::furnished();
    let head = node.room.head();
    for (from, tail) in [
        (None, None),
        (Some(head), Some(vec![])),
        (Some(Position { seq: head.seq - 2, ..head }), Some(vec![head.seq - 1, head.seq])),
        (Some(Position { epoch: head.epoch + 1, ..head }), None),
        (Some(Position { seq: head.seq + 1, ..head }), None),
    ] {
        node.quiet();
        node.come_from(8, 2, from);
        let frames = node.frames_of(8);
        let ServerFrame::Welcome(welcome) = &frames[0] else { panic!("{frames:?}") };
        assert_eq!(welcome.resumed, tail.is_some(), "{from:?}");
        match (&frames[1], tail) {
            (ServerFrame::Events(events), Some(seqs)) => {
                assert_eq!(events.events.iter().map(|event| event.seq).collect::<Vec<_>>(), seqs);
            }
            (ServerFrame::Snapshot(snapshot), None) => assert_eq!(snapshot.at, head),
            other => panic!("{other:?}"),
        }
        assert!(matches!(frames[2], ServerFrame::Presence(_)));
        node.go(8, true);
    }
}

#[test]
fn law_3_a_log_with_a_new_life_sends_everybody_a_snapshot() {
    let mut node = Node::furnished();
    let mut seed = Seed::empty(CHANNEL, 78);
    for event in &node.log.borrow().events[..4] {
        assert!(seed.apply(event));
    }
    node.input(Input::Replaced(Box::new(seed)));
    for n in [1, 2] {
        assert!(
            matches!(&node.frames_of(n)[..], [ServerFrame::Snapshot(at)] if at.at == Position { epoch: 78, seq: 4 })
        );
    }
}

#[test]
fn law_4_of_two_nodes_one_wins_and_the_other_decides_again() {
    let mut one = Node::furnished();
    one.person(1, queue_add(20)).unwrap();
    let mut two = Node::new(Rc::clone(&one.log));
    two.come(3, 5);
    two.quiet();
    one.auto = false;
    two.auto = false;
    // Both take the same entry: one event each, decided on the same head.
    one.over(2, op(1), Command::QueuePlay(QueuePlay { item: item(20) }));
    two.over(3, op(2), Command::QueuePlay(QueuePlay { item: item(20) }));
    two.over(3, op(3), say("after"));
    one.log_answers();
    two.log_answers();
    assert_eq!(
        two.answers_of(3),
        vec![(op(2), Err(Code::QueueItemGone.number()))],
        "decided again, on what was true"
    );
    two.log_answers();
    assert_eq!(two.answers_of(3).len(), 2, "what came after goes in after");
    let news = one.log.borrow().after(one.room.head().seq);
    one.input(Input::Foreign { events: news });
    assert_eq!(one.state(), two.state());
    let seqs: Vec<Seq> = one.log.borrow().events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as Seq).collect::<Vec<_>>());
}

#[test]
fn law_5_a_retry_returns_the_first_answer() {
    let mut node = Node::furnished();
    node.over(2, op(1), say("once"));
    let first = node.answers_of(2)[0];
    // At once, after a thousand others, on a new connection, on another node, and when the right is gone.
    node.over(2, op(1), say("once"));
    assert_eq!(node.answers_of(2)[1], first);
    for n in 0..1_100 {
        node.person(1, say(&format!("{n}"))).unwrap();
    }
    let seed = seed_from_snapshot(&node);
    let mut other = Node::from_seed(seed, Rc::clone(&node.log));
    node.system(role(2, Role::Viewer)).unwrap();
    for (node, what) in [(&mut node, "same node"), (&mut other, "other node")] {
        node.come(12, 2);
        node.over(12, op(1), say("once"));
        assert_eq!(node.answers_of(12), vec![first], "{what}");
        assert_eq!(node.log.borrow().events.iter().filter(|event| event.op == op(1)).count(), 1);
    }
    // Somebody else's id is not theirs.
    node.over(1, op(1), say("mine"));
    assert_eq!(node.answers_of(1), vec![(op(1), Err(Code::Conflict.number()))]);
}

fn seed_from_snapshot(node: &Node) -> Seed {
    let (at, bytes) = node.snapshots.last().expect("a snapshot every 256 events");
    let mut seed = room::snapshot::decode(*at, bytes).unwrap();
    for event in node.log.borrow().after(at.seq) {
        assert!(seed.apply(&event));
    }
    seed
}

#[test]
fn law_5_a_refusal_and_a_fulfilled_wish_are_answered_the_same_again() {
    let mut node = Node::furnished();
    node.over(2, op(1), seek(1_000_000));
    node.over(2, op(2), pause());
    node.person(1, play()).unwrap();
    node.over(2, op(1), seek(3));
    node.over(2, op(2), pause());
    let answers = node.answers_of(2);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[1], answers[3]);
    assert!(
        node.state().timeline.playing,
        "the pause that meant an earlier moment does not stop a later play"
    );
}

#[test]
fn law_5_an_operation_id_has_an_age() {
    let mut node = Node::furnished();
    let at = |ms: i64| OpId::v7((T0.unix_ms() + ms) as u64, [9; 10]);
    let day = 24 * 3_600 * 1_000;
    for (id, ok) in [
        (at(-29 * day), true),
        (at(-31 * day), false),
        (at(day / 2), true),
        (at(2 * day), false),
        (OpId::from_bytes([0; 16]), false),
        (OpId::parse("9e2b1f0e-5a55-4b1a-8c55-0123456789ab").unwrap(), false),
        (room::ops::derive("advance", CHANNEL, 1), false),
    ] {
        let waiter = node.wish(By::Person(OWNER), id, say("x"));
        let answer = node.answers.remove(&waiter).unwrap();
        assert_eq!(code(&answer), (!ok).then_some(Code::OperationStale), "{id}");
    }
}

#[test]
fn law_5_the_end_of_a_video_happens_once_however_many_nodes_wake() {
    let mut one = Node::furnished();
    one.person(1, queue_add(20)).unwrap();
    one.person(1, play()).unwrap();
    let mut nodes = [Node::new(Rc::clone(&one.log)), Node::new(Rc::clone(&one.log)), one];
    for node in &mut nodes {
        node.auto = false;
        // 2,500 frames at 25 a second are 100 s, and the lead.
        node.wait_ms(101_000);
    }
    for node in &mut nodes {
        while node.append.is_some() {
            node.log_answers();
        }
    }
    let log = nodes[0].log.borrow();
    let advances: Vec<&Event> = log
        .events
        .iter()
        .filter(
            |event| matches!(&event.body, EventBody::TimelineSet(set) if set.cause == TimelineCause::Advance),
        )
        .collect();
    assert_eq!(advances.len(), 1);
    let EventBody::TimelineSet(set) = &advances[0].body else { unreachable!() };
    assert_eq!((set.item, set.timeline.playing, set.timeline.frame), (Some(item(20)), true, 0));
    assert!(nodes[0].state().queue.is_empty());
}

#[test]
fn law_6_a_gap_is_filled_from_the_log() {
    let mut one = Node::furnished();
    let mut two = Node::new(Rc::clone(&one.log));
    two.come(3, 5);
    two.quiet();
    for n in 0..3 {
        one.person(1, say(&format!("{n}"))).unwrap();
    }
    let news = one.log.borrow().after(two.room.head().seq);
    // With a hole nothing is applied: order before speed.
    two.input(Input::Foreign { events: news[1..].to_vec() });
    assert!(two.committed.is_empty());
    two.input(Input::Foreign { events: news.clone() });
    assert_eq!(two.committed, news);
    // What was seen already is not seen again.
    two.input(Input::Foreign { events: news });
    assert_eq!(two.committed.len(), 3);
    two.input(Input::Catchup {
        session: session(3),
        from: Position { epoch: 77, seq: two.room.head().seq - 1 },
    });
    assert!(matches!(&two.frames_of(3)[..], [ServerFrame::Events(events)] if events.events.len() == 1));
}

#[test]
fn law_7_positions_are_frames_and_time_of_day_gives_no_order() {
    let mut node = Node::furnished();
    node.person(1, play()).unwrap();
    node.wait_ms(10_000);
    node.person(1, say("before")).unwrap();
    // The process starts again with a clock an hour behind.
    let mut behind = Node::new(Rc::clone(&node.log));
    behind.now = node.now.plus_ms(-3_600_000);
    let stood = node.state().timeline.frame_at(node.now);
    behind.input(Input::Tick);
    let timeline = behind.state().timeline.clone();
    assert_eq!(timeline.frame_at(behind.now), stood, "the position is unchanged");
    behind.person(1, say("after")).unwrap();
    let log = behind.log.borrow();
    assert!(log.events.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq + 1 == pair[1].seq));
    let causes = log.events.iter().filter(
        |event| matches!(&event.body, EventBody::TimelineSet(set) if set.cause == TimelineCause::Reanchor),
    );
    assert_eq!(causes.count(), 1);
}

#[test]
fn law_8_whoever_is_removed_is_cut_at_once_and_sees_nothing_after() {
    let mut node = Node::furnished();
    node.come(22, 2);
    node.quiet();
    node.person(5, remove(2)).unwrap();
    let closes: Vec<_> = node.closed.clone();
    assert_eq!(closes, vec![(session(2), Code::CloseForbidden), (session(22), Code::CloseForbidden)]);
    let close_at = node.outputs.iter().position(|output| matches!(output, Output::Close { .. })).unwrap();
    let commit_at = node.outputs.iter().position(|output| matches!(output, Output::Commit { .. })).unwrap();
    assert!(close_at < commit_at, "closed before the commit is told");
    let before = node.log.borrow().events.len();
    node.over(2, op(1), say("still here?"));
    node.input(Input::Fleeting {
        session: session(2),
        value: Fleeting::Typing(protocol::fleeting::Typing { on: true }),
    });
    node.come(23, 2);
    assert_eq!(node.log.borrow().events.len(), before);
    assert_eq!(node.closed.last(), Some(&(session(23), Code::CloseForbidden)));
    assert_eq!(node.room.presence().count(), 1);
}

#[test]
fn law_9_setting_what_is_set_changes_nothing() {
    let mut node = Node::furnished();
    node.person(1, queue_add(20)).unwrap();
    node.person(1, queue_add(21)).unwrap();
    let mode = |mode, presenter| Command::ControlSet(ControlSet { mode, presenter });
    node.person(1, mode(ControlMode::Presenter, Some(person(2)))).unwrap();
    for command in [
        pause(),
        seek(0),
        speed(1, 1),
        queue_add(20),
        Command::QueueRemove(QueueRemove { item: item(99) }),
        Command::QueueMove(QueueMove { item: item(20), before: Some(item(21)) }),
        Command::QueueMove(QueueMove { item: item(20), before: Some(item(20)) }),
        Command::QueueMove(QueueMove { item: item(21), before: None }),
        mode(ControlMode::Presenter, Some(person(2))),
        Command::ChannelUpdate(ChannelUpdate { name: " Films ".into(), visibility: Visibility::Private }),
        role(2, Role::Member),
        remove(99),
    ] {
        let before = node.log.borrow().events.len() as Seq;
        assert_eq!(node.person(1, command.clone()), Ok(before), "{command:?}");
        assert_eq!(node.log.borrow().events.len() as Seq, before, "{command:?}");
    }
    let before = node.log.borrow().events.len() as Seq;
    assert_eq!(node.system(join(2, Role::Guest)), Ok(before), "a role is never lowered by joining");
    // Play twice is play once; where it stands counts as where it stands.
    node.person(1, play()).unwrap();
    node.wait_ms(2_000);
    let revision = node.state().timeline.revision;
    let here = node.state().timeline.frame_at(node.now);
    node.person(2, play()).unwrap();
    node.person(2, Command::PlaybackPlay(PlaybackPlay { frame: Some(here + 10) })).unwrap();
    assert_eq!(node.state().timeline.revision, revision);
}

#[test]
fn law_10_what_does_not_fit_is_told_to_come_again() {
    let mut node = Node::furnished();
    node.auto = false;
    for n in 0..1_100 {
        node.over(2, op(n), say("x"));
    }
    let told = node.answers_of(2);
    assert!(!told.is_empty() && told.iter().all(|(_, answer)| *answer == Err(Code::LogUnavailable.number())));
    // The first append went out with one event; the next takes 256 and no more.
    assert_eq!(node.append.as_ref().unwrap().1.len(), 1);
    node.log_answers();
    assert_eq!(node.append.as_ref().unwrap().1.len(), 256);
    while node.append.is_some() {
        node.log_answers();
    }
    assert_eq!(node.committed.len() + told.len(), 1_100, "each got exactly one answer");
    // Too many tabs of one person.
    for n in 30..60 {
        node.come(n, 5);
    }
    assert_eq!(node.closed.len(), 30 - room::presence::SESSIONS_PER_PERSON_MAX);
    // A full queue.
    node.auto = true;
    for n in 0..=255 {
        let command = Command::QueueAdd(QueueAdd { item: item(n), video: video(9) });
        let expect = if n < 250 { None } else { Some(Code::QueueFull) };
        assert_eq!(code(&node.person(1, command)), expect, "{n}");
    }
}
