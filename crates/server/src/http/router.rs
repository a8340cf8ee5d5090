//! Every route of the server on one page. Media, uploads, videos, jobs and the live socket list theirs in their own
//! modules; what they are is said here.

use super::{
    api_page, captions, channels, guard, health, instance, invites, jobs, media, members, messages, numbers,
    openapi, page, posters, same_films, sessions, setup, tokens, upload_parts, uploads, users, videos, work,
};
use crate::{AppState, ws};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, patch, post};

/// Largest JSON body, bytes; the largest we know of (a message with a frame) has 20 KB.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The whole server as a service.
pub fn router(state: AppState) -> Router {
    let api = Router::new()
        .route("/instance", get(instance::show))
        .route("/instance/media", get(instance::media))
        .route("/instance/numbers", get(numbers::show))
        .route("/setup", post(setup::set_up))
        .route("/session", get(sessions::show).post(sessions::sign_in).delete(sessions::sign_out))
        .route("/users", post(users::sign_up))
        .route("/channels", get(channels::list).post(channels::create))
        .route("/channels/{channel}", get(channels::show).patch(channels::update).delete(channels::remove))
        .route("/channels/{channel}/restore", post(channels::restore))
        .route("/channels/{channel}/join", post(channels::join))
        .route("/channels/{channel}/leave", post(channels::leave))
        .route("/channels/{channel}/members", get(members::list))
        .route("/channels/{channel}/members/{person}", patch(members::set_role).delete(members::remove))
        .route("/channels/{channel}/invites", get(invites::list).post(invites::create))
        .route("/channels/{channel}/invites/{invite}", delete(invites::revoke))
        .route("/invites/{token}", get(invites::preview))
        .route("/invites/{token}/accept", post(invites::accept))
        .route("/channels/{channel}/messages", get(messages::list))
        .route("/channels/{channel}/commands", post(messages::command))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(ws::routes()) // GET channels/{channel}/live
        .merge(videos::routes()) // channels/{channel}/videos, videos/{video}, videos/{video}/cancel
        .merge(captions::routes()) // videos/{video}/captions
        .merge(posters::routes()) // videos/{video}/poster
        .merge(jobs::routes()) // jobs, jobs/{job}, jobs/{job}/events, retry, cancel
        .merge(work::routes()) // what workers ask: jobs/begin, claim, ...
        .merge(tokens::routes()) // tokens
        .merge(uploads::routes()) // uploads: tus 1.0
        .merge(same_films::routes()) // channels/{channel}/videos/same
        .merge(upload_parts::routes()) // uploads/{upload}/parts
        .fallback(guard::no_route)
        .method_not_allowed_fallback(guard::no_method)
        .layer(from_fn(guard::no_store));
    let guarded = Router::new()
        .nest("/api/v1", api)
        .nest(
            "/media",
            media::routes().fallback(guard::no_route).method_not_allowed_fallback(guard::no_method),
        )
        .route("/metrics", get(numbers::metrics))
        .route("/api/openapi.json", get(openapi::show))
        .route("/api/docs", get(api_page::show))
        .route("/api/docs.css", get(api_page::style))
        .route("/api/{*rest}", axum::routing::any(guard::no_route))
        .route("/api", axum::routing::any(guard::no_route))
        .fallback(page::serve)
        .layer(from_fn_with_state(state.clone(), guard::origin));
    Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(guarded)
        .layer(from_fn_with_state(state.clone(), guard::surround))
        .with_state(state)
}
