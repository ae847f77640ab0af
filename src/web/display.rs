//! How pages are shown: light or dark.

use super::forms::FormData;
use super::frame::{PageResult, go};
use super::links::local;
use super::visitor::{THEME, Theme, Visitor};
use super::{Web, setting_cookie};
use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::{get, post};

/// The forms of the footer.
pub fn router() -> Router<Web> {
    Router::new().route("/theme", post(theme)).route("/emblem.svg", get(emblem))
}

async fn theme(v: Visitor, posted: FormData) -> PageResult {
    let cookie = setting_cookie(&v, THEME, Theme::from_tag(posted.get("theme")).tag());
    Ok(([(SET_COOKIE, cookie)], go(local(posted.get("to")))).into_response())
}

async fn emblem(v: Visitor) -> PageResult {
    let drawing = v.web.emblem.clone().ok_or(super::page_error::PageError::NotFound)?;
    Ok(([("content-type", "image/svg+xml"), ("cache-control", "public, max-age=3600")], drawing).into_response())
}
