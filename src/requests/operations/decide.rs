//! The bank's part: claim, send back, decide line by line.

use super::super::error::{Error, checked_vials};
use super::super::fields;
use super::super::model::request::{self, FieldComment, FieldComments, State};
use super::super::model::request_line::{self, Refusal};
use super::super::policy;
use super::super::queries;
use super::super::rules::{Command, state_after};
use super::super::steps::{
    cell_lines, check_requirements, check_text, lock, notify, record, record_move, set_state, today,
};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::db::Transaction;
use crate::id::{LineId, RequestId, RequestLineId};
use crate::mail::Letter;
use sea_orm::{ActiveEnum, ActiveModelTrait, Set};
use serde_json::json;

/// Takes a submitted request to work on.
///
/// # Errors
/// Not allowed, no such request, not in this state, or a conflict of interest.
pub async fn claim(app: &App, actor: &Actor, id: RequestId) -> Result<request::Model, Error> {
    let person = actor.person_who_may_do(Verb::ClaimRequest)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let request = lock(&tx, actor, id).await?;
    policy::desks(&request, actor, Command::Claim)?;
    let mut row: request::ActiveModel = request.clone().into();
    row.handler_id = Set(Some(person));
    let before = request;
    let request = set_state(&tx, now, row.update(&*tx).await?, State::UnderReview).await?;
    record_move(&tx, now, actor, "request.claim", (&before, &request), json!({})).await?;
    notify(&tx, now, [request.applicant_id], Letter::RequestClaimed, &request, json!({})).await?;
    tx.commit().await?;
    Ok(request)
}

/// Sends a request back for completion, with a comment for the applicant on the whole and on single fields, each field at
/// most once. What stands in the fields now is kept, so that the bank can see later what changed.
///
/// # Errors
/// Not allowed, no such request, not in this state, claimed by somebody else, an empty or overlong comment, or a comment on
/// a field that the form does not have or that was named before.
pub async fn send_back(
    app: &App,
    actor: &Actor,
    id: RequestId,
    comment: String,
    on_fields: Vec<FieldComment>,
) -> Result<request::Model, Error> {
    actor.may_do(Verb::ReturnRequest)?;
    check_text("comment", &comment, true)?;
    let on_fields = checked_comments(on_fields)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let request = lock(&tx, actor, id).await?;
    policy::desks(&request, actor, Command::Return)?;
    let mut row: request::ActiveModel = request.clone().into();
    row.return_comment = Set(Some(comment.trim().into()));
    row.returned_fields = Set(Some(fields::snapshot(&request, &queries::lines_of(&*tx, &[id]).await?)));
    let named: Vec<_> = on_fields.iter().map(|on| on.field.clone()).collect();
    row.return_comments = Set(Some(FieldComments(on_fields)));
    let before = request;
    let request = set_state(&tx, now, row.update(&*tx).await?, State::Returned).await?;
    let letter = json!({ "comment": comment.trim(), "fields": named.len() });
    record_move(&tx, now, actor, "request.return", (&before, &request), json!({ "fields": named })).await?;
    notify(&tx, now, [request.applicant_id], Letter::RequestReturned, &request, letter).await?;
    tx.commit().await?;
    Ok(request)
}

/// Comments on fields of the form, trimmed, in its order.
fn checked_comments(comments: Vec<FieldComment>) -> Result<Vec<FieldComment>, Error> {
    let place = |comment: &FieldComment| fields::FIELDS.iter().position(|field| field.name == comment.field);
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
    if !errors.is_empty() {
        return Err(Error::Several(errors));
    }
    let trimmed = |on: FieldComment| FieldComment { comment: on.comment.trim().into(), ..on };
    let mut comments: Vec<_> = comments.into_iter().map(trimmed).collect();
    comments.sort_by_key(place);
    Ok(comments)
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
    pub request_line: RequestLineId,
    /// What becomes of it.
    pub decision: Decision,
    /// In words; required for a refusal and for fewer vials than asked for.
    pub reason: Option<String>,
}

/// Decides lines of a request. When none is undecided any more, the request is approved or rejected.
///
/// # Errors
/// Not allowed, no such request or line, a conflict of interest, not in this state, claimed by somebody else, decided
/// already, a number of vials outside the range, a reason missing, or a requirement that stops an approval. Nothing of the
/// decision stays then.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: RequestId,
    decisions: Vec<LineDecision>,
) -> Result<request::Model, Error> {
    let person = actor.person_who_may_do(Verb::DecideRequest)?;
    if decisions.is_empty() {
        return Err(Error::Required { field: "lines".into() });
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let mut request = lock(&tx, actor, id).await?;
    policy::desks(&request, actor, Command::Decide)?;
    let lines = queries::lines_of(&*tx, &[id]).await?;
    for (i, decision) in decisions.iter().enumerate() {
        let request_line = lines
            .iter()
            .find(|request_line| request_line.id == decision.request_line)
            .ok_or(Error::NoSuchRequestLine)?;
        policy::undecided(request_line)?;
        if decisions[..i].iter().any(|earlier| earlier.request_line == request_line.id) {
            return Err(Error::WrongLineState { command: Command::Decide, state: request_line.state });
        }
        decide_line(&tx, app, &request, request_line, i, decision).await?;
        record(&tx, now, actor, "request.decide_line", id, event_detail(request_line, decision)).await?;
    }
    let states: Vec<_> = queries::lines_of(&*tx, &[id]).await?.iter().map(|request_line| request_line.state).collect();
    if let Some(state) = state_after(&states) {
        let before = request;
        let mut row: request::ActiveModel = before.clone().into();
        row.decider_id = Set(Some(person));
        row.decided_at = Set(Some(now));
        request = set_state(&tx, now, row.update(&*tx).await?, state).await?;
        let detail = json!({ "state": state.to_value() });
        record_move(&tx, now, actor, "request.decide", (&before, &request), detail.clone()).await?;
        notify(&tx, now, [request.applicant_id], Letter::RequestDecided, &request, detail).await?;
    }
    tx.commit().await?;
    Ok(request)
}

fn event_detail(request_line: &request_line::Model, decision: &LineDecision) -> serde_json::Value {
    use request_line::State::{Approved, Refused};
    let (outcome, state) = match decision.decision {
        Decision::Approve { vials } => (json!({ "approved": vials.unwrap_or(request_line.vials_requested) }), Approved),
        Decision::Refuse { refusal } => (json!({ "refused": refusal.to_value() }), Refused),
    };
    let (before, after) = (json!({ "state": request_line.state.to_value() }), json!({ "state": state.to_value() }));
    let detail = json!({ "line": request_line.id.0, "cell_line": request_line.line_id.0, "decision": outcome });
    audit::with_changes(detail, &before, &after)
}

async fn decide_line(
    tx: &Transaction,
    app: &App,
    request: &request::Model,
    request_line: &request_line::Model,
    place: usize,
    decision: &LineDecision,
) -> Result<(), Error> {
    let reason = decision.reason.as_deref().unwrap_or_default();
    let mut row: request_line::ActiveModel = request_line.clone().into();
    match decision.decision {
        Decision::Approve { vials } => {
            let ids: [LineId; 1] = [request_line.line_id];
            check_requirements(request, &cell_lines(tx, &ids).await?, today(app))?;
            let requested = vials.unwrap_or(request_line.vials_requested);
            let vials = checked_vials(format!("lines[{place}].vials"), requested, request_line.vials_requested)?;
            check_text("reason", reason, vials < request_line.vials_requested)?;
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
    row.update(&**tx).await?;
    Ok(())
}
