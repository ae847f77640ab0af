//! Whether everything the bank needs is there.

use super::{administrator, frame, section_nav};
use crate::health::{Found, examine};
use crate::web::Web;
use crate::web::frame::{Frame, PageResult, render};
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;

pub fn router() -> Router<Web> {
    Router::new().route("/admin/health", get(show))
}

#[derive(Template)]
#[template(path = "admin/health.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    rows: Vec<(String, Found)>,
    version: &'static str,
    now: String,
}

async fn show(v: Visitor) -> PageResult {
    administrator(&v)?;
    let page = Page {
        f: frame(&v, v.t.say("admin-section-health")),
        t: v.t,
        a: section_nav(&v, "health", &[]),
        rows: examine(&v.web.app, &v.actor).await?,
        version: env!("CARGO_PKG_VERSION"),
        now: v.t.minute(&v.web.app.clock.now()),
    };
    render(&page)
}
