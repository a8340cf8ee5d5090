//! Makes ids, events and rows for the cases. Everything is a function of small numbers, so failures read well.

use protocol::event::{ChannelCreated, MemberJoined, MessageSent};
use protocol::rest::VersionState;
use protocol::*;
use store::catalog::*;
use store::event_log::{Appended, Batch};
use store::jobs::NewJob;

/// Epoch of logs made here.
pub const EPOCH: Epoch = 7_000_000_000_000_001;

/// 16 bytes out of a kind and a number.
fn bytes(kind: u8, number: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

macro_rules! ids {
    ($($name:ident: $kind:ident = $tag:literal),+ $(,)?) => { $(
        pub fn $name(number: u64) -> $kind { $kind::from_bytes(bytes($tag, number)) }
    )+ };
}
ids! {
    channel: ChannelId = 1, person: PersonId = 2, op: OpId = 3, video: VideoId = 4, version: VersionId = 5,
    invite: InviteId = 6, upload: UploadId = 7, job: JobId = 8, token: TokenId = 9, caption: CaptionId = 10,
}

pub fn hash(number: u64) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.to_le_bytes());
    hash
}

/// A time `seconds` after a fixed day.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp(1_790_000_000_000_000).plus_ms(seconds * 1000)
}

pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("a good name")
}

pub fn event(seq: Seq, actor: u64, body: EventBody) -> Event {
    Event { seq, at: at(seq as i64), actor: Some(person(actor)), op: op(seq), body }
}

pub fn say(seq: Seq, text: &str) -> Event {
    event(seq, 1, EventBody::MessageSent(MessageSent { text: text.to_owned(), at: None }))
}

pub fn created(owner: u64, called: &str, visibility: Visibility) -> EventBody {
    EventBody::ChannelCreated(ChannelCreated {
        name: called.to_owned(),
        visibility,
        owner: person(owner),
        owner_name: name("Olga"),
    })
}

pub fn joined(who: u64, called: &str, role: Role) -> EventBody {
    EventBody::MemberJoined(MemberJoined {
        person: person(who),
        name: name(called),
        kind: PersonKind::User,
        role,
    })
}

pub fn batch(channel: ChannelId, expected_head: Seq, events: Vec<Event>) -> Batch {
    Batch { channel, epoch: EPOCH, expected_head, events }
}

/// Appends bodies by person 1 and expects it to work; the new head.
pub async fn append(store: &store::Store, channel: ChannelId, bodies: Vec<EventBody>) -> Seq {
    let head = store.log.head(channel).await.unwrap().map_or(0, |head| head.position.seq);
    let events = bodies.into_iter().zip(head + 1..).map(|(body, seq)| event(seq, 1, body)).collect();
    match store.log.append(batch(channel, head, events)).await.unwrap() {
        Appended::Committed { head } => head,
        other => panic!("{other:?}"),
    }
}

pub fn user(number: u64, called: &str) -> PersonRow {
    PersonRow {
        person: person(number),
        name: name(called),
        kind: PersonKind::User,
        email: Some(format!("p{number}@example.org")),
        password_hash: Some("$argon2id$".to_owned()),
        instance_owner: false,
        created_at: at(0),
    }
}

pub fn guest(number: u64, called: &str) -> PersonRow {
    PersonRow { kind: PersonKind::Guest, email: None, password_hash: None, ..user(number, called) }
}

/// An invite of channel 1 by person 1, open until 100 s.
pub fn invite_row(number: u64) -> InviteRow {
    InviteRow {
        invite: invite(number),
        token_hash: hash(number),
        channel: channel(1),
        role: Role::Guest,
        uses_max: None,
        uses: 0,
        expires_at: at(100),
        created_by: person(1),
        revoked: false,
    }
}

pub fn video_row(number: u64) -> VideoRow {
    VideoRow {
        video: video(number),
        channel: channel(1),
        title: format!("Film {number}"),
        added_by: Some(person(1)),
        added_at: at(number as i64),
        removed_at: None,
    }
}

pub fn version_row(number: u64, of: u64, nth: u32) -> VersionRow {
    let row = VersionRow::new(version(number), video(of), "film.mov".to_owned(), 1_000, at(number as i64));
    VersionRow { number: nth, ..row }
}

pub fn caption_row(number: u64, of: u64) -> CaptionRow {
    CaptionRow {
        caption: caption(number),
        version: version(of),
        language: Some("de".to_owned()),
        label: "Deutsch".to_owned(),
        is_default: false,
        stream: None,
        cues: 3,
        added_by: Some(person(1)),
        added_at: at(number as i64),
        removed_at: None,
    }
}

pub fn upload_row(number: u64, of: u64) -> UploadRow {
    UploadRow {
        upload: upload(number),
        version: version(of),
        channel: channel(1),
        person: person(1),
        bytes: 1_000,
        offset: 0,
        metadata: "filename ZmlsbS5tb3Y=".to_owned(),
        expires_at: at(100),
        complete: false,
        way: None,
        given_up: false,
    }
}

/// Adds video, version and upload of one number.
/// A version whose file is here.
pub async fn add_whole_version(store: &store::Store, number: u64) {
    add_version(store, number).await;
    store.catalog.complete_upload(upload(number), [number as u8; 32], vec![]).await.unwrap();
    let pending = VersionUpdate { state: Some(VersionState::Pending), ..VersionUpdate::default() };
    store.catalog.update_version(version(number), pending).await.unwrap();
}

pub async fn add_version(store: &store::Store, number: u64) {
    store
        .catalog
        .add_upload(Some(video_row(number)), version_row(number, number, 1), upload_row(number, number))
        .await
        .unwrap();
}

pub fn new_job(number: u64, kind: &str, of: Option<u64>) -> NewJob {
    NewJob {
        job: job(number),
        kind: kind.to_owned(),
        version: of.map(version),
        key: format!("{kind}:{number}"),
        spec: "{}".to_owned(),
        priority: 0,
        weight: 1,
        run_at: at(0),
        after_kinds: Vec::new(),
    }
}

/// Chance out of a seed (xorshift); not for secrets.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// The seed of a case: `GENLOCK_SEED`, else out of the time of day. Printed by who uses it.
pub fn seed() -> u64 {
    std::env::var("GENLOCK_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().map_or(1, |since| u64::from(since.subsec_nanos())))
}
