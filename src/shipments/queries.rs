//! Reads of shipments. Whoever may see a request may see its shipments; callers scope by the request.

use super::model::{ShippedVial, shipment};
use crate::actor::Actor;
use crate::db::Sql;
use crate::id::{RequestId, ShipmentId};
use crate::requests;
use crate::requests::rules::idle_before;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

/// Shipments of requests, oldest first within a request.
///
/// # Errors
/// Those of the database.
pub async fn of_requests(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<shipment::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM shipment WHERE request_id IN (");
    sql.bind_all(requests.iter().map(|id| id.0)).push(") ORDER BY request_id, id");
    sql.all(db).await
}

/// The shipment with this number, if the actor may see its request.
///
/// # Errors
/// Those of the database.
pub async fn by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<shipment::Model>, DbErr> {
    let mut sql = Sql::new("SELECT s.* FROM shipment s JOIN request q ON q.id = s.request_id WHERE s.number = ");
    sql.bind(number.trim().to_uppercase()).push(" AND ");
    requests::queries::visible_to(&mut sql, actor);
    Ok(sql.all(db).await?.pop())
}

/// Shipments by key.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[ShipmentId]) -> Result<Vec<shipment::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM shipment WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Vials in shipments, in the order in which they were packed.
///
/// # Errors
/// Those of the database.
pub async fn vials_of(db: &impl ConnectionTrait, shipments: &[ShipmentId]) -> Result<Vec<ShippedVial>, DbErr> {
    let mut sql = Sql::new(
        "SELECT s.shipment_id, s.vial_id, s.request_line_id, v.barcode, o.number AS lot_number, s.condition
         FROM shipment_vial s JOIN vial v ON v.id = s.vial_id JOIN lot o ON o.id = v.lot_id WHERE s.shipment_id IN (",
    );
    sql.bind_all(shipments.iter().map(|id| id.0)).push(") ORDER BY s.shipment_id, s.id");
    sql.all(db).await
}

/// Shipments of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Shipments under way of which a reminder is due, the oldest first. The first reminder comes after `first` days. For the
/// bank's own timers.
///
/// # Errors
/// Those of the database.
pub async fn due_reminders(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    first: i64,
) -> Result<Vec<ShipmentId>, DbErr> {
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
