//! The bounded state of a channel at one place of its log. `apply` is the only thing that changes it; it is total and
//! gives the same result on every node, so replicas with the same seq are equal (law 3).

use protocol::event::EventBody;
use protocol::limits::PATIENCE_DEFAULT_MS;
use protocol::{
    ChannelId, ChannelState, ControlMode, Event, Member, PersonId, QueueItem, Role, Seq, Timeline, Timestamp,
    Visibility, Wait,
};
use std::collections::BTreeMap;

/// A channel's state as the room works with it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The channel.
    pub channel: ChannelId,
    /// Place in the log; 0 before the channel was created.
    pub head: Seq,
    /// Stamp of the last event.
    pub last_at: Timestamp,
    /// Name.
    pub name: String,
    /// Who can find it.
    pub visibility: Visibility,
    /// Members by id.
    pub members: BTreeMap<PersonId, Member>,
    /// How many of them are owners.
    pub owners: u32,
    /// Shared position.
    pub timeline: Timeline,
    /// Whose commands move it.
    pub control: ControlMode,
    /// The presenter.
    pub presenter: Option<PersonId>,
    /// What comes next.
    pub queue: Vec<QueueItem>,
    /// Since when the channel is deleted. Not on the wire: nobody is in a deleted channel.
    pub deleted_at: Option<Timestamp>,
    /// How long the others wait for a member whose data has run out, milliseconds.
    pub patience_ms: u32,
    /// The newest wait, over or not.
    pub wait: Option<Wait>,
}

impl State {
    /// Before the first event.
    #[must_use]
    pub fn empty(channel: ChannelId) -> State {
        State {
            channel,
            head: 0,
            last_at: Timestamp(0),
            name: String::new(),
            visibility: Visibility::Private,
            members: BTreeMap::new(),
            owners: 0,
            timeline: Timeline::empty(),
            control: ControlMode::Everyone,
            presenter: None,
            queue: Vec::new(),
            deleted_at: None,
            patience_ms: PATIENCE_DEFAULT_MS,
            wait: None,
        }
    }

    /// From its form on the wire.
    #[must_use]
    pub fn from_wire(wire: ChannelState, head: Seq, last_at: Timestamp) -> State {
        let members: BTreeMap<PersonId, Member> =
            wire.members.into_iter().map(|member| (member.person, member)).collect();
        let owners = count_owners(&members);
        State {
            channel: wire.channel,
            head,
            last_at,
            name: wire.name,
            visibility: wire.visibility,
            members,
            owners,
            timeline: wire.timeline,
            control: wire.control,
            presenter: wire.presenter,
            queue: wire.queue,
            deleted_at: None,
            patience_ms: wire.patience_ms,
            wait: wire.wait,
        }
    }

    /// Its form on the wire.
    #[must_use]
    pub fn to_wire(&self) -> ChannelState {
        ChannelState {
            channel: self.channel,
            name: self.name.clone(),
            visibility: self.visibility,
            members: self.members.values().cloned().collect(),
            timeline: self.timeline.clone(),
            control: self.control,
            presenter: self.presenter,
            queue: self.queue.clone(),
            patience_ms: self.patience_ms,
            wait: self.wait.clone(),
        }
    }

    /// Whether the channel has been created.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.head > 0
    }

    /// Whether people can be in it: created and not deleted.
    #[must_use]
    pub fn open(&self) -> bool {
        self.exists() && self.deleted_at.is_none()
    }

    /// A person's role; none for whoever does not belong here.
    #[must_use]
    pub fn role(&self, person: PersonId) -> Option<Role> {
        self.members.get(&person).map(|member| member.role)
    }

    /// Applies the next event. Its seq must be `head + 1`; the caller has checked that.
    pub fn apply(&mut self, event: &Event) {
        debug_assert_eq!(event.seq, self.head + 1, "events are applied without a gap");
        self.head = event.seq;
        self.last_at = self.last_at.max(event.at);
        match &event.body {
            EventBody::ChannelCreated(created) => {
                self.name.clone_from(&created.name);
                self.visibility = created.visibility;
                self.put_member(Member {
                    person: created.owner,
                    name: created.owner_name.clone(),
                    kind: protocol::PersonKind::User,
                    role: Role::Owner,
                    joined_at: event.at,
                });
            }
            EventBody::ChannelUpdated(updated) => {
                self.name.clone_from(&updated.name);
                self.visibility = updated.visibility;
            }
            EventBody::MemberJoined(joined) => {
                let joined_at = self.members.get(&joined.person).map_or(event.at, |member| member.joined_at);
                self.put_member(Member {
                    person: joined.person,
                    name: joined.name.clone(),
                    kind: joined.kind,
                    role: joined.role,
                    joined_at,
                });
            }
            EventBody::MemberRemoved(removed) => {
                if let Some(gone) = self.members.remove(&removed.person) {
                    self.owners -= u32::from(gone.role == Role::Owner);
                }
                if self.presenter == Some(removed.person) {
                    self.presenter = None;
                }
            }
            EventBody::MemberRoleSet(set) => {
                if let Some(member) = self.members.get_mut(&set.person) {
                    self.owners -= u32::from(member.role == Role::Owner);
                    self.owners += u32::from(set.role == Role::Owner);
                    member.role = set.role;
                }
            }
            EventBody::MessageSent(_) | EventBody::VideoUpdated(_) => {}
            EventBody::TimelineSet(set) => {
                self.timeline = set.timeline.clone();
                match &set.wait {
                    Some(wait) => self.wait = Some(wait.clone()),
                    // Whatever else is done to the timeline ends a wait.
                    None => self.end_wait(event.at),
                }
                if let Some(taken) = set.item {
                    self.queue.retain(|entry| entry.item != taken);
                }
            }
            EventBody::QueueAdded(added) => self.queue.push(added.entry.clone()),
            EventBody::QueueRemoved(removed) => self.queue.retain(|entry| entry.item != removed.item),
            EventBody::QueueMoved(moved) => self.move_item(moved.item, moved.before),
            EventBody::ControlModeSet(set) => {
                self.control = set.mode;
                self.presenter = set.presenter;
            }
            EventBody::PatienceChanged(changed) => self.patience_ms = changed.patience_ms,
            EventBody::VideoRemoved(removed) => {
                self.queue.retain(|entry| entry.video != removed.video);
                if self.timeline.video.as_ref().is_some_and(|video| video.video == removed.video) {
                    let revision = self.timeline.revision + 1;
                    self.timeline = Timeline { anchor_us: event.at, revision, ..Timeline::empty() };
                    self.end_wait(event.at);
                }
            }
            EventBody::ChannelDeleted(set) => {
                self.deleted_at = set.deleted.then(|| self.deleted_at.unwrap_or(event.at));
            }
            // A channel whose beginning was erased was deleted, whatever else is left of its log.
            EventBody::Erased(erased) => {
                if event.seq == 1 {
                    self.deleted_at = Some(event.at);
                }
                debug_assert!(!erased.kind.is_empty(), "an erased event keeps its kind");
            }
        }
    }

    /// The wait for which the timeline stands now.
    #[must_use]
    pub fn waiting(&self, now: Timestamp) -> Option<&Wait> {
        self.wait.as_ref().filter(|wait| wait.revision == self.timeline.revision && wait.until_us > now)
    }

    fn end_wait(&mut self, at: Timestamp) {
        if let Some(wait) = &mut self.wait {
            wait.until_us = wait.until_us.min(at);
        }
    }

    fn put_member(&mut self, member: Member) {
        self.owners += u32::from(member.role == Role::Owner);
        if let Some(before) = self.members.insert(member.person, member) {
            self.owners -= u32::from(before.role == Role::Owner);
        }
    }

    fn move_item(&mut self, item: protocol::ItemId, before: Option<protocol::ItemId>) {
        let Some(from) = self.queue.iter().position(|entry| entry.item == item) else { return };
        let entry = self.queue.remove(from);
        let to = before
            .and_then(|next| self.queue.iter().position(|other| other.item == next))
            .unwrap_or(self.queue.len());
        self.queue.insert(to, entry);
    }
}

fn count_owners(members: &BTreeMap<PersonId, Member>) -> u32 {
    let owners = members.values().filter(|member| member.role == Role::Owner).count();
    u32::try_from(owners).unwrap_or(u32::MAX)
}
