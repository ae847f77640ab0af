//! `/metrics` for Prometheus: on a listener of its own (`metrics.listen`), and on the public one only behind a token
//! (`metrics.token`), which is then asked for on both.

use super::{connections, observe};
use crate::app::{App, Clock};
use crate::audit::queries::unsealed_events;
use crate::mail::queries::unsent;
use crate::maintenance::queries::newest;
use crate::telemetry::{self, Backlog, Exposition, Refusal};
use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sea_orm::DbErr;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Connections at once to the listener of figures.
const SCRAPERS: usize = 16;
/// How long the database may take to say what waits in it; Prometheus gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// The figures of this process, recorded from the first call on.
pub fn exposition() -> &'static Exposition {
    Exposition::install(Clock::system().now())
}

/// What the public listener has of it: without a token nothing at all.
pub fn public_router(app: &App) -> Router {
    if app.config.metrics.token.is_some() { router(app.clone()) } else { Router::new() }
}

fn router(app: App) -> Router {
    exposition();
    Router::new().route("/metrics", get(scrape)).with_state(app)
}

/// Serves the figures on their own listener until the service stops, if there is one.
///
/// # Errors
/// An address on which nobody can listen.
pub async fn listen(app: &App, mut stopping: watch::Receiver<bool>) -> io::Result<()> {
    let Some(address) = app.config.metrics.listen else { return Ok(()) };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("metrics.listen, {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(named)?;
    tracing::info!(%address, "metrics are served");
    let router = router(app.clone()).layer(from_fn(observe::observe));
    let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
    tokio::spawn(connections::serve(listener, router, SCRAPERS, stopped));
    Ok(())
}

async fn scrape(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(token) = &app.config.metrics.token
        && !bearer(&headers).is_some_and(|given| token.is(given))
    {
        telemetry::refused(Refusal::WrongToken);
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let backlog = match tokio::time::timeout(PATIENCE, backlog(&app)).await {
        Ok(Ok(backlog)) => Some(backlog),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database could not be asked for its backlog");
            None
        }
        Err(_) => {
            tracing::warn!("the database took too long to tell its backlog");
            None
        }
    };
    ([(CONTENT_TYPE, TEXT_FORMAT), (CACHE_CONTROL, "no-store")], exposition().render(backlog)).into_response()
}

/// What a request shows after `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

async fn backlog(app: &App) -> Result<Backlog, DbErr> {
    let db = app.db.read();
    let [queued_letters, dead_letters] = unsent(db).await?;
    let newest_backup = newest(db).await?.map_or(0, |backup| backup.made_at.timestamp());
    Ok(Backlog { queued_letters, dead_letters, unsealed_events: unsealed_events(db).await?, newest_backup })
}
