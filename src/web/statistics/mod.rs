//! Yearly figures and reports, with charts. Every figure has its definition and source, every chart its table.

pub(super) mod charts;
mod csv;

use super::Web;
use super::frame::{Frame, Layout, PageResult, public, render};
use super::page_error::PageError;
use super::section_nav::{Pages, query_params, window};
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::InstitutionView;
use crate::actor::Permission;
use crate::app::seoul_year;
use crate::catalogue::LineView;
use crate::statistics::Error;
use crate::statistics::queries::{Distribution, YearFigures, distributions, span, with_years_before, years};
use crate::statistics::shares::{self, Share};
use crate::statistics::sources::{Source, SourceKind, sources};
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::get;
use charts::{Bars, Shares};

/// `/statistics` and what is below it.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/statistics", get(overview))
        .route("/statistics.csv", get(csv::all))
        .route("/statistics/{year}", get(report))
        .route("/statistics/{year}/rows", get(rows))
        .route("/statistics/{year}/report.csv", get(csv::report))
}

#[derive(Template)]
#[template(path = "statistics/overview.html")]
struct Overview {
    f: Frame,
    t: Text,
    bars: Bars,
    /// All years, the latest first.
    years: Vec<YearFigures>,
    /// The latest year that is over, really happened and has a mean before it.
    latest: Option<YearFigures>,
    made_up: bool,
}

async fn overview(v: Visitor, headers: HeaderMap) -> PageResult {
    public(&v, &headers, async {
        let (first, last) = span(&v.web.app).await?;
        let mut all = years(&v.web.app, first, last).await?;
        let this_year = seoul_year(v.web.app.clock.now());
        let is_whole = |figures: &&YearFigures| {
            figures.year < this_year && figures.ratio_to_five_year_mean.is_some() && !figures.is_made_up()
        };
        let latest = all.iter().rev().find(is_whole).cloned();
        let values: Vec<_> = all.iter().map(|figures| (figures.year, figures.distributions)).collect();
        let hot = latest.as_ref().map_or(last, |figures| figures.year);
        let bars = Bars::of(&values, hot, latest.as_ref().and_then(|figures| figures.five_year_mean));
        let made_up = all.iter().any(YearFigures::is_made_up);
        all.reverse();
        let f = Frame::new(&v, v.t.say("statistics-title")).at("statistics").described(v.t.say("statistics-lead"));
        Ok(Overview { f, t: v.t, bars, years: all, latest, made_up }.render()?)
    })
    .await
}

/// A figure divided: its heading, its parts, its strip.
struct Division {
    id: &'static str,
    heading: String,
    unit: String,
    shares: Vec<Share>,
    chart: Shares,
    total: i64,
    /// Why the parts do not add to the year's figure, where they do not.
    note: String,
}

#[derive(Template)]
#[template(path = "statistics/report.html")]
struct Report {
    f: Frame,
    t: Text,
    year: YearFigures,
    before: Vec<YearFigures>,
    bars: Bars,
    divisions: Vec<Division>,
    sources: Vec<Source>,
    /// The year is not over.
    is_running: bool,
    as_of: String,
}

/// The year of an address. Whether it is one of the bank's calendar is asked where its figures are.
fn year_of(text: &str) -> Result<i32, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// Of a year that there is not there is no page.
fn no_such_year(error: Error) -> PageError {
    match error {
        Error::Year => PageError::NotFound,
        other => other.into(),
    }
}

async fn report(v: Visitor, Path(year): Path<String>, headers: HeaderMap) -> PageResult {
    let year = year_of(&year)?;
    public(&v, &headers, async {
        let mut before = with_years_before(&v.web.app, year).await.map_err(no_such_year)?;
        let figures = before.pop().ok_or(PageError::NotFound)?;
        let all = before.iter().chain([&figures]).map(|figures| (figures.year, figures.distributions));
        let bars = Bars::of(&all.collect::<Vec<_>>(), year, figures.five_year_mean);
        let divisions = divisions(&v, &figures).await?;
        let title = v.t.say1("statistics-report-title", "year", year.to_string());
        let f = Frame::new(&v, title).at("statistics").described(v.t.say("statistics-lead"));
        let now = v.web.app.clock.now();
        let sources = sources(&figures, v.t.lang);
        let is_running = seoul_year(now) <= year;
        let as_of = v.t.minute(&now);
        Ok(Report { f, t: v.t, year: figures, before, bars, divisions, sources, is_running, as_of }.render()?)
    })
    .await
}

async fn divisions(v: &Visitor, figures: &YearFigures) -> Result<Vec<Division>, PageError> {
    let (app, t) = (&v.web.app, v.t);
    let all = [
        ("type", shares::institutions_by_type(app, figures, t.lang).await?),
        ("line", shares::by_line(app, figures).await?),
        ("disease", shares::by_disease(app, figures, t.lang).await?),
        ("purpose", shares::by_purpose(app, figures, t.lang).await?),
    ];
    let shown = all.into_iter().filter(|(_, shares)| !shares.is_empty());
    Ok(shown.map(|(id, shares)| division(t, figures, id, shares)).collect())
}

fn division(t: Text, figures: &YearFigures, id: &'static str, shares: Vec<Share>) -> Division {
    let total = shares.iter().map(|share| share.count).sum();
    let whole = if id == "type" { figures.institutions } else { figures.distributions };
    let note = match (id, whole) {
        ("disease", Some(whole)) if whole != total => t.say("statistics-disease-note"),
        ("type", Some(whole)) if whole != total => t.say("statistics-type-note"),
        _ => String::new(),
    };
    let percents: Vec<i64> = shares.iter().map(|share| share.percent).collect();
    let heading = t.say(&format!("statistics-by-{id}"));
    let unit = t.say(if id == "type" { "statistics-institutions" } else { "statistics-distributions" });
    Division { id, heading, unit, chart: Shares::of(&percents), shares, total, note }
}

#[derive(Template)]
#[template(path = "statistics/rows.html")]
struct Rows {
    f: Frame,
    t: Text,
    year: i32,
    /// The year's report.
    report: String,
    rows: Vec<Distribution>,
    names: Names,
    pages: Pages,
}

/// Names of lines and institutions on a page of rows.
struct Names {
    lines: Vec<LineView>,
    institutions: Vec<InstitutionView>,
}

impl Names {
    fn line(&self, row: &Distribution) -> (String, String) {
        let line = self.lines.iter().find(|line| line.id == row.line_id);
        line.map_or_else(Default::default, |line| (line.identifier().to_owned(), line.name.clone()))
    }

    fn institution(&self, row: &Distribution, t: &Text) -> String {
        let found = self.institutions.iter().find(|one| one.id == row.institution_id);
        found.map_or_else(String::new, |one| one.label(t.lang).to_owned())
    }
}

/// The rows behind a year's figure: for those who may read all requests.
async fn rows(v: Visitor, Path(year): Path<String>) -> PageResult {
    let year = year_of(&year)?;
    if v.actor.is_anonymous() {
        return Err(PageError::SignIn);
    }
    v.actor.may(Permission::ReadAllRequests)?;
    let page = distributions(&v.web.app, &v.actor, year, &window(&query_params(&v))).await.map_err(no_such_year)?;
    let pages = Pages::of(&v, &page);
    let rows: Vec<Distribution> = page.rows.into_iter().map(|(_, row)| row).collect();
    let db = v.web.app.db.read();
    let line_ids: Vec<_> = rows.iter().map(|row| row.line_id).collect();
    let institution_ids: Vec<_> = rows.iter().map(|row| row.institution_id).collect();
    let names = Names {
        lines: crate::catalogue::queries::lines_by_id(db, &v.actor, &line_ids).await?,
        institutions: crate::accounts::queries::institutions_by_id(db, &institution_ids).await?,
    };
    let title = v.t.say1("statistics-rows-title", "year", year.to_string());
    let f = Frame::new(&v, title).at("statistics").on(Layout::Staff);
    let report = format!("/statistics/{year}");
    render(&Rows { f, t: v.t, year, report, rows, names, pages })
}
