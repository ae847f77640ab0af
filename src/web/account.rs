//! One's own account: profile, second factor, sessions, tokens, institution, letters, personal data.

mod access;
mod institution;
mod letters;
mod members;
mod personal;
mod second_factor;
mod tokens;

pub(in crate::web) use institution::{name, names, type_of, types};

use super::Web;
use super::forms::{FormData, FormErrors, into_form_errors};
use super::frame::{Frame, Layout, PageResult, go, html, render};
use super::page_error::PageError;
use super::section_nav::{SectionNav, flash};
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::commands::{PasswordChange, UpdateProfile};
use crate::accounts::institutions::queries::found;
use crate::accounts::passwords::Password;
use crate::accounts::queries::{people, second_factor};
use crate::accounts::{self, PersonView, openid};
use crate::error::DomainError;
use crate::id::PersonId;
use crate::language::Lang;
use askama::Template;
use axum::Router;
use axum::routing::{get, post};

/// `/account` and below.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/account", get(overview))
        .route("/account/profile", post(change_profile))
        .route("/account/password", get(ask_password).post(change_password))
        .merge(access::router())
        .merge(institution::router())
        .merge(letters::router())
        .merge(members::router())
        .merge(personal::router())
        .merge(second_factor::router())
        .merge(tokens::router())
}

/// What all pages of an account have around them. `here` is the key of a section.
fn section_nav(v: &Visitor, here: &'static str, known: &[(&str, &str)]) -> SectionNav {
    let section = |key: &'static str, path: &str| (key, path.to_owned(), v.t.say(&format!("account-section-{key}")));
    let sections = vec![
        section("profile", "/account"),
        section("institution", "/account/institution"),
        section("password", "/account/password"),
        section("second-factor", "/account/second-factor"),
        section("sessions", "/account/sessions"),
        section("identities", "/account/identities"),
        section("tokens", "/account/tokens"),
        section("letters", "/account/letters"),
        section("data", "/account/data"),
    ];
    SectionNav { here, sections, flash: flash(v, known) }
}

/// The frame of a section.
fn frame(v: &Visitor, here: &str) -> Frame {
    Frame::new(v, v.t.say(&format!("account-section-{here}"))).at("account").on(Layout::Work)
}

/// Whoever is signed in.
fn somebody(v: &Visitor) -> Result<PersonId, PageError> {
    v.actor.person_id().ok_or(PageError::SignIn)
}

async fn own_row(v: &Visitor) -> Result<PersonView, PageError> {
    people(v.web.app.db.read(), &[somebody(v)?]).await?.pop().ok_or(PageError::NotFound)
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct Profile {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    person: PersonView,
    name: String,
    lang: String,
    /// Where they work; empty if nowhere yet.
    institution: String,
    roles: Vec<String>,
    /// A role of theirs waits for a second factor.
    waits_for_factor: bool,
    has_factor: bool,
    has_provider: bool,
}

async fn profile(v: &Visitor, typed: Option<&FormData>, errors: FormErrors) -> Result<Profile, PageError> {
    let person = own_row(v).await?;
    let app = &v.web.app;
    let factor = second_factor(app, &v.actor).await?;
    let place = person.institution_id.into_iter().collect::<Vec<_>>();
    let place = found(app.db.read(), &v.actor, &place).await?.pop().map(|found| found.record.institution);
    let institution = place.map(|place| place.label(v.t.lang).to_owned());
    let mut roles: Vec<String> = v.actor.grants().iter().map(|grant| grant.role.label(v.t.lang).to_owned()).collect();
    roles.dedup();
    Ok(Profile {
        f: frame(v, "profile"),
        t: v.t,
        a: section_nav(v, "profile", &[("profile", "account-done-profile"), ("password", "account-done-password")]),
        errors,
        name: typed.map_or(person.name.as_str(), |typed| typed.get("name")).to_owned(),
        lang: typed.map_or(person.locale.as_str(), |typed| typed.get("lang")).to_owned(),
        institution: institution.unwrap_or_default(),
        roles,
        waits_for_factor: factor.required && !factor.proven,
        has_factor: factor.enrolled,
        has_provider: !openid::queries::own(app, &v.actor).await?.is_empty(),
        person,
    })
}

async fn overview(v: Visitor) -> PageResult {
    render(&profile(&v, None, FormErrors::default()).await?)
}

async fn change_profile(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let (name, lang) = (Some(posted.get("name").to_owned()), Lang::from_tag(posted.get("lang")));
    let done = v.web.app.run(&v.actor, UpdateProfile { name, lang }).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/account?done=profile")),
        Err(errors) => html(errors.status(), &profile(&v, Some(&posted), errors).await?),
    }
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    has_password: bool,
}

async fn password_page(v: &Visitor, errors: FormErrors) -> Result<PasswordPage, PageError> {
    let has_password = own_row(v).await?.has_password;
    Ok(PasswordPage { f: frame(v, "password"), t: v.t, a: section_nav(v, "password", &[]), errors, has_password })
}

async fn ask_password(v: Visitor) -> PageResult {
    somebody(&v)?;
    render(&password_page(&v, FormErrors::default()).await?)
}

async fn change_password(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let password = |field: &str| Password(posted.get(field).to_owned());
    let change = PasswordChange { current: password("password"), new: password("new_password") };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, change)).await;
    // Both passwords have rules; the old one can only be wrong.
    let answer = match done {
        Err(weak @ (accounts::Error::BadPassword | accounts::Error::ObviousPassword)) => {
            Err(FormErrors::at("new_password", weak.say(v.t.lang)))
        }
        other => into_form_errors(other, v.t)?,
    };
    match answer {
        Ok(()) => Ok(go("/account?done=password")),
        Err(errors) => html(errors.status(), &password_page(&v, errors).await?),
    }
}
