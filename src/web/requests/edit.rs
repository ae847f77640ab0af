//! The form of a request, in five steps. A draft is saved as it is, complete or not; nothing that was typed is lost.

use super::case::{Case, Need};
use super::fields::{self, Clash, STEPS, Values, fields_of, step_of};
use super::written::{self, Written};
use crate::approvals::ApprovalView;
use crate::approvals::queries::of_study;
use crate::catalogue::LineView;
use crate::catalogue::queries::lines_by_id;
use crate::id::CellLineId;
use crate::requests::commands::SubmitRequest;
use crate::requests::events::RequestAction;
use crate::requests::fields::Field;
use crate::requests::queries::timeline;
use crate::requests::regions;
use crate::requests::requirements::Outcome;
use crate::requests::rules::{MAX_LINES, MAX_VIALS, Move};
use crate::requests::{Chosen, Delivery, IntendedUse as Use, RequestState as State};
use crate::web::forms::{FormData, FormErrors, into_form_errors, word};
use crate::web::frame::{Frame, Layout, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveEnum, Iterable};
use serde::Deserialize;

/// A line of the form.
struct Row {
    id: CellLineId,
    name: String,
    identifier: String,
    /// What stands in the field.
    vials: String,
    /// Its name for errors: `lines[0].vials`.
    field: String,
}

#[derive(Template)]
#[template(path = "requests/edit.html")]
struct Page {
    f: Frame,
    t: Text,
    today: NaiveDate,
    case: Case,
    step: usize,
    errors: FormErrors,
    values: Values,
    was: String,
    rows: Vec<Row>,
    needs: Vec<Need>,
    /// Approvals of the institution for the same study, to choose from in their step.
    offered: Vec<ApprovalView>,
    /// When the draft was written last.
    saved: Option<DateTime<Utc>>,
    clashes: Vec<Clash>,
    /// Why it cannot be handed in yet: the step and the sentence.
    open: Vec<(usize, Option<String>, String)>,
    begun: bool,
    /// What stands in the field that adds a line.
    add: String,
}

/// What an autosave changes on the page.
#[derive(Template)]
#[template(path = "requests/saved.html")]
struct Saved {
    t: Text,
    saved: Option<DateTime<Utc>>,
    failure: Option<String>,
    was: String,
    needs: Vec<Need>,
}

impl Page {
    fn label(&self, field: &str) -> String {
        label(field, self.t)
    }

    /// The hint of a field, and what the bank said of it when it sent the request back.
    fn hint(&self, field: &str, hint: String) -> String {
        match self.comment(field) {
            Some(comment) => format!("{hint} {}", self.t.say1("requests-bank-says", "comment", comment.to_owned())),
            None => hint,
        }
    }

    fn comment(&self, field: &str) -> Option<&str> {
        let comments = self.case.request.return_comments.as_ref().filter(|_| self.is_returned())?;
        comments.0.iter().find(|one| one.field == field).map(|one| one.comment.as_str())
    }

    /// Comments on the fields of a step.
    fn comments(&self, step: &usize) -> Vec<(String, String, String)> {
        let each = fields_of(*step).filter_map(|field| {
            let comment = self.comment(field)?.to_owned();
            Some((crate::web::forms::anchor(field), self.label(field), comment))
        });
        each.collect()
    }

    fn is_returned(&self) -> bool {
        self.case.request.state == State::Returned
    }

    /// True if the requirements ask for a document, so that its fields are open and marked.
    fn is_required(&self, field: &str) -> bool {
        let asks = |need: &Need| need.code.field() == Some(field) || (field == "irbApprovalNumber" && is_ethics(need));
        self.needs.iter().any(asks)
    }

    /// The requirement behind a field that is still missing.
    fn missing(&self, field: &str) -> bool {
        self.needs.iter().any(|need| need.code.field() == Some(field) && need.outcome >= Outcome::Missing)
    }

    /// True if an exemption would do.
    fn exemption_counts(&self) -> bool {
        self.needs.iter().any(|need| need.code == crate::requests::requirements::Code::IrbApprovalOrExemption)
    }

    fn is_chosen(&self, approval: &ApprovalView) -> bool {
        fields::approvals(self.values.get("approvals")).contains(&approval.id)
    }

    fn uses(&self) -> Vec<(String, String)> {
        let named = Use::iter().map(|of| (of.to_value(), of.label(self.t.lang).to_owned()));
        [(String::new(), self.t.say("requests-choose"))].into_iter().chain(named).collect()
    }

    fn deliveries(&self) -> Vec<(String, &'static str)> {
        Delivery::iter().map(|way| (way.to_value(), way.label(self.t.lang))).collect()
    }

    fn regions(&self) -> Vec<(String, String)> {
        let kept = if self.is_abroad() { "" } else { self.values.get("region") };
        regions::choices(self.t.lang, self.today, kept, self.t.say("requests-choose"))
    }

    fn is_abroad(&self) -> bool {
        self.values.get("country") != "KR"
    }

    /// What a step is called.
    fn step_name(&self, step: &usize) -> String {
        self.t.say(&format!("requests-step-{step}"))
    }

    /// True if nothing of a step keeps the request from being handed in.
    fn is_complete(&self, step: &usize) -> bool {
        !self.open.iter().any(|one| one.0 == *step)
    }

    /// How a value of a field is read.
    fn read(&self, field: &str) -> String {
        read(field, self.values.get(field), &self.case, self.t)
    }

    fn clash(&self, clash: &Clash) -> (String, String) {
        (read(clash.field, &clash.kept, &self.case, self.t), read(clash.field, &clash.typed, &self.case, self.t))
    }

    fn is_now(&self, step: &usize) -> bool {
        *step == self.step
    }

    fn fields(&self, step: &usize) -> Vec<&'static str> {
        fields_of(*step).collect()
    }

    fn tick(&self, field: &str) -> String {
        self.t.say(&format!("requests-tick-{field}"))
    }

    fn steps(&self) -> std::ops::RangeInclusive<usize> {
        1..=STEPS
    }
}

fn is_ethics(need: &Need) -> bool {
    need.code.field() == Some("irbApprovalNumber")
}

/// What a field is called, as the beginning of a sentence.
pub fn label(field: &str, t: Text) -> String {
    let label = Field::from_name(field).map_or("", |field| field.label(t.lang));
    let mut letters = label.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub fn read(field: &str, value: &str, case: &Case, t: Text) -> String {
    match field {
        "lines" => {
            let each = fields::lines(value).into_iter().map(|(id, vials)| format!("{} × {vials}", case.identifier(id)));
            each.collect::<Vec<_>>().join(", ")
        }
        "approvals" => {
            let ids = fields::approvals(value);
            let chosen = case.approvals.iter().map(|one| &one.approval).filter(|one| ids.contains(&one.id));
            chosen.map(|one| format!("{}: {}", one.kind.label(t.lang), one.number)).collect::<Vec<_>>().join("\n")
        }
        _ => match Field::from_name(field).and_then(|field| field.column) {
            Some(column) if column.is_tick => t.say(if value.is_empty() { "requests-no" } else { "requests-yes" }),
            Some(column) => (column.read)(value, t.lang),
            None => value.to_owned(),
        },
    }
}

fn wished_step(v: &Visitor) -> usize {
    let params = query_params(v);
    params.get("step").parse().unwrap_or(1).clamp(1, STEPS)
}

/// What a page shows besides the request itself.
#[derive(Default)]
struct Shown {
    values: Option<Values>,
    errors: FormErrors,
    clashes: Vec<Clash>,
    add: String,
}

async fn page(v: &Visitor, case: Case, step: usize, shown: Shown) -> Result<Page, PageError> {
    let kept = Values::kept(&case);
    let was = kept.hashes(step);
    let values = match shown.values {
        Some(typed) => kept.under(&typed),
        None => kept,
    };
    let events = timeline(v.web.app.db.read(), case.request.id).await?;
    let written =
        |action: &str| matches!(RequestAction::of(action), Some(RequestAction::Created | RequestAction::Updated));
    let open = case.may(v, Move::Submit).err().unwrap_or_default().into_iter();
    let open = open.map(|(at, sentence)| (at.as_deref().map_or(STEPS, step_of), at, sentence)).collect();
    Ok(Page {
        f: Frame::new(v, v.t.say1("requests-edit-title", "number", case.request.number.clone()))
            .at("requests")
            .on(Layout::Work),
        t: v.t,
        today: v.web.app.clock.today(),
        rows: rows(v, &values, &case.cell_lines).await?,
        needs: case.needs(v),
        offered: if fields_of(step).any(|field| field == "approvals") { offered(v, &case).await? } else { vec![] },
        saved: events.iter().rev().find(|event| written(&event.action)).map(|event| event.at),
        errors: shown.errors,
        clashes: shown.clashes,
        add: shown.add,
        begun: v.query.contains("done=begun"),
        was,
        values,
        open,
        step,
        case,
    })
}

/// What can be chosen: what is chosen already, and other approvals of the same study that are not typed in here.
async fn offered(v: &Visitor, case: &Case) -> Result<Vec<ApprovalView>, PageError> {
    let of_study = of_study(v.web.app.db.read(), case.request.institution_id, &case.request.project_title).await?;
    let (typed, chosen): (Vec<&Chosen>, _) = case.approvals.iter().partition(|one| one.typed);
    let mut offered: Vec<_> = chosen.into_iter().map(|one| one.approval.clone()).collect();
    let others = of_study.into_iter().filter(|one| !typed.iter().any(|typed| typed.approval.id == one.id));
    for other in others {
        if !offered.contains(&other) {
            offered.push(other);
        }
    }
    Ok(offered)
}

async fn rows(v: &Visitor, values: &Values, cells: &[LineView]) -> Result<Vec<Row>, PageError> {
    let lines = fields::lines(values.get("lines"));
    let unknown: Vec<_> = lines.iter().map(|one| one.0).filter(|id| !cells.iter().any(|cell| cell.id == *id)).collect();
    let more = lines_by_id(v.web.app.db.read(), &v.actor, &unknown).await?;
    let row = |(i, (id, vials)): (usize, (CellLineId, String))| {
        let cell = cells.iter().chain(&more).find(|cell| cell.id == id);
        let (name, identifier) = cell.map(|cell| (cell.name.clone(), cell.identifier().to_owned())).unwrap_or_default();
        Row { id, name, identifier, vials, field: format!("lines[{i}].vials") }
    };
    Ok(lines.into_iter().enumerate().map(row).collect())
}

/// What a button of the form does, by its value of `do`; each saves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Button {
    /// No button: a field was left.
    Auto,
    Next,
    Back,
    Leave,
    Save,
}

/// GET `/requests/NUMBER/edit`.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    if case.may(&v, Move::Update).is_err() {
        return Ok(go(&format!("/requests/{}", case.request.number)));
    }
    let page = page(&v, case, wished_step(&v), Shown::default()).await?;
    render(&page)
}

/// POST `/requests/NUMBER/edit`: saves a step and goes where the button says.
pub async fn save(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    let step = wished_step(&v);
    let button = word(posted.get("do")).unwrap_or(Button::Save);
    let auto = button == Button::Auto;
    if auto && v.actor.is_anonymous() {
        return not_saved(&v, v.t.say("requests-signed-out"));
    }
    posted.require_sign_in(&v)?;
    let mut typed = Values::typed(step, &posted);
    if let Err(errors) = written::add(&v, step, &posted, &mut typed).await? {
        let (case, add) = (Case::of(&v, &number).await?, posted.get("add").to_owned());
        return again(&v, case, step, Shown { values: Some(typed), errors, add, ..Shown::default() }, auto).await;
    }
    let shown = match written::put(&v, &number, step, &typed, &posted).await? {
        Written::Done => None,
        Written::Clashing(case, clashes) => Some((case, Shown { clashes, ..Shown::default() })),
        Written::Mistaken(case, errors) => Some((case, Shown { errors, ..Shown::default() })),
    };
    if let Some((case, shown)) = shown {
        return again(&v, case, step, Shown { values: Some(typed), ..shown }, auto).await;
    }
    let to = match button {
        Button::Auto => return saved(&v, &number, step).await,
        Button::Next => format!("/edit?step={}", (step + 1).min(STEPS)),
        Button::Back => format!("/edit?step={}", step.saturating_sub(1).max(1)),
        Button::Leave => "?done=saved".into(),
        Button::Save => format!("/edit?step={step}"),
    };
    Ok(go(&format!("/requests/{number}{to}")))
}

/// The form again with what was typed; to an autosave only a sentence.
async fn again(v: &Visitor, case: Case, step: usize, shown: Shown, auto: bool) -> PageResult {
    if auto {
        let key = if shown.clashes.is_empty() { "requests-not-saved" } else { "requests-not-saved-clash" };
        return not_saved(v, v.t.say(key));
    }
    let status = if shown.clashes.is_empty() { shown.errors.status() } else { StatusCode::CONFLICT };
    let page = page(v, case, step, shown).await?;
    html(status, &page)
}

/// Answered with OK, because htmx shows nothing else.
fn not_saved(v: &Visitor, sentence: String) -> PageResult {
    render(&Saved { t: v.t, saved: None, failure: Some(sentence), was: String::new(), needs: vec![] })
}

async fn saved(v: &Visitor, number: &str, step: usize) -> PageResult {
    let case = Case::of(v, number).await?;
    let was = Values::kept(&case).hashes(step);
    let saved = Some(v.web.app.clock.now());
    render(&Saved { t: v.t, saved, failure: None, was, needs: case.needs(v) })
}

/// POST `/requests/NUMBER/submit`.
pub async fn submit(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let handed_in = v.web.app.run(&v.actor, SubmitRequest { request: case.request.id }).await;
    match into_form_errors(handed_in, v.t)? {
        Ok(request) => Ok(go(&format!("/requests/{}?done=submitted", request.number))),
        Err(errors) if case.may(&v, Move::Update).is_ok() => {
            again(&v, case, STEPS, Shown { errors, ..Shown::default() }, false).await
        }
        Err(_) => Ok(go(&format!("/requests/{}", case.request.number))),
    }
}
