//! One institution: verify, correct, close, merge.

use super::people::called;
use super::{frame, keeper, section_nav};
use crate::accounts::InstitutionStatus as Status;
use crate::accounts::import::SEPARATOR;
use crate::accounts::institutions::commands::{
    Change, CloseInstitution, ReopenInstitution, UpdateInstitution, VerifyInstitution,
};
use crate::accounts::institutions::merge::{MergeInstitutions, MergePreview, merge_preview};
use crate::accounts::institutions::policy::may_verify;
use crate::accounts::institutions::queries::{found, merged_into};
use crate::accounts::institutions::{Error, Former, Record, Verification};
use crate::error::DomainError;
use crate::id::InstitutionId;
use crate::web::Web;
use crate::web::account::{name, type_of, types};
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::{SectionNav, number, query_params};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sea_orm::ActiveEnum;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/admin/institutions/{id}", get(show))
        .route("/admin/institutions/{id}/verify", post(verify))
        .route("/admin/institutions/{id}/edit", post(edit))
        .route("/admin/institutions/{id}/close", post(close))
        .route("/admin/institutions/{id}/reopen", post(reopen))
        .route("/admin/institutions/{id}/merge", get(preview).post(combine))
}

#[derive(Template)]
#[template(path = "admin/institution.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    record: Record,
    types: Vec<(String, String)>,
    formers: Vec<Former>,
    proposer: String,
    /// Why the reader cannot verify it; empty if they can.
    why_not: String,
}

impl Page {
    fn is_open(&self) -> bool {
        self.record.institution.status == Status::Open
    }

    fn is_proposal(&self) -> bool {
        self.record.verification == Verification::Proposed
    }
}

/// What stands in the form: what was typed, else what is known.
fn typed_or_known(posted: FormData, record: &Record) -> FormData {
    if posted.has("name") {
        return posted;
    }
    let row = &record.institution;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let known = [
        ("name", row.name.clone()),
        ("nameKo", text(&row.name_ko)),
        ("institutionType", row.institution_type.to_value()),
        ("rorId", text(&row.ror_id)),
        ("website", text(&row.website)),
        ("city", text(&row.city)),
        ("domains", record.domains.split(SEPARATOR).collect::<Vec<_>>().join("\n")),
        ("reason", posted.get("reason").to_owned()),
        ("into", posted.get("into").to_owned()),
    ];
    FormData::of(known.map(|(field, value)| (field.to_owned(), value)))
}

async fn one(v: &Visitor, id: InstitutionId) -> Result<Record, PageError> {
    keeper(v)?;
    Ok(found(v.web.app.db.read(), &v.actor, &[id]).await?.pop().ok_or(PageError::NotFound)?.record)
}

async fn page(v: &Visitor, id: InstitutionId, posted: FormData, errors: FormErrors) -> Result<Page, PageError> {
    let record = one(v, id).await?;
    let proposer = match record.proposed_by {
        Some(person) => called(v, &[person]).await?.remove(&person).unwrap_or_default(),
        None => String::new(),
    };
    let refusal = may_verify(record.proposed_by, v.actor.person_id()).err();
    let known = [
        ("verified", "admin-done-verified"),
        ("edited", "admin-done-edited"),
        ("closed", "admin-done-closed"),
        ("reopened", "admin-done-reopened"),
        ("merged", "admin-done-merged"),
    ];
    Ok(Page {
        f: frame(v, name(v.t, &record)),
        t: v.t,
        a: section_nav(v, "institutions", &known),
        errors,
        typed: typed_or_known(posted, &record),
        types: types(v.t),
        formers: merged_into(v.web.app.db.read(), &[record.institution.id]).await?,
        proposer,
        why_not: refusal.map(|refusal| refusal.say(v.t.lang)).unwrap_or_default(),
        record,
    })
}

async fn show(v: Visitor, Path(id): Path<String>) -> PageResult {
    keeper(&v)?;
    let id = InstitutionId(number(&id)?);
    let page = page(&v, id, FormData::default(), FormErrors::default()).await?;
    // The address of a duplicate leads to what counts.
    let counts = page.record.institution.id;
    if counts == id { render(&page) } else { Ok(go(&format!("/admin/institutions/{}", counts.0))) }
}

async fn back(v: &Visitor, id: InstitutionId, posted: FormData, done: Result<Record, Error>, key: &str) -> PageResult {
    match into_form_errors(done, v.t)? {
        Ok(record) => Ok(go(&format!("/admin/institutions/{}?done={key}", record.institution.id.0))),
        Err(errors) => html(errors.status(), &page(v, id, posted, errors.clone()).await?),
    }
}

async fn verify(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = InstitutionId(number(&id)?);
    let done = v.web.app.run(&v.actor, VerifyInstitution { institution: id }).await;
    back(&v, id, posted, done, "verified").await
}

async fn edit(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = InstitutionId(number(&id)?);
    let record = one(&v, id).await?;
    let before = typed_or_known(FormData::default(), &record);
    // What was not touched is not a decision of the bank's, and later imports may still correct it.
    let changed = |field: &str| {
        let said = posted.get(field).trim().replace("\r\n", "\n");
        (said != before.get(field)).then_some(said)
    };
    let domains = changed("domains").map(|text| text.split_whitespace().map(str::to_owned).collect());
    let change = Change {
        name: changed("name"),
        name_ko: changed("nameKo"),
        institution_type: changed("institutionType").and_then(|value| type_of(&value)),
        ror_id: changed("rorId"),
        website: changed("website"),
        city: changed("city"),
        domains,
    };
    let done = v.web.app.run(&v.actor, UpdateInstitution { institution: id, change }).await;
    back(&v, id, posted, done, "edited").await
}

async fn close(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = InstitutionId(number(&id)?);
    let reason = posted.get("reason").to_owned();
    let done = v.web.app.run(&v.actor, CloseInstitution { institution: id, reason }).await;
    back(&v, id, posted, done, "closed").await
}

async fn reopen(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = InstitutionId(number(&id)?);
    let reason = posted.get("reason").to_owned();
    let done = v.web.app.run(&v.actor, ReopenInstitution { institution: id, reason }).await;
    back(&v, id, posted, done, "reopened").await
}

#[derive(Template)]
#[template(path = "admin/merge.html")]
struct Merge {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    from: Record,
    into: Option<Record>,
    typed: String,
    reason: String,
    moves: MergePreview,
}

impl Merge {
    fn name(&self, record: &Record) -> String {
        name(self.t, record)
    }
}

async fn merge_page(v: &Visitor, id: InstitutionId, posted: &FormData, errors: FormErrors) -> Result<Merge, PageError> {
    let from = one(v, id).await?;
    if from.institution.id != id {
        return Err(PageError::NotFound);
    }
    let typed = posted.get("into").trim().to_owned();
    let into = match typed.parse().map(InstitutionId) {
        Ok(into) => found(v.web.app.db.read(), &v.actor, &[into]).await?.pop().map(|found| found.record),
        Err(_) => None,
    };
    let mut errors = errors;
    if !typed.is_empty() && into.is_none() && errors.is_empty() {
        errors.add("into", v.t.say("admin-institution-number"));
    }
    let moves = merge_preview(&v.web.app, &v.actor, id).await?;
    let f = frame(v, v.t.say1("admin-merge-of", "name", name(v.t, &from)));
    let (a, reason) = (section_nav(v, "institutions", &[]), posted.get("reason").to_owned());
    Ok(Merge { f, t: v.t, a, errors, from, into, typed, reason, moves })
}

async fn preview(v: Visitor, Path(id): Path<String>) -> PageResult {
    keeper(&v)?;
    let page = merge_page(&v, InstitutionId(number(&id)?), &query_params(&v), FormErrors::default()).await?;
    html(page.errors.status(), &page)
}

async fn combine(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = InstitutionId(number(&id)?);
    let Ok(into) = posted.get("into").trim().parse().map(InstitutionId) else {
        let errors = FormErrors::at("into", v.t.say("admin-institution-number"));
        return html(errors.status(), &merge_page(&v, id, &posted, errors.clone()).await?);
    };
    let merge = MergeInstitutions { from: id, into, reason: posted.get("reason").to_owned() };
    let done = v.web.app.run(&v.actor, merge).await;
    match into_form_errors(done, v.t)? {
        Ok(record) => Ok(go(&format!("/admin/institutions/{}?done=merged", record.institution.id.0))),
        Err(errors) => html(errors.status(), &merge_page(&v, id, &posted, errors.clone()).await?),
    }
}
