//! The home page.

use super::Web;
use super::frame::{Answer, Frame, public};
use super::texts::Text;
use super::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

/// `/`
pub fn router() -> Router<Web> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    f: Frame,
    t: Text,
}

async fn home(v: Visitor, headers: HeaderMap) -> Answer {
    public(&v, &headers, async {
        let page = Home { f: Frame::new(&v, v.t.say("home-title")).described(v.t.say("home-lead")), t: v.t };
        Ok(page.render()?)
    })
    .await
}
