//! Workers of other processes: which are there, seen by the connection on which each hears the bell. When one dies its
//! connection ends at once, and its jobs go on elsewhere after a short grace instead of at the end of their lease.

use crate::AppState;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use store::jobs::{JobState, LIST_MAX};

/// How long a worker may be away before its jobs go on elsewhere.
pub const GRACE: Duration = Duration::from_secs(2);
/// Workers that hear the bell at a time.
pub const RUNNERS_MAX: usize = 256;

/// The workers.
#[derive(Default)]
pub struct Runners {
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    connections: u32,
    seen: Instant,
}

impl Runners {
    /// A worker of this process, which ends with it.
    pub fn here(&self, runner: &str) {
        self.known.lock().insert(runner.to_owned(), Known { connections: 1, seen: Instant::now() });
    }

    /// A sign of life.
    pub fn seen(&self, runner: &str) {
        let mut known = self.known.lock();
        if let Some(known) = place(&mut known, runner) {
            known.seen = Instant::now();
        }
    }

    /// A worker hears the bell from now on; none when there are [`RUNNERS_MAX`] already.
    #[must_use]
    pub fn connect(&self, state: &AppState, runner: &str) -> Option<Connected> {
        let mut known = self.known.lock();
        let known = place(&mut known, runner)?;
        known.connections += 1;
        known.seen = Instant::now();
        Some(Connected { state: state.clone(), runner: runner.to_owned() })
    }

    /// Whether a worker has been away for longer than the grace; it is forgotten then.
    fn is_gone(&self, runner: &str) -> bool {
        let mut known = self.known.lock();
        let gone =
            known.get(runner).is_none_or(|known| known.connections == 0 && known.seen.elapsed() >= GRACE);
        if gone {
            known.remove(runner);
        }
        gone
    }

    fn leave(&self, runner: &str) {
        if let Some(known) = self.known.lock().get_mut(runner) {
            known.connections = known.connections.saturating_sub(1);
            known.seen = Instant::now();
        }
    }
}

/// The place of a worker, if there is one: those that are away make room.
fn place<'a>(known: &'a mut HashMap<String, Known>, runner: &str) -> Option<&'a mut Known> {
    if known.len() >= RUNNERS_MAX && !known.contains_key(runner) {
        known.retain(|_, known| known.connections > 0 || known.seen.elapsed() < GRACE);
        if known.len() >= RUNNERS_MAX {
            return None;
        }
    }
    Some(known.entry(runner.to_owned()).or_insert_with(|| Known { connections: 0, seen: Instant::now() }))
}

/// As long as it exists, a worker is there.
pub struct Connected {
    state: AppState,
    runner: String,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.state.runners.leave(&self.runner);
        let (state, runner) = (self.state.clone(), std::mem::take(&mut self.runner));
        // Connections end on the runtime; without one the process ends anyway.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                expire_if_gone(&state, &runner).await;
            });
        }
    }
}

/// After a start: workers that do not come back within the grace have died meanwhile.
pub(crate) async fn expire_absent(state: AppState) {
    tokio::time::sleep(GRACE).await;
    match state.store.jobs.list(Some(JobState::Running), None, LIST_MAX).await {
        Ok(rows) => {
            let mut runners: Vec<String> = rows.into_iter().filter_map(|row| row.runner).collect();
            runners.sort();
            runners.dedup();
            for runner in runners {
                expire_if_gone(&state, &runner).await;
            }
        }
        Err(error) => {
            tracing::warn!(%error, "running jobs could not be read; their leases end by themselves")
        }
    }
}

async fn expire_if_gone(state: &AppState, runner: &str) {
    if !state.runners.is_gone(runner) {
        return;
    }
    match state.store.jobs.expire_runner(runner).await {
        Ok(0) => {}
        Ok(count) => {
            tracing::info!(runner, count, "a worker is gone; its jobs go on elsewhere");
            state.jobs_wake.ring();
        }
        Err(error) => tracing::warn!(%error, "leases could not be ended; they end by themselves"),
    }
}

/// The bell of one worker: a line at every ring and now and then a repeated one.
pub(crate) struct Bell {
    pub(crate) connected: Connected,
    pub(crate) rung: tokio::sync::watch::Receiver<u64>,
}

impl Bell {
    /// Waits for the next line.
    pub(crate) async fn next(&mut self, every: Duration) -> String {
        // An error cannot come: the state that holds the bell is ours.
        let _ = tokio::time::timeout(every, self.rung.changed()).await;
        let count = *self.rung.borrow_and_update();
        format!("{count} {}\n", self.connected.state.jobs_wake.watched())
    }
}
