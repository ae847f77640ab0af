//! The catalogue: the list with its filters, and the pages of lines.

mod facets;
mod facts;
mod line;
mod lineage;
mod list_query;
pub(super) mod shown;

use super::Web;
use super::frame::{Frame, Layout, PageResult, attachment, go, public};
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::Visitor;
use crate::app::seoul_date;
use crate::catalogue::{Error, directory};
use crate::csv_writer;
use crate::error::DomainError;
use crate::page::Window;
use crate::search::suggestions::{Near, suggestions};
use crate::search::{cell_lines, export, facets as counted};
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::routing::get;
use facets::{Facet, Tag, Without};
use list_query::{ListQuery, ORDERS};
use shown::{Name, Row};

/// Lines of a page.
const ROWS: i32 = 20;

/// `/catalogue`, `/catalogue.csv` and `/catalogue/{name}`.
pub fn router() -> Router<Web> {
    Router::new().route("/catalogue", get(list)).route("/catalogue.csv", get(table)).merge(line::router())
}

#[derive(Template)]
#[template(path = "catalogue/list.html")]
struct List {
    f: Frame,
    t: Text,
    params: ListQuery,
    facets: Vec<Facet>,
    tags: Vec<Tag>,
    /// The address without any filter but the search.
    cleared: String,
    rows: Vec<Row>,
    count: i64,
    /// Order: value, words, chosen.
    orders: Vec<(&'static str, &'static str, bool)>,
    /// Addresses of the first and the next page; empty if there is none.
    pages: (String, String),
    csv: String,
    /// Chosen diseases that there are not.
    unknown: Vec<String>,
    /// Why nothing could be searched.
    mistake: Option<String>,
    /// What else to type: name, address.
    near: Vec<(Name, String)>,
    /// What to leave out.
    without: Vec<Without>,
}

async fn list(v: Visitor, headers: HeaderMap) -> PageResult {
    let params = ListQuery::read(&v.query);
    let first = params.address("/catalogue");
    match public(&v, &headers, async { Ok(read(&v, params).await?.render()?) }).await {
        // A cursor of another order: the list begins anew.
        Err(PageError::Domain(error)) if error.describe().field.is_some_and(|field| field.contains("after")) => {
            Ok(go(&first))
        }
        answer => answer,
    }
}

/// Takes diseases that there are not out of what was asked.
async fn unknown_diseases(v: &Visitor, params: &mut ListQuery) -> Result<Vec<String>, PageError> {
    let names = params.diseases();
    if names.is_empty() {
        return Ok(vec![]);
    }
    let found = directory::named(&v.web.app, &names).await?;
    let unknown: Vec<String> = names.into_iter().filter(|name| !found.iter().any(|(known, _)| known == name)).collect();
    for name in &unknown {
        let after = params.after.take();
        *params = params.without("disease", name);
        params.after = after;
    }
    Ok(unknown)
}

async fn read(v: &Visitor, mut params: ListQuery) -> Result<List, PageError> {
    let (app, t) = (&v.web.app, v.t);
    let unknown = unknown_diseases(v, &mut params).await?;
    let filter = params.filter();
    let window = Window { first: Some(ROWS), after: params.after.clone(), ..Window::default() };
    let found = cell_lines::list(app, &v.actor, filter.clone(), params.order(), &window).await;
    let (found, mistake) = match found {
        Ok(found) => (found, None),
        Err(Error::SearchTooLong) => (crate::page::Page::empty(), Some(Error::SearchTooLong.say(t.lang))),
        Err(other) => return Err(other.into()),
    };
    let named = directory::named(app, &params.diseases()).await?;
    let mut page = List {
        f: Frame::new(v, t.say("catalogue-title"))
            .at("catalogue")
            .on(Layout::Work)
            .described(t.say("catalogue-description")),
        t,
        orders: ORDERS.map(|(value, order)| (value, order.label(t.lang), order == params.order())).into(),
        csv: params.address("/catalogue.csv"),
        cleared: params.cleared().address("/catalogue"),
        pages: (String::new(), String::new()),
        facets: vec![],
        tags: facets::tags(t, &params, &named),
        rows: vec![],
        count: 0,
        unknown,
        mistake,
        near: vec![],
        without: vec![],
        params,
    };
    if page.mistake.is_some() {
        return Ok(page);
    }
    page.count = cell_lines::count(app, &v.actor, filter.clone()).await?;
    page.facets = facets::shown(t, &page.params, counted::facets(app, &v.actor, filter.clone()).await?, &named);
    if page.params.after.is_some() {
        page.pages.0 = page.params.address("/catalogue");
    }
    if let Some((cursor, _)) = found.rows.last().filter(|_| found.has_next) {
        page.pages.1 = page.params.page_after(&cursor.encode());
    }
    let listed: Vec<_> = found.rows.into_iter().map(|(_, line)| line).collect();
    page.rows = shown::rows(v, &listed).await?;
    if page.count == 0 {
        let tried = suggestions(app, &v.actor, filter).await?;
        // The name is somewhere in the catalogue, not necessarily among what else was chosen.
        let all = page.params.cleared().without_any("holding");
        let near = |near: Near| (Name::of(t, near.search.clone()), all.searching(&near.search).address("/catalogue"));
        page.near = tried.near.into_iter().map(near).collect();
        page.without = facets::without(t, &page.params, &tried.without);
    }
    Ok(page)
}

/// The whole list as a table for spreadsheets, written as it is read.
async fn table(v: Visitor) -> PageResult {
    let mut params = ListQuery::read(&v.query);
    unknown_diseases(&v, &mut params).await?;
    let app = &v.web.app;
    let lines = export::export(app, &v.actor, params.filter(), params.order()).await?;
    let day = seoul_date(app.clock.now());
    Ok(attachment(csv_writer::MEDIA_TYPE, &format!("cell-lines-{day}.csv"), "no-store", Body::from_stream(lines)))
}
