//! One person: what their account is, roles, closing and opening it, the second factor.

use super::people::{place, role_of, roles};
use super::{administrator, frame, section_nav};
use crate::accounts::Error as AccountError;
use crate::accounts::commands::{DisableAccount, EnableAccount, GrantRole, ResetSecondFactor, RevokeRole};
use crate::accounts::policy::may_disable;
use crate::accounts::queries::{ListedAccount, PersonGrant, account, grants_of};
use crate::actor::{Grant, Role};
use crate::id::{InstitutionId, PersonId};
use crate::web::Web;
use crate::web::account::names;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::{SectionNav, number};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sea_orm::ActiveEnum;
use std::collections::HashMap;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/admin/people/{id}", get(show))
        .route("/admin/people/{id}/grant", post(grant))
        .route("/admin/people/{id}/revoke", post(revoke))
        .route("/admin/people/{id}/disable", post(disable))
        .route("/admin/people/{id}/enable", post(enable))
        .route("/admin/people/{id}/second-factor", post(reset_factor))
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    person: ListedAccount,
    grants: Vec<PersonGrant>,
    roles: Vec<(String, &'static str)>,
    places: HashMap<InstitutionId, String>,
    /// Whether the reader may close it, as far as the page knows.
    can_disable: bool,
}

impl Page {
    fn place(&self, id: &Option<InstitutionId>) -> &str {
        id.and_then(|id| self.places.get(&id)).map_or("", String::as_str)
    }

    fn value(&self, role: &Role) -> String {
        role.to_value()
    }
}

async fn page(v: &Visitor, id: PersonId, typed: FormData, errors: FormErrors) -> Result<Page, PageError> {
    administrator(v)?;
    let app = &v.web.app;
    let person = account(app, &v.actor, id).await?.ok_or(PageError::NotFound)?;
    let grants = grants_of(app.db.read(), &[id]).await?;
    let places: Vec<_> = grants.iter().filter_map(|grant| grant.institution_id).chain(person.institution_id).collect();
    let known = [
        ("granted", "admin-done-granted"),
        ("revoked", "admin-done-revoked"),
        ("disabled", "admin-done-disabled"),
        ("enabled", "admin-done-enabled"),
        ("factor", "admin-done-factor"),
    ];
    Ok(Page {
        f: frame(v, person.name.clone()),
        t: v.t,
        a: section_nav(v, "people", &known),
        errors,
        typed,
        places: names(v, &places).await?,
        grants,
        roles: roles(v.t),
        can_disable: may_disable(v.actor.person_id() == Some(id), false).is_ok(),
        person,
    })
}

async fn show(v: Visitor, Path(id): Path<String>) -> PageResult {
    administrator(&v)?;
    render(&page(&v, PersonId(number(&id)?), FormData::default(), FormErrors::default()).await?)
}

/// After a change: back to the person, or the same page with what was refused.
async fn back<T>(v: &Visitor, id: PersonId, posted: FormData, done: Result<T, AccountError>, key: &str) -> PageResult {
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go(&format!("/admin/people/{}?done={key}", id.0))),
        Err(errors) => html(errors.status(), &page(v, id, posted, errors.clone()).await?),
    }
}

async fn given(v: &Visitor, posted: &FormData) -> Result<Grant, FormErrors> {
    let role = role_of(posted.get("role")).ok_or_else(|| FormErrors::at("role", v.t.say("admin-role-missing")))?;
    Ok(Grant { role, institution: place(v, posted)? })
}

async fn grant(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = PersonId(number(&id)?);
    let given = match given(&v, &posted).await {
        Ok(given) => given,
        Err(errors) => return html(errors.status(), &page(&v, id, posted, errors.clone()).await?),
    };
    let done = v.web.app.run(&v.actor, GrantRole { person: id, grant: given }).await;
    if let Err(AccountError::NoSuchInstitution) = &done {
        let errors = FormErrors::at("institution", v.t.say("admin-institution-number"));
        return html(errors.status(), &page(&v, id, posted, errors.clone()).await?);
    }
    back(&v, id, posted, done, "granted").await
}

async fn revoke(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = PersonId(number(&id)?);
    let taken = match given(&v, &posted).await {
        Ok(taken) => taken,
        Err(errors) => return html(errors.status(), &page(&v, id, posted, errors.clone()).await?),
    };
    let done = v.web.app.run(&v.actor, RevokeRole { person: id, grant: taken }).await;
    back(&v, id, posted, done, "revoked").await
}

async fn disable(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = PersonId(number(&id)?);
    let reason = posted.get("reason").to_owned();
    let done = v.web.app.run(&v.actor, DisableAccount { person: id, reason }).await;
    back(&v, id, posted, done, "disabled").await
}

async fn enable(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = PersonId(number(&id)?);
    let reason = posted.get("reason").to_owned();
    let done = v.web.app.run(&v.actor, EnableAccount { person: id, reason }).await;
    back(&v, id, posted, done, "enabled").await
}

async fn reset_factor(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = PersonId(number(&id)?);
    let reason = posted.get("reason").to_owned();
    let done = v.web.app.run(&v.actor, ResetSecondFactor { person: id, reason }).await;
    back(&v, id, posted, done, "factor").await
}
