//! tus 1.0 at `/api/v1/uploads`.

use crate::AppState;
use axum::Router;

/// Routes, relative to `/api/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
