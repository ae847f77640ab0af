//! Setting vials aside for an approved line, and giving them back.

use super::super::application::Application;
use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request;
use super::super::model::request_line::{self, State};
use super::super::sql::packed_in;
use super::super::steps::{cell_lines, hold_requests_of, lock_line, notify, record};
use super::super::{policy, queries};
use super::expire::{RUN_OUT, end_run_out};
use crate::actor::Verb;
use crate::audit::Changes;
use crate::catalogue::LineView;
use crate::command::{Command, Work};
use crate::id::{RequestLineId, VialId};
use crate::inventory::reservations::{self, Among};
use crate::inventory::steps::{bands, choose_free, lock_lots};
use crate::mail::Letter;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Sets the approved vials of a line aside. With too few free vials nothing is set aside and the line goes to the
/// waiting list: the answer tells by its state.
///
/// Refused: no such line, not in this state, or a requirement that is not met any more.
#[derive(Clone, Copy, Debug)]
pub struct ReserveVials {
    /// The line of a request.
    pub line: RequestLineId,
}

impl Command for ReserveVials {
    const VERB: Verb = Verb::ReserveVials;
    type Output = request_line::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request_line::Model, Error> {
        let run_out = hold_with_run_out(work, self.line).await?;
        let (request, line) = lock_line(work, self.line).await?;
        let cells = cell_lines(work, &[line.line_id]).await?;
        let approvals = queries::chosen(work, &[request.id]).await?;
        let application = Application { request: &request, approvals: &approvals };
        lock_lots(work, &[line.line_id]).await?;
        policy::reserve(application, &line, &cells, work.today())?;
        let wanted = line.vials_approved.unwrap_or(line.vials_requested);
        let before = bands(work, line.line_id, work.now()).await?;
        end_run_out(work, &run_out).await?;
        let vials = choose_free(work, line.line_id, wanted).await?;
        let line = if vials.len() == usize::try_from(wanted).unwrap_or(usize::MAX) {
            set_aside(work, &request, line, (&vials, identifier(&cells))).await?
        } else {
            wait(work, &request, line, (vials.len(), identifier(&cells))).await?
        };
        if bands(work, line.line_id, work.now()).await? != before {
            work.public_changed();
        }
        Ok(line)
    }
}

/// Reservations of the same vials that ran out make room for this line. Their requests are held together with its own,
/// in one order, before the stock. Whether they still are due is asked again then.
async fn hold_with_run_out(work: &Work<'_>, id: RequestLineId) -> Result<Vec<RequestLineId>, Error> {
    let line = request_line::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequestLine)?;
    let due = reservations::due(work, work.app.clock.now(), Among::Vials(line.line_id), RUN_OUT).await?;
    let run_out: Vec<_> = due.into_iter().map(|(id, _)| id).collect();
    if !run_out.is_empty() {
        hold_requests_of(work, &[&run_out[..], &[id]].concat()).await?;
    }
    Ok(run_out)
}

pub(super) async fn put(
    work: &Work<'_>,
    line: request_line::Model,
    state: State,
    waitlisted_at: Option<DateTime<Utc>>,
) -> Result<request_line::Model, Error> {
    let mut row: request_line::ActiveModel = line.into();
    row.state = Set(state);
    row.waitlisted_at = Set(waitlisted_at);
    Ok(row.update(work).await?)
}

/// What of a line its reservations change.
pub(super) fn snapshot(line: &request_line::Model, reserved: usize) -> serde_json::Value {
    json!({ "state": line.state.to_value(), "waitlisted_at": line.waitlisted_at, "reserved": reserved })
}

/// How letters name the cells.
pub(super) fn identifier(cells: &[LineView]) -> Option<&str> {
    cells.first().map(LineView::identifier)
}

async fn set_aside(
    work: &Work<'_>,
    request: &request::Model,
    line: request_line::Model,
    (vials, cells): (&[VialId], Option<&str>),
) -> Result<request_line::Model, Error> {
    let until = work.now() + Duration::days(work.app.config.reservation_days);
    reservations::create(work, line.id, vials, until).await?;
    let before = snapshot(&line, 0);
    let line = put(work, line, State::Reserved, None).await?;
    let changes = Changes::between(&before, &snapshot(&line, vials.len()));
    let event = RequestEvent::VialsReserved { line: line.id, vials: vials.len(), until, changes };
    record(work, request.id, event).await?;
    let letter = Letter::VialsReserved {
        request: request.number.clone(),
        line: line.id.0,
        vials: vials.len(),
        until,
        cell_line: cells.map(str::to_owned),
    };
    notify(work, request.id, [request.applicant_id], letter).await?;
    Ok(line)
}

/// Puts a line on the waiting list, once; trying again keeps its place and tells nobody twice.
async fn wait(
    work: &Work<'_>,
    request: &request::Model,
    line: request_line::Model,
    (free, cells): (usize, Option<&str>),
) -> Result<request_line::Model, Error> {
    if line.state == State::Waitlisted {
        return Ok(line);
    }
    let before = snapshot(&line, 0);
    let line = put(work, line, State::Waitlisted, Some(work.now())).await?;
    let changes = Changes::between(&before, &snapshot(&line, 0));
    let event = RequestEvent::VialsWaited { line: line.id, wanted: line.vials_approved, free, changes };
    record(work, request.id, event).await?;
    let cell_line = cells.map(str::to_owned);
    let letter = Letter::LineWaits { request: request.number.clone(), line: line.id.0, cell_line };
    notify(work, request.id, [request.applicant_id], letter).await?;
    Ok(line)
}

/// Gives reserved vials back; the line is approved again.
///
/// Refused: no such line, not in this state, nothing reserved, or vials that are packed: they leave or are unpacked
/// first.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseReservation {
    /// The line of a request.
    pub line: RequestLineId,
}

impl Command for ReleaseReservation {
    const VERB: Verb = Verb::ReleaseReservation;
    type Output = request_line::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request_line::Model, Error> {
        let (request, line) = lock_line(work, self.line).await?;
        policy::release(&request, &line, packed_in(work, &[line.id]).await?)?;
        lock_lots(work, &[line.line_id]).await?;
        let bands_before = bands(work, line.line_id, work.now()).await?;
        let vials = reservations::end(work, work.actor, line.id, reservations::Ending::Released).await?;
        let before = snapshot(&line, vials.len());
        let line = put(work, line, State::Approved, None).await?;
        if bands(work, line.line_id, work.now()).await? != bands_before {
            work.public_changed();
        }
        let changes = Changes::between(&before, &snapshot(&line, 0));
        let event = RequestEvent::ReservationReleased { line: line.id, vials: vials.len(), changes };
        record(work, request.id, event).await?;
        Ok(line)
    }
}
