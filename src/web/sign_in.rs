//! Signing in and out. A form that arrived after its session had ended travels along and is offered to be sent again.

use super::Web;
use super::forms::{FormData, FormErrors, into_form_errors};
use super::frame::{Frame, PageResult, go, html, render};
use super::links::local;
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::commands::{Credentials, SignOut};
use crate::accounts::cookie;
use crate::accounts::demo_accounts::{ACCESS, Access};
use crate::accounts::passwords::Password;
use crate::accounts::queries::{actor_by_session, second_factor};
use crate::web::section_nav::query_params;
use askama::Template;
use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

/// Prefix of the fields of a form that waits for its sender to sign in again.
const KEPT: &str = "kept.";

/// `/sign-in` and `/sign-out`.
pub fn router() -> Router<Web> {
    Router::new().route("/sign-in", get(ask).post(enter)).route("/sign-out", post(leave))
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct Page {
    f: Frame,
    t: Text,
    errors: FormErrors,
    /// What stands in the form; never a password.
    typed: FormData,
    /// Where to go then.
    to: String,
    /// Providers of identities: name in the address, words.
    providers: Vec<(String, String)>,
    /// A form that waits.
    kept: Vec<(String, String)>,
    /// Ways in that everybody knows; in a demonstration only.
    demo_accounts: &'static [Access],
}

#[derive(Template)]
#[template(path = "sign_in/resume.html")]
struct Resume {
    f: Frame,
    t: Text,
    to: String,
    fields: Vec<(String, String)>,
}

fn page(v: &Visitor, typed: FormData, to: &str, errors: FormErrors) -> Page {
    let named = |provider: &crate::config::IdentityProvider| v.t.pick(&provider.name_en, &provider.name_ko).to_owned();
    let providers = v.web.app.config.identity_providers.iter().map(|(id, one)| (id.clone(), named(one))).collect();
    let kept = typed.fields().iter().filter(|(name, _)| name.starts_with(KEPT) || name == "again").cloned().collect();
    let f = Frame::new(v, v.t.say("sign-in-title")).at("sign-in");
    let demo_accounts: &[Access] = if v.web.is_demo() { &ACCESS } else { &[] };
    Page { f, t: v.t, errors, typed, to: local(to).to_owned(), providers, kept, demo_accounts }
}

async fn ask(v: Visitor) -> PageResult {
    let params = query_params(&v);
    if !v.actor.is_anonymous() {
        return Ok(go(local(params.get("to"))));
    }
    render(&page(&v, FormData::default(), params.get("to"), FormErrors::default()))
}

async fn enter(v: Visitor, posted: FormData) -> PageResult {
    let email = posted.get("email").trim().to_owned();
    let with = Credentials {
        email: email.clone(),
        password: Password(posted.get("password").to_owned()),
        code: posted.filled("code").map(|code| Password(code.to_owned())),
        user_agent: v.client.user_agent.clone(),
    };
    let opened = v.attempt(Some(&email), v.web.app.run_prepared(&v.actor, with)).await;
    let opened = match into_form_errors(opened, v.t)? {
        Ok(opened) => opened,
        Err(errors) => {
            let to = posted.get("to").to_owned();
            let status = errors.status();
            return html(status, &page(&v, posted, &to, errors));
        }
    };
    let cookie = cookie::set(&v.web.app.config, &opened.secret);
    let then: Response = if posted.has("again") {
        resume(&v, &posted)?
    } else if lacks_factor(&v, &opened.secret).await {
        go("/account/second-factor")
    } else {
        go(local(posted.get("to")))
    };
    Ok(([(SET_COOKIE, cookie)], then).into_response())
}

/// True if roles of whoever signed in just now wait for a second factor.
pub(super) async fn lacks_factor(v: &Visitor, secret: &str) -> bool {
    let looked = async {
        let Some(actor) = actor_by_session(&v.web.app, secret, None).await? else { return Ok(false) };
        let state = second_factor(&v.web.app, &actor).await?;
        Ok(state.required && !state.proven)
    };
    // They are in: what cannot be read now only decides where they go first.
    looked.await.unwrap_or_else(|error: crate::accounts::Error| {
        tracing::warn!(%error, "whether a second factor is missing could not be read");
        false
    })
}

/// Signed in again: the form that waited is shown and sent by hand. It gets its token from the page that opens it,
/// because the new session begins only with the next request.
fn resume(v: &Visitor, posted: &FormData) -> PageResult {
    let waiting = posted.fields().iter().filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?, value)));
    let fields = waiting.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let to = local(posted.get("again")).to_owned();
    render(&Resume { f: Frame::new(v, v.t.say("sign-in-again-title")), t: v.t, to, fields })
}

async fn leave(v: Visitor, posted: FormData) -> PageResult {
    if !v.actor.is_anonymous() {
        v.web.app.run(&v.actor, SignOut { everywhere: posted.has("everywhere") }).await?;
    }
    Ok(([(SET_COOKIE, cookie::clear(&v.web.app.config))], go("/")).into_response())
}
