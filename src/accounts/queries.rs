//! Reads of people and institutions.

mod access;
mod administration;
mod own;

pub use access::{actor_by_session, actor_by_token, lacks_second_factor};
pub use administration::{
    AccountFilter, ListedAccount, PersonGrant, account, count_accounts, export_accounts, grants_of, list_accounts,
};
pub use own::{OwnSession, OwnToken, SecondFactorState, own_sessions, own_tokens, second_factor};

use super::model::{account_secret, api_token, institution, person, role_grant};
use super::orcid::Orcid;
use super::views::{InstitutionView, PersonView};
use super::{Error, email, passwords};
use crate::actor::{Actor, Permission, Role};
use crate::app::App;
use crate::db::has_any;
use crate::id::{InstitutionId, PersonId};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, Iterable, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use std::collections::HashMap;

/// The person with this e-mail, however it is typed, disabled or not.
///
/// # Errors
/// Those of the database.
pub async fn person_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<person::Model>, DbErr> {
    // Addresses that were kept before there was one form for them are found as they are typed.
    let spellings: Vec<String> = email::normal(email).into_iter().chain([email.trim().to_lowercase()]).collect();
    let known = person::Entity::find().filter(person::Column::Email.is_in(spellings));
    known.order_by_asc(person::Column::Id).one(db).await
}

/// Whom the link in a letter was sent to, used up or not: for looking at the password that they choose.
///
/// # Errors
/// Those of the database.
pub async fn owner_of_secret(app: &App, secret: &str) -> Result<Option<person::Model>, DbErr> {
    let sent = account_secret::Column::SecretHash.eq(passwords::token_hash(secret));
    person::Entity::find().inner_join(account_secret::Entity).filter(sent).one(app.db.read()).await
}

/// People by key, in no order. For those who may see the thing these people stand in.
///
/// # Errors
/// Those of the database.
pub async fn people(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<PersonView>, DbErr> {
    Ok(accounts_of(db, ids).await?.into_iter().map(PersonView::from).collect())
}

/// The same with what only accounts are concerned with.
pub(super) async fn accounts_of(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<person::Model>, DbErr> {
    person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied())).all(db).await
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
    let roles = Role::iter().filter(|role| role.grants(permission));
    let theirs = active_with(roles)
        .apply_if(institution, |people, institution| people.filter(role_grant::Column::InstitutionId.eq(institution)));
    theirs.into_tuple().all(db).await
}

/// Keys of active people who hold one of some roles.
fn active_with(roles: impl Iterator<Item = Role>) -> Select<person::Entity> {
    let people = person::Entity::find().inner_join(role_grant::Entity).filter(role_grant::Column::Role.is_in(roles));
    let active =
        people.filter(person::Column::DisabledAt.is_null()).filter(person::Column::EmailVerifiedAt.is_not_null());
    active.order_by_asc(person::Column::Id).select_only().column(person::Column::Id).distinct()
}

/// Active people who hold one role.
///
/// # Errors
/// Those of the database.
pub async fn with_role(db: &impl ConnectionTrait, role: Role) -> Result<Vec<PersonId>, DbErr> {
    active_with(std::iter::once(role)).into_tuple().all(db).await
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
) -> Result<Vec<InstitutionView>, DbErr> {
    let rows = institution::Entity::find().filter(institution::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(InstitutionView::from).collect())
}

/// An account as the administrator's list shows it.
#[derive(Clone, Debug)]
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
    let db = app.db.read();
    let people = person::Entity::find().order_by_asc(person::Column::Email).all(db).await?;
    let grants = role_grant::Entity::find().order_by_asc(role_grant::Column::Id).all(db).await?;
    let mut roles: HashMap<PersonId, Vec<String>> = HashMap::new();
    for grant in grants {
        roles.entry(grant.person_id).or_default().push(grant.role.to_value());
    }
    let account = |person: person::Model| {
        let person::Model { id, email, name, disabled_at, .. } = person;
        Account { email, name, disabled_at, roles: roles.remove(&id).map(|roles| roles.join(",")) }
    };
    Ok(people.into_iter().map(account).collect())
}

/// A token as a list shows it; the secret is gone.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "api_token::Entity")]
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
    let tokens = api_token::Entity::find().filter(api_token::Column::PersonId.eq(person.id));
    Ok(tokens.order_by_asc(api_token::Column::Id).into_partial_model().all(app.db.read()).await?)
}

/// Whether somebody else's account has this ORCID iD.
///
/// # Errors
/// Those of the database.
pub(super) async fn is_orcid_of_another(
    db: &impl ConnectionTrait,
    orcid: &Orcid,
    person: PersonId,
) -> Result<bool, DbErr> {
    use person::{Column, Entity};
    has_any(db, Entity::find().filter(Column::Orcid.eq(orcid.as_str())).filter(Column::Id.ne(person))).await
}
