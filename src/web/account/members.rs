//! Who belongs to an institution, for those in charge of it: its administrators and the bank.

use super::institution::name;
use super::{section_nav, somebody};
use crate::accounts::PersonView;
use crate::accounts::institutions::queries::found;
use crate::accounts::membership::commands::{DecideMembership, LeaveInstitution, SetInstitutionRole};
use crate::accounts::membership::policy::{PolicyContext, RoleChange, may_decide, may_end, may_set_role};
use crate::accounts::membership::queries::{self, Filter};
use crate::accounts::membership::{InstitutionRole, Membership, MembershipState};
use crate::accounts::queries::people;
use crate::actor::Permission;
use crate::id::{InstitutionId, MembershipId};
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, Layout, PageResult, go, html, render};
use crate::web::links::with;
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, SectionNav, number, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sea_orm::{ActiveEnum, Iterable};

pub fn router() -> Router<Web> {
    Router::new()
        .route("/institutions/{id}/members", get(show))
        .route("/memberships/{id}/decide", post(decide))
        .route("/memberships/{id}/role", post(set_role))
        .route("/memberships/{id}/end", post(end))
}

struct Member {
    row: Membership,
    person: Option<PersonView>,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "account/members.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    id: i64,
    states: Vec<(String, &'static str, bool)>,
    rows: Vec<Member>,
    pages: Pages,
    keeps: bool,
}

impl Page {
    fn policy_context(&self, one: &Member) -> PolicyContext {
        PolicyContext { own: one.is_own, administers: !self.keeps, keeps: self.keeps }
    }

    fn shows_all(&self) -> bool {
        !self.states.iter().any(|(.., on)| *on)
    }

    fn is_active(&self, one: &Member) -> bool {
        one.row.state == MembershipState::Active
    }

    fn can_decide(&self, one: &Member) -> bool {
        may_decide(self.policy_context(one), one.row.state).is_ok()
    }

    fn can_end(&self, one: &Member) -> bool {
        may_end(self.policy_context(one), one.row.state, false).is_ok()
    }

    /// Roles with whether the member has them and whether that can be changed; an institution's last administrator is
    /// known only to the operation.
    fn roles(&self, one: &Member) -> Vec<(&'static str, &'static str, bool, bool)> {
        let can = |role, has: bool| {
            let change = RoleChange { role, granted: !has };
            may_set_role(self.policy_context(one), one.row.state, change, false).is_ok()
        };
        let all = InstitutionRole::ALL.into_iter();
        all.map(|r| (r.name(), r.label(self.t.lang), one.row.has(r), can(r, one.row.has(r)))).collect()
    }
}

async fn page(v: &Visitor, id: InstitutionId, errors: FormErrors) -> Result<Page, PageError> {
    let own_id = somebody(v)?;
    let (app, params) = (&v.web.app, query_params(v));
    let place = found(app.db.read(), &v.actor, &[id]).await?.pop().ok_or(PageError::NotFound)?.record;
    let id = place.institution.id;
    let keeps = v.can(Permission::KeepInstitutions);
    let own = queries::own_at(app.db.read(), &v.actor, &[id]).await?;
    if !keeps && !own.iter().any(|own| own.is_administrator) {
        return Err(PageError::NotFound);
    }
    let state = MembershipState::iter().find(|state| state.to_value() == params.get("state"));
    let filter = Filter { institution: Some(id), states: state.into_iter().collect() };
    let list = queries::list(app, &v.actor, &filter, &window(&params)).await?;
    let pages = Pages::of(v, &list);
    let keys: Vec<_> = list.rows.iter().map(|(_, row)| row.person_id).collect();
    let people = people(app.db.read(), &keys).await?;
    let member = |row: Membership| {
        let person = people.iter().find(|person| person.id == row.person_id).cloned();
        Member { person, is_own: row.person_id == own_id, row }
    };
    let rows = list.rows.into_iter().map(|(_, row)| member(row)).collect();
    let title = v.t.say1("account-members-of", "name", name(v.t, &place));
    let known = [("decided", "account-done-decided"), ("role", "account-done-role"), ("ended", "account-done-left")];
    Ok(Page {
        f: Frame::new(v, title).at("account").on(Layout::Work),
        t: v.t,
        a: section_nav(v, "institution", &known),
        errors,
        id: id.0,
        states: MembershipState::iter().map(|one| (one.to_value(), one.label(v.t.lang), Some(one) == state)).collect(),
        rows,
        pages,
        keeps,
    })
}

async fn show(v: Visitor, Path(id): Path<String>) -> PageResult {
    render(&page(&v, InstitutionId(number(&id)?), FormErrors::default()).await?)
}

/// After a change: back to the members, or the same page with what was refused.
async fn back<E: crate::error::DomainError>(
    v: &Visitor,
    id: MembershipId,
    done: Result<Membership, E>,
    key: &str,
) -> PageResult {
    match into_form_errors(done, v.t)? {
        Ok(row) => Ok(go(&with(&format!("/institutions/{}/members", row.institution_id.0), &[("done", key)]))),
        Err(errors) => {
            let row = queries::by_id(v.web.app.db.read(), &v.actor, id).await?.ok_or(PageError::NotFound)?;
            html(errors.status(), &page(v, row.institution_id, errors.clone()).await?)
        }
    }
}

async fn decide(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let membership = MembershipId(number(&id)?);
    let (approve, reason) = (posted.get("decision") == "approve", posted.filled("reason").map(str::to_owned));
    let done = v.web.app.run(&v.actor, DecideMembership { membership, approve, reason }).await;
    back(&v, membership, done, "decided").await
}

async fn set_role(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let membership = MembershipId(number(&id)?);
    let role =
        InstitutionRole::ALL.into_iter().find(|role| role.name() == posted.get("role")).ok_or(PageError::NotFound)?;
    let granted = posted.get("change") == "give";
    let done = v.web.app.run(&v.actor, SetInstitutionRole { membership, role, granted }).await;
    back(&v, membership, done, "role").await
}

async fn end(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let membership = MembershipId(number(&id)?);
    let reason = posted.filled("reason").map(str::to_owned);
    let done = v.web.app.run(&v.actor, LeaveInstitution { membership, reason }).await;
    back(&v, membership, done, "ended").await
}
