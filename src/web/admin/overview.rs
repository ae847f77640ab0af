//! What an administrator looks at first. Each number leads to its rows.

use super::{administrator, frame, section_nav};
use crate::agreements::queries::{Ending, count_ending, ending};
use crate::audit::queries::{Chain, chain};
use crate::mail;
use crate::mail::MailState;
use crate::page::Page;
use crate::requests::queries::{OverviewCounts, OverviewFilter, OverviewRow, View, overview, overview_counts};
use crate::web::Web;
use crate::web::frame::{Frame, PageResult, render};
use crate::web::section_nav::{Pages, SectionNav, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;
use chrono::{Days, NaiveDate};

/// Days ahead in which agreements that end are told of.
const AHEAD: u64 = 90;
/// Agreements that the page of ending ones shows.
const SHOWN: u64 = 200;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/admin", get(show))
        .route("/admin/requests", get(requests))
        .route("/admin/agreements", get(agreements))
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    f: Frame,
    t: Text,
    a: SectionNav,
    counts: OverviewCounts,
    dead: i64,
    queued: i64,
    chain: Chain,
    ending: i64,
    soon: Vec<Ending>,
}

fn ahead(v: &Visitor) -> (NaiveDate, NaiveDate) {
    let today = v.web.app.clock.today();
    (today, today.checked_add_days(Days::new(AHEAD)).unwrap_or(NaiveDate::MAX))
}

async fn show(v: Visitor) -> PageResult {
    administrator(&v)?;
    let app = &v.web.app;
    let (today, until) = ahead(&v);
    let letters = mail::queries::counts(app, &v.actor).await?;
    let letters_in = |state: MailState| letters.iter().find(|(one, _)| *one == state).map_or(0, |(_, count)| *count);
    let page = Overview {
        f: frame(&v, v.t.say("admin-section-overview")),
        t: v.t,
        a: section_nav(&v, "overview", &[]),
        counts: overview_counts(app, &v.actor, &OverviewFilter::default()).await?,
        dead: letters_in(MailState::Dead),
        queued: letters_in(MailState::Queued),
        chain: chain(app, &v.actor).await?,
        ending: count_ending(app.db.read(), today, until).await?,
        soon: ending(app.db.read(), today, until, 5).await?,
    };
    render(&page)
}

#[derive(Template)]
#[template(path = "admin/agreements.html")]
struct Agreements {
    f: Frame,
    t: Text,
    a: SectionNav,
    rows: Vec<Ending>,
}

async fn agreements(v: Visitor) -> PageResult {
    administrator(&v)?;
    let (today, until) = ahead(&v);
    let rows = ending(v.web.app.db.read(), today, until, SHOWN).await?;
    let f = frame(&v, v.t.say("admin-agreements"));
    render(&Agreements { f, t: v.t, a: section_nav(&v, "overview", &[]), rows })
}

const VIEWS: [(&str, View); 4] =
    [("open", View::Open), ("unassigned", View::Unassigned), ("overdue", View::Overdue), ("waiting", View::Waiting)];

#[derive(Template)]
#[template(path = "admin/requests.html")]
struct Requests {
    f: Frame,
    t: Text,
    a: SectionNav,
    views: Vec<(&'static str, String, bool)>,
    rows: Vec<OverviewRow>,
    pages: Pages,
}

async fn requests(v: Visitor) -> PageResult {
    administrator(&v)?;
    let params = query_params(&v);
    let (tag, view) = VIEWS.into_iter().find(|(tag, _)| *tag == params.get("view")).unwrap_or(VIEWS[0]);
    let filter = OverviewFilter { view, ..OverviewFilter::default() };
    let page: Page<OverviewRow> = overview(&v.web.app, &v.actor, &filter, &window(&params)).await?;
    let views = VIEWS.map(|(one, _)| (one, v.t.say(&format!("admin-load-{one}")), one == tag)).into();
    let page = Requests {
        f: frame(&v, v.t.say("admin-requests")),
        t: v.t,
        a: section_nav(&v, "overview", &[]),
        views,
        pages: Pages::of(&v, &page),
        rows: page.rows.into_iter().map(|(_, row)| row).collect(),
    };
    render(&page)
}
