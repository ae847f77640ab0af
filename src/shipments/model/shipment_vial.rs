//! Vials in shipments.

use super::{Condition, shipment};
use crate::id::{RequestId, RequestLineId, ShipmentId, VialId};
use crate::inventory::model::vial;
use crate::requests::model::request_line;
use sea_orm::entity::prelude::*;

/// A vial in a shipment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment_vial")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shipment.
    pub shipment_id: ShipmentId,
    /// The vial.
    pub vial_id: VialId,
    /// The request line it serves.
    pub request_line_id: RequestLineId,
    /// The request of both, so that the database can hold them together.
    pub request_id: RequestId,
    /// The shipment was unpacked; the vial may be in another one now.
    pub cancelled: bool,
    /// How it arrived, once received.
    pub condition: Option<Condition>,
    /// The shipment.
    #[sea_orm(belongs_to, from = "shipment_id", to = "id")]
    pub shipment: BelongsTo<shipment::Entity>,
    /// The vial.
    #[sea_orm(belongs_to, from = "vial_id", to = "id")]
    pub vial: BelongsTo<vial::Entity>,
    /// The request line it serves.
    #[sea_orm(belongs_to, from = "request_line_id", to = "id")]
    pub request_line: BelongsTo<request_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
