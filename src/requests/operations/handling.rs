//! Handlers come and go: taking a request over, and putting it back on the desk.

use super::super::error::Error;
use super::super::model::request::{self, State};
use super::super::policy;
use super::super::rules::Command;
use super::super::steps::{check_text, lock, notify, record_move, set_state};
use crate::accounts;
use crate::actor::{Actor, Role, Verb};
use crate::app::App;
use crate::id::RequestId;
use crate::mail::Letter;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// Takes a request under review over from whoever works on it, with a reason of 1 to 2,000 characters, which a letter
/// tells them if their account is open. The state and its date stay.
///
/// # Errors
/// Not allowed, no such request, a conflict of interest, not in this state, one's own already, or an empty or overlong
/// reason.
pub async fn take_over(app: &App, actor: &Actor, id: RequestId, reason: &str) -> Result<request::Model, Error> {
    let person = actor.person_who_may_do(Verb::TakeOverRequest)?;
    check_text("reason", reason, true)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = lock(&tx, actor, id).await?;
    policy::desks(&before, actor, Command::TakeOver)?;
    let mut row: request::ActiveModel = before.clone().into();
    row.handler_id = Set(Some(person));
    let request = row.update(&*tx).await?;
    let detail = json!({ "reason": reason.trim() });
    record_move(&tx, now, actor, "request.take_over", (&before, &request), detail.clone()).await?;
    let previous: Vec<_> = before.handler_id.into_iter().collect();
    let previous = accounts::queries::people(&*tx, &previous).await?;
    let active = previous.iter().filter(|person| person.disabled_at.is_none()).map(|person| person.id);
    notify(&tx, now, active, Letter::RequestTakenOver, &request, detail).await?;
    tx.commit().await?;
    Ok(request)
}

/// Puts a request that the caller works on back on the desk: it is submitted again and anybody may claim it. A letter
/// tells the rest of the staff.
///
/// # Errors
/// Not allowed, no such request, a conflict of interest, not in this state, or claimed by somebody else.
pub async fn release(app: &App, actor: &Actor, id: RequestId) -> Result<request::Model, Error> {
    let person = actor.person_who_may_do(Verb::ReleaseRequest)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = lock(&tx, actor, id).await?;
    policy::desks(&before, actor, Command::Release)?;
    let mut row: request::ActiveModel = before.clone().into();
    row.handler_id = Set(None);
    let request = set_state(&tx, now, row.update(&*tx).await?, State::Submitted).await?;
    record_move(&tx, now, actor, "request.release", (&before, &request), json!({})).await?;
    let mut desk = accounts::queries::with_role(&*tx, Role::Staff).await?;
    desk.retain(|member| *member != person);
    notify(&tx, now, desk, Letter::RequestReleased, &request, json!({})).await?;
    tx.commit().await?;
    Ok(request)
}
