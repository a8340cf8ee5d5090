//! The bell of the desk: rung when there may be something to do. Every worker hears it, however many there are.

use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// A bell that any number of workers hear.
#[derive(Debug)]
pub struct Wake {
    rung: watch::Sender<u64>,
    watched: AtomicU64,
}

impl Default for Wake {
    fn default() -> Self {
        Wake::new()
    }
}

impl Wake {
    /// Not rung yet.
    #[must_use]
    pub fn new() -> Wake {
        Wake { rung: watch::Sender::new(0), watched: AtomicU64::new(0) }
    }

    /// Jobs were enqueued, freed or raised.
    pub fn ring(&self) {
        self.rung.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Jobs were raised because somebody waits for them.
    pub fn ring_watched(&self) {
        self.watched.fetch_add(1, Ordering::AcqRel);
        self.ring();
    }

    /// How often somebody has waited so far.
    #[must_use]
    pub fn watched(&self) -> u64 {
        self.watched.load(Ordering::Acquire)
    }

    /// Takes over the count of another bell; for one that repeats it elsewhere.
    pub fn repeat(&self, watched: u64) {
        self.watched.store(watched, Ordering::Release);
        self.ring();
    }

    /// Hears every ring from now on; several at once count as one.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }
}
