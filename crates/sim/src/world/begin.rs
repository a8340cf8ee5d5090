//! How a life begins: the channel, its members, and what clients will wish for and what will go wrong.

use super::{BEAT_US, POLL_US, SECOND, Thing, World, name, person};
use crate::founding::found;
use protocol::command::*;
use protocol::{ControlMode, ItemId, OpId, PersonKind, Role, Timestamp, VideoId, Visibility};
use timecode::Speed;

impl World {
    pub(super) fn begin(&mut self) {
        let create = ChannelCreate {
            name: "sim".into(),
            visibility: Visibility::Private,
            owner: person(0),
            owner_name: name(0),
        };
        let roles = [Role::Member, Role::Moderator, Role::Guest, Role::Viewer, Role::Admin];
        let joins = (1..self.options.clients).map(|n| {
            let role = roles[n % roles.len()];
            let kind = if role == Role::Guest { PersonKind::Guest } else { PersonKind::User };
            Command::MemberJoin(MemberJoin { person: person(n), name: name(n), kind, role })
        });
        let commands = std::iter::once(Command::ChannelCreate(create)).chain(joins);
        let events = found(Timestamp(self.now), commands);
        self.made += events.len() as u64;
        let _begun = self.disk.append(0, &events);
        for node in 0..self.nodes.len() {
            self.restart(node);
            let beat = self.chance.between(0, BEAT_US);
            self.plan(beat, Thing::Beat { node });
            let poll = self.chance.between(0, POLL_US);
            self.plan(poll, Thing::Poll { node });
            if self.chance.happens(700) {
                let crash = self.chance.between(SECOND, 20 * SECOND);
                self.plan(crash, Thing::Crash { node });
            }
        }
        for client in 0..self.clients.len() {
            let connect = self.chance.between(0, SECOND);
            self.plan(connect, Thing::Connect { client });
            self.plan(connect, Thing::Report { client });
            for _ in 0..self.options.operations {
                let wish = self.chance.between(0, 20 * SECOND);
                self.plan(wish, Thing::Wish { client });
            }
            for _ in 0..self.chance.below(4) {
                let cut = self.chance.between(SECOND, 22 * SECOND);
                self.plan(cut, Thing::Cut { client });
            }
        }
    }

    pub(super) fn new_op(&mut self) -> OpId {
        self.made += 1;
        let mut chance = [0; 10];
        chance[2..].copy_from_slice(&self.made.to_be_bytes());
        OpId::v7(self.now.unsigned_abs() / 1_000, chance)
    }

    pub(super) fn command(&mut self, client: usize) -> Command {
        let item = |n: u64| ItemId::from_bytes([u8::try_from(n).unwrap_or(0); 16]);
        let video = |n: u64| VideoId::from_bytes([u8::try_from(n).unwrap_or(0); 16]);
        let n = self.chance.below(12);
        match self.chance.below(16) {
            0..=5 => Command::MessageSend(MessageSend { text: format!("c{client} {}", self.made), at: None }),
            6 => Command::PlaybackPlay(PlaybackPlay { frame: None }),
            7 => Command::PlaybackPause(PlaybackPause { frame: None }),
            8 => Command::PlaybackSeek(PlaybackSeek { frame: self.chance.between(0, 300) }),
            9 => Command::PlaybackLoad(PlaybackLoad { video: video(n), play: self.chance.happens(500) }),
            10 => Command::QueueAdd(QueueAdd { item: item(n), video: video(n) }),
            11 => Command::QueueRemove(QueueRemove { item: item(n) }),
            12 => Command::QueueMove(QueueMove { item: item(n), before: None }),
            13 => Command::QueuePlay(QueuePlay { item: item(n) }),
            14 => match self.chance.below(3) {
                0 => {
                    Command::PlaybackSpeed(PlaybackSpeed { speed: Speed::new(3, 2).unwrap_or(Speed::NORMAL) })
                }
                1 => Command::ControlSet(ControlSet { mode: ControlMode::Moderators, presenter: None }),
                _ => Command::ControlSet(ControlSet { mode: ControlMode::Everyone, presenter: None }),
            },
            _ => match self.chance.below(3) {
                2 => Command::PatienceSet(PatienceSet { patience_ms: *self.chance.pick(&[0, 1_000, 5_000]) }),
                0 => Command::ChannelUpdate(ChannelUpdate {
                    name: format!("sim {n}"),
                    visibility: Visibility::Private,
                }),
                _ => Command::MemberSetRole(MemberSetRole {
                    person: person(3),
                    role: *self.chance.pick(&[Role::Guest, Role::Viewer]),
                }),
            },
        }
    }
}
