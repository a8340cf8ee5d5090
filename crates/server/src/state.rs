//! What every handler of this node shares. Holds nothing that cannot be rebuilt from the store.

use crate::auth::Auth;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::jobs::FOLLOWERS_MAX;
use crate::machine::Machine;
use crate::media_access::MediaAccess;
use crate::room_registry::RoomRegistry;
use crate::runners::Runners;
use crate::segments::Segments;
use crate::uploading::Uploading;
use bus::{Bus, MemoryBus};
use desk::{StoreDesk, Wake, WorkerNews};
use parking_lot::Mutex;
use protocol::OpId;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Store;
use tokio::sync::{Semaphore, mpsc};

/// Handle to the shared parts; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The shared parts.
pub struct Shared {
    /// Log, catalog, jobs, blobs.
    pub store: Store,
    /// Server time.
    pub clock: Clock,
    /// Settings.
    pub config: Config,
    /// Password hashing, limits of tries, sessions.
    pub auth: Auth,
    /// The rooms of this node.
    pub rooms: RoomRegistry,
    /// Rung when jobs were enqueued or raised, so that every worker looks at once.
    pub jobs_wake: Arc<Wake>,
    /// Where workers get jobs, those of this process and those of others.
    pub desk: Arc<StoreDesk>,
    /// Workers of other processes that are there.
    pub runners: Arc<Runners>,
    /// The token by which programs of this machine are known.
    pub machine: Machine,
    /// Who may fetch which media, and the plans in use.
    pub media: MediaAccess,
    /// Requests that wait for media to be made.
    pub segments: Segments,
    /// Uploads under way.
    pub uploading: Uploading,
    /// Places for those who follow a job.
    pub(crate) followers: Arc<Semaphore>,
    news: Mutex<Option<mpsc::Receiver<WorkerNews>>>,
    draining: AtomicBool,
}

impl AppState {
    /// Joins the parts of a node that is alone on its store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, config: Config) -> AppState {
        AppState::on_bus(store, Arc::new(MemoryBus::new()), clock, config)
    }

    /// Joins the parts of a node that hears of the others on its store by `bus`.
    #[must_use]
    pub fn on_bus(store: Store, bus: Arc<dyn Bus>, clock: Clock, config: Config) -> AppState {
        let rooms = RoomRegistry::new(store.clone(), bus, clock);
        let jobs_wake = Arc::<Wake>::default();
        let (sender, news) = mpsc::channel(desk::NEWS_MAX);
        let now = Arc::new(move || clock.now());
        let desk = Arc::new(StoreDesk::new(store.clone(), now, sender, Arc::clone(&jobs_wake)));
        AppState(Arc::new(Shared {
            store,
            clock,
            auth: Auth::new(),
            config,
            rooms,
            jobs_wake,
            desk,
            runners: Arc::default(),
            machine: Machine::new(),
            media: MediaAccess::new(),
            segments: Segments::new(),
            uploading: Uploading::new(),
            followers: Arc::new(Semaphore::new(FOLLOWERS_MAX)),
            news: Mutex::new(Some(news)),
            draining: AtomicBool::new(false),
        }))
    }

    /// A new operation id, for commands that the server itself makes.
    #[must_use]
    pub fn op(&self) -> OpId {
        OpId::v7(self.now_ms(), rand::random())
    }

    /// Unix milliseconds, for new ids.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.clock.now().unix_ms().unsigned_abs()
    }

    /// What the desk has to tell the rooms; taken once, by whoever serves.
    pub(crate) fn take_news(&self) -> Option<mpsc::Receiver<WorkerNews>> {
        self.news.lock().take()
    }

    /// From now on `/readyz` says no; live connections are told when to come back.
    pub async fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.rooms.drain().await;
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

impl Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}
