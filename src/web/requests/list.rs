//! "My requests": what one asked for, whose turn it is, since when, and what comes next.

use crate::actor::Permission;
use crate::agreements::Party;
use crate::page::{Cursor, DEFAULT_ROWS, MAX_ROWS, Window};
use crate::requests::RequestState as State;
use crate::requests::queries::{self, OverviewFilter, OverviewRow, View};
use crate::requests::rules::Move;
use crate::requests::timeline::Turn;
use crate::web::frame::{Frame, Layout, PageResult, render};
use crate::web::links::with;
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;

#[derive(Template)]
#[template(path = "requests/list.html")]
struct Page {
    f: Frame,
    t: Text,
    /// Requests that wait for the visitor's signature for their institution.
    to_sign: Vec<OverviewRow>,
    /// Filters: name in the address, words, whether it is on.
    tabs: Vec<(&'static str, String, bool)>,
    rows: Vec<OverviewRow>,
    show: &'static str,
    first: String,
    next: String,
    can_request: bool,
}

/// Names of the filters.
const SHOWS: [&str; 4] = ["open", "ended", "all", "institution"];

fn filter(show: &str) -> OverviewFilter {
    let view = match show {
        "ended" => View::Ended,
        "open" => View::Open,
        _ => View::All,
    };
    OverviewFilter { own: show != "institution", view, ..OverviewFilter::default() }
}

/// GET `/requests`.
pub async fn show(v: Visitor) -> PageResult {
    if v.actor.is_anonymous() {
        return Err(PageError::SignIn);
    }
    let params = query_params(&v);
    let signs = v.actor.signs_for().next().is_some();
    let shows: Vec<_> = SHOWS.into_iter().filter(|name| *name != "institution" || signs).collect();
    let show_now = shows.iter().copied().find(|name| *name == params.get("show")).unwrap_or("open");
    let window = Window {
        first: i32::try_from(DEFAULT_ROWS).ok(),
        after: params.filled("after").map(str::to_owned),
        ..Window::default()
    };
    let page = if v.can(Permission::ReadStock) {
        queries::overview(&v.web.app, &v.actor, &filter(show_now), &window).await?
    } else {
        crate::page::Page::empty()
    };
    let next = page.rows.last().filter(|_| page.has_next).map(|(cursor, _)| cursor.encode());
    let next = next.map(|after| with("/requests", &[("show", show_now), ("after", &after)])).unwrap_or_default();
    let first = if window.after.is_some() { with("/requests", &[("show", show_now)]) } else { String::new() };
    let words = |name: &'static str| (name, v.t.say(&format!("requests-show-{name}")), name == show_now);
    let page = Page {
        f: Frame::new(&v, v.t.say("requests-title")).at("requests").on(Layout::Work),
        t: v.t,
        to_sign: if signs { to_sign(&v).await? } else { vec![] },
        tabs: shows.into_iter().map(words).collect(),
        rows: page.rows.into_iter().map(|row: (Cursor, OverviewRow)| row.1).collect(),
        show: show_now,
        can_request: v.can(Permission::RequestLines),
        first,
        next,
    };
    render(&page)
}

/// Agreements that wait for the institution's signature, whoever waits longest first.
async fn to_sign(v: &Visitor) -> Result<Vec<OverviewRow>, PageError> {
    let filter = OverviewFilter { view: View::Waiting, ..OverviewFilter::default() };
    let window = Window { first: i32::try_from(MAX_ROWS).ok(), ..Window::default() };
    let rows = queries::overview(&v.web.app, &v.actor, &filter, &window).await?.rows.into_iter().map(|row| row.1);
    let theirs = |row: &OverviewRow| {
        row.next_party == Some(Party::Recipient) && v.actor.signs_for().any(|at| at == row.institution_id)
    };
    Ok(rows.filter(theirs).collect())
}

/// Kind and icon of a request's state.
pub fn state_badge(state: State) -> (&'static str, &'static str) {
    match state {
        State::Draft => ("off", "pen-line"),
        State::Submitted | State::UnderReview => ("acc", "clock"),
        State::Returned => ("warn", "rotate-ccw"),
        State::Approved => ("ok", "circle-check"),
        State::Rejected => ("bad", "circle-x"),
        State::Withdrawn => ("off", "ban"),
        State::Closed => ("off", "archive"),
    }
}

/// What comes next, as a sentence.
pub fn next_words(next: Option<Move>, turn: Turn, t: Text) -> String {
    let key = match next {
        None => return t.say("requests-then-nothing"),
        Some(Move::Submit) => "submit",
        Some(Move::Claim | Move::Decide) => "decide",
        Some(Move::OfferAgreement) => "offer",
        Some(Move::SignAgreement) => "sign",
        Some(Move::Reserve) => "reserve",
        Some(Move::ConfirmReceipt) => "receive",
        Some(_) => "ship",
    };
    t.say1(&format!("requests-then-{key}"), "who", turn.label(t.lang))
}

/// True if the visitor's own side is at turn.
pub fn is_applicants(turn: &Turn) -> bool {
    matches!(turn, Turn::Applicant | Turn::PrincipalInvestigator)
}
