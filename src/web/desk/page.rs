//! One page to decide a request on: who asks for what, what the rules say of each line, what may be done now and why
//! not.

use super::acts::Act;
use super::case::Case;
use crate::accounts::queries as accounts;
use crate::actor::Permission;
use crate::agreements::rules::{is_open, kind_for};
use crate::agreements::{AgreementState, AgreementView, Party};
use crate::approvals::ApprovalView;
use crate::catalogue::LineView;
use crate::error::DomainError;
use crate::id::{CellLineId, PersonId};
use crate::inventory::queries::{StockedLot, lots_of, proposed, stock_of};
use crate::inventory::reservations::{SetAside, set_aside};
use crate::requests::fields::{FIELDS, FieldChange};
use crate::requests::policy::no_conflict;
use crate::requests::queries::{self, Message, Served};
use crate::requests::requirements::{Intent, Outcome, Requirement, overall, requirements};
use crate::requests::rules::Move;
use crate::requests::timeline::{self, Turn};
use crate::requests::{Delivery, Refusal, RequestLineState as LineState, RequestLineView, RequestState as State, Side};
use crate::shipments::{ShipmentState, ShipmentView};
use crate::web::forms::{FormData, FormErrors, word};
use crate::web::frame::{Frame, Layout, PageResult, html};
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use sea_orm::{ActiveEnum, Iterable};
use std::collections::HashMap;

/// Days before its end from which an approval is marked.
const ENDS_SOON: i64 = 30;

/// A line of the request as it is decided on.
struct Line {
    line: RequestLineView,
    cell: LineView,
    needs: Vec<Requirement>,
    worst: Outcome,
    /// Vials that could be given out now.
    free: i64,
    /// What would be left of them; `None` once they are set aside.
    after: Option<i64>,
    /// Lots from which they would be taken, with how many of each; nothing once they are set aside.
    proposal: Vec<(String, i64)>,
    /// Vials that are set aside.
    set_aside: Vec<SetAside>,
    served: Served,
    /// Why its vials cannot be set aside; `None` if they can.
    why_not_reserve: Option<String>,
    /// Why its vials cannot be put back; `None` if they can.
    why_not_release: Option<String>,
    is_packed: bool,
}

/// A document that somebody gave the applicant.
struct Approval {
    label: &'static str,
    number: String,
    until: Option<NaiveDate>,
    is_over: bool,
    ends_soon: bool,
    /// Somebody at the bank saw it.
    is_verified: bool,
}

struct HistoryEntry {
    at: DateTime<Utc>,
    label: &'static str,
    /// Who did it; empty if the bank's own timers did.
    by: String,
}

#[derive(Template)]
#[template(path = "desk/page.html")]
struct Page {
    f: Frame,
    t: Text,
    answers: Vec<(Move, Option<String>)>,
    lines: Vec<Line>,
    approvals: Vec<Approval>,
    changes: Vec<FieldChange>,
    messages: Vec<Message>,
    notes: Vec<Message>,
    history: Vec<HistoryEntry>,
    /// Requests of the institution before this one.
    earlier: i64,
    /// The sentence of a conflict of interest.
    conflict: Option<String>,
    is_overdue: bool,
    is_staff: bool,
    can_write: bool,
    can_note: bool,
    errors: FormErrors,
    typed: FormData,
    done: Option<String>,
    case: Case,
}

impl Page {
    /// True if the move belongs to the state in which the request is.
    fn fits(&self, wanted: Move) -> bool {
        wanted.states().contains(&self.case.request.state)
    }

    fn why_not(&self, wanted: Move) -> Option<&str> {
        self.answers.iter().find(|answer| answer.0 == wanted).and_then(|answer| answer.1.as_deref())
    }

    fn may(&self, wanted: Move) -> bool {
        self.is_staff && self.why_not(wanted).is_none()
    }

    fn is_next(&self, wanted: Move) -> bool {
        self.case.row.next_step == Some(wanted)
    }

    fn is_mine(&self) -> bool {
        self.case.request.handler_id.is_some() && self.case.request.handler_id == self.f.v.actor.person_id()
    }

    fn kept(&self, name: &str, id: &i64) -> &str {
        self.typed.get(&format!("{name}-{id}"))
    }

    fn on(&self, field: &str) -> &str {
        self.typed.get(&["on-", field].concat())
    }

    /// What is chosen for a line: what was typed, else to approve what nothing speaks against.
    fn choice(&self, line: &Line) -> &str {
        match self.kept("decide", &line.line.id.0) {
            "" if matches!(line.worst, Outcome::Met | Outcome::NeedsReview) => "approve",
            "" => "open",
            typed => typed,
        }
    }

    fn vials(&self, line: &Line) -> String {
        match self.kept("vials", &line.line.id.0) {
            "" => line.line.vials_requested.to_string(),
            typed => typed.to_owned(),
        }
    }

    fn refusals(&self) -> Vec<(String, &'static str)> {
        Refusal::iter().map(|one| (one.to_value(), one.label(self.t.lang))).collect()
    }

    fn newest(&self) -> Option<&AgreementView> {
        self.case.agreements.last()
    }

    fn has_agreement(&self) -> bool {
        self.newest().is_some_and(|one| is_open(one.state) || one.state == AgreementState::InForce)
    }

    fn is_open(&self) -> bool {
        self.newest().is_some_and(|one| is_open(one.state))
    }

    fn kind(&self) -> &'static str {
        kind_for(self.case.institution.institution_type, self.case.request.commercial).label(self.t.lang)
    }

    fn signed(&self, party: &Party) -> Option<String> {
        let given = self.case.given.iter().find(|one| one.party == *party)?;
        Some(format!("{} · {}", given.printed_name, self.t.minute(&given.signed_at)))
    }

    fn has_waiting_for_box(&self) -> bool {
        self.lines.iter().any(|one| one.line.state == LineState::Reserved && !one.is_packed)
    }

    fn vials_in(&self, shipment: &ShipmentView) -> i64 {
        let inside = self.case.vials.iter().filter(|vial| vial.shipment_id == shipment.id).count();
        i64::try_from(inside).unwrap_or(i64::MAX)
    }

    fn institution(&self) -> &str {
        self.case.institution.label(self.t.lang)
    }

    /// Colour and icon of an outcome.
    fn badge(&self, outcome: &Outcome) -> (&'static str, &'static str) {
        match outcome {
            Outcome::Met => ("ok", "circle-check"),
            Outcome::NeedsReview => ("warn", "user-round"),
            Outcome::Missing => ("bad", "circle-x"),
            Outcome::NotAllowed => ("bad", "ban"),
        }
    }
}

/// Name of a field that every line or shipment has: `vials-7`.
fn field(name: &str, id: &i64) -> String {
    format!("{name}-{id}")
}

/// Name of the comment on a field of the applicant's form: `on-usePlan`.
fn on(field: &str) -> String {
    ["on-", field].concat()
}

/// GET `/desk/NUMBER`.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    render_case(&v, case, FormData::default(), FormErrors::default()).await
}

/// The page, with what was typed into its forms and what was wrong with it.
///
/// # Errors
/// Those of the database.
pub async fn render_case(v: &Visitor, case: Case, typed: FormData, errors: FormErrors) -> PageResult {
    let (app, db) = (&v.web.app, v.web.app.db.read());
    let params = query_params(v);
    // What the page says was done, by the name of the act that did it.
    let done = Some(params.get("done")).filter(|done| word::<Act>(done).is_some() && errors.is_empty());
    let late = app.clock.now() - Duration::days(app.config.reminder_days.max(0));
    let status = errors.status();
    let page = Page {
        f: Frame::new(v, format!("{} {}", case.request.number, case.request.project_title))
            .at("desk")
            .on(Layout::Staff),
        t: v.t,
        answers: case.answers(v),
        lines: lines(v, &case).await?,
        approvals: approvals(v, &case),
        changes: queries::changes_since_return(db, &v.actor, &case.request).await?,
        messages: queries::messages(db, &v.actor, &[case.request.id]).await?,
        notes: queries::notes(db, &v.actor, &[case.request.id]).await?,
        history: history(v, &case).await?,
        earlier: queries::earlier_of_institution(db, &v.actor, &case.request).await?,
        conflict: no_conflict(&case.request, &v.actor).err().map(|error| error.say(v.t.lang)),
        is_overdue: case.row.turn == Turn::Bank && case.row.since < late,
        is_staff: v.can(Permission::DecideRequests),
        can_write: case.speaks_for(v) == Some(Side::Bank),
        can_note: case.may_note(v),
        done: done.map(|done| v.t.say(&format!("desk-done-{done}"))),
        errors,
        typed,
        case,
    };
    html(status, &page)
}

async fn lines(v: &Visitor, case: &Case) -> Result<Vec<Line>, PageError> {
    let (app, db) = (&v.web.app, v.web.app.db.read());
    let ids: Vec<_> = case.lines.iter().map(|line| line.line_id).collect();
    let stock = stock_of(db, &v.actor, &ids, app.clock.now()).await?;
    let rows: Vec<_> = case.lines.iter().map(|line| line.id).collect();
    let served: HashMap<_, _> = queries::served(db, &rows).await?.into_iter().collect();
    let (lots, aside) = (lots_of(db, &v.actor, &ids, app.clock.now()).await?, set_aside(db, &rows).await?);
    let intent = Intent::of(case.application(), case.today);
    let line = |line: &RequestLineView| {
        let cell = case.cell(line.line_id)?.clone();
        let free = stock.get(&line.line_id).and_then(|stock| stock.free).unwrap_or_default();
        let needs = requirements(&cell, &intent, case.today);
        let wanted = match line.state {
            LineState::Requested => Some(line.vials_requested),
            LineState::Approved | LineState::Waitlisted => line.vials_approved,
            _ => None,
        };
        Some(Line {
            worst: overall(&needs),
            proposal: wanted.map(|vials| proposal(&lots, line.line_id, vials.into())).unwrap_or_default(),
            set_aside: aside.iter().filter(|vial| vial.request_line_id == line.id).cloned().collect(),
            after: wanted.map(|vials| free - i64::from(vials)),
            served: served.get(&line.id).copied().unwrap_or_default(),
            why_not_reserve: case.why_not_reserve(line, v),
            why_not_release: case.why_not_release(line, v),
            is_packed: case.is_packed(line.id),
            line: line.clone(),
            needs,
            cell,
            free,
        })
    };
    Ok(case.lines.iter().filter_map(line).collect())
}

fn proposal(lots: &[StockedLot], line: CellLineId, wanted: i64) -> Vec<(String, i64)> {
    let own: Vec<StockedLot> = lots.iter().filter(|lot| lot.lot.line_id == line).cloned().collect();
    proposed(&own, wanted).into_iter().map(|(lot, vials)| (lot.number.clone(), vials)).collect()
}

fn approvals(v: &Visitor, case: &Case) -> Vec<Approval> {
    let approval = |one: &ApprovalView| Approval {
        label: one.kind.label(v.t.lang),
        number: one.number.clone(),
        is_over: one.valid_until.is_some_and(|day| day < case.today),
        ends_soon: one
            .valid_until
            .is_some_and(|day| day >= case.today && day - case.today <= Duration::days(ENDS_SOON)),
        until: one.valid_until,
        is_verified: one.verified_at.is_some(),
    };
    let mut numbered: Vec<_> =
        case.approvals.iter().map(|chosen| &chosen.approval).filter(|one| !one.number.is_empty()).collect();
    numbered.sort_by_key(|one| (one.kind, one.id));
    numbered.into_iter().map(approval).collect()
}

async fn history(v: &Visitor, case: &Case) -> Result<Vec<HistoryEntry>, PageError> {
    let events = queries::timeline(v.web.app.db.read(), case.request.id).await?;
    let mut ids: Vec<PersonId> = events.iter().filter_map(|event| event.person_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = accounts::people(v.web.app.db.read(), &ids).await?;
    let name = |id: PersonId| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
    let happened = |event: crate::audit::Event| {
        let label = timeline::label(&event.action, v.t.lang)?;
        Some(HistoryEntry { at: event.at, label, by: event.person_id.and_then(name).unwrap_or_default() })
    };
    Ok(events.into_iter().filter_map(happened).collect())
}
