//! The fields that an applicant writes: each stands once, in `request_fields!`, and whatever has a part for each of
//! them takes it from there.

mod changes;
mod declaration;
pub mod kind;

pub use changes::{FieldChange, Mentioned, changes, mentioned};
pub(crate) use declaration::request_fields;

use super::application::Application;
use super::commands::Draft;
use super::error::Error;
use super::model::{request, request_line};
use crate::approvals::model::approval;
use crate::language::Lang;
use kind::{Kind, Malformed};
use serde_json::{Map, Value as Json, json};

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
    /// The code of a country.
    Country,
    /// A number that a courier can dial, or none.
    Telephone,
}

impl Rule {
    /// Refuses a text of another form, at the field of that name.
    pub(super) fn check(self, name: &'static str, text: &str) -> Result<(), Error> {
        let dials = |c: char| c.is_ascii_digit() || " +-()".contains(c);
        let is_telephone = |text: &str| text.is_empty() || (5..=40).contains(&text.len()) && text.chars().all(dials);
        match self {
            Self::AtMost(most) if text.chars().count() > most => Err(Error::TooLong { field: name, most }),
            Self::Country if !is_country(text.trim()) => Err(Error::BadCountry),
            Self::Telephone if !is_telephone(text.trim()) => Err(Error::BadTelephone { field: name }),
            Self::Any | Self::AtMost(_) | Self::Country | Self::Telephone => Ok(()),
        }
    }
}

/// True of a country's code in ISO 3166-1 alpha-2.
pub fn is_country(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_uppercase()) && celes::Country::from_alpha2(code).is_ok()
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

/// What of an approval stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its number.
    Number,
    /// Its last day.
    ValidUntil,
}

/// A field of the form.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the draft's input, such as `usePlan`.
    pub name: &'static str,
    /// Where it stands in the form.
    pub section: Section,
    /// What it is as a column; `None` for the cell lines, the principal investigator and approvals.
    pub column: Option<Column>,
    /// Which part it is of the approval of which kind.
    pub approval: Option<(approval::Kind, Part)>,
    label: [&'static str; 2],
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl Field {
    const fn special(name: &'static str, section: Section, label: [&'static str; 2]) -> Self {
        Self { name, section, column: None, approval: None, label }
    }

    const fn number(name: &'static str, kind: approval::Kind, label: [&'static str; 2]) -> Self {
        Self { name, section: Section::Approvals, column: None, approval: Some((kind, Part::Number)), label }
    }

    const fn until(name: &'static str, kind: approval::Kind, label: [&'static str; 2]) -> Self {
        Self { name, section: Section::Approvals, column: None, approval: Some((kind, Part::ValidUntil)), label }
    }

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        lang.pick(self.label[0], self.label[1])
    }

    /// The field of a name; `None` if the form has none.
    pub fn from_name(name: &str) -> Option<Self> {
        FIELDS.iter().copied().find(|field| field.name == name)
    }

    /// Puts what stands in its form into a draft; nothing for the cell lines, the principal investigator and chosen
    /// approvals.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn put(self, draft: &mut Draft, text: &str) -> Result<(), Malformed> {
        match (self.column, self.approval) {
            (Some(column), _) => (column.put)(draft, text),
            (None, Some((of, Part::Number))) => {
                draft.typed_approvals.entry(of).or_default().number = Some(text.to_owned());
                Ok(())
            }
            (None, Some((of, Part::ValidUntil))) => {
                draft.typed_approvals.entry(of).or_default().valid_until = kind::Day::parse(text)?;
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// What was typed into its form, as it stands in there once it is saved.
    pub fn normal(self, typed: &str) -> String {
        match (self.column, self.approval) {
            (Some(column), _) => (column.normal)(typed),
            (None, Some((_, Part::ValidUntil))) => kind::Day::normal(typed),
            _ => kind::Line::normal(typed),
        }
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
            use approval::Kind::*;
            &[
                Field::special("lines", Section::Lines, ["cell lines", "세포주"]),
                Field::special("principalInvestigator", Section::Project, ["principal investigator", "연구책임자"]),
                $(Field {
                    name: $name,
                    section: Section::$section,
                    column: Some(Column {
                        name: stringify!($column),
                        value: |row| kind::$kind::value(&row.$column),
                        text: |draft| draft.$column.as_ref().and_then(kind::$kind::text),
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
                    approval: None,
                    label: [$en, $ko],
                },)*
                Field::special("approvals", Section::Approvals, ["approvals", "승인 서류"]),
                Field::number("irbApprovalNumber", IrbApproval, ["ethics board's approval", "IRB 승인 번호"]),
                Field::until("irbValidUntil", IrbApproval, ["last day of the ethics board's approval", "IRB 승인 만료일"]),
                Field::number("irbExemptionNumber", IrbExemption, ["ethics board's exemption", "IRB 심의 면제 번호"]),
                Field::number("headApprovalNumber", HeadApproval, ["approval of the institution's head", "기관장 승인 번호"]),
                Field::number(
                    "lmoFacilityNumber",
                    LmoFacility,
                    ["facility for living modified organisms", "LMO 시설 신고·허가 번호"],
                ),
                Field::number("exportApprovalNumber", ExportApproval, ["export approval", "수출 승인 번호"]),
                Field::number("clinicalPlanNumber", ClinicalPlan, ["clinical plan", "임상 연구 계획 번호"]),
                Field::until("clinicalPlanValidUntil", ClinicalPlan, ["last day of the clinical plan", "임상 연구 계획 만료일"]),
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
pub fn snapshot(application: Application<'_>, lines: &[request_line::Model]) -> Json {
    let mut all: Map<String, Json> =
        FIELDS.iter().map(|field| (field.name.to_owned(), application.value(field))).collect();
    let lines: Vec<_> = lines.iter().map(|line| json!([line.line_id.0, line.vials_requested])).collect();
    all.insert("lines".into(), lines.into());
    all.insert("principalInvestigator".into(), application.request.principal_investigator_id.0.into());
    all.insert("approvals".into(), application.further().join(", ").into());
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
