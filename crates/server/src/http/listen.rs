//! The accept loop: connections with small, explicit buffers, a bound on their number, a bound on how long a request's
//! head may take, and a graceful end.

use super::router::router;
use crate::AppState;
use crate::{runners, work_news};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Connections at once. More wait in the kernel's queue until one ends.
const CONNECTIONS_MAX: usize = 32_768;
/// Longest time for the head of a request; a slower sender is cut.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// Buffer of a connection while it speaks HTTP, bytes: heads are at most this large.
const BUFFER_BYTES_MAX: usize = 32 * 1024;
/// Headers of a request at most.
const HEADERS_MAX: usize = 64;
/// Wait after a failed accept (out of files), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then lets the requests under way end within `patience`.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> io::Result<()> {
    let service = router(state.clone());
    let beside = beside(&state);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    let (closing, closed) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = places.clone().acquire_owned() => place.map_err(io::Error::other)?,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, service.clone(), closed.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    for task in beside {
        task.abort();
    }
    drop(listener);
    closing.send_replace(true);
    connections.close();
    if tokio::time::timeout(patience, connections.wait()).await.is_err() {
        tracing::warn!(left = connections.len(), "some requests did not end in time and are cut");
    }
    Ok(())
}

/// What runs as long as the server serves: news of videos reach the rooms, and jobs of workers that did not come back
/// after a restart go on elsewhere.
fn beside(state: &AppState) -> Vec<JoinHandle<()>> {
    let mut tasks = vec![tokio::spawn(runners::expire_absent(state.clone()))];
    if let Some(news) = state.take_news() {
        tasks.push(tokio::spawn(work_news::tell_rooms(state.clone(), news)));
    }
    tasks
}

/// One connection until it ends, is upgraded, or (after `closed`) has no request under way.
async fn connection(stream: TcpStream, peer: SocketAddr, service: Router, mut closed: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its small frames back");
    }
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let service = service.clone();
        async move {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            service.oneshot(request).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        // The only change there is: the server is closing.
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended");
    }
}
