//! One sample of every message, in JSON and MessagePack, kept in `golden/` and read by the page's tests too: if
//! either side changes its bytes, this fails. Written anew by
//! `UPDATE_GOLDEN=1 cargo test -p protocol --test golden`.

#![allow(clippy::disallowed_methods, reason = "the samples stand in files")]

use protocol::channel::{ChannelState, ControlMode, Member, QueueItem, Visibility};
use protocol::codec::Encoding;
use protocol::command::*;
use protocol::event::*;
use protocol::fleeting::*;
use protocol::frame::*;
use protocol::rest::VersionState;
use protocol::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Debug, Write as _};
use std::path::PathBuf;
use timecode::{FrameRate, Speed};

#[test]
fn every_sample_keeps_its_bytes() {
    let mut samples = Samples::default();
    for (name, frame) in client_frames() {
        samples.add("ClientFrame", &name, &frame);
    }
    for (name, frame) in server_frames() {
        samples.add("ServerFrame", &name, &frame);
    }
    samples.finish();
}

/// Compares or writes the samples.
#[derive(Default)]
struct Samples {
    names: Vec<String>,
    wrong: Vec<String>,
}

impl Samples {
    fn add<T: Serialize + DeserializeOwned + PartialEq + Debug>(
        &mut self,
        kind: &str,
        name: &str,
        value: &T,
    ) {
        let bytes = Encoding::MessagePack.encode(value);
        assert_eq!(&Encoding::MessagePack.decode_trusted::<T>(&bytes).expect("own bytes"), value, "{name}");
        let json = serde_json::to_value(value).expect("wire types always encode");
        assert_eq!(&serde_json::from_value::<T>(json.clone()).expect("own JSON"), value, "{name}");
        let mut hex = String::with_capacity(bytes.len() * 2);
        for byte in &bytes {
            let _ = write!(hex, "{byte:02x}");
        }
        let sample = serde_json::json!({ "name": name, "type": kind, "json": json, "msgpack": hex });
        let text = serde_json::to_string_pretty(&sample).expect("JSON of JSON") + "\n";
        let path = folder().join(format!("{name}.json"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).expect("the golden folder is writable");
        }
        // Compared as values: the order of keys in the file does not matter.
        let found = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        if found.as_ref() != Some(&sample) {
            self.wrong.push(name.to_owned());
        }
        assert!(!self.names.contains(&name.to_owned()), "two samples named {name}");
        self.names.push(name.to_owned());
    }

    fn finish(self) {
        for entry in std::fs::read_dir(folder()).expect("the golden folder exists") {
            let name =
                entry.expect("readable").file_name().to_string_lossy().trim_end_matches(".json").to_owned();
            assert!(self.names.contains(&name), "golden/{name}.json belongs to no sample");
        }
        assert!(
            self.wrong.is_empty(),
            "bytes on the wire have changed: {:?}. If meant, see docs/protocol.md on versions, then write them anew with UPDATE_GOLDEN=1",
            self.wrong
        );
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Sixteen different bytes, so that a swapped byte shows.
fn bytes(first: u8) -> [u8; 16] {
    std::array::from_fn(|index| first.wrapping_add(u8::try_from(index).expect("below 16")))
}

fn person(first: u8) -> PersonId {
    PersonId::from_bytes(bytes(first))
}

fn name(text: &str) -> people::DisplayName {
    people::DisplayName::parse(text).expect("a good name")
}

fn film() -> FrameRate {
    FrameRate::new(24_000, 1_001).expect("a good rate")
}

fn timeline() -> Timeline {
    Timeline {
        video: Some(TimelineVideo {
            video: VideoId::from_bytes(bytes(0x40)),
            version: VersionId::from_bytes(bytes(0x50)),
            rate: film(),
            frames: 172_800,
        }),
        frame: 70_000,
        speed: Speed::new(3, 2).expect("a good speed"),
        playing: true,
        anchor_us: Timestamp(1_767_225_600_123_456),
        revision: 300,
    }
}

fn queue_item() -> QueueItem {
    QueueItem {
        item: ItemId::from_bytes(bytes(0x60)),
        video: VideoId::from_bytes(bytes(0x41)),
        version: VersionId::from_bytes(bytes(0x51)),
        title: "Dailies, day 2".into(),
        rate: FrameRate::new(25, 1).expect("a good rate"),
        frames: 1_500,
        added_by: person(0x11),
    }
}

fn commands() -> Vec<Command> {
    let video = VideoId::from_bytes(bytes(0x40));
    let version = VersionId::from_bytes(bytes(0x50));
    let item = ItemId::from_bytes(bytes(0x60));
    vec![
        Command::MessageSend(MessageSend {
            text: "Grüße 👋 <script>".into(),
            at: Some(FrameRef { version, frame: 128 }),
        }),
        Command::PlaybackPlay(PlaybackPlay { frame: None }),
        Command::PlaybackPause(PlaybackPause { frame: Some(65_536) }),
        Command::PlaybackSeek(PlaybackSeek { frame: 0 }),
        Command::PlaybackSpeed(PlaybackSpeed { speed: Speed::new(1, 4).expect("a good speed") }),
        Command::PlaybackLoad(PlaybackLoad { video, play: true }),
        Command::PlaybackAdvance(PlaybackAdvance { revision: 9 }),
        Command::PlaybackWait(PlaybackWait {
            revision: 9,
            people: vec![person(0x11)],
            reason: WaitReason::Buffering,
            for_ms: 2_000,
        }),
        Command::PlaybackResume(PlaybackResume { revision: 10 }),
        Command::PatienceSet(PatienceSet { patience_ms: 3_500 }),
        Command::QueueAdd(QueueAdd { item, video }),
        Command::QueueRemove(QueueRemove { item }),
        Command::QueueMove(QueueMove { item, before: Some(ItemId::from_bytes(bytes(0x61))) }),
        Command::QueuePlay(QueuePlay { item }),
        Command::ControlSet(ControlSet { mode: ControlMode::Presenter, presenter: Some(person(0x10)) }),
        Command::ChannelCreate(ChannelCreate {
            name: "Film club".into(),
            visibility: Visibility::Private,
            owner: person(0x10),
            owner_name: name("Ada"),
        }),
        Command::ChannelUpdate(ChannelUpdate { name: "Film club".into(), visibility: Visibility::Public }),
        Command::MemberJoin(MemberJoin {
            person: person(0x11),
            name: name("Grace"),
            kind: PersonKind::Guest,
            role: Role::Guest,
        }),
        Command::MemberRemove(MemberRemove { person: person(0x11) }),
        Command::MemberSetRole(MemberSetRole { person: person(0x11), role: Role::Moderator }),
        Command::VideoUpdate(VideoUpdate {
            video,
            version,
            title: "Cut 3".into(),
            state: VersionState::Playable,
            rate: Some(film()),
            frames: Some(172_800),
            by: Some(person(0x10)),
        }),
        Command::VideoRemove(VideoRemove { video }),
        Command::ChannelDelete(ChannelDelete { deleted: true }),
    ]
}

fn event_bodies() -> Vec<EventBody> {
    let video = VideoId::from_bytes(bytes(0x40));
    let version = VersionId::from_bytes(bytes(0x50));
    let item = ItemId::from_bytes(bytes(0x60));
    vec![
        EventBody::ChannelCreated(ChannelCreated {
            name: "Film club".into(),
            visibility: Visibility::Unlisted,
            owner: person(0x10),
            owner_name: name("Ada"),
        }),
        EventBody::ChannelUpdated(ChannelUpdated {
            name: "Film club".into(),
            visibility: Visibility::Public,
        }),
        EventBody::MemberJoined(MemberJoined {
            person: person(0x11),
            name: name("Grace"),
            kind: PersonKind::User,
            role: Role::Member,
        }),
        EventBody::MemberRemoved(MemberRemoved { person: person(0x11) }),
        EventBody::MemberRoleSet(MemberRoleSet { person: person(0x11), role: Role::Viewer }),
        EventBody::MessageSent(MessageSent { text: "at the cut".into(), at: None }),
        EventBody::TimelineSet(TimelineSet {
            timeline: timeline(),
            cause: TimelineCause::Seek,
            item: Some(item),
            wait: None,
        }),
        EventBody::QueueAdded(QueueAdded { entry: queue_item() }),
        EventBody::QueueRemoved(QueueRemoved { item }),
        EventBody::QueueMoved(QueueMoved { item, before: None }),
        EventBody::ControlModeSet(ControlModeSet { mode: ControlMode::Moderators, presenter: None }),
        EventBody::VideoUpdated(VideoUpdated {
            video,
            version,
            title: "Cut 3".into(),
            state: VersionState::Failed,
            rate: None,
            frames: None,
            by: None,
        }),
        EventBody::VideoRemoved(VideoRemoved { video }),
        EventBody::ChannelDeleted(ChannelDeleted { deleted: true }),
        EventBody::Erased(Erased { kind: "message.sent".into() }),
        EventBody::PatienceChanged(PatienceChanged { patience_ms: 0 }),
    ]
}

fn fleetings() -> Vec<Fleeting> {
    vec![
        Fleeting::Typing(Typing { on: true }),
        Fleeting::Visible(Visible { shown: false }),
        Fleeting::Sync(sync_report()),
        Fleeting::Reaction(Reaction { emoji: "👏".into() }),
        Fleeting::Progress(VideoProgress {
            video: VideoId::from_bytes(bytes(0x40)),
            version: VersionId::from_bytes(bytes(0x50)),
            stage: "preparing".into(),
            permille: 420,
            playable_s: 30,
            complete: vec!["360p".into(), "480p".into()],
            sharp_s: Some(12),
            uploaded_permille: None,
        }),
    ]
}

fn sync_report() -> SyncReport {
    SyncReport {
        status: SyncStatus::Locked,
        error_us: -3_200,
        bound_us: 900,
        rtt_us: 41_000,
        buffered_ms: 30_000,
        start_latency_ms: 75,
    }
}

fn client_frames() -> Vec<(String, ClientFrame)> {
    let mut frames = vec![
        (
            "client-hello-new".to_owned(),
            ClientFrame::Hello(Hello {
                protocol: PROTOCOL_VERSION,
                client: ClientId::from_bytes(bytes(0x20)),
                resume: None,
                shown: true,
            }),
        ),
        (
            "client-hello-resume".to_owned(),
            ClientFrame::Hello(Hello {
                protocol: PROTOCOL_VERSION,
                client: ClientId::from_bytes(bytes(0x20)),
                resume: Some(Position { epoch: (1 << 53) - 1, seq: 4_294_967_296 }),
                shown: false,
            }),
        ),
        ("client-ping".to_owned(), ClientFrame::Ping(Ping { client_us: 12_345_678 })),
        (
            "client-catchup".to_owned(),
            ClientFrame::Catchup(Catchup { from: Position { epoch: 77, seq: 255 } }),
        ),
    ];
    for command in commands() {
        frames.push((
            format!("command-{}", command.tag()),
            ClientFrame::Command(CommandFrame { op: OpId::from_bytes(bytes(0x30)), command }),
        ));
    }
    for value in fleetings() {
        frames.push((format!("fleeting-{}", value.tag()), ClientFrame::Fleeting(FleetingFrame { value })));
    }
    frames
}

fn server_frames() -> Vec<(String, ServerFrame)> {
    let head = Position { epoch: 6_755_399_441_055_744, seq: 70_000 };
    let present = |state, sync| PresentPerson {
        person: person(0x10),
        name: name("Ada"),
        kind: PersonKind::User,
        role: Role::Owner,
        state,
        typing: true,
        sync,
    };
    let state = ChannelState {
        channel: ChannelId::from_bytes(bytes(0x01)),
        name: "Film club".into(),
        visibility: Visibility::Private,
        members: vec![
            Member {
                person: person(0x10),
                name: name("Ada"),
                kind: PersonKind::User,
                role: Role::Owner,
                joined_at: Timestamp(1_767_225_600_000_000),
            },
            Member {
                person: person(0x11),
                name: name("Grace"),
                kind: PersonKind::Guest,
                role: Role::Guest,
                joined_at: Timestamp(1_767_225_601_000_000),
            },
        ],
        timeline: timeline(),
        control: ControlMode::Everyone,
        presenter: None,
        queue: vec![queue_item()],
        patience_ms: 2_000,
        wait: Some(Wait {
            people: vec![person(0x11)],
            reason: WaitReason::Buffering,
            from_us: Timestamp(1_767_225_600_000_000),
            until_us: Timestamp(1_767_225_602_000_000),
            revision: 300,
        }),
    };
    let empty = ChannelState {
        members: Vec::new(),
        timeline: Timeline::empty(),
        queue: Vec::new(),
        wait: None,
        ..state.clone()
    };
    let mut frames = vec![
        (
            "server-welcome".to_owned(),
            ServerFrame::Welcome(Welcome {
                session: SessionId::from_bytes(bytes(0x70)),
                person: person(0x10),
                role: Role::Admin,
                head,
                server_us: Timestamp(1_767_225_600_123_456),
                beat_ms: limits::BEAT_MS,
                resumed: true,
                server_version: "0.1.0".into(),
            }),
        ),
        ("server-snapshot".to_owned(), ServerFrame::Snapshot(SnapshotFrame { at: head, state })),
        (
            "server-snapshot-empty".to_owned(),
            ServerFrame::Snapshot(SnapshotFrame { at: Position { epoch: 1, seq: 0 }, state: empty }),
        ),
        ("server-ack".to_owned(), ServerFrame::Ack(Ack { op: OpId::from_bytes(bytes(0x30)), seq: 70_001 })),
        (
            "server-reject".to_owned(),
            ServerFrame::Reject(Reject {
                op: Some(OpId::from_bytes(bytes(0x30))),
                code: Code::RateLimited.number(),
                message: Code::RateLimited.sentence().into(),
                retry_after_ms: Some(1_500),
            }),
        ),
        (
            "server-reject-no-op".to_owned(),
            ServerFrame::Reject(Reject {
                op: None,
                code: Code::FrameMalformed.number(),
                message: Code::FrameMalformed.sentence().into(),
                retry_after_ms: None,
            }),
        ),
        (
            "server-beat".to_owned(),
            ServerFrame::Beat(Beat { head, revision: 300, server_us: Timestamp(1_767_225_605_000_000) }),
        ),
        (
            "server-pong".to_owned(),
            ServerFrame::Pong(Pong {
                client_us: -5,
                received_us: Timestamp(1_767_225_605_000_001),
                sent_us: Timestamp(1_767_225_605_000_050),
            }),
        ),
        (
            "server-presence".to_owned(),
            ServerFrame::Presence(PresenceFrame {
                full: true,
                people: vec![
                    present(PresenceState::Here, Some(sync_report())),
                    present(PresenceState::Reconnecting, None),
                    present(PresenceState::Away, None),
                ],
                gone: vec![person(0x12)],
                count: 40_000,
            }),
        ),
        (
            "server-fleetings".to_owned(),
            ServerFrame::Fleetings(FleetingsFrame {
                values: fleetings()
                    .into_iter()
                    .enumerate()
                    .map(|(index, value)| FleetingFrom { person: (index != 4).then(|| person(0x10)), value })
                    .collect(),
            }),
        ),
        ("server-drain".to_owned(), ServerFrame::Drain(Drain { after_ms: 2_500 })),
    ];
    for (index, body) in event_bodies().into_iter().enumerate() {
        let seq = 127 + u64::try_from(index).expect("few");
        let event = Event {
            seq,
            at: Timestamp(1_767_225_600_123_456),
            actor: (index % 2 == 0).then(|| person(0x10)),
            op: OpId::from_bytes(bytes(0x30)),
            body: body.clone(),
        };
        frames.push((
            format!("event-{}", body.tag()),
            ServerFrame::Events(EventsFrame { epoch: head.epoch, events: vec![event] }),
        ));
    }
    frames
}
