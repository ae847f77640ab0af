//! Reminding whoever's turn it is of requests that do not move.

use super::super::error::Error;
use super::super::model::request::{self, State};
use super::super::rules::{idle_before, reminder_due};
use super::super::steps::{bank_side, lock, notify, signers};
use crate::actor::Actor;
use crate::agreements::{queries as agreements, rules};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{PersonId, RequestId};
use crate::mail::Letter;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

/// Requests of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Posts the reminders that are due: of requests handed in or under review to the bank, of returned ones to the applicant,
/// of agreements to the next signer. The first one comes after `reminder_days`, then one a week, three at most for each
/// time that a request stands still. Repeating it posts nothing twice. Returns how many requests it reminded of.
///
/// # Errors
/// Those of the database.
pub async fn remind(app: &App) -> Result<usize, Error> {
    let (now, first) = (app.clock.now(), app.config.reminder_days);
    if first <= 0 {
        return Ok(0);
    }
    let mut reminded = 0;
    for id in due(app.db.read(), now, first).await? {
        reminded += usize::from(remind_of(app, id).await?);
    }
    Ok(reminded)
}

/// Requests that somebody has to do something about and of which a reminder is due, the oldest first: those that are not
/// due stand in nobody's way.
async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, first: i64) -> Result<Vec<RequestId>, DbErr> {
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

/// One reminder, if it is still due when the request is locked.
async fn remind_of(app: &App, id: RequestId) -> Result<bool, Error> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let request = lock(&tx, &Actor::system("reminders"), id).await?;
    let Some((since, to, waits_for)) = turn(&tx, &request).await? else { return Ok(false) };
    let days = (now - since).num_days();
    let Some(ordinal) = reminder_due(days, app.config.reminder_days) else { return Ok(false) };
    let sql = "INSERT INTO request_reminder (request_id, idle_since, ordinal, reminded_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (request_id, idle_since, ordinal) DO NOTHING";
    if Sql::with(sql, [id.0.into(), since.into(), ordinal.into(), now.into()]).run(&*tx).await? == 0 {
        return Ok(false);
    }
    let detail = json!({ "days": days, "waits_for": waits_for });
    notify(&tx, now, to, Letter::Reminder, &request, detail).await?;
    tx.commit().await?;
    Ok(true)
}

/// Since when it is whose turn, and for what.
async fn turn(
    tx: &Transaction,
    request: &request::Model,
) -> Result<Option<(DateTime<Utc>, Vec<PersonId>, &'static str)>, Error> {
    Ok(match request.state {
        State::Submitted | State::UnderReview => Some((request.state_since, bank_side(tx, request).await?, "review")),
        State::Returned => Some((request.state_since, vec![request.applicant_id], "completion")),
        State::Approved => {
            let all = agreements::of_requests(&**tx, &[request.id]).await?;
            let Some(open) = all.into_iter().find(|agreement| rules::is_open(agreement.state)) else { return Ok(None) };
            let given = agreements::given(&**tx, &[open.id]).await?;
            let Some(party) = rules::next_party(&agreements::required(&**tx, &[open.id]).await?, &given) else {
                return Ok(None);
            };
            let since = given.iter().map(|signature| signature.signed_at).max().unwrap_or(open.offered_at);
            Some((since, signers(tx, request, party).await?, "signature"))
        }
        State::Draft | State::Rejected | State::Withdrawn | State::Closed => None,
    })
}
