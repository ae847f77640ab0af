//! What the forms of a request's page do: each gives one command; the rules are there. A refusal shows the same page
//! with everything typed and the sentence at its field.

use super::case::Case;
use super::page;
use crate::actor::Permission;
use crate::command::Command;
use crate::error::DomainError;
use crate::id::RequestLineId;
use crate::requests::commands::{
    ClaimRequest, DecideRequest, Decision, LineDecision, OfferAgreement, PostMessage, PostNote, ReleaseRequest,
    ReleaseReservation, ReserveVials, ReturnRequest, TakeOverRequest,
};
use crate::requests::fields::FIELDS;
use crate::requests::{FieldComment, Refusal, RequestLineView, RequestView, queries};
use crate::shipments::commands::{CreateShipment, DispatchShipment, Handover};
use crate::shipments::queries as shipments;
use crate::web::forms::{FormData, FormErrors, into_form_errors, word};
use crate::web::frame::{PageResult, go};
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;
use axum::extract::Path;
use sea_orm::{ActiveEnum, Iterable};
use serde::Deserialize;

type Done = Result<Result<(), FormErrors>, PageError>;

/// What a form of the page does, by its name in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Take the request to work on.
    Claim,
    /// Take it over from another member of staff.
    TakeOver,
    /// Put it back on the desk.
    Release,
    /// Send it back for completion.
    Return,
    /// Decide its lines.
    Decide,
    /// Offer the agreement.
    Offer,
    /// Set vials aside.
    Reserve,
    /// Put them back.
    ReleaseReservation,
    /// Pack a shipment.
    Pack,
    /// Hand it over.
    Dispatch,
    /// Write to the applicant's side.
    Message,
    /// Note something for the bank.
    Note,
}

/// POST `/desk/NUMBER/ACT`.
pub async fn act(v: Visitor, Path((number, act)): Path<(String, String)>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let target = Target::of(&v, &number).await?;
    match give(&v, &target, word(&act).ok_or(PageError::NotFound)?, &posted).await? {
        Ok(()) => Ok(go(&format!("/desk/{}?done={act}", target.request.number))),
        Err(errors) => page::render_case(&v, Case::of(&v, &number).await?, posted, errors).await,
    }
}

/// What a form is about, as far as reading the form asks for it.
struct Target {
    request: RequestView,
    lines: Vec<RequestLineView>,
}

impl Target {
    /// The request with this number, for the bank's readers.
    async fn of(v: &Visitor, number: &str) -> Result<Self, PageError> {
        v.actor.may(Permission::ReadAllRequests)?;
        let request = queries::by_number(&v.web.app, &v.actor, number).await?.ok_or(PageError::NotFound)?;
        let lines = queries::lines_of(v.web.app.db.read(), &[request.id]).await?;
        Ok(Self { request, lines })
    }

    /// The line that a form names by its key.
    fn line(&self, posted: &FormData) -> Result<RequestLineId, PageError> {
        let named = posted.get("line");
        let line = self.lines.iter().map(|line| line.id).find(|line| line.0.to_string() == named);
        line.ok_or(PageError::NotFound)
    }
}

/// Gives the command of an act.
async fn give(v: &Visitor, target: &Target, act: Act, posted: &FormData) -> Done {
    let (app, actor, request) = (&v.web.app, &v.actor, target.request.id);
    let (key, text) = (posted.key(), |field: &str| posted.get(field).to_owned());
    match act {
        Act::Claim => run(v, ClaimRequest { request }, nowhere).await,
        Act::Release => run(v, ReleaseRequest { request }, nowhere).await,
        Act::TakeOver => {
            let take_over = TakeOverRequest { request, reason: text("take-over") };
            run(v, take_over, |field| (field == "reason").then(|| "take-over".into())).await
        }
        Act::Return => send_back(v, target, posted).await,
        Act::Decide => decide(v, target, posted).await,
        Act::Offer => placed(v, app.run_once(actor, OfferAgreement { request }, key.as_ref()).await, nowhere),
        Act::Reserve => run(v, ReserveVials { line: target.line(posted)? }, nowhere).await,
        Act::ReleaseReservation => run(v, ReleaseReservation { line: target.line(posted)? }, nowhere).await,
        Act::Pack => {
            let pack = CreateShipment { request, lines: None };
            placed(v, app.run_once(actor, pack, key.as_ref()).await, nowhere)
        }
        Act::Dispatch => dispatch(v, target, posted).await,
        Act::Message => {
            let post = PostMessage { request, text: text("message") };
            let at = |field: &str| (field == "text").then(|| "message".into());
            placed(v, app.run_once(actor, post, key.as_ref()).await, at)
        }
        Act::Note => {
            let post = PostNote { request, text: text("note") };
            let at = |field: &str| (field == "text").then(|| "note".into());
            placed(v, app.run_once(actor, post, key.as_ref()).await, at)
        }
    }
}

/// Runs a command; what is wrong is told at the fields of the form that `place` names.
async fn run<C: Command>(v: &Visitor, command: C, place: impl Fn(&str) -> Option<String>) -> Done {
    placed(v, v.web.app.run(&v.actor, command).await, place)
}

fn placed<T, E: DomainError>(v: &Visitor, answer: Result<T, E>, place: impl Fn(&str) -> Option<String>) -> Done {
    Ok(into_form_errors(answer, v.t)?.map(drop).map_err(|errors| errors.placed(place)))
}

/// Of a form without a field to tell it at.
fn nowhere(_: &str) -> Option<String> {
    None
}

async fn send_back(v: &Visitor, target: &Target, posted: &FormData) -> Done {
    let on_fields: Vec<FieldComment> = FIELDS
        .iter()
        .filter_map(|field| {
            let comment = posted.filled(&["on-", field.name].concat())?.to_owned();
            Some(FieldComment { field: field.name.into(), comment })
        })
        .collect();
    let longest = on_fields.iter().max_by_key(|on| on.comment.chars().count()).map(|on| ["on-", &on.field].concat());
    let place = |field: &str| match field {
        "comment" => Some("comment".to_owned()),
        // Which of them is too long is not said: it is the longest.
        "fieldComments" => longest.clone(),
        _ => None,
    };
    let comment = posted.get("comment").to_owned();
    run(v, ReturnRequest { request: target.request.id, comment, on_fields }, place).await
}

/// What was chosen for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Approve,
    Refuse,
    /// Leave it open.
    Open,
}

/// The decisions that were made; a line that is left open has none.
fn decisions(target: &Target, posted: &FormData) -> Vec<LineDecision> {
    let one = |line: &RequestLineView| {
        let named = |name: &str| named(name, line.id.0);
        let decision = match word(posted.get(&named("decide")))? {
            // What is no number is none that the bank could give.
            Choice::Approve => {
                Decision::Approve { vials: posted.filled(&named("vials")).map(|n| n.parse().unwrap_or(0)) }
            }
            Choice::Refuse => {
                let params = posted.get(&named("refusal"));
                let refusal = Refusal::iter().find(|one| one.to_value() == params).unwrap_or(Refusal::Other);
                Decision::Refuse { refusal }
            }
            Choice::Open => return None,
        };
        Some(LineDecision { line: line.id, decision, reason: posted.filled(&named("reason")).map(str::to_owned) })
    };
    target.lines.iter().filter_map(one).collect()
}

/// Name of a field that every line has: `vials-7`.
fn named(name: &str, id: i64) -> String {
    format!("{name}-{id}")
}

async fn decide(v: &Visitor, target: &Target, posted: &FormData) -> Done {
    let lines = decisions(target, posted);
    let place = |field: &str| {
        if field == "reason" {
            return unreasoned(target, &lines).map(|line| named("reason", line));
        }
        let place: usize = field.strip_prefix("lines[")?.split(']').next()?.parse().ok()?;
        lines.get(place).map(|one| named("vials", one.line.0))
    };
    run(v, DecideRequest { request: target.request.id, lines: lines.clone() }, place).await
}

/// The line whose reason the command refused: lines are decided in their order, so it is the first that lacks one or
/// has one that is too long.
fn unreasoned(target: &Target, decisions: &[LineDecision]) -> Option<i64> {
    let wanted = |one: &LineDecision| match one.decision {
        Decision::Refuse { .. } => true,
        Decision::Approve { vials } => {
            let params = target.lines.iter().find(|line| line.id == one.line).map(|line| line.vials_requested);
            vials.zip(params).is_some_and(|(vials, params)| vials < params)
        }
    };
    let lacking = |one: &&LineDecision| match &one.reason {
        None => wanted(one),
        Some(reason) => reason.chars().count() > 2_000,
    };
    decisions.iter().find(lacking).map(|one| one.line.0)
}

async fn dispatch(v: &Visitor, target: &Target, posted: &FormData) -> Done {
    let params = posted.get("shipment");
    let shipments = shipments::of_requests(v.web.app.db.read(), &[target.request.id]).await?;
    let id = shipments.iter().find(|one| one.number == params).map(|one| one.id).ok_or(PageError::NotFound)?;
    let named = |name: &str| named(name, id.0);
    let to = Handover {
        courier: posted.filled(&named("courier")).map(str::to_owned),
        tracking_number: posted.filled(&named("trackingNumber")).map(str::to_owned),
    };
    let place = |field: &str| matches!(field, "courier" | "trackingNumber").then(|| named(field));
    run(v, DispatchShipment { shipment: id, to }, place).await
}
