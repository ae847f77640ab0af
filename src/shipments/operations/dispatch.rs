//! Handing a shipment over: the moment that the statistics count.

use super::super::Error;
use super::super::model::shipment::{self, State};
use super::super::policy;
use super::super::queries;
use super::{agreement_in_force, lock_shipment, snapshot};
use crate::accounts;
use crate::actor::{Actor, Verb};
use crate::app::{App, seoul_year};
use crate::audit;
use crate::db::{Sql, Transaction};
use crate::id::{LineId, RequestLineId, ShipmentId, VialId};
use crate::inventory::model::vial;
use crate::inventory::{reservations, steps as inventory_steps};
use crate::mail::Letter;
use crate::requests;
use crate::requests::model::{request, request_line};
use crate::requests::rules::Command;
use crate::requests::{policy as request_policy, queries as request_queries, steps};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, Set};
use serde_json::json;
use std::collections::BTreeMap;

/// To whom a shipment is handed.
#[derive(Clone, Debug, Default)]
pub struct Handover {
    /// Carrier, at most 200 characters; none for a pick-up.
    pub courier: Option<String>,
    /// The carrier's number, at most 200 characters.
    pub tracking_number: Option<String>,
}

/// Hands a packed shipment over. Its vials leave the bank, its request lines are shipped, and what the statistics count is
/// written down: recipient and year in Asia/Seoul are frozen here.
///
/// # Errors
/// Not allowed, no such shipment, not packed, no agreement in force, or a requirement that is not met any more.
pub async fn dispatch(app: &App, actor: &Actor, id: ShipmentId, to: Handover) -> Result<shipment::Model, Error> {
    let person = actor.person_who_may_do(Verb::DispatchShipment)?;
    for (field, text) in [("courier", &to.courier), ("trackingNumber", &to.tracking_number)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(Error::TooLong { field });
        }
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, shipment) = lock_shipment(&tx, actor, id).await?;
    request_policy::stocks(&request, actor, Command::Dispatch)?;
    policy::in_state(&shipment, State::Packed)?;
    agreement_in_force(&tx, app, request.id).await?;
    let mut by_line: BTreeMap<RequestLineId, Vec<VialId>> = BTreeMap::new();
    for vial in queries::vials_of(&*tx, &[id]).await? {
        by_line.entry(vial.request_line_id).or_default().push(vial.vial_id);
    }
    let before = snapshot(&tx, &shipment).await?;
    let lines = request_queries::lines_of(&*tx, &[request.id]).await?;
    let cells = |line: &RequestLineId| lines.iter().find(|one| one.id == *line).map(|one| one.line_id);
    inventory_steps::lock_lots(&tx, &by_line.keys().filter_map(cells).collect::<Vec<_>>()).await?;
    for (line, vials) in &by_line {
        let cell_line = cells(line).ok_or(requests::Error::NoSuchRequestLine)?;
        send(app, actor, &tx, &request, id, (*line, cell_line), vials).await?;
    }
    let mut row: shipment::ActiveModel = shipment.into();
    row.state = Set(State::Shipped);
    row.courier = Set(to.courier.filter(|text| !text.trim().is_empty()));
    row.tracking_number = Set(to.tracking_number.filter(|text| !text.trim().is_empty()));
    row.dispatched_at = Set(Some(now));
    row.dispatched_by = Set(Some(person));
    let shipment = row.update(&*tx).await?;
    let detail = json!({ "shipment": shipment.number });
    let event_detail = audit::with_changes(detail.clone(), &before, &snapshot(&tx, &shipment).await?);
    steps::record(&tx, now, actor, "shipment.dispatch", request.id, event_detail).await?;
    steps::notify(&tx, now, [request.applicant_id], Letter::ShipmentDispatched, &request, detail).await?;
    tx.public_changed();
    tx.commit().await?;
    Ok(shipment)
}

/// One line of the request leaves.
async fn send(
    app: &App,
    actor: &Actor,
    tx: &Transaction,
    request: &request::Model,
    shipment: ShipmentId,
    (line, cell_line): (RequestLineId, LineId),
    vials: &[VialId],
) -> Result<(), Error> {
    let now = app.clock.now();
    let cell_lines = steps::cell_lines(tx, &[cell_line]).await?;
    steps::check_requirements(request, &cell_lines, app.clock.today())?;
    let (from, to) = (vial::State::Picked, vial::State::Shipped);
    let moved = inventory_steps::move_vials(tx, now, actor, vials, from, to, "dispatched").await?;
    if moved != vials.len() {
        return Err(Error::WrongState);
    }
    reservations::end(tx, now, actor, line, reservations::Ending::Shipped).await?;
    steps::set_line(tx, line, request_line::State::Shipped).await?;
    record_distribution(tx, now, request, shipment, line, cell_line, vials.len()).await
}

/// Writes what the statistics count. A request line is one distribution, at its first dispatch (definition of the yearly
/// report); a later dispatch of the same line only adds vials.
async fn record_distribution(
    tx: &Transaction,
    now: DateTime<Utc>,
    request: &request::Model,
    shipment: ShipmentId,
    line: RequestLineId,
    cell_line: LineId,
    vials: usize,
) -> Result<(), Error> {
    let institution = accounts::queries::institutions_by_id(&**tx, &[request.institution_id]).await?.pop();
    let institution = institution.ok_or(requests::Error::NoInstitution)?;
    let intended_use = request.intended_use.ok_or(requests::Error::Required { field: "intendedUse".into() })?;
    let earlier = Sql::with("SELECT count(*) FROM dispatched_line WHERE request_line_id = $1", [line.0.into()]);
    let is_first = earlier.number(&**tx).await? == 0;
    let sql = "INSERT INTO dispatched_line
                 (shipment_id, request_id, request_line_id, line_id, dispatched_at, year, is_distribution, vials,
                  institution_id, institution_type, intended_use, country, region, made_up)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values = [
        shipment.0.into(),
        request.id.0.into(),
        line.0.into(),
        cell_line.0.into(),
        now.into(),
        seoul_year(now).into(),
        is_first.into(),
        i32::try_from(vials).unwrap_or(i32::MAX).into(),
        institution.id.0.into(),
        institution.institution_type.to_value().into(),
        intended_use.to_value().into(),
        request.country.clone().into(),
        request.region.clone().into(),
        request.made_up.into(),
    ];
    Sql::with(sql, values).run(&**tx).await?;
    Ok(())
}
