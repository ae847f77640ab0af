//! People: search, a table to take along, invitations.

use super::{administrator, frame, section_nav};
use crate::accounts::commands::InviteAccount;
use crate::accounts::queries::{
    AccountFilter, ListedAccount, PersonGrant, count_accounts, export_accounts, grants_of, list_accounts,
};
use crate::actor::{Grant, Role};
use crate::command::permit;
use crate::csv_writer;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use crate::web::Web;
use crate::web::account::names;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, attachment, go, html, render};
use crate::web::links::with;
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, SectionNav, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;
use sea_orm::ActiveEnum;
use std::collections::HashMap;

/// People whose roles are read at once.
const AT_ONCE: usize = 500;

pub fn router() -> Router<Web> {
    Router::new()
        .route("/admin/people", get(list))
        .route("/admin/people.csv", get(table))
        .route("/admin/people/invite", get(ask).post(invite))
}

/// Roles for a choice: value and words.
pub(super) fn roles(t: Text) -> Vec<(String, &'static str)> {
    Role::ALL.map(|role| (role.to_value(), role.label(t.lang))).into()
}

pub(super) fn role_of(value: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.to_value() == value)
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct People {
    f: Frame,
    t: Text,
    a: SectionNav,
    q: String,
    role: String,
    state: String,
    roles: Vec<(String, &'static str)>,
    total: i64,
    rows: Vec<ListedAccount>,
    grants: Vec<PersonGrant>,
    places: HashMap<InstitutionId, String>,
    pages: Pages,
    csv: String,
}

impl People {
    fn place(&self, row: &ListedAccount) -> &str {
        row.institution_id.and_then(|id| self.places.get(&id)).map_or("", String::as_str)
    }

    fn roles_of(&self, id: &PersonId) -> Vec<&'static str> {
        let own = self.grants.iter().filter(|grant| grant.person_id == *id);
        let mut roles: Vec<_> = own.map(|grant| grant.role.label(self.t.lang)).collect();
        roles.dedup();
        roles
    }
}

fn filter(params: &FormData) -> AccountFilter {
    let disabled = match params.get("state") {
        "open" => Some(false),
        "disabled" => Some(true),
        _ => None,
    };
    AccountFilter { search: params.filled("q").map(Into::into), role: role_of(params.get("role")), disabled }
}

async fn list(v: Visitor) -> PageResult {
    administrator(&v)?;
    let (app, params) = (&v.web.app, query_params(&v));
    let filter = filter(&params);
    let page = list_accounts(app, &v.actor, &filter, &window(&params)).await?;
    let pages = Pages::of(&v, &page);
    let rows: Vec<_> = page.rows.into_iter().map(|(_, row)| row).collect();
    let keys: Vec<_> = rows.iter().map(|row| row.id).collect();
    let places: Vec<_> = rows.iter().filter_map(|row| row.institution_id).collect();
    let given = ["q", "role", "state"].map(|name| (name, params.get(name)));
    let given: Vec<_> = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let page = People {
        f: frame(&v, v.t.say("admin-section-people")),
        t: v.t,
        a: section_nav(&v, "people", &[("invited", "admin-done-invited")]),
        q: params.get("q").to_owned(),
        role: params.get("role").to_owned(),
        state: params.get("state").to_owned(),
        roles: roles(v.t),
        total: count_accounts(app, &v.actor, &filter).await?,
        grants: grants_of(app.db.read(), &keys).await?,
        places: names(&v, &places).await?,
        rows,
        pages,
        csv: with("/admin/people.csv", &given),
    };
    render(&page)
}

async fn table(v: Visitor) -> PageResult {
    administrator(&v)?;
    let app = &v.web.app;
    let rows = export_accounts(app, &v.actor, &filter(&query_params(&v))).await?;
    let mut places: Vec<_> = rows.iter().filter_map(|row| row.institution_id).collect();
    places.sort_unstable();
    places.dedup();
    let (mut grants, mut names_of) = (vec![], HashMap::new());
    for some in rows.chunks(AT_ONCE) {
        let keys: Vec<_> = some.iter().map(|row| row.id).collect();
        grants.extend(grants_of(app.db.read(), &keys).await?);
    }
    for some in places.chunks(AT_ONCE) {
        names_of.extend(names(&v, some).await?);
    }
    let mut roles: HashMap<PersonId, Vec<String>> = HashMap::new();
    for grant in grants {
        roles.entry(grant.person_id).or_default().push(grant.role.to_value());
    }
    let columns = ["id", "name", "email", "institution", "roles", "created", "verified", "sign-in", "disabled"];
    let head = columns.map(|column| v.t.say(&format!("admin-column-{column}")));
    let day = |at: &Option<chrono::DateTime<chrono::Utc>>| at.as_ref().map(|at| v.t.minute(at)).unwrap_or_default();
    let lines = rows.iter().map(|row| {
        [
            row.id.0.to_string(),
            row.name.clone(),
            row.email.clone(),
            row.institution_id.and_then(|id| names_of.get(&id).cloned()).unwrap_or_default(),
            roles.get(&row.id).map(|roles| roles.join(" ")).unwrap_or_default(),
            v.t.minute(&row.created_at),
            day(&row.email_verified_at),
            day(&row.last_sign_in_at),
            day(&row.disabled_at),
        ]
    });
    let rows = csv_writer::file(std::iter::once(head).chain(lines));
    Ok(attachment(csv_writer::MEDIA_TYPE, "people.csv", "no-store", rows))
}

#[derive(Template)]
#[template(path = "admin/invite.html")]
struct Invite {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    typed: FormData,
    roles: Vec<(String, &'static str, bool)>,
    lang: String,
}

fn invite_page(v: &Visitor, typed: FormData, errors: FormErrors) -> Invite {
    let ticked = |value: &str| typed.all("roles").any(|one| one == value);
    let roles = roles(v.t).into_iter().map(|(value, words)| (value.clone(), words, ticked(&value))).collect();
    let lang = typed.filled("lang").unwrap_or("ko").to_owned();
    let f = frame(v, v.t.say("admin-invite"));
    Invite { f, t: v.t, a: section_nav(v, "people", &[]), errors, typed, roles, lang }
}

async fn ask(v: Visitor) -> PageResult {
    administrator(&v)?;
    render(&invite_page(&v, FormData::default(), FormErrors::default()))
}

/// The institution that a form names by its number; none if it names none.
///
/// # Errors
/// The error, at its field.
pub(super) fn place(v: &Visitor, posted: &FormData) -> Result<Option<InstitutionId>, FormErrors> {
    let Some(text) = posted.filled("institution") else { return Ok(None) };
    let wrong = || FormErrors::at("institution", v.t.say("admin-institution-number"));
    text.parse().map(InstitutionId).map(Some).map_err(|_| wrong())
}

async fn invite(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    permit::<InviteAccount>(&v.actor)?;
    let institution = match place(&v, &posted) {
        Ok(institution) => institution,
        Err(errors) => return html(errors.status(), &invite_page(&v, posted, errors)),
    };
    let grant = |role: Role| Grant { role, institution: institution.filter(|_| role == Role::Signatory) };
    let grants = posted.all("roles").filter_map(role_of).map(grant).collect();
    let new = InviteAccount {
        email: posted.get("email").to_owned(),
        name: posted.get("name").to_owned(),
        lang: Lang::from_tag(posted.get("lang")).unwrap_or_default(),
        institution,
        grants,
    };
    let done = v.web.app.run(&v.actor, new).await;
    if let Err(crate::accounts::Error::NoSuchInstitution) = &done {
        let errors = FormErrors::at("institution", v.t.say("admin-institution-number"));
        return html(errors.status(), &invite_page(&v, posted, errors));
    }
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/admin/people?done=invited")),
        Err(errors) => html(errors.status(), &invite_page(&v, posted, errors)),
    }
}

/// What people are called whom rows name.
pub(super) async fn called(v: &Visitor, ids: &[PersonId]) -> Result<HashMap<PersonId, String>, PageError> {
    let people = crate::accounts::queries::people(v.web.app.db.read(), ids).await?;
    Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
}
