//! The second factor: enrolled by its owner, presented at sign-in.

use super::administration::checked_reason;
use super::authentication::count_failure;
use super::notice;
use super::password::prove_own;
use super::sessions;
use crate::accounts::Error;
use crate::accounts::passwords::{self, Password};
use crate::accounts::totp::{self, Code};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{PersonId, SessionId};
use crate::mail::AccountChange;
use crate::telemetry::{Refusal, refused};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::json;

/// What came of presenting a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactorOutcome {
    /// The person has none.
    NotEnrolled,
    /// The person has one and gave no code.
    Missing,
    /// No code of now, or one that was used before.
    Wrong,
    /// It fits, and will not fit again.
    Accepted,
}

/// A step: takes a code of the authenticator or a recovery code, each once.
pub(super) async fn present(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    code: Option<&Password>,
) -> Result<FactorOutcome, DbErr> {
    let sql = "SELECT secret FROM second_factor WHERE person_id = $1 AND confirmed_at IS NOT NULL";
    let Some(row) = Sql::with(sql, [person.0.into()]).one(&**tx).await? else { return Ok(FactorOutcome::NotEnrolled) };
    let secret: String = row.try_get_by_index(0)?;
    let Some(code) = code else { return Ok(FactorOutcome::Missing) };
    let used = match totp::read(&code.0) {
        Code::Authenticator(digits) => match totp::step_of(&secret, &digits, now) {
            Some(step) => use_step(tx, person, step).await?,
            None => 0,
        },
        Code::Recovery(code) => {
            let sql = "UPDATE recovery_code SET used_at = $3
                       WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL";
            let values = [person.0.into(), passwords::token_hash(&code).into(), now.into()];
            Sql::with(sql, values).run(&**tx).await?
        }
    };
    Ok(if used == 1 { FactorOutcome::Accepted } else { FactorOutcome::Wrong })
}

/// A step: marks a step of the authenticator as used; 0 if it was used before, or a newer one was.
async fn use_step(tx: &Transaction, person: PersonId, step: i64) -> Result<u64, DbErr> {
    let sql = "UPDATE second_factor SET last_step = $2 WHERE person_id = $1 AND last_step < $2";
    Sql::with(sql, [person.0.into(), step.into()]).run(&**tx).await
}

/// What an authenticator is given, once.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret in base 32, for typing.
    pub secret: String,
    /// `otpauth://...`, for a picture.
    pub address: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(..)")
    }
}

/// Begins a second factor for the caller; it counts once a code confirms it. Beginning again replaces what was not
/// confirmed.
///
/// # Errors
/// No session, a wrong password, [`Error::SecondFactorExists`], or those of the database.
pub async fn enrol_second_factor(app: &App, actor: &Actor, password: Password) -> Result<Enrolment, Error> {
    let own = prove_own(app, actor, password).await?;
    let secret = totp::new_secret();
    let address = totp::address(&secret, &own.email).ok_or(Error::WrongCode)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let sql = "INSERT INTO second_factor (person_id, secret) VALUES ($1, $2)
               ON CONFLICT (person_id) DO UPDATE SET secret = $2 WHERE second_factor.confirmed_at IS NULL";
    if Sql::with(sql, [own.id.0.into(), secret.clone().into()]).run(&*tx).await? == 0 {
        return Err(Error::SecondFactorExists);
    }
    audit::record(
        &tx,
        now,
        actor,
        "second_factor.enrol",
        subject!(PersonId, own.id),
        audit::changes(&json!({ "second_factor": "none" }), &json!({ "second_factor": "begun" })),
    )
    .await?;
    tx.commit().await?;
    Ok(Enrolment { secret, address })
}

/// Confirms the caller's second factor by its first code. Their session has it from now on; the recovery codes are told
/// once.
///
/// # Errors
/// No session, [`Error::WrongCode`] also when nothing waits for it, or those of the database.
pub async fn confirm_second_factor(app: &App, actor: &Actor, code: &Password) -> Result<Vec<String>, Error> {
    let (person, session) = actor.person_in_session()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let sql = "SELECT secret FROM second_factor WHERE person_id = $1 AND confirmed_at IS NULL";
    let row = Sql::with(sql, [person.0.into()]).one(&*tx).await?.ok_or(Error::WrongCode)?;
    let step = match totp::read(&code.0) {
        Code::Authenticator(digits) => totp::step_of(&row.try_get_by_index::<String>(0)?, &digits, now),
        Code::Recovery(_) => None,
    };
    let step = step.ok_or(Error::WrongCode)?;
    let sql =
        "UPDATE second_factor SET confirmed_at = $2, last_step = $3 WHERE person_id = $1 AND confirmed_at IS NULL";
    if Sql::with(sql, [person.0.into(), now.into(), step.into()]).run(&*tx).await? == 0 {
        return Err(Error::WrongCode);
    }
    let codes = replace_recovery_codes(&tx, person).await?;
    lift(&tx, session).await?;
    audit::record(
        &tx,
        now,
        actor,
        "second_factor.confirm",
        subject!(PersonId, person),
        audit::changes(&json!({ "second_factor": "begun" }), &json!({ "second_factor": "confirmed" })),
    )
    .await?;
    notice::notify(&tx, now, person, AccountChange::SecondFactorOn, json!({})).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Proves the second factor in a session that began without it, as one by an identity provider does.
///
/// # Errors
/// No session, [`Error::WrongCode`], or those of the database.
pub async fn prove_second_factor(app: &App, actor: &Actor, code: &Password) -> Result<(), Error> {
    let (person, session) = actor.person_in_session()?;
    let now = app.clock.now();
    let tx = must_be_accepted(app, actor, person, code).await?;
    lift(&tx, session).await?;
    audit::record(
        &tx,
        now,
        actor,
        "second_factor.prove",
        subject!(SessionId, session),
        audit::changes(&json!({ "second_factor": false }), &json!({ "second_factor": true })),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the caller's second factor; all their sessions are without one then.
///
/// # Errors
/// No session, a wrong password or code, or those of the database.
pub async fn remove_second_factor(app: &App, actor: &Actor, password: Password, code: &Password) -> Result<(), Error> {
    let own = prove_own(app, actor, password).await?;
    let now = app.clock.now();
    let tx = must_be_accepted(app, actor, own.id, code).await?;
    delete_second_factor(&tx, own.id).await?;
    audit::record(
        &tx,
        now,
        actor,
        "second_factor.remove",
        subject!(PersonId, own.id),
        audit::changes(&json!({ "second_factor": "confirmed" }), &json!({ "second_factor": "none" })),
    )
    .await?;
    notice::notify(&tx, now, own.id, AccountChange::SecondFactorOff, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives the caller new recovery codes; the old ones end.
///
/// # Errors
/// No session, a wrong password or code, or those of the database.
pub async fn regenerate_recovery_codes(
    app: &App,
    actor: &Actor,
    password: Password,
    code: &Password,
) -> Result<Vec<String>, Error> {
    let own = prove_own(app, actor, password).await?;
    let now = app.clock.now();
    let tx = must_be_accepted(app, actor, own.id, code).await?;
    let codes = replace_recovery_codes(&tx, own.id).await?;
    let detail = audit::changes(&json!({ "recovery_codes": "the old ones" }), &json!({ "recovery_codes": "new ones" }));
    audit::record(&tx, now, actor, "second_factor.new_codes", subject!(PersonId, own.id), detail).await?;
    notice::notify(&tx, now, own.id, AccountChange::RecoveryCodes, json!({})).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Removes the second factor of somebody who lost authenticator and recovery codes; their sessions end.
///
/// # Errors
/// Not allowed, no such person or no second factor, or those of the database.
pub async fn reset_second_factor(app: &App, actor: &Actor, person: PersonId, reason: &str) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let reason = checked_reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if delete_second_factor(&tx, person).await? == 0 {
        return Err(Error::NoSuchPerson);
    }
    sessions::end_all(&tx, now, person, None).await?;
    let (before, after) = (json!({ "second_factor": "confirmed" }), json!({ "second_factor": "none" }));
    let detail = audit::with_changes(json!({ "reason": reason }), &before, &after);
    audit::record(&tx, now, actor, "second_factor.reset", subject!(PersonId, person), detail).await?;
    notice::notify(&tx, now, person, AccountChange::SecondFactorReset, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// The transaction in which a code was accepted; a wrong one is counted as a wrong password is.
async fn must_be_accepted(app: &App, actor: &Actor, person: PersonId, code: &Password) -> Result<Transaction, Error> {
    let tx = app.db.begin().await?;
    match present(&tx, app.clock.now(), person, Some(code)).await? {
        FactorOutcome::Accepted => Ok(tx),
        FactorOutcome::NotEnrolled => Err(Error::WrongCode),
        FactorOutcome::Wrong | FactorOutcome::Missing => {
            drop(tx);
            count_failure(app, actor, person).await?;
            refused(Refusal::WrongSecondFactor);
            Err(Error::WrongCode)
        }
    }
}

async fn lift(tx: &Transaction, session: SessionId) -> Result<(), DbErr> {
    let sql = "UPDATE session SET second_factor = TRUE WHERE id = $1";
    Sql::with(sql, [session.0.into()]).run(&**tx).await.map(drop)
}

async fn delete_second_factor(tx: &Transaction, person: PersonId) -> Result<u64, DbErr> {
    let sql = "UPDATE session SET second_factor = FALSE WHERE person_id = $1";
    Sql::with(sql, [person.0.into()]).run(&**tx).await?;
    Sql::with("DELETE FROM second_factor WHERE person_id = $1", [person.0.into()]).run(&**tx).await
}

async fn replace_recovery_codes(tx: &Transaction, person: PersonId) -> Result<Vec<String>, DbErr> {
    Sql::with("DELETE FROM recovery_code WHERE person_id = $1", [person.0.into()]).run(&**tx).await?;
    let codes = totp::recovery_codes();
    for code in &codes {
        let hash = passwords::token_hash(&code.replace('-', ""));
        let sql = "INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)";
        Sql::with(sql, [person.0.into(), hash.into()]).run(&**tx).await?;
    }
    Ok(codes.into())
}
