//! What an applicant does with a request as a whole or with a line of it, each asked once more before it is done.

use super::case::Case;
use crate::id::RequestLineId;
use crate::requests::commands::{CancelRequestLine, CopyRequest, WithdrawRequest};
use crate::requests::rules::Move;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, Layout, PageResult, go, html};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;

/// A step that is asked once more.
#[derive(Template)]
#[template(path = "requests/confirm.html")]
struct Confirm {
    f: Frame,
    t: Text,
    number: String,
    heading: String,
    lead: String,
    errors: FormErrors,
    /// Where the form goes.
    action: String,
    doing: String,
}

fn confirm(v: &Visitor, case: &Case, errors: FormErrors, action: String, words: [String; 3]) -> PageResult {
    let status = errors.status();
    let [heading, lead, doing] = words;
    let f = Frame::new(v, heading.clone()).at("requests").on(Layout::Work);
    html(status, &Confirm { f, t: v.t, number: case.request.number.clone(), heading, lead, errors, action, doing })
}

fn withdrawal(v: &Visitor, case: &Case, errors: FormErrors) -> PageResult {
    let number = case.request.number.clone();
    let words = [
        v.t.say1("requests-withdraw-title", "number", number.clone()),
        v.t.say("requests-withdraw-lead"),
        v.t.say("requests-withdraw-do"),
    ];
    confirm(v, case, errors, format!("/requests/{number}/withdraw"), words)
}

/// GET `/requests/NUMBER/withdraw`.
pub async fn ask_withdraw(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    let errors = refusal(&v, &case, Move::Withdraw);
    withdrawal(&v, &case, errors)
}

/// Why a move is not possible, as the errors of its page.
fn refusal(v: &Visitor, case: &Case, wanted: Move) -> FormErrors {
    let mut errors = FormErrors::default();
    for (_, sentence) in case.may(v, wanted).err().unwrap_or_default() {
        errors.add("", sentence);
    }
    errors
}

/// POST `/requests/NUMBER/withdraw`.
pub async fn withdraw(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let withdrawn = v.web.app.run(&v.actor, WithdrawRequest { request: case.request.id }).await;
    match into_form_errors(withdrawn, v.t)? {
        Ok(request) => Ok(go(&format!("/requests/{}?done=withdrawn", request.number))),
        Err(errors) => withdrawal(&v, &case, errors),
    }
}

fn line_of(case: &Case, line: i64) -> Result<(RequestLineId, String), PageError> {
    let line = case.lines.iter().find(|one| one.id.0 == line).ok_or(PageError::NotFound)?;
    Ok((line.id, case.identifier(line.line_id).to_owned()))
}

fn cancellation(v: &Visitor, case: &Case, line: i64, errors: FormErrors) -> PageResult {
    let name = line_of(case, line)?.1;
    let words = [
        v.t.say1("requests-cancel-title", "line", name),
        v.t.say("requests-cancel-lead"),
        v.t.say("requests-cancel-do"),
    ];
    confirm(v, case, errors, format!("/requests/{}/lines/{line}/cancel", case.request.number), words)
}

/// GET `/requests/NUMBER/lines/LINE/cancel`.
pub async fn ask_cancel(v: Visitor, Path((number, line)): Path<(String, i64)>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    let errors = refusal(&v, &case, Move::CancelLine);
    cancellation(&v, &case, line, errors)
}

/// POST `/requests/NUMBER/lines/LINE/cancel`.
pub async fn cancel(v: Visitor, Path((number, line)): Path<(String, i64)>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let cancelled = v.web.app.run(&v.actor, CancelRequestLine { line: line_of(&case, line)?.0 }).await;
    match into_form_errors(cancelled, v.t)? {
        Ok(_) => Ok(go(&format!("/requests/{}?done=cancelled", case.request.number))),
        Err(errors) => cancellation(&v, &case, line, errors),
    }
}

/// POST `/requests/NUMBER/copy`: begins a new draft with what this one says.
pub async fn copy(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let key = posted.key();
    let begun = v.web.app.run_once(&v.actor, CopyRequest { request: case.request.id }, key.as_ref()).await?;
    Ok(go(&format!("/requests/{}/edit?done=begun", begun.number)))
}
