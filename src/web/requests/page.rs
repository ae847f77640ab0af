//! One request: what its reader has to do now, how far it came, its lines, what was said, and the whole file to print.

use super::case::{Case, Need};
use super::edit::label;
use super::fields::{Values, fields_of};
use super::list::{next_words, state_badge};
use super::path::{Stage, path};
use crate::actor::Permission;
use crate::agreements::Party;
use crate::audit::Event;
use crate::id::{PersonId, RequestLineId};
use crate::requests::commands::PostMessage;
use crate::requests::events::RequestAction;
use crate::requests::queries::{self, Message, OverviewFilter, OverviewRow, Served};
use crate::requests::rules::Move;
use crate::requests::timeline::{self, Turn};
use crate::requests::{RequestLineState as LineState, RequestLineView, RequestState as State, Side};
use crate::shipments::{ShipmentState, ShipmentView};
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, Layout, PageResult, go, html};
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use chrono::{DateTime, Utc};

/// What its reader has to do now.
struct Todo {
    heading: String,
    words: String,
    /// Address and words of the button; empty if there is nothing to press.
    way: Option<(String, String)>,
    /// True if it is the reader's turn.
    is_theirs: bool,
}

/// A line of the request as the page shows it.
struct Row {
    line: RequestLineView,
    name: String,
    identifier: String,
    served: Served,
    /// Place on the waiting list, from 1.
    place: Option<i64>,
    /// True if the reader may cancel it now.
    can_cancel: bool,
}

/// A step of the history.
struct HistoryEntry {
    at: DateTime<Utc>,
    label: &'static str,
    /// Who did it; empty if the bank's own timers did.
    by: String,
}

#[derive(Template)]
#[template(path = "requests/request.html")]
struct Page {
    f: Frame,
    t: Text,
    case: Case,
    institution: String,
    overview: Option<OverviewRow>,
    todo: Todo,
    stages: Vec<Stage>,
    history: Vec<HistoryEntry>,
    rows: Vec<Row>,
    needs: Vec<Need>,
    messages: Vec<Message>,
    /// True if the reader may write one.
    can_write: bool,
    errors: FormErrors,
    typed: String,
    done: Option<String>,
    can_withdraw: bool,
    is_own: bool,
    is_staff: bool,
    /// The whole file, to print.
    whole: bool,
    values: Values,
}

impl Page {
    fn badge(&self) -> (&'static str, &'static str) {
        state_badge(self.case.request.state)
    }

    /// Fields that say something, with what they say, in the order of the form.
    fn contents(&self, step: &usize) -> Vec<(String, String)> {
        let each = fields_of(*step).filter(|field| *field != "lines").filter_map(|field| {
            let value = super::edit::read(field, self.values.get(field), &self.case, self.t);
            let value = match field {
                "principalInvestigator" => self.case.name(self.case.request.principal_investigator_id).to_owned(),
                _ => value,
            };
            (!value.is_empty()).then(|| (label(field, self.t), value))
        });
        each.collect()
    }

    fn line_badge(&self, state: &LineState) -> (&'static str, &'static str) {
        match state {
            LineState::Requested => ("acc", "clock"),
            LineState::Approved | LineState::Received => ("ok", "circle-check"),
            LineState::Refused => ("bad", "circle-x"),
            LineState::Waitlisted => ("warn", "hourglass"),
            LineState::Reserved => ("ok", "package"),
            LineState::Shipped => ("acc", "truck"),
            LineState::Cancelled => ("off", "ban"),
        }
    }

    fn next_words(&self) -> String {
        let (next, turn) = match &self.overview {
            Some(row) => (row.next_step, row.turn),
            None => (None, Turn::Nobody),
        };
        next_words(next, turn, self.t)
    }

    fn vials_of(&self, shipment: &ShipmentView) -> i64 {
        let inside = self.case.vials.iter().filter(|vial| vial.shipment_id == shipment.id).count();
        i64::try_from(inside).unwrap_or(i64::MAX)
    }

    fn is_bank(&self, message: &Message) -> bool {
        message.message.side == Side::Bank
    }
}

fn done(v: &Visitor) -> Option<String> {
    let params = query_params(v);
    let key = match params.get("done") {
        "submitted" => "requests-done-submitted",
        "saved" => "requests-done-saved",
        "withdrawn" => "requests-done-withdrawn",
        "cancelled" => "requests-done-cancelled",
        "written" => "requests-done-written",
        "received" => "requests-done-received",
        _ => return None,
    };
    Some(v.t.say(key))
}

/// GET `/requests/NUMBER`.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    render_case(&v, case, FormErrors::default(), String::new()).await
}

async fn render_case(v: &Visitor, case: Case, errors: FormErrors, typed: String) -> PageResult {
    let (app, db) = (&v.web.app, v.web.app.db.read());
    let filter = OverviewFilter { search: Some(case.request.number.clone()), ..OverviewFilter::default() };
    let found = queries::overview(app, &v.actor, &filter, &crate::page::Window::default()).await?.rows;
    let overview = found.into_iter().map(|row| row.1).find(|row| row.id == case.request.id);
    let events = queries::timeline(db, case.request.id).await?;
    let title = if case.request.project_title.is_empty() {
        v.t.say("requests-untitled")
    } else {
        case.request.project_title.clone()
    };
    let status = errors.status();
    let page = Page {
        f: Frame::new(v, format!("{} · {title}", case.request.number)).at("requests").on(Layout::Work),
        t: v.t,
        institution: case.institution(v),
        todo: todo(v, &case),
        stages: path(v, &case, overview.as_ref()).await?,
        history: history(v, events).await?,
        rows: rows(v, &case).await?,
        needs: case.needs(v),
        messages: queries::messages(db, &v.actor, &[case.request.id]).await?,
        can_write: case.speaks_for(v).is_some(),
        can_withdraw: case.may(v, Move::Withdraw).is_ok(),
        is_own: case.is_own(v),
        is_staff: v.can(Permission::DecideRequests),
        whole: v.query.split('&').any(|part| part == "print" || part.starts_with("print=")),
        values: Values::kept(&case),
        done: done(v),
        overview,
        errors,
        typed,
        case,
    };
    html(status, &page)
}

/// What the reader has to do: the first thing that only they can do, else whose turn it is.
fn todo(v: &Visitor, case: &Case) -> Todo {
    let (t, number) = (v.t, &case.request.number);
    let own = |key: &str, way: &str, to: String| Todo {
        heading: t.say("requests-todo"),
        words: t.say(key),
        way: Some((to, t.say(way))),
        is_theirs: true,
    };
    if case.may(v, Move::Update).is_ok() {
        let address = format!("/requests/{number}/edit");
        return if case.request.state == State::Returned {
            own("requests-todo-returned", "requests-todo-returned-do", address)
        } else {
            own("requests-todo-draft", "requests-todo-draft-do", address)
        };
    }
    if case.may(v, Move::SignAgreement).is_ok() {
        return own("requests-todo-sign", "requests-todo-sign-do", format!("/requests/{number}/agreement"));
    }
    if case.may(v, Move::ConfirmReceipt).is_ok() {
        return own("requests-todo-receive", "requests-todo-receive-do", format!("/requests/{number}/receipt"));
    }
    let turn = case.turn();
    let words = match (turn, case.next_party()) {
        (Turn::Nobody, _) => t.say(&format!("requests-ended-{}", ending(case.request.state))),
        (_, Some(Party::Recipient)) => t.say("requests-waits-signatory"),
        (_, Some(Party::PrincipalInvestigator)) => t.say("requests-waits-investigator"),
        (Turn::Bank, _) => t.say("requests-waits-bank"),
        _ => t.say("requests-waits-applicant"),
    };
    let heading =
        if turn == Turn::Nobody { case.request.state.label(t.lang).into() } else { t.say("requests-nothing-to-do") };
    Todo { heading, words, way: None, is_theirs: false }
}

fn ending(state: State) -> &'static str {
    match state {
        State::Rejected => "rejected",
        State::Withdrawn => "withdrawn",
        _ => "closed",
    }
}

async fn rows(v: &Visitor, case: &Case) -> Result<Vec<Row>, PageError> {
    let db = v.web.app.db.read();
    let ids: Vec<RequestLineId> = case.lines.iter().map(|line| line.id).collect();
    let (served, places) = (queries::served(db, &ids).await?, queries::waiting_places(db, &ids).await?);
    let can_cancel = case.may(v, Move::CancelLine).is_ok();
    let row = |line: RequestLineView| Row {
        name: case.cell(line.line_id).map(|cell| cell.name.clone()).unwrap_or_default(),
        identifier: case.identifier(line.line_id).to_owned(),
        served: served.iter().find(|one| one.0 == line.id).map(|one| one.1).unwrap_or_default(),
        can_cancel: can_cancel && matches!(line.state, LineState::Approved | LineState::Waitlisted),
        place: places.iter().find(|one| one.0 == line.id).map(|one| one.1),
        line,
    };
    Ok(case.lines.iter().cloned().map(row).collect())
}

/// Steps that both sides see, without every saving of the draft.
async fn history(v: &Visitor, events: Vec<Event>) -> Result<Vec<HistoryEntry>, PageError> {
    let shown: Vec<_> = events.into_iter().filter(|event| event.action != RequestAction::Updated.word()).collect();
    let mut ids: Vec<PersonId> = shown.iter().filter_map(|event| event.person_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = crate::accounts::queries::people(v.web.app.db.read(), &ids).await?;
    let name = |id: PersonId| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
    let happened = |event: Event| {
        let by = event.person_id.and_then(name).unwrap_or_default();
        timeline::label(&event.action, v.t.lang).map(|label| HistoryEntry { at: event.at, label, by })
    };
    Ok(shown.into_iter().filter_map(happened).collect())
}

/// POST `/requests/NUMBER/messages`.
pub async fn write(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let (text, key) = (posted.get("text"), posted.key());
    let post = PostMessage { request: case.request.id, text: text.to_owned() };
    let written = v.web.app.run_once(&v.actor, post, key.as_ref()).await;
    match into_form_errors(written, v.t)? {
        Ok(_) => Ok(go(&format!("/requests/{}?done=written#messages", case.request.number))),
        Err(errors) => render_case(&v, case, errors, text.to_owned()).await,
    }
}
