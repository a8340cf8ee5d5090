//! What a release leaves in the tests for ever (law 15): a data folder with every kind of event, and what a store says of
//! it. [`fill`] makes the folder by the code of the release, [`picture`] reads it by the code of any later one, [`hash`]
//! compares what both know.

use protocol::channel::{ControlMode, QueueItem};
use protocol::event::*;
use protocol::rest::VersionState;
use protocol::*;
use room::{Seed, State};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::catalog::{InviteRow, PersonRow, SessionRow, UploadRow, VersionRow, VideoRow};
use store::event_log::{Batch, StoredSnapshot};
use store::jobs::NewJob;
use store::{Store, StoreResult};
use timecode::{FrameRate, Speed};

/// Events in the log that the snapshot of the first channel holds; the rest comes after it.
const SNAPSHOT_AT: Seq = 20;
const EPOCH: Epoch = 7;
/// Channels of the folder: a busy one, one that was deleted and put back, one that was erased.
pub const CHANNELS: [ChannelId; 3] =
    [ChannelId::from_bytes([1; 16]), ChannelId::from_bytes([2; 16]), ChannelId::from_bytes([3; 16])];
/// The first owner.
const ADA: PersonId = PersonId::from_bytes([11; 16]);
const BO: PersonId = PersonId::from_bytes([12; 16]);
const VIDEO: VideoId = VideoId::from_bytes([21; 16]);
const VERSION: VersionId = VersionId::from_bytes([22; 16]);

fn at(seq: Seq) -> Timestamp {
    Timestamp(1_790_000_000_000_000).plus_ms(i64::try_from(seq).unwrap_or(0) * 1_000)
}

fn item(number: u8) -> ItemId {
    ItemId::from_bytes([number; 16])
}

fn rate() -> FrameRate {
    FrameRate::new(24_000, 1_001).expect("a good rate")
}

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a good name")
}

fn begun(called: &str) -> Vec<EventBody> {
    let created = ChannelCreated {
        name: called.to_owned(),
        visibility: Visibility::Private,
        owner: ADA,
        owner_name: name("Ada"),
    };
    let joined =
        MemberJoined { person: BO, name: name("Bo Ödegård"), kind: PersonKind::Guest, role: Role::Guest };
    vec![EventBody::ChannelCreated(created), EventBody::MemberJoined(joined)]
}

fn said(text: &str, frame: Option<i64>) -> EventBody {
    let at = frame.map(|frame| command::FrameRef { version: VERSION, frame });
    EventBody::MessageSent(MessageSent { text: text.to_owned(), at })
}

fn queued(number: u8) -> EventBody {
    EventBody::QueueAdded(QueueAdded {
        entry: QueueItem {
            item: item(number),
            video: VIDEO,
            version: VERSION,
            title: "A film".into(),
            rate: rate(),
            frames: 500,
            added_by: ADA,
        },
    })
}

fn timeline(frame: i64, playing: bool, revision: u64, taken: Option<u8>) -> EventBody {
    EventBody::TimelineSet(TimelineSet {
        timeline: Timeline {
            video: Some(TimelineVideo { video: VIDEO, version: VERSION, rate: rate(), frames: 500 }),
            frame,
            speed: Speed::new(5, 4).expect("a good speed"),
            playing,
            anchor_us: at(50),
            revision,
        },
        cause: TimelineCause::Seek,
        item: taken.map(item),
        wait: None,
    })
}

/// A log with every kind of event but those of an end.
fn busy() -> Vec<EventBody> {
    let mut bodies = begun("Films");
    bodies.extend([
        EventBody::ChannelUpdated(ChannelUpdated {
            name: "Film club".into(),
            visibility: Visibility::Public,
        }),
        EventBody::MemberRoleSet(MemberRoleSet { person: BO, role: Role::Member }),
        EventBody::VideoUpdated(VideoUpdated {
            video: VIDEO,
            version: VERSION,
            title: "A film".into(),
            state: VersionState::Ready,
            rate: Some(rate()),
            frames: Some(500),
            by: Some(ADA),
        }),
        queued(1),
        queued(2),
        queued(3),
        EventBody::QueueMoved(QueueMoved { item: item(3), before: Some(item(1)) }),
        EventBody::QueueRemoved(QueueRemoved { item: item(2) }),
        timeline(0, true, 1, Some(1)),
        EventBody::ControlModeSet(ControlModeSet { mode: ControlMode::Presenter, presenter: Some(ADA) }),
    ]);
    bodies.extend(
        (0..20).map(|number| said(&format!("Grüße {number} 👋"), (number % 3 == 0).then_some(number))),
    );
    bodies.extend([
        EventBody::MemberJoined(MemberJoined {
            person: PersonId::from_bytes([13; 16]),
            name: name("Cy"),
            kind: PersonKind::User,
            role: Role::Viewer,
        }),
        EventBody::MemberRemoved(MemberRemoved { person: PersonId::from_bytes([13; 16]) }),
        EventBody::VideoRemoved(VideoRemoved { video: VideoId::from_bytes([29; 16]) }),
        timeline(123, false, 2, None),
    ]);
    bodies
}

async fn append(store: &Store, channel: ChannelId, bodies: Vec<EventBody>) -> StoreResult<Vec<Event>> {
    let head = store.log.head(channel).await?.map_or(0, |head| head.position.seq);
    let events: Vec<Event> = (head + 1..)
        .zip(bodies)
        .map(|(seq, body)| {
            let mut op = *channel.as_bytes();
            op[8..].copy_from_slice(&seq.to_be_bytes());
            let actor = Some(if seq % 4 == 3 { BO } else { ADA });
            Event { seq, at: at(seq), actor, op: OpId::from_bytes(op), body }
        })
        .collect();
    store.log.append(Batch { channel, epoch: EPOCH, expected_head: head, events: events.clone() }).await?;
    Ok(events)
}

/// Writes people, channels with every kind of event, a video with its jobs, an invite and a session.
///
/// # Errors
/// What the store says.
pub async fn fill(store: &Store) -> StoreResult<()> {
    let deleted = |deleted| EventBody::ChannelDeleted(ChannelDeleted { deleted });
    people(store).await?;
    library(store).await?;
    let events = append(store, CHANNELS[0], busy()).await?;
    let mut seed = Seed::empty(CHANNELS[0], EPOCH);
    events.iter().take_while(|event| event.seq <= SNAPSHOT_AT).for_each(|event| {
        seed.apply(event);
    });
    let snapshot = StoredSnapshot { at: Position { epoch: EPOCH, seq: SNAPSHOT_AT }, bytes: seed.encode() };
    store.log.put_snapshot(CHANNELS[0], snapshot).await?;
    append(store, CHANNELS[1], begun("Put back")).await?;
    append(store, CHANNELS[1], vec![deleted(true), deleted(false), said("we are back", None)]).await?;
    append(store, CHANNELS[2], begun("Erased")).await?;
    append(store, CHANNELS[2], vec![said("nobody reads this", None), deleted(true)]).await?;
    store.catalog.erase_channel(CHANNELS[2], at(1_000), EPOCH + 1).await?;
    Ok(())
}

async fn people(store: &Store) -> StoreResult<()> {
    let person = |person, called: &str, email: Option<&str>| PersonRow {
        person,
        name: name(called),
        kind: if email.is_some() { PersonKind::User } else { PersonKind::Guest },
        email: email.map(str::to_owned),
        password_hash: email.map(|_| "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA".to_owned()),
        instance_owner: email.is_some(),
        created_at: at(0),
    };
    store.catalog.add_person(person(ADA, "Ada", Some("ada@example.org")), true).await?;
    store.catalog.add_person(person(BO, "Bo Ödegård", None), false).await?;
    let session = SessionRow {
        token_hash: [1; 32],
        person: ADA,
        created_at: at(0),
        seen_at: at(1),
        expires_at: at(1_000_000),
    };
    store.catalog.add_session(session).await?;
    store.catalog.set_setting("sample", Some("none")).await?;
    let invite = InviteRow {
        invite: InviteId::from_bytes([31; 16]),
        token_hash: [2; 32],
        channel: CHANNELS[0],
        role: Role::Guest,
        uses_max: Some(5),
        uses: 1,
        expires_at: at(1_000_000),
        created_by: ADA,
        revoked: false,
    };
    store.catalog.add_invite(invite).await
}

async fn library(store: &Store) -> StoreResult<()> {
    let video = VideoRow {
        video: VIDEO,
        channel: CHANNELS[0],
        title: "A film".into(),
        added_by: Some(ADA),
        added_at: at(5),
        removed_at: None,
    };
    let version = VersionRow {
        state: VersionState::Uploading,
        ..VersionRow::new(VERSION, VIDEO, "film.mov".into(), 1_000, at(5))
    };
    let upload = UploadRow {
        upload: UploadId::from_bytes([23; 16]),
        version: VERSION,
        channel: CHANNELS[0],
        person: ADA,
        bytes: 1_000,
        offset: 0,
        metadata: "filename ZmlsbS5tb3Y=".into(),
        expires_at: at(1_000_000),
        complete: false,
        way: None,
        given_up: false,
    };
    let probe = NewJob {
        job: JobId::from_bytes([24; 16]),
        kind: "probe".into(),
        version: Some(VERSION),
        key: "probe".into(),
        spec: "\"Probe\"".into(),
        priority: 0,
        weight: 1,
        run_at: at(6),
        after_kinds: Vec::new(),
    };
    store.catalog.add_upload(Some(video), version, upload).await?;
    store.catalog.complete_upload(UploadId::from_bytes([23; 16]), [3; 32], vec![probe]).await?;
    Ok(())
}

/// What a store says of the folder, as JSON.
///
/// # Errors
/// What the store says.
pub async fn picture(store: &Store) -> StoreResult<Value> {
    let mut channels = Vec::new();
    for channel in CHANNELS {
        let log = store.log.read(channel, 0, 10_000).await?;
        let mut state = State::empty(channel);
        log.iter().for_each(|event| state.apply(event));
        let (messages, _) = store.catalog.messages(channel, None, 100).await?;
        let card = store.catalog.channel(channel).await?;
        channels.push(json!({
            "head": state.head,
            "state": state.to_wire(),
            "deleted": state.deleted_at.is_some(),
            "listed": card.map(|card| json!({ "name": card.name, "members": card.members, "deleted": card.deleted_at.is_some() })),
            "messages": messages,
            "events": log,
        }));
    }
    let video = store.catalog.video(VIDEO).await?;
    let (session, person) = store.catalog.session([1; 32], at(2)).await?.unzip();
    Ok(json!({
        "channels": channels,
        "title": video.as_ref().map(|(row, _)| row.title.clone()),
        "versions": video.map(|(_, versions)| versions.iter().map(|row| row.state.as_str()).collect::<Vec<_>>()),
        "jobs": store.jobs.jobs_of(VERSION).await?.iter().map(|row| row.new.key.clone()).collect::<Vec<_>>(),
        "session": session.map(|row| row.expires_at),
        "owner": person.map(|row| row.name),
        "invite": store.catalog.invite([2; 32]).await?.map(|row| row.uses),
    }))
}

/// SHA-256, hexadecimal, of what a picture says of everything that `known` names: fields that came later are left out.
#[must_use]
pub fn hash(picture: &Value, known: &Value) -> String {
    let text = restricted(picture, known).to_string();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn restricted(found: &Value, known: &Value) -> Value {
    match (found, known) {
        (Value::Object(found), Value::Object(known)) => known
            .iter()
            .filter_map(|(key, known)| Some((key.clone(), restricted(found.get(key)?, known))))
            .collect(),
        (Value::Array(found), Value::Array(known)) if found.len() == known.len() => {
            found.iter().zip(known).map(|(found, known)| restricted(found, known)).collect()
        }
        _ => found.clone(),
    }
}
