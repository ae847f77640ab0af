//! Reminding applicants of shipments whose receipt nobody confirmed.

use super::super::Error;
use super::super::model::shipment::State;
use super::lock_shipment;
use crate::actor::Actor;
use crate::app::App;
use crate::db::Sql;
use crate::id::ShipmentId;
use crate::mail::Letter;
use crate::requests::rules::{idle_before, reminder_due};
use crate::requests::steps;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

/// Shipments of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Posts the reminders that are due of shipments that left and were not confirmed as received, to the applicant, by the
/// rule of requests: the first one `reminder_days` after the dispatch, then one a week, three at most. Repeating it posts
/// nothing twice. Returns how many shipments it reminded of.
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

/// Shipments under way of which a reminder is due, the oldest first.
async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, first: i64) -> Result<Vec<ShipmentId>, DbErr> {
    let sql = format!(
        "SELECT w.id FROM (
           SELECT s.id, s.dispatched_at, (SELECT CAST(coalesce(max(m.ordinal), 0) AS BIGINT)
             FROM shipment_reminder m WHERE m.shipment_id = s.id) AS reminded
           FROM shipment s WHERE s.state = 'shipped' AND s.dispatched_at <= $1) w
         WHERE w.dispatched_at <= CASE w.reminded WHEN 0 THEN $1 WHEN 1 THEN $2 WHEN 2 THEN $3 END
         ORDER BY w.dispatched_at, w.id LIMIT {SWEEP}"
    );
    let rows = Sql::with(sql, idle_before(now, first).map(Into::into)).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// One reminder, if it is still due when the shipment is locked.
async fn remind_of(app: &App, id: ShipmentId) -> Result<bool, Error> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, shipment) = lock_shipment(&tx, &Actor::system("reminders"), id).await?;
    let Some(since) = shipment.dispatched_at.filter(|_| shipment.state == State::Shipped) else { return Ok(false) };
    let days = (now - since).num_days();
    let Some(ordinal) = reminder_due(days, app.config.reminder_days) else { return Ok(false) };
    let sql = "INSERT INTO shipment_reminder (shipment_id, ordinal, reminded_at) VALUES ($1, $2, $3)
               ON CONFLICT (shipment_id, ordinal) DO NOTHING";
    if Sql::with(sql, [id.0.into(), ordinal.into(), now.into()]).run(&*tx).await? == 0 {
        return Ok(false);
    }
    let detail = json!({ "shipment": shipment.number, "days": days, "waits_for": "receipt" });
    steps::notify(&tx, now, [request.applicant_id], Letter::Reminder, &request, detail).await?;
    tx.commit().await?;
    Ok(true)
}
