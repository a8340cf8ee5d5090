//! Videos of a library.

use crate::AppState;
use axum::Router;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
