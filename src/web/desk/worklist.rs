//! The worklist: what waits for whom, longest first.

use super::filters::WorklistFilter;
use crate::actor::Permission;
use crate::command::permit;
use crate::error::DomainError;
use crate::page::{Cursor, Window};
use crate::requests::RequestState as State;
use crate::requests::commands::ClaimRequest;
use crate::requests::queries::{self, OverviewCounts, OverviewRow, View};
use crate::requests::rules::Move;
use crate::requests::timeline::Turn;
use crate::web::forms::FormData;
use crate::web::frame::{Frame, Layout, PageResult, html};
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::http::StatusCode;
use chrono::Duration;
use sea_orm::{ActiveEnum, Iterable};

/// Names of the views in addresses and messages.
const TABS: [(&str, View); 6] = [
    ("mine", View::Taken),
    ("unassigned", View::Unassigned),
    ("overdue", View::Overdue),
    ("waiting", View::Waiting),
    ("open", View::Open),
    ("all", View::All),
];

struct Tab {
    address: String,
    words: String,
    count: Option<i64>,
    is_here: bool,
}

struct Row {
    row: OverviewRow,
    is_overdue: bool,
    can_claim: bool,
}

/// What became of one of several requests that were to be claimed.
struct Claimed {
    number: String,
    /// Why not; `None` if it was.
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/worklist.html")]
struct Page {
    f: Frame,
    t: Text,
    tabs: Vec<Tab>,
    tab: &'static str,
    worklist_filter: WorklistFilter,
    rows: Vec<Row>,
    claimed: Vec<Claimed>,
    first: String,
    next: String,
    reminder_days: i64,
    can_claim: bool,
}

impl Page {
    fn has_claimable(&self) -> bool {
        self.rows.iter().any(|one| one.can_claim)
    }

    fn states(&self) -> Vec<(String, &'static str)> {
        let handed_in = State::iter().filter(|state| *state != State::Draft);
        handed_in.map(|state| (state.to_value(), state.label(self.t.lang))).collect()
    }

    /// The same list for the institution of a row.
    fn of_institution(&self, row: &OverviewRow) -> String {
        self.worklist_filter.address_at(self.tab, &row.institution_id.0.to_string(), "")
    }

    /// The same list for every institution.
    fn of_all(&self) -> String {
        self.worklist_filter.address_at(self.tab, "", "")
    }
}

fn count(counts: &OverviewCounts, view: View) -> Option<i64> {
    match view {
        View::All | View::Ended => None,
        View::Open => Some(counts.open),
        View::Taken => Some(counts.taken),
        View::Unassigned => Some(counts.unassigned),
        View::Overdue => Some(counts.overdue),
        View::Waiting => Some(counts.waiting),
    }
}

/// GET `/desk`.
pub async fn show(v: Visitor) -> PageResult {
    let page = page(&v, vec![]).await?;
    html(StatusCode::OK, &page)
}

async fn page(v: &Visitor, claimed: Vec<Claimed>) -> Result<Page, PageError> {
    v.actor.may(Permission::ReadAllRequests)?;
    let app = &v.web.app;
    let params = query_params(v);
    let can_claim = v.can(Permission::DecideRequests);
    let usual = if can_claim { "mine" } else { "open" };
    let (tab, view) = *TABS
        .iter()
        .find(|tab| tab.0 == params.get("tab"))
        .or_else(|| TABS.iter().find(|tab| tab.0 == usual))
        .unwrap_or(&TABS[0]);
    let worklist_filter = WorklistFilter::of(v, &params).await?;
    let filter = worklist_filter.filter(view);
    let window = Window { after: params.filled("after").map(str::to_owned), ..Window::default() };
    let found = queries::overview(app, &v.actor, &filter, &window).await?;
    let counts = queries::overview_counts(app, &v.actor, &filter).await?;
    let next =
        found.rows.last().filter(|_| found.has_next).map(|last| worklist_filter.address(tab, &Cursor::encode(&last.0)));
    let late = app.clock.now() - Duration::days(app.config.reminder_days.max(0));
    let row = |row: OverviewRow| Row {
        is_overdue: row.turn == Turn::Bank && row.since < late,
        can_claim: can_claim && row.handler_id.is_none() && row.next_step == Some(Move::Claim),
        row,
    };
    let tabs = TABS.iter().map(|(name, view)| Tab {
        address: worklist_filter.address(name, ""),
        words: v.t.say(&format!("desk-tab-{name}")),
        count: count(&counts, *view),
        is_here: *name == tab,
    });
    let tabs = tabs.collect();
    Ok(Page {
        tabs,
        f: Frame::new(v, v.t.say("desk-title")).at("desk").on(Layout::Staff),
        t: v.t,
        tab,
        first: if window.after.is_some() { worklist_filter.address(tab, "") } else { String::new() },
        next: next.unwrap_or_default(),
        rows: found.rows.into_iter().map(|found| row(found.1)).collect(),
        reminder_days: app.config.reminder_days,
        worklist_filter,
        claimed,
        can_claim,
    })
}

/// POST `/desk/claim`: each request by a command of its own; what became of each is told.
pub async fn claim(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    permit::<ClaimRequest>(&v.actor)?;
    let app = &v.web.app;
    let mut claimed = vec![];
    for number in posted.all("number") {
        let refusal = match queries::by_number(app, &v.actor, number).await? {
            Some(request) => app.run(&v.actor, ClaimRequest { request: request.id }).await.err(),
            None => Some(crate::requests::Error::NoSuchRequest),
        };
        claimed.push(Claimed { number: number.to_owned(), refusal: refusal.map(|error| error.say(v.t.lang)) });
    }
    if claimed.is_empty() {
        claimed.push(Claimed { number: String::new(), refusal: Some(v.t.say("desk-none-chosen")) });
    }
    let refused = claimed.iter().any(|one| one.refusal.is_some());
    let status = if refused { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = page(&v, claimed).await.map_err(PageError::unread)?;
    html(status, &page)
}
