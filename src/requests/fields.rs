//! The fields that an applicant writes, by the names of the draft's inputs; what stood in them at a return, and what
//! changed since.

use super::model::request::{self, Delivery, Use};
use super::model::request_line;
use crate::accounts::model::person;
use crate::catalogue::model::cell_line;
use crate::id::{LineId, PersonId};
use crate::language::Lang;
use sea_orm::ActiveEnum;
use serde_json::{Value as Json, json};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the draft's input, such as `usePlan`.
    pub name: &'static str,
    label: [&'static str; 2],
}

impl Field {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        lang.pick(self.label[0], self.label[1])
    }

    /// The field of a name; `None` if the form has none.
    pub fn from_name(name: &str) -> Option<Self> {
        FIELDS.iter().copied().find(|field| field.name == name)
    }
}

const fn field(name: &'static str, en: &'static str, ko: &'static str) -> Field {
    Field { name, label: [en, ko] }
}

/// Every field, in the order of the form.
pub const FIELDS: [Field; 21] = [
    field("lines", "cell lines", "세포주"),
    field("principalInvestigator", "principal investigator", "연구책임자"),
    field("projectTitle", "title of the project", "연구 과제명"),
    field("summary", "summary", "연구 개요"),
    field("usePlan", "plan of use", "이용 계획"),
    field("intendedUse", "intended use", "이용 목적"),
    field("commercial", "for commercial use", "상업적 이용"),
    field("inPeople", "in people", "사람 대상 이용"),
    field("redistribution", "to be passed on", "제3자 제공"),
    field("country", "country", "국가"),
    field("region", "province or city", "시·도"),
    field("address", "address", "배송 주소"),
    field("delivery", "delivery", "수령 방법"),
    field("irbApprovalNumber", "ethics board's approval", "IRB 승인 번호"),
    field("irbValidUntil", "last day of the ethics board's approval", "IRB 승인 만료일"),
    field("irbExemptionNumber", "ethics board's exemption", "IRB 심의 면제 번호"),
    field("headApprovalNumber", "approval of the institution's head", "기관장 승인 번호"),
    field("lmoFacilityNumber", "facility for living modified organisms", "LMO 시설 신고·허가 번호"),
    field("exportApprovalNumber", "export approval", "수출 승인 번호"),
    field("clinicalPlanNumber", "clinical plan", "임상 연구 계획 번호"),
    field("clinicalPlanValidUntil", "last day of the clinical plan", "임상 연구 계획 만료일"),
];

/// What stands in the fields, whole; people and cell lines by key, so that a name that goes later goes here too.
pub(super) fn snapshot(row: &request::Model, lines: &[request_line::Model]) -> Json {
    let lines: Vec<_> = lines.iter().map(|line| json!([line.line_id.0, line.vials_requested])).collect();
    json!({
        "lines": lines,
        "principalInvestigator": row.principal_investigator_id.0,
        "projectTitle": row.project_title,
        "summary": row.summary,
        "usePlan": row.use_plan,
        "intendedUse": row.intended_use.map(|of| of.to_value()),
        "commercial": row.commercial,
        "inPeople": row.in_people,
        "redistribution": row.redistribution,
        "country": row.country,
        "region": row.region,
        "address": row.address,
        "delivery": row.delivery.to_value(),
        "irbApprovalNumber": row.irb_approval_number,
        "irbValidUntil": row.irb_valid_until,
        "irbExemptionNumber": row.irb_exemption_number,
        "headApprovalNumber": row.head_approval_number,
        "lmoFacilityNumber": row.lmo_facility_number,
        "exportApprovalNumber": row.export_approval_number,
        "clinicalPlanNumber": row.clinical_plan_number,
        "clinicalPlanValidUntil": row.clinical_plan_valid_until,
    })
}

/// A field that the applicant changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// What a reader saw in it; `None` if it was empty.
    pub before: Option<String>,
    /// What a reader sees now; `None` if it is empty.
    pub after: Option<String>,
}

/// What has to be looked up before the changes of a request can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Cell lines asked for then or now.
    pub cell_lines: Vec<LineId>,
    /// Principal investigators then and now.
    pub people: Vec<PersonId>,
}

/// The cell lines and people that stand in a request now and stood in it at its last return; nothing if it never was
/// returned.
pub fn mentioned(row: &request::Model, lines: &[request_line::Model]) -> Mentioned {
    let Some(before) = &row.returned_fields else { return Mentioned::default() };
    let then = requested(&before["lines"]).map(|(line, _)| line);
    let mut cell_lines: Vec<_> = lines.iter().map(|line| line.line_id).chain(then).collect();
    cell_lines.sort_unstable();
    cell_lines.dedup();
    let mut people = vec![row.principal_investigator_id];
    people.extend(before["principalInvestigator"].as_i64().map(PersonId).filter(|then| *then != people[0]));
    Mentioned { cell_lines, people }
}

/// What changed since the last return, field by field in the order of the form; nothing if it never was returned.
/// `cell_lines` and `people` are those [`mentioned`].
pub fn changes(
    row: &request::Model,
    lines: &[request_line::Model],
    cell_lines: &[cell_line::Model],
    people: &[person::Model],
    lang: Lang,
) -> Vec<FieldChange> {
    let Some(before) = &row.returned_fields else { return vec![] };
    let after = snapshot(row, lines);
    let read = |field: Field, value: &Json| match field.name {
        "lines" => Some(lines_text(value, cell_lines)).filter(|text| !text.is_empty()),
        "principalInvestigator" => {
            people.iter().find(|person| Some(person.id.0) == value.as_i64()).map(|person| person.name.clone())
        }
        name => plain(name, value, lang),
    };
    let changed = FIELDS.iter().filter(|field| before[field.name] != after[field.name]);
    changed
        .map(|field| FieldChange {
            field: *field,
            before: read(*field, &before[field.name]),
            after: read(*field, &after[field.name]),
        })
        .collect()
}

/// Cell lines with the number of vials, from a snapshot.
fn requested(lines: &Json) -> impl Iterator<Item = (LineId, i64)> {
    let pairs = lines.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((LineId(pair[0].as_i64()?), pair[1].as_i64()?)))
}

/// `TEST-0001 × 2`, one a line of text.
fn lines_text(lines: &Json, cell_lines: &[cell_line::Model]) -> String {
    let name = |id: LineId| cell_lines.iter().find(|line| line.id == id).map_or("?", cell_line::Model::identifier);
    requested(lines).map(|(id, vials)| format!("{} × {vials}", name(id))).collect::<Vec<_>>().join("\n")
}

fn plain(name: &str, value: &Json, lang: Lang) -> Option<String> {
    let text = match value {
        Json::Bool(yes) => if *yes { lang.pick("yes", "예") } else { lang.pick("no", "아니요") }.to_owned(),
        Json::String(text) => match name {
            "intendedUse" => Use::try_from_value(text).ok()?.label(lang).to_owned(),
            "delivery" => Delivery::try_from_value(text).ok()?.label(lang).to_owned(),
            _ => text.clone(),
        },
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}
