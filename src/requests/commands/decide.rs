//! The bank's part: send back, decide line by line.

use super::super::application::Application;
use super::super::error::{Error, checked_vials};
use super::super::events::{LineOutcome, RequestEvent};
use super::super::model::request::{self, FieldComment, FieldComments, State};
use super::super::model::request_line::{self, Refusal};
use super::super::rules::{Move, state_after};
use super::super::steps::{cell_lines, check_text, lock, moved, notify, record, set_state};
use super::super::{fields, policy, queries};
use crate::actor::Verb;
use crate::audit::Changes;
use crate::command::{Command, Work};
use crate::id::{RequestId, RequestLineId};
use crate::mail::{Letter, Verdict};
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, Set};

/// Sends a request back for completion. What stands in the fields now is kept, so that the bank can see later what
/// changed.
///
/// Refused: no such request, a conflict of interest, not in this state, claimed by somebody else, an empty or overlong
/// comment, or a comment on a field that the form does not have or that was named before.
#[derive(Clone, Debug)]
pub struct ReturnRequest {
    /// The request.
    pub request: RequestId,
    /// What the applicant has to complete, 1 to 2,000 characters.
    pub comment: String,
    /// The same for single fields, each at most once.
    pub on_fields: Vec<FieldComment>,
}

impl Command for ReturnRequest {
    const VERB: Verb = Verb::ReturnRequest;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check_text("comment", &self.comment, true)?;
        check_comments(&self.on_fields)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        policy::desks(&before, work.actor, Move::Return)?;
        let comment = self.comment.trim();
        let on_fields = in_order_of_form(&self.on_fields);
        let named: Vec<_> = on_fields.iter().map(|on| on.field.clone()).collect();
        let mut row: request::ActiveModel = before.clone().into();
        row.return_comment = Set(Some(comment.into()));
        let approvals = queries::chosen(work, &[before.id]).await?;
        let application = Application { request: &before, approvals: &approvals };
        row.returned_fields = Set(Some(fields::snapshot(application, &queries::lines_of(work, &[before.id]).await?)));
        row.return_comments = Set(Some(FieldComments(on_fields)));
        let request = set_state(work, row.update(work).await?, State::Returned).await?;
        let letter =
            Letter::RequestReturned { request: request.number.clone(), comment: comment.into(), fields: named.len() };
        let event = RequestEvent::Returned { fields: named, changes: moved(&before, &request) };
        record(work, request.id, event).await?;
        notify(work, request.id, [request.applicant_id], letter).await?;
        Ok(request)
    }
}

/// Where the form has the field of a comment.
fn place(comment: &FieldComment) -> Option<usize> {
    fields::FIELDS.iter().position(|field| field.name == comment.field)
}

fn check_comments(comments: &[FieldComment]) -> Result<(), Error> {
    let mut errors = vec![];
    for (i, comment) in comments.iter().enumerate() {
        if place(comment).is_none() || comments[..i].iter().any(|earlier| earlier.field == comment.field) {
            errors.push(Error::NoSuchField { field: format!("fieldComments[{i}].field") });
        }
        if comment.comment.trim().is_empty() {
            errors.push(Error::Required { field: format!("fieldComments[{i}].comment") });
        }
        errors.extend(check_text("fieldComments", &comment.comment, false).err());
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Several(errors)) }
}

/// Comments on fields, trimmed, as the form has them.
fn in_order_of_form(comments: &[FieldComment]) -> Vec<FieldComment> {
    let trimmed = |on: &FieldComment| FieldComment { field: on.field.clone(), comment: on.comment.trim().into() };
    let mut comments: Vec<_> = comments.iter().map(trimmed).collect();
    comments.sort_by_key(place);
    comments
}

/// What becomes of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Approve this many vials; all that were asked for unless told.
    Approve {
        /// Vials, 1 to what was asked for.
        vials: Option<i32>,
    },
    /// Refuse it.
    Refuse {
        /// Why.
        refusal: Refusal,
    },
}

/// A decision on one line.
#[derive(Clone, Debug)]
pub struct LineDecision {
    /// The line.
    pub line: RequestLineId,
    /// What becomes of it.
    pub decision: Decision,
    /// In words; required for a refusal and for fewer vials than asked for.
    pub reason: Option<String>,
}

/// Decides lines of a request. When none is undecided any more, the request is approved or rejected.
///
/// Refused: no such request or line, a conflict of interest, not in this state, claimed by somebody else, decided
/// already, a number of vials outside the range, a reason missing, or a requirement that stops an approval. Nothing of
/// the decision stays then.
#[derive(Clone, Debug)]
pub struct DecideRequest {
    /// The request.
    pub request: RequestId,
    /// The decisions; at least one.
    pub lines: Vec<LineDecision>,
}

impl Command for DecideRequest {
    const VERB: Verb = Verb::DecideRequest;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        if self.lines.is_empty() { Err(Error::Required { field: "lines".into() }) } else { Ok(()) }
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let request = lock(work, self.request).await?;
        policy::desks(&request, work.actor, Move::Decide)?;
        let lines = queries::lines_of(work, &[request.id]).await?;
        let approvals = queries::chosen(work, &[request.id]).await?;
        let application = Application { request: &request, approvals: &approvals };
        for (i, decision) in self.lines.iter().enumerate() {
            let line = lines.iter().find(|line| line.id == decision.line).ok_or(Error::NoSuchRequestLine)?;
            policy::undecided(line)?;
            if self.lines[..i].iter().any(|earlier| earlier.line == line.id) {
                return Err(Error::WrongLineState { wanted: Move::Decide, state: line.state });
            }
            decide_line(work, application, line, (i, decision)).await?;
            record(work, request.id, event(line, decision)).await?;
        }
        let states: Vec<_> = queries::lines_of(work, &[request.id]).await?.iter().map(|line| line.state).collect();
        match state_after(&states) {
            Some(state) => conclude(work, request, state).await,
            None => Ok(request),
        }
    }
}

/// With the last of its lines the request is decided.
async fn conclude(work: &Work<'_>, before: request::Model, state: State) -> Result<request::Model, Error> {
    let mut row: request::ActiveModel = before.clone().into();
    row.decider_id = Set(Some(work.person()?));
    row.decided_at = Set(Some(work.now()));
    let request = set_state(work, row.update(work).await?, state).await?;
    record_decision(work, &before, &request).await?;
    Ok(request)
}

/// Writes down that every line is decided, and tells the applicant.
pub(super) async fn record_decision(
    work: &Work<'_>,
    before: &request::Model,
    after: &request::Model,
) -> Result<(), Error> {
    record(work, after.id, RequestEvent::Decided { state: after.state, changes: moved(before, after) }).await?;
    let state = match after.state {
        State::Approved => Verdict::Approved,
        State::Rejected => Verdict::Rejected,
        _ => Verdict::Closed,
    };
    let letter = Letter::RequestDecided { request: after.number.clone(), state };
    notify(work, after.id, [after.applicant_id], letter).await
}

fn event(line: &request_line::Model, decision: &LineDecision) -> RequestEvent {
    use request_line::State::{Approved, Refused};
    let (outcome, state) = match decision.decision {
        Decision::Approve { vials } => (LineOutcome::Approved(vials.unwrap_or(line.vials_requested)), Approved),
        Decision::Refuse { refusal } => (LineOutcome::Refused(refusal), Refused),
    };
    let changes = Changes::of("state", line.state.to_value(), state.to_value());
    RequestEvent::LineDecided { line: line.id, cell_line: line.line_id, decision: outcome, changes }
}

async fn decide_line(
    work: &Work<'_>,
    application: Application<'_>,
    line: &request_line::Model,
    (place, decision): (usize, &LineDecision),
) -> Result<(), Error> {
    let reason = decision.reason.as_deref().unwrap_or_default();
    let mut row: request_line::ActiveModel = line.clone().into();
    match decision.decision {
        Decision::Approve { vials } => {
            policy::check_requirements(application, &cell_lines(work, &[line.line_id]).await?, work.today())?;
            let requested = vials.unwrap_or(line.vials_requested);
            let vials = checked_vials(format!("lines[{place}].vials"), requested, line.vials_requested)?;
            check_text("reason", reason, vials < line.vials_requested)?;
            row.vials_approved = Set(Some(vials));
            row.state = Set(request_line::State::Approved);
        }
        Decision::Refuse { refusal } => {
            check_text("reason", reason, true)?;
            row.refusal = Set(Some(refusal));
            row.state = Set(request_line::State::Refused);
        }
    }
    row.decision_reason = Set(Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()));
    row.update(work).await?;
    Ok(())
}
