//! Registering oneself, and showing that the e-mail is one's own.
//!
//! Whatever is said about an e-mail here is the same whether it has an account or not: the owner is told by letter. The
//! time does not tell either: the same hashing, and an answer not before [`EVEN_TIME`].

use super::letters::{self, Purpose, redeem, send, was_written_to};
use super::opening::{checked_email, checked_name, grant};
use crate::accounts::model::person;
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, institutions, membership, queries};
use crate::actor::{Actor, Grant, Role};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::is_unique_violation;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use crate::mail::{self, Letter};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::{Map, json};
use std::time::Duration;

/// How long an answer takes at least that must not tell by its time what was done. A letter's rows take a few
/// milliseconds.
const EVEN_TIME: Duration = Duration::from_millis(100);

/// Does something and answers no sooner than [`EVEN_TIME`] after.
pub(super) async fn evenly<T>(doing: impl Future<Output = T>) -> T {
    let (done, ()) = tokio::join!(doing, tokio::time::sleep(EVEN_TIME));
    done
}

/// Who registers.
#[derive(Clone, Debug)]
pub struct Registration {
    /// E-mail.
    pub email: String,
    /// Name as printed under agreements.
    pub name: String,
    /// Password.
    pub password: Password,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person says they work.
    pub institution: Option<InstitutionId>,
}

/// Registers a person, who may do nothing until they follow the link in the letter. An e-mail that has an account
/// already gets another letter, and nothing changes; one that registered and never followed its link begins anew.
///
/// # Errors
/// A malformed e-mail or name, a weak password, an unknown institution: all of them also for an e-mail that is known.
pub async fn register(app: &App, actor: &Actor, new: Registration) -> Result<(), Error> {
    let (email, name) = (checked_email(&new.email)?, checked_name(&new.name)?);
    passwords::check(&new.password, &[&email, &name])?;
    if let Some(id) = new.institution {
        let found = queries::institutions_by_id(app.db.read(), &[id]).await?;
        found.first().ok_or(Error::NoSuchInstitution)?;
    }
    evenly(async {
        let hash = passwords::hash(new.password.clone(), app.config.argon2).await?;
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        match queries::person_by_email(&*tx, &email).await? {
            Some(person) if person.disabled_at.is_some() => return Ok(()),
            Some(person) if person.email_verified_at.is_some() => {
                if was_written_to(&tx, now, person.id, Letter::EmailAlreadyRegistered).await? {
                    return Ok(());
                }
                let (letter, subject) = (Letter::EmailAlreadyRegistered, subject!(PersonId, person.id));
                mail::post(&tx, now, [person.id], letter, subject, json!({})).await?;
            }
            Some(person) => {
                if !send(&tx, now, person.id, Purpose::VerifyEmail, Map::new()).await? {
                    return Ok(());
                }
                let sql =
                    "UPDATE person SET name = $2, locale = $3, institution_id = $4, password_hash = $5 WHERE id = $1";
                let institution = new.institution.map(|id| id.0);
                let values = [person.id.0.into(), name.into(), new.lang.tag().into(), institution.into(), hash.into()];
                Sql::with(sql, values).run(&*tx).await?;
                let (subject, detail) = (subject!(PersonId, person.id), json!({ "again": true }));
                audit::record(&tx, now, actor, "account.register", subject, detail).await?;
            }
            None => {
                let id = match insert(&tx, now, &email, &name, new.lang, new.institution, Some(hash)).await {
                    // Somebody was faster with this e-mail, and has the letter.
                    Err(error) if is_unique_violation(&error) => return Ok(()),
                    inserted => inserted?,
                };
                send(&tx, now, id, Purpose::VerifyEmail, Map::new()).await?;
                let detail = audit::changes(&json!({ "exists": false }), &json!({ "exists": true }));
                audit::record(&tx, now, actor, "account.register", subject!(PersonId, id), detail).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// A step: a person whose e-mail is not verified and who has no role.
pub(super) async fn insert(
    tx: &Transaction,
    now: DateTime<Utc>,
    email: &str,
    name: &str,
    lang: Lang,
    institution: Option<InstitutionId>,
    password_hash: Option<String>,
) -> Result<PersonId, DbErr> {
    let sql = "INSERT INTO person (email, name, locale, institution_id, password_hash, created_at, made_up)
               VALUES ($1, $2, $3, $4, $5, $6, FALSE) RETURNING id";
    let values = [
        email.into(),
        name.into(),
        lang.tag().into(),
        institution.map(|id| id.0).into(),
        password_hash.into(),
        now.into(),
    ];
    Ok(PersonId(Sql::with(sql, values).number(&**tx).await?))
}

/// A step: the e-mail is the person's. Whoever has no role yet is a researcher from now on.
pub(super) async fn mark_verified(tx: &Transaction, now: DateTime<Utc>, person: PersonId) -> Result<(), Error> {
    let sql = "UPDATE person SET email_verified_at = $2 WHERE id = $1 AND email_verified_at IS NULL";
    if Sql::with(sql, [person.0.into(), now.into()]).run(&**tx).await? == 0 {
        return Ok(());
    }
    let roles = "SELECT count(*) FROM role_grant WHERE person_id = $1";
    if Sql::with(roles, [person.0.into()]).number(&**tx).await? == 0 {
        grant(tx, person, Grant { role: Role::Researcher, institution: None }).await?;
        join_chosen(tx, now, person).await?;
    }
    Ok(())
}

/// The institution chosen at registration was only a wish: now the e-mail speaks for the person there, or the
/// institution is asked.
async fn join_chosen(tx: &Transaction, now: DateTime<Utc>, person: PersonId) -> Result<(), Error> {
    let Some(chosen) = queries::people(&**tx, &[person]).await?.pop().and_then(|person| person.institution_id) else {
        return Ok(());
    };
    membership::steps::work_at(tx, person, None).await?;
    let actor = Actor::person(person, None, vec![], Lang::En);
    match membership::operations::seek(tx, &actor, person, chosen, now).await {
        Err(institutions::Error::Db(error)) => Err(error.into()),
        // One that was closed meanwhile is not joined; the person chooses again.
        _ => Ok(()),
    }
}

/// Follows the link of a letter: the account can be signed in to from now on.
///
/// # Errors
/// [`Error::LinkInvalid`], or those of the database.
pub async fn verify_email(app: &App, actor: &Actor, secret: &str) -> Result<(), Error> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = redeem(&tx, now, secret, Purpose::VerifyEmail).await?.ok_or(Error::LinkInvalid)?;
    mark_verified(&tx, now, person).await?;
    audit::record(
        &tx,
        now,
        actor,
        "account.verify_email",
        subject!(PersonId, person),
        audit::changes(&json!({ "email_verified": false }), &json!({ "email_verified": true })),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Sends the link again to whoever registered and did not follow it; to anybody else nothing.
///
/// # Errors
/// A malformed e-mail, or those of the database.
pub async fn resend_verification(app: &App, email: &str) -> Result<(), Error> {
    let email = checked_email(email)?;
    evenly(async {
        match queries::person_by_email(app.db.read(), &email).await? {
            Some(person) => remind(app, &person).await,
            None => Ok(()),
        }
    })
    .await
}

/// Sends the link again if the person still needs it.
pub(super) async fn remind(app: &App, person: &person::Model) -> Result<(), Error> {
    if person.disabled_at.is_some() || person.email_verified_at.is_some() || person.password_hash.is_none() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    if letters::send(&tx, app.clock.now(), person.id, Purpose::VerifyEmail, Map::new()).await? {
        tx.commit().await?;
    }
    Ok(())
}
