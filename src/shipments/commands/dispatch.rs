//! Handing a shipment over: the moment that the statistics count.

use super::super::model::dispatched_line;
use super::super::model::shipment::{self, State};
use super::super::{Error, policy, queries};
use super::{agreement_in_force, lock_shipment, snapshot};
use crate::accounts;
use crate::actor::Verb;
use crate::app::{seoul_date, seoul_year};
use crate::audit::Changes;
use crate::characters::one_line;
use crate::command::{Command, Work};
use crate::db::has_any;
use crate::id::{CellLineId, RequestLineId, ShipmentId, VialId};
use crate::inventory::steps::{VialMove, lock_lots, move_vials};
use crate::inventory::{VialState, reservations};
use crate::mail::Letter;
use crate::requests;
use crate::requests::events::RequestEvent;
use crate::requests::model::{request, request_line};
use crate::requests::regions;
use crate::requests::rules::Move;
use crate::requests::{policy as request_policy, queries as request_queries, steps};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use std::collections::BTreeMap;

/// To whom a shipment is handed.
#[derive(Clone, Debug, Default)]
pub struct Handover {
    /// Carrier, at most 200 characters; none for a pick-up.
    pub courier: Option<String>,
    /// The carrier's number, at most 200 characters.
    pub tracking_number: Option<String>,
}

/// Hands a packed shipment over. Its vials leave the bank, its request lines are shipped, and what the statistics count
/// is written down: recipient and year in Asia/Seoul are frozen here.
///
/// Refused: no such shipment, not packed, no agreement in force, a requirement that is not met any more, or an overlong
/// name or number of the carrier.
#[derive(Clone, Debug)]
pub struct DispatchShipment {
    /// The shipment.
    pub shipment: ShipmentId,
    /// To whom.
    pub to: Handover,
}

impl Command for DispatchShipment {
    const VERB: Verb = Verb::DispatchShipment;
    type Output = shipment::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        for (field, text) in [("courier", &self.to.courier), ("trackingNumber", &self.to.tracking_number)] {
            if text.as_ref().is_some_and(|text| one_line(text).chars().count() > 200) {
                return Err(Error::TooLong { field });
            }
        }
        Ok(())
    }

    async fn apply(&self, work: &Work<'_>) -> Result<shipment::Model, Error> {
        let (request, shipment) = lock_shipment(work, self.shipment).await?;
        request_policy::in_state(&request, Move::Dispatch)?;
        policy::in_state(&shipment, State::Packed)?;
        agreement_in_force(work, request.id).await?;
        let before = snapshot(work, &shipment).await?;
        for packed in packed_lines(work, &shipment).await? {
            send(work, &request, shipment.id, &packed).await?;
        }
        let said = |text: &Option<String>| text.as_deref().map(one_line).filter(|text| !text.is_empty());
        let mut row: shipment::ActiveModel = shipment.into();
        row.state = Set(State::Shipped);
        row.courier = Set(said(&self.to.courier));
        row.tracking_number = Set(said(&self.to.tracking_number));
        row.dispatched_at = Set(Some(work.now()));
        row.dispatched_by = Set(Some(work.person()?));
        let shipment = row.update(work).await?;
        let number = &shipment.number;
        let changes = Changes::between(&before, &snapshot(work, &shipment).await?);
        let event = RequestEvent::ShipmentDispatched { shipment: number.clone(), changes };
        steps::record(work, request.id, event).await?;
        let letter = Letter::ShipmentDispatched { request: request.number.clone(), shipment: number.clone() };
        steps::notify(work, request.id, [request.applicant_id], letter).await?;
        work.public_changed();
        Ok(shipment)
    }
}

/// What leaves of one line of the request.
struct PackedLine {
    line: RequestLineId,
    cell_line: CellLineId,
    vials: Vec<VialId>,
}

/// What lies in the shipment, line by line; the stock of all of it is locked.
async fn packed_lines(work: &Work<'_>, shipment: &shipment::Model) -> Result<Vec<PackedLine>, Error> {
    let mut by_line: BTreeMap<RequestLineId, Vec<VialId>> = BTreeMap::new();
    for vial in queries::vials_of(work, &[shipment.id]).await? {
        by_line.entry(vial.request_line_id).or_default().push(vial.vial_id);
    }
    let lines = request_queries::lines_of(work, &[shipment.request_id]).await?;
    let packed = by_line.into_iter().map(|(line, vials)| {
        let cells = lines.iter().find(|one| one.id == line).ok_or(requests::Error::NoSuchRequestLine)?;
        Ok(PackedLine { line, cell_line: cells.line_id, vials })
    });
    let packed = packed.collect::<Result<Vec<_>, Error>>()?;
    lock_lots(work, &packed.iter().map(|one| one.cell_line).collect::<Vec<_>>()).await?;
    Ok(packed)
}

/// One line of the request leaves.
async fn send(
    work: &Work<'_>,
    request: &request::Model,
    shipment: ShipmentId,
    packed: &PackedLine,
) -> Result<(), Error> {
    let PackedLine { line, cell_line, vials } = packed;
    let cell_lines = steps::cell_lines(work, &[*cell_line]).await?;
    let approvals = request_queries::chosen(work, &[request.id]).await?;
    let application = requests::Application { request, approvals: &approvals };
    request_policy::check_requirements(application, &cell_lines, work.today())?;
    let dispatched = VialMove { from: VialState::Picked, to: VialState::Shipped, reason: "dispatched" };
    let moved = move_vials(work, work.actor, vials, &dispatched).await?;
    if moved != vials.len() {
        return Err(Error::WrongState);
    }
    reservations::end(work, work.actor, *line, reservations::Ending::Shipped).await?;
    steps::set_line(work, *line, request_line::State::Shipped).await?;
    record_distribution(work, request, shipment, packed).await
}

/// Writes what the statistics count. A request line is one distribution, at its first dispatch (definition of the
/// yearly report); a later dispatch of the same line only adds vials.
async fn record_distribution(
    work: &Work<'_>,
    request: &request::Model,
    shipment: ShipmentId,
    packed: &PackedLine,
) -> Result<(), Error> {
    let institution = accounts::queries::institutions_by_id(work, &[request.institution_id]).await?.pop();
    let institution = institution.ok_or(requests::Error::NoInstitution)?;
    let intended_use = request.intended_use.ok_or(requests::Error::Required { field: "intendedUse".into() })?;
    let earlier = dispatched_line::Entity::find().filter(dispatched_line::Column::RequestLineId.eq(packed.line));
    let is_first = !has_any(work, earlier).await?;
    let row = dispatched_line::ActiveModel {
        shipment_id: Set(shipment),
        request_id: Set(request.id),
        request_line_id: Set(packed.line),
        line_id: Set(packed.cell_line),
        dispatched_at: Set(work.now()),
        year: Set(seoul_year(work.now())),
        is_distribution: Set(is_first),
        vials: Set(i32::try_from(packed.vials.len()).unwrap_or(i32::MAX)),
        institution_id: Set(institution.id),
        institution_type: Set(institution.institution_type),
        intended_use: Set(intended_use),
        country: Set(request.country.clone()),
        region: Set(region_of(request, work.now())),
        made_up: Set(request.made_up),
        ..Default::default()
    };
    dispatched_line::Entity::insert(row).exec_without_returning(work).await?;
    Ok(())
}

/// The region under the name that is valid on the day of the dispatch; abroad it is what the applicant wrote.
fn region_of(request: &request::Model, now: DateTime<Utc>) -> String {
    let official = if request.country == "KR" { regions::named(&request.region, seoul_date(now)) } else { None };
    official.map_or_else(|| request.region.clone(), str::to_owned)
}
