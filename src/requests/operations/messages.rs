//! Writing about a request: to the other side, or for the bank alone.

use super::super::error::Error;
use super::super::model::message::{self, Side};
use super::super::model::request;
use super::super::policy;
use super::super::steps::{bank_side, lock, notify, record};
use crate::accounts::passwords::sha256_hex;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::db::Transaction;
use crate::id::{PersonId, RequestId, RequestMessageId};
use crate::idempotency::{self, Claim, Key};
use crate::mail::Letter;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Characters of a message or note.
pub const MAX_MESSAGE: usize = 5_000;

/// Writes to the other side about a request, whatever its state once it was handed in. A letter tells the other side that
/// there is something to read: the bank's handler or else all staff, or applicant and principal investigator. The text
/// itself stays at the bank.
///
/// # Errors
/// Not allowed, no such request, not one's own, a conflict of interest, still a draft, or an empty or overlong text.
pub async fn post_message(
    app: &App,
    actor: &Actor,
    id: RequestId,
    text: &str,
    key: Option<&Key>,
) -> Result<message::Model, Error> {
    let author = actor.person_who_may_do(Verb::PostMessage)?;
    let text = checked(text)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, author, "request.message", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => return again(&tx, id).await,
    };
    let request = lock(&tx, actor, id).await?;
    let side = policy::message(&request, actor)?;
    let message = write(&tx, now, (id, author), side, false, text).await?;
    record(&tx, now, actor, "request.message", id, event_detail(&message)).await?;
    let mut to = match side {
        Side::Applicant => bank_side(&tx, &request).await?,
        Side::Bank => vec![request.applicant_id, request.principal_investigator_id],
    };
    to.retain(|person| *person != author);
    notify(&tx, now, to, Letter::RequestMessage, &request, json!({ "from": side.to_value() })).await?;
    ticket.keep(&tx, message.id.0).await?;
    tx.commit().await?;
    Ok(message)
}

/// Notes something about a request for the bank alone. Nobody is told, and the applicant's side never sees it.
///
/// # Errors
/// Not allowed, no such request, a conflict of interest, still a draft, or an empty or overlong text.
pub async fn post_note(
    app: &App,
    actor: &Actor,
    id: RequestId,
    text: &str,
    key: Option<&Key>,
) -> Result<message::Model, Error> {
    let author = actor.person_who_may_do(Verb::PostNote)?;
    let text = checked(text)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, author, "request.note", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => return again(&tx, id).await,
    };
    let request: request::Model = lock(&tx, actor, id).await?;
    policy::note(&request, actor)?;
    let note = write(&tx, now, (id, author), Side::Bank, true, text).await?;
    record(&tx, now, actor, "request.note", id, event_detail(&note)).await?;
    ticket.keep(&tx, note.id.0).await?;
    tx.commit().await?;
    Ok(note)
}

fn checked(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::EmptyText);
    }
    if text.chars().count() > MAX_MESSAGE {
        return Err(Error::TooLong { field: "text", most: MAX_MESSAGE });
    }
    Ok(text)
}

async fn again(tx: &Transaction, id: i64) -> Result<message::Model, Error> {
    message::Entity::find_by_id(RequestMessageId(id)).one(&**tx).await?.ok_or(Error::NoSuchRequest)
}

async fn write(
    tx: &Transaction,
    now: DateTime<Utc>,
    (request, author): (RequestId, PersonId),
    side: Side,
    internal: bool,
    text: &str,
) -> Result<message::Model, Error> {
    let row = message::ActiveModel {
        request_id: Set(request),
        author_id: Set(author),
        at: Set(now),
        side: Set(side),
        internal: Set(internal),
        text: Set(text.into()),
        ..Default::default()
    };
    Ok(row.insert(&**tx).await?)
}

/// The history proves what was written without repeating it.
fn event_detail(message: &message::Model) -> serde_json::Value {
    json!({ "message": message.id.0, "text": format!("sha256:{}", sha256_hex(message.text.as_bytes())) })
}
