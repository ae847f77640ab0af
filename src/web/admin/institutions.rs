//! Institutions: search, proposals that wait for the bank.

use super::{frame, keeper, section_nav};
use crate::accounts::institutions::queries::{Filter, count, list};
use crate::accounts::institutions::{Record, Verification};
use crate::accounts::membership::{MembershipState, queries as memberships};
use crate::page::Window;
use crate::web::Web;
use crate::web::account::{name, type_of, types};
use crate::web::frame::{Frame, PageResult, render};
use crate::web::section_nav::{Pages, SectionNav, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;
use sea_orm::{ActiveEnum, Iterable};

pub fn router() -> Router<Web> {
    Router::new().route("/admin/institutions", get(show))
}

#[derive(Template)]
#[template(path = "admin/institutions.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    q: String,
    kind: String,
    verification: String,
    types: Vec<(String, String)>,
    verifications: Vec<(String, &'static str)>,
    /// Proposals that nobody verified, before everything else; empty if the list is of something else.
    proposed: Vec<Record>,
    proposals: i64,
    /// Requests to join that wait.
    asking: i64,
    rows: Vec<Record>,
    total: i64,
    pages: Pages,
}

impl Page {
    fn name(&self, row: &Record) -> String {
        name(self.t, row)
    }
}

async fn show(v: Visitor) -> PageResult {
    keeper(&v)?;
    let (app, params) = (&v.web.app, query_params(&v));
    let verification = Verification::iter().find(|one| one.to_value() == params.get("verification"));
    let filter = Filter {
        search: params.filled("q").map(Into::into),
        types: type_of(params.get("type")).into_iter().collect(),
        verifications: verification.into_iter().collect(),
    };
    let page = list(app, &v.actor, &filter, &window(&params)).await?;
    let pages = Pages::of(&v, &page);
    let proposed = Filter { verifications: vec![Verification::Proposed], ..Filter::default() };
    let is_first = !params.has("after") && filter.search.is_none() && verification.is_none();
    let some = Window { first: Some(if is_first { 20 } else { 0 }), ..Window::default() };
    let asking = memberships::Filter { institution: None, states: vec![MembershipState::Requested] };
    let page = Page {
        f: frame(&v, v.t.say("admin-section-institutions")),
        t: v.t,
        a: section_nav(&v, "institutions", &[]),
        q: params.get("q").to_owned(),
        kind: params.get("type").to_owned(),
        verification: params.get("verification").to_owned(),
        types: types(v.t),
        verifications: Verification::iter().map(|one| (one.to_value(), one.label(v.t.lang))).collect(),
        proposals: count(app, &v.actor, &proposed).await?,
        proposed: list(app, &v.actor, &proposed, &some).await?.rows.into_iter().map(|(_, row)| row).collect(),
        asking: memberships::count(app, &v.actor, &asking).await?,
        rows: page.rows.into_iter().map(|(_, row)| row).collect(),
        total: count(app, &v.actor, &filter).await?,
        pages,
    };
    render(&page)
}
