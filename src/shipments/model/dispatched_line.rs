//! What left, as the statistics count it.

use super::shipment;
use crate::accounts::model::institution;
use crate::catalogue::model::cell_line;
use crate::id::{CellLineId, InstitutionId, RequestId, RequestLineId, ShipmentId};
use crate::requests::model::{request, request_line};
use sea_orm::entity::prelude::*;

/// A line of a request in a shipment, as it was at dispatch: later changes of institution, request or line do not
/// change what was counted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dispatched_line")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The shipment.
    #[sea_orm(unique_key = "line_of_shipment")]
    pub shipment_id: ShipmentId,
    /// The request.
    pub request_id: RequestId,
    /// The line of the request.
    #[sea_orm(unique_key = "line_of_shipment")]
    pub request_line_id: RequestLineId,
    /// The cell line.
    pub line_id: CellLineId,
    /// Handed over when.
    pub dispatched_at: DateTimeUtc,
    /// Calendar year in Asia/Seoul.
    pub year: i32,
    /// The first dispatch of its request line: that is the distribution. Later ones only add vials.
    pub is_distribution: bool,
    /// Vials.
    pub vials: i32,
    /// Where they went.
    pub institution_id: InstitutionId,
    /// What that was then.
    pub institution_type: institution::Type,
    /// What they were wanted for.
    pub intended_use: request::Use,
    /// ISO 3166-1 alpha-2 code of the destination.
    pub country: String,
    /// Province or metropolitan city of the delivery.
    pub region: String,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// The shipment.
    #[sea_orm(belongs_to, from = "shipment_id", to = "id")]
    pub shipment: BelongsTo<shipment::Entity>,
    /// The request.
    #[sea_orm(belongs_to, from = "request_id", to = "id")]
    pub request: BelongsTo<request::Entity>,
    /// The line of the request.
    #[sea_orm(belongs_to, from = "request_line_id", to = "id")]
    pub request_line: BelongsTo<request_line::Entity>,
    /// The cell line.
    #[sea_orm(belongs_to, from = "line_id", to = "id")]
    pub cell_line: BelongsTo<cell_line::Entity>,
    /// Where they went.
    #[sea_orm(belongs_to, from = "institution_id", to = "id")]
    pub institution: BelongsTo<institution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
