//! A worker of its own process: the server's desk and blobs over HTTP, under `/api/v1/jobs`. Every call may be made
//! again: claims are fenced by their token, objects never change. So what the network or a restart of the server
//! swallows is sent again for a while.

mod remote_blobs;
mod remote_desk;

pub use remote_blobs::RemoteBlobs;
pub use remote_desk::RemoteDesk;

use parking_lot::Mutex;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::{StoreError, StoreResult};

/// Release of this program; the server takes only its own.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// File in the data folder with the server's address and this machine's token, one per line.
pub const MACHINE_FILE: &str = "machine";
/// First and longest wait before a call is made again.
const AGAIN: Duration = Duration::from_millis(50);
const AGAIN_MAX: Duration = Duration::from_secs(1);
/// Longest time for a connection to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence of the server in an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// The way to the server.
pub struct Remote {
    http: Client,
    place: Mutex<Place>,
    /// Where address and token are read again, since a restart of the server may change them.
    file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    base: String,
    token: String,
}

impl Remote {
    /// A server by its address (`http://host:port`) and a token of scope `work`.
    ///
    /// # Errors
    /// When there can be no HTTP client.
    pub fn at(base: &str, token: &str) -> StoreResult<Remote> {
        let base = base.trim_end_matches('/').to_owned();
        Ok(Remote { http: client()?, place: Mutex::new(Place { base, token: token.to_owned() }), file: None })
    }

    /// The server of a data folder on this machine.
    ///
    /// # Errors
    /// When no server has left its address there.
    pub fn beside(data_dir: &Path) -> StoreResult<Remote> {
        let file = data_dir.join(MACHINE_FILE);
        let place = read_place(&file).ok_or_else(|| StoreError::Backend {
            doing: "looking for the server",
            reason: format!("{} is not there; start genlock serve first", file.display()),
        })?;
        Ok(Remote { http: client()?, place: Mutex::new(place), file: Some(file) })
    }

    /// The address.
    #[must_use]
    pub fn base(&self) -> String {
        self.place.lock().base.clone()
    }

    /// Makes a call, again for as long as `patience` when the server is away.
    async fn call(
        &self,
        patience: Duration,
        build: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> StoreResult<Response> {
        let began = Instant::now();
        let mut wait = AGAIN;
        loop {
            let place = self.place.lock().clone();
            let request = build(&self.http, &format!("{}/api/v1", place.base)).bearer_auth(&place.token);
            let trouble = match request.send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let refusal = refused(response).await;
                    if self.has_moved(&place) { StoreError::Busy("the server has moved") } else { refusal }
                }
                Err(error) => {
                    tracing::debug!(%error, "the server does not answer");
                    self.has_moved(&place);
                    StoreError::Busy("the server does not answer")
                }
            };
            if !matches!(trouble, StoreError::Busy(_)) || began.elapsed() >= patience {
                return Err(trouble);
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(AGAIN_MAX);
        }
    }

    /// Reads the file again; whether it says something new.
    fn has_moved(&self, known: &Place) -> bool {
        let Some(place) = self.file.as_deref().and_then(read_place) else { return false };
        let moved = place != *known;
        *self.place.lock() = place;
        moved
    }
}

fn client() -> StoreResult<Client> {
    Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .no_proxy()
        .build()
        .map_err(|error| StoreError::Backend { doing: "making an HTTP client", reason: error.to_string() })
}

fn read_place(file: &Path) -> Option<Place> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    Some(Place { base: lines.next()?.to_owned(), token: lines.next()?.to_owned() })
}

/// What an answer that is no success means for a caller.
async fn refused(response: Response) -> StoreError {
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    let problem: Option<protocol::rest::Problem> = serde_json::from_str(&text).ok();
    let reason = match problem {
        Some(problem) => problem.detail.unwrap_or(problem.title),
        None => format!("the server answered {status}"),
    };
    match status {
        StatusCode::NOT_FOUND => StoreError::NotFound,
        StatusCode::INSUFFICIENT_STORAGE => StoreError::Full,
        StatusCode::TOO_MANY_REQUESTS => StoreError::Busy("the server has too much to do"),
        status if status.is_server_error() => StoreError::Busy("the server cannot answer now"),
        _ => StoreError::Backend { doing: "asking the server", reason },
    }
}

fn broken(error: &reqwest::Error) -> StoreError {
    tracing::debug!(%error, "an answer of the server broke off");
    StoreError::Busy("an answer of the server broke off")
}
