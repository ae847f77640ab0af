//! Registering, forgotten passwords, and the addresses that letters lead to.
//!
//! A mail program opens the links of a letter before its reader does, so opening one only shows a button; pressing it
//! uses the link up.

use super::Web;
use super::forms::{FormData, FormErrors, into_form_errors};
use super::frame::{Frame, PageResult, go, html, render};
use super::section_nav::query_params;
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::commands::{
    Acceptance, ForgottenPassword, PasswordReset, Registration, UnverifiedEmail, Verification,
};
use crate::accounts::passwords::Password;
use crate::language::Lang;
use askama::Template;
use axum::Router;
use axum::routing::get;

/// `/register`, `/forgotten` and what letters lead to.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/register", get(ask).post(register))
        .route("/forgotten", get(ask_reset).post(request_reset))
        .route("/verify-email", get(ask_verification).post(verify))
        .route("/verify-email/again", get(ask_again).post(send_again))
        .route("/reset-password", get(ask_password).post(reset))
        .route("/invitation", get(ask_first_password).post(accept))
}

#[derive(Template)]
#[template(path = "registration/register.html")]
struct Register {
    f: Frame,
    t: Text,
    errors: FormErrors,
    typed: FormData,
    /// Language of letters, as a tag.
    lang: String,
}

/// A form that asks for an e-mail only.
#[derive(Template)]
#[template(path = "registration/email.html")]
struct Email {
    f: Frame,
    t: Text,
    errors: FormErrors,
    typed: FormData,
    lead: String,
    address: &'static str,
}

/// The page behind a link of a letter.
#[derive(Template)]
#[template(path = "registration/link.html")]
struct Link {
    f: Frame,
    t: Text,
    errors: FormErrors,
    lead: String,
    address: &'static str,
    /// What the button says.
    words: String,
    /// What the link carries.
    token: String,
    /// Where another link is asked for.
    again: &'static str,
}

/// What was done, and the ways on.
#[derive(Template)]
#[template(path = "registration/notice.html")]
struct Notice {
    f: Frame,
    heading: String,
    lead: String,
    more: String,
    /// Address and words, the next step first.
    ways: Vec<(&'static str, String)>,
}

fn register_page(v: &Visitor, typed: FormData, errors: FormErrors) -> Register {
    let lang = typed.filled("lang").unwrap_or(v.t.tag()).to_owned();
    let f = Frame::new(v, v.t.say("registration-title")).at("sign-in");
    Register { f, t: v.t, errors, typed, lang }
}

async fn ask(v: Visitor) -> PageResult {
    if query_params(&v).get("done") == "sent" {
        return notice(&v, "register-sent", vec![("/verify-email/again", v.t.say("registration-way-again"))]);
    }
    if !v.actor.is_anonymous() {
        return Ok(go("/account"));
    }
    render(&register_page(&v, FormData::default(), FormErrors::default()))
}

async fn register(v: Visitor, posted: FormData) -> PageResult {
    let email = posted.get("email").trim().to_owned();
    let new = Registration {
        email: email.clone(),
        name: posted.get("name").to_owned(),
        lang: Lang::from_tag(posted.get("lang")).unwrap_or(v.t.lang),
        institution: None,
    };
    let done = v.attempt(Some(&email), v.web.app.run_prepared(&v.actor, new)).await;
    match into_form_errors(done, v.t)? {
        Ok(()) => Ok(go("/register?done=sent")),
        Err(errors) => html(errors.status(), &register_page(&v, posted, errors)),
    }
}

/// What somebody wants a letter for.
#[derive(Clone, Copy)]
enum EmailForm {
    /// A new password.
    Forgotten,
    /// The link of a registration once more.
    Again,
}

impl EmailForm {
    /// Its part of the texts' keys, and its address.
    fn key_and_address(self) -> (&'static str, &'static str) {
        match self {
            Self::Forgotten => ("forgotten", "/forgotten"),
            Self::Again => ("again", "/verify-email/again"),
        }
    }
}

fn email_page(v: &Visitor, form: EmailForm, typed: FormData, errors: FormErrors) -> Email {
    let (key, address) = form.key_and_address();
    let f = Frame::new(v, v.t.say(&format!("registration-title-{key}"))).at("sign-in");
    Email { f, t: v.t, errors, typed, lead: v.t.say(&format!("registration-lead-{key}")), address }
}

async fn ask_reset(v: Visitor) -> PageResult {
    if query_params(&v).get("done") == "sent" {
        return notice(&v, "reset-sent", vec![("/sign-in", v.t.say("registration-way-sign-in"))]);
    }
    render(&email_page(&v, EmailForm::Forgotten, FormData::default(), FormErrors::default()))
}

async fn request_reset(v: Visitor, posted: FormData) -> PageResult {
    let email = posted.get("email").trim().to_owned();
    let forgotten = ForgottenPassword { email: email.clone() };
    let done = v.attempt(Some(&email), v.web.app.run_prepared(&v.actor, forgotten)).await;
    match into_form_errors(done, v.t)? {
        Ok(()) => Ok(go("/forgotten?done=sent")),
        Err(errors) => html(errors.status(), &email_page(&v, EmailForm::Forgotten, posted, errors)),
    }
}

async fn ask_again(v: Visitor) -> PageResult {
    if query_params(&v).get("done") == "sent" {
        return notice(&v, "again-sent", vec![("/sign-in", v.t.say("registration-way-sign-in"))]);
    }
    render(&email_page(&v, EmailForm::Again, FormData::default(), FormErrors::default()))
}

async fn send_again(v: Visitor, posted: FormData) -> PageResult {
    let email = posted.get("email").trim().to_owned();
    let unverified = UnverifiedEmail { email: email.clone() };
    let done = v.attempt(Some(&email), v.web.app.run_prepared(&v.actor, unverified)).await;
    match into_form_errors(done, v.t)? {
        Ok(()) => Ok(go("/verify-email/again?done=sent")),
        Err(errors) => html(errors.status(), &email_page(&v, EmailForm::Again, posted, errors)),
    }
}

/// What the link of a letter is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkForm {
    Verify,
    Reset,
    Invitation,
}

impl LinkForm {
    /// Its part of the texts' keys, and its address.
    fn key_and_address(self) -> (&'static str, &'static str) {
        match self {
            Self::Verify => ("verify", "/verify-email"),
            Self::Reset => ("reset", "/reset-password"),
            Self::Invitation => ("invitation", "/invitation"),
        }
    }
}

fn link_page(v: &Visitor, form: LinkForm, token: &str, errors: FormErrors) -> Link {
    let (key, address) = form.key_and_address();
    let f = Frame::new(v, v.t.say(&format!("registration-title-{key}"))).at("sign-in");
    let lead = v.t.say(&format!("registration-lead-{key}"));
    let words = v.t.say(&format!("registration-do-{key}"));
    let again = if form == LinkForm::Verify { "/verify-email/again" } else { "/forgotten" };
    Link { f, t: v.t, errors, lead, address, words, token: token.to_owned(), again }
}

async fn ask_verification(v: Visitor) -> PageResult {
    let params = query_params(&v);
    if params.get("done") == "verified" {
        let ways = vec![
            ("/sign-in?to=/account/institution", v.t.say("registration-way-institution")),
            ("/catalogue", v.t.say("registration-way-catalogue")),
        ];
        return notice(&v, "verified", ways);
    }
    render(&link_page(&v, LinkForm::Verify, params.get("token"), FormErrors::default()))
}

async fn verify(v: Visitor, posted: FormData) -> PageResult {
    let (token, password) = (posted.get("token").to_owned(), Password(posted.get("new_password").to_owned()));
    let verification = Verification { secret: token.clone(), password };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, verification)).await;
    match into_form_errors(done, v.t)? {
        Ok(()) => Ok(go("/verify-email?done=verified")),
        Err(errors) => {
            let errors = errors.moved("password", "new_password");
            html(errors.status(), &link_page(&v, LinkForm::Verify, &token, errors))
        }
    }
}

async fn ask_password(v: Visitor) -> PageResult {
    let params = query_params(&v);
    if params.get("done") == "reset" {
        return notice(&v, "reset-done", vec![("/sign-in", v.t.say("registration-way-sign-in"))]);
    }
    render(&link_page(&v, LinkForm::Reset, params.get("token"), FormErrors::default()))
}

async fn reset(v: Visitor, posted: FormData) -> PageResult {
    let (token, password) = (posted.get("token").to_owned(), Password(posted.get("new_password").to_owned()));
    let reset = PasswordReset { secret: token.clone(), password };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, reset)).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/reset-password?done=reset")),
        Err(errors) => {
            let errors = errors.moved("password", "new_password");
            html(errors.status(), &link_page(&v, LinkForm::Reset, &token, errors))
        }
    }
}

async fn ask_first_password(v: Visitor) -> PageResult {
    let params = query_params(&v);
    if params.get("done") == "accepted" {
        return notice(&v, "accepted", vec![("/sign-in?to=/account", v.t.say("registration-way-sign-in"))]);
    }
    render(&link_page(&v, LinkForm::Invitation, params.get("token"), FormErrors::default()))
}

async fn accept(v: Visitor, posted: FormData) -> PageResult {
    let (token, password) = (posted.get("token").to_owned(), Password(posted.get("new_password").to_owned()));
    let acceptance = Acceptance { secret: token.clone(), password };
    let done = v.attempt(None, v.web.app.run_prepared(&v.actor, acceptance)).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/invitation?done=accepted")),
        Err(errors) => {
            let errors = errors.moved("password", "new_password");
            html(errors.status(), &link_page(&v, LinkForm::Invitation, &token, errors))
        }
    }
}

fn notice(v: &Visitor, which: &str, ways: Vec<(&'static str, String)>) -> PageResult {
    let heading = v.t.say(&format!("registration-told-{which}"));
    let lead = v.t.say(&format!("registration-lead-{which}"));
    let more = if which.ends_with("sent") { v.t.say("registration-no-letter") } else { String::new() };
    render(&Notice { f: Frame::new(v, heading.clone()).at("sign-in"), heading, lead, more, ways })
}
