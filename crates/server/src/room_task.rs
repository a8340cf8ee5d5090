//! The task of one room: drives the state machine of `room`, does what it says, and reports back. One task per channel
//! that is in use on this node; everything of the channel goes through it in one order. Must never hold what the log
//! or the catalog does not hold.

use crate::clock::Clock;
use crate::ring::{Ring, events_frame};
use crate::room_hub::{FACES, Hub, Pulse, Shared, encoded};
use crate::room_log::{self, Report};
use crate::room_registry::WeakRegistry;
use crate::ws::outbox::{Lane, Outbox};
use bytes::Bytes;
use protocol::codec::Encoding;
use protocol::fleeting::Fleeting;
use protocol::frame::{Hello, Reject};
use protocol::limits::{RESUME_EVENTS_MAX, RING_EVENTS_MAX};
use protocol::rest::PersonView;
use protocol::{ChannelId, Code, Command, Event, OpId, Position, Seq, ServerFrame, SessionId, Timestamp};
use room::{Answer, By, CommandInput, Facts, Input, Join, OpFact, Origin, Output, Refusal, Room};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::event_log::{Batch, StoredSnapshot};
use store::{Store, StoreResult};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a room stays when nobody needs it: a reload finds it warm.
const IDLE: Duration = Duration::from_secs(60);
/// Events of one frame of a tail that is read from the log.
const TAIL_FRAME_EVENTS: usize = 500;
/// How often a client that is ahead of us waits for the append under way, which finds out who was faster.
const WAITS_MAX: u8 = 3;
/// Clients that wait so at most; further ones begin from a snapshot.
const WAITING_MAX: usize = 1_024;
/// When a command that the store could not answer may come again, milliseconds.
const RETRY_MS: u32 = 1_000;

/// What comes into a room's mailbox.
pub(crate) enum Mail {
    /// A connection said hello.
    Join { outbox: Arc<Outbox>, hello: Hello },
    /// It ended.
    Left { session: SessionId, clean: bool },
    /// Nothing is heard of it.
    Silent { session: SessionId },
    /// It is heard again.
    Heard { session: SessionId },
    /// A command of a connection.
    Command { session: SessionId, op: OpId, command: Command },
    /// A command of somebody who waits (REST, worker).
    Wish { by: By, op: OpId, command: Command, reply: oneshot::Sender<Answer> },
    /// A fleeting value.
    Fleeting { session: SessionId, value: Fleeting },
    /// A fleeting value of the system.
    SystemFleeting(Fleeting),
    /// A client saw a gap.
    Catchup { session: SessionId, from: Position },
    /// A client lacks presence.
    PresenceWanted { session: SessionId },
    /// The log stands elsewhere than we know.
    News { head: Position },
}

impl Mail {
    /// The connection it comes from.
    fn session(&self) -> Option<SessionId> {
        match self {
            Mail::Join { outbox, .. } => Some(outbox.session),
            Mail::Left { session, .. }
            | Mail::Silent { session }
            | Mail::Heard { session }
            | Mail::Command { session, .. }
            | Mail::Fleeting { session, .. }
            | Mail::Catchup { session, .. }
            | Mail::PresenceWanted { session } => Some(*session),
            Mail::Wish { .. } | Mail::SystemFleeting(_) | Mail::News { .. } => None,
        }
    }
}

/// What a room's task works with.
pub(crate) struct Surroundings {
    pub(crate) channel: ChannelId,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) hub: Arc<Hub>,
    pub(crate) registry: WeakRegistry,
}

/// Runs a room until nobody needs it.
pub(crate) async fn run(around: Surroundings, mut mails: mpsc::Receiver<Mail>) {
    match room_log::load(&around.store, around.channel, RING_EVENTS_MAX as u64).await {
        Ok((seed, events)) => {
            let mut ring = Ring::default();
            events.into_iter().for_each(|event| ring.push(event));
            let mut task = Task {
                room: Room::new(seed, env!("CARGO_PKG_VERSION")),
                ring,
                waiters: BTreeMap::new(),
                next_waiter: 0,
                append: None,
                tails: JoinSet::new(),
                gated: BTreeSet::new(),
                ahead: VecDeque::new(),
                snapshot: None,
                wake: None,
                around,
            };
            task.pulse();
            // What time has done meanwhile: a video may have ended.
            if task.room.state().exists() {
                task.input(Input::Tick).await;
            }
            task.live(&mut mails).await;
        }
        Err(error) => {
            tracing::error!(channel = %around.channel, %error, "a room could not be read");
            around.registry.give_up(around.channel, &around.hub);
            turn_away(&mut mails).await;
        }
    }
}

/// Answers everybody of a room that could not be read, until nobody holds it.
async fn turn_away(mails: &mut mpsc::Receiver<Mail>) {
    while let Some(mail) = mails.recv().await {
        match mail {
            Mail::Join { outbox, .. } => outbox.close_restart(),
            Mail::Wish { reply, .. } => {
                let _gone = reply.send(Err(Refusal::later(Code::LogUnavailable, RETRY_MS)));
            }
            _ => {}
        }
    }
}

type Appending = Pin<Box<dyn Future<Output = Report> + Send>>;
type Tail = (SessionId, Seq, StoreResult<Vec<Event>>);

struct Task {
    around: Surroundings,
    room: Room,
    ring: Ring,
    waiters: BTreeMap<u64, oneshot::Sender<Answer>>,
    next_waiter: u64,
    append: Option<Appending>,
    /// Tails that are being read from the log.
    tails: JoinSet<Tail>,
    /// Connections that wait for theirs: they get no events and no presence before.
    gated: BTreeSet<SessionId>,
    /// Clients that have been further on another node than we know, while an append of ours is under way.
    ahead: VecDeque<(Mail, u8)>,
    /// The encoded snapshot of a head, shared by all who need it.
    snapshot: Option<(Position, BTreeMap<bool, Bytes>)>,
    wake: Option<Timestamp>,
}

/// What happened next.
enum Step {
    Report(Report),
    Tail(Option<Tail>),
    Mail(Option<Mail>),
    Woken,
    Idle,
}

impl Task {
    async fn live(&mut self, mails: &mut mpsc::Receiver<Mail>) {
        let mut open = true;
        while open || self.append.is_some() {
            let idle = open && self.append.is_none() && self.room.idle() && self.around.hub.is_empty();
            let step = self.next(mails, open, idle).await;
            match step {
                Step::Report(report) => {
                    self.report(report).await;
                    for (mail, waits) in std::mem::take(&mut self.ahead) {
                        self.place(mail, waits + 1).await;
                    }
                }
                Step::Tail(Some((session, after, events))) => self.tail_read(session, after, events).await,
                Step::Tail(None) => {}
                Step::Mail(Some(mail)) => self.place(mail, 0).await,
                Step::Mail(None) => open = false,
                Step::Woken => {
                    self.wake = None;
                    self.input(Input::Tick).await;
                }
                Step::Idle => self.around.registry.retire(self.around.channel),
            }
        }
    }

    async fn next(&mut self, mails: &mut mpsc::Receiver<Mail>, open: bool, idle: bool) -> Step {
        let wake_in = self.wake.map(|at| {
            let us = at.since_us(self.around.clock.now()).max(0);
            Duration::from_micros(us.unsigned_abs())
        });
        let now = Instant::now();
        let wake_at = now + wake_in.unwrap_or(IDLE);
        tokio::select! {
            biased;
            report = async { self.append.as_mut().expect("checked by the condition").await }, if self.append.is_some() => {
                self.append = None;
                Step::Report(report)
            }
            tail = self.tails.join_next(), if !self.tails.is_empty() => Step::Tail(tail.and_then(Result::ok)),
            mail = mails.recv(), if open => Step::Mail(mail),
            () = tokio::time::sleep_until(wake_at), if wake_in.is_some() => Step::Woken,
            () = tokio::time::sleep_until(now + IDLE), if idle => Step::Idle,
        }
    }

    // ---- inputs ----

    /// Takes a mail, or lets it wait for the append under way: its sender knows more of the log than we do, and must
    /// not be taken back in time.
    async fn place(&mut self, mail: Mail, waits: u8) {
        let from = match &mail {
            Mail::Join { hello, .. } => hello.resume,
            Mail::Catchup { from, .. } => Some(*from),
            _ => None,
        };
        let known = self.room.head();
        let ahead = from.is_some_and(|from| from.epoch == known.epoch && from.seq > known.seq);
        let waits_for_append = ahead && self.append.is_some() && waits < WAITS_MAX;
        // What a connection sends after it waits with it.
        let follows = mail
            .session()
            .is_some_and(|session| self.ahead.iter().any(|(before, _)| before.session() == Some(session)));
        if (waits_for_append || follows) && self.ahead.len() < WAITING_MAX {
            self.ahead.push_back((mail, waits));
        } else {
            self.mail(mail).await;
        }
    }

    async fn mail(&mut self, mail: Mail) {
        let input = match mail {
            Mail::Join { outbox, hello } => return self.join(outbox, hello).await,
            Mail::Left { session, clean } => {
                self.around.hub.unseat(session);
                self.gated.remove(&session);
                Input::Left { session, clean }
            }
            Mail::Silent { session } => Input::Heard { session, heard: false },
            Mail::Heard { session } => Input::Heard { session, heard: true },
            Mail::Command { session, op, command } => {
                return self.command(Origin::Session(session), By::System(None), op, command).await;
            }
            Mail::Wish { by, op, command, reply } => {
                self.next_waiter += 1;
                self.waiters.insert(self.next_waiter, reply);
                return self.command(Origin::Waiter(self.next_waiter), by, op, command).await;
            }
            Mail::Fleeting { session, value } => Input::Fleeting { session, value },
            Mail::SystemFleeting(value) => Input::SystemFleeting(value),
            Mail::Catchup { session, from } => {
                self.reach(from).await;
                Input::Catchup { session, from }
            }
            Mail::PresenceWanted { session } => Input::PresenceWanted { session },
            Mail::News { head } => return self.reach(head).await,
        };
        self.input(input).await;
    }

    async fn join(&mut self, outbox: Arc<Outbox>, hello: Hello) {
        // Whoever has been further on another node must not be taken back.
        if let Some(from) = hello.resume {
            self.reach(from).await;
        }
        let (session, person) = (outbox.session, outbox.person);
        self.around.hub.seat(outbox);
        let join = Join { session, person, client: hello.client, resume: hello.resume, shown: hello.shown };
        self.input(Input::Joined(join)).await;
    }

    async fn command(&mut self, origin: Origin, by: By, op: OpId, command: Command) {
        let head = self.room.head().seq;
        let video = match room::decide::video_needed(&command) {
            None => None,
            Some(video) => {
                match room_log::video_facts(&self.around.store, self.around.channel, video).await {
                    Ok(facts) => facts,
                    Err(error) => return self.no_store(origin, op, &error),
                }
            }
        };
        let facts = Facts { head, op: OpFact::NotAsked, video };
        self.input(Input::Command(CommandInput { origin, by, op, command, facts })).await;
    }

    /// Reads what other nodes have appended, if the log stands further than we know.
    async fn reach(&mut self, head: Position) {
        let known = self.room.head();
        // An append under way finds out by itself.
        if self.append.is_some() || (known.epoch == head.epoch && known.seq >= head.seq) {
            return;
        }
        if known.epoch != head.epoch {
            return self.look_for_new_life().await;
        }
        match room_log::read_after(&self.around.store, self.around.channel, known.seq).await {
            Ok(events) => self.input(Input::Foreign { events }).await,
            Err(error) => self.warn("news could not be read", &error),
        }
    }

    /// Somebody speaks of another epoch: theirs is old, or ours is.
    async fn look_for_new_life(&mut self) {
        match self.around.store.log.head(self.around.channel).await {
            Ok(Some(head)) if head.position.epoch != self.room.head().epoch => self.begin_again().await,
            Ok(_) => {}
            Err(error) => self.warn("the head could not be read", &error),
        }
    }

    async fn begin_again(&mut self) {
        match room_log::load(&self.around.store, self.around.channel, RING_EVENTS_MAX as u64).await {
            Ok((seed, events)) => {
                self.ring.clear();
                events.into_iter().for_each(|event| self.ring.push(event));
                self.gated.clear();
                self.input(Input::Replaced(Box::new(seed))).await;
            }
            Err(error) => {
                self.warn("a log with a new life could not be read", &error);
                self.input(Input::AppendFailed).await;
            }
        }
    }

    async fn report(&mut self, report: Report) {
        let input = match report {
            Report::Done(up_to) => Input::Appended { up_to },
            Report::Lost(events) => Input::AppendLost { events },
            Report::Duplicate { op, first, events } => Input::AppendDuplicate { op, first, events },
            Report::Failed => Input::AppendFailed,
            Report::NewLife => return self.begin_again().await,
        };
        self.input(input).await;
    }

    async fn input(&mut self, input: Input) {
        let mut outputs = Vec::new();
        self.room.handle(self.around.clock.now(), input, &mut outputs);
        let mut outputs = VecDeque::from(outputs);
        while let Some(output) = outputs.pop_front() {
            if let Some(input) = self.perform(output).await {
                let mut more = Vec::new();
                self.room.handle(self.around.clock.now(), input, &mut more);
                outputs.extend(more);
            }
        }
        self.pulse();
    }

    // ---- outputs ----

    /// Does what the room says; answers what the room wants to know.
    async fn perform(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Append { epoch, expected_head, events } => {
                let batch = Batch { channel: self.around.channel, epoch, expected_head, events };
                self.append = Some(Box::pin(room_log::append(self.around.store.clone(), batch)));
            }
            Output::Send { session, frame } => self.send(session, &frame),
            Output::Commit { events, own } => self.commit(events, own),
            Output::BroadcastPresence(frame) => {
                let gated = &self.gated;
                self.around
                    .hub
                    .broadcast(Lane::Presence, encoded(&frame), |session| gated.contains(&session));
                self.faces();
            }
            Output::BroadcastFleeting(frame) => {
                self.around.hub.broadcast(Lane::Fleeting, encoded(&frame), |_| false);
            }
            Output::Answer { waiter, answer } => {
                if let Some(reply) = self.waiters.remove(&waiter) {
                    // Who no longer waits may send the same operation again.
                    let _gone = reply.send(answer);
                }
            }
            Output::Ask(mut input) => {
                match room_log::first_place(&self.around.store, self.around.channel, input.op).await {
                    Ok(first) => {
                        input.facts.op = OpFact::Asked(first);
                        return Some(Input::Command(input));
                    }
                    Err(error) => self.no_store(input.origin, input.op, &error),
                }
            }
            Output::Close { session, code } => {
                self.gated.remove(&session);
                if let Some(outbox) = self.around.hub.unseat(session) {
                    outbox.close(code);
                }
            }
            Output::SendTail { session, after } => self.send_tail(session, after),
            Output::SendSnapshot { session } => self.send_snapshot(session),
            Output::WakeAt { at } => self.wake = Some(at),
            Output::TakeSnapshot { at, bytes } => self.keep_snapshot(StoredSnapshot { at, bytes }),
        }
        None
    }

    fn send(&mut self, session: SessionId, frame: &ServerFrame) {
        if self.gated.contains(&session) && matches!(frame, ServerFrame::Presence(_)) {
            return; // it comes after the tail
        }
        if let Some(outbox) = self.around.hub.get(session) {
            outbox.push(Lane::Durable, outbox.encoding.encode(frame).into());
        }
    }

    fn commit(&mut self, events: Vec<Event>, own: bool) {
        let Position { epoch, seq: head } = self.room.head();
        let Some(before) = events.first().map(|event| event.seq - 1) else { return };
        events.iter().cloned().for_each(|event| self.ring.push(event));
        let ring = &mut self.ring;
        // The ring may be too small for its own news; then they are encoded for this once.
        let frame = Shared::new(|encoding: Encoding| {
            ring.after(epoch, head, before, encoding)
                .unwrap_or_else(|| events_frame(encoding, epoch, &events))
        });
        let gated = &self.gated;
        self.around.hub.broadcast(Lane::Durable, frame, |session| gated.contains(&session));
        if own {
            self.around.registry.committed(self.around.channel, Position { epoch, seq: head });
        }
    }

    fn send_tail(&mut self, session: SessionId, after: Seq) {
        let Some(outbox) = self.around.hub.get(session) else { return };
        let Position { epoch, seq: head } = self.room.head();
        if let Some(frame) = self.ring.after(epoch, head, after, outbox.encoding) {
            outbox.push(Lane::Resume, frame);
        } else if self.gated.insert(session) {
            let (store, channel) = (self.around.store.clone(), self.around.channel);
            let limit = u32::try_from(RESUME_EVENTS_MAX).unwrap_or(u32::MAX);
            self.tails.spawn(async move { (session, after, store.log.read(channel, after, limit).await) });
        }
    }

    /// A tail has been read from the log: it goes out, then what the ring has got since, then presence.
    async fn tail_read(&mut self, session: SessionId, after: Seq, events: StoreResult<Vec<Event>>) {
        if !self.gated.remove(&session) {
            return;
        }
        let Some(outbox) = self.around.hub.get(session) else { return };
        let Position { epoch, seq: head } = self.room.head();
        let events = events.unwrap_or_else(|error| {
            self.warn("a tail could not be read", &error);
            Vec::new()
        });
        let reached = events.last().map_or(after, |last| last.seq).min(head);
        match self.ring.after(epoch, head, reached, outbox.encoding) {
            Some(rest) => {
                let known = events.partition_point(|event| event.seq <= head);
                let mut frames: Vec<Bytes> = events[..known]
                    .chunks(TAIL_FRAME_EVENTS)
                    .map(|part| events_frame(outbox.encoding, epoch, part))
                    .collect();
                frames.push(rest);
                outbox.push_resume(frames);
            }
            None => self.send_snapshot(session),
        }
        self.input(Input::PresenceWanted { session }).await;
    }

    fn send_snapshot(&mut self, session: SessionId) {
        let Some(outbox) = self.around.hub.get(session) else { return };
        let head = self.room.head();
        if self.snapshot.as_ref().is_none_or(|(at, _)| *at != head) {
            self.snapshot = Some((head, BTreeMap::new()));
        }
        let Some((_, encoded)) = &mut self.snapshot else { return };
        let room = &self.room;
        let frame = encoded
            .entry(outbox.encoding == Encoding::Json)
            .or_insert_with(|| outbox.encoding.encode(&room.snapshot_frame()).into());
        outbox.push(Lane::Resume, frame.clone());
    }

    fn keep_snapshot(&self, snapshot: StoredSnapshot) {
        let (store, channel) = (self.around.store.clone(), self.around.channel);
        tokio::spawn(async move {
            if let Err(error) = store.log.put_snapshot(channel, snapshot).await {
                tracing::warn!(%channel, %error, "a snapshot could not be kept; the log is longer to read next time");
            }
        });
    }

    /// A command cannot be decided because the store does not answer.
    fn no_store(&mut self, origin: Origin, op: OpId, error: &store::StoreError) {
        self.warn("facts could not be read", error);
        let refusal = Refusal::later(Code::LogUnavailable, RETRY_MS);
        match origin {
            Origin::Session(session) => {
                let frame = ServerFrame::Reject(Reject {
                    op: Some(op),
                    code: refusal.code.number(),
                    message: refusal.sentence(),
                    retry_after_ms: refusal.retry_after_ms,
                });
                self.send(session, &frame);
            }
            Origin::Waiter(waiter) => {
                if let Some(reply) = self.waiters.remove(&waiter) {
                    let _gone = reply.send(Err(refusal));
                }
            }
            Origin::Time => {}
        }
    }

    // ---- what others see ----

    fn pulse(&self) {
        let pulse = Pulse { head: self.room.head(), revision: self.room.state().timeline.revision };
        self.around.hub.set_pulse(pulse);
    }

    fn faces(&self) {
        let state = self.room.state();
        let presence = self.room.presence();
        let members = presence.people().filter_map(|person| state.members.get(&person)).take(FACES);
        let faces = members
            .map(|member| PersonView {
                person: member.person,
                name: member.name.as_str().to_owned(),
                kind: member.kind,
            })
            .collect();
        self.around.hub.set_faces(faces, u32::try_from(presence.count()).unwrap_or(u32::MAX));
    }

    fn warn(&self, what: &str, error: &store::StoreError) {
        tracing::warn!(channel = %self.around.channel, %error, "{what}");
    }
}
