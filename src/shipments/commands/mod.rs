//! Commands on shipments, one file each.

mod dispatch;
mod pack;
mod receive;
mod remind;

pub use dispatch::{DispatchShipment, Handover};
pub use pack::CreateShipment;
pub use receive::{ArrivedVial, ConfirmReceipt};
pub use remind::RemindOfShipment;

use super::Error;
use super::model::shipment;
use crate::agreements::model::agreement;
use crate::agreements::queries as agreement_queries;
use crate::command::Work;
use crate::id::{RequestId, ShipmentId};
use crate::requests;
use crate::requests::model::request;
use crate::requests::queries as request_queries;
use crate::requests::{policy, steps};
use sea_orm::{ActiveEnum, EntityTrait, QuerySelect};
use serde_json::json;

/// Locks the request of a shipment, then the shipment: requests come first in every command.
async fn lock_shipment(work: &Work<'_>, id: ShipmentId) -> Result<(request::Model, shipment::Model), Error> {
    let found = shipment::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchShipment)?;
    let request = match steps::lock(work, found.request_id).await {
        Err(requests::Error::NoSuchRequest) => return Err(Error::NoSuchShipment),
        answer => answer?,
    };
    let shipment = shipment::Entity::find_by_id(id).lock_exclusive().one(work).await?.ok_or(Error::NoSuchShipment)?;
    Ok((request, shipment))
}

/// What of a shipment its moves change, with the states of the request's lines and how its vials arrived.
async fn snapshot(work: &Work<'_>, shipment: &shipment::Model) -> Result<serde_json::Value, Error> {
    let lines = request_queries::lines_of(work, &[shipment.request_id]).await?;
    let vials = super::queries::vials_of(work, &[shipment.id]).await?;
    let arrived = vials.iter().filter_map(|vial| Some(json!([vial.vial_id.0, vial.condition?.to_value()])));
    Ok(json!({
        "state": shipment.state.to_value(),
        "courier": shipment.courier,
        "tracking_number": shipment.tracking_number,
        "dispatched_at": shipment.dispatched_at,
        "received_at": shipment.received_at,
        "lines": lines.iter().map(|line| json!([line.id.0, line.state.to_value()])).collect::<Vec<_>>(),
        "arrived": arrived.collect::<Vec<_>>(),
    }))
}

/// The request's agreement, if vials may ship under it today.
async fn agreement_in_force(work: &Work<'_>, request: RequestId) -> Result<agreement::Model, Error> {
    let agreements = agreement_queries::of_requests(work, &[request]).await?;
    Ok(policy::agreement_in_force(&agreements, work.today())?.clone())
}
