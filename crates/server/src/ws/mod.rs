//! The live socket of a channel.

use crate::AppState;
use axum::Router;

/// `GET channels/{channel}/live`, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
