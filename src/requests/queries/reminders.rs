//! Requests of which whoever's turn it is has to be reminded.

use super::super::rules::idle_before;
use crate::db::Sql;
use crate::id::RequestId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

/// Requests of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Requests that somebody has to do something about and of which a reminder is due, the oldest first: those that are not
/// due stand in nobody's way. The first reminder comes after `first` days. For the bank's own timers.
///
/// # Errors
/// Those of the database.
pub async fn due_reminders(db: &impl ConnectionTrait, now: DateTime<Utc>, first: i64) -> Result<Vec<RequestId>, DbErr> {
    let sql = format!(
        "SELECT i.request_id FROM (
           SELECT w.request_id, w.idle_since, (SELECT CAST(coalesce(max(m.ordinal), 0) AS BIGINT) FROM request_reminder m
             WHERE m.request_id = w.request_id AND m.idle_since = w.idle_since) AS reminded
           FROM (
             SELECT q.id AS request_id, q.state_since AS idle_since FROM request q
             WHERE q.state IN ('submitted', 'under_review', 'returned')
             UNION ALL
             SELECT a.request_id, coalesce((SELECT max(s.signed_at) FROM signature s WHERE s.agreement_id = a.id),
               a.offered_at) FROM agreement a JOIN request q ON q.id = a.request_id
             WHERE a.state IN ('offered', 'partly_signed') AND q.state = 'approved') w
           WHERE w.idle_since <= $1) i
         WHERE i.idle_since <= CASE i.reminded WHEN 0 THEN $1 WHEN 1 THEN $2 WHEN 2 THEN $3 END
         ORDER BY i.idle_since, i.request_id LIMIT {SWEEP}"
    );
    let rows = Sql::with(sql, idle_before(now, first).map(Into::into)).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
