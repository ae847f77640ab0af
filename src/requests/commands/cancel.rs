//! A line that is not wanted any more.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request_line::{self, State};
use super::super::rules::state_after;
use super::super::steps::{bank_side, cell_lines, lock_line, moved, notify, record, set_state};
use super::super::{policy, queries};
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::id::RequestLineId;
use crate::mail::Letter;
use sea_orm::{ActiveModelTrait, Set};

/// Cancels a line that is approved or on the waiting list; once vials are set aside the bank has to put them back
/// first. A letter tells the bank. When every line of the request has ended, the request is closed.
///
/// Refused: no such line, not one's own, or not in this state.
#[derive(Clone, Copy, Debug)]
pub struct CancelRequestLine {
    /// The line.
    pub line: RequestLineId,
}

impl Command for CancelRequestLine {
    const VERB: Verb = Verb::CancelRequestLine;
    type Output = request_line::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request_line::Model, Error> {
        let (request, line) = lock_line(work, self.line).await?;
        policy::cancel(&request, &line, work.actor)?;
        let mut row: request_line::ActiveModel = line.clone().into();
        row.state = Set(State::Cancelled);
        row.waitlisted_at = Set(None);
        let cancelled = row.update(work).await?;
        let event = RequestEvent::LineCancelled { line: line.id, cell_line: line.line_id };
        record(work, request.id, event).await?;
        let states: Vec<_> = queries::lines_of(work, &[request.id]).await?.iter().map(|line| line.state).collect();
        let ended = state_after(&states).filter(|state| *state != request.state);
        let cells = cell_lines(work, &[line.line_id]).await?;
        let cells = cells.first().map(|cells| cells.identifier());
        let letter = Letter::LineCancelled {
            request: request.number.clone(),
            line: line.id.0,
            cell_line: cells.map(str::to_owned),
            closed: ended.is_some(),
        };
        let bank = bank_side(work, &request).await?;
        notify(work, request.id, bank, letter).await?;
        if let Some(state) = ended {
            let closed = set_state(work, request.clone(), state).await?;
            record(work, request.id, RequestEvent::Closed { changes: moved(&request, &closed) }).await?;
        }
        Ok(cancelled)
    }
}
