//! Jobs as seen by people.

use crate::AppState;
use axum::Router;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
