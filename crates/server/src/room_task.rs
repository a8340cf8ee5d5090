//! The task of one room: drives the state machine of `room`, does what it says, and reports back. One task per channel
//! that is in use on this node; everything of the channel goes through it in one order. Must never hold what the log
//! or the catalog does not hold.

mod doing;
mod taking;

use crate::clock::Clock;
use crate::ring::{Ring, events_frame};
use crate::room_hub::{FACES, Hub, Pulse, Shared, encoded};
use crate::room_log::{self, Report};
use crate::room_registry::WeakRegistry;
use crate::ws::outbox::{Lane, Outbox};
use bus::{Bus, ChannelNews, Heard, Subscription};
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
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: Clock,
    pub(crate) hub: Arc<Hub>,
    pub(crate) registry: WeakRegistry,
}

/// Runs a room until nobody needs it.
pub(crate) async fn run(around: Surroundings, mut mails: mpsc::Receiver<Mail>) {
    // Before the log is read: what is committed between the two is heard of.
    let subscription = subscribe(&around).await;
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
                subscription,
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

/// This room's ear on the bus; none when it cannot be had, then the poll of heads finds what others commit (law 6).
async fn subscribe(around: &Surroundings) -> Option<Box<dyn Subscription>> {
    let channel = around.channel;
    let subscribed = around.bus.subscribe(channel).await;
    subscribed
        .inspect_err(|error| tracing::warn!(%channel, %error, "news of other nodes comes by the poll only"))
        .ok()
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
    subscription: Option<Box<dyn Subscription>>,
}

/// What happened next.
enum Step {
    Report(Report),
    Tail(Option<Tail>),
    Mail(Option<Mail>),
    Heard(Option<Heard>),
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
                Step::Heard(Some(heard)) => self.heard(heard).await,
                // The bus has ended.
                Step::Heard(None) => self.subscription = None,
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
            // Before what clients send: a command is decided on the newest head known.
            heard = async { self.subscription.as_mut().expect("checked by the condition").next().await }, if self.subscription.is_some() => {
                Step::Heard(heard)
            }
            mail = mails.recv(), if open => Step::Mail(mail),
            () = tokio::time::sleep_until(wake_at), if wake_in.is_some() => Step::Woken,
            () = tokio::time::sleep_until(now + IDLE), if idle => Step::Idle,
        }
    }
}
