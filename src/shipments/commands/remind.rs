//! Reminding an applicant of a shipment whose receipt nobody confirmed.

use super::super::Error;
use super::super::model::reminder;
use super::super::model::shipment::State;
use super::lock_shipment;
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::id::ShipmentId;
use crate::mail::{Letter, Waiting};
use crate::requests::rules::reminder_due;
use crate::requests::steps;
use sea_orm::{EntityTrait, Set, TryInsertResult};

/// Posts the reminder of a shipment that left and was not confirmed as received, to the applicant, if one is due by the
/// rule of requests: the first one `reminder_days` after the dispatch, then one a week, three at most. The answer is
/// whether it was due.
///
/// Refused: no such shipment.
#[derive(Clone, Copy, Debug)]
pub struct RemindOfShipment {
    /// The shipment.
    pub shipment: ShipmentId,
}

impl Command for RemindOfShipment {
    const VERB: Verb = Verb::RemindOfShipment;
    type Output = bool;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<bool, Error> {
        let (request, shipment) = lock_shipment(work, self.shipment).await?;
        let Some(since) = shipment.dispatched_at.filter(|_| shipment.state == State::Shipped) else { return Ok(false) };
        let days = (work.now() - since).num_days();
        let Some(ordinal) = reminder_due(days, work.app.config.reminder_days) else { return Ok(false) };
        let row = reminder::ActiveModel {
            shipment_id: Set(shipment.id),
            ordinal: Set(ordinal),
            reminded_at: Set(work.now()),
        };
        let reminded = reminder::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(work).await?;
        if !matches!(reminded, TryInsertResult::Inserted(1)) {
            return Ok(false);
        }
        let waits_for = Waiting::Receipt { shipment: shipment.number.clone() };
        let letter = Letter::Reminder { request: request.number.clone(), days, waits_for };
        steps::notify(work, request.id, [request.applicant_id], letter).await?;
        Ok(true)
    }
}
