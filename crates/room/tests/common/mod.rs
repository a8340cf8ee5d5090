//! A little shell for tests: a log in memory shared by several rooms, a clock that the test sets, and what each
//! connection was sent. The test decides when the log answers.
#![allow(dead_code, reason = "each test file uses its part")]

use protocol::command::*;
use protocol::frame::Reject;
use protocol::*;
use room::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use timecode::{FrameRate, Speed};

pub const T0: Timestamp = Timestamp(1_800_000_000_000_000);
pub const CHANNEL: ChannelId = ChannelId::from_bytes([0xc0; 16]);
pub const OWNER: PersonId = PersonId::from_bytes([1; 16]);

pub fn person(n: u8) -> PersonId {
    PersonId::from_bytes([n; 16])
}
pub fn session(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}
pub fn item(n: u8) -> ItemId {
    ItemId::from_bytes([n; 16])
}
pub fn video(n: u8) -> VideoId {
    VideoId::from_bytes([n; 16])
}
pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

/// A fresh operation id, number `n`, made at `T0`.
pub fn op(n: u64) -> OpId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&n.to_be_bytes());
    OpId::v7(T0.unix_ms() as u64, chance)
}

pub fn video_facts(n: u8) -> VideoFacts {
    VideoFacts {
        video: video(n),
        version: VersionId::from_bytes([n; 16]),
        title: format!("film {n}"),
        rate: FrameRate::new(25, 1).unwrap(),
        frames: 2500,
        playable: true,
    }
}

pub fn delete(deleted: bool) -> Command {
    Command::ChannelDelete(ChannelDelete { deleted })
}

pub fn say(text: &str) -> Command {
    Command::MessageSend(MessageSend { text: text.into(), at: None })
}
pub fn play() -> Command {
    Command::PlaybackPlay(PlaybackPlay { frame: None })
}
pub fn pause() -> Command {
    Command::PlaybackPause(PlaybackPause { frame: None })
}
pub fn seek(frame: i64) -> Command {
    Command::PlaybackSeek(PlaybackSeek { frame })
}
pub fn speed(num: u32, den: u32) -> Command {
    Command::PlaybackSpeed(PlaybackSpeed { speed: Speed::new(num, den).unwrap() })
}
pub fn load(n: u8, play: bool) -> Command {
    Command::PlaybackLoad(PlaybackLoad { video: video(n), play })
}
pub fn join(n: u8, role: Role) -> Command {
    let kind = if role == Role::Guest { PersonKind::Guest } else { PersonKind::User };
    Command::MemberJoin(MemberJoin { person: person(n), name: name(&format!("p{n}")), kind, role })
}
pub fn remove(n: u8) -> Command {
    Command::MemberRemove(MemberRemove { person: person(n) })
}
pub fn role(n: u8, role: Role) -> Command {
    Command::MemberSetRole(MemberSetRole { person: person(n), role })
}
pub fn queue_add(n: u8) -> Command {
    Command::QueueAdd(QueueAdd { item: item(n), video: video(n) })
}

/// The log that all nodes share.
#[derive(Default)]
pub struct Log {
    pub events: Vec<Event>,
}

impl Log {
    pub fn append(&mut self, expected: Seq, events: &[Event]) -> Result<Seq, Option<OpId>> {
        if self.events.len() as Seq != expected {
            return Err(None);
        }
        for event in events {
            if self.events.iter().any(|old| old.op == event.op) {
                return Err(Some(event.op));
            }
        }
        self.events.extend_from_slice(events);
        Ok(self.events.len() as Seq)
    }
    pub fn after(&self, seq: Seq) -> Vec<Event> {
        self.events[seq as usize..].to_vec()
    }
}

/// One node: a room and what it said.
pub struct Node {
    pub room: Room,
    pub log: Rc<RefCell<Log>>,
    pub now: Timestamp,
    /// Commits as soon as it is asked to.
    pub auto: bool,
    pub append: Option<(Seq, Vec<Event>)>,
    pub sent: BTreeMap<SessionId, Vec<ServerFrame>>,
    pub committed: Vec<Event>,
    pub presence: Vec<protocol::frame::PresenceFrame>,
    pub fleetings: Vec<protocol::frame::FleetingsFrame>,
    pub closed: Vec<(SessionId, Code)>,
    pub answers: BTreeMap<u64, Answer>,
    pub snapshots: Vec<(Position, Vec<u8>)>,
    pub wake: Option<Timestamp>,
    /// Everything in order, for tests that look at order.
    pub outputs: Vec<Output>,
    waiters: u64,
    ops: u64,
}

impl Node {
    pub fn new(log: Rc<RefCell<Log>>) -> Node {
        let mut seed = Seed::empty(CHANNEL, 77);
        for event in &log.borrow().events {
            assert!(seed.apply(event));
        }
        Node::from_seed(seed, log)
    }

    pub fn from_seed(seed: Seed, log: Rc<RefCell<Log>>) -> Node {
        let ops = 1_000_000 * (1 + log.borrow().events.len() as u64);
        Node {
            room: Room::new(seed, "test"),
            log,
            now: T0,
            auto: true,
            append: None,
            sent: BTreeMap::new(),
            committed: Vec::new(),
            presence: Vec::new(),
            fleetings: Vec::new(),
            closed: Vec::new(),
            answers: BTreeMap::new(),
            snapshots: Vec::new(),
            wake: None,
            outputs: Vec::new(),
            waiters: 0,
            // Each node of a test makes ids of its own.
            ops,
        }
    }

    /// A channel with an owner (1), a member (2), a viewer (3), a guest (4), a moderator (5) and an admin (6), the
    /// owner's connection 1 and the member's connection 2, and video 9 paused on the timeline.
    pub fn furnished() -> Node {
        let mut node = Node::new(Rc::default());
        node.system(Command::ChannelCreate(ChannelCreate {
            name: "Films".into(),
            visibility: Visibility::Private,
            owner: OWNER,
            owner_name: name("Ada"),
        }))
        .unwrap();
        for (n, role) in
            [(2, Role::Member), (3, Role::Viewer), (4, Role::Guest), (5, Role::Moderator), (6, Role::Admin)]
        {
            node.system(join(n, role)).unwrap();
        }
        node.come(1, 1);
        node.come(2, 2);
        node.person(1, load(9, false)).unwrap();
        node.quiet();
        node
    }

    /// Forgets what was said so far.
    pub fn quiet(&mut self) {
        self.sent.clear();
        self.committed.clear();
        self.presence.clear();
        self.fleetings.clear();
        self.outputs.clear();
    }

    pub fn input(&mut self, input: Input) {
        let mut out = Vec::new();
        self.room.handle(self.now, input, &mut out);
        for output in out {
            self.outputs.push(output.clone());
            match output {
                Output::Append { expected_head, events, .. } => {
                    assert!(self.append.is_none(), "one append at a time");
                    self.append = Some((expected_head, events));
                }
                Output::Send { session, frame } => self.sent.entry(session).or_default().push(frame),
                Output::Commit { events, .. } => self.committed.extend(events),
                Output::BroadcastPresence(ServerFrame::Presence(frame)) => self.presence.push(frame),
                Output::BroadcastFleeting(ServerFrame::Fleetings(frame)) => self.fleetings.push(frame),
                Output::BroadcastPresence(other) | Output::BroadcastFleeting(other) => panic!("{other:?}"),
                Output::Answer { waiter, answer } => {
                    assert!(self.answers.insert(waiter, answer).is_none(), "one answer each");
                }
                Output::Ask(mut input) => {
                    let log = self.log.borrow();
                    let first = log.events.iter().find(|event| event.op == input.op);
                    input.facts.op =
                        OpFact::Asked(first.map(|event| FirstPlace { seq: event.seq, actor: event.actor }));
                    drop(log);
                    self.input(Input::Command(input));
                }
                Output::Close { session, code } => self.closed.push((session, code)),
                Output::SendTail { session, after } => {
                    let frame = self.room.events_frame(self.log.borrow().after(after));
                    self.sent.entry(session).or_default().push(frame);
                }
                Output::SendSnapshot { session } => {
                    let frame = self.room.snapshot_frame();
                    self.sent.entry(session).or_default().push(frame);
                }
                Output::WakeAt { at } => self.wake = Some(at),
                Output::TakeSnapshot { at, bytes } => self.snapshots.push((at, bytes)),
            }
        }
        if self.auto && self.append.is_some() {
            self.log_answers();
        }
    }

    /// The log takes the append under way, or says who was faster.
    pub fn log_answers(&mut self) {
        let (expected, events) = self.append.take().expect("an append is under way");
        let outcome = self.log.borrow_mut().append(expected, &events);
        let news = self.log.borrow().after(expected);
        self.input(match outcome {
            Ok(up_to) => Input::Appended { up_to },
            Err(None) => Input::AppendLost { events: news },
            Err(Some(op)) => {
                let log = self.log.borrow();
                let first = log.events.iter().find(|event| event.op == op).expect("it said so");
                let first = FirstPlace { seq: first.seq, actor: first.actor };
                drop(log);
                Input::AppendDuplicate { op, first, events: news }
            }
        });
    }

    pub fn next_op(&mut self) -> OpId {
        self.ops += 1;
        op(self.ops)
    }

    /// Hands in a command and gives the waiter's number.
    pub fn wish(&mut self, by: By, op: OpId, command: Command) -> u64 {
        self.waiters += 1;
        let origin = Origin::Waiter(self.waiters);
        let facts = self.facts(&command);
        self.input(Input::Command(CommandInput { origin, by, op, command, facts }));
        self.waiters
    }

    pub fn facts(&self, command: &Command) -> Facts {
        // Every video below 200 is in the library.
        let video = room::decide::video_needed(command)
            .map(|id| id.as_bytes()[0])
            .filter(|n| *n < 200)
            .map(video_facts);
        Facts { head: self.room.head().seq, op: OpFact::NotAsked, video }
    }

    pub fn system(&mut self, command: Command) -> Answer {
        let op = self.next_op();
        let waiter = self.wish(By::System(None), op, command);
        self.answers.remove(&waiter).expect("answered")
    }

    pub fn person(&mut self, n: u8, command: Command) -> Answer {
        let op = self.next_op();
        let waiter = self.wish(By::Person(person(n)), op, command);
        self.answers.remove(&waiter).expect("answered")
    }

    /// A command over a live connection.
    pub fn over(&mut self, n: u8, op: OpId, command: Command) {
        let facts = self.facts(&command);
        let origin = Origin::Session(session(n));
        self.input(Input::Command(CommandInput { origin, by: By::System(None), op, command, facts }));
    }

    /// Connection `s` of person `p` says hello.
    pub fn come(&mut self, s: u8, p: u8) {
        self.come_from(s, p, None);
    }

    pub fn come_from(&mut self, s: u8, p: u8, resume: Option<Position>) {
        let client = ClientId::from_bytes([s; 16]);
        self.input(Input::Joined(Join {
            session: session(s),
            person: person(p),
            client,
            resume,
            shown: true,
        }));
    }

    pub fn go(&mut self, s: u8, clean: bool) {
        self.input(Input::Left { session: session(s), clean });
    }

    pub fn wait_ms(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
        self.input(Input::Tick);
    }

    pub fn state(&self) -> &State {
        self.room.state()
    }

    /// Acks and rejects that a connection got.
    pub fn answers_of(&self, s: u8) -> Vec<(OpId, Result<Seq, u16>)> {
        self.frames_of(s)
            .iter()
            .filter_map(|frame| match frame {
                ServerFrame::Ack(ack) => Some((ack.op, Ok(ack.seq))),
                ServerFrame::Reject(Reject { op: Some(op), code, .. }) => Some((*op, Err(*code))),
                _ => None,
            })
            .collect()
    }

    pub fn frames_of(&self, s: u8) -> Vec<ServerFrame> {
        self.sent.get(&session(s)).cloned().unwrap_or_default()
    }
}

pub fn code(answer: &Answer) -> Option<Code> {
    answer.as_ref().err().map(|refusal| refusal.code)
}
