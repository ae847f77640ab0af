//! Accounts as administrators see them.

use crate::accounts::Error;
use crate::accounts::events::AccountListEvent;
use crate::actor::{Actor, Grant, Permission, Role};
use crate::app::App;
use crate::audit::{Subject, record_read};
use crate::db::Sql;
use crate::id::{InstitutionId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult};

const NEWEST: Sort = Sort { columns: &[int("p.id")], descending: true };
const COLUMNS: &str = "p.id, p.email, p.name, p.institution_id, p.created_at, p.email_verified_at, p.disabled_at,
    CASE WHEN p.locked_until > $1 THEN p.locked_until END AS locked_until, p.made_up,
    EXISTS (SELECT 1 FROM second_factor f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS second_factor,
    (SELECT max(s.created_at) FROM session s WHERE s.person_id = p.id) AS last_sign_in_at";

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    /// Part of an e-mail or a name, as typed.
    pub search: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Only closed ones, or only open ones.
    pub disabled: Option<bool>,
}

/// An account.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ListedAccount {
    /// The person.
    pub id: PersonId,
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// Where they work.
    pub institution_id: Option<InstitutionId>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Since when the e-mail is known to reach them.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Since when it is closed.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Until when no password is accepted; none if it is not locked now.
    pub locked_until: Option<DateTime<Utc>>,
    /// Made up for a demonstration.
    pub made_up: bool,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// When the newest session that is still known began.
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

/// Accounts, the newest first. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, a wrong window, or those of the database.
pub async fn list_accounts(
    app: &App,
    actor: &Actor,
    filter: &AccountFilter,
    window: &Window,
) -> Result<Page<ListedAccount>, Error> {
    actor.may(Permission::Administer)?;
    let keyset = window.keyset(NEWEST)?;
    let mut sql = Sql::with(format!("SELECT {COLUMNS} FROM person p WHERE "), [app.clock.now().into()]);
    narrow(&mut sql, filter);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<ListedAccount> = sql.all(app.db.read()).await?;
    Ok(keyset.page(rows, |row: &ListedAccount| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// All accounts of a list, the newest first, for a table that is taken along; that it was is recorded. For
/// [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn export_accounts(app: &App, actor: &Actor, filter: &AccountFilter) -> Result<Vec<ListedAccount>, Error> {
    actor.may(Permission::Administer)?;
    let role = filter.role.map(|role| role.to_value());
    let event = AccountListEvent::Exported { search: filter.search.clone(), role, disabled: filter.disabled };
    record_read(app, actor, Subject::BANK, &event).await?;
    let mut sql = Sql::with(format!("SELECT {COLUMNS} FROM person p WHERE "), [app.clock.now().into()]);
    narrow(&mut sql, filter);
    sql.push(" ORDER BY p.id DESC");
    Ok(sql.all(app.db.read()).await?)
}

/// How many accounts the list has. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn count_accounts(app: &App, actor: &Actor, filter: &AccountFilter) -> Result<i64, Error> {
    actor.may(Permission::Administer)?;
    let mut sql = Sql::new("SELECT count(*) FROM person p WHERE ");
    narrow(&mut sql, filter);
    Ok(sql.number(app.db.read()).await?)
}

/// One account. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn account(app: &App, actor: &Actor, person: PersonId) -> Result<Option<ListedAccount>, Error> {
    actor.may(Permission::Administer)?;
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.id = $2");
    Ok(Sql::with(sql, [app.clock.now().into(), person.0.into()]).all(app.db.read()).await?.into_iter().next())
}

fn narrow(sql: &mut Sql, filter: &AccountFilter) {
    sql.push("1 = 1");
    if let Some(part) = filter.search.as_deref().map(str::trim).filter(|part| !part.is_empty()) {
        // What LIKE takes as a sign is typed as a letter.
        let signs = part.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let pattern = format!("%{signs}%");
        sql.push(" AND (p.email LIKE ").bind(pattern.clone()).push(" ESCAPE '!' OR lower(p.name) LIKE ");
        sql.bind(pattern).push(" ESCAPE '!')");
    }
    if let Some(role) = filter.role {
        sql.push(" AND p.id IN (SELECT person_id FROM role_grant WHERE role = ").bind(role.to_value()).push(")");
    }
    match filter.disabled {
        Some(true) => drop(sql.push(" AND p.disabled_at IS NOT NULL")),
        Some(false) => drop(sql.push(" AND p.disabled_at IS NULL")),
        None => {}
    }
}

/// A role with whose it is.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct PersonGrant {
    /// Whose.
    pub person_id: PersonId,
    /// The role.
    pub role: Role,
    /// The institution for which a signatory signs.
    pub institution_id: Option<InstitutionId>,
}

impl From<PersonGrant> for Grant {
    fn from(row: PersonGrant) -> Self {
        Self { role: row.role, institution: row.institution_id }
    }
}

/// Roles of people. For those who may see these people's accounts.
///
/// # Errors
/// Those of the database.
pub async fn grants_of(db: &impl ConnectionTrait, people: &[PersonId]) -> Result<Vec<PersonGrant>, DbErr> {
    let mut sql = Sql::new("SELECT person_id, role, institution_id FROM role_grant WHERE person_id IN (");
    sql.bind_all(people.iter().map(|id| id.0)).push(") ORDER BY id");
    sql.all(db).await
}
