//! Codes of the second factor: looked at before a command, used up in it.

use super::authentication::{CountWrongPassword, locked_for};
use crate::accounts::model::{recovery_code, second_factor};
use crate::accounts::passwords::{self, Password};
use crate::accounts::totp::{self, Code};
use crate::accounts::{Error, queries};
use crate::actor::Actor;
use crate::app::App;
use crate::command::Work;
use crate::db::has_any;
use crate::id::PersonId;
use crate::telemetry::{Refusal, refused};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};
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
    let factor = second_factor::Entity::find_by_id(person).filter(second_factor::Column::ConfirmedAt.is_not_null());
    let Some(factor) = factor.one(db).await? else { return Ok(CodeOutcome::NotEnrolled) };
    let (secret, last_step) = (factor.secret.0, factor.last_step);
    let Some(code) = code else { return Ok(CodeOutcome::Missing) };
    let uses = match totp::read(&code.0) {
        Code::Authenticator(digits) => totp::step_of(&secret, &digits, app.clock.now())
            .filter(|step| *step > last_step)
            .map(|step| Uses::Step { secret, step }),
        Code::Recovery(code) => {
            let hash = passwords::token_hash(&code);
            let unused = recovery_code::Entity::find_by_id((person, hash.clone()));
            let unused = unused.filter(recovery_code::Column::UsedAt.is_null());
            has_any(db, unused).await?.then_some(Uses::Recovery { hash })
        }
    };
    Ok(uses.map_or(CodeOutcome::Wrong, |uses| CodeOutcome::Fits(UsableCode { person, uses })))
}

/// The caller's code, which has to fit. A wrong one is counted as a wrong password is, and while the account is locked
/// for those none is looked at.
pub(super) async fn must_fit(app: &App, actor: &Actor, code: &Password) -> Result<UsableCode, Error> {
    let person = actor.signed_in()?;
    let own = queries::accounts_of(app.db.read(), &[person]).await?.pop();
    if let Some(minutes) = own.as_ref().and_then(|own| locked_for(own, app.clock.now())) {
        refused(Refusal::LockedAccount);
        return Err(Error::Locked { minutes });
    }
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
        let used = match &self.uses {
            Uses::Step { secret, step } => {
                use second_factor::{ActiveModel, Column, Entity};
                let used = Entity::update_many()
                    .set(ActiveModel { last_step: Set(*step), ..Default::default() })
                    .filter(Column::PersonId.eq(self.person))
                    .filter(Column::Secret.eq(secret.as_str()))
                    .filter(Column::ConfirmedAt.is_not_null())
                    .filter(Column::LastStep.lt(*step));
                used.exec(work).await?
            }
            Uses::Recovery { hash } => {
                use recovery_code::{ActiveModel, Column, Entity};
                let used = Entity::update_many()
                    .set(ActiveModel { used_at: Set(Some(work.now())), ..Default::default() })
                    .filter(Column::PersonId.eq(self.person))
                    .filter(Column::CodeHash.eq(hash.as_str()))
                    .filter(Column::UsedAt.is_null());
                used.exec(work).await?
            }
        };
        if used.rows_affected == 1 {
            return Ok(());
        }
        refused(Refusal::WrongSecondFactor);
        Err(Error::WrongCode)
    }
}
