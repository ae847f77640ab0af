//! Withdrawing a cell line: it is given out no more, and what was requested of it and has not left ends.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request::{self, State};
use super::super::model::request_line::{self, State as LineState};
use super::super::queries;
use super::super::rules::state_after;
use super::super::sql::packed_in;
use super::super::steps::{moved, notify, record, set_state};
use super::decide::record_decision;
use crate::actor::Verb;
use crate::audit::Changes;
use crate::catalogue::publication::Reason;
use crate::catalogue::{LineView, PublicationStatus, steps as catalogue};
use crate::command::{Command, Work};
use crate::id::{CellLineId, RequestId};
use crate::inventory::{reservations, steps as inventory_steps};
use crate::mail::Letter;
use chrono::NaiveDate;
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};

/// Requests that are handed in and not ended, as SQL. A draft is its writer's own: handing it in is refused.
const OPEN: [State; 4] = [State::Submitted, State::Returned, State::UnderReview, State::Approved];
/// Request lines of which nothing has left.
const UNDELIVERED: [LineState; 4] =
    [LineState::Requested, LineState::Approved, LineState::Waitlisted, LineState::Reserved];

/// Withdraws a line for good. Its page stays and says why. Its undelivered request lines are cancelled, vials that were
/// reserved for them are put back, and applicants and principal investigators are told; a request of which nothing is
/// left is closed.
///
/// Refused: a reason that lacks words in a language or is too long, no such held line, one that is a draft or withdrawn
/// already, or vials of it that are packed: they leave or are unpacked first.
#[derive(Clone, Debug)]
pub struct WithdrawCellLine {
    /// The held line.
    pub line: CellLineId,
    /// Why, as everybody reads it.
    pub reason: Reason,
}

impl Command for WithdrawCellLine {
    const VERB: Verb = Verb::WithdrawCellLine;
    type Output = LineView;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        self.reason.checked()?;
        Ok(())
    }

    async fn apply(&self, work: &Work<'_>) -> Result<LineView, Error> {
        let reason = self.reason.checked()?;
        // Requests before the line, each by its key: whoever changes a request holds it before it touches lines and
        // stock.
        let requests = lock_requests(work, self.line).await?;
        let line = catalogue::lock_held(work, self.line).await?;
        inventory_steps::lock_lots(work, &[line.id]).await?;
        let line = catalogue::set_publication(work, line, PublicationStatus::Withdrawn, Some(&reason)).await?;
        refuse_packed(work, &requests, line.id).await?;
        for request in requests {
            cancel(work, request, &line, &reason).await?;
        }
        Ok(line)
    }
}

async fn lock_requests(work: &Work<'_>, id: CellLineId) -> Result<Vec<request::Model>, Error> {
    let undelivered = request_line::Entity::find()
        .filter(request_line::Column::LineId.eq(id))
        .filter(request_line::Column::State.is_in(UNDELIVERED));
    let undelivered = undelivered.select_only().column(request_line::Column::RequestId).into_query();
    let open = request::Entity::find()
        .filter(request::Column::Id.in_subquery(undelivered))
        .filter(request::Column::State.is_in(OPEN));
    let open = open.select_only().column(request::Column::Id).order_by_asc(request::Column::Id);
    let ids: Vec<RequestId> = open.into_tuple().all(work).await?;
    let mut requests = vec![];
    for id in ids {
        let locked = request::Entity::find_by_id(id).lock_exclusive().one(work).await?;
        // It may have ended while we waited for it.
        requests.extend(locked.filter(|request| OPEN.contains(&request.state)));
    }
    Ok(requests)
}

/// What is packed is neither on the shelf nor gone; somebody has to decide about the parcel first.
async fn refuse_packed(work: &Work<'_>, requests: &[request::Model], id: CellLineId) -> Result<(), Error> {
    let requests: Vec<RequestId> = requests.iter().map(|request| request.id).collect();
    let lines = queries::lines_of(work, &requests).await?;
    let lines: Vec<_> = lines.iter().filter(|line| line.line_id == id).map(|line| line.id).collect();
    let packed = packed_in(work, &lines).await?;
    if packed.is_empty() { Ok(()) } else { Err(Error::Packed(packed)) }
}

/// Cancels the line of one request and moves the request if that was its last.
async fn cancel(work: &Work<'_>, request: request::Model, cell_line: &LineView, reason: &Reason) -> Result<(), Error> {
    let lines = queries::lines_of(work, &[request.id]).await?;
    let undelivered = |state| {
        matches!(state, LineState::Requested | LineState::Approved | LineState::Waitlisted | LineState::Reserved)
    };
    let Some(line) = lines.into_iter().find(|line| line.line_id == cell_line.id && undelivered(line.state)) else {
        return Ok(());
    };
    let vials = reservations::end(work, work.actor, line.id, reservations::Ending::Released).await?;
    let before = line.state.to_value();
    let mut row: request_line::ActiveModel = line.into();
    row.state = Set(LineState::Cancelled);
    row.waitlisted_at = Set(None);
    let line = row.update(work).await?;
    let event = RequestEvent::LineWithdrawn {
        line: line.id,
        cell_line: cell_line.id,
        vials_put_back: vials.len(),
        changes: Changes::of("state", before, line.state.to_value()),
    };
    record(work, request.id, event).await?;
    let recipients = [request.applicant_id, request.principal_investigator_id];
    let recipients = if recipients[0] == recipients[1] { &recipients[..1] } else { &recipients[..] };
    let letter = Letter::LineWithdrawn {
        request: request.number.clone(),
        cell_line: cell_line.identifier().to_owned(),
        reason_en: reason.en.clone(),
        reason_ko: reason.ko.clone(),
    };
    notify(work, request.id, recipients.iter().copied(), letter).await?;
    move_on(work, request).await
}

/// Where the request stands without its cancelled line: with nothing left it is closed, and if that line was the last
/// undecided one, whoever reviews it has decided it.
async fn move_on(work: &Work<'_>, request: request::Model) -> Result<(), Error> {
    let states: Vec<_> = queries::lines_of(work, &[request.id]).await?.iter().map(|line| line.state).collect();
    let Some(state) = state_after(&states).filter(|state| *state != request.state) else { return Ok(()) };
    let before = request.clone();
    if state == State::Closed {
        let after = set_state(work, request, state).await?;
        return record(work, after.id, RequestEvent::Closed { changes: moved(&before, &after) }).await;
    }
    let mut row: request::ActiveModel = request.into();
    row.decider_id = Set(before.handler_id);
    row.decided_at = Set(Some(work.now()));
    let after = set_state(work, row.update(work).await?, state).await?;
    record_decision(work, &before, &after).await
}
