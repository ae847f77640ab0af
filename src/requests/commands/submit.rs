//! Handing a request in, and taking it back.

use super::super::application::Application;
use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request::{self, State};
use super::super::policy;
use super::super::queries;
use super::super::rules::Move;
use super::super::steps::{bank_side, cell_lines, lock, moved, notify, record, set_state};
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::id::{CellLineId, RequestId};
use crate::mail::Letter;
use sea_orm::{ActiveModelTrait, Set};

/// Hands a draft in.
///
/// Refused: no such request, not one's own, not in this state, incomplete (each at its field), or a requirement that is
/// missing or against it, with its legal basis.
#[derive(Clone, Copy, Debug)]
pub struct SubmitRequest {
    /// The request.
    pub request: RequestId,
}

impl Command for SubmitRequest {
    const VERB: Verb = Verb::SubmitRequest;
    type Output = request::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        let lines = queries::lines_of(work, &[before.id]).await?;
        let ids: Vec<CellLineId> = lines.iter().map(|line| line.line_id).collect();
        policy::applicants(&before, work.actor, Move::Submit)?;
        let approvals = queries::chosen(work, &[before.id]).await?;
        let application = Application { request: &before, approvals: &approvals };
        policy::complete(application, &lines, &cell_lines(work, &ids).await?, work.today())?;
        let mut row: request::ActiveModel = before.clone().into();
        row.submitted_at = Set(before.submitted_at.or(Some(work.now())));
        row.return_comment = Set(None);
        row.revision = Set(before.revision + 1);
        let request = set_state(work, row.update(work).await?, State::Submitted).await?;
        let changes = moved(&before, &request);
        let event = RequestEvent::Submitted { lines: lines.len(), revision: request.revision, changes };
        record(work, request.id, event).await?;
        let bank = bank_side(work, &request).await?;
        notify(work, request.id, bank, Letter::RequestSubmitted { request: request.number.clone() }).await?;
        Ok(request)
    }
}

/// Takes a request back before it is decided.
///
/// Refused: no such request, not one's own, or not in this state.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawRequest {
    /// The request.
    pub request: RequestId,
}

impl Command for WithdrawRequest {
    const VERB: Verb = Verb::WithdrawRequest;
    type Output = request::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        policy::applicants(&before, work.actor, Move::Withdraw)?;
        let request = set_state(work, before.clone(), State::Withdrawn).await?;
        record(work, request.id, RequestEvent::Withdrawn { changes: moved(&before, &request) }).await?;
        if before.state != State::Draft {
            let bank = bank_side(work, &request).await?;
            notify(work, request.id, bank, Letter::RequestWithdrawn { request: request.number.clone() }).await?;
        }
        Ok(request)
    }
}
