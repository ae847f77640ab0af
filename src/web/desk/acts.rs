//! What the forms of a request's page do: each calls one operation; the rules are there. A refusal shows the same page
//! with everything typed and the sentence at its field.

use super::case::Case;
use super::page;
use crate::db::retrying;
use crate::requests::fields::FIELDS;
use crate::requests::model::request::FieldComment;
use crate::requests::model::request_line::Refusal;
use crate::requests::operations::{self, Decision, LineDecision};
use crate::shipments::operations::{self as shipping, Handover};
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{PageResult, go};
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;
use axum::extract::Path;
use sea_orm::{ActiveEnum, Iterable};

type Done = Result<Result<(), FormErrors>, PageError>;

/// POST `/desk/NUMBER/ACT`.
pub async fn act(v: Visitor, Path((number, act)): Path<(String, String)>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let done = match act.as_str() {
        "claim" | "take-over" | "release" | "offer" | "pack" | "message" | "note" => {
            plain(&v, &case, &act, &posted).await?
        }
        "return" => send_back(&v, &case, &posted).await?,
        "decide" => decide(&v, &case, &posted).await?,
        "reserve" | "release-reservation" => set_aside(&v, &case, &act, &posted).await?,
        "dispatch" => dispatch(&v, &case, &posted).await?,
        _ => return Err(PageError::NotFound),
    };
    match done {
        Ok(()) => Ok(go(&format!("/desk/{}?done={act}", case.request.number))),
        // Read anew: somebody else may have moved it meanwhile.
        Err(errors) => page::render_case(&v, Case::of(&v, &number).await?, posted, errors).await,
    }
}

/// What takes at most one text.
async fn plain(v: &Visitor, case: &Case, act: &str, posted: &FormData) -> Done {
    let (app, actor, id) = (&v.web.app, &v.actor, case.request.id);
    let (text, key) = (posted.get(act), posted.key());
    let done = match act {
        "claim" => into_form_errors(retrying(|| operations::claim(app, actor, id)).await.map(drop), v.t)?,
        "release" => into_form_errors(retrying(|| operations::release(app, actor, id)).await.map(drop), v.t)?,
        "offer" => into_form_errors(
            retrying(|| operations::offer_agreement(app, actor, id, key.as_ref())).await.map(drop),
            v.t,
        )?,
        "pack" => {
            into_form_errors(retrying(|| shipping::pack(app, actor, id, None, key.as_ref())).await.map(drop), v.t)?
        }
        "message" => into_form_errors(
            retrying(|| operations::post_message(app, actor, id, text, key.as_ref())).await.map(drop),
            v.t,
        )?,
        "note" => into_form_errors(
            retrying(|| operations::post_note(app, actor, id, text, key.as_ref())).await.map(drop),
            v.t,
        )?,
        _ => into_form_errors(retrying(|| operations::take_over(app, actor, id, text)).await.map(drop), v.t)?,
    };
    // The only field of such a form has the name of what it does.
    Ok(done.map_err(|errors| errors.placed(|field| matches!(field, "text" | "reason").then(|| act.to_owned()))))
}

async fn send_back(v: &Visitor, case: &Case, posted: &FormData) -> Done {
    let (app, actor, id) = (&v.web.app, &v.actor, case.request.id);
    let comments: Vec<FieldComment> = FIELDS
        .iter()
        .filter_map(|field| {
            let comment = posted.filled(&["on-", field.name].concat())?.to_owned();
            Some(FieldComment { field: field.name.into(), comment })
        })
        .collect();
    let comment = posted.get("comment");
    let sent = retrying(|| operations::send_back(app, actor, id, comment.to_owned(), comments.clone())).await;
    let longest = comments.iter().max_by_key(|on| on.comment.chars().count()).map(|on| ["on-", &on.field].concat());
    let place = |field: &str| match field {
        "comment" => Some("comment".to_owned()),
        // Which of them is too long is not said: it is the longest.
        "fieldComments" => longest.clone(),
        _ => None,
    };
    Ok(into_form_errors(sent, v.t)?.map(drop).map_err(|errors| errors.placed(place)))
}

/// The decisions that were made; a line that is left open has none.
fn decisions(case: &Case, posted: &FormData) -> Vec<LineDecision> {
    let one = |line: &crate::requests::model::request_line::Model| {
        let named = |name: &str| format!("{name}-{}", line.id.0);
        let decision = match posted.get(&named("decide")) {
            // What is no number is none that the bank could give.
            "approve" => Decision::Approve { vials: posted.filled(&named("vials")).map(|n| n.parse().unwrap_or(0)) },
            "refuse" => {
                let requested = posted.get(&named("refusal"));
                let refusal = Refusal::iter().find(|one| one.to_value() == requested).unwrap_or(Refusal::Other);
                Decision::Refuse { refusal }
            }
            _ => return None,
        };
        Some(LineDecision {
            request_line: line.id,
            decision,
            reason: posted.filled(&named("reason")).map(str::to_owned),
        })
    };
    case.lines.iter().filter_map(one).collect()
}

/// Name of a field that every line has: `vials-7`.
fn named(name: &str, id: i64) -> String {
    format!("{name}-{id}")
}

async fn decide(v: &Visitor, case: &Case, posted: &FormData) -> Done {
    let (app, actor, id) = (&v.web.app, &v.actor, case.request.id);
    let decisions = decisions(case, posted);
    let decided = retrying(|| operations::decide(app, actor, id, decisions.clone())).await;
    let place = |field: &str| {
        if field == "reason" {
            return unreasoned(case, &decisions).map(|line| named("reason", line));
        }
        let place: usize = field.strip_prefix("lines[")?.split(']').next()?.parse().ok()?;
        decisions.get(place).map(|one| named("vials", one.request_line.0))
    };
    Ok(into_form_errors(decided, v.t)?.map(drop).map_err(|errors| errors.placed(place)))
}

/// The line whose reason the operation refused: lines are decided in their order, so it is the first that lacks one or has
/// one that is too long.
fn unreasoned(case: &Case, decisions: &[LineDecision]) -> Option<i64> {
    let wanted = |one: &LineDecision| match one.decision {
        Decision::Refuse { .. } => true,
        Decision::Approve { vials } => {
            let requested = case.lines.iter().find(|line| line.id == one.request_line).map(|line| line.vials_requested);
            vials.zip(requested).is_some_and(|(vials, requested)| vials < requested)
        }
    };
    let lacking = |one: &&LineDecision| match &one.reason {
        None => wanted(one),
        Some(reason) => reason.chars().count() > 2_000,
    };
    decisions.iter().find(lacking).map(|one| one.request_line.0)
}

async fn set_aside(v: &Visitor, case: &Case, act: &str, posted: &FormData) -> Done {
    let (app, actor) = (&v.web.app, &v.actor);
    let line = case.line(posted.get("line")).ok_or(PageError::NotFound)?;
    let done = if act == "reserve" {
        retrying(|| operations::reserve(app, actor, line)).await
    } else {
        retrying(|| operations::release_reservation(app, actor, line)).await
    };
    Ok(into_form_errors(done, v.t)?.map(drop).map_err(|errors| errors.placed(|_| None)))
}

async fn dispatch(v: &Visitor, case: &Case, posted: &FormData) -> Done {
    let (app, actor) = (&v.web.app, &v.actor);
    let requested = posted.get("shipment");
    let id = case.shipments.iter().find(|one| one.number == requested).map(|one| one.id).ok_or(PageError::NotFound)?;
    let named = |name: &str| format!("{name}-{}", id.0);
    let handover = || Handover {
        courier: posted.filled(&named("courier")).map(str::to_owned),
        tracking_number: posted.filled(&named("trackingNumber")).map(str::to_owned),
    };
    let sent = retrying(|| shipping::dispatch(app, actor, id, handover())).await;
    let place = |field: &str| matches!(field, "courier" | "trackingNumber").then(|| named(field));
    Ok(into_form_errors(sent, v.t)?.map(drop).map_err(|errors| errors.placed(place)))
}
