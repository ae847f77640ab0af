//! Beginning a request with what an earlier one says.

use super::super::error::Error;
use super::super::model::{request, request_line};
use super::super::queries;
use super::super::requirements::is_provided;
use super::super::steps::{lock, own};
use super::draft::{Draft, DraftLine, begin};
use crate::accounts;
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::catalogue;
use crate::db::Transaction;
use crate::id::{InstitutionId, LineId, RequestId};
use crate::idempotency::{self, Claim, Key};
use chrono::NaiveDate;
use sea_orm::EntityTrait;
use serde_json::json;

/// Begins a draft at the caller's institution with what an earlier request of their own says: its texts, its delivery, and
/// those of its lines that the bank still provides. An approval goes along unless its last day in Asia/Seoul has passed.
/// The principal investigator stays if they still belong to the institution; else it is the caller.
///
/// # Errors
/// Not allowed, no such request, not one's own, or no institution.
pub async fn copy(app: &App, actor: &Actor, id: RequestId, key: Option<&Key>) -> Result<request::Model, Error> {
    let person = actor.person_who_may_do(Verb::CopyRequest)?;
    let institution = actor.institution().ok_or(Error::NoInstitution)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "request.copy", key).await?? {
        Claim::First(ticket) => ticket,
        Claim::Again(id) => {
            return request::Entity::find_by_id(RequestId(id)).one(&*tx).await?.ok_or(Error::NoSuchRequest);
        }
    };
    let source = lock(&tx, actor, id).await?;
    own(&source, actor)?;
    let lines = queries::lines_of(&*tx, &[id]).await?;
    let mut draft = texts(&source, app.clock.today());
    draft.lines = Some(still_provided(&tx, actor, &lines).await?);
    draft.principal_investigator = investigator(&tx, institution, &source).await?;
    let detail = json!({ "copied_from": id.0 });
    let request = begin(&tx, now, actor, (person, institution), &draft, detail).await?;
    ticket.keep(&tx, request.id.0).await?;
    tx.commit().await?;
    Ok(request)
}

async fn still_provided(
    tx: &Transaction,
    actor: &Actor,
    lines: &[request_line::Model],
) -> Result<Vec<DraftLine>, Error> {
    let ids: Vec<LineId> = lines.iter().map(|request_line| request_line.line_id).collect();
    let known = catalogue::queries::lines_by_id(&**tx, actor, &ids).await?;
    let provided =
        |request_line: &&request_line::Model| known.iter().any(|k| k.id == request_line.line_id && is_provided(k));
    let again = |request_line: &request_line::Model| DraftLine {
        cell_line: request_line.line_id,
        vials: request_line.vials_requested,
    };
    Ok(lines.iter().filter(provided).map(again).collect())
}

/// The investigator's e-mail, if they can still answer for work at the institution.
async fn investigator(
    tx: &Transaction,
    institution: InstitutionId,
    source: &request::Model,
) -> Result<Option<String>, Error> {
    let found = accounts::queries::people(&**tx, &[source.principal_investigator_id]).await?.pop();
    let found = found.filter(|person| person.institution_id == Some(institution) && person.disabled_at.is_none());
    Ok(found.map(|person| person.email))
}

fn texts(source: &request::Model, today: NaiveDate) -> Draft {
    let lasts = |until: Option<NaiveDate>| until.is_none_or(|day| day >= today);
    let (irb, plan) = (lasts(source.irb_valid_until), lasts(source.clinical_plan_valid_until));
    Draft {
        project_title: Some(source.project_title.clone()),
        summary: Some(source.summary.clone()),
        use_plan: Some(source.use_plan.clone()),
        intended_use: source.intended_use,
        commercial: Some(source.commercial),
        in_people: Some(source.in_people),
        redistribution: Some(source.redistribution),
        country: Some(source.country.clone()),
        region: Some(source.region.clone()),
        address: Some(source.address.clone()),
        delivery: Some(source.delivery),
        irb_approval_number: source.irb_approval_number.clone().filter(|_| irb),
        irb_valid_until: Some(source.irb_valid_until.filter(|_| irb)),
        irb_exemption_number: source.irb_exemption_number.clone(),
        head_approval_number: source.head_approval_number.clone(),
        lmo_facility_number: source.lmo_facility_number.clone(),
        export_approval_number: source.export_approval_number.clone(),
        clinical_plan_number: source.clinical_plan_number.clone().filter(|_| plan),
        clinical_plan_valid_until: Some(source.clinical_plan_valid_until.filter(|_| plan)),
        made_up: source.made_up,
        ..Draft::default()
    }
}
