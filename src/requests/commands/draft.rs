//! Writing a request. A draft is saved even when it is incomplete; what is saved is well formed.

use super::super::application::Application;
use super::super::error::{Error, checked_vials};
use super::super::events::RequestEvent;
use super::super::fields::kind::{self, Kind};
use super::super::fields::{Column, FIELDS, Field, History, Part, Section, columns, form_text, request_fields};
use super::super::model::request::{self, State};
use super::super::model::request_line;
use super::super::rules::{MAX_LINES, MAX_VIALS, Move};
use super::super::steps::{fingerprint, lock, record};
use super::super::{policy, queries, regions};
use super::approvals;
use crate::accounts;
use crate::accounts::passwords::sha256_hex;
use crate::actor::Verb;
use crate::app::{seoul_date, seoul_year};
use crate::approvals::commands::MAX_NUMBER;
use crate::approvals::model::approval;
use crate::audit::Changes;
use crate::catalogue::{self, Holding};
use crate::command::{Command, Create, Work};
use crate::db::next_number;
use crate::id::{ApprovalId, CellLineId, InstitutionId, RequestId};
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashSet};

/// An approval as it is typed into a request. `None` leaves a part as it is; empty parts take the approval away.
#[derive(Clone, Debug, Default)]
pub struct TypedApproval {
    /// Its number, at most 100 characters.
    pub number: Option<String>,
    /// Its last day.
    pub valid_until: Option<Option<NaiveDate>>,
}

macro_rules! draft {
    ($(
        $column:ident: $kind:ident $name:literal {
            input $input:tt output $output:tt label $en:literal, $ko:literal; section $section:ident; $($rest:tt)*
        }
    )*) => {
        /// What to write. `None` leaves a field as it is; an empty text, or `Some(None)` for a day, empties it.
        #[derive(Clone, Debug, Default)]
        pub struct Draft {
            /// The cell lines and how many vials of each; replaces all lines.
            pub lines: Option<Vec<DraftLine>>,
            /// E-mail of the principal investigator; the applicant unless told.
            pub principal_investigator: Option<String>,
            $(
                #[doc = $input]
                pub $column: Option<<kind::$kind as Kind>::Drafted>,
            )*
            /// Approvals to choose; replaces all.
            pub approvals: Option<Vec<ApprovalId>>,
            /// Approvals that are typed in, after that: each takes the place of the shown one of its kind.
            pub typed_approvals: BTreeMap<approval::Kind, TypedApproval>,
            /// Made up for a demonstration.
            pub made_up: bool,
        }

        impl Draft {
            /// A draft that says what a request says in some sections of the form, but for the cell lines and people.
            pub fn again(source: &request::Model, sections: &[Section]) -> Self {
                let mut draft = Self::default();
                $(
                    if sections.contains(&Section::$section) {
                        draft.$column = kind::$kind::drafted(&source.$column);
                    }
                )*
                draft
            }

            /// Puts the given columns into the row.
            fn put(&self, row: &mut request::ActiveModel) {
                $(
                    if let Some(drafted) = &self.$column {
                        row.$column = Set(kind::$kind::stored(drafted));
                    }
                )*
            }
        }

        /// Puts into the row that nothing is written yet.
        fn put_nothing(row: &mut request::ActiveModel) {
            $(row.$column = Set(<kind::$kind as Kind>::Stored::default());)*
        }
    };
}
request_fields!(draft);

/// One cell line of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// Which.
    pub line: CellLineId,
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
    approvals::write(work, &request, draft).await?;
    let lines = queries::lines_of(work, &[request.id]).await?;
    let chosen = queries::chosen(work, &[request.id]).await?;
    let written = written(Application { request: &request, approvals: &chosen }, &lines);
    let changes = Changes::to(&written);
    record(work, request.id, RequestEvent::Created { number: request.number.clone(), copied_from, changes }).await?;
    Ok(request)
}

/// What a request says, in one word: it changes with everything that can be changed.
pub fn version(application: Application<'_>, lines: &[request_line::Model]) -> String {
    sha256_hex(written(application, lines).to_string().as_bytes())
}

/// Changes a draft, or a request that was sent back.
///
/// Refused: no such request, not one's own, not in this state, changed by somebody else, or a malformed value; then
/// nothing is changed.
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
        let chosen = queries::chosen(work, &[request.id]).await?;
        let application = Application { request: &request, approvals: &chosen };
        if self.seen.as_ref().is_some_and(|seen| *seen != version(application, &lines)) {
            return Err(Error::ChangedMeanwhile);
        }
        let before = written(application, &lines);
        let institution = request.institution_id;
        let mut row: request::ActiveModel = request.into();
        write(work, institution, &mut row, &self.draft).await?;
        let request = row.update(work).await?;
        if let Some(lines) = &self.draft.lines {
            replace_lines(work, request.id, lines).await?;
        }
        approvals::write(work, &request, &self.draft).await?;
        let chosen = queries::chosen(work, &[request.id]).await?;
        let application = Application { request: &request, approvals: &chosen };
        let after = written(application, &queries::lines_of(work, &[request.id]).await?);
        let changes = Changes::between(&before, &after);
        record(work, request.id, RequestEvent::Updated { changes }).await?;
        Ok(request)
    }
}

/// An empty draft of the applicant, under the next number.
async fn empty(work: &Work<'_>, institution: InstitutionId) -> Result<request::ActiveModel, Error> {
    let (person, now) = (work.person()?, work.now());
    let mut row = request::ActiveModel {
        number: Set(next_number(work, "REQ", seoul_year(now)).await?),
        applicant_id: Set(person),
        principal_investigator_id: Set(person),
        institution_id: Set(institution),
        state: Set(State::Draft),
        state_since: Set(now),
        created_at: Set(now),
        ..Default::default()
    };
    put_nothing(&mut row);
    row.country = Set("KR".into());
    Ok(row)
}

/// Lengths and forms; whether it is complete is asked at submission.
fn check(draft: &Draft) -> Result<(), Error> {
    let wrong = |(field, column): (&Field, &Column)| column.rule.check(field.name, (column.text)(draft)?).err();
    let mut errors: Vec<Error> = columns().filter_map(wrong).collect();
    errors.extend(FIELDS.iter().filter_map(|field| overlong(draft, field)));
    errors.extend(draft.approvals.as_deref().and_then(|chosen| approvals::check(chosen).err()));
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

/// A typed number that is too long.
fn overlong(draft: &Draft, field: &Field) -> Option<Error> {
    let (kind, Part::Number) = field.approval? else { return None };
    let number = draft.typed_approvals.get(&kind)?.number.as_ref()?;
    (number.chars().count() > MAX_NUMBER).then_some(Error::TooLong { field: field.name, most: MAX_NUMBER })
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
    let kept = row.region.try_as_ref().cloned();
    draft.put(row);
    if draft.region.is_some() || draft.country.is_some() {
        place(work, kept.as_deref(), row)?;
    }
    Ok(())
}

/// In Korea a region is one of the state's list, and kept by its official name of the day. What was kept before there was
/// a list may stay.
fn place(work: &Work<'_>, kept: Option<&str>, row: &mut request::ActiveModel) -> Result<(), Error> {
    let (Some(country), Some(region)) = (row.country.try_as_ref(), row.region.try_as_ref()) else { return Ok(()) };
    if country != "KR" || region.is_empty() || kept == Some(region) {
        return Ok(());
    }
    let official = regions::named(region, seoul_date(work.now())).ok_or(Error::BadRegion)?;
    row.region = Set(official.to_owned());
    Ok(())
}

async fn replace_lines(work: &Work<'_>, id: RequestId, lines: &[DraftLine]) -> Result<(), Error> {
    let ids: Vec<CellLineId> = lines.iter().map(|line| line.line).collect();
    let known = catalogue::queries::lines_by_id(work, work.actor, &ids).await?;
    let is_held = |id: CellLineId| known.iter().any(|line| line.id == id && line.holding == Holding::Held);
    if let Some(i) = lines.iter().position(|line| !is_held(line.line)) {
        return Err(Error::NoSuchLine { field: format!("lines[{i}].line") });
    }
    let row = |line: &DraftLine| request_line::ActiveModel {
        request_id: Set(id),
        line_id: Set(line.line),
        vials_requested: Set(line.vials),
        state: Set(request_line::State::Requested),
        ..Default::default()
    };
    request_line::Entity::delete_many().filter(request_line::Column::RequestId.eq(id)).exec(work).await?;
    request_line::Entity::insert_many(lines.iter().map(row)).exec_without_returning(work).await?;
    Ok(())
}

/// What the history keeps of a request's fields. Of the long texts, in which people may be named, and of numbers that
/// lead to people it keeps a fingerprint: enough to prove what stood there, without repeating it when the request is
/// blanked.
fn written(application: Application<'_>, lines: &[request_line::Model]) -> Json {
    let request = application.request;
    let kept = |column: &Column| match (column.history, (column.value)(request)) {
        (History::Fingerprint, Json::String(text)) => fingerprint(&text).into(),
        (_, value) => value,
    };
    let mut all: Map<String, Json> = columns().map(|(_, column)| (column.name.to_owned(), kept(column))).collect();
    for field in FIELDS.iter().filter(|field| field.approval.is_some()) {
        let value = application.value(field);
        let is_number = field.approval.is_some_and(|(_, part)| part == Part::Number);
        let value = if is_number { fingerprint(form_text(&value)).into() } else { value };
        all.insert(snake_case(field.name), value);
    }
    let lines: Vec<_> = lines.iter().map(|line| json!([line.line_id.0, line.vials_requested])).collect();
    all.insert("lines".into(), lines.into());
    all.insert("principal_investigator".into(), request.principal_investigator_id.0.into());
    all.insert("approvals".into(), approvals::keys(application.approvals).into());
    all.into()
}

/// `irb_valid_until` for `irbValidUntil`, as the history has always called it.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
