//! Packing what was reserved.

use super::super::Error;
use super::super::model::shipment::{self, State};
use super::super::policy;
use super::agreement_in_force;
use crate::actor::{Actor, Verb};
use crate::app::{App, seoul_year};
use crate::audit;
use crate::db::{Sql, Transaction, next_number};
use crate::id::{RequestId, RequestLineId, ShipmentId, VialId};
use crate::idempotency::{self, Claim, Key};
use crate::inventory::model::vial;
use crate::inventory::{reservations, steps as inventory_steps};
use crate::requests::model::request_line;
use crate::requests::rules::Command;
use crate::requests::{self, policy as request_policy, queries, steps};
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Packs the reserved vials of a request, of all its lines or of those named, into one shipment.
///
/// # Errors
/// Not allowed, no such request or line, not in this state, no agreement in force, or nothing reserved.
pub async fn pack(
    app: &App,
    actor: &Actor,
    id: RequestId,
    only: Option<Vec<RequestLineId>>,
    key: Option<&Key>,
) -> Result<shipment::Model, Error> {
    let person = actor.person_who_may_do(Verb::CreateShipment)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "shipment.pack", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => {
            return shipment::Entity::find_by_id(ShipmentId(id)).one(&*tx).await?.ok_or(Error::NoSuchShipment);
        }
    };
    let request = steps::lock(&tx, actor, id).await?;
    request_policy::stocks(&request, actor, Command::CreateShipment)?;
    let agreement = agreement_in_force(&tx, app, id).await?;
    let lines = reserved_lines(&tx, id, only).await?;
    let row = shipment::ActiveModel {
        number: Set(next_number(&tx, "SHP", seoul_year(now)).await?),
        request_id: Set(id),
        agreement_id: Set(agreement.id),
        state: Set(State::Packed),
        created_at: Set(now),
        created_by: Set(person),
        made_up: Set(request.made_up),
        ..Default::default()
    };
    let shipment = row.insert(&*tx).await?;
    let mut packed = 0;
    inventory_steps::lock_lots(&tx, &lines.iter().map(|line| line.line_id).collect::<Vec<_>>()).await?;
    for line in &lines {
        let vials = reservations::reserved_vials(&*tx, line.id).await?;
        let (from, to) = (vial::State::Reserved, vial::State::Picked);
        let reason = format!("packed into {}", shipment.number);
        let moved = inventory_steps::move_vials(&tx, now, actor, &vials, from, to, &reason).await?;
        if vials.is_empty() || moved != vials.len() {
            return Err(Error::NothingReserved);
        }
        put(&tx, &shipment, line.id, &vials).await?;
        packed += vials.len();
    }
    let detail = json!({ "shipment": shipment.number, "vials": packed });
    let after = json!({ "state": shipment.state.to_value(), "vials": vial::State::Picked.to_value() });
    let detail = audit::with_changes(detail, &json!({ "vials": vial::State::Reserved.to_value() }), &after);
    steps::record(&tx, now, actor, "shipment.pack", id, detail).await?;
    ticket.keep(&tx, shipment.id.0).await?;
    tx.commit().await?;
    Ok(shipment)
}

/// Reserved lines that are in no living shipment yet.
async fn reserved_lines(
    tx: &Transaction,
    id: RequestId,
    only: Option<Vec<RequestLineId>>,
) -> Result<Vec<request_line::Model>, Error> {
    let mut lines = queries::lines_of(&**tx, &[id]).await?;
    if let Some(only) = only {
        if only.iter().any(|wanted| !lines.iter().any(|line| line.id == *wanted)) {
            return Err(requests::Error::NoSuchRequestLine.into());
        }
        lines.retain(|line| only.contains(&line.id));
    }
    let sql = "SELECT DISTINCT s.request_line_id FROM shipment_vial s JOIN request_line l ON l.id = s.request_line_id
               WHERE l.request_id = $1 AND NOT s.cancelled";
    let packed = Sql::with(sql, [id.0.into()]).rows(&**tx).await?;
    let packed = packed.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<RequestLineId>, _>>()?;
    lines.retain(|line| policy::packable(line, &packed));
    if lines.is_empty() { Err(Error::NothingReserved) } else { Ok(lines) }
}

async fn put(tx: &Transaction, shipment: &shipment::Model, line: RequestLineId, vials: &[VialId]) -> Result<(), Error> {
    let mut sql = Sql::new("INSERT INTO shipment_vial (shipment_id, request_id, request_line_id, vial_id) VALUES ");
    for (i, vial) in vials.iter().enumerate() {
        sql.push(if i > 0 { ", (" } else { "(" }).bind(shipment.id.0).push(", ").bind(shipment.request_id.0);
        sql.push(", ").bind(line.0).push(", ").bind(vial.0).push(")");
    }
    sql.run(&**tx).await?;
    Ok(())
}
