//! Reminders of shipments whose receipt nobody confirmed.

use super::shipment;
use crate::id::ShipmentId;
use sea_orm::entity::prelude::*;

/// A reminder that was sent: each at most once, whichever instance of the bank sends it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment_reminder")]
pub struct Model {
    /// The shipment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shipment_id: ShipmentId,
    /// Which reminder, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    /// Sent when.
    pub reminded_at: DateTimeUtc,
    /// The shipment.
    #[sea_orm(belongs_to, from = "shipment_id", to = "id")]
    pub shipment: BelongsTo<shipment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
