//! Puts routers and background tasks together and serves them.
//!
//! - [`connections`]: how callers connect, and how that ends
//! - [`observe`], [`readiness`], [`metrics`]: what is seen of the service from outside
//! - [`tasks`], [`timers`]: what it does by itself, supervised

mod connections;
mod guard;
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
use axum::middleware::{from_fn, from_fn_with_state};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tasks::{TaskHealth, Tasks};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// How long letters under way may take when the service stops.
const LAST_LETTERS: Duration = Duration::from_secs(15);
/// Exit status after a second signal, as of a shell's interrupted command.
const STOPPED_AT_ONCE: i32 = 130;
/// Connections to PostgreSQL of timers and of the worker that sends letters.
const BACKGROUND_CONNECTIONS: u32 = 4;
/// Connections to PostgreSQL of readiness and figures.
const READINESS_CONNECTIONS: u32 = 2;
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that is served, without background tasks.
pub fn router(app: App) -> Router {
    router_beside(app, TaskHealth::default())
}

/// Everything that is served beside background tasks; ready only while they are well.
pub fn router_beside(app: App, tasks: TaskHealth) -> Router {
    router_of(app.clone(), app, tasks)
}

/// The same, with connections of its own for readiness and figures.
fn router_of(app: App, looking: App, tasks: TaskHealth) -> Router {
    let throttle = Arc::new(Throttle::new(&app));
    let config = app.config.clone();
    let cache = ResponseCache::new(app.config.cache_mib);
    Router::new()
        .merge(readiness::router(looking.clone(), tasks))
        .merge(metrics::public_router(&looking))
        .merge(graphql::router(Gateway::new(app.clone(), throttle.clone(), cache.clone())))
        .merge(web::router(Web::new(app, throttle, cache)))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(config, guard::guard))
        .layer(from_fn(observe::observe))
        .layer(TraceLayer::new_for_http().make_span_with(observe::span))
}

/// Serves until it is told to stop (Ctrl-C or SIGTERM); requests that are under way are finished. Whatever clients do it
/// then ends within half a minute, and at once if it is told a second time.
///
/// # Errors
/// A socket or a database that fails.
pub async fn serve(app: App, listener: TcpListener) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    // What the service does by itself, and whether it is ready, does not wait behind what it is asked.
    let apart = async |connections| app.db.apart(connections).await.map_err(io::Error::other);
    let background = App { db: apart(BACKGROUND_CONNECTIONS).await?, ..app.clone() };
    let looking = App { db: apart(READINESS_CONNECTIONS).await?, ..app.clone() };
    let looking_db = looking.db.clone();
    metrics::listen(&looking, stopping.clone()).await?;
    let mut tasks = Tasks::new(stopping.clone());
    let mut timers = timers::start(&mut tasks, &background);
    let letters = background.clone();
    let mailer = tasks.supervised("mail", move |rounds| mail::work(letters.clone(), rounds, stopping.clone()));
    let mailer = tokio::spawn(mailer);
    let router = router_of(app.clone(), looking, tasks.health());
    connections::serve(listener, router, app.config.max_connections, stopped()).await;
    timers.abort_all();
    stop.send_replace(true);
    let abort = mailer.abort_handle();
    if tokio::time::timeout(LAST_LETTERS, mailer).await.is_err() {
        abort.abort();
    }
    // What the last requests did; whatever this misses is sealed at the next start.
    if let Err(error) = sealer::seal(&background).await {
        tracing::warn!(%error, "the last events of the history stay unsealed until the next start");
    }
    background.db.close_apart().await.and(looking_db.close_apart().await).map_err(io::Error::other)
}

/// Ends when the service is told to stop. Told a second time, the process ends at once; what was acknowledged is kept.
async fn stopped() {
    stop_signal().await;
    tracing::info!("stopping; a second signal ends it at once");
    tokio::spawn(async {
        stop_signal().await;
        std::process::exit(STOPPED_AT_ONCE)
    });
}

/// Ends when the process is told to stop: Ctrl-C or SIGTERM.
pub async fn stop_signal() {
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
