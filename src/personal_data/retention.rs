//! What the bank keeps for a while so that people can be served, and then has no more use for. The history stays.

use super::Error;
use crate::actor::Actor;
use crate::app::App;
use crate::audit;
use crate::db::{Sql, Transaction};
use chrono::{DateTime, Duration, Utc};
use sea_orm::DbErr;
use serde_json::json;

/// Days for which a session is kept after it ended, so that people and administrators can look into a sign-in of late.
pub const SESSION_DAYS: i64 = 90;
/// Days for which the secret of a link is kept after it expired; only its hash is there, and it works no more.
pub const SECRET_DAYS: i64 = 30;
/// Days for which the answer to an idempotency key is kept. A call that is sent again later than that is a new one.
pub const ANSWER_DAYS: i64 = 30;
/// Rows of each kind that one step deletes.
const SWEEP: u64 = 500;

/// What a step deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Sessions that ended long ago.
    pub sessions: u64,
    /// Secrets of links that expired long ago.
    pub secrets: u64,
    /// Answers to idempotency keys.
    pub answers: u64,
}

impl Deleted {
    /// True if nothing was due.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Deletes what has had its time. The service does this every day; a step is bounded, and what is left is done by the
/// next one.
///
/// # Errors
/// Those of the database.
pub async fn delete(app: &App) -> Result<Deleted, Error> {
    let now = app.clock.now();
    let ended = now - Duration::days(SESSION_DAYS);
    // Nobody ended it: it ended by itself, so long after its last request.
    let idle = ended - Duration::minutes(app.config.session.idle_minutes.max(0));
    let tx = app.db.begin().await?;
    let gone = |table: &str, key: &str, due: &str, order: &str| {
        format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {due} ORDER BY {order} LIMIT {SWEEP})"
        )
    };
    let secrets = gone("account_secret", "id", "expires_at <= $1", "expires_at");
    // A row of values as its key.
    let of_answer = "person_id, operation, key";
    let answers = gone("idempotency_key", of_answer, "created_at <= $1", "created_at").replacen(
        &format!("WHERE {of_answer} IN"),
        &format!("WHERE ({of_answer}) IN"),
        1,
    );
    let mut deleted = Deleted::default();
    deleted.sessions += sessions(&tx, "ended_at IS NOT NULL AND ended_at <= $1 ORDER BY ended_at", ended).await?;
    deleted.sessions += sessions(&tx, "ended_at IS NULL AND last_seen_at <= $1 ORDER BY last_seen_at", idle).await?;
    deleted.secrets = Sql::with(secrets, [(now - Duration::days(SECRET_DAYS)).into()]).run(&*tx).await?;
    deleted.answers = Sql::with(answers, [(now - Duration::days(ANSWER_DAYS)).into()]).run(&*tx).await?;
    if !deleted.is_nothing() {
        let bank = audit::Subject { kind: "Bank", id: 1 };
        let detail =
            json!({ "sessions": deleted.sessions, "link_secrets": deleted.secrets, "answers": deleted.answers });
        audit::record(&tx, now, &Actor::system("retention"), "retention.leftovers", bank, detail).await?;
    }
    tx.commit().await?;
    Ok(deleted)
}

/// Deletes sessions, with what was begun in them for a signature and never finished.
async fn sessions(tx: &Transaction, which: &str, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = format!("SELECT id FROM session WHERE {which} LIMIT {SWEEP}");
    let rows = Sql::with(sql, [before.into()]).rows(&**tx).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
    for (table, column) in [("openid_login", "session_id"), ("signing_proof", "session_id"), ("session", "id")] {
        let mut sql = Sql::new(format!("DELETE FROM {table} WHERE {column} IN ("));
        sql.bind_all(ids.iter().copied()).push(")");
        sql.run(&**tx).await?;
    }
    Ok(ids.len() as u64)
}
