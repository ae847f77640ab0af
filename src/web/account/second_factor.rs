//! Two-step sign-in: set up, proved, renewed and removed by its owner. Secrets are shown on the page that answers the
//! form and on no other.

use super::{frame, own_row, section_nav, somebody};
use crate::accounts::commands::{
    CodesRenewal, ConfirmSecondFactor, Enrolment, EnrolmentProof, SecondFactorProof, SecondFactorRemoval,
};
use crate::accounts::passwords::Password;
use crate::accounts::queries::{SecondFactorState, second_factor};
use crate::accounts::{self, cookie};
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use qrcode::QrCode;
use qrcode::types::Color;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/account/second-factor", get(show))
        .route("/account/second-factor/enrol", post(enrol))
        .route("/account/second-factor/confirm", post(confirm))
        .route("/account/second-factor/prove", post(prove))
        .route("/account/second-factor/codes", post(renew))
        .route("/account/second-factor/remove", post(remove))
}

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    /// Which of the page's forms was refused.
    form: &'static str,
    state: SecondFactorState,
    has_password: bool,
}

#[derive(Template)]
#[template(path = "account/enrolment.html")]
struct EnrolmentPage {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    /// In groups of four, for typing.
    secret: String,
    address: String,
    /// What the picture is drawn from: its side in modules, and its path.
    side: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "account/codes.html")]
struct Codes {
    f: Frame,
    t: Text,
    a: SectionNav,
    codes: Vec<String>,
}

async fn page(v: &Visitor, form: &'static str, errors: FormErrors) -> Result<Page, PageError> {
    let state = second_factor(&v.web.app, &v.actor).await?;
    let known = [("proved", "account-done-proved"), ("removed", "account-done-removed")];
    let (f, a, has_password) =
        (frame(v, "second-factor"), section_nav(v, "second-factor", &known), own_row(v).await?.has_password);
    Ok(Page { f, t: v.t, a, errors, form, state, has_password })
}

async fn show(v: Visitor) -> PageResult {
    somebody(&v)?;
    render(&page(&v, "", FormErrors::default()).await?)
}

/// Shows a form of the page again, or goes on with what was done.
async fn answered<T>(
    v: &Visitor,
    form: &'static str,
    done: Result<T, accounts::Error>,
) -> Result<Result<T, axum::response::Response>, PageError> {
    match into_form_errors(done, v.t)? {
        Ok(done) => Ok(Ok(done)),
        Err(errors) => Ok(Err(html(errors.status(), &page(v, form, errors).await?)?)),
    }
}

fn password(posted: &FormData) -> Password {
    Password(posted.get("password").to_owned())
}

fn code(posted: &FormData) -> Password {
    Password(posted.get("code").to_owned())
}

async fn enrol(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let proof = EnrolmentProof { password: password(&posted) };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, proof)).await;
    match answered(&v, "enrol", done).await? {
        Ok(Enrolment { secret, address }) => render(&enrolment(&v, &secret, &address, FormErrors::default())?),
        Err(again) => Ok(again),
    }
}

fn enrolment(v: &Visitor, secret: &str, address: &str, errors: FormErrors) -> Result<EnrolmentPage, PageError> {
    let drawn = QrCode::new(address.as_bytes()).map_err(|_| PageError::Internal)?;
    let side = drawn.width();
    let dark = drawn.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % side, at / side)).collect();
    let letters: Vec<char> = secret.chars().filter(|letter| !letter.is_whitespace()).collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    let (f, a) = (frame(v, "second-factor"), section_nav(v, "second-factor", &[]));
    let (secret, address) = (groups.join(" "), address.to_owned());
    Ok(EnrolmentPage { f, t: v.t, a, errors, secret, address, side, path })
}

async fn confirm(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let confirm = ConfirmSecondFactor { code: code(&posted) };
    let done = v.attempt(None, v.web.app.run(&v.actor, confirm)).await;
    match into_form_errors(done, v.t)? {
        Ok(done) => {
            let page = render(&codes_page(&v, done.recovery_codes))?;
            Ok((session_cookie(&v, &done.session_secret), page).into_response())
        }
        // The picture came with the first page; its sender has it still and sends it along.
        Err(errors) if !is_address(posted.get("address")) => html(errors.status(), &page(&v, "enrol", errors).await?),
        Err(errors) => {
            let page = enrolment(&v, posted.get("secret"), posted.get("address"), errors)?;
            html(page.errors.status(), &page)
        }
    }
}

/// What an authenticator is given (Google Authenticator's key URI format), and no text that a picture cannot show.
fn is_address(text: &str) -> bool {
    text.starts_with("otpauth://totp/") && text.len() <= 1_000
}

fn codes_page(v: &Visitor, codes: Vec<String>) -> Codes {
    let f = Frame::new(v, v.t.say("account-codes-title")).at("account").on(crate::web::frame::Layout::Work);
    Codes { f, t: v.t, a: section_nav(v, "second-factor", &[]), codes }
}

async fn prove(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let proof = SecondFactorProof { code: code(&posted) };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, proof)).await;
    let proved = |secret| (session_cookie(&v, &secret), go("/account/second-factor?done=proved")).into_response();
    Ok(answered(&v, "prove", done).await?.map_or_else(|again| again, proved))
}

/// The session goes on under a new secret.
fn session_cookie(v: &Visitor, secret: &Password) -> [(HeaderName, String); 1] {
    [(SET_COOKIE, cookie::set(&v.web.app.config, &secret.0))]
}

async fn renew(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let renewal = CodesRenewal { password: password(&posted), code: code(&posted) };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, renewal)).await;
    match answered(&v, "codes", done).await? {
        Ok(codes) => render(&codes_page(&v, codes)),
        Err(again) => Ok(again),
    }
}

async fn remove(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let removal = SecondFactorRemoval { password: password(&posted), code: code(&posted) };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, removal)).await;
    Ok(answered(&v, "remove", done).await?.map_or_else(|again| again, |()| go("/account/second-factor?done=removed")))
}
