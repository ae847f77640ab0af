//! Packing what was reserved.

use super::super::model::shipment::{self, State};
use super::super::model::shipment_vial;
use super::super::{Error, policy};
use super::agreement_in_force;
use crate::actor::Verb;
use crate::app::seoul_year;
use crate::audit::Changes;
use crate::command::{Command, Create, Work};
use crate::db::next_number;
use crate::id::{RequestId, RequestLineId, ShipmentId, VialId};
use crate::inventory::steps::{VialMove, lock_lots, move_vials};
use crate::inventory::{VialState, reservations};
use crate::requests::events::RequestEvent;
use crate::requests::model::{request, request_line};
use crate::requests::rules::Move;
use crate::requests::{self, policy as request_policy, queries, steps};
use sea_orm::{ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// Packs the reserved vials of a request into one shipment.
///
/// Refused: no such request or line, not in this state, no agreement in force, or nothing reserved.
#[derive(Clone, Debug)]
pub struct CreateShipment {
    /// The request.
    pub request: RequestId,
    /// Its lines to pack; all that are reserved unless told.
    pub lines: Option<Vec<RequestLineId>>,
}

impl Command for CreateShipment {
    const VERB: Verb = Verb::CreateShipment;
    type Output = shipment::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<shipment::Model, Error> {
        let request = steps::lock(work, self.request).await?;
        request_policy::in_state(&request, Move::CreateShipment)?;
        let agreement = agreement_in_force(work, request.id).await?;
        let lines = self.reserved_lines(work).await?;
        let row = shipment::ActiveModel {
            number: Set(next_number(work, "SHP", seoul_year(work.now())).await?),
            request_id: Set(request.id),
            agreement_id: Set(agreement.id),
            state: Set(State::Packed),
            created_at: Set(work.now()),
            created_by: Set(work.person()?),
            made_up: Set(request.made_up),
            ..Default::default()
        };
        let shipment = row.insert(work).await?;
        lock_lots(work, &lines.iter().map(|line| line.line_id).collect::<Vec<_>>()).await?;
        let mut packed = 0;
        for line in &lines {
            packed += put(work, &shipment, line.id).await?;
        }
        record_packing(work, &request, &shipment, packed).await?;
        Ok(shipment)
    }
}

impl Create for CreateShipment {
    fn made(shipment: &shipment::Model) -> i64 {
        shipment.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<shipment::Model, Error> {
        shipment::Entity::find_by_id(ShipmentId(made)).one(work).await?.ok_or(Error::NoSuchShipment)
    }
}

impl CreateShipment {
    /// Reserved lines that are in no living shipment yet.
    async fn reserved_lines(&self, work: &Work<'_>) -> Result<Vec<request_line::Model>, Error> {
        let mut lines = queries::lines_of(work, &[self.request]).await?;
        if let Some(only) = &self.lines {
            if only.iter().any(|wanted| !lines.iter().any(|line| line.id == *wanted)) {
                return Err(requests::Error::NoSuchRequestLine.into());
            }
            lines.retain(|line| only.contains(&line.id));
        }
        let packed = shipment_vial::Entity::find()
            .filter(shipment_vial::Column::RequestId.eq(self.request))
            .filter(shipment_vial::Column::Cancelled.eq(false));
        let packed = packed.select_only().column(shipment_vial::Column::RequestLineId).distinct();
        let packed: Vec<RequestLineId> = packed.into_tuple().all(work).await?;
        lines.retain(|line| policy::packable(line, &packed));
        if lines.is_empty() { Err(Error::NothingReserved) } else { Ok(lines) }
    }
}

/// Puts the reserved vials of a line into the shipment: how many.
async fn put(work: &Work<'_>, shipment: &shipment::Model, line: RequestLineId) -> Result<usize, Error> {
    let vials = reservations::reserved_vials(work, line).await?;
    let reason = format!("packed into {}", shipment.number);
    let packed = VialMove { from: VialState::Reserved, to: VialState::Picked, reason: &reason };
    let moved = move_vials(work, work.actor, &vials, &packed).await?;
    if vials.is_empty() || moved != vials.len() {
        return Err(Error::NothingReserved);
    }
    write(work, shipment, line, &vials).await?;
    Ok(vials.len())
}

async fn write(
    work: &Work<'_>,
    shipment: &shipment::Model,
    line: RequestLineId,
    vials: &[VialId],
) -> Result<(), Error> {
    let rows = vials.iter().map(|vial| shipment_vial::ActiveModel {
        shipment_id: Set(shipment.id),
        request_id: Set(shipment.request_id),
        request_line_id: Set(line),
        vial_id: Set(*vial),
        ..Default::default()
    });
    shipment_vial::Entity::insert_many(rows).exec_without_returning(work).await?;
    Ok(())
}

async fn record_packing(
    work: &Work<'_>,
    request: &request::Model,
    shipment: &shipment::Model,
    vials: usize,
) -> Result<(), Error> {
    let before = json!({ "vials": VialState::Reserved.to_value() });
    let after = json!({ "state": shipment.state.to_value(), "vials": VialState::Picked.to_value() });
    let changes = Changes::between(&before, &after);
    let event = RequestEvent::ShipmentPacked { shipment: shipment.number.clone(), vials, changes };
    Ok(steps::record(work, request.id, event).await?)
}
