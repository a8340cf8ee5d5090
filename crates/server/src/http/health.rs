//! `/livez` and `/readyz`, for whoever watches the process. Public, without any detail about the instance.

use crate::AppState;
use crate::problem::Refusal;
use axum::extract::State;
use protocol::Code;
use std::time::Duration;

/// Longest wait for the store before it counts as not ready.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// The process lives. Touches nothing else, so that a slow disk never makes somebody restart it.
pub async fn live() -> &'static str {
    "alive\n"
}

/// The server takes work: not draining, and the store answers.
pub async fn ready(State(state): State<AppState>) -> Result<&'static str, Refusal> {
    if state.draining() {
        return Err(Refusal::new(Code::Unavailable).detail("the server is stopping").retry_after(5));
    }
    match tokio::time::timeout(STORE_PATIENCE, state.store.catalog.has_owner()).await {
        Ok(Ok(_)) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the store does not answer");
            Err(Refusal::new(Code::Unavailable).detail("the database does not answer").retry_after(5))
        }
        Err(_) => Err(Refusal::new(Code::Unavailable).detail("the database is too slow").retry_after(5)),
    }
}
