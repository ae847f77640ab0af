//! Reads of shipments. Whoever may see a request may see its shipments; callers scope by the request.

use super::model::shipment::{self, Column, Entity};
use super::model::{ShippedVial, shipment_vial};
use super::sql;
use crate::actor::Actor;
use crate::id::{RequestId, ShipmentId};
use crate::inventory::model::{lot, vial};
use crate::requests::model::request;
use crate::requests::queries::is_visible_to;
use crate::requests::rules::idle_before;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};

/// Shipments of requests, oldest first within a request.
///
/// # Errors
/// Those of the database.
pub async fn of_requests(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<shipment::Model>, DbErr> {
    let shipments = Entity::find().filter(Column::RequestId.is_in(requests.iter().copied()));
    shipments.order_by_asc(Column::RequestId).order_by_asc(Column::Id).all(db).await
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
    let one = Entity::find().filter(Column::Number.eq(number.trim().to_uppercase()));
    one.inner_join(request::Entity).filter(is_visible_to(actor, request::Entity)).one(db).await
}

/// Shipments by key.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[ShipmentId]) -> Result<Vec<shipment::Model>, DbErr> {
    Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await
}

/// Vials in shipments, in the order in which they were packed.
///
/// # Errors
/// Those of the database.
pub async fn vials_of(db: &impl ConnectionTrait, shipments: &[ShipmentId]) -> Result<Vec<ShippedVial>, DbErr> {
    use shipment_vial::{Column, Entity};
    let packed = Entity::find().inner_join(vial::Entity).join(JoinType::InnerJoin, vial::Relation::Lot.def());
    let packed = packed.filter(Column::ShipmentId.is_in(shipments.iter().copied()));
    let packed = packed.order_by_asc(Column::ShipmentId).order_by_asc(Column::Id);
    let packed = packed.column(vial::Column::Barcode).column_as(lot::Column::Number, "lot_number");
    packed.into_model().all(db).await
}

/// Shipments of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Shipments under way of which a reminder is due, the oldest first. The first reminder comes after `first` days. For
/// the bank's own timers.
///
/// # Errors
/// Those of the database.
pub async fn due_reminders(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    first: i64,
) -> Result<Vec<ShipmentId>, DbErr> {
    sql::due_reminders(db, idle_before(now, first), SWEEP).await
}
