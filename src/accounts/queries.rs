//! Reads of people and institutions.

mod access;
mod administration;
mod own;

pub use access::{actor_by_session, actor_by_token, lacks_second_factor};
pub use administration::{
    AccountFilter, ListedAccount, PersonGrant, account, count_accounts, export_accounts, grants_of, list_accounts,
};
pub use own::{OwnSession, OwnToken, SecondFactorState, own_sessions, own_tokens, second_factor};

use super::model::{institution, person};
use super::{Error, passwords};
use crate::actor::{Actor, Permission, Role};
use crate::app::App;
use crate::db::Sql;
use crate::id::{InstitutionId, PersonId};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult, Iterable};

/// The person with this e-mail, disabled or not.
///
/// # Errors
/// Those of the database.
pub async fn person_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<person::Model>, DbErr> {
    let sql = Sql::with("SELECT * FROM person WHERE email = $1", [email.trim().to_lowercase().into()]);
    Ok(sql.all(db).await?.into_iter().next())
}

/// Whom the link in a letter was sent to, used up or not: for looking at the password that they choose.
///
/// # Errors
/// Those of the database.
pub async fn owner_of_secret(app: &App, secret: &str) -> Result<Option<person::Model>, DbErr> {
    let sql = "SELECT p.* FROM person p JOIN account_secret s ON s.person_id = p.id WHERE s.secret_hash = $1";
    let sql = Sql::with(sql, [passwords::token_hash(secret).into()]);
    Ok(sql.all(app.db.read()).await?.into_iter().next())
}

/// People by key, in no order. For those who may see the thing these people stand in.
///
/// # Errors
/// Those of the database.
pub async fn people(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<person::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM person WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Active people whose roles grant a permission; for signatories of one institution give it.
///
/// # Errors
/// Those of the database.
pub async fn holders(
    db: &impl ConnectionTrait,
    permission: Permission,
    institution: Option<InstitutionId>,
) -> Result<Vec<PersonId>, DbErr> {
    let roles: Vec<String> = Role::iter().filter(|role| role.grants(permission)).map(|role| role.to_value()).collect();
    let mut sql = Sql::new(
        "SELECT DISTINCT p.id FROM role_grant g JOIN person p ON p.id = g.person_id
         WHERE p.disabled_at IS NULL AND p.email_verified_at IS NOT NULL AND g.role IN (",
    );
    sql.bind_all(roles).push(")");
    if let Some(institution) = institution {
        sql.push(" AND g.institution_id = ").bind(institution.0);
    }
    sql.push(" ORDER BY p.id");
    sql.rows(db).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Active people who hold one role.
///
/// # Errors
/// Those of the database.
pub async fn with_role(db: &impl ConnectionTrait, role: Role) -> Result<Vec<PersonId>, DbErr> {
    let sql = "SELECT DISTINCT p.id FROM role_grant g JOIN person p ON p.id = g.person_id
               WHERE p.disabled_at IS NULL AND p.email_verified_at IS NOT NULL AND g.role = $1 ORDER BY p.id";
    Sql::with(sql, [role.to_value().into()]).rows(db).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// True if the bank would have no administrator without this person. Sure only while administrators are held.
///
/// # Errors
/// Those of the database.
pub async fn is_last_administrator(db: &impl ConnectionTrait, person: PersonId) -> Result<bool, DbErr> {
    Ok(with_role(db, Role::Administrator).await? == [person])
}

/// Institutions by key, in no order; they are public.
///
/// # Errors
/// Those of the database.
pub async fn institutions_by_id(
    db: &impl ConnectionTrait,
    ids: &[InstitutionId],
) -> Result<Vec<institution::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM institution WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// An account as the administrator's list shows it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Account {
    /// E-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// Since when it is closed.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Roles, separated by commas.
    pub roles: Option<String>,
}

/// All accounts by e-mail. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, or those of the database.
pub async fn accounts(app: &App, actor: &Actor) -> Result<Vec<Account>, Error> {
    actor.may(Permission::Administer)?;
    let sql = "SELECT p.email, p.name, p.disabled_at,
                 (SELECT string_agg(g.role, ',') FROM role_grant g WHERE g.person_id = p.id) AS roles
               FROM person p ORDER BY p.email";
    Ok(Sql::new(sql).all(app.db.read()).await?)
}

/// A token as a list shows it; the secret is gone.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Token {
    /// Its number, by which it is revoked.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// Revoked when.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Tokens of an account. For [`Permission::Administer`].
///
/// # Errors
/// Not allowed, no such account, or those of the database.
pub async fn tokens(app: &App, actor: &Actor, email: &str) -> Result<Vec<Token>, Error> {
    actor.may(Permission::Administer)?;
    let person = person_by_email(app.db.read(), email).await?.ok_or_else(|| Error::NoSuchAccount(email.into()))?;
    let sql = "SELECT id, name, created_at, expires_at, revoked_at FROM api_token WHERE person_id = $1 ORDER BY id";
    Ok(Sql::with(sql, [person.id.0.into()]).all(app.db.read()).await?)
}
