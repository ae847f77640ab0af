//! Whether somebody may give a command to a request or its shipments now, and why not: what
//! [`crate::requests::policy`] says, and on top what shipments know.

use super::Error;
use super::model::ShippedVial;
use super::model::shipment::{self, State};
use crate::actor::Actor;
use crate::id::RequestLineId;
use crate::requests::model::request_line;
use crate::requests::policy::{self, agreement_in_force, check_requirements, one_of};
use crate::requests::rules::{Move, TABLE};

/// What the answers depend on.
#[derive(Clone, Copy, Debug)]
pub struct PolicyContext<'a> {
    /// The request with its lines and agreements.
    pub request: policy::PolicyContext<'a>,
    /// Its shipments.
    pub shipments: &'a [shipment::Model],
    /// The vials in them.
    pub vials: &'a [ShippedVial],
}

/// Every move of a request with the answer that its command would get now, in the order of the table. One that needs
/// more than the request (a line, a party, a shipment) is allowed if it can be made for one of them.
pub fn answers(context: &PolicyContext<'_>, actor: &Actor) -> Vec<(Move, Result<(), Error>)> {
    TABLE.iter().map(|row| (row.0, answer(context, actor, row.0))).collect()
}

fn answer(context: &PolicyContext<'_>, actor: &Actor, wanted: Move) -> Result<(), Error> {
    policy::answer(&context.request, actor, wanted)?;
    match wanted {
        Move::ReleaseReservation => {
            let reserved = context.request.lines.iter().filter(|line| line.state == request_line::State::Reserved);
            one_of(reserved.map(|line| release(context, line)), Error::NothingReserved)
        }
        Move::CreateShipment => pack(context),
        Move::Dispatch => {
            one_of(context.shipments.iter().map(|shipment| dispatch(context, shipment)), Error::WrongState)
        }
        Move::ConfirmReceipt => {
            let answers = context.shipments.iter().map(|shipment| in_state(shipment, State::Shipped));
            one_of(answers, Error::WrongState)
        }
        _ => Ok(()),
    }
}

/// Putting back the vials of one line: set aside and not packed.
///
/// # Errors
/// What the command would answer.
pub fn release(context: &PolicyContext<'_>, line: &request_line::Model) -> Result<(), Error> {
    let holds = |shipment: &&shipment::Model| {
        let mut inside = context.vials.iter().filter(|vial| vial.shipment_id == shipment.id);
        shipment.state == State::Packed && inside.any(|vial| vial.request_line_id == line.id)
    };
    let packed = context.shipments.iter().filter(holds).map(|shipment| shipment.number.clone()).collect();
    Ok(policy::release(context.request.request, line, packed)?)
}

/// Something reserved that is not packed yet, under an agreement in force.
fn pack(context: &PolicyContext<'_>) -> Result<(), Error> {
    agreement_in_force(context.request.agreements, context.request.today)?;
    let living = |vial: &&ShippedVial| {
        let shipment = context.shipments.iter().find(|shipment| shipment.id == vial.shipment_id);
        shipment.is_some_and(|shipment| shipment.state != State::Cancelled)
    };
    let packed: Vec<RequestLineId> = context.vials.iter().filter(living).map(|vial| vial.request_line_id).collect();
    let packable = context.request.lines.iter().any(|line| self::packable(line, &packed));
    if packable { Ok(()) } else { Err(Error::NothingReserved) }
}

/// A line is packed when its vials are set aside and in no living shipment yet.
pub(super) fn packable(line: &request_line::Model, packed: &[RequestLineId]) -> bool {
    line.state == request_line::State::Reserved && !packed.contains(&line.id)
}

/// A packed shipment, an agreement in force, and for each line no requirement against it.
fn dispatch(context: &PolicyContext<'_>, shipment: &shipment::Model) -> Result<(), Error> {
    in_state(shipment, State::Packed)?;
    let policy::PolicyContext { lines, cell_lines, agreements, today, .. } = context.request;
    let application = context.request.application();
    agreement_in_force(agreements, today)?;
    let inside: Vec<_> =
        context.vials.iter().filter(|v| v.shipment_id == shipment.id).map(|v| v.request_line_id).collect();
    for line in lines.iter().filter(|line| inside.contains(&line.id)) {
        check_requirements(application, cell_lines.iter().filter(|cell_line| cell_line.id == line.line_id), today)?;
    }
    Ok(())
}

/// A packed one is dispatched, a dispatched one is received.
pub(super) fn in_state(shipment: &shipment::Model, state: State) -> Result<(), Error> {
    if shipment.state == state { Ok(()) } else { Err(Error::WrongState) }
}
