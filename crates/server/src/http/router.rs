//! Every route of the server on one page.

use super::{jobs, media, uploads, videos};
use crate::{AppState, ws};
use axum::Router;

/// The whole server as a service.
pub fn router(state: AppState) -> Router {
    let api = Router::new()
        .merge(ws::routes()) // GET channels/{channel}/live
        .merge(videos::routes()) // channels/{channel}/videos, videos/{video}, videos/{video}/cancel
        .merge(jobs::routes()) // jobs, jobs/{job}/retry
        .merge(uploads::routes()); // uploads (tus 1.0)
    Router::new().nest("/api/v1", api).nest("/media", media::routes()).with_state(state)
}
