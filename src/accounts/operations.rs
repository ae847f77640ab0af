//! Verbs on accounts: open, close, give and revoke tokens, prove a password.

use super::model::person;
use super::passwords::{self, Password};
use super::{Error, membership, queries};
use crate::actor::{Actor, Grant, Permission, Role};
use crate::app::App;
use crate::db::{Sql, Write};
use crate::id::{InstitutionId, PersonId, TokenId};
use crate::language::Lang;
use crate::{audit, subject};
use chrono::{DateTime, Duration, Utc};
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
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        return Err(Error::BadName);
    }
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
    let sql = "INSERT INTO person (email, name, locale, institution_id, password_hash, created_at, made_up)
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let values = [
        email.into(),
        new.name.trim().into(),
        new.lang.tag().into(),
        new.institution.map(|i| i.0).into(),
        password_hash.into(),
        now.into(),
        new.made_up.into(),
    ];
    let id = PersonId(Sql::with(sql, values).number(&*tx).await?);
    for g in &new.grants {
        grant(&tx, id, *g).await?;
    }
    let places = new.institution.into_iter().chain(new.grants.iter().filter_map(|g| g.institution));
    membership::steps::enrol(&tx, id, places, now).await?;
    let roles: Vec<_> = new.grants.iter().map(|g| g.role.to_value()).collect();
    audit::record(&tx, now, actor, "account.open", subject!(PersonId, id), json!({ "roles": roles })).await?;
    tx.commit().await?;
    Ok(id)
}

async fn grant(tx: &Write, person: PersonId, grant: Grant) -> Result<(), Error> {
    let sql = "INSERT INTO role_grant (person_id, role, institution_id) VALUES ($1, $2, $3)";
    let values = [person.0.into(), grant.role.to_value().into(), grant.institution.map(|i| i.0).into()];
    Sql::with(sql, values).run(&**tx).await?;
    Ok(())
}

fn checked_email(text: &str) -> Result<String, Error> {
    let email = text.trim().to_lowercase();
    match email.parse::<lettre::Address>() {
        Ok(_) if email.len() <= 254 => Ok(email),
        _ => Err(Error::BadEmail(text.into())),
    }
}

/// Closes an account: its tokens stop working at once, its history stays.
///
/// # Errors
/// Not allowed, or no such account.
pub async fn disable(app: &App, actor: &Actor, email: &str) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = known(&tx, email).await?;
    let sql = "UPDATE person SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1";
    Sql::with(sql, [person.id.0.into(), now.into()]).run(&*tx).await?;
    audit::record(&tx, now, actor, "account.disable", subject!(PersonId, person.id), json!({})).await?;
    tx.commit().await?;
    Ok(())
}

async fn known(tx: &Write, email: &str) -> Result<person::Model, Error> {
    queries::person_by_email(&**tx, email).await?.ok_or_else(|| Error::NoSuchAccount(email.into()))
}

/// A token as it leaves the bank, once.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// Its number, by which it is revoked.
    pub id: TokenId,
    /// The secret.
    pub secret: String,
}

/// Gives an account a token. `secret` is for a demonstration with documented tokens; otherwise it is random.
///
/// # Errors
/// Not allowed, no such account, an empty or overlong name.
pub async fn issue_token(
    app: &App,
    actor: &Actor,
    email: &str,
    name: &str,
    expires_at: Option<DateTime<Utc>>,
    secret: Option<String>,
) -> Result<IssuedToken, Error> {
    actor.may(Permission::Administer)?;
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(Error::BadName);
    }
    let secret = secret.unwrap_or_else(passwords::new_token);
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = known(&tx, email).await?;
    let sql = "INSERT INTO api_token (person_id, name, token_hash, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let values =
        [person.id.0.into(), name.trim().into(), passwords::token_hash(&secret).into(), now.into(), expires_at.into()];
    let id = TokenId(Sql::with(sql, values).number(&*tx).await?);
    let detail = json!({ "person": person.id.0, "expires_at": expires_at });
    audit::record(&tx, now, actor, "token.issue", subject!(TokenId, id), detail).await?;
    tx.commit().await?;
    Ok(IssuedToken { id, secret })
}

/// Revokes a token: the next call with it is refused.
///
/// # Errors
/// Not allowed, or no such token.
pub async fn revoke_token(app: &App, actor: &Actor, id: TokenId) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let sql = "UPDATE api_token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
    if Sql::with(sql, [id.0.into(), now.into()]).run(&*tx).await? == 0 {
        return Err(Error::NoSuchToken(id.0));
    }
    audit::record(&tx, now, actor, "token.revoke", subject!(TokenId, id), json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Proof that a person gave their e-mail and password just now. Only [`authenticate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    person: PersonId,
    name: String,
}

impl Authenticated {
    /// Who it was.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Their name as it is printed under what they sign.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Checks e-mail and password. A wrong one is counted, and too many lock the account for a while.
///
/// # Errors
/// [`Error::WrongCredentials`] whatever was wrong, or [`Error::Locked`].
pub async fn authenticate(app: &App, actor: &Actor, email: &str, password: Password) -> Result<Authenticated, Error> {
    let person = queries::person_by_email(app.db.read(), email).await?.filter(|p| p.disabled_at.is_none());
    let hash = person.as_ref().and_then(|p| p.password_hash.clone());
    let fits = passwords::verify(password, hash, app.config.argon2).await?;
    let person = person.ok_or(Error::WrongCredentials)?;
    let now = app.clock.now();
    if let Some(until) = person.locked_until.filter(|until| *until > now) {
        return Err(Error::Locked { minutes: (until - now).num_minutes() + 1 });
    }
    if !fits {
        count_wrong_password(app, actor, person.id).await?;
        return Err(Error::WrongCredentials);
    }
    if person.failed_passwords > 0 {
        let tx = app.db.begin().await?;
        let sql = "UPDATE person SET failed_passwords = 0, locked_until = NULL WHERE id = $1";
        Sql::with(sql, [person.id.0.into()]).run(&*tx).await?;
        tx.commit().await?;
    }
    Ok(Authenticated { person: person.id, name: person.name })
}

/// Counts in the database, so that parallel guesses do not get more attempts than allowed.
async fn count_wrong_password(app: &App, actor: &Actor, person: PersonId) -> Result<(), Error> {
    let now = app.clock.now();
    let lockout = app.config.lockout;
    let tx = app.db.begin().await?;
    let sql = "UPDATE person SET failed_passwords = failed_passwords + 1 WHERE id = $1 RETURNING failed_passwords";
    let row = Sql::with(sql, [person.0.into()]).one(&*tx).await?;
    let failed: i32 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0);
    let locks = failed >= lockout.attempts;
    if locks {
        let until = now + Duration::minutes(lockout.minutes);
        let sql = "UPDATE person SET locked_until = $2, failed_passwords = 0 WHERE id = $1";
        Sql::with(sql, [person.0.into(), until.into()]).run(&*tx).await?;
    }
    let detail = json!({ "failed_passwords": failed, "locked": locks });
    audit::record(&tx, now, actor, "account.wrong_password", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(())
}
