//! Choosing another password.

use super::authentication::authenticate;
use super::letters::{Purpose, redeem, send};
use super::notice;
use super::opening::checked_email;
use super::registration::{evenly, mark_verified};
use super::sessions;
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, queries};
use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::PersonId;
use crate::mail::AccountChange;
use crate::telemetry::{Refusal, refused};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::{Map, json};

/// Sends a link to whoever has an open account with this e-mail; to anybody else nothing. Always the same answer.
///
/// # Errors
/// A malformed e-mail, or those of the database.
pub async fn request_password_reset(app: &App, actor: &Actor, email: &str) -> Result<(), Error> {
    let email = checked_email(email)?;
    evenly(async {
        let person = queries::person_by_email(app.db.read(), &email).await?;
        let Some(person) = person.filter(|person| person.disabled_at.is_none()) else { return Ok(()) };
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if send(&tx, now, person.id, Purpose::ResetPassword, Map::new()).await? {
            let subject = subject!(PersonId, person.id);
            audit::record(&tx, now, actor, "account.request_password_reset", subject, json!({})).await?;
            tx.commit().await?;
        }
        Ok(())
    })
    .await
}

/// Follows the link of a letter with a new password. Sessions and tokens end: who resets may have lost control of the
/// account, and what an intruder left there must not outlive it. The second factor stays.
///
/// # Errors
/// [`Error::LinkInvalid`], a weak password, or those of the database.
pub async fn reset_password(app: &App, actor: &Actor, secret: &str, password: Password) -> Result<PersonId, Error> {
    follow(app, actor, secret, password, Purpose::ResetPassword, "account.reset_password").await
}

/// The way of every link that ends in a new password.
pub(super) async fn follow(
    app: &App,
    actor: &Actor,
    secret: &str,
    password: Password,
    purpose: Purpose,
    action: &'static str,
) -> Result<PersonId, Error> {
    let Some(owner) = queries::owner_of_secret(app, secret).await? else {
        refused(Refusal::WrongLink);
        return Err(Error::LinkInvalid);
    };
    passwords::check(&password, &[&owner.email, &owner.name])?;
    let hash = passwords::hash(password, app.config.argon2).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = redeem(&tx, now, secret, purpose).await?.ok_or(Error::LinkInvalid)?;
    let had = queries::people(&*tx, &[person]).await?.pop().is_some_and(|person| person.password_hash.is_some());
    set_password(&tx, person, hash).await?;
    mark_verified(&tx, now, person).await?;
    let ended = sessions::end_all(&tx, now, person, None).await?;
    let sql = "UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL";
    let revoked = Sql::with(sql, [person.0.into(), now.into()]).run(&*tx).await?;
    let before = json!({ "password": if had { "the old one" } else { "none" } });
    let detail = json!({ "sessions": ended, "tokens": revoked });
    let detail = audit::with_changes(detail, &before, &json!({ "password": "a new one" }));
    audit::record(&tx, now, actor, action, subject!(PersonId, person), detail).await?;
    // An invitation is accepted by a first password: nothing changed for its owner.
    if purpose == Purpose::ResetPassword {
        notice::notify(&tx, now, person, AccountChange::Password, json!({})).await?;
    }
    tx.commit().await?;
    Ok(person)
}

async fn set_password(tx: &Transaction, person: PersonId, hash: String) -> Result<(), DbErr> {
    let sql = "UPDATE person SET password_hash = $2, failed_passwords = 0, locked_until = NULL WHERE id = $1";
    Sql::with(sql, [person.0.into(), hash.into()]).run(&**tx).await.map(drop)
}

/// Changes the caller's password. Their other sessions end; tokens stay.
///
/// # Errors
/// No session, a wrong current password, a weak new one, or those of the database.
pub async fn change_password(app: &App, actor: &Actor, current: Password, new: Password) -> Result<(), Error> {
    let (person, session) = actor.person_in_session()?;
    let own = prove_own(app, actor, current).await?;
    passwords::check(&new, &[&own.email, &own.name])?;
    let hash = passwords::hash(new, app.config.argon2).await?;
    let now: DateTime<Utc> = app.clock.now();
    let tx = app.db.begin().await?;
    set_password(&tx, person, hash).await?;
    let ended = sessions::end_all(&tx, now, person, Some(session)).await?;
    let (before, after) = (json!({ "password": "the old one" }), json!({ "password": "a new one" }));
    let detail = audit::with_changes(json!({ "sessions": ended }), &before, &after);
    audit::record(&tx, now, actor, "account.change_password", subject!(PersonId, person), detail).await?;
    notice::notify(&tx, now, person, AccountChange::Password, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks the caller's own password again.
pub(super) async fn prove_own(
    app: &App,
    actor: &Actor,
    password: Password,
) -> Result<crate::accounts::model::person::Model, Error> {
    let (person, _) = actor.person_in_session()?;
    let own = queries::people(app.db.read(), &[person]).await?.pop().ok_or(Error::WrongCredentials)?;
    authenticate(app, actor, &own.email, password).await?;
    Ok(own)
}
