//! What the bank keeps for a while so that people can be served, and then has no more use for. The history stays.

use super::Error;
use super::events::RetentionEvent;
use crate::actor::Verb;
use crate::audit::{self, Subject};
use crate::command::{Command, Work};
use crate::db::Sql;
use chrono::{DateTime, Duration, Utc};
use sea_orm::DbErr;

/// Days for which a session is kept after it ended, so that people and administrators can look into a sign-in of late.
pub const SESSION_DAYS: i64 = 90;
/// Days for which the secret of a link is kept after it expired; only its hash is there, and it works no more.
pub const SECRET_DAYS: i64 = 30;
/// Days for which the answer to an idempotency key is kept. A call that is sent again later than that is a new one.
pub const ANSWER_DAYS: i64 = 30;
/// Rows of each kind that one round deletes.
const ROUND: u64 = 500;

/// What a round deleted.
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

/// Deletes what has had its time. The service does this every day; a round is bounded, and what is left is done by the
/// next one.
///
/// Refused: never.
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredRecords;

impl Command for DeleteExpiredRecords {
    const VERB: Verb = Verb::DeleteExpiredRecords;
    type Output = Deleted;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Deleted, Error> {
        let ended = work.now() - Duration::days(SESSION_DAYS);
        // Nobody ended it: it ended by itself, so long after its last request.
        let idle = ended - Duration::minutes(work.app.config.session.idle_minutes.max(0));
        let mut deleted = Deleted::default();
        deleted.sessions += sessions(work, "ended_at IS NOT NULL AND ended_at <= $1 ORDER BY ended_at", ended).await?;
        deleted.sessions +=
            sessions(work, "ended_at IS NULL AND last_seen_at <= $1 ORDER BY last_seen_at", idle).await?;
        deleted.secrets = secrets(work).await?;
        deleted.answers = answers(work).await?;
        if !deleted.is_nothing() {
            let Deleted { sessions, secrets, answers } = deleted;
            let event = RetentionEvent::Deleted { sessions, link_secrets: secrets, answers };
            audit::record(work, Subject::BANK, &event).await?;
        }
        Ok(deleted)
    }
}

async fn secrets(work: &Work<'_>) -> Result<u64, DbErr> {
    let sql = format!(
        "DELETE FROM account_secret WHERE id IN
           (SELECT id FROM account_secret WHERE expires_at <= $1 ORDER BY expires_at LIMIT {ROUND})"
    );
    Sql::with(sql, [(work.now() - Duration::days(SECRET_DAYS)).into()]).run(work).await
}

async fn answers(work: &Work<'_>) -> Result<u64, DbErr> {
    let sql = format!(
        "DELETE FROM idempotency_key WHERE (person_id, operation, key) IN
           (SELECT person_id, operation, key FROM idempotency_key WHERE created_at <= $1
            ORDER BY created_at LIMIT {ROUND})"
    );
    Sql::with(sql, [(work.now() - Duration::days(ANSWER_DAYS)).into()]).run(work).await
}

/// Deletes sessions, with what was begun in them for a signature and never finished.
async fn sessions(work: &Work<'_>, which: &str, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = format!("SELECT id FROM session WHERE {which} LIMIT {ROUND}");
    let rows = Sql::with(sql, [before.into()]).rows(work).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
    for (table, column) in [("openid_login", "session_id"), ("signing_proof", "session_id"), ("session", "id")] {
        let mut sql = Sql::new(format!("DELETE FROM {table} WHERE {column} IN ("));
        sql.bind_all(ids.iter().copied()).push(")");
        sql.run(work).await?;
    }
    Ok(ids.len() as u64)
}
