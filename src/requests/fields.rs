//! The fields that an applicant writes: each stands once, in [`request_fields!`], and whatever has a part for each of them
//! takes it from there.

mod changes;
pub mod kind;

pub use changes::{FieldChange, Mentioned, changes, mentioned};

use super::commands::Draft;
use super::error::Error;
use super::model::request;
use super::model::request_line;
use crate::language::Lang;
use kind::{Kind, Malformed};
use serde_json::{Map, Value as Json, json};

/// Every field of a request that is a column of its own, in the order of the form: `request_fields!(part)` expands to
/// `part! { ... }` with all of them. The cell lines and the principal investigator are written by hand beside it, in
/// [`FIELDS`], [`Draft`] and the inputs of the API.
///
/// A new field is one entry here, one column (a migration and [`request::Model`]), and its markup in the form's template
/// (`web/requests/step1.html` to `step4.html`). The draft with its checks, the copy of an earlier request, the snapshot at
/// a return and what changed since, the history, inputs and outputs of the API, values of the form, the export of
/// personal data and the erasure follow; the tests then ask for the schema's text, and who sees it.
///
/// An entry is `column: Kind "name" { ... }`: the column in the database and everywhere in the code, what it holds (one
/// of [`kind`]), and its name for clients and forms. Then:
/// * `input`, `output`: what the API says of it where it is written and where it is read;
/// * `label`: what a person reads before it, in English and in Korean, as it stands within a sentence;
/// * `section`: the step of the form in which it stands ([`Section`]);
/// * `rule`: the form that a text has ([`Rule`]), asked of every draft;
/// * `submission`: whether it may be empty when the request is handed in ([`Submission`]);
/// * `history`: how the history keeps it, which nobody can erase ([`History`]): `Fingerprint` for whatever may name a
///   person or leads to one;
/// * `erasure`: whether it goes when the request is blanked ([`Erasure`]).
macro_rules! request_fields {
    ($then:ident) => {
        $then! {
            project_title: Text "projectTitle" {
                input "Title of the project, at most 300 characters."
                output "Title of the project."
                label "title of the project", "연구 과제명";
                section Project; rule AtMost(300); submission Required; history Fingerprint; erasure Blanked;
            }
            summary: Text "summary" {
                input "What it is about, at most 5,000 characters."
                output "What it is about."
                label "summary", "연구 개요";
                section Project; rule AtMost(5_000); submission Required; history Fingerprint; erasure Blanked;
            }
            use_plan: Text "usePlan" {
                input "How the cells will be used, at most 20,000 characters."
                output "How the cells will be used."
                label "plan of use", "이용 계획";
                section Project; rule AtMost(20_000); submission Optional; history Fingerprint; erasure Blanked;
            }
            intended_use: IntendedUse "intendedUse" {
                input "What they are wanted for."
                output "What they are wanted for; null while the draft does not say."
                label "intended use", "이용 목적";
                section Project; rule Any; submission Required; history Plain; erasure Kept;
            }
            commercial: Tick "commercial" {
                input "For commercial use."
                output "For commercial use."
                label "for commercial use", "상업적 이용";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            in_people: Tick "inPeople" {
                input "In people."
                output "In people."
                label "in people", "사람 대상 이용";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            redistribution: Tick "redistribution" {
                input "To be passed on to others."
                output "To be passed on to others."
                label "to be passed on", "제3자 제공";
                section Project; rule Any; submission Optional; history Plain; erasure Kept;
            }
            country: Text "country" {
                input "ISO 3166-1 alpha-2 code of the destination; KR unless told."
                output "ISO 3166-1 alpha-2 code of the destination."
                label "country", "국가";
                section Delivery; rule Country; submission Optional; history Plain; erasure Kept;
            }
            region: Text "region" {
                input "Province or metropolitan city of the delivery."
                output "Province or metropolitan city of the delivery."
                label "province or city", "시·도";
                section Delivery; rule AtMost(100); submission Required; history Plain; erasure Blanked;
            }
            address: Text "address" {
                input "Address of the delivery, at most 500 characters."
                output "Address of the delivery."
                label "address", "배송 주소";
                section Delivery; rule AtMost(500); submission Required; history Fingerprint; erasure Blanked;
            }
            delivery: Delivery "delivery" {
                input "Courier or pick-up."
                output "Courier or pick-up."
                label "delivery", "수령 방법";
                section Delivery; rule Any; submission Optional; history Plain; erasure Kept;
            }
            irb_approval_number: OptionalText "irbApprovalNumber" {
                input "Number of the ethics board's approval; an empty text takes it away."
                output "Number of the ethics board's approval."
                label "ethics board's approval", "IRB 승인 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            irb_valid_until: Day "irbValidUntil" {
                input "Its last day."
                output "Its last day."
                label "last day of the ethics board's approval", "IRB 승인 만료일";
                section Approvals; rule Any; submission Optional; history Plain; erasure Blanked;
            }
            irb_exemption_number: OptionalText "irbExemptionNumber" {
                input "Number of the confirmed exemption."
                output "Number of the confirmed exemption."
                label "ethics board's exemption", "IRB 심의 면제 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            head_approval_number: OptionalText "headApprovalNumber" {
                input "Number of the institution head's approval."
                output "Number of the institution head's approval."
                label "approval of the institution's head", "기관장 승인 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            lmo_facility_number: OptionalText "lmoFacilityNumber" {
                input "Report or permit number of the facility for living modified organisms."
                output "Report or permit number of the facility for living modified organisms."
                label "facility for living modified organisms", "LMO 시설 신고·허가 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            export_approval_number: OptionalText "exportApprovalNumber" {
                input "Number of the export approval."
                output "Number of the export approval."
                label "export approval", "수출 승인 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            clinical_plan_number: OptionalText "clinicalPlanNumber" {
                input "Number of the approved clinical plan."
                output "Number of the approved clinical plan."
                label "clinical plan", "임상 연구 계획 번호";
                section Approvals; rule AtMost(100); submission Optional; history Fingerprint; erasure Blanked;
            }
            clinical_plan_valid_until: Day "clinicalPlanValidUntil" {
                input "Its last day."
                output "Its last day."
                label "last day of the clinical plan", "임상 연구 계획 만료일";
                section Approvals; rule Any; submission Optional; history Plain; erasure Blanked;
            }
        }
    };
}
pub(crate) use request_fields;

/// A step of the form, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Which cell lines.
    Lines,
    /// What they are wanted for.
    Project,
    /// What others approved.
    Approvals,
    /// Where the vials go.
    Delivery,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lines, Self::Project, Self::Approvals, Self::Delivery];
}

/// The form that a text has.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// No text, or any.
    Any,
    /// At most so many characters.
    AtMost(usize),
    /// Two capital letters.
    Country,
}

impl Rule {
    /// Refuses a text of another form, at the field of that name.
    pub(super) fn check(self, name: &'static str, text: &str) -> Result<(), Error> {
        let is_country = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase());
        match self {
            Self::AtMost(most) if text.chars().count() > most => Err(Error::TooLong { field: name, most }),
            Self::Country if !is_country(text) => Err(Error::BadCountry),
            Self::Any | Self::AtMost(_) | Self::Country => Ok(()),
        }
    }
}

/// Whether a field may be empty when the request is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// It may not.
    Required,
    /// It may, unless a requirement of the law asks for it.
    Optional,
}

/// How the history keeps a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// As it stands.
    Plain,
    /// As a fingerprint, which proves what stood there without repeating it.
    Fingerprint,
}

/// What becomes of a field when the request is blanked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It goes.
    Blanked,
    /// It stays, for statistics and the course of things.
    Kept,
}

/// What is the same of every field that is a column of its own.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the database, such as `use_plan`.
    pub name: &'static str,
    /// What stands in it, as JSON.
    pub value: fn(&request::Model) -> Json,
    /// The text that a draft would put there, if it is a text.
    pub text: fn(&Draft) -> Option<&str>,
    /// Puts what stands in a form into a draft.
    pub put: fn(&mut Draft, &str) -> Result<(), Malformed>,
    /// What was typed into a form, as it stands in there once it is saved.
    pub normal: fn(&str) -> String,
    /// What stands in a form as a person reads it.
    pub read: fn(&str, Lang) -> String,
    /// Answered by yes or no.
    pub is_tick: bool,
    /// In SQL, what is there when nothing is.
    pub blank: &'static str,
    /// See [`Rule`].
    pub rule: Rule,
    /// See [`Submission`].
    pub submission: Submission,
    /// See [`History`].
    pub history: History,
    /// See [`Erasure`].
    pub erasure: Erasure,
}

/// A field of the form.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the draft's input, such as `usePlan`.
    pub name: &'static str,
    /// Where it stands in the form.
    pub section: Section,
    /// What it is as a column; `None` for the cell lines and the principal investigator.
    pub column: Option<Column>,
    label: [&'static str; 2],
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl Field {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        lang.pick(self.label[0], self.label[1])
    }

    /// The field of a name; `None` if the form has none.
    pub fn from_name(name: &str) -> Option<Self> {
        FIELDS.iter().copied().find(|field| field.name == name)
    }

    /// What was typed into its form, as it stands in there once it is saved.
    pub fn normal(self, typed: &str) -> String {
        self.column.map_or_else(|| kind::Text::normal(typed), |column| (column.normal)(typed))
    }
}

macro_rules! table {
    ($(
        $column:ident: $kind:ident $name:literal {
            input $input:tt
            output $output:tt
            label $en:literal, $ko:literal;
            section $section:ident; rule $rule:expr; submission $submission:ident; history $history:ident;
            erasure $erasure:ident;
        }
    )*) => {
        /// Every field, in the order of the form.
        pub const FIELDS: &[Field] = {
            use Rule::*;
            &[
                Field {
                    name: "lines",
                    section: Section::Lines,
                    column: None,
                    label: ["cell lines", "세포주"],
                },
                Field {
                    name: "principalInvestigator",
                    section: Section::Project,
                    column: None,
                    label: ["principal investigator", "연구책임자"],
                },
                $(Field {
                    name: $name,
                    section: Section::$section,
                    column: Some(Column {
                        name: stringify!($column),
                        value: |row| kind::$kind::value(&row.$column),
                        text: |draft| draft.$column.as_ref().and_then(|drafted| kind::$kind::text(drafted)),
                        put: |draft, text| kind::$kind::parse(text).map(|drafted| draft.$column = drafted),
                        normal: kind::$kind::normal,
                        read: kind::$kind::read,
                        is_tick: kind::$kind::IS_TICK,
                        blank: kind::$kind::BLANK,
                        rule: $rule,
                        submission: Submission::$submission,
                        history: History::$history,
                        erasure: Erasure::$erasure,
                    }),
                    label: [$en, $ko],
                },)*
            ]
        };
    };
}
request_fields!(table);

/// Fields that are columns, in the order of the form.
pub fn columns() -> impl Iterator<Item = (&'static Field, &'static Column)> {
    FIELDS.iter().filter_map(|field| Some((field, field.column.as_ref()?)))
}

/// What stands in the fields, whole; people and cell lines by key, so that a name that goes later goes here too.
pub(super) fn snapshot(row: &request::Model, lines: &[request_line::Model]) -> Json {
    let lines: Vec<_> = lines.iter().map(|line| json!([line.line_id.0, line.vials_requested])).collect();
    let mut all: Map<String, Json> =
        columns().map(|(field, column)| (field.name.to_owned(), (column.value)(row))).collect();
    all.insert("lines".into(), lines.into());
    all.insert("principalInvestigator".into(), row.principal_investigator_id.0.into());
    all.into()
}

/// What stands in a form for a value of [`Column::value`]; empty for none, `yes` for a tick.
pub fn form_text(value: &Json) -> &str {
    match value {
        Json::Bool(true) => "yes",
        Json::String(text) => text,
        _ => "",
    }
}
