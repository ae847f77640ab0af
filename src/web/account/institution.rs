//! Where one works: join, propose, leave, and what waits for those in charge.

use super::{frame, section_nav, somebody};
use crate::accounts::InstitutionType as Type;
use crate::accounts::institutions::commands::ProposeInstitution;
use crate::accounts::institutions::queries::{Filter, found, list};
use crate::accounts::institutions::{Record, Verification};
use crate::accounts::membership::commands::{JoinInstitution, LeaveInstitution};
use crate::accounts::membership::{InstitutionRole, Membership, MembershipState, queries as memberships};
use crate::id::{InstitutionId, MembershipId};
use crate::page::Window;
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::{SectionNav, number, query_params};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::{get, post};
use sea_orm::Iterable;
use std::collections::HashMap;

/// Institutions that a search shows, and requests that wait.
const SHOWN: i32 = 20;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/account/institution", get(show))
        .route("/account/institution/join", post(join))
        .route("/account/institution/leave", post(leave))
        .route("/account/institution/propose", get(ask_proposal).post(propose))
}

/// Somebody's own membership, with what the institution is called.
struct Own {
    row: Membership,
    name: String,
    works_here: bool,
}

impl Own {
    fn is_open(&self) -> bool {
        matches!(self.row.state, MembershipState::Requested | MembershipState::Active)
    }
}

#[derive(Template)]
#[template(path = "account/institution.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    own: Vec<Own>,
    choices: Vec<Record>,
    q: String,
    found: Vec<Record>,
    /// Institutions where somebody waits for this person's decision: key, name, how many.
    waiting: Vec<(i64, String, usize)>,
}

impl Page {
    fn name(&self, record: &Record) -> String {
        name(self.t, record)
    }

    fn is_proposal(&self, record: &Record) -> bool {
        record.verification == Verification::Proposed
    }

    fn roles(&self, row: &Membership) -> String {
        let held = InstitutionRole::ALL.into_iter().filter(|role| row.has(*role));
        held.map(|role| role.label(self.t.lang)).collect::<Vec<_>>().join(", ")
    }
}

/// What institutions are called, by key.
pub(in crate::web) async fn names(
    v: &Visitor,
    ids: &[InstitutionId],
) -> Result<HashMap<InstitutionId, String>, PageError> {
    let found = found(v.web.app.db.read(), &v.actor, ids).await?;
    Ok(found.into_iter().map(|one| (one.requested, name(v.t, &one.record))).collect())
}

pub(in crate::web) fn name(t: Text, record: &Record) -> String {
    record.institution.label(t.lang).to_owned()
}

async fn page(v: &Visitor, errors: FormErrors) -> Result<Page, PageError> {
    let person = somebody(v)?;
    let app = &v.web.app;
    let rows = memberships::of_person(app.db.read(), person).await?;
    let q = query_params(v).filled("q").unwrap_or_default().to_owned();
    let window = Window { first: Some(SHOWN), ..Window::default() };
    let filter = Filter { search: Some(q.clone()), ..Filter::default() };
    let found = if q.is_empty() { vec![] } else { list(app, &v.actor, &filter, &window).await?.rows };
    let asking = memberships::Filter { institution: None, states: vec![MembershipState::Requested] };
    let window = Window { first: Some(100), ..Window::default() };
    let asking = memberships::list(app, &v.actor, &asking, &window).await?;
    let places = rows.iter().map(|row| row.institution_id).chain(asking.rows.iter().map(|(_, row)| row.institution_id));
    let names = names(v, &places.collect::<Vec<_>>()).await?;
    let named = |id: InstitutionId| names.get(&id).cloned().unwrap_or_default();
    let mut waiting: Vec<(i64, String, usize)> = vec![];
    for (_, row) in &asking.rows {
        match waiting.iter_mut().find(|(id, ..)| *id == row.institution_id.0) {
            Some((.., count)) => *count += 1,
            None => waiting.push((row.institution_id.0, named(row.institution_id), 1)),
        }
    }
    let works_at = v.actor.institution();
    let own = rows
        .into_iter()
        .map(|row| Own { name: named(row.institution_id), works_here: works_at == Some(row.institution_id), row })
        .collect();
    let known = [
        ("joined", "account-done-joined"),
        ("asked", "account-done-asked"),
        ("left", "account-done-left"),
        ("proposed", "account-done-proposed"),
    ];
    Ok(Page {
        f: frame(v, "institution"),
        t: v.t,
        a: section_nav(v, "institution", &known),
        errors,
        own,
        choices: memberships::choices(app.db.read(), person).await?,
        q,
        found: found.into_iter().map(|(_, record)| record).collect(),
        waiting,
    })
}

async fn show(v: Visitor) -> PageResult {
    render(&page(&v, FormErrors::default()).await?)
}

async fn join(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let institution = InstitutionId(number(posted.get("institution"))?);
    let done = v.web.app.run(&v.actor, JoinInstitution { institution }).await;
    match into_form_errors(done, v.t)? {
        Ok(row) if row.state == MembershipState::Active => Ok(go("/account/institution?done=joined")),
        Ok(_) => Ok(go("/account/institution?done=asked")),
        Err(errors) => html(errors.status(), &page(&v, errors.clone()).await?),
    }
}

async fn leave(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let membership = MembershipId(number(posted.get("membership"))?);
    let done = v.web.app.run(&v.actor, LeaveInstitution { membership, reason: None }).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/account/institution?done=left")),
        Err(errors) => html(errors.status(), &page(&v, errors.clone()).await?),
    }
}

#[derive(Template)]
#[template(path = "account/propose.html")]
struct Propose {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    types: Vec<(String, String)>,
}

/// Kinds of institutions for a choice: value and words.
pub(in crate::web) fn types(t: Text) -> Vec<(String, String)> {
    use sea_orm::ActiveEnum;
    Type::iter().map(|kind| (kind.to_value(), kind.label(t.lang).to_owned())).collect()
}

/// The kind with this value.
pub(in crate::web) fn type_of(value: &str) -> Option<Type> {
    use sea_orm::ActiveEnum;
    Type::iter().find(|kind| kind.to_value() == value)
}

fn proposal_page(v: &Visitor, typed: FormData, errors: FormErrors) -> Propose {
    let f = Frame::new(v, v.t.say("account-propose")).at("account").on(crate::web::frame::Layout::Work);
    Propose { f, t: v.t, a: section_nav(v, "institution", &[]), errors, typed, types: types(v.t) }
}

async fn ask_proposal(v: Visitor) -> PageResult {
    somebody(&v)?;
    let typed = FormData::of([("name".to_owned(), query_params(&v).get("name").to_owned())]);
    render(&proposal_page(&v, typed, FormErrors::default()))
}

async fn propose(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let given = |field: &str| posted.filled(field).map(str::to_owned);
    let proposal = ProposeInstitution {
        name: posted.get("name").to_owned(),
        name_ko: given("nameKo"),
        institution_type: type_of(posted.get("institutionType")).unwrap_or(Type::Institute),
        ror_id: given("rorId"),
        website: given("website"),
        city: given("city"),
    };
    let key = posted.key();
    let done = v.web.app.run_once(&v.actor, proposal, key.as_ref()).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/account/institution?done=proposed")),
        Err(errors) => html(errors.status(), &proposal_page(&v, posted, errors)),
    }
}
