//! A data folder with many people in many channels, written through the store as the server itself would.

use anyhow::{Result, ensure};
use protocol::event::{ChannelCreated, MemberJoined};
use protocol::{
    ChannelId, DisplayName, Event, EventBody, OpId, PersonId, PersonKind, Role, Timestamp, Visibility,
};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use store::catalog::{PersonRow, SessionRow};
use store::event_log::{Appended, Batch};

/// Somebody who can connect.
#[derive(Clone)]
pub struct Seat {
    /// Value of the session cookie.
    pub token: String,
    /// Where they are a member.
    pub channel: ChannelId,
}

/// Makes `people` users, `per_channel` in each channel, and a session for each.
pub async fn populate(data: &Path, people: usize, per_channel: usize) -> Result<Vec<Seat>> {
    let store = store::open(
        &format!("sqlite:{}", data.join("genlock.sqlite").display()),
        &format!("file:{}", data.join("blobs").display()),
    )?;
    let now = Timestamp(i64::try_from(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros(),
    )?);
    let mut seats = Vec::with_capacity(people);
    for (number, start) in (0..people).step_by(per_channel).enumerate() {
        let channel = ChannelId::v7(now.unix_ms().unsigned_abs(), chance(b'c', number));
        let members: Vec<usize> = (start..people.min(start + per_channel)).collect();
        let mut events = Vec::new();
        for &member in &members {
            let person = PersonId::v7(now.unix_ms().unsigned_abs(), chance(b'p', member));
            let name = DisplayName::parse(&format!("Person {member}"))?;
            let row = PersonRow {
                person,
                name: name.clone(),
                kind: PersonKind::User,
                email: Some(format!("person{member}@example.org")),
                password_hash: None,
                instance_owner: member == 0,
                created_at: now,
            };
            store.catalog.add_person(row, false).await?;
            let token = format!("{:064x}", member + 1);
            let session = SessionRow {
                token_hash: Sha256::digest(token.as_bytes()).into(),
                person,
                created_at: now,
                seen_at: now,
                expires_at: now.plus_ms(86_400_000),
            };
            store.catalog.add_session(session).await?;
            seats.push(Seat { token, channel });
            let body = if events.is_empty() {
                EventBody::ChannelCreated(ChannelCreated {
                    name: format!("Channel {number}"),
                    visibility: Visibility::Private,
                    owner: person,
                    owner_name: name,
                })
            } else {
                EventBody::MemberJoined(MemberJoined {
                    person,
                    name,
                    kind: PersonKind::User,
                    role: Role::Member,
                })
            };
            events.push(Event {
                seq: events.len() as u64 + 1,
                at: now,
                actor: None,
                op: OpId::v7(now.unix_ms().unsigned_abs(), chance(b'o', member)),
                body,
            });
        }
        for batch in events.chunks(store::event_log::BATCH_EVENTS_MAX) {
            let outcome = store
                .log
                .append(Batch { channel, epoch: 1, expected_head: batch[0].seq - 1, events: batch.to_vec() })
                .await?;
            ensure!(matches!(outcome, Appended::Committed { .. }), "populating lost a race with nobody");
        }
    }
    Ok(seats)
}

fn chance(kind: u8, number: usize) -> [u8; 10] {
    let mut bytes = [kind; 10];
    bytes[2..].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}
