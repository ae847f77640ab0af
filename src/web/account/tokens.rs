//! API tokens: made, shown once, revoked.

use super::{frame, section_nav, somebody};
use crate::accounts::commands::{CreateApiToken, RevokeApiToken};
use crate::accounts::queries::{OwnToken, own_tokens};
use crate::actor::Scope;
use crate::id::TokenId;
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::{SectionNav, number};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};

/// Days that are offered first.
const DAYS: &str = "90";

pub fn router() -> Router<Web> {
    Router::new().route("/account/tokens", get(list).post(create)).route("/account/tokens/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    name: String,
    days: String,
    /// Tag, words, and whether it is ticked.
    scopes: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<OwnToken>,
    now: DateTime<Utc>,
    /// The token that was just made; empty otherwise.
    secret: String,
}

impl Page {
    fn is_over(&self, row: &OwnToken) -> bool {
        row.expires_at.is_some_and(|end| end <= self.now)
    }

    fn scopes_of(&self, row: &OwnToken) -> String {
        row.scopes().into_iter().map(|scope| scope.label(self.t.lang)).collect::<Vec<_>>().join(", ")
    }
}

fn tag(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Request => "request",
        Scope::Staff => "staff",
        Scope::Administer => "administer",
    }
}

fn scopes(posted: &FormData) -> Vec<Scope> {
    Scope::ALL.into_iter().filter(|scope| posted.all("scopes").any(|typed| typed == tag(*scope))).collect()
}

async fn page(v: &Visitor, typed: &FormData, errors: FormErrors, secret: String) -> Result<Page, PageError> {
    let chosen = scopes(typed);
    let is_new = typed.fields().is_empty();
    let ticked = |scope: Scope| if is_new { scope == Scope::Read } else { chosen.contains(&scope) };
    Ok(Page {
        f: frame(v, "tokens"),
        t: v.t,
        a: section_nav(v, "tokens", &[("revoked", "account-done-revoked")]),
        errors,
        name: typed.get("name").to_owned(),
        days: typed.filled("expiresInDays").unwrap_or(DAYS).to_owned(),
        scopes: Scope::ALL.map(|scope| (tag(scope), scope.label(v.t.lang), ticked(scope))).into(),
        rows: own_tokens(&v.web.app, &v.actor).await?,
        now: v.web.app.clock.now(),
        secret,
    })
}

async fn list(v: Visitor) -> PageResult {
    somebody(&v)?;
    render(&page(&v, &FormData::default(), FormErrors::default(), String::new()).await?)
}

async fn create(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let days = posted.get("expiresInDays").trim().parse().unwrap_or_default();
    let new = CreateApiToken { name: posted.get("name").to_owned(), scopes: scopes(&posted), days };
    let done = v.web.app.run(&v.actor, new).await;
    match into_form_errors(done, v.t)? {
        Ok((_, secret)) => {
            let page = page(&v, &FormData::default(), FormErrors::default(), secret.unwrap_or_default()).await;
            html(StatusCode::CREATED, &page.map_err(PageError::unread)?)
        }
        Err(errors) => html(errors.status(), &page(&v, &posted, errors.clone(), String::new()).await?),
    }
}

async fn revoke(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let token = TokenId(number(&id)?);
    v.web.app.run(&v.actor, RevokeApiToken { token }).await?;
    Ok(go("/account/tokens?done=revoked"))
}
