//! Playlists, segments and pictures under `/media`.

use crate::AppState;
use axum::Router;

/// Routes, relative to `/media`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
