//! Handing a request in, and taking it back.

use super::super::error::Error;
use super::super::model::request::{self, State};
use super::super::policy;
use super::super::queries;
use super::super::rules::Command;
use super::super::steps::{bank_side, cell_lines, lock, notify, record_move, set_state, today};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::id::{LineId, RequestId};
use crate::mail::Letter;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// Hands a draft in. It must be complete and no requirement missing or against it.
///
/// # Errors
/// Not allowed, not one's own, not in this state, incomplete (each at its field), or a requirement with its legal basis.
pub async fn submit(app: &App, actor: &Actor, id: RequestId) -> Result<request::Model, Error> {
    actor.may_do(Verb::SubmitRequest)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let request = lock(&tx, actor, id).await?;
    let lines = queries::lines_of(&*tx, &[id]).await?;
    let ids: Vec<LineId> = lines.iter().map(|request_line| request_line.line_id).collect();
    policy::submit(&request, &lines, &cell_lines(&tx, &ids).await?, actor, today(app))?;
    let mut row: request::ActiveModel = request.clone().into();
    row.submitted_at = Set(request.submitted_at.or(Some(now)));
    row.return_comment = Set(None);
    row.revision = Set(request.revision + 1);
    let before = request;
    let request = set_state(&tx, now, row.update(&*tx).await?, State::Submitted).await?;
    let detail = json!({ "lines": lines.len(), "revision": request.revision });
    record_move(&tx, now, actor, "request.submit", (&before, &request), detail).await?;
    let bank = bank_side(&tx, &request).await?;
    notify(&tx, now, bank, Letter::RequestSubmitted, &request, json!({})).await?;
    tx.commit().await?;
    Ok(request)
}

/// Takes a request back before it is decided.
///
/// # Errors
/// Not allowed, not one's own, or not in this state.
pub async fn withdraw(app: &App, actor: &Actor, id: RequestId) -> Result<request::Model, Error> {
    actor.may_do(Verb::WithdrawRequest)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let request = lock(&tx, actor, id).await?;
    policy::applicants(&request, actor, Command::Withdraw)?;
    let before = request.clone();
    let request = set_state(&tx, now, request, State::Withdrawn).await?;
    record_move(&tx, now, actor, "request.withdraw", (&before, &request), json!({})).await?;
    if before.state != State::Draft {
        let bank = bank_side(&tx, &request).await?;
        notify(&tx, now, bank, Letter::RequestWithdrawn, &request, json!({})).await?;
    }
    tx.commit().await?;
    Ok(request)
}
