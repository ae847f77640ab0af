//! Statements over shipments that are written by hand.

use crate::db::Sql;
use crate::id::ShipmentId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

/// Shipments under way of which a reminder is due, the oldest first, at most so many. `dispatched_before` says since
/// when a shipment must have been under way for its first, second and third reminder.
pub(super) async fn due_reminders(
    db: &impl ConnectionTrait,
    dispatched_before: [DateTime<Utc>; 3],
    limit: u64,
) -> Result<Vec<ShipmentId>, DbErr> {
    let sql = format!(
        "SELECT w.id FROM (
           SELECT s.id, s.dispatched_at, (SELECT CAST(coalesce(max(m.ordinal), 0) AS BIGINT)
             FROM shipment_reminder m WHERE m.shipment_id = s.id) AS reminded
           FROM shipment s WHERE s.state = 'shipped' AND s.dispatched_at <= $1) w
         WHERE w.dispatched_at <= CASE w.reminded WHEN 0 THEN $1 WHEN 1 THEN $2 WHEN 2 THEN $3 END
         ORDER BY w.dispatched_at, w.id LIMIT {limit}"
    );
    let rows = Sql::with(sql, dispatched_before.map(Into::into)).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
