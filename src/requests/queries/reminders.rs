//! Requests of which whoever's turn it is has to be reminded.

use super::super::rules::idle_before;
use super::super::sql;
use crate::id::RequestId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

/// Requests of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Requests that somebody has to do something about and of which a reminder is due, the oldest first: those that are
/// not due stand in nobody's way. The first reminder comes after `first` days. For the bank's own timers.
///
/// # Errors
/// Those of the database.
pub async fn due_reminders(db: &impl ConnectionTrait, now: DateTime<Utc>, first: i64) -> Result<Vec<RequestId>, DbErr> {
    sql::due_reminders(db, idle_before(now, first), SWEEP).await
}
