//! Where one is signed in, and by whose word: sessions, and identities at providers.

use super::{frame, own_row, section_nav, somebody};
use crate::accounts::commands::EndSession;
use crate::accounts::commands::openid::{IdentityToLink, UnlinkIdentity};
use crate::accounts::openid::queries::{Identity, own};
use crate::accounts::passwords::Password;
use crate::accounts::queries::{OwnSession, own_sessions};
use crate::config::IdentityProvider;
use crate::id::SessionId;
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::openid::{STATE_SECONDS, state_cookie};
use crate::web::page_error::PageError;
use crate::web::section_nav::{SectionNav, number};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{REFRESH, SET_COOKIE};
use axum::response::IntoResponse;
use axum::routing::{get, post};

pub fn router() -> Router<Web> {
    Router::new()
        .route("/account/sessions", get(list))
        .route("/account/sessions/{id}/end", post(end))
        .route("/account/identities", get(identities))
        .route("/account/identities/{provider}/link", post(link))
        .route("/account/identities/{provider}/unlink", post(unlink))
}

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct Sessions {
    f: Frame,
    t: Text,
    a: SectionNav,
    rows: Vec<OwnSession>,
    current: Option<SessionId>,
}

impl Sessions {
    fn is_current(&self, row: &OwnSession) -> bool {
        self.current == Some(row.id)
    }
}

async fn list(v: Visitor) -> PageResult {
    somebody(&v)?;
    let rows = own_sessions(&v.web.app, &v.actor).await?;
    let (f, a) = (frame(&v, "sessions"), section_nav(&v, "sessions", &[("ended", "account-done-ended")]));
    render(&Sessions { f, t: v.t, a, rows, current: v.actor.session() })
}

async fn end(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let session = SessionId(number(&id)?);
    v.web.app.run(&v.actor, EndSession { session }).await?;
    Ok(go("/account/sessions?done=ended"))
}

/// A provider, with the identity there if one is linked.
struct Provider {
    id: String,
    words: String,
    is_orcid: bool,
    identity: Option<Identity>,
}

#[derive(Template)]
#[template(path = "account/identities.html")]
struct Identities {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    providers: Vec<Provider>,
    orcid: String,
    has_password: bool,
}

/// The way to a provider: a page with a link, because a form may lead nowhere but to the bank itself.
#[derive(Template)]
#[template(path = "account/to_provider.html")]
struct ToProvider {
    f: Frame,
    t: Text,
    a: SectionNav,
    address: String,
    words: String,
}

async fn identities_page(v: &Visitor, errors: FormErrors) -> Result<Identities, PageError> {
    let person = own_row(v).await?;
    let mut linked = own(&v.web.app, &v.actor).await?;
    let mut taken = |id: &str| linked.iter().position(|one| one.provider == id).map(|at| linked.swap_remove(at));
    let known = |(id, provider): (&String, &IdentityProvider)| Provider {
        words: v.t.pick(&provider.name_en, &provider.name_ko).to_owned(),
        is_orcid: provider.is_orcid,
        identity: taken(id),
        id: id.clone(),
    };
    let mut providers: Vec<Provider> = v.web.app.config.identity_providers.iter().map(known).collect();
    // What was linked at a provider that the settings no longer have.
    providers.extend(linked.into_iter().map(|identity| Provider {
        id: identity.provider.clone(),
        words: identity.provider.clone(),
        is_orcid: false,
        identity: Some(identity),
    }));
    let (orcid, has_password) = (person.orcid.unwrap_or_default(), person.has_password);
    let a = section_nav(v, "identities", &[("linked", "account-done-linked"), ("unlinked", "account-done-unlinked")]);
    Ok(Identities { f: frame(v, "identities"), t: v.t, a, errors, providers, orcid, has_password })
}

async fn identities(v: Visitor) -> PageResult {
    render(&identities_page(&v, FormErrors::default()).await?)
}

async fn link(v: Visitor, Path(provider): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let settings = v.web.app.config.identity_providers.get(&provider).ok_or(PageError::NotFound)?;
    let words = v.t.pick(&settings.name_en, &settings.name_ko).to_owned();
    let password = Password(posted.get("password").to_owned());
    let return_to = Some("/account/identities?done=linked".into());
    let wish = IdentityToLink { provider, password, return_to };
    let to = match into_form_errors(v.web.app.run_prepared(&v.actor, wish).await, v.t)? {
        Ok(to) => to,
        Err(errors) => return html(errors.status(), &identities_page(&v, errors).await?),
    };
    let (f, a, address) = (frame(&v, "identities"), section_nav(&v, "identities", &[]), to.address);
    let page = render(&ToProvider { f, t: v.t, a, address: address.clone(), words })?;
    let cookie = state_cookie(&v, &to.state, STATE_SECONDS);
    Ok(([(SET_COOKIE, cookie), (REFRESH, format!("0; url={address}"))], page).into_response())
}

async fn unlink(v: Visitor, Path(provider): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let done = v.web.app.run(&v.actor, UnlinkIdentity { provider }).await;
    match into_form_errors(done, v.t)? {
        Ok(()) => Ok(go("/account/identities?done=unlinked")),
        Err(errors) => html(errors.status(), &identities_page(&v, errors).await?),
    }
}
