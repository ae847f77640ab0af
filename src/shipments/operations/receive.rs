//! The recipient confirms what arrived.

use super::super::Error;
use super::super::model::Condition;
use super::super::model::shipment::{self, State};
use super::super::policy;
use super::super::queries;
use super::{lock_shipment, snapshot};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::db::Sql;
use crate::id::{ShipmentId, VialId};
use crate::mail::Letter;
use crate::requests::model::request_line;
use crate::requests::queries as request_queries;
use crate::requests::rules::{Command, state_after};
use crate::requests::{policy as request_policy, steps};
use sea_orm::{ActiveEnum, ActiveModelTrait, Set};
use serde_json::json;

/// How one vial arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedVial {
    /// The vial.
    pub vial: VialId,
    /// Its condition.
    pub condition: Condition,
}

/// Confirms the receipt of a dispatched shipment; vials that are not named arrived in good condition. When every line of
/// the request has ended, the request is closed.
///
/// # Errors
/// Not allowed, not one's own, no such shipment, not dispatched, or a vial that is not in it.
pub async fn confirm_receipt(
    app: &App,
    actor: &Actor,
    id: ShipmentId,
    conditions: Vec<ArrivedVial>,
) -> Result<shipment::Model, Error> {
    let person = actor.person_who_may_do(Verb::ConfirmReceipt)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, shipment) = lock_shipment(&tx, actor, id).await?;
    request_policy::applicants(&request, actor, Command::ConfirmReceipt)?;
    policy::in_state(&shipment, State::Shipped)?;
    let vials = queries::vials_of(&*tx, &[id]).await?;
    for (i, arrived) in conditions.iter().enumerate() {
        if !vials.iter().any(|vial| vial.vial_id == arrived.vial) {
            return Err(Error::NotInShipment { field: format!("vials[{i}].vial") });
        }
    }
    let before = snapshot(&tx, &shipment).await?;
    for vial in &vials {
        let reported = conditions.iter().find(|arrived| arrived.vial == vial.vial_id);
        let condition = reported.map_or(Condition::Good, |arrived| arrived.condition);
        let sql = "UPDATE shipment_vial SET condition = $3 WHERE shipment_id = $1 AND vial_id = $2";
        Sql::with(sql, [id.0.into(), vial.vial_id.0.into(), condition.to_value().into()]).run(&*tx).await?;
        steps::set_line(&tx, vial.request_line_id, request_line::State::Received).await?;
    }
    let mut row: shipment::ActiveModel = shipment.into();
    row.state = Set(State::Received);
    row.received_at = Set(Some(now));
    row.received_by = Set(Some(person));
    let shipment = row.update(&*tx).await?;
    let detail = json!({ "shipment": shipment.number });
    let event_detail = audit::with_changes(detail.clone(), &before, &snapshot(&tx, &shipment).await?);
    steps::record(&tx, now, actor, "shipment.receive", request.id, event_detail).await?;
    let bank = steps::bank_side(&tx, &request).await?;
    steps::notify(&tx, now, bank, Letter::ShipmentReceived, &request, detail).await?;
    let states: Vec<_> =
        request_queries::lines_of(&*tx, &[request.id]).await?.iter().map(|request_line| request_line.state).collect();
    if let Some(state) = state_after(&states).filter(|state| *state != request.state) {
        let closed = steps::set_state(&tx, now, request.clone(), state).await?;
        steps::record_move(&tx, now, actor, "request.close", (&request, &closed), json!({})).await?;
    }
    tx.commit().await?;
    Ok(shipment)
}
