//! The page of a line: what it is, whether it can be had, on what terms and how.

use super::facts::{self, Fact};
use super::lineage::{self, Lineage};
use super::shown::{self, Stock, line_address};
use crate::catalogue::queries::Key;
use crate::catalogue::rules::is_rrid;
use crate::catalogue::{Error, Grade, Holding, LineView, PublicationStatus};
use crate::inventory::queries::StockedLot;
use crate::inventory::{LotState, LotTier, LotView, TestView, Verdict};
use crate::page::Window;
use crate::requests::rules::MAX_VIALS;
use crate::search::line_page::{StockedPage, page_of};
use crate::search::{Filter, Order, cell_lines};
use crate::statistics::turnaround::{days, turnaround};
use crate::web::Web;
use crate::web::frame::{Frame, PageResult, html, public};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::use_check::{self, Check};
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Lines that a name that fits several offers.
const CANDIDATES: i32 = 20;

/// `/catalogue/{name}`
pub fn router() -> Router<Web> {
    Router::new().route("/catalogue/{name}", get(page))
}

#[derive(Template)]
#[template(path = "catalogue/line.html")]
struct Page {
    f: Frame,
    t: Text,
    line: LineView,
    /// Kind of cells, grade.
    kind: String,
    lead: String,
    identity: Vec<Fact>,
    stock: Option<Stock>,
    /// Free vials, for who may see numbers.
    free: Option<i64>,
    /// It can be put into the basket.
    can_be_asked: bool,
    /// Of research grade: never in people.
    research: bool,
    most: i32,
    /// Days from handing in to receipt, if the bank knows.
    duration: Option<String>,
    /// Suspended or withdrawn: word, since when, why.
    publication_note: Option<(String, String, String)>,
    check: Option<Check>,
    lots: Vec<Lot>,
    lineage: Option<Lineage>,
    publications: Vec<(String, String)>,
    references: Vec<(String, String, String)>,
    remarks: Vec<String>,
    citation: String,
}

/// A lot with its tests.
struct Lot {
    number: String,
    about: String,
    state: &'static str,
    released: bool,
    made_up: bool,
    tests: Vec<Test>,
}

/// A test of a lot.
struct Test {
    name: &'static str,
    method: String,
    specification: String,
    result: String,
    passed: bool,
    verdict: &'static str,
    day: String,
}

/// What became of a name that is not the canonical one.
enum Elsewhere {
    /// The line's page, by another of its names for good or by a name that happens to fit.
    Line { to: String, for_good: bool },
    /// Several lines.
    Several,
}

async fn page(v: Visitor, Path(name): Path<String>, headers: HeaderMap) -> PageResult {
    let mut elsewhere = None;
    let making = async {
        match find(&v, &name).await? {
            Ok(found) => Ok(written(&v, found).await?.render()?),
            Err(other) => {
                elsewhere = Some(other);
                Err(PageError::NotFound)
            }
        }
    };
    let answer = public(&v, &headers, making).await;
    match elsewhere {
        Some(Elsewhere::Line { to, for_good }) => Ok(moved(&v, &to, for_good)),
        Some(Elsewhere::Several) => several(&v, &name).await,
        None => answer,
    }
}

/// The line's key and the canonical name, or where else to look.
async fn find(v: &Visitor, name: &str) -> Result<Result<StockedPage, Elsewhere>, PageError> {
    let app = &v.web.app;
    let upper = name.trim().to_uppercase();
    let rrid = upper.strip_prefix("RRID:").unwrap_or(&upper);
    let key = if is_rrid(rrid) { Key::Rrid(rrid.into()) } else { Key::Accession(upper.clone()) };
    let mut found = page_of(app, &v.actor, &key).await?;
    let by_name = found.is_none();
    if by_name {
        found = match page_of(app, &v.actor, &Key::Name(name.into())).await {
            Ok(found) => found,
            Err(Error::Ambiguous { .. }) => return Ok(Err(Elsewhere::Several)),
            Err(other) => return Err(other.into()),
        };
    }
    let to = |line: &str, for_good| Ok(Err(Elsewhere::Line { to: line_address(line), for_good }));
    match found {
        Some(found) if found.page.line.identifier() == name => Ok(Ok(found)),
        Some(found) => to(found.page.line.identifier(), !by_name),
        None => match candidates(v, name).await?.as_slice() {
            [] => Err(PageError::NotFound),
            [only] => to(shown::identifier(only), false),
            _ => Ok(Err(Elsewhere::Several)),
        },
    }
}

async fn candidates(v: &Visitor, name: &str) -> Result<Vec<crate::catalogue::queries::ListedLine>, PageError> {
    let filter = Filter { search: Some(name.to_owned()), ..Filter::default() };
    let window = Window { first: Some(CANDIDATES), ..Window::default() };
    match cell_lines::list(&v.web.app, &v.actor, filter, Order::Relevance, &window).await {
        Ok(page) => Ok(page.rows.into_iter().map(|(_, line)| line).collect()),
        Err(Error::SearchTooLong) => Ok(vec![]),
        Err(other) => Err(other.into()),
    }
}

fn moved(v: &Visitor, to: &str, for_good: bool) -> Response {
    let status = if for_good { StatusCode::MOVED_PERMANENTLY } else { StatusCode::FOUND };
    let to = if v.query.is_empty() { to.to_owned() } else { format!("{to}?{}", v.query) };
    (status, [(LOCATION, to), (CACHE_CONTROL, "no-cache".into())]).into_response()
}

#[derive(Template)]
#[template(path = "catalogue/several.html")]
struct Several {
    f: Frame,
    t: Text,
    name: String,
    rows: Vec<shown::Row>,
}

async fn several(v: &Visitor, name: &str) -> PageResult {
    let rows = shown::rows(v, &candidates(v, name).await?).await?;
    let f = Frame::new(v, v.t.say("line-several-title")).at("catalogue");
    html(StatusCode::MULTIPLE_CHOICES, &Several { f, t: v.t, name: name.into(), rows })
}

async fn written(v: &Visitor, found: StockedPage) -> Result<Page, PageError> {
    let t = v.t;
    let line = found.page.line.clone();
    let status = line.publication_status.filter(|_| line.holding == Holding::Held);
    let can_be_asked = status == Some(PublicationStatus::Published);
    let stock = found.stock.map(|stock| match status {
        Some(PublicationStatus::Published) | None => Stock::of(t, &stock),
        Some(status) => Stock::of_status(t, status),
    });
    let stopped = status.filter(|status| matches!(status, PublicationStatus::Suspended | PublicationStatus::Withdrawn));
    let publication_note = stopped.map(|status| {
        let since = line.publication_since.as_ref().map(|since| t.day(since)).unwrap_or_default();
        (status.label(t.lang).into(), since, line.publication_reason(t.lang).unwrap_or_default().into())
    });
    let check = (line.holding == Holding::Held).then(|| use_check::of_line(v, &line, &v.query));
    let lead = facts::lead(t, &found);
    Ok(Page {
        f: Frame::new(v, line.name.clone()).at("catalogue").described(lead.clone()).with_data(&facts::data(v, &found)),
        t,
        kind: facts::kind(t, &line),
        identity: facts::identity(t, &found),
        stock,
        free: found.stock.and_then(|stock| stock.free),
        can_be_asked,
        research: line.grade != Some(Grade::Clinical),
        most: MAX_VIALS,
        duration: if can_be_asked { duration(v).await? } else { None },
        publication_note,
        check,
        lots: lots(t, &found),
        lineage: lineage::of(t, &found.page),
        publications: publications(&found),
        references: references(&found),
        remarks: found.page.facts.remarks.clone(),
        citation: citation(v, &line),
        lead,
        line,
    })
}

fn citation(v: &Visitor, line: &LineView) -> String {
    let bank = Frame::new(v, "").bank();
    let named = match &line.rrid {
        Some(rrid) => format!("{} (RRID:{rrid})", line.name),
        None => line.name.clone(),
    };
    match &line.accession {
        Some(accession) => format!("{named}, {bank}, {accession}"),
        None => named,
    }
}

/// Days from handing in to receipt: the medians of all steps together, if every one is known.
async fn duration(v: &Visitor) -> Result<Option<String>, PageError> {
    let figures = turnaround(&v.web.app).await?;
    let known: Option<Vec<_>> = figures.steps.iter().map(|step| step.known.map(|(median, _)| median)).collect();
    Ok(known.map(|medians| v.t.say1("line-days", "days", days(medians.into_iter().sum()))))
}

/// Lots that can be given out first: of them a reader wants to know.
fn lots(t: Text, found: &StockedPage) -> Vec<Lot> {
    let mut lots: Vec<_> = found.lots.iter().collect();
    let is_given_out = |lot: &LotView| lot.tier == LotTier::Distribution && lot.state == LotState::Released;
    lots.sort_by_key(|(stocked, _)| !is_given_out(&stocked.lot));
    lots.into_iter().map(|lot| shown_lot(t, lot)).collect()
}

fn shown_lot(t: Text, (stocked, tests): &(StockedLot, Vec<TestView>)) -> Lot {
    let lot = &stocked.lot;
    Lot {
        number: lot.number.clone(),
        about: t.with(
            "line-lot-about",
            [
                ("tier", lot.tier.label(t.lang).into()),
                ("passage", lot.passage.into()),
                ("frozen", t.date(&lot.frozen_on).into()),
                ("made", lot.vials_made.into()),
            ],
        ),
        state: lot.state.label(t.lang),
        released: lot.state == LotState::Released,
        made_up: lot.made_up,
        tests: tests.iter().map(|test| shown_test(t, test)).collect(),
    }
}

fn shown_test(t: Text, test: &TestView) -> Test {
    Test {
        name: test.test.label(t.lang),
        method: test.method.clone(),
        specification: test.specification.clone(),
        result: test.result.clone(),
        passed: test.verdict == Verdict::Pass,
        verdict: test.verdict.label(t.lang),
        day: t.date(&test.tested_on),
    }
}

fn publications(found: &StockedPage) -> Vec<(String, String)> {
    let one = |one: &crate::catalogue::record::Publication| {
        let address = match (&one.doi, &one.pubmed) {
            (Some(doi), _) => format!("https://doi.org/{doi}"),
            (None, Some(pubmed)) => format!("https://pubmed.ncbi.nlm.nih.gov/{pubmed}/"),
            (None, None) => String::new(),
        };
        (one.text.clone(), address)
    };
    found.page.facts.publications.iter().map(one).collect()
}

/// Database, identifier, address if we know how the database writes it.
fn references(found: &StockedPage) -> Vec<(String, String, String)> {
    let one = |one: &crate::catalogue::record::CrossReference| {
        let id = &one.identifier;
        let address = match one.database.as_str() {
            "hPSCreg" => format!("https://hpscreg.eu/cell-line/{id}"),
            "Coriell" => format!("https://catalog.coriell.org/0/Sections/Search/Sample_Detail.aspx?Ref={id}"),
            "BioSamples" => format!("https://www.ebi.ac.uk/biosamples/samples/{id}"),
            "Wikidata" => format!("https://www.wikidata.org/wiki/{id}"),
            _ => String::new(),
        };
        (one.database.clone(), id.clone(), address)
    };
    found.page.facts.cross_references.iter().map(one).collect()
}
