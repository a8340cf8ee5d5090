//! What holds for every sequence of inputs. A failure prints the sequence, shrunk.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use proptest::prelude::*;
use protocol::command::*;
use protocol::*;
use room::*;
use std::rc::Rc;

/// A step of a random life.
#[derive(Clone, Debug)]
enum Step {
    Wish { node: usize, by: u8, op: Option<u64>, command: Command },
    Answer { node: usize },
    Fail { node: usize, written: bool },
    Poll { node: usize },
    Wait { node: usize, ms: i64 },
    Come { node: usize, session: u8, person: u8 },
    Go { node: usize, session: u8, clean: bool },
}

fn commands() -> impl Strategy<Value = Command> {
    let some_role = proptest::sample::select(Role::ALL.to_vec());
    prop_oneof![
        Just(say("x")),
        Just(play()),
        Just(pause()),
        (-5_i64..2_600).prop_map(seek),
        (1_u32..5, 1_u32..3).prop_map(|(num, den)| speed(num, den)),
        (1_u8..4, any::<bool>()).prop_map(|(n, play)| load(n, play)),
        (20_u8..24).prop_map(queue_add),
        (20_u8..24).prop_map(|n| Command::QueueRemove(QueueRemove { item: item(n) })),
        (20_u8..24, proptest::option::of(20_u8..24)).prop_map(|(n, before)| Command::QueueMove(QueueMove {
            item: item(n),
            before: before.map(item)
        })),
        (20_u8..24).prop_map(|n| Command::QueuePlay(QueuePlay { item: item(n) })),
        (1_u8..8).prop_map(remove),
        (1_u8..8, some_role.clone()).prop_map(|(n, to)| role(n, to)),
        (1_u8..8, some_role).prop_map(|(n, to)| join(n, to)),
        (1_u8..4).prop_map(|n| Command::VideoRemove(VideoRemove { video: video(n) })),
        (proptest::sample::select(ControlMode::ALL.to_vec()), proptest::option::of(1_u8..8)).prop_map(
            |(mode, presenter)| Command::ControlSet(ControlSet { mode, presenter: presenter.map(person) })
        ),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let node = 0_usize..2;
    prop_oneof![
        8 => (node.clone(), 0_u8..8, proptest::option::weighted(0.3, 0_u64..12), commands())
            .prop_map(|(node, by, op, command)| Step::Wish { node, by, op, command }),
        6 => node.clone().prop_map(|node| Step::Answer { node }),
        1 => (node.clone(), any::<bool>()).prop_map(|(node, written)| Step::Fail { node, written }),
        2 => node.clone().prop_map(|node| Step::Poll { node }),
        2 => (node.clone(), 0_i64..60_000).prop_map(|(node, ms)| Step::Wait { node, ms }),
        1 => (node.clone(), 1_u8..12, 1_u8..8).prop_map(|(node, session, person)| Step::Come { node, session, person }),
        1 => (node, 1_u8..12, any::<bool>()).prop_map(|(node, session, clean)| Step::Go { node, session, clean }),
    ]
}

fn run(steps: &[Step]) -> Vec<Node> {
    let one = Node::furnished();
    let two = Node::new(Rc::clone(&one.log));
    let mut nodes = vec![one, two];
    nodes.iter_mut().for_each(|node| node.auto = false);
    for step in steps {
        match step {
            Step::Wish { node, by, op: wanted, command } => {
                let node = &mut nodes[*node];
                // Ids of two nodes differ unless the step repeats one.
                let id = wanted.map_or_else(|| node.next_op(), op);
                let by = if *by == 0 { By::System(None) } else { By::Person(person(*by)) };
                node.wish(by, id, command.clone());
            }
            Step::Answer { node } if nodes[*node].append.is_some() => nodes[*node].log_answers(),
            Step::Fail { node, written } => {
                let node = &mut nodes[*node];
                if let Some((expected, events)) = node.append.take() {
                    if *written {
                        let _unknown = node.log.borrow_mut().append(expected, &events);
                    }
                    node.input(Input::AppendFailed);
                }
            }
            Step::Poll { node } => poll(&mut nodes[*node]),
            Step::Wait { node, ms } => nodes[*node].wait_ms(*ms),
            Step::Come { node, session: s, person: p } => {
                if nodes[*node].room.presence().person_of(session(*s)).is_none() {
                    nodes[*node].come(*s, *p);
                }
            }
            Step::Go { node, session, clean } => nodes[*node].go(*session, *clean),
            Step::Answer { .. } => {}
        }
    }
    // Until all is quiet: an answer may make time propose something (a clock behind sets its anchor anew).
    let mut before = usize::MAX;
    while before != nodes[0].log.borrow().events.len() {
        before = nodes[0].log.borrow().events.len();
        for node in nodes.iter_mut().rev() {
            while node.append.is_some() {
                node.log_answers();
            }
            poll(node);
        }
    }
    nodes
}

fn poll(node: &mut Node) {
    let news = node.log.borrow().after(node.room.head().seq);
    if !news.is_empty() {
        node.input(Input::Foreign { events: news });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_replicas_with_the_same_seq_are_equal(steps in proptest::collection::vec(steps(), 1..120)) {
        let nodes = run(&steps);
        let log = nodes[0].log.borrow().events.clone();
        for (at, event) in log.iter().enumerate() {
            prop_assert_eq!(event.seq, at as Seq + 1);
        }
        prop_assert!(log.windows(2).all(|pair| pair[0].at <= pair[1].at));
        // Each node told the log in order, each event once, up to its end.
        for node in &nodes {
            let told: Vec<Seq> = node.committed.iter().map(|event| event.seq).collect();
            let first = (log.len() - told.len()) as Seq + 1;
            prop_assert_eq!(told, (first..=log.len() as Seq).collect::<Vec<_>>());
        }
        // Both rooms, and a replay from nothing, are equal.
        let mut replay = Seed::empty(CHANNEL, 77);
        for event in &log {
            prop_assert!(replay.apply(event));
        }
        for node in &nodes {
            prop_assert_eq!(node.state(), &replay.state);
            prop_assert_eq!(node.room.ops(), &replay.ops);
        }
        let owners = replay.state.members.values().filter(|member| member.role == Role::Owner).count();
        prop_assert_eq!(replay.state.owners as usize, owners);
        prop_assert!(owners >= 1, "the last owner stays");
        let timeline = &replay.state.timeline;
        if let Some(video) = &timeline.video {
            prop_assert!((0..video.frames).contains(&timeline.frame));
        }
    }

    #[test]
    fn law_5_each_waiter_is_answered_once_and_each_operation_happens_at_most_once(steps in proptest::collection::vec(steps(), 1..120)) {
        let nodes = run(&steps);
        let log = nodes[0].log.borrow();
        let mut ops: Vec<OpId> = log.events.iter().map(|event| event.op).collect();
        ops.sort();
        let all = ops.len();
        ops.dedup();
        prop_assert_eq!(ops.len(), all);
        let wishes = steps.iter().filter(|step| matches!(step, Step::Wish { .. })).count();
        // `system` and `person` of the furnishing take their answers out.
        prop_assert_eq!(nodes.iter().map(|node| node.answers.len()).sum::<usize>(), wishes);
    }

    #[test]
    fn law_15_a_snapshot_and_the_events_after_it_give_the_same_state(
        steps in proptest::collection::vec(steps(), 1..60), cut in 0.0_f64..1.0,
    ) {
        let nodes = run(&steps);
        let log = nodes[0].log.borrow().events.clone();
        let cut = (cut * log.len() as f64) as usize;
        let mut seed = Seed::empty(CHANNEL, 77);
        log[..cut].iter().for_each(|event| assert!(seed.apply(event)));
        let at = Position { epoch: 77, seq: cut as Seq };
        let mut again = room::snapshot::decode(at, &seed.encode()).unwrap();
        log[cut..].iter().for_each(|event| assert!(again.apply(event)));
        prop_assert_eq!(&again.state, nodes[0].state());
        prop_assert_eq!(&again.ops, nodes[0].room.ops());
    }

    #[test]
    fn law_8_those_without_a_right_change_nothing(commands in proptest::collection::vec(commands(), 1..40)) {
        let mut node = Node::furnished();
        node.come(13, 3);
        node.come(12, 2);
        node.system(remove(2)).unwrap();
        node.quiet();
        let before = node.state().clone();
        for (n, command) in commands.into_iter().enumerate() {
            // A viewer's session, the session of somebody who was removed, and a stranger. A viewer may leave.
            if !matches!(&command, Command::MemberRemove(remove) if remove.person == person(3)) {
                node.over(13, op(n as u64 * 3), command.clone());
            }
            node.over(12, op(n as u64 * 3 + 1), command.clone());
            node.wish(By::Person(person(77)), op(n as u64 * 3 + 2), command);
        }
        prop_assert_eq!(node.state(), &before);
        prop_assert!(node.committed.is_empty());
    }

    #[test]
    fn a_snapshot_from_anywhere_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _either = room::snapshot::decode(Position { epoch: 1, seq: 1 }, &bytes);
    }
}
