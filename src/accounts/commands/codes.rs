//! Codes of the second factor: looked at before a command, used up in it.

use super::authentication::CountWrongPassword;
use crate::accounts::Error;
use crate::accounts::passwords::{self, Password};
use crate::accounts::totp::{self, Code};
use crate::actor::Actor;
use crate::app::App;
use crate::command::Work;
use crate::db::Sql;
use crate::id::PersonId;
use crate::telemetry::{Refusal, refused};
use sea_orm::DbErr;
use std::fmt;

/// What came of looking at a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CodeOutcome {
    /// The person has no second factor.
    NotEnrolled,
    /// The person has one and gave no code.
    Missing,
    /// No code of now, or one that was used before.
    Wrong,
    /// It fits.
    Fits(UsableCode),
}

/// A code that fits and was not used when it was looked at. It never shows itself in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct UsableCode {
    person: PersonId,
    uses: Uses,
}

/// What a code uses up.
#[derive(Clone, PartialEq, Eq)]
enum Uses {
    /// A step of the authenticator with this secret.
    Step { secret: String, step: i64 },
    /// The recovery code with this hash.
    Recovery { hash: String },
}

impl fmt::Debug for UsableCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UsableCode({}, ..)", self.person)
    }
}

/// Looks at a code of the authenticator or a recovery code, without using it.
pub(super) async fn look_at(app: &App, person: PersonId, code: Option<&Password>) -> Result<CodeOutcome, DbErr> {
    let db = app.db.read();
    let sql = "SELECT secret, last_step FROM second_factor WHERE person_id = $1 AND confirmed_at IS NOT NULL";
    let Some(row) = Sql::with(sql, [person.0.into()]).one(db).await? else { return Ok(CodeOutcome::NotEnrolled) };
    let (secret, last_step): (String, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let Some(code) = code else { return Ok(CodeOutcome::Missing) };
    let uses = match totp::read(&code.0) {
        Code::Authenticator(digits) => totp::step_of(&secret, &digits, app.clock.now())
            .filter(|step| *step > last_step)
            .map(|step| Uses::Step { secret, step }),
        Code::Recovery(code) => {
            let hash = passwords::token_hash(&code);
            let sql = "SELECT count(*) FROM recovery_code WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL";
            let is_there = Sql::with(sql, [person.0.into(), hash.clone().into()]).number(db).await? == 1;
            is_there.then_some(Uses::Recovery { hash })
        }
    };
    Ok(uses.map_or(CodeOutcome::Wrong, |uses| CodeOutcome::Fits(UsableCode { person, uses })))
}

/// The caller's code, which has to fit. A wrong one is counted as a wrong password is.
pub(super) async fn must_fit(app: &App, actor: &Actor, code: &Password) -> Result<UsableCode, Error> {
    let person = actor.signed_in()?;
    match look_at(app, person, Some(code)).await? {
        CodeOutcome::Fits(code) => Ok(code),
        CodeOutcome::NotEnrolled => Err(Error::WrongCode),
        CodeOutcome::Wrong | CodeOutcome::Missing => Err(count_wrong(app, actor, person).await?),
    }
}

/// Counts a wrong code, and gives the refusal.
pub(super) async fn count_wrong(app: &App, actor: &Actor, person: PersonId) -> Result<Error, Error> {
    app.run(actor, CountWrongPassword { person }).await?;
    refused(Refusal::WrongSecondFactor);
    Ok(Error::WrongCode)
}

impl UsableCode {
    /// A step: uses it up. Of two who come with the same code at once the second finds it used.
    pub(super) async fn use_up(&self, work: &Work<'_>) -> Result<(), Error> {
        let sql = match &self.uses {
            Uses::Step { secret, step } => {
                let sql = "UPDATE second_factor SET last_step = $3
                           WHERE person_id = $1 AND secret = $2 AND confirmed_at IS NOT NULL AND last_step < $3";
                Sql::with(sql, [self.person.0.into(), secret.as_str().into(), (*step).into()])
            }
            Uses::Recovery { hash } => {
                let sql = "UPDATE recovery_code SET used_at = $3
                           WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL";
                Sql::with(sql, [self.person.0.into(), hash.as_str().into(), work.now().into()])
            }
        };
        if sql.run(work).await? == 1 {
            return Ok(());
        }
        refused(Refusal::WrongSecondFactor);
        Err(Error::WrongCode)
    }
}
