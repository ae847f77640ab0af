//! What search engines read: a map of all public pages in both languages, in pieces of at most ten thousand addresses,
//! and what they leave alone.

use super::Web;
use super::catalogue::shown::line_address;
use super::diseases;
use super::frame::PageResult;
use super::page_error::PageError;
use super::visitor::Visitor;
use crate::catalogue::directory;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use std::fmt::Write;

/// Pages that are always there.
const PAGES: [&str; 4] = ["/", "/catalogue", "/diseases", "/statistics"];
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// Where nothing is for search engines.
const CLOSED: [&str; 9] =
    ["/account", "/admin", "/basket", "/desk", "/freezer", "/graphql", "/requests", "/sign-in", "/catalogue.csv"];

/// `/sitemap.xml`, its pieces and `/robots.txt`.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/sitemap.xml", get(index))
        .route("/sitemap/{piece}", get(piece))
        .route("/robots.txt", get(robots))
}

fn base(v: &Visitor) -> String {
    escape(v.web.app.config.public_url.trim_end_matches('/'))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn xml(body: String) -> PageResult {
    let headers = [(CONTENT_TYPE, "application/xml; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, body).into_response())
}

async fn index(v: Visitor) -> PageResult {
    let base = base(&v);
    let lines = (1..=directory::pieces(&v.web.app).await?).map(|n| ["lines-", &n.to_string()].concat());
    let mut body = format!("{HEAD}<sitemapindex xmlns=\"{SPACE}\">\n");
    for piece in ["pages".into(), "diseases".into()].into_iter().chain(lines) {
        let _ = writeln!(body, "<sitemap><loc>{base}/sitemap/{piece}.xml</loc></sitemap>");
    }
    body.push_str("</sitemapindex>\n");
    xml(body)
}

async fn piece(v: Visitor, Path(piece): Path<String>) -> PageResult {
    let app = &v.web.app;
    let name = piece.strip_suffix(".xml").ok_or(PageError::NotFound)?;
    let addresses: Vec<String> = match (name, name.strip_prefix("lines-")) {
        ("pages", _) => PAGES.map(str::to_owned).into(),
        ("diseases", _) => directory::diseases_with_lines(app).await?.iter().map(diseases::address).collect(),
        (_, Some(number)) => {
            let number: i64 = number.parse().ok().filter(|n| *n > 0).ok_or(PageError::NotFound)?;
            if number > directory::pieces(app).await? {
                return Err(PageError::NotFound);
            }
            directory::line_names(app, number).await?.iter().map(|name| line_address(name)).collect()
        }
        _ => return Err(PageError::NotFound),
    };
    let base = base(&v);
    let mut body = format!("{HEAD}<urlset xmlns=\"{SPACE}\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n");
    for address in addresses {
        let address = escape(&address);
        let _ = write!(body, "<url><loc>{base}{address}</loc>");
        for lang in ["ko", "en"] {
            let _ = write!(
                body,
                "<xhtml:link rel=\"alternate\" hreflang=\"{lang}\" href=\"{base}{address}?lang={lang}\"/>"
            );
        }
        body.push_str("</url>\n");
    }
    body.push_str("</urlset>\n");
    xml(body)
}

async fn robots(v: Visitor) -> PageResult {
    let mut body = String::from("User-agent: *\n");
    for closed in CLOSED {
        let _ = writeln!(body, "Disallow: {closed}");
    }
    let _ = writeln!(body, "Sitemap: {}/sitemap.xml", v.web.app.config.public_url.trim_end_matches('/'));
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, body).into_response())
}
