//! Who is here, as everybody is told.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod common;

use common::*;
use protocol::fleeting::{Reaction, SyncReport, Typing, VideoProgress, Visible};
use protocol::frame::PresenceFrame;
use protocol::*;
use room::*;
use std::collections::BTreeMap;

/// What somebody believes who applies every presence frame.
#[derive(Default, Debug, PartialEq)]
struct Believed {
    people: BTreeMap<PersonId, PresentPerson>,
    count: u32,
}

impl Believed {
    fn apply(&mut self, frame: &PresenceFrame) {
        if frame.full {
            self.people.clear();
        }
        for gone in &frame.gone {
            self.people.remove(gone);
        }
        self.people.extend(frame.people.iter().map(|present| (present.person, present.clone())));
        self.count = frame.count;
    }
    fn of(node: &Node) -> Believed {
        let mut believed = Believed::default();
        node.presence.iter().for_each(|frame| believed.apply(frame));
        believed
    }
    fn state(&self, n: u8) -> Option<PresenceState> {
        self.people.get(&person(n)).map(|present| present.state)
    }
}

fn fleeting(node: &mut Node, s: u8, value: Fleeting) {
    node.input(Input::Fleeting { session: session(s), value });
}
fn shown(shown: bool) -> Fleeting {
    Fleeting::Visible(Visible { shown })
}
fn typing(on: bool) -> Fleeting {
    Fleeting::Typing(Typing { on })
}
fn report(error_us: i64) -> Fleeting {
    let status = SyncStatus::Locked;
    Fleeting::Sync(SyncReport {
        status,
        error_us,
        bound_us: 0,
        rtt_us: 0,
        buffered_ms: 0,
        start_latency_ms: 0,
    })
}

/// Members 1 to 6, nobody connected, nothing told for long.
fn empty() -> Node {
    let mut node = Node::furnished();
    node.go(1, true);
    node.go(2, true);
    node.wait_ms(10_000);
    node.wait_ms(10_000);
    node.quiet();
    node
}

#[test]
fn one_person_in_two_tabs_is_one_face_with_the_strongest_state() {
    let mut node = empty();
    node.come(11, 2);
    node.come(12, 2);
    node.wait_ms(16);
    type Step = (&'static str, fn(&mut Node), Option<PresenceState>);
    let steps: [Step; 7] = [
        ("two tabs", |_| (), Some(PresenceState::Here)),
        ("one hidden", |node| fleeting(node, 11, shown(false)), Some(PresenceState::Here)),
        ("both hidden", |node| fleeting(node, 12, shown(false)), Some(PresenceState::Away)),
        (
            "one silent",
            |node| node.input(Input::Heard { session: session(11), heard: false }),
            Some(PresenceState::Away),
        ),
        ("the other cut", |node| node.go(12, false), Some(PresenceState::Reconnecting)),
        (
            "heard again",
            |node| node.input(Input::Heard { session: session(11), heard: true }),
            Some(PresenceState::Away),
        ),
        ("gone on purpose", |node| node.go(11, true), None),
    ];
    for (what, step, expect) in steps {
        step(&mut node);
        node.wait_ms(16);
        let believed = Believed::of(&node);
        assert_eq!(believed.state(2), expect, "{what}");
        assert_eq!(believed.count, u32::from(expect.is_some()), "{what}");
    }
}

#[test]
fn a_lost_connection_shows_as_reconnecting_and_leaves_after_25_s() {
    let mut node = empty();
    node.come(11, 2);
    node.wait_ms(100);
    node.go(11, false);
    node.wait_ms(16);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Reconnecting));
    node.wait_ms(24_900);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Reconnecting));
    // Back in time: nothing happens at the old deadline.
    node.come(12, 2);
    node.wait_ms(30_000);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Here));
    node.go(12, false);
    let gone_at = node.now.plus_ms(25_000);
    node.wait_ms(16);
    assert!(node.wake.unwrap() <= gone_at, "the shell is told when");
    node.now = gone_at;
    node.input(Input::Tick);
    node.wait_ms(16);
    assert_eq!(Believed::of(&node).state(2), None);
    assert!(node.room.idle());
    // Silence counts from when it was noticed, not again from when the shell gave the connection up.
    node.come(14, 2);
    node.wait_ms(100);
    node.input(Input::Heard { session: session(14), heard: false });
    node.wait_ms(10_000);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Reconnecting));
    node.go(14, false);
    node.wait_ms(14_990);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Reconnecting));
    node.wait_ms(10);
    node.wait_ms(16);
    assert_eq!(Believed::of(&node).state(2), None);
}

#[test]
fn typing_ends_by_itself_by_word_and_by_the_message() {
    let mut node = empty();
    node.come(11, 2);
    node.come(13, 3);
    node.wait_ms(100);
    let types = |node: &Node, n: u8| Believed::of(node).people[&person(n)].typing;
    fleeting(&mut node, 11, typing(true));
    node.wait_ms(16);
    assert!(types(&node, 2));
    node.wait_ms(4_980);
    assert!(types(&node, 2));
    node.wait_ms(20);
    assert!(!types(&node, 2), "by itself");
    fleeting(&mut node, 11, typing(true));
    fleeting(&mut node, 11, typing(false));
    node.wait_ms(50);
    assert!(!types(&node, 2), "by word");
    fleeting(&mut node, 11, typing(true));
    node.over(11, op(1), say("hi"));
    node.wait_ms(50);
    assert!(!types(&node, 2), "by the message");
    fleeting(&mut node, 13, typing(true));
    node.wait_ms(50);
    assert!(!types(&node, 3), "a viewer does not write");
}

#[test]
fn the_first_news_goes_at_once_and_what_follows_within_16_ms_goes_together() {
    let mut node = empty();
    node.come(11, 2);
    assert_eq!(node.presence.len(), 1, "at once");
    node.come(13, 3);
    node.come(14, 4);
    node.now = node.now.plus_ms(15);
    node.come(15, 5);
    assert_eq!(node.presence.len(), 1);
    node.wait_ms(1);
    assert_eq!(node.presence.len(), 2, "together");
    assert_eq!(node.presence[1].people.len(), 3);
    // A hundred reports in a second are one frame.
    node.wait_ms(2_000);
    node.quiet();
    for n in 0..100 {
        node.now = node.now.plus_ms(10);
        fleeting(&mut node, 11, report(n));
    }
    assert!(node.presence.len() <= 2, "{}", node.presence.len());
    // Coming and going within the window is not worth a frame.
    node.wait_ms(2_000);
    node.quiet();
    node.come(16, 1);
    node.go(16, true);
    node.wait_ms(100);
    assert_eq!(Believed::of(&node).state(1), None);
}

#[test]
fn above_200_people_a_count_and_a_sample() {
    let mut node = empty();
    let id = |n: u16| {
        let mut bytes = [0xf0; 16];
        bytes[14..].copy_from_slice(&n.to_be_bytes());
        bytes
    };
    let mut watcher = Believed::default();
    let mut seen = 0;
    let mut largest_frame = 0;
    for n in 0..400_u16 {
        let join = protocol::command::MemberJoin {
            person: PersonId::from_bytes(id(n)),
            name: name("x"),
            kind: PersonKind::User,
            role: Role::Member,
        };
        node.system(Command::MemberJoin(join)).unwrap();
        node.input(Input::Joined(Join {
            session: SessionId::from_bytes(id(n)),
            person: PersonId::from_bytes(id(n)),
            client: ClientId::from_bytes(id(n)),
            resume: None,
            shown: true,
        }));
        node.wait_ms(50);
        for frame in &node.presence[seen..] {
            watcher.apply(frame);
            largest_frame = largest_frame.max(frame.people.len());
        }
        seen = node.presence.len();
        assert_eq!(watcher.count, u32::from(n) + 1);
    }
    assert_eq!(watcher.people.len(), room::presence::SAMPLE);
    assert!(largest_frame <= 200);
    // Down again: everybody is named.
    for n in 0..300_u16 {
        node.input(Input::Left { session: SessionId::from_bytes(id(n)), clean: true });
        node.wait_ms(50);
    }
    let believed = Believed::of(&node);
    assert_eq!((believed.count, believed.people.len()), (100, 100));
    // A connection whose frames were skipped asks for everybody.
    node.sent.clear();
    let late = SessionId::from_bytes(id(399));
    node.input(Input::PresenceWanted { session: late });
    let mut fresh = Believed::default();
    let Some([ServerFrame::Presence(frame)]) = node.sent.get(&late).map(|frames| &frames[..]) else {
        panic!()
    };
    fresh.apply(frame);
    assert_eq!(fresh, believed);
}

#[test]
fn a_tab_that_comes_again_takes_the_place_of_its_lost_connection() {
    let mut node = empty();
    node.come(11, 2);
    node.come(12, 2); // another tab
    node.come(13, 3);
    fleeting(&mut node, 13, shown(false));
    node.wait_ms(1_100);
    let again = |client: u8, s: u8, p: u8| {
        Input::Joined(Join {
            session: session(s),
            person: person(p),
            client: ClientId::from_bytes([client; 16]),
            resume: None,
            shown: true,
        })
    };
    // The first tab's line was cut; nobody has noticed that yet.
    node.input(again(11, 21, 2));
    assert_eq!(node.closed, [(session(11), Code::CloseReplaced)]);
    // What the old one still says is nobody's, and its end changes nothing.
    fleeting(&mut node, 11, shown(false));
    node.go(11, false);
    node.wait_ms(30_000);
    assert_eq!(Believed::of(&node).state(2), Some(PresenceState::Here));
    // The same id from somebody else is another client.
    node.input(again(21, 31, 3));
    node.input(again(12, 32, 3));
    assert_eq!(node.closed.len(), 1);
    // With the last of its connections the person goes.
    node.go(12, true);
    node.go(21, true);
    node.wait_ms(1_100);
    assert_eq!(Believed::of(&node).state(2), None);
}

#[test]
fn reactions_and_progress_are_merged_by_sender_and_kind_and_checked() {
    let mut node = empty();
    node.come(11, 2);
    node.come(13, 3);
    node.wait_ms(100);
    node.quiet();
    let react = |emoji: &str| Fleeting::Reaction(Reaction { emoji: emoji.into() });
    let progress = |permille| {
        let version = VersionId::from_bytes([1; 16]);
        let (video, stage) = (video(1), "preparing".to_owned());
        Fleeting::Progress(VideoProgress {
            video,
            version,
            stage,
            permille,
            playable_s: 0,
            sharp_s: None,
            uploaded_permille: None,
            complete: Vec::new(),
        })
    };
    fleeting(&mut node, 11, react("🎉"));
    for value in [react("❤️"), react("👍"), react("<script>"), react(""), react("🎉🎉🎉🎉🎉"), progress(1)]
    {
        fleeting(&mut node, 11, value);
    }
    fleeting(&mut node, 13, react("🎉"));
    node.input(Input::SystemFleeting(progress(10)));
    node.input(Input::SystemFleeting(progress(20)));
    node.wait_ms(16);
    let values: Vec<_> =
        node.fleetings.iter().flat_map(|frame| frame.values.clone()).map(|from| from.value).collect();
    assert_eq!(values, vec![react("🎉"), react("👍"), progress(20)]);
    assert_eq!(
        node.log.borrow().events.last().unwrap().body.tag(),
        "timeline.set",
        "nothing fleeting enters the log"
    );
}
