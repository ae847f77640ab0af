//! Puts routers and background tasks together and serves them.
//!
//! - [`observe`], [`readiness`], [`metrics`]: what is seen of the service from outside
//! - [`tasks`], [`timers`]: what it does by itself, supervised

mod metrics;
mod observe;
mod readiness;
pub mod tasks;
mod timers;

use crate::accounts::throttle::Throttle;
use crate::app::App;
use crate::audit::sealer;
use crate::graphql::{self, Gateway};
use crate::mail;
use crate::response_cache::ResponseCache;
use crate::web::{self, Web};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tasks::{TaskHealth, Tasks};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// How long letters under way may take when the service stops.
const LAST_LETTERS: Duration = Duration::from_secs(20);
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that is served, without background tasks.
pub fn router(app: App) -> Router {
    router_beside(app, TaskHealth::default())
}

/// Everything that is served beside background tasks; ready only while they are well.
pub fn router_beside(app: App, tasks: TaskHealth) -> Router {
    let throttle = Arc::new(Throttle::new(&app));
    let cache = ResponseCache::new(app.config.cache_mib);
    Router::new()
        .merge(readiness::router(app.clone(), tasks))
        .merge(metrics::public_router(&app))
        .merge(graphql::router(Gateway::new(app.clone(), throttle.clone(), cache.clone())))
        .merge(web::router(Web::new(app, throttle, cache)))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(observe::observe))
        .layer(TraceLayer::new_for_http().make_span_with(observe::span))
}

/// Serves until it is told to stop (Ctrl-C or SIGTERM); requests that are under way are finished.
///
/// # Errors
/// A socket that fails.
pub async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    metrics::listen(&app, stopping.clone()).await?;
    let mut tasks = Tasks::new(stopping.clone());
    let mut timers = timers::start(&mut tasks, &app);
    let letters = app.clone();
    let mailer = tasks.supervised("mail", move |rounds| mail::work(letters.clone(), rounds, stopping.clone()));
    let mailer = tokio::spawn(mailer);
    let service = router_beside(app.clone(), tasks.health()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped()).await;
    timers.abort_all();
    stop.send_replace(true);
    let abort = mailer.abort_handle();
    if tokio::time::timeout(LAST_LETTERS, mailer).await.is_err() {
        abort.abort();
    }
    // What the last requests did; whatever this misses is sealed at the next start.
    if let Err(error) = sealer::seal(&app).await {
        tracing::warn!(%error, "the last events of the history stay unsealed until the next start");
    }
    served
}

async fn stopped() {
    let interrupted = async { tokio::signal::ctrl_c().await.unwrap_or_else(|_| std::process::exit(1)) };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
