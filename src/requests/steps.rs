//! Parts of the commands on requests: lock, check, move, notify.

use super::error::Error;
use super::events::RequestEvent;
use super::model::{request, request_line};
use super::queries;
use crate::accounts;
use crate::actor::{Permission, Role};
use crate::agreements::model::signature::Party;
use crate::audit::{self, Changes};
use crate::catalogue;
use crate::catalogue::LineView;
use crate::command::Work;
use crate::id::{CellLineId, PersonId, RequestId, RequestLineId};
use crate::mail::{self, Letter};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
    Unchanged,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Locks a request that the actor may see.
pub(crate) async fn lock(work: &Work<'_>, id: RequestId) -> Result<request::Model, Error> {
    request::Entity::find_by_id(id).lock_exclusive().one(work).await?.ok_or(Error::NoSuchRequest)?;
    let visible = queries::by_id(work, work.actor, &[id]).await?.pop();
    visible.ok_or(Error::NoSuchRequest)
}

/// Holds the requests of lines until the transaction ends, in the order of their keys, so that two commands that need
/// several do not wait for each other. Stock is locked after.
pub(crate) async fn hold_requests_of(work: &Work<'_>, lines: &[RequestLineId]) -> Result<(), Error> {
    let of_lines = request_line::Entity::find().filter(request_line::Column::Id.is_in(lines.iter().copied()));
    let of_lines = of_lines.select_only().column(request_line::Column::RequestId).into_query();
    let theirs = request::Entity::find().filter(request::Column::Id.in_subquery(of_lines)).select_only();
    let theirs = theirs.column(request::Column::Id).order_by_asc(request::Column::Id).lock_exclusive();
    theirs.into_tuple::<RequestId>().all(work).await?;
    Ok(())
}

/// Locks the request of one of its lines.
pub(crate) async fn lock_line(
    work: &Work<'_>,
    id: RequestLineId,
) -> Result<(request::Model, request_line::Model), Error> {
    let line = request_line::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequestLine)?;
    let request = match lock(work, line.request_id).await {
        Err(Error::NoSuchRequest) => return Err(Error::NoSuchRequestLine),
        answer => answer?,
    };
    let line = request_line::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequestLine)?;
    Ok((request, line))
}

/// A text of the bank's, at most 2,000 characters.
pub(crate) fn check_text(field: &'static str, text: &str, required: bool) -> Result<(), Error> {
    if required && text.trim().is_empty() {
        return Err(Error::Required { field: field.into() });
    }
    if text.chars().count() > 2_000 {
        return Err(Error::TooLong { field, most: 2_000 });
    }
    Ok(())
}

/// Moves a request to a state and says since when.
pub(crate) async fn set_state(
    work: &Work<'_>,
    request: request::Model,
    state: request::State,
) -> Result<request::Model, Error> {
    let mut row: request::ActiveModel = request.into();
    row.state = Set(state);
    row.state_since = Set(work.now());
    Ok(row.update(work).await?)
}

/// Writes the event of a step.
pub(crate) async fn record(work: &Work<'_>, request: RequestId, event: RequestEvent) -> Result<(), Error> {
    Ok(audit::record(work, request, &event).await?)
}

/// What a move changed of a request's state, before and after.
pub(crate) fn moved(before: &request::Model, after: &request::Model) -> Changes {
    Changes::between(&snapshot(before), &snapshot(after))
}

/// What of a request its moves change; keys of people, not names, and of somebody's own words a fingerprint.
fn snapshot(request: &request::Model) -> serde_json::Value {
    json!({
        "state": request.state.to_value(),
        "handler": request.handler_id.map(|id| id.0),
        "decider": request.decider_id.map(|id| id.0),
        "submitted_at": request.submitted_at,
        "return_comment": request.return_comment.as_deref().and_then(fingerprint),
        "revision": request.revision,
    })
}

/// SHA-256 of a text in which people may be named; null of none. The history proves by it what stood there.
pub(super) fn fingerprint(text: &str) -> Option<String> {
    let digest = || Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    (!text.is_empty()).then(|| format!("sha256:{}", digest()))
}

/// Puts a letter about a request into the outbox.
pub(crate) async fn notify(
    work: &Work<'_>,
    request: RequestId,
    to: impl IntoIterator<Item = PersonId>,
    letter: Letter,
) -> Result<(), Error> {
    Ok(mail::post(work, to, request, &letter).await?)
}

/// The bank's side of a request: whoever took it, else all staff; also if whoever took it left.
pub(crate) async fn bank_side(work: &Work<'_>, request: &request::Model) -> Result<Vec<PersonId>, Error> {
    if let Some(handler) = request.handler_id {
        let handler = accounts::queries::people(work, &[handler]).await?.pop();
        if let Some(handler) = handler.filter(|person| person.disabled_at.is_none()) {
            return Ok(vec![handler.id]);
        }
    }
    Ok(accounts::queries::with_role(work, Role::Staff).await?)
}

/// Those who can sign the agreement of a request for a party. Whoever decided the request does not sign for the bank.
pub(crate) async fn signers(work: &Work<'_>, request: &request::Model, party: Party) -> Result<Vec<PersonId>, Error> {
    Ok(match party {
        Party::PrincipalInvestigator => vec![request.principal_investigator_id],
        Party::Recipient => {
            let institution = Some(request.institution_id);
            accounts::queries::holders(work, Permission::SignForInstitution, institution).await?
        }
        Party::Bank => {
            let mut bank = accounts::queries::holders(work, Permission::SignForBank, None).await?;
            bank.retain(|person| request.decider_id != Some(*person));
            bank
        }
    })
}

/// The cell lines of request lines, whatever their status: a request keeps its line.
pub(crate) async fn cell_lines(work: &Work<'_>, ids: &[CellLineId]) -> Result<Vec<LineView>, Error> {
    Ok(catalogue::queries::requested_lines(work, ids).await?)
}

/// Moves a line of a request.
pub(crate) async fn set_line(work: &Work<'_>, id: RequestLineId, state: request_line::State) -> Result<(), Error> {
    let moved = request_line::ActiveModel { id: Unchanged(id), state: Set(state), ..Default::default() };
    request_line::Entity::update(moved).exec_without_returning(work).await?;
    Ok(())
}
