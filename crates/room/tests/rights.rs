//! Who may do what, as a table that stands in the repository: a change of a right shows in review.
#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]
#![allow(clippy::disallowed_methods, reason = "the table stands in a file")]

mod common;

use common::*;
use protocol::command::*;
use protocol::rest::VersionState;
use protocol::*;
use room::*;
use std::fmt::Write as _;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rights.txt");

/// One command of each kind, sent by somebody to whom `member` is somebody else of role member.
fn commands() -> Vec<(&'static str, Command)> {
    let mode = ControlMode::Everyone;
    vec![
        ("message.send", say("x")),
        ("playback.play", play()),
        ("playback.pause", pause()),
        ("playback.seek", seek(1)),
        ("playback.speed", speed(2, 1)),
        ("playback.load", load(1, true)),
        ("playback.advance", Command::PlaybackAdvance(PlaybackAdvance { revision: 1 })),
        (
            "playback.wait",
            Command::PlaybackWait(PlaybackWait {
                revision: 1,
                people: Vec::new(),
                reason: WaitReason::Buffering,
                for_ms: 1,
            }),
        ),
        ("playback.resume", Command::PlaybackResume(PlaybackResume { revision: 1 })),
        ("queue.add", queue_add(20)),
        ("queue.remove", Command::QueueRemove(QueueRemove { item: item(1) })),
        ("queue.move", Command::QueueMove(QueueMove { item: item(1), before: None })),
        ("queue.play", Command::QueuePlay(QueuePlay { item: item(1) })),
        ("control.set", Command::ControlSet(ControlSet { mode, presenter: None })),
        ("patience.set", Command::PatienceSet(PatienceSet { patience_ms: 1_000 })),
        (
            "channel.create",
            Command::ChannelCreate(ChannelCreate {
                name: "x".into(),
                visibility: Visibility::Public,
                owner: OWNER,
                owner_name: name("Ada"),
            }),
        ),
        (
            "channel.update",
            Command::ChannelUpdate(ChannelUpdate { name: "x".into(), visibility: Visibility::Public }),
        ),
        ("channel.delete", delete(true)),
        ("member.join", join(90, Role::Member)),
        ("member.remove (a member)", remove(50)),
        ("member.remove (an admin)", remove(51)),
        ("member.remove (an owner)", remove(52)),
        ("member.role (member to viewer)", role(50, Role::Viewer)),
        ("member.role (member to moderator)", role(50, Role::Moderator)),
        ("member.role (member to admin)", role(50, Role::Admin)),
        ("member.role (member to owner)", role(50, Role::Owner)),
        ("member.role (owner to member)", role(52, Role::Member)),
        (
            "video.update",
            Command::VideoUpdate(VideoUpdate {
                video: video(1),
                version: VersionId::from_bytes([1; 16]),
                title: "x".into(),
                state: VersionState::Ready,
                rate: None,
                frames: None,
                by: None,
            }),
        ),
        ("video.remove", Command::VideoRemove(VideoRemove { video: video(1) })),
    ]
}

fn allowed(node: &Node, by: Option<PersonId>, command: &Command) -> bool {
    // On a copy, so that the answers do not depend on the order of the table.
    let mut room = node.room.clone();
    let by = by.map_or(By::System(None), By::Person);
    let facts = node.facts(command);
    let mut out = Vec::new();
    let input = CommandInput { origin: Origin::Waiter(1), by, op: op(5), command: command.clone(), facts };
    room.handle(node.now, Input::Command(input), &mut out);
    let forbidden = Err(Refusal::of(Code::Forbidden));
    !out.iter().any(|output| matches!(output, Output::Answer { answer, .. } if *answer == forbidden))
}

fn table() -> String {
    let mut node = Node::furnished();
    for (n, role) in [(50, Role::Member), (51, Role::Admin), (52, Role::Owner)] {
        node.system(join(n, role)).unwrap();
    }
    let actors = [
        ("nobody's", Some(person(99))),
        ("guest", Some(person(4))),
        ("viewer", Some(person(3))),
        ("member", Some(person(2))),
        ("moderator", Some(person(5))),
        ("admin", Some(person(6))),
        ("owner", Some(OWNER)),
        ("system", None),
    ];
    let mut text = String::from(
        "Who may do what, by role and command. Made by the test `rights`; `+` may, `-` may not.\n",
    );
    let presenter = (ControlMode::Presenter, Some(person(2)), "presenter (the member)");
    for (mode, presenter, title) in
        [(ControlMode::Everyone, None, "everyone"), (ControlMode::Moderators, None, "moderators"), presenter]
    {
        node.person(1, Command::ControlSet(ControlSet { mode, presenter })).unwrap();
        writeln!(
            text,
            "\ncontrol: {title}\n{:35}{}",
            "",
            actors.map(|(name, _)| format!("{name:>10}")).concat()
        )
        .unwrap();
        for (name, command) in commands() {
            let row =
                actors.map(|(_, by)| format!("{:>10}", if allowed(&node, by, &command) { "+" } else { "-" }));
            writeln!(text, "{name:35}{}", row.concat()).unwrap();
        }
    }
    writeln!(text, "\nbeyond commands (private channel; own: a video that the asker added)").unwrap();
    writeln!(text, "{:35}{}", "", actors.map(|(name, _)| format!("{name:>10}")).concat()).unwrap();
    for (name, action, own) in [
        ("find", Action::Find, false),
        ("join without invite", Action::Join, false),
        ("view", Action::View, false),
        ("invite", Action::Invite, false),
        ("upload", Action::Upload, false),
        ("manage a video", Action::ManageVideo, false),
        ("manage a video (own)", Action::ManageVideo, true),
        ("delete the channel", Action::DeleteChannel, false),
    ] {
        let row = actors.map(|(_, by)| {
            let actor =
                by.map_or(Actor::System, |person| Actor::Person { person, role: node.state().role(person) });
            let resource = Resource::of(node.state()).added_by(by.filter(|_| own));
            format!("{:>10}", if can(&actor, action, &resource) { "+" } else { "-" })
        });
        writeln!(text, "{name:35}{}", row.concat()).unwrap();
    }
    text
}

#[test]
fn law_8_one_function_decides_and_its_table_is_the_committed_one() {
    let now = table();
    if std::env::var_os("GENLOCK_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(SNAPSHOT, &now).unwrap();
    }
    let committed = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(
        now == committed,
        "rights differ from tests/rights.txt (GENLOCK_UPDATE_SNAPSHOTS=1 writes it):\n{now}"
    );
}

#[test]
fn law_8_nobody_and_strangers_find_only_what_is_shown() {
    let stranger = Actor::Person { person: person(99), role: None };
    for (visibility, finds) in
        [(Visibility::Public, true), (Visibility::Unlisted, true), (Visibility::Private, false)]
    {
        let channel = Resource::channel(visibility);
        for action in Action::ALL {
            let expected = finds && matches!(action, Action::Find | Action::Join);
            assert_eq!(can(&stranger, *action, &channel), expected, "{visibility:?} {action:?}");
            assert!(!can(&Actor::Nobody, *action, &channel));
            assert!(can(&Actor::System, *action, &channel));
        }
    }
}

#[test]
fn law_8_a_program_works_and_only_owners_of_the_instance_operate() {
    let (owner, stranger) = (person(1), person(99));
    let worker = Actor::Program(protocol::work::TokenScope::Work);
    let watcher = Actor::Program(protocol::work::TokenScope::Metrics);
    for action in Action::ALL {
        assert_eq!(can(&worker, *action, &Resource::instance(None)), *action == Action::Work, "{action:?}");
        assert_eq!(
            can(&watcher, *action, &Resource::instance(None)),
            *action == Action::Observe,
            "{action:?}"
        );
        assert!(can(&Actor::System, *action, &Resource::instance(None)));
    }
    for role in [None, Some(Role::Member), Some(Role::Owner)] {
        let actor = |person| Actor::Person { person, role };
        assert!(!can(&actor(owner), Action::Work, &Resource::instance(Some(owner))));
        for action in [Action::Operate, Action::Observe] {
            assert!(can(&actor(owner), action, &Resource::instance(Some(owner))));
            assert!(!can(&actor(stranger), action, &Resource::instance(Some(owner))));
            assert!(!can(&actor(stranger), action, &Resource::instance(None)));
        }
    }
}

#[test]
fn leaving_and_the_last_owner() {
    let mut node = Node::furnished();
    assert_eq!(code(&node.person(1, remove(1))), Some(Code::LastOwner));
    assert_eq!(code(&node.person(1, role(1, Role::Admin))), Some(Code::LastOwner));
    assert_eq!(node.person(2, remove(2)).map(|_| ()), Ok(()), "anybody may leave");
    assert_eq!(
        code(&node.person(1, role(4, Role::Moderator))),
        Some(Code::Invalid),
        "a guest needs an account first"
    );
    node.person(1, role(6, Role::Owner)).unwrap();
    node.person(1, remove(1)).unwrap();
    assert_eq!(node.state().owners, 1);
    assert_eq!(code(&node.person(6, remove(6))), Some(Code::LastOwner));
    // A guest with an account becomes what the server says, and keeps the name it sends; never the other way.
    node.system(join(4, Role::Member)).unwrap();
    node.system(join(4, Role::Guest)).unwrap();
    let member = &node.state().members[&person(4)];
    assert_eq!((member.kind, member.role), (PersonKind::User, Role::Member));
}
