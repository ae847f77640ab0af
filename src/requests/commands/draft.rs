//! Writing a request. A draft is saved even when it is incomplete; what is saved is well formed.

use super::super::error::{Error, checked_vials};
use super::super::events::RequestEvent;
use super::super::model::request::{self, Delivery, State, Use};
use super::super::model::request_line;
use super::super::policy;
use super::super::queries;
use super::super::rules::{MAX_LINES, MAX_VIALS, Move};
use super::super::steps::{fingerprint, lock, record};
use crate::accounts;
use crate::accounts::passwords::sha256_hex;
use crate::actor::Verb;
use crate::app::seoul_year;
use crate::audit::Changes;
use crate::catalogue;
use crate::command::{Command, Create, Work};
use crate::db::{Sql, next_number};
use crate::id::{InstitutionId, LineId, RequestId};
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;
use std::collections::HashSet;

/// What to write. `None` leaves a field as it is; an empty text, or `Some(None)` for a day, empties it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The cell lines and how many vials of each; replaces all lines.
    pub lines: Option<Vec<DraftLine>>,
    /// E-mail of the principal investigator; the applicant unless told.
    pub principal_investigator: Option<String>,
    /// Title of the project, at most 300 characters.
    pub project_title: Option<String>,
    /// Summary, at most 5,000 characters.
    pub summary: Option<String>,
    /// Plan of use, at most 20,000 characters.
    pub use_plan: Option<String>,
    /// What the cells are wanted for.
    pub intended_use: Option<Use>,
    /// For commercial use.
    pub commercial: Option<bool>,
    /// In people.
    pub in_people: Option<bool>,
    /// To be passed on.
    pub redistribution: Option<bool>,
    /// ISO 3166-1 alpha-2 code of the destination.
    pub country: Option<String>,
    /// Province or metropolitan city.
    pub region: Option<String>,
    /// Address, at most 500 characters.
    pub address: Option<String>,
    /// Courier or pick-up.
    pub delivery: Option<Delivery>,
    /// Number of the ethics board's approval.
    pub irb_approval_number: Option<String>,
    /// Its last day.
    pub irb_valid_until: Option<Option<NaiveDate>>,
    /// Number of the confirmed exemption.
    pub irb_exemption_number: Option<String>,
    /// Number of the head's approval.
    pub head_approval_number: Option<String>,
    /// Facility number for living modified organisms.
    pub lmo_facility_number: Option<String>,
    /// Export approval.
    pub export_approval_number: Option<String>,
    /// Clinical plan.
    pub clinical_plan_number: Option<String>,
    /// Its last day.
    pub clinical_plan_valid_until: Option<Option<NaiveDate>>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

/// One cell line of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// Which.
    pub line: LineId,
    /// Vials, 1 to [`MAX_VIALS`].
    pub vials: i32,
}

/// Begins a request at the applicant's institution.
///
/// Refused: no institution, or a malformed value; then nothing is kept.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// What is known already.
    pub draft: Draft,
}

impl Command for CreateRequest {
    const VERB: Verb = Verb::CreateRequest;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check(&self.draft)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let institution = work.actor.institution().ok_or(Error::NoInstitution)?;
        begin(work, institution, &self.draft, None).await
    }
}

impl Create for CreateRequest {
    fn made(request: &request::Model) -> i64 {
        request.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<request::Model, Error> {
        find(work, RequestId(made)).await
    }
}

/// A request that was made before.
pub(super) async fn find(work: &Work<'_>, id: RequestId) -> Result<request::Model, Error> {
    request::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequest)
}

/// Writes a new draft and its event, with the request that it was copied from.
pub(super) async fn begin(
    work: &Work<'_>,
    institution: InstitutionId,
    draft: &Draft,
    copied_from: Option<RequestId>,
) -> Result<request::Model, Error> {
    let mut row = empty(work, institution).await?;
    row.made_up = Set(draft.made_up);
    write(work, institution, &mut row, draft).await?;
    let request = row.insert(work).await?;
    if let Some(lines) = &draft.lines {
        replace_lines(work, request.id, lines).await?;
    }
    let lines = queries::lines_of(work, &[request.id]).await?;
    let changes = Changes::to(&written(&request, &lines));
    record(work, request.id, RequestEvent::Created { number: request.number.clone(), copied_from, changes }).await?;
    Ok(request)
}

/// What a request says, in one word: it changes with everything that can be changed.
pub fn version(request: &request::Model, lines: &[request_line::Model]) -> String {
    sha256_hex(written(request, lines).to_string().as_bytes())
}

/// Changes a draft, or a request that was sent back.
///
/// Refused: no such request, not one's own, not in this state, changed by somebody else, or a malformed value; then nothing
/// is changed.
#[derive(Clone, Debug)]
pub struct UpdateRequest {
    /// The request.
    pub request: RequestId,
    /// What changes.
    pub draft: Draft,
    /// The [`version`] that is changed: only if the request still says that.
    pub seen: Option<String>,
}

impl Command for UpdateRequest {
    const VERB: Verb = Verb::UpdateRequest;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check(&self.draft)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let request = lock(work, self.request).await?;
        policy::applicants(&request, work.actor, Move::Update)?;
        let lines = queries::lines_of(work, &[request.id]).await?;
        if self.seen.as_ref().is_some_and(|seen| *seen != version(&request, &lines)) {
            return Err(Error::ChangedMeanwhile);
        }
        let before = written(&request, &lines);
        let institution = request.institution_id;
        let mut row: request::ActiveModel = request.into();
        write(work, institution, &mut row, &self.draft).await?;
        let request = row.update(work).await?;
        if let Some(lines) = &self.draft.lines {
            replace_lines(work, request.id, lines).await?;
        }
        let after = written(&request, &queries::lines_of(work, &[request.id]).await?);
        let changes = Changes::between(&before, &after);
        record(work, request.id, RequestEvent::Updated { changes }).await?;
        Ok(request)
    }
}

/// An empty draft of the applicant, under the next number.
async fn empty(work: &Work<'_>, institution: InstitutionId) -> Result<request::ActiveModel, Error> {
    let (person, now) = (work.person()?, work.now());
    Ok(request::ActiveModel {
        number: Set(next_number(work, "REQ", seoul_year(now)).await?),
        applicant_id: Set(person),
        principal_investigator_id: Set(person),
        institution_id: Set(institution),
        state: Set(State::Draft),
        state_since: Set(now),
        created_at: Set(now),
        project_title: Set(String::new()),
        summary: Set(String::new()),
        use_plan: Set(String::new()),
        commercial: Set(false),
        in_people: Set(false),
        redistribution: Set(false),
        country: Set("KR".into()),
        region: Set(String::new()),
        address: Set(String::new()),
        delivery: Set(Delivery::Courier),
        ..Default::default()
    })
}

/// Lengths and forms; whether it is complete is asked at submission.
fn check(draft: &Draft) -> Result<(), Error> {
    let texts = [
        ("projectTitle", &draft.project_title, 300),
        ("summary", &draft.summary, 5_000),
        ("usePlan", &draft.use_plan, 20_000),
        ("region", &draft.region, 100),
        ("address", &draft.address, 500),
        ("irbApprovalNumber", &draft.irb_approval_number, 100),
        ("irbExemptionNumber", &draft.irb_exemption_number, 100),
        ("headApprovalNumber", &draft.head_approval_number, 100),
        ("lmoFacilityNumber", &draft.lmo_facility_number, 100),
        ("exportApprovalNumber", &draft.export_approval_number, 100),
        ("clinicalPlanNumber", &draft.clinical_plan_number, 100),
    ];
    let mut errors: Vec<Error> = texts
        .iter()
        .filter(|(_, text, most)| text.as_ref().is_some_and(|text| text.chars().count() > *most))
        .map(|(field, _, most)| Error::TooLong { field, most: *most })
        .collect();
    if draft.country.as_ref().is_some_and(|c| c.len() != 2 || !c.chars().all(|c| c.is_ascii_uppercase())) {
        errors.push(Error::BadCountry);
    }
    let lines = draft.lines.as_deref().unwrap_or_default();
    if lines.len() > MAX_LINES {
        errors.push(Error::TooManyLines);
    }
    let mut seen = HashSet::new();
    for (i, line) in lines.iter().enumerate() {
        errors.extend(checked_vials(format!("lines[{i}].vials"), line.vials, MAX_VIALS).err());
        if !seen.insert(line.line) {
            errors.push(Error::DuplicateLine { field: format!("lines[{i}].line") });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Several(errors)) }
}

/// Puts the given fields into the row.
async fn write(
    work: &Work<'_>,
    institution: InstitutionId,
    row: &mut request::ActiveModel,
    draft: &Draft,
) -> Result<(), Error> {
    if let Some(email) = &draft.principal_investigator {
        let found = accounts::queries::person_by_email(work, email).await?;
        let found = found.filter(|p| p.institution_id == Some(institution) && p.disabled_at.is_none());
        row.principal_investigator_id = Set(found.ok_or(Error::NoSuchInvestigator)?.id);
    }
    let text = |field: &Option<String>| field.as_ref().map(|t| t.trim().to_owned());
    macro_rules! put {
        ($($field:ident = $value:expr;)*) => {$( if let Some(value) = $value { row.$field = Set(value); } )*};
    }
    put! {
        project_title = text(&draft.project_title);
        summary = text(&draft.summary);
        use_plan = text(&draft.use_plan);
        intended_use = draft.intended_use.map(Some);
        commercial = draft.commercial;
        in_people = draft.in_people;
        redistribution = draft.redistribution;
        country = draft.country.clone();
        region = text(&draft.region);
        address = text(&draft.address);
        delivery = draft.delivery;
        irb_approval_number = number(&draft.irb_approval_number);
        irb_valid_until = draft.irb_valid_until;
        irb_exemption_number = number(&draft.irb_exemption_number);
        head_approval_number = number(&draft.head_approval_number);
        lmo_facility_number = number(&draft.lmo_facility_number);
        export_approval_number = number(&draft.export_approval_number);
        clinical_plan_number = number(&draft.clinical_plan_number);
        clinical_plan_valid_until = draft.clinical_plan_valid_until;
    }
    Ok(())
}

/// An empty number is no number.
fn number(field: &Option<String>) -> Option<Option<String>> {
    field.as_ref().map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

async fn replace_lines(work: &Work<'_>, id: RequestId, lines: &[DraftLine]) -> Result<(), Error> {
    let ids: Vec<LineId> = lines.iter().map(|line| line.line).collect();
    let known = catalogue::queries::lines_by_id(work, work.actor, &ids).await?;
    Sql::with("DELETE FROM request_line WHERE request_id = $1", [id.0.into()]).run(work).await?;
    for (i, line) in lines.iter().enumerate() {
        if !known.iter().any(|k| k.id == line.line) {
            return Err(Error::NoSuchLine { field: format!("lines[{i}].line") });
        }
        let sql =
            "INSERT INTO request_line (request_id, line_id, vials_requested, state) VALUES ($1, $2, $3, 'requested')";
        Sql::with(sql, [id.0.into(), line.line.0.into(), line.vials.into()]).run(work).await?;
    }
    Ok(())
}

/// What the history keeps of a request's fields. Of the long texts, in which people may be named, and of numbers that lead
/// to people it keeps a fingerprint: enough to prove what stood there, without repeating it when the request is blanked.
fn written(row: &request::Model, lines: &[request_line::Model]) -> serde_json::Value {
    let lines: Vec<_> = lines.iter().map(|line| json!([line.line_id.0, line.vials_requested])).collect();
    json!({
        "lines": lines,
        "principal_investigator": row.principal_investigator_id.0,
        "project_title": fingerprint(&row.project_title),
        "summary": fingerprint(&row.summary),
        "use_plan": fingerprint(&row.use_plan),
        "address": fingerprint(&row.address),
        "intended_use": row.intended_use.map(|of| of.to_value()),
        "commercial": row.commercial,
        "in_people": row.in_people,
        "redistribution": row.redistribution,
        "country": row.country,
        "region": row.region,
        "delivery": row.delivery.to_value(),
        "irb_approval_number": row.irb_approval_number.as_deref().and_then(fingerprint),
        "irb_valid_until": row.irb_valid_until,
        "irb_exemption_number": row.irb_exemption_number.as_deref().and_then(fingerprint),
        "head_approval_number": row.head_approval_number.as_deref().and_then(fingerprint),
        "lmo_facility_number": row.lmo_facility_number.as_deref().and_then(fingerprint),
        "export_approval_number": row.export_approval_number.as_deref().and_then(fingerprint),
        "clinical_plan_number": row.clinical_plan_number.as_deref().and_then(fingerprint),
        "clinical_plan_valid_until": row.clinical_plan_valid_until,
    })
}
