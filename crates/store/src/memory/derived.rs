//! From events to what is listed: card, members, messages of one channel. Called by the log at each append and by
//! the rebuild. The same rules as `sqlite::project`, kept alike by the contract suite.

use crate::catalog::{ChannelRow, MemberRow};
use protocol::event::{MemberJoined, MessageSent};
use protocol::{
    ChannelId, Event, EventBody, OpId, PersonId, PersonKind, Role, Seq, Timestamp, VersionId, VideoId,
    Visibility,
};
use std::collections::BTreeMap;

/// What is listed of one channel.
#[derive(Default)]
pub(super) struct Derived {
    card: Option<Card>,
    pub(super) members: BTreeMap<PersonId, MemberRow>,
    pub(super) messages: BTreeMap<Seq, Message>,
}

struct Card {
    name: String,
    visibility: Visibility,
    playing: Option<(VideoId, VersionId, bool)>,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

pub(super) struct Message {
    pub(super) op: OpId,
    pub(super) at: Timestamp,
    pub(super) author: PersonId,
    pub(super) sent: MessageSent,
}

impl Derived {
    /// The channel's card, with the stamp of its last event.
    pub(super) fn card(&self, channel: ChannelId, active_at: Timestamp) -> Option<ChannelRow> {
        let card = self.card.as_ref()?;
        Some(ChannelRow {
            channel,
            name: card.name.clone(),
            visibility: card.visibility,
            members: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            playing: card.playing.map(|(_, version, moves)| (version, moves)),
            created_at: card.created_at,
            active_at,
            deleted_at: card.deleted_at,
        })
    }

    /// Applies one event.
    pub(super) fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::ChannelCreated(created) => {
                let card = Card {
                    name: created.name.clone(),
                    visibility: created.visibility,
                    playing: None,
                    created_at: event.at,
                    deleted_at: None,
                };
                self.card.get_or_insert(card);
                let name = created.owner_name.clone();
                let owner =
                    MemberJoined { person: created.owner, name, kind: PersonKind::User, role: Role::Owner };
                self.join(event, &owner);
            }
            EventBody::ChannelUpdated(updated) => {
                if let Some(card) = &mut self.card {
                    card.name.clone_from(&updated.name);
                    card.visibility = updated.visibility;
                }
            }
            EventBody::MemberJoined(joined) => self.join(event, joined),
            EventBody::MemberRemoved(removed) => {
                self.members.remove(&removed.person);
            }
            EventBody::MemberRoleSet(set) => {
                if let Some(member) = self.members.get_mut(&set.person) {
                    member.role = set.role;
                }
            }
            EventBody::MessageSent(sent) => {
                if let Some(author) = event.actor {
                    let message = Message { op: event.op, at: event.at, author, sent: sent.clone() };
                    self.messages.insert(event.seq, message);
                }
            }
            EventBody::TimelineSet(set) => {
                if let Some(card) = &mut self.card {
                    let video = set.timeline.video.as_ref();
                    card.playing = video.map(|shown| (shown.video, shown.version, set.timeline.playing));
                }
            }
            EventBody::VideoRemoved(removed) => {
                if let Some(card) = &mut self.card {
                    card.playing = card.playing.filter(|(video, ..)| *video != removed.video);
                }
            }
            EventBody::ChannelDeleted(set) => {
                if let Some(card) = &mut self.card {
                    card.deleted_at = set.deleted.then(|| card.deleted_at.unwrap_or(event.at));
                }
            }
            EventBody::QueueAdded(_)
            | EventBody::QueueRemoved(_)
            | EventBody::QueueMoved(_)
            | EventBody::ControlModeSet(_)
            | EventBody::PatienceChanged(_)
            | EventBody::VideoUpdated(_)
            | EventBody::Erased(_) => {}
        }
    }

    fn join(&mut self, event: &Event, joined: &MemberJoined) {
        let joined_at = self.members.get(&joined.person).map_or(event.at, |known| known.joined_at);
        let member = MemberRow {
            person: joined.person,
            name: joined.name.clone(),
            kind: joined.kind,
            role: joined.role,
            joined_at,
        };
        self.members.insert(joined.person, member);
    }
}
