//! What every handler of this node shares. Holds nothing that cannot be rebuilt from the store.

use crate::auth::Auth;
use crate::clock::Clock;
use crate::config::Config;
use crate::media_access::MediaAccess;
use crate::room_registry::RoomRegistry;
use crate::segments::Segments;
use crate::uploading::Uploading;
use bus::{Bus, MemoryBus};
use protocol::OpId;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use store::Store;
use tokio::sync::Notify;

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
    /// Told when jobs were enqueued or raised, so that this process's worker looks at once.
    pub jobs_wake: Arc<Notify>,
    /// Counts up when a job was raised because somebody waits for it.
    pub jobs_watched: Arc<AtomicU64>,
    /// Who may fetch which media, and the plans in use.
    pub media: MediaAccess,
    /// Requests that wait for media to be made.
    pub segments: Segments,
    /// Uploads under way.
    pub uploading: Uploading,
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
        AppState(Arc::new(Shared {
            store,
            clock,
            auth: Auth::new(),
            config,
            rooms,
            jobs_wake: Arc::new(Notify::new()),
            jobs_watched: Arc::new(AtomicU64::new(0)),
            media: MediaAccess::new(),
            segments: Segments::new(),
            uploading: Uploading::new(),
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
