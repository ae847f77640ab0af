//! Opening accounts on the bank's side.

use crate::accounts::model::person;
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, membership, queries};
use crate::actor::{Actor, Grant, Permission, Role};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::or_taken;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use crate::{audit, subject};
use sea_orm::ActiveEnum;
use serde_json::json;

/// An account to open.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// E-mail; kept in lower case.
    pub email: String,
    /// Name as printed under agreements.
    pub name: String,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person works.
    pub institution: Option<InstitutionId>,
    /// A password, if the person is to sign.
    pub password: Option<Password>,
    /// Roles.
    pub grants: Vec<Grant>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

/// Opens an account with its roles.
///
/// # Errors
/// Not allowed, a malformed e-mail, name or password, an e-mail that is taken, a role with the wrong institution.
pub async fn open(app: &App, actor: &Actor, new: NewAccount) -> Result<PersonId, Error> {
    actor.may(Permission::Administer)?;
    let email = checked_email(&new.email)?;
    checked_name(&new.name)?;
    if new.grants.iter().any(|g| (g.role == Role::Signatory) != g.institution.is_some()) {
        return Err(Error::GrantInstitution);
    }
    let password_hash = match new.password.clone() {
        Some(password) => Some(passwords::hash(password, app.config.argon2).await?),
        None => None,
    };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if queries::person_by_email(&*tx, &email).await?.is_some() {
        return Err(Error::EmailTaken(email));
    }
    let sql = "INSERT INTO person (email, name, locale, institution_id, password_hash, created_at, email_verified_at, made_up)
               VALUES ($1, $2, $3, $4, $5, $6, $6, $7) RETURNING id";
    let values = [
        email.clone().into(),
        new.name.trim().into(),
        new.lang.tag().into(),
        new.institution.map(|i| i.0).into(),
        password_hash.into(),
        now.into(),
        new.made_up.into(),
    ];
    let id = Sql::with(sql, values).number(&*tx).await;
    let id = PersonId(id.map_err(|error| or_taken(error, || Error::EmailTaken(email)))?);
    for g in &new.grants {
        grant(&tx, id, *g).await?;
    }
    let places = new.institution.into_iter().chain(new.grants.iter().filter_map(|g| g.institution)).collect();
    membership::steps::enrol(&tx, id, places, now).await?;
    let roles: Vec<_> = new.grants.iter().map(|g| g.role.to_value()).collect();
    let detail = audit::changes(&json!({ "exists": false, "roles": [] }), &json!({ "exists": true, "roles": roles }));
    audit::record(&tx, now, actor, "account.open", subject!(PersonId, id), detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// A step: gives a role; false if the person has it already.
pub(super) async fn grant(tx: &Transaction, person: PersonId, grant: Grant) -> Result<bool, Error> {
    let sql = "INSERT INTO role_grant (person_id, role, institution_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let values = [person.0.into(), grant.role.to_value().into(), grant.institution.map(|i| i.0).into()];
    Ok(Sql::with(sql, values).run(&**tx).await? > 0)
}

/// The name, trimmed.
pub(super) fn checked_name(text: &str) -> Result<String, Error> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 200 { Err(Error::BadName) } else { Ok(name.into()) }
}

/// The e-mail as it is kept: in lower case.
pub(super) fn checked_email(text: &str) -> Result<String, Error> {
    let email = text.trim().to_lowercase();
    match email.parse::<lettre::Address>() {
        Ok(_) if email.len() <= 254 => Ok(email),
        _ => Err(Error::BadEmail(text.into())),
    }
}

pub(super) async fn known(tx: &Transaction, email: &str) -> Result<person::Model, Error> {
    queries::person_by_email(&**tx, email).await?.ok_or_else(|| Error::NoSuchAccount(email.into()))
}
