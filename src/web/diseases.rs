//! Diseases and their lines.

use super::Web;
use super::catalogue::shown::{self, Name, Row};
use super::frame::{Frame, Layout, PageResult, public};
use super::links::{segment, with};
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::Visitor;
use crate::catalogue::DiseaseView;
use crate::catalogue::directory::{self, LineCounts};
use crate::catalogue::pages::{DiseasePage, disease_page};
use crate::catalogue::queries::NamedDisease;
use crate::language::Lang;
use crate::page::Window;
use crate::search::{Filter, Order, cell_lines};
use crate::web::section_nav::query_params;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};

/// Diseases of a page.
const ROWS: i32 = 50;
/// Lines that a disease's page shows; the catalogue has the others.
const LINES: i32 = 20;

/// `/diseases` and `/diseases/{name}`.
pub fn router() -> Router<Web> {
    Router::new().route("/diseases", get(list)).route("/diseases/{name}", get(page))
}

/// The address of a disease's page.
pub fn address(disease: &NamedDisease) -> String {
    let name = disease.mondo_id.clone().unwrap_or_else(|| disease.id.global());
    format!("/diseases/{}", segment(&name))
}

/// A disease in a list.
struct Listed {
    address: String,
    name: Name,
    /// The English name, where the first one is Korean.
    english: Option<String>,
    code: String,
    counts: LineCounts,
}

#[derive(Template)]
#[template(path = "diseases/list.html")]
struct List {
    f: Frame,
    t: Text,
    typed: String,
    /// Also those without lines.
    all: bool,
    rows: Vec<Listed>,
    count: i64,
    pages: (String, String),
    /// The same list with those that have no lines.
    widened: String,
}

async fn list(v: Visitor, headers: HeaderMap) -> PageResult {
    public(&v, &headers, async {
        let (app, t) = (&v.web.app, v.t);
        let params = query_params(&v);
        let typed: String = params.get("q").trim().chars().take(200).collect();
        let all = params.has("all");
        let search = Some(typed.as_str()).filter(|text| !text.is_empty());
        let window = Window { first: Some(ROWS), after: params.filled("after").map(Into::into), ..Window::default() };
        let found = directory::diseases(app, &v.actor, search, !all, &window).await?;
        let count = directory::count_diseases(app, &v.actor, search, !all).await?;
        let next = found.rows.last().filter(|_| found.has_next).map(|(cursor, _)| cursor.encode());
        let diseases: Vec<NamedDisease> = found.rows.into_iter().map(|(_, row)| row.into()).collect();
        let to = |all: bool, after: Option<&str>| {
            let pairs = [search.map(|q| ("q", q)), all.then_some(("all", "1")), after.map(|after| ("after", after))];
            with("/diseases", &pairs.into_iter().flatten().collect::<Vec<_>>())
        };
        let page = List {
            f: Frame::new(&v, t.say("diseases-title"))
                .at("diseases")
                .on(Layout::Work)
                .described(t.say("diseases-lead")),
            t,
            rows: listed(&v, &diseases).await?,
            count,
            pages: (
                if params.has("after") { to(all, None) } else { String::new() },
                next.map(|next| to(all, Some(&next))).unwrap_or_default(),
            ),
            widened: to(true, None),
            typed: typed.clone(),
            all,
        };
        Ok(page.render()?)
    })
    .await
}

async fn listed(v: &Visitor, diseases: &[NamedDisease]) -> Result<Vec<Listed>, PageError> {
    let ids: Vec<_> = diseases.iter().map(|one| one.id).collect();
    let counts = directory::line_counts(&v.web.app, &v.actor, &ids).await?;
    let one = |one: &NamedDisease| Listed {
        address: address(one),
        name: Name::of_disease(v.t, one),
        english: (v.t.lang == Lang::Ko && one.name_ko.is_some()).then(|| one.name.clone()),
        code: one.mondo_id.clone().unwrap_or_default(),
        counts: counts.get(&one.id).copied().unwrap_or_default(),
    };
    Ok(diseases.iter().map(one).collect())
}

#[derive(Template)]
#[template(path = "diseases/page.html")]
struct Page {
    f: Frame,
    t: Text,
    name: Name,
    other_name: Option<String>,
    synonyms: Vec<Name>,
    description: String,
    codes: Vec<(String, String)>,
    parents: Vec<Listed>,
    children: Vec<Listed>,
    lines: i64,
    held: i64,
    rows: Vec<Row>,
    /// The catalogue with this disease chosen: held lines, all lines.
    catalogue: (String, String),
}

async fn page(v: Visitor, Path(name): Path<String>, headers: HeaderMap) -> PageResult {
    let mut moved = None;
    let making = async {
        let found = disease_page(&v.web.app, &v.actor, &name).await?.ok_or(PageError::NotFound)?;
        let canonical = address(&found.disease.clone().into());
        if canonical != format!("/diseases/{}", segment(&name)) {
            moved = Some(canonical);
            return Err(PageError::NotFound);
        }
        Ok(written(&v, found).await?.render()?)
    };
    let answer = public(&v, &headers, making).await;
    match moved {
        Some(to) => Ok((StatusCode::MOVED_PERMANENTLY, [(LOCATION, to)]).into_response()),
        None => answer,
    }
}

async fn written(v: &Visitor, found: DiseasePage) -> Result<Page, PageError> {
    let (t, app) = (v.t, &v.web.app);
    let disease = found.disease;
    let key = disease.mondo_id.clone().unwrap_or_else(|| disease.id.global());
    let filter = Filter { disease: vec![key.clone()], ..Filter::default() };
    let window = Window { first: Some(LINES), ..Window::default() };
    let lines = cell_lines::list(app, &v.actor, filter, Order::Name, &window).await?;
    let listed_lines: Vec<_> = lines.rows.into_iter().map(|(_, line)| line).collect();
    let name = Name::of(t, disease.label(t.lang));
    let synonyms = t.lang.pick(&disease.synonyms, &disease.synonyms_ko);
    let title = name.text.clone();
    let summary = t.say2("diseases-summary", "held", found.held, "lines", found.lines);
    let data = data(v, &disease, &found.codes);
    Ok(Page {
        f: Frame::new(v, title).at("diseases").described(summary).with_data(&data),
        t,
        other_name: match t.lang {
            Lang::Ko => disease.name_ko.is_some().then(|| disease.name.clone()),
            Lang::En => disease.name_ko.clone(),
        },
        synonyms: synonyms.iter().map(|text| Name::of(t, text.clone())).collect(),
        description: disease.description.clone(),
        codes: found.codes.iter().map(|code| (code.clone(), code_address(code))).collect(),
        parents: listed(v, &found.parents).await?,
        children: listed(v, &found.children).await?,
        lines: found.lines,
        held: found.held,
        rows: shown::rows(v, &listed_lines).await?,
        catalogue: (
            with("/catalogue", &[("disease", &key)]),
            with("/catalogue", &[("holding", "all"), ("disease", &key)]),
        ),
        name,
    })
}

/// Where a vocabulary shows a code; empty if we do not know.
fn code_address(code: &str) -> String {
    let Some((vocabulary, number)) = code.split_once(':') else { return String::new() };
    match vocabulary.to_ascii_uppercase().as_str() {
        "MONDO" => format!("http://purl.obolibrary.org/obo/MONDO_{number}"),
        "ORPHANET" | "ORPHA" => format!("https://www.orpha.net/en/disease/detail/{number}"),
        "OMIM" => format!("https://omim.org/entry/{number}"),
        "DOID" => format!("http://purl.obolibrary.org/obo/DOID_{number}"),
        "NCIT" => format!("http://purl.obolibrary.org/obo/NCIT_{number}"),
        "MESH" => format!("https://meshb.nlm.nih.gov/record/ui?ui={number}"),
        _ => String::new(),
    }
}

/// The disease for machines (schema.org, MedicalCondition).
fn data(v: &Visitor, disease: &DiseaseView, codes: &[String]) -> Value {
    let base = v.web.app.config.public_url.trim_end_matches('/');
    let key = disease.mondo_id.clone().unwrap_or_else(|| disease.id.global());
    let url = format!("{base}/diseases/{}", segment(&key));
    let code = |code: &String| {
        let (system, value) = code.split_once(':').unwrap_or(("", code));
        json!({ "@type": "MedicalCode", "codeValue": value, "codingSystem": system })
    };
    let names: Vec<&String> = disease.name_ko.iter().chain(&disease.synonyms).chain(&disease.synonyms_ko).collect();
    json!({
        "@context": "https://schema.org/", "@type": "MedicalCondition", "@id": url, "url": url,
        "name": disease.name, "alternateName": names, "code": codes.iter().map(code).collect::<Vec<_>>(),
    })
}
