//! The server's desk as a runner of another process sees it.

use super::{RELEASE, Remote, broken};
use async_trait::async_trait;
use desk::wire::{
    BeginBody, ClaimBody, CompleteBody, FailBody, Held, ProgressBody, TokenBody, VersionAnswer, reach_path,
    version_path,
};
use desk::{Claimed, Desk, Failure, Wake};
use parking_lot::Mutex;
use protocol::{JobId, UploadId, VersionId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::StoreResult;
use store::catalog::{VersionRow, VideoRow};
use store::jobs::JobDone;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How long the end of a job is handed in again: a restart of the server takes seconds, and its lease is gone then.
const END_PATIENCE: Duration = Duration::from_secs(30);
/// How long a renewal is tried; the next one follows.
const RENEW_PATIENCE: Duration = Duration::from_secs(4);
/// Least time between two pieces of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// Wait before the bell is listened to again.
const LISTEN_AGAIN: Duration = Duration::from_millis(100);
const LISTEN_AGAIN_MAX: Duration = Duration::from_secs(1);

/// The server's desk.
pub struct RemoteDesk {
    remote: Arc<Remote>,
    progress: Arc<Progress>,
    tasks: [JoinHandle<()>; 2],
}

/// Frames that are to be told; one entry per running job.
#[derive(Default)]
struct Progress {
    newest: Mutex<HashMap<JobId, (u64, i64)>>,
    there: Notify,
}

impl RemoteDesk {
    /// The desk of a server for one runner. `wake` is rung whenever the server's bell is. Must be called on a runtime.
    #[must_use]
    pub fn new(remote: Arc<Remote>, runner: &str, wake: Arc<Wake>) -> RemoteDesk {
        let progress = Arc::<Progress>::default();
        let tasks = [
            tokio::spawn(tell_progress(Arc::clone(&remote), Arc::clone(&progress))),
            tokio::spawn(listen(Arc::clone(&remote), runner.to_owned(), wake)),
        ];
        RemoteDesk { remote, progress, tasks }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        patience: Duration,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> StoreResult<T> {
        let response =
            self.remote.call(patience, |http, base| http.post(format!("{base}/{path}")).json(body)).await?;
        response.json().await.map_err(|error| broken(&error))
    }
}

impl Drop for RemoteDesk {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

#[async_trait]
impl Desk for RemoteDesk {
    async fn begin(&self, runner: &str) -> StoreResult<()> {
        let body = BeginBody { runner: runner.to_owned(), release: RELEASE.to_owned() };
        self.post(Duration::ZERO, "jobs/begin", &body).await
    }

    async fn claim(&self, runner: &str, weight_max: u32, holding: &[JobId]) -> StoreResult<Option<Claimed>> {
        let body = ClaimBody {
            runner: runner.to_owned(),
            release: RELEASE.to_owned(),
            weight_max,
            holding: holding.to_vec(),
        };
        self.post(Duration::ZERO, "jobs/claim", &body).await
    }

    async fn renew(&self, job: JobId, token: u64) -> StoreResult<bool> {
        let held: Held =
            self.post(RENEW_PATIENCE, &format!("jobs/{job}/renew"), &TokenBody { token }).await?;
        Ok(held.held)
    }

    fn note(&self, job: JobId, token: u64, frames: i64) {
        self.progress.newest.lock().insert(job, (token, frames));
        self.progress.there.notify_one();
    }

    async fn complete(&self, job: JobId, token: u64, done: JobDone) -> StoreResult<bool> {
        self.progress.newest.lock().remove(&job);
        let body = CompleteBody { token, done };
        let held: Held = self.post(END_PATIENCE, &format!("jobs/{job}/complete"), &body).await?;
        Ok(held.held)
    }

    async fn fail(&self, job: JobId, token: u64, failure: Failure) -> StoreResult<bool> {
        self.progress.newest.lock().remove(&job);
        let body = FailBody { token, failure };
        let held: Held = self.post(END_PATIENCE, &format!("jobs/{job}/fail"), &body).await?;
        Ok(held.held)
    }

    async fn release(&self, job: JobId, token: u64) -> StoreResult<()> {
        self.progress.newest.lock().remove(&job);
        self.post(RENEW_PATIENCE, &format!("jobs/{job}/release"), &TokenBody { token }).await
    }

    async fn version(&self, version: VersionId) -> StoreResult<Option<(VersionRow, VideoRow)>> {
        let path = version_path(version);
        let response =
            self.remote.call(END_PATIENCE, |http, base| http.get(format!("{base}/{path}"))).await?;
        let answer: VersionAnswer = response.json().await.map_err(|error| broken(&error))?;
        Ok(answer)
    }

    async fn reach(&self, upload: UploadId, from: u64) -> StoreResult<Option<u64>> {
        let path = reach_path(upload, from);
        let response =
            self.remote.call(END_PATIENCE, |http, base| http.get(format!("{base}/{path}"))).await?;
        response.json().await.map_err(|error| broken(&error))
    }

    /// The server tends its desk itself.
    async fn tend(&self) {}
}

/// Tells the newest frames; what the network swallows is followed by newer ones.
async fn tell_progress(remote: Arc<Remote>, progress: Arc<Progress>) {
    loop {
        progress.there.notified().await;
        let newest = std::mem::take(&mut *progress.newest.lock());
        let jobs = newest.into_iter().map(|(job, (token, frames))| (job, token, frames)).collect();
        let body = ProgressBody { jobs };
        let told = remote
            .call(Duration::ZERO, |http, base| http.post(format!("{base}/jobs/progress")).json(&body))
            .await;
        if let Err(error) = told {
            tracing::debug!(%error, "progress could not be told");
        }
        tokio::time::sleep(PROGRESS_EVERY).await;
    }
}

/// Hears the server's bell. The open connection is also the sign by which the server sees that this process lives.
async fn listen(remote: Arc<Remote>, runner: String, wake: Arc<Wake>) {
    let mut wait = LISTEN_AGAIN;
    loop {
        let opened = remote
            .call(Duration::ZERO, |http, base| http.get(format!("{base}/jobs/bell?runner={runner}")))
            .await;
        match opened {
            Ok(mut response) => {
                wait = LISTEN_AGAIN;
                // Each line is the count of times that somebody waited; a repeated one is a sign of life.
                let mut seen = None;
                while let Ok(Some(piece)) = response.chunk().await {
                    let text = String::from_utf8_lossy(&piece);
                    let Some(line) = text.lines().last() else { continue };
                    if seen.as_deref() == Some(line) {
                        continue;
                    }
                    let (_, watched) = line.split_once(' ').unwrap_or_default();
                    wake.repeat(watched.parse().unwrap_or(0));
                    seen = Some(line.to_owned());
                }
            }
            Err(error) => tracing::debug!(%error, "the server's bell cannot be heard"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LISTEN_AGAIN_MAX);
    }
}
