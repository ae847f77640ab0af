//! Lines put aside to request: looked at, changed, and made into a request.

use super::Web;
use super::basket::{Basket, COOKIE};
use super::forms::{FormData, FormErrors, word};
use super::frame::{Frame, Layout, PageResult, go, html};
use super::links::{local, with};
use super::page_error::PageError;
use super::requests::begin;
use super::setting_cookie;
use super::texts::Text;
use super::visitor::Visitor;
use crate::actor::Permission;
use crate::catalogue::LineView;
use crate::catalogue::queries::lines_by_accession;
use crate::inventory::StockView;
use crate::inventory::queries::stock_of;
use crate::requests::requirements::{Code, Intent, Outcome, is_provided, requirements};
use crate::requests::rules::MAX_VIALS;
use crate::web::section_nav::query_params;
use askama::Template;
use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

/// `/basket`, what changes it, and what puts a line in.
pub fn router() -> Router<Web> {
    Router::new().route("/basket", get(show).post(change)).route("/basket/add", post(add))
}

/// A line of the basket as the page shows it.
struct Row {
    accession: String,
    /// What stands in the field for vials.
    vials: String,
    /// The line, if the bank has one of this accession.
    cell_line: Option<LineView>,
    /// Free vials: a number for people signed in, else the band.
    stock: Option<StockView>,
    /// What it needs whatever it is used for.
    needs: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "basket_page/basket.html")]
struct Page {
    f: Frame,
    t: Text,
    errors: FormErrors,
    rows: Vec<Row>,
    done: Option<String>,
    most: i32,
}

impl Page {
    fn field(&self, place: &usize) -> String {
        format!("vials[{place}]")
    }
}

async fn rows(v: &Visitor, entries: Vec<(String, String)>) -> Result<Vec<Row>, PageError> {
    let app = &v.web.app;
    let accessions: Vec<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
    let lines = lines_by_accession(app.db.read(), &v.actor, &accessions).await?;
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    let stock = stock_of(app.db.read(), &v.actor, &ids, app.clock.now()).await?;
    let row = |(accession, vials): (String, String)| {
        let line = lines.iter().find(|line| line.accession.as_deref() == Some(accession.as_str())).cloned();
        let provided = line.as_ref().is_some_and(is_provided);
        let stock = line.as_ref().filter(|_| provided).and_then(|line| stock.get(&line.id)).copied();
        Row { needs: needs(line.as_ref(), v), accession, vials, stock, cell_line: line }
    };
    Ok(entries.into_iter().map(row).collect())
}

/// Documents that every use of a line in Korea needs, before anything is known of the use.
fn needs(line: Option<&LineView>, v: &Visitor) -> Vec<&'static str> {
    let Some(line) = line else { return vec![] };
    let intent = Intent { country: "KR".into(), ..Intent::default() };
    let open = requirements(line, &intent, v.web.app.clock.today());
    let open = open.into_iter().filter(|need| need.outcome == Outcome::Missing);
    open.filter_map(|need| Code::document(need.code, v.t.lang)).collect()
}

async fn page(v: &Visitor, entries: Vec<(String, String)>, errors: FormErrors) -> PageResult {
    let params = query_params(v);
    let done = match params.get("done") {
        "added" => Some(v.t.say1("basket-done-added", "line", params.get("line").to_owned())),
        "full" => Some(v.t.say("basket-done-full")),
        "saved" => Some(v.t.say("basket-done-saved")),
        "removed" => Some(v.t.say1("basket-done-removed", "line", params.get("line").to_owned())),
        _ => None,
    };
    let f = Frame::new(v, v.t.say("basket-title")).at("basket").on(Layout::Work);
    let status = errors.status();
    let rows = rows(v, entries).await?;
    html(status, &Page { f, t: v.t, errors, rows, done, most: MAX_VIALS })
}

async fn show(v: Visitor) -> PageResult {
    let entries = v.basket.lines().iter().map(|(accession, vials)| (accession.clone(), vials.to_string()));
    let entries = entries.collect();
    page(&v, entries, FormErrors::default()).await
}

/// The answer that keeps a basket and leads on.
pub(super) fn keep(v: &Visitor, basket: &Basket, then: Response) -> Response {
    ([(SET_COOKIE, setting_cookie(v, COOKIE, &basket.write()))], then).into_response()
}

async fn add(v: Visitor, posted: FormData) -> PageResult {
    let accession = posted.get("accession").trim().to_uppercase();
    let vials = posted.filled("vials").map_or(Ok(1), str::parse).unwrap_or(0);
    if lines_by_accession(v.web.app.db.read(), &v.actor, &[&accession]).await?.is_empty() {
        return Err(PageError::NotFound);
    }
    let mut basket = v.basket.clone();
    let done = if basket.put(&accession, vials) { "added" } else { "full" };
    let to = match posted.filled("to") {
        Some(to) => local(to).to_owned(),
        None => with("/basket", &[("done", done), ("line", &accession)]),
    };
    Ok(keep(&v, &basket, go(&to)))
}

/// The lines of the form: as typed, and the basket that they make, with what is wrong.
fn typed(v: &Visitor, posted: &FormData) -> (Vec<(String, String)>, Basket, FormErrors) {
    let pairs = posted.all("accession").zip(posted.all("vials"));
    let entries: Vec<_> = pairs.map(|(accession, vials)| (accession.to_owned(), vials.trim().to_owned())).collect();
    let (mut basket, mut errors) = (Basket::default(), FormErrors::default());
    for (i, (accession, vials)) in entries.iter().enumerate() {
        if !vials.parse().is_ok_and(|vials| basket.put(accession, vials)) {
            let sentence = v.t.say2("basket-bad-vials", "line", accession.clone(), "most", MAX_VIALS);
            errors.add(&format!("vials[{i}]"), sentence);
        }
    }
    (entries, basket, errors)
}

/// What a button of the form does, by its value of `do`; without one it saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Button {
    Save,
    Begin,
}

async fn change(v: Visitor, posted: FormData) -> PageResult {
    let (entries, mut basket, errors) = typed(&v, &posted);
    if let Some(gone) = posted.filled("remove") {
        basket = v.basket.clone();
        basket.remove(gone);
        return Ok(keep(&v, &basket, go(&with("/basket", &[("done", "removed"), ("line", gone)]))));
    }
    if !errors.is_empty() {
        return page(&v, entries, errors).await;
    }
    if word(posted.get("do")) != Some(Button::Begin) {
        return Ok(keep(&v, &basket, go("/basket?done=saved")));
    }
    if v.actor.institution().is_none() || !v.can(Permission::RequestLines) {
        return Ok(keep(&v, &basket, go("/requests/new")));
    }
    begin::with_basket(&v, &basket, posted.key()).await
}
