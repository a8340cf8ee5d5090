//! `GET instance`: what a page needs before anybody has signed in; `GET instance/media`: the tools of videos, for owners.

use crate::AppState;
use crate::auth::Identity;
use crate::auth::origin::cookie_mode;
use crate::problem::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use protocol::Code;
use protocol::rest::{InstanceView, MediaToolsView};

/// Version of this server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The instance as everybody may see it.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Result<Json<InstanceView>, Refusal> {
    let config = &state.config;
    Ok(Json(InstanceView {
        version: VERSION.to_owned(),
        setup_needed: !state.store.catalog.has_owner().await?,
        signup: config.signup,
        mode: cookie_mode(config, &headers)?,
        loopback_only: config.loopback_only,
        share_base: config.share_base.clone(),
        media_problem: config.media_problem.clone(),
        media_notice: config.media_notice.clone(),
        upload_bytes_max: config.upload_bytes_max,
    }))
}

/// The tools of videos and how far their sandbox reaches: how to get further is nobody's business but the owners'.
pub async fn media(
    State(state): State<AppState>,
    identity: Identity,
) -> Result<Json<MediaToolsView>, Refusal> {
    if !identity.person.instance_owner {
        return Err(Refusal::new(Code::Forbidden));
    }
    state.config.media_tools.clone().map(Json).ok_or_else(Refusal::not_found)
}
