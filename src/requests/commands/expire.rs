//! What ends by itself: reservations that ran out, agreements whose last day is over.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request;
use super::super::model::request_line::{self, State};
use super::super::steps::{bank_side, cell_lines, hold_requests_of, notify, record};
use super::reserve::{identifier, put, snapshot};
use crate::actor::{Actor, Verb};
use crate::agreements::model::agreement;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::RequestLineId;
use crate::inventory::reservations::{self, Among};
use crate::inventory::steps::lock_lots;
use crate::mail::Letter;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

/// Request lines whose reservations are ended to make room for another.
pub(super) const RUN_OUT: u64 = 100;
/// Agreements that one command ends.
const AGREEMENTS: u64 = 200;

/// Ends the reservations of a request line if they ran out; the line is approved again. Until then it could be packed,
/// given back, or ended by another instance. The answer is whether they were still due.
///
/// Refused: no such line.
#[derive(Clone, Copy, Debug)]
pub struct ExpireReservations {
    /// The line of a request.
    pub line: RequestLineId,
}

impl Command for ExpireReservations {
    const VERB: Verb = Verb::ExpireReservations;
    type Output = bool;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<bool, Error> {
        hold_requests_of(work, &[self.line]).await?;
        let line = line(work, self.line).await?;
        lock_lots(work, &[line.line_id]).await?;
        Ok(end_run_out(work, &[line.id]).await? > 0)
    }
}

async fn line(work: &Work<'_>, id: RequestLineId) -> Result<request_line::Model, Error> {
    request_line::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequestLine)
}

/// Ends what of these is still due, now that their requests and the stock are locked. They end by themselves, whoever
/// needs the room: so the history has it.
pub(super) async fn end_run_out(work: &Work<'_>, run_out: &[RequestLineId]) -> Result<usize, Error> {
    let actor = Actor::system("reservations");
    let due = reservations::due(work, work.now(), Among::Lines(run_out), RUN_OUT).await?;
    for (id, _) in &due {
        let vials = reservations::end(work, &actor, *id, reservations::Ending::Expired).await?;
        let line = line(work, *id).await?;
        let request = request::Entity::find_by_id(line.request_id).one(work).await?.ok_or(Error::NoSuchRequest)?;
        let before = snapshot(&line, vials.len());
        let line = put(work, line, State::Approved, None).await?;
        let event =
            RequestEvent::ReservationExpired { line: *id, changes: Changes::between(&before, &snapshot(&line, 0)) };
        audit::record_as(work, &actor, request.id, &event).await?;
        let mut to = bank_side(work, &request).await?;
        to.push(request.applicant_id);
        let cells = cell_lines(work, &[line.line_id]).await?;
        let letter = Letter::ReservationExpired {
            request: request.number.clone(),
            line: id.0,
            cell_line: identifier(&cells).map(str::to_owned),
        };
        notify(work, request.id, to, letter).await?;
    }
    Ok(due.len())
}

/// Ends agreements whose last day is over, in Asia/Seoul. The service does this every minute; whatever asks for an
/// agreement in force looks at the day meanwhile. The answer is how many ended.
///
/// Refused: nothing.
#[derive(Clone, Copy, Debug)]
pub struct ExpireAgreements;

impl Command for ExpireAgreements {
    const VERB: Verb = Verb::ExpireAgreements;
    type Output = usize;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<usize, Error> {
        use agreement::{Column, Entity, State};
        // Whichever instance changes the row writes the event.
        let in_force = || Column::State.eq(State::InForce);
        let over = Entity::find().filter(in_force()).filter(Column::ExpiresOn.lt(work.app.clock.today()));
        let over = over.order_by_asc(Column::ExpiresOn).order_by_asc(Column::Id).limit(AGREEMENTS);
        let over = over.select_only().column(Column::Id).into_query();
        let ended = Entity::update_many()
            .col_expr(Column::State, Expr::value(State::Expired))
            .filter(in_force())
            .filter(Column::Id.in_subquery(over));
        let ended = ended.exec_with_returning(work).await?;
        for one in &ended {
            let changes = Changes::of("state", "in_force", "expired");
            let event = RequestEvent::AgreementExpired { agreement: one.number.clone(), changes };
            record(work, one.request_id, event).await?;
        }
        Ok(ended.len())
    }
}
