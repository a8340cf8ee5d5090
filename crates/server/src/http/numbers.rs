//! What this node is doing: `GET instance/numbers` for the page, `GET /metrics` for programs that watch (OpenMetrics text).
//! For those who run the instance, and for programs with a token of scope `metrics`.

use super::jobs::counts;
use super::tokens::allowed;
use crate::AppState;
use crate::problem::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use protocol::Code;
use protocol::rest::LiveNumbers;
use protocol::work::JobCount;
use room::Action;

/// What `/metrics` answers.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

/// The numbers of this moment.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Result<Json<LiveNumbers>, Refusal> {
    allowed(&state, &headers, Action::Observe).await?;
    let (rooms, connections) = state.rooms.counts();
    Ok(Json(LiveNumbers {
        rooms: u32::try_from(rooms).unwrap_or(u32::MAX),
        connections: u32::try_from(connections).unwrap_or(u32::MAX),
        jobs: counts(&state).await?,
        sync: state.rooms.sync_measures().numbers(state.clock.now().unix_ms()),
    }))
}

/// The same and more, counted since the start, for a program that asks again and again.
pub async fn metrics(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    allowed(&state, &headers, Action::Observe).await?;
    let mut registry = Registry::with_prefix("genlock");
    let version = Info::new([("version", super::instance::VERSION)]);
    registry.register("server", "The running server", version);
    let (rooms, connections) = state.rooms.counts();
    for (name, help, value) in [
        ("rooms", "Rooms that run on this node", rooms),
        ("connections", "Live connections of this node", connections),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }
    let by_state = Family::<ByState, Gauge>::default();
    for JobCount { state, count } in counts(&state).await? {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        by_state.get_or_create(&ByState { state: state.as_str() }).set(count);
    }
    registry.register("jobs", "Jobs of the instance, by state", by_state);
    state.rooms.sync_measures().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)
        .map_err(|_| Refusal::new(Code::Unavailable).detail("the metrics could not be written"))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text))
}
