//! A log with the state after each event, read by the page's tests too (web/src/sync/replica.test.ts), so that the
//! page's replica and the room cannot drift apart. Written anew by
//! `UPDATE_GOLDEN=1 cargo test -p room --test replay_golden`.

#![allow(clippy::disallowed_methods, reason = "the log stands in a file")]
use protocol::channel::{ControlMode, QueueItem, Visibility};
use protocol::event::*;
use protocol::people::DisplayName;
use protocol::*;
use room::State;
use timecode::{FrameRate, Speed};

fn id(first: u8, last: u8) -> [u8; 16] {
    let mut bytes = [first; 16];
    bytes[15] = last;
    bytes
}

fn person(last: u8) -> PersonId {
    PersonId::from_bytes(id(1, last))
}

fn item(last: u8) -> ItemId {
    ItemId::from_bytes(id(2, last))
}

fn video(last: u8) -> VideoId {
    VideoId::from_bytes(id(3, last))
}

fn version(last: u8) -> VersionId {
    VersionId::from_bytes(id(4, last))
}

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a good name")
}

fn joined(who: u8, called: &str, role: Role) -> EventBody {
    EventBody::MemberJoined(MemberJoined {
        person: person(who),
        name: name(called),
        kind: PersonKind::User,
        role,
    })
}

fn added(entry: u8, of: u8) -> EventBody {
    let rate = FrameRate::new(24_000, 1_001).expect("a good rate");
    EventBody::QueueAdded(QueueAdded {
        entry: QueueItem {
            item: item(entry),
            video: video(of),
            version: version(of),
            title: format!("clip {of}"),
            rate,
            frames: 500,
            added_by: person(1),
        },
    })
}

fn moved(entry: u8, before: Option<u8>) -> EventBody {
    EventBody::QueueMoved(QueueMoved { item: item(entry), before: before.map(item) })
}

fn timeline(of: u8, frame: i64, playing: bool, revision: u64, taken: Option<u8>) -> EventBody {
    let rate = FrameRate::new(25, 1).expect("a good rate");
    EventBody::TimelineSet(TimelineSet {
        timeline: Timeline {
            video: Some(TimelineVideo { video: video(of), version: version(of), rate, frames: 500 }),
            frame,
            speed: Speed::new(3, 2).expect("a good speed"),
            playing,
            anchor_us: Timestamp(5_000 + frame),
            revision,
        },
        cause: TimelineCause::Load,
        item: taken.map(item),
        wait: None,
    })
}

/// The same, standing for somebody until a time.
fn waiting(body: EventBody, until_us: i64) -> EventBody {
    let EventBody::TimelineSet(set) = body else { return body };
    let wait = Wait {
        people: vec![person(7)],
        reason: WaitReason::Buffering,
        from_us: Timestamp(4_000),
        until_us: Timestamp(until_us),
        revision: set.timeline.revision,
    };
    EventBody::TimelineSet(TimelineSet { wait: Some(wait), ..set })
}

/// Every kind of event, and the corners of each.
fn bodies() -> Vec<EventBody> {
    vec![
        EventBody::ChannelCreated(ChannelCreated {
            name: "Film club".into(),
            visibility: Visibility::Private,
            owner: person(5),
            owner_name: name("Ada"),
        }),
        joined(7, "Bo", Role::Member),
        joined(1, "Cy", Role::Guest),
        joined(7, "Bo Two", Role::Moderator), // keeps when they came
        EventBody::MemberRoleSet(MemberRoleSet { person: person(1), role: Role::Viewer }),
        EventBody::MemberRoleSet(MemberRoleSet { person: person(99), role: Role::Viewer }), // nobody
        EventBody::ChannelUpdated(ChannelUpdated { name: "Films".into(), visibility: Visibility::Public }),
        added(1, 1),
        added(2, 2),
        added(3, 1),
        added(4, 3),
        moved(4, Some(1)),
        moved(1, None),
        moved(2, Some(2)),  // before itself
        moved(3, Some(77)), // before what is gone
        moved(78, Some(1)), // gone itself
        timeline(1, 0, true, 1, Some(3)),
        timeline(1, 40, false, 2, None),
        timeline(1, 41, false, 3, Some(79)), // takes what is gone
        EventBody::MessageSent(MessageSent { text: "hi".into(), at: None }),
        EventBody::ControlModeSet(ControlModeSet {
            mode: ControlMode::Presenter,
            presenter: Some(person(7)),
        }),
        EventBody::MemberRemoved(MemberRemoved { person: person(1) }),
        EventBody::MemberRemoved(MemberRemoved { person: person(7) }), // the presenter
        EventBody::QueueRemoved(QueueRemoved { item: item(2) }),
        EventBody::QueueRemoved(QueueRemoved { item: item(2) }), // again
        EventBody::VideoUpdated(VideoUpdated {
            video: video(3),
            version: version(3),
            title: "clip 3, new".into(),
            state: rest::VersionState::Ready,
            rate: None,
            frames: None,
            by: None,
        }),
        EventBody::VideoRemoved(VideoRemoved { video: video(3) }), // in the queue
        EventBody::VideoRemoved(VideoRemoved { video: video(1) }), // in the queue and on the timeline
        EventBody::VideoRemoved(VideoRemoved { video: video(9) }), // nowhere
        EventBody::PatienceChanged(PatienceChanged { patience_ms: 3_000 }),
        timeline(2, 7, true, 6, None),
        waiting(timeline(2, 8, true, 7, None), 9_000_000_000_000_000),
        timeline(2, 8, true, 8, None), // sooner than was said
        waiting(timeline(2, 9, true, 9, None), 5_000),
        timeline(2, 9, true, 10, None), // by its time
        waiting(timeline(2, 10, true, 11, None), 9_000_000_000_000_000),
        EventBody::VideoRemoved(VideoRemoved { video: video(2) }), // while it waits
        EventBody::ChannelDeleted(ChannelDeleted { deleted: true }),
        EventBody::ChannelDeleted(ChannelDeleted { deleted: false }),
        EventBody::Erased(Erased { kind: "message.sent".into() }),
    ]
}

#[test]
fn the_page_replays_a_log_to_the_same_states() {
    let mut state = State::empty(ChannelId::from_bytes(id(9, 9)));
    let start = state.to_wire();
    let steps: Vec<serde_json::Value> = bodies()
        .into_iter()
        .enumerate()
        .map(|(index, body)| {
            let seq = u64::try_from(index).expect("few") + 1;
            let stamp = Timestamp(1_000_000 * i64::try_from(seq).expect("few"));
            let op = OpId::from_bytes(id(6, u8::try_from(seq).expect("few")));
            let event = Event { seq, at: stamp, actor: Some(person(5)), op, body };
            state.apply(&event);
            serde_json::json!({ "event": event, "state": state.to_wire() })
        })
        .collect();
    let golden = serde_json::json!({ "start": start, "steps": steps });
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/replay.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&golden).expect("JSON of JSON") + "\n";
        std::fs::write(&path, text).expect("the golden folder is writable");
    }
    let found: Option<serde_json::Value> =
        std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    assert!(
        found.as_ref() == Some(&golden),
        "the room applies events otherwise than before: write golden/replay.json anew with UPDATE_GOLDEN=1 and make the page's replica follow"
    );
}
