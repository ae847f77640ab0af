//! Connections over which the service is asked: how many, how long they may take, and how they end.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower_service::Service;

/// How long the head of a request may take; a connection that is kept for the next request is closed after as long.
const HEAD_TAKES: Duration = Duration::from_secs(15);
/// How long requests under way may take when the service stops.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// The pause after the system had no descriptor for a connection, so that others can end.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Serves connections, at most so many at once; whoever comes then waits to be accepted. Ends soon after `stopped` does:
/// requests under way are finished, but none holds it up for longer than [`LAST_REQUESTS`].
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    stopped: impl Future<Output = ()> + Send + 'static,
) {
    let (places, ending) = (Arc::new(Semaphore::new(most.max(1))), GracefulShutdown::new());
    let mut connections = JoinSet::new();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stopped => break,
        };
        match accepted {
            Some((place, Ok((stream, peer)))) => {
                connections.spawn(answer(stream, peer, router.clone(), ending.watcher(), place));
            }
            Some((_, Err(error))) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
            None => break,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(LAST_REQUESTS, ending.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections did not end in time and are cut");
    }
    connections.shutdown().await;
}

/// One connection, from its first request to its last.
async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    ending: hyper_util::server::graceful::Watcher,
    _place: OwnedSemaphorePermit,
) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(FromPeer { router, peer });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TAKES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = ending.watch(connection).await {
        // A client that hung up or took too long; it says nothing of the service.
        tracing::debug!(%error, "a connection ended");
    }
}

/// The router, which is told who asks.
#[derive(Clone)]
struct FromPeer {
    router: Router,
    peer: SocketAddr,
}

impl Service<Request<Incoming>> for FromPeer {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = <Router as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        Service::<Request<Body>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.call(request)
    }
}
