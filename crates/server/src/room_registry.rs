//! The rooms of this node by channel: starts a room's task when it is first needed, lets it end when nobody needs it,
//! and does for all of them what one task can do for all: beats, the poll of heads (law 6), handing the news of commits
//! to the bus. Bounded: at most [`ROOMS_MAX`] rooms and [`SOCKETS_MAX`] connections.

use crate::clock::Clock;
use crate::measures::SyncMeasures;
use crate::room_hub::{Hub, PHASES};
use crate::room_task::{self, Mail};
use crate::ws::outbox::{Lane, Outbox};
use bus::{Bus, ChannelNews};
use bytes::Bytes;
use parking_lot::Mutex;
use protocol::codec::Encoding;
use protocol::fleeting::Fleeting;
use protocol::frame::Drain;
use protocol::limits::BEAT_MS;
use protocol::rest::PersonView;
use protocol::{ChannelId, Code, Command, OpId, PersonId, Position, ServerFrame, SessionId, SyncReport};
use room::{Answer, By, Refusal};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use store::Store;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

/// Rooms at once: about 40 KB each when nobody is there, a fifth of it for news from the bus.
pub const ROOMS_MAX: usize = 8_192;
/// Live connections at once; the budget of 16 KiB each makes 512 MiB.
pub const SOCKETS_MAX: usize = 32_768;
/// Inputs that wait for a room; more are told to come again.
pub const MAILBOX_MAX: usize = 1_024;
/// How long a caller waits for a command: the log answers within seconds or not at all.
const COMMAND_PATIENCE: Duration = Duration::from_secs(15);
/// Time between two polls of the heads, with up to a quarter of chance so that nodes do not ask together.
const POLL: Duration = Duration::from_secs(2);
/// Channels in one query of heads; the store's own bound.
const POLL_CHANNELS: usize = 1_000;
/// Clients of a server that stops come back within this time, each at its own moment, milliseconds.
const DRAIN_SPREAD_MS: u32 = 5_000;
/// How long connections and rooms have to end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// When a refused-for-now command may come again, milliseconds.
const RETRY_MS: u32 = 500;

/// News of commits that wait for the bus. When it is full (the bus hangs) further news is dropped: other nodes find it
/// by the next news or by the poll, and no room ever waits for the bus.
pub const NEWS_MAX: usize = 1_024;

/// A room that runs.
pub struct RoomHandle {
    pub(crate) mailbox: mpsc::Sender<Mail>,
    /// Its connections.
    pub hub: Arc<Hub>,
}

/// The rooms of this node. Cheap to clone.
#[derive(Clone)]
pub struct RoomRegistry(Arc<Inner>);

struct Inner {
    store: Store,
    bus: Arc<dyn Bus>,
    clock: Clock,
    rooms: Mutex<BTreeMap<ChannelId, Arc<RoomHandle>>>,
    sockets: AtomicUsize,
    phase: AtomicU16,
    sync: SyncMeasures,
    draining: AtomicBool,
    background: OnceLock<()>,
    news: mpsc::Sender<ChannelNews>,
    /// Taken by the task that hands news to the bus.
    to_publish: Mutex<Option<mpsc::Receiver<ChannelNews>>>,
    tasks: TaskTracker,
}

/// Counts a live connection until it is dropped.
pub(crate) struct SocketPlace(Arc<Inner>);

impl Drop for SocketPlace {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::AcqRel);
    }
}

impl RoomRegistry {
    /// No rooms yet. `bus` joins this node with the others on the same store.
    #[must_use]
    pub fn new(store: Store, bus: Arc<dyn Bus>, clock: Clock) -> RoomRegistry {
        let (news, to_publish) = mpsc::channel(NEWS_MAX);
        RoomRegistry(Arc::new(Inner {
            store,
            bus,
            clock,
            rooms: Mutex::default(),
            sockets: AtomicUsize::new(0),
            phase: AtomicU16::new(0),
            sync: SyncMeasures::default(),
            draining: AtomicBool::new(false),
            background: OnceLock::new(),
            news,
            to_publish: Mutex::new(Some(to_publish)),
            tasks: TaskTracker::new(),
        }))
    }

    /// Hands a command to a channel's room and waits for its commit. `by` decides the rights: a person's role in the
    /// channel, or the system, whose caller has checked them.
    ///
    /// # Errors
    /// The room's refusal, or `LogUnavailable` when the room does not answer in time.
    pub async fn command(&self, channel: ChannelId, by: By, op: OpId, command: Command) -> Answer {
        let unavailable = || Refusal::later(Code::LogUnavailable, RETRY_MS);
        let room = self.room(channel)?;
        let (reply, answer) = oneshot::channel();
        room.mailbox.try_send(Mail::Wish { by, op, command, reply }).map_err(|_| unavailable())?;
        match tokio::time::timeout(COMMAND_PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(unavailable()),
        }
    }

    /// Sends a fleeting value of the system (progress) to whoever is in the channel. Nobody there: nothing happens.
    pub fn fleeting_system(&self, channel: ChannelId, value: Fleeting) {
        let room = self.0.rooms.lock().get(&channel).cloned();
        if let Some(room) = room.filter(|room| !room.hub.is_empty()) {
            let _left_out_when_full = room.mailbox.try_send(Mail::SystemFleeting(value));
        }
    }

    /// Closes a person's connections to a channel with 4403 (law 8: within a second).
    pub fn revoke(&self, channel: ChannelId, person: PersonId) {
        let room = self.0.rooms.lock().get(&channel).cloned();
        if let Some(room) = room {
            room.hub.revoke(person);
        }
    }

    /// Closes every connection of a person's session, everywhere on this node (sign-out), with 4401.
    pub fn end_session(&self, token_hash: [u8; 32]) {
        for room in self.0.all() {
            room.1.hub.each(|outbox| {
                if outbox.token_hash == token_hash {
                    outbox.close(Code::CloseSignIn);
                }
            });
        }
    }

    /// Who is in a channel now: at most 5 faces, and how many.
    #[must_use]
    pub fn here(&self, channel: ChannelId) -> (Vec<PersonView>, u32) {
        let room = self.0.rooms.lock().get(&channel).cloned();
        room.map_or_else(Default::default, |room| room.hub.faces())
    }

    /// What players have reported of themselves.
    pub(crate) fn sync_measures(&self) -> &SyncMeasures {
        &self.0.sync
    }

    /// Keeps a player's report for whoever runs the instance.
    pub(crate) fn measure(&self, report: &SyncReport) {
        self.0.sync.take(report, self.0.clock.now().unix_ms());
    }

    /// Rooms that run, and live connections.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.0.rooms.lock().len(), self.0.sockets.load(Ordering::Acquire))
    }

    /// Tells every connection when to come back, flushes and closes; returns when all rooms have stopped (or do not).
    pub async fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
        for (_, room) in self.0.all() {
            room.hub.each(|outbox| {
                let after_ms = rand::random_range(0..=DRAIN_SPREAD_MS);
                let frame = outbox.encoding.encode(&ServerFrame::Drain(Drain { after_ms }));
                outbox.push(Lane::Durable, Bytes::from(frame));
                outbox.close_restart();
            });
        }
        let inner = self.0.clone();
        let ended = async move {
            while inner.sockets.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            // Without a handle a room answers what it has, ends its append and stops.
            inner.rooms.lock().clear();
            inner.tasks.close();
            inner.tasks.wait().await;
        };
        if tokio::time::timeout(DRAIN_PATIENCE, ended).await.is_err() {
            tracing::warn!("some connections or rooms did not end in time and are cut");
        }
    }

    // ---- for the live socket and the room's task ----

    pub(crate) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// A place for one more connection; none when the node is full.
    pub(crate) fn socket_place(&self) -> Option<SocketPlace> {
        let place = SocketPlace(self.0.clone());
        (self.0.sockets.fetch_add(1, Ordering::AcqRel) < SOCKETS_MAX).then_some(place)
    }

    /// The outgoing queue of a new connection.
    pub(crate) fn outbox(&self, person: PersonId, token_hash: [u8; 32], encoding: Encoding) -> Outbox {
        let now_ms = self.0.clock.now().unix_ms().unsigned_abs();
        let session = SessionId::v7(now_ms, rand::random());
        let phase = self.0.phase.fetch_add(1, Ordering::Relaxed) % PHASES;
        Outbox::new(session, person, token_hash, encoding, phase, now_ms)
    }

    /// The room of a channel, begun if it does not run.
    pub(crate) fn room(&self, channel: ChannelId) -> Result<Arc<RoomHandle>, Refusal> {
        let mut rooms = self.0.rooms.lock();
        // A room whose task has ended by a fault of ours gives way to a new one.
        if let Some(room) = rooms.get(&channel).filter(|room| !room.mailbox.is_closed()) {
            return Ok(room.clone());
        }
        if self.0.draining.load(Ordering::Acquire) {
            return Err(Refusal::later(Code::Unavailable, RETRY_MS));
        }
        if rooms.len() >= ROOMS_MAX {
            let idle = rooms.iter().find(|(_, room)| Arc::strong_count(room) == 1 && room.hub.is_empty());
            match idle.map(|(channel, _)| *channel) {
                Some(idle) => rooms.remove(&idle),
                None => return Err(Refusal::later(Code::Unavailable, RETRY_MS)),
            };
        }
        self.0.background.get_or_init(|| {
            tokio::spawn(beats(Arc::downgrade(&self.0)));
            tokio::spawn(poll(Arc::downgrade(&self.0)));
            if let Some(news) = self.0.to_publish.lock().take() {
                tokio::spawn(publish(self.0.bus.clone(), news));
            }
        });
        let (mailbox, mails) = mpsc::channel(MAILBOX_MAX);
        let hub = Arc::new(Hub::default());
        let room = Arc::new(RoomHandle { mailbox, hub: hub.clone() });
        rooms.insert(channel, room.clone());
        drop(rooms);
        let surroundings = room_task::Surroundings {
            channel,
            store: self.0.store.clone(),
            bus: self.0.bus.clone(),
            clock: self.0.clock,
            hub,
            registry: WeakRegistry(Arc::downgrade(&self.0)),
        };
        self.0.tasks.spawn(room_task::run(surroundings, mails));
        Ok(room)
    }
}

impl RoomHandle {
    fn tell_head(&self, head: Position) {
        if self.hub.head().is_some_and(|known| known.epoch != head.epoch || known.seq < head.seq) {
            // When the mailbox is full the room is busy appending and finds out by itself.
            let _ = self.mailbox.try_send(Mail::News { head });
        }
    }
}

impl Inner {
    /// A room's task has ended though it was needed: its connections come back to a new one.
    fn bury(&self, channel: ChannelId, room: &Arc<RoomHandle>) {
        tracing::error!(%channel, "the task of a room has ended by a fault; its connections are sent back");
        let mut rooms = self.rooms.lock();
        if rooms.get(&channel).is_some_and(|present| Arc::ptr_eq(present, room)) {
            rooms.remove(&channel);
        }
        drop(rooms);
        room.hub.each(Outbox::close_restart);
    }

    fn all(&self) -> Vec<(ChannelId, Arc<RoomHandle>)> {
        self.rooms.lock().iter().map(|(channel, room)| (*channel, room.clone())).collect()
    }
}

/// What a room's task knows of its registry: enough to end and to tell of commits, not enough to keep it alive.
#[derive(Clone)]
pub(crate) struct WeakRegistry(Weak<Inner>);

impl WeakRegistry {
    /// Lets an idle room go if nobody else holds it; then its mailbox is closed.
    pub(crate) fn retire(&self, channel: ChannelId) {
        let Some(inner) = self.0.upgrade() else { return };
        let mut rooms = inner.rooms.lock();
        if rooms.get(&channel).is_some_and(|room| Arc::strong_count(room) == 1) {
            rooms.remove(&channel);
        }
    }

    /// Takes a room out that could not be read; the next who wants it begins another.
    pub(crate) fn give_up(&self, channel: ChannelId, hub: &Arc<Hub>) {
        let Some(inner) = self.0.upgrade() else { return };
        let mut rooms = inner.rooms.lock();
        if rooms.get(&channel).is_some_and(|room| Arc::ptr_eq(&room.hub, hub)) {
            rooms.remove(&channel);
        }
    }

    /// Tells the other nodes of a commit of this one, without waiting for them.
    pub(crate) fn committed(&self, news: ChannelNews) {
        if let Some(inner) = self.0.upgrade() {
            let _found_by_the_poll_when_full = inner.news.try_send(news);
        }
    }
}

/// One clock for the beats of all connections.
async fn beats(registry: Weak<Inner>) {
    let step = Duration::from_millis(u64::from(BEAT_MS) / u64::from(PHASES));
    let mut ticks = tokio::time::interval(step);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for phase in (0..PHASES).cycle() {
        ticks.tick().await;
        let Some(inner) = registry.upgrade() else { return };
        for (channel, room) in inner.all() {
            if room.mailbox.is_closed() {
                inner.bury(channel, &room);
            }
            for session in room.hub.beat(phase, inner.clock.now()) {
                // Left out when full: half a round later it is tried again by the ping, and the connection ends anyway.
                let _ = room.mailbox.try_send(Mail::Silent { session });
            }
        }
    }
}

/// Hands the news of this node's commits to the bus, until the registry is gone.
async fn publish(bus: Arc<dyn Bus>, mut news: mpsc::Receiver<ChannelNews>) {
    while let Some(one) = news.recv().await {
        let channel = one.channel;
        if let Err(error) = bus.publish(one).await {
            tracing::warn!(%channel, %error, "other nodes hear of a commit only by the poll");
        }
    }
}

/// Asks the store where the logs of all rooms stand: what no bus has told is found here (law 6).
async fn poll(registry: Weak<Inner>) {
    loop {
        let quarter = POLL / 4;
        tokio::time::sleep(POLL - quarter / 2 + quarter.mul_f64(rand::random::<f64>())).await;
        let Some(inner) = registry.upgrade() else { return };
        let rooms = inner.all();
        for part in rooms.chunks(POLL_CHANNELS) {
            let channels: Vec<ChannelId> = part.iter().map(|(channel, _)| *channel).collect();
            match inner.store.log.heads(&channels).await {
                Ok(heads) => {
                    for (channel, head) in heads {
                        // In the order of the map, so the search is short.
                        if let Ok(at) = part.binary_search_by_key(&channel, |(other, _)| *other) {
                            part[at].1.tell_head(head.position);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "the heads of the logs could not be polled"),
            }
        }
    }
}
