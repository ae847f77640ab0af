//! A line that is not wanted any more.

use super::super::error::Error;
use super::super::model::request_line::{self, State};
use super::super::policy;
use super::super::queries;
use super::super::rules::state_after;
use super::super::steps::{bank_side, cell_lines, lock_line, notify, record, record_move, set_state};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::id::RequestLineId;
use crate::mail::Letter;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// Cancels a line that is approved or on the waiting list; once vials are set aside the bank has to put them back first. A
/// letter tells the bank. When every line of the request has ended, the request is closed.
///
/// # Errors
/// Not allowed, no such line, not one's own, or not in this state.
pub async fn cancel_line(app: &App, actor: &Actor, id: RequestLineId) -> Result<request_line::Model, Error> {
    actor.may_do(Verb::CancelRequestLine)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, request_line) = lock_line(&tx, actor, id).await?;
    policy::cancel(&request, &request_line, actor)?;
    let mut row: request_line::ActiveModel = request_line.clone().into();
    row.state = Set(State::Cancelled);
    row.waitlisted_at = Set(None);
    let cancelled = row.update(&*tx).await?;
    let detail = json!({ "line": id.0, "cell_line": request_line.line_id.0 });
    record(&tx, now, actor, "request.cancel_line", request.id, detail).await?;
    let states: Vec<_> =
        queries::lines_of(&*tx, &[request.id]).await?.iter().map(|request_line| request_line.state).collect();
    let ended = state_after(&states).filter(|state| *state != request.state);
    let cells = cell_lines(&tx, &[request_line.line_id]).await?;
    let detail =
        json!({ "line": id.0, "cell_line": cells.first().map(|cells| cells.identifier()), "closed": ended.is_some() });
    let bank = bank_side(&tx, &request).await?;
    notify(&tx, now, bank, Letter::LineCancelled, &request, detail).await?;
    if let Some(state) = ended {
        let closed = set_state(&tx, now, request.clone(), state).await?;
        record_move(&tx, now, actor, "request.close", (&request, &closed), json!({})).await?;
    }
    tx.commit().await?;
    Ok(cancelled)
}
