//! Accounts as administrators see them.

use crate::accounts::Error;
use crate::accounts::events::AccountListEvent;
use crate::accounts::model::{person, role_grant, second_factor, session};
use crate::actor::{Actor, Grant, Permission, Role};
use crate::app::App;
use crate::audit::{Subject, record_read};
use crate::id::{InstitutionId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use person::Column;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

const NEWEST: Sort = Sort { columns: &[int("person.id")], descending: true };

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
    let list = keyset.select(shown(listed(filter), app.clock.now()));
    let rows: Vec<ListedAccount> = list.into_model().all(app.db.read()).await?;
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
    let list = shown(listed(filter), app.clock.now()).order_by_desc(Column::Id);
    Ok(list.into_model().all(app.db.read()).await?)
}

/// How many accounts the list has. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn count_accounts(app: &App, actor: &Actor, filter: &AccountFilter) -> Result<i64, Error> {
    actor.may(Permission::Administer)?;
    Ok(listed(filter).count(app.db.read()).await?.cast_signed())
}

/// One account. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn account(app: &App, actor: &Actor, person: PersonId) -> Result<Option<ListedAccount>, Error> {
    actor.may(Permission::Administer)?;
    let one = shown(person::Entity::find_by_id(person), app.clock.now());
    Ok(one.into_model().one(app.db.read()).await?)
}

/// People as [`ListedAccount`].
fn shown(people: Select<person::Entity>, now: DateTime<Utc>) -> Select<person::Entity> {
    let locked = Expr::case(Column::LockedUntil.gt(now), Column::LockedUntil.into_expr());
    let own = second_factor::Column::PersonId.into_expr().equals((person::Entity, Column::Id));
    let factor = second_factor::Entity::find().select_only().expr(Expr::cust("1")).filter(own);
    let factor = factor.filter(second_factor::Column::ConfirmedAt.is_not_null()).into_query();
    let own = session::Column::PersonId.into_expr().equals((person::Entity, Column::Id));
    let sessions = session::Entity::find().select_only().column_as(session::Column::CreatedAt.max(), "newest");
    let newest = sessions.filter(own).into_query();
    let plain = [Column::Id, Column::Email, Column::Name, Column::InstitutionId, Column::CreatedAt];
    people
        .select_only()
        .columns(plain)
        .columns([Column::EmailVerifiedAt, Column::DisabledAt, Column::MadeUp])
        .expr_as(locked, "locked_until")
        .expr_as(Expr::exists(factor), "second_factor")
        .expr_as(newest, "last_sign_in_at")
}

fn listed(filter: &AccountFilter) -> Select<person::Entity> {
    let part = filter.search.as_deref().map(str::trim).filter(|part| !part.is_empty());
    person::Entity::find()
        .apply_if(part, |people, part| {
            // What LIKE takes as a sign is typed as a letter.
            let signs = part.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
            let pattern = LikeExpr::new(format!("%{signs}%")).escape('!');
            let by_name = Func::lower(Column::Name.into_expr()).like(pattern.clone());
            people.filter(Column::Email.like(pattern).or(by_name))
        })
        .apply_if(filter.role, |people, role| {
            let grants = role_grant::Entity::find().filter(role_grant::Column::Role.eq(role)).select_only();
            people.filter(Column::Id.in_subquery(grants.column(role_grant::Column::PersonId).into_query()))
        })
        .apply_if(filter.disabled, |people, disabled| {
            people.filter(if disabled { Column::DisabledAt.is_not_null() } else { Column::DisabledAt.is_null() })
        })
}

/// A role with whose it is.
#[derive(Clone, Copy, Debug, DerivePartialModel)]
#[sea_orm(entity = "role_grant::Entity")]
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
    let grants = role_grant::Entity::find().filter(role_grant::Column::PersonId.is_in(people.iter().copied()));
    grants.order_by_asc(role_grant::Column::Id).into_partial_model().all(db).await
}
