//! Parts of the verbs on requests: lock, check, move, notify.

use super::error::{Error, Whose};
use super::model::{request, request_line};
use super::queries;
use super::requirements::{self, Intent};
use super::rules::Command;
use crate::accounts;
use crate::actor::{Actor, Permission, Role};
use crate::agreements::model::signature::Party;
use crate::app::App;
use crate::catalogue;
use crate::catalogue::model::cell_line;
use crate::db::{Sql, Transaction};
use crate::id::{LineId, PersonId, RequestId, RequestLineId};
use crate::mail::{self, Letter};
use crate::{audit, subject};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, QuerySelect, Set};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Locks a request that the actor may see.
pub(crate) async fn lock(tx: &Transaction, actor: &Actor, id: RequestId) -> Result<request::Model, Error> {
    request::Entity::find_by_id(id).lock_exclusive().one(&**tx).await?.ok_or(Error::NoSuchRequest)?;
    let visible = queries::by_id(&**tx, actor, &[id]).await?.pop();
    visible.ok_or(Error::NoSuchRequest)
}

/// Holds the requests of lines until the transaction ends, in the order of their keys, so that two operations that need
/// several do not wait for each other. Stock is locked after.
pub(crate) async fn hold_requests_of(tx: &Transaction, lines: &[RequestLineId]) -> Result<(), Error> {
    let mut sql =
        Sql::new("SELECT q.id FROM request q WHERE q.id IN (SELECT n.request_id FROM request_line n WHERE n.id IN (");
    sql.bind_all(lines.iter().map(|line| line.0)).push(")) ORDER BY q.id");
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" FOR UPDATE");
    }
    sql.rows(&**tx).await?;
    Ok(())
}

/// Locks the request of one of its lines.
pub(crate) async fn lock_line(
    tx: &Transaction,
    actor: &Actor,
    id: RequestLineId,
) -> Result<(request::Model, request_line::Model), Error> {
    let line = request_line::Entity::find_by_id(id).one(&**tx).await?.ok_or(Error::NoSuchRequestLine)?;
    let request = match lock(tx, actor, line.request_id).await {
        Err(Error::NoSuchRequest) => return Err(Error::NoSuchRequestLine),
        answer => answer?,
    };
    let line = request_line::Entity::find_by_id(id).one(&**tx).await?.ok_or(Error::NoSuchRequestLine)?;
    Ok((request, line))
}

/// The state allows the command, by the table.
pub(crate) fn in_state(request: &request::Model, command: Command) -> Result<(), Error> {
    if command.states().contains(&request.state) {
        Ok(())
    } else {
        Err(Error::WrongState { command, state: request.state })
    }
}

/// Only applicant and principal investigator act for the applicant's side, whoever else may see the request.
pub(crate) fn own(request: &request::Model, actor: &Actor) -> Result<PersonId, Error> {
    let person = actor.person_who_may(Permission::RequestLines)?;
    if [request.applicant_id, request.principal_investigator_id].contains(&person) {
        Ok(person)
    } else {
        Err(Error::NotYours(Whose::Applicant))
    }
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

/// Nobody decides a request that is their own or their institution's, be it that they work there or sign for it.
pub(crate) fn no_conflict(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    let concerned = actor.person_id().is_some_and(|person| {
        [request.applicant_id, request.principal_investigator_id].contains(&person)
            || actor.institutions().any(|institution| institution == request.institution_id)
    });
    if concerned {
        let en = "You are concerned by this request (yours, or your institution's); somebody else has to handle it.";
        let ko = "본인 또는 소속 기관의 신청이므로 다른 담당자가 처리해야 합니다.";
        return Err(Error::ConflictOfInterest { en, ko });
    }
    Ok(())
}

/// Moves a request to a state and says since when.
pub(crate) async fn set_state(
    tx: &Transaction,
    now: DateTime<Utc>,
    request: request::Model,
    state: request::State,
) -> Result<request::Model, Error> {
    let mut row: request::ActiveModel = request.into();
    row.state = Set(state);
    row.state_since = Set(now);
    Ok(row.update(&**tx).await?)
}

/// Writes the event of a step. Everything that happens to a request stands under it, so that its timeline is whole.
pub(crate) async fn record(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    action: &str,
    request: RequestId,
    detail: serde_json::Value,
) -> Result<(), Error> {
    Ok(audit::record(tx, now, actor, action, subject!(RequestId, request), detail).await?)
}

/// The same for a step that moved the request: what of its state changed goes with it, before and after.
pub(crate) async fn record_move(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    action: &str,
    (before, after): (&request::Model, &request::Model),
    detail: serde_json::Value,
) -> Result<(), Error> {
    let detail = audit::with_changes(detail, &snapshot(before), &snapshot(after));
    record(tx, now, actor, action, after.id, detail).await
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
    tx: &Transaction,
    now: DateTime<Utc>,
    to: impl IntoIterator<Item = PersonId>,
    letter: Letter,
    request: &request::Model,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let mut whole = json!({ "request": request.number });
    if let (Some(whole), Some(more)) = (whole.as_object_mut(), detail.as_object()) {
        whole.extend(more.clone());
    }
    Ok(mail::post(tx, now, to, letter, subject!(RequestId, request.id), whole).await?)
}

/// The bank's side of a request: whoever took it, else all staff; also if whoever took it left.
pub(crate) async fn bank_side(tx: &Transaction, request: &request::Model) -> Result<Vec<PersonId>, Error> {
    if let Some(handler) = request.handler_id {
        let handler = accounts::queries::people(&**tx, &[handler]).await?.pop();
        if let Some(handler) = handler.filter(|person| person.disabled_at.is_none()) {
            return Ok(vec![handler.id]);
        }
    }
    Ok(accounts::queries::with_role(&**tx, Role::Staff).await?)
}

/// Those who can sign the agreement of a request for a party. Whoever decided the request does not sign for the bank.
pub(crate) async fn signers(tx: &Transaction, request: &request::Model, party: Party) -> Result<Vec<PersonId>, Error> {
    Ok(match party {
        Party::PrincipalInvestigator => vec![request.principal_investigator_id],
        Party::Recipient => {
            let institution = Some(request.institution_id);
            accounts::queries::holders(&**tx, Permission::SignForInstitution, institution).await?
        }
        Party::Bank => {
            let mut bank = accounts::queries::holders(&**tx, Permission::SignForBank, None).await?;
            bank.retain(|person| request.decider_id != Some(*person));
            bank
        }
    })
}

/// The cell lines of request lines, whatever their status: a request keeps its line.
pub(crate) async fn cell_lines(tx: &Transaction, ids: &[LineId]) -> Result<Vec<cell_line::Model>, Error> {
    Ok(catalogue::queries::lines_by_id(&**tx, &Actor::system("requests"), ids).await?)
}

/// Refuses if a requirement of one of the lines is missing or not allowed.
pub(crate) fn check_requirements<'a>(
    request: &request::Model,
    lines: impl IntoIterator<Item = &'a cell_line::Model>,
    today: NaiveDate,
) -> Result<(), Error> {
    let intent = Intent::from(request);
    let open: Vec<_> = lines
        .into_iter()
        .flat_map(|line| {
            let list = requirements::requirements(line, &intent, today);
            list.into_iter().filter(|r| r.outcome >= requirements::Outcome::Missing).map(move |r| (line, r.code))
        })
        .map(|(line, rule)| Error::Requirement { rule, line: line.identifier().to_owned() })
        .collect();
    if open.is_empty() { Ok(()) } else { Err(Error::Several(open)) }
}

/// Numbers of the shipments in which vials of lines lie packed: neither on the shelf nor gone.
pub(crate) async fn packed_in(tx: &Transaction, lines: &[RequestLineId]) -> Result<Vec<String>, Error> {
    let mut sql = Sql::new(
        "SELECT DISTINCT s.number FROM shipment_vial v JOIN shipment s ON s.id = v.shipment_id
         WHERE NOT v.cancelled AND s.state = 'packed' AND v.request_line_id IN (",
    );
    sql.bind_all(lines.iter().map(|line| line.0)).push(") ORDER BY s.number");
    let rows = sql.rows(&**tx).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Moves a line of a request.
pub(crate) async fn set_line(tx: &Transaction, id: RequestLineId, state: request_line::State) -> Result<(), Error> {
    let sql = "UPDATE request_line SET state = $2 WHERE id = $1";
    Sql::with(sql, [id.0.into(), state.to_value().into()]).run(&**tx).await?;
    Ok(())
}

/// Today in Seoul, for rules that count days.
pub(crate) fn today(app: &App) -> NaiveDate {
    app.clock.today()
}
