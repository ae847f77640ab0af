//! `/healthz` says that the process lives, `/readyz` that it can serve.

use super::tasks::TaskHealth;
use crate::app::App;
use crate::db::{Db, database_kind};
use crate::error::is_passing;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Both addresses.
pub fn router(app: App, tasks: TaskHealth) -> Router {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready)).with_state((app, tasks))
}

/// Ready means: the database answers and keeps what is written, every migration ran, a demonstration has all its
/// records, and no background task broke down without having completed a round since.
async fn ready(State((app, tasks)): State<(App, TaskHealth)>) -> (StatusCode, Json<Value>) {
    let problem = match problem_of_database(&app.db).await {
        Some(problem) => Some(problem.to_owned()),
        None if !keeps_writes(&app.db).await => {
            Some("a write is not kept: the disk of the database is full, failing or read-only; see the log".to_owned())
        }
        None => tasks.first_unwell().map(|task| {
            format!("the background task '{task}' broke down and has not completed a round since; see the log")
        }),
    };
    match problem {
        None => (StatusCode::OK, Json(json!({ "ready": true }))),
        Some(problem) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "ready": false, "problem": problem }))),
    }
}

/// A writer at work keeps nobody from reading: only a write that failed says that the bank is not ready.
async fn keeps_writes(db: &Db) -> bool {
    db.prove_storage().await.err().is_none_or(|error| is_passing(&error))
}

async fn problem_of_database(db: &Db) -> Option<&'static str> {
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
