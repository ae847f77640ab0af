//! Puts routers and timers together and serves them.

use crate::accounts::history;
use crate::accounts::throttle::Throttle;
use crate::app::App;
use crate::audit::sealer;
use crate::db::{Db, database_kind};
use crate::graphql::{self, Gateway};
use crate::mail;
use crate::personal_data::{operations as personal_data, retention};
use crate::requests::operations::{expire_agreements, expire_reservations, remind};
use crate::response_cache::ResponseCache;
use crate::shipments::operations as shipments;
use crate::web::{self, Web};
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// How often reservations that ran out are ended.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often events of the history are sealed, and the day's anchor is looked for.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// How often what was kept of erased people, and what is of no more use, is looked through; a step is bounded.
const RETENTION_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often it is looked for reminders. They are counted in days; looking more often makes up for restarts.
const REMIND_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long letters under way may take when the service stops.
const LAST_LETTERS: Duration = Duration::from_secs(20);
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that is served.
pub fn router(app: App) -> Router {
    let throttle = Arc::new(Throttle::new(&app));
    let response_cache = ResponseCache::new(app.config.cache_mib);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(app.clone())
        .merge(graphql::router(Gateway::new(app.clone(), throttle.clone(), response_cache.clone())))
        .merge(web::router(Web::new(app, throttle, response_cache)))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// What the log calls a request: by its route, never by its address, in which a caller may have written anything and a
/// query by GET carries its variables.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::debug_span!("request", method = %request.method(), route)
}

/// Serves until it is told to stop (Ctrl-C or SIGTERM); requests that are under way are finished.
///
/// # Errors
/// A socket that fails.
pub async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let timers = [
        tokio::spawn(sweep(app.clone())),
        tokio::spawn(keep_history(app.clone())),
        tokio::spawn(retain(app.clone())),
        tokio::spawn(reminders(app.clone())),
    ];
    let mailer = tokio::spawn(mail::work(app.clone(), stopping));
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped()).await;
    timers.iter().for_each(tokio::task::JoinHandle::abort);
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

/// Seals the history and tells its end to the outside once a day.
async fn keep_history(app: App) {
    let mut every = tokio::time::interval(SEAL_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = sealer::seal(&app).await {
            tracing::warn!(%error, "the history could not be sealed; trying again");
        }
        if let Err(error) = history::anchor(&app).await {
            tracing::warn!(%error, "the history could not be anchored; trying again");
        }
    }
}

async fn reminders(app: App) {
    let mut every = tokio::time::interval(REMIND_EVERY);
    loop {
        every.tick().await;
        match remind(&app).await {
            Ok(0) => {}
            Ok(reminded) => tracing::info!(reminded, "reminders posted"),
            Err(error) => tracing::warn!(%error, "reminders could not be posted; trying again"),
        }
        match shipments::remind(&app).await {
            Ok(0) => {}
            Ok(reminded) => tracing::info!(reminded, "reminders of shipments posted"),
            Err(error) => tracing::warn!(%error, "reminders of shipments could not be posted; trying again"),
        }
    }
}

async fn sweep(app: App) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    loop {
        every.tick().await;
        match expire_reservations(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "reservations ran out"),
            Err(error) => tracing::warn!(%error, "reservations could not be ended; trying again"),
        }
        match expire_agreements(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "agreements expired"),
            Err(error) => tracing::warn!(%error, "agreements could not be ended; trying again"),
        }
    }
}

async fn retain(app: App) {
    let mut every = tokio::time::interval(RETENTION_EVERY);
    loop {
        every.tick().await;
        loop {
            match personal_data::sweep(&app).await {
                Ok(swept) if swept.is_nothing() => break,
                Ok(swept) => tracing::info!(?swept, "records of erased people ended their term"),
                Err(error) => {
                    tracing::warn!(%error, "records of erased people could not be blanked; trying again tomorrow");
                    break;
                }
            }
        }
        loop {
            match retention::delete(&app).await {
                Ok(deleted) if deleted.is_nothing() => break,
                Ok(deleted) => tracing::info!(?deleted, "leftovers deleted"),
                Err(error) => {
                    tracing::warn!(%error, "leftovers could not be deleted; trying again tomorrow");
                    break;
                }
            }
        }
    }
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

/// Ready means: the database answers, every migration ran, and a demonstration has all its records.
async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match problem(&app.db).await {
        None => (StatusCode::OK, Json(json!({ "ready": true }))),
        Some(problem) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "ready": false, "problem": problem }))),
    }
}

async fn problem(db: &Db) -> Option<&'static str> {
    match database_kind(db.read()).await {
        Err(_) => Some("the database does not answer, or has no bank in it"),
        Ok(kind) if !kind.is_filled => Some("the demonstration's records are not in yet"),
        Ok(_) => match db.pending_migrations().await {
            Ok(pending) if pending.is_empty() => None,
            Ok(_) => Some("migrations are pending"),
            Err(_) => Some("the database does not answer"),
        },
    }
}
