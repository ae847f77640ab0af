//! The recipient confirms what arrived.

use super::super::Error;
use super::super::model::shipment::{self, State};
use super::super::model::{Condition, ShippedVial, shipment_vial};
use super::super::policy;
use super::super::queries;
use super::{lock_shipment, snapshot};
use crate::actor::Verb;
use crate::audit::Changes;
use crate::command::{Command, Work};
use crate::id::{ShipmentId, VialId};
use crate::mail::Letter;
use crate::requests::events::RequestEvent;
use crate::requests::model::{request, request_line};
use crate::requests::queries as request_queries;
use crate::requests::rules::{Move, state_after};
use crate::requests::{policy as request_policy, steps};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};

/// How one vial arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedVial {
    /// The vial.
    pub vial: VialId,
    /// Its condition.
    pub condition: Condition,
}

/// Confirms the receipt of a dispatched shipment. When every line of the request has ended, the request is closed.
///
/// Refused: no such shipment, not one's own, not dispatched, or a vial that is not in it.
#[derive(Clone, Debug)]
pub struct ConfirmReceipt {
    /// The shipment.
    pub shipment: ShipmentId,
    /// How its vials arrived; those that are not named arrived in good condition.
    pub arrived: Vec<ArrivedVial>,
}

impl Command for ConfirmReceipt {
    const VERB: Verb = Verb::ConfirmReceipt;
    type Output = shipment::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<shipment::Model, Error> {
        let (request, shipment) = lock_shipment(work, self.shipment).await?;
        request_policy::applicants(&request, work.actor, Move::ConfirmReceipt)?;
        policy::in_state(&shipment, State::Shipped)?;
        let vials = queries::vials_of(work, &[shipment.id]).await?;
        for (i, arrived) in self.arrived.iter().enumerate() {
            if !vials.iter().any(|vial| vial.vial_id == arrived.vial) {
                return Err(Error::NotInShipment { field: format!("vials[{i}].vial") });
            }
        }
        let before = snapshot(work, &shipment).await?;
        for vial in &vials {
            self.receive(work, vial).await?;
        }
        let mut row: shipment::ActiveModel = shipment.into();
        row.state = Set(State::Received);
        row.received_at = Set(Some(work.now()));
        row.received_by = Set(Some(work.person()?));
        let shipment = row.update(work).await?;
        let number = &shipment.number;
        let changes = Changes::between(&before, &snapshot(work, &shipment).await?);
        let event = RequestEvent::ShipmentReceived { shipment: number.clone(), changes };
        steps::record(work, request.id, event).await?;
        let bank = steps::bank_side(work, &request).await?;
        let letter = Letter::ShipmentReceived { request: request.number.clone(), shipment: number.clone() };
        steps::notify(work, request.id, bank, letter).await?;
        close_if_ended(work, request).await?;
        Ok(shipment)
    }
}

impl ConfirmReceipt {
    async fn receive(&self, work: &Work<'_>, vial: &ShippedVial) -> Result<(), Error> {
        let reported = self.arrived.iter().find(|arrived| arrived.vial == vial.vial_id);
        let condition = reported.map_or(Condition::Good, |arrived| arrived.condition);
        let row = shipment_vial::ActiveModel { condition: Set(Some(condition)), ..Default::default() };
        let arrived = shipment_vial::Entity::update_many().set(row);
        let arrived = arrived.filter(shipment_vial::Column::ShipmentId.eq(self.shipment));
        arrived.filter(shipment_vial::Column::VialId.eq(vial.vial_id)).exec(work).await?;
        Ok(steps::set_line(work, vial.request_line_id, request_line::State::Received).await?)
    }
}

/// With the last of its lines a request has ended.
async fn close_if_ended(work: &Work<'_>, request: request::Model) -> Result<(), Error> {
    let states: Vec<_> = request_queries::lines_of(work, &[request.id]).await?.iter().map(|line| line.state).collect();
    if let Some(state) = state_after(&states).filter(|state| *state != request.state) {
        let closed = steps::set_state(work, request.clone(), state).await?;
        steps::record(work, request.id, RequestEvent::Closed { changes: steps::moved(&request, &closed) }).await?;
    }
    Ok(())
}
