//! Reads of shipments. Whoever may see a request may see its shipments; callers scope by the request.

use super::model::{ShippedVial, shipment};
use crate::actor::Actor;
use crate::db::Sql;
use crate::id::{RequestId, ShipmentId};
use crate::requests;
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
