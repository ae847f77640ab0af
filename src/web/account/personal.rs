//! One's own data: what is held, all of it as a file, and erasing it.

use super::{frame, own_row, section_nav};
use crate::accounts::cookie;
use crate::accounts::passwords::Password;
use crate::error::DomainError;
use crate::personal_data::commands::ConfirmErasure;
use crate::personal_data::export;
use crate::personal_data::queries::{Erasure, erasure};
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, Layout, PageResult, attachment, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::{get, post};

pub fn router() -> Router<Web> {
    Router::new()
        .route("/account/data", get(show))
        .route("/account/data/file", post(download))
        .route("/account/data/erase", post(erase))
        .route("/account/erased", get(erased))
}

#[derive(Template)]
#[template(path = "account/data.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    erasure: Erasure,
    /// What is held, kind by kind.
    held: Vec<&'static str>,
    email: String,
    /// Without one nothing here can be confirmed by it: one is set first.
    has_password: bool,
}

impl Page {
    fn refusal(&self) -> String {
        self.erasure.refusal.as_ref().map(|refusal| refusal.say(self.t.lang)).unwrap_or_default()
    }
}

async fn page(v: &Visitor, typed: FormData, errors: FormErrors) -> Result<Page, PageError> {
    let own = own_row(v).await?;
    let (email, has_password) = (own.email, own.has_password);
    let erasure = erasure(&v.web.app, &v.actor).await?;
    let (f, a) = (frame(v, "data"), section_nav(v, "data", &[]));
    Ok(Page { f, t: v.t, a, errors, typed, erasure, held: export::kinds(v.t.lang), email, has_password })
}

async fn show(v: Visitor) -> PageResult {
    render(&page(&v, FormData::default(), FormErrors::default()).await?)
}

async fn download(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let document = export::own(&v.web.app, &v.actor).await?;
    Ok(attachment("application/json; charset=utf-8", "my-data.json", "no-store", document))
}

async fn erase(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let own = own_row(&v).await?.email;
    let typed = posted.get("email").trim().to_lowercase();
    if typed != own {
        let errors = FormErrors::at("email", v.t.say("account-erase-other"));
        return html(errors.status(), &page(&v, posted, errors.clone()).await?);
    }
    if !posted.has("confirm") {
        let errors = FormErrors::at("confirm", v.t.say("account-erase-unconfirmed"));
        return html(errors.status(), &page(&v, posted, errors.clone()).await?);
    }
    let password = Password(posted.get("password").to_owned());
    let done = match v.web.throttle.attempt(&v.client, Some(&own)) {
        Ok(()) => {
            let erase = ConfirmErasure { email: own, password, is_confirmed: true };
            v.web.app.run_prepared(&v.actor, erase).await
        }
        Err(throttled) => Err(throttled.into()),
    };
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(([(SET_COOKIE, cookie::clear(&v.web.app.config))], go("/account/erased")).into_response()),
        Err(errors) => html(errors.status(), &page(&v, posted, errors.clone()).await?),
    }
}

#[derive(Template)]
#[template(path = "registration/notice.html")]
struct Notice {
    f: Frame,
    heading: String,
    lead: String,
    more: String,
    ways: Vec<(&'static str, String)>,
}

async fn erased(v: Visitor) -> PageResult {
    if !v.actor.is_anonymous() {
        return Ok(go("/account"));
    }
    let (heading, lead) = (v.t.say("account-erased"), v.t.say("account-erased-lead"));
    let f = Frame::new(&v, heading.clone()).on(Layout::Reading);
    render(&Notice { f, heading, lead, more: String::new(), ways: vec![("/", v.t.say("account-erased-home"))] })
}
