//! The second factor: enrolled by its owner, presented at sign-in.

use super::administration::checked_reason;
use super::codes::{UsableCode, must_fit};
use super::notice;
use super::password::prove_own;
use super::sessions;
use crate::accounts::Error;
use crate::accounts::events::AccountEvent;
use crate::accounts::events::SessionEvent;
use crate::accounts::model::second_factor::Column;
use crate::accounts::model::{recovery_code, second_factor, session};
use crate::accounts::passwords::{self, Password};
use crate::accounts::totp::{self, Code};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::db::model::Secret;
use crate::id::{PersonId, SessionId};
use crate::mail::AccountChange;
use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, TryInsertResult, Unchanged};

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

/// Proof for setting up a second factor.
#[derive(Clone, Debug)]
pub struct EnrolmentProof {
    /// The caller's password.
    pub password: Password,
}

impl Prepare for EnrolmentProof {
    type Command = EnrolSecondFactor;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<EnrolSecondFactor, Error> {
        let own = prove_own(app, actor, self.password).await?;
        let secret = totp::new_secret();
        let address = totp::address(&secret, &own.email).ok_or(Error::WrongCode)?;
        Ok(EnrolSecondFactor { enrolment: Enrolment { secret, address } })
    }
}

/// Begins a second factor for the caller; it counts once a code confirms it. Beginning again replaces what was not
/// confirmed.
///
/// Refused: a wrong password, or a second factor that is there.
#[derive(Clone, Debug)]
pub struct EnrolSecondFactor {
    /// What the authenticator is given.
    pub enrolment: Enrolment,
}

impl Command for EnrolSecondFactor {
    const VERB: Verb = Verb::EnrolSecondFactor;
    type Output = Enrolment;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Enrolment, Error> {
        let person = work.person()?;
        let row = second_factor::ActiveModel {
            person_id: Set(person),
            secret: Set(Secret(self.enrolment.secret.clone())),
            ..Default::default()
        };
        let begun_anew = OnConflict::column(Column::PersonId)
            .update_column(Column::Secret)
            .action_and_where(Expr::col((second_factor::Entity, Column::ConfirmedAt)).is_null())
            .to_owned();
        let begun = second_factor::Entity::insert(row).on_conflict(begun_anew).try_insert();
        if !matches!(begun.exec_without_returning(work).await?, TryInsertResult::Inserted(1)) {
            return Err(Error::SecondFactorExists);
        }
        audit::record(work, person, &AccountEvent::SecondFactorEnrolled { changes: moved("none", "begun") }).await?;
        Ok(self.enrolment.clone())
    }
}

/// Confirms the caller's second factor by its first code. Their session has it from now on; the recovery codes are told
/// once.
///
/// Refused: a wrong code, also when nothing waits for one.
#[derive(Clone, Debug)]
pub struct ConfirmSecondFactor {
    /// Six digits of the authenticator.
    pub code: Password,
}

/// What comes of confirming a second factor.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// Recovery codes, shown once.
    pub recovery_codes: Vec<String>,
    /// What the cookie of the session carries from now on.
    pub session_secret: Password,
}

impl Command for ConfirmSecondFactor {
    const VERB: Verb = Verb::ConfirmSecondFactor;
    type Output = Confirmed;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Confirmed, Error> {
        let (person, session) = work.actor.person_in_session()?;
        let begun = second_factor::Entity::find_by_id(person).filter(Column::ConfirmedAt.is_null()).one(work).await?;
        let begun = begun.ok_or(Error::WrongCode)?;
        let now = work.now();
        let step = match totp::read(&self.code.0) {
            Code::Authenticator(digits) => totp::step_of(&begun.secret.0, &digits, now),
            Code::Recovery(_) => None,
        };
        let step = step.ok_or(Error::WrongCode)?;
        let confirmed =
            second_factor::ActiveModel { confirmed_at: Set(Some(now)), last_step: Set(step), ..Default::default() };
        let confirmed = second_factor::Entity::update_many().set(confirmed).filter(Column::PersonId.eq(person));
        if confirmed.filter(Column::ConfirmedAt.is_null()).exec(work).await?.rows_affected == 0 {
            return Err(Error::WrongCode);
        }
        let recovery_codes = replace_recovery_codes(work, person).await?;
        let session_secret = lift(work, session).await?;
        let changes = moved("begun", "confirmed");
        audit::record(work, person, &AccountEvent::SecondFactorConfirmed { changes }).await?;
        notice::notify(work, person, AccountChange::SecondFactorOn).await?;
        Ok(Confirmed { recovery_codes, session_secret })
    }
}

/// A code, for a session that began without one.
#[derive(Clone, Debug)]
pub struct SecondFactorProof {
    /// Six digits of the authenticator, or a recovery code.
    pub code: Password,
}

impl Prepare for SecondFactorProof {
    type Command = ProveSecondFactor;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<ProveSecondFactor, Error> {
        Ok(ProveSecondFactor { code: must_fit(app, actor, &self.code).await? })
    }
}

/// Proves the second factor in a session that began without it, as one by an identity provider does. Gives what the cookie
/// of the session carries from now on.
///
/// Refused: a wrong code.
#[derive(Clone, Debug)]
pub struct ProveSecondFactor {
    /// The code.
    pub code: UsableCode,
}

impl Command for ProveSecondFactor {
    const VERB: Verb = Verb::ProveSecondFactor;
    type Output = Password;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Password, Error> {
        let (_, session) = work.actor.person_in_session()?;
        self.code.use_up(work).await?;
        let secret = lift(work, session).await?;
        let changes = Changes::of("second_factor", false, true);
        audit::record(work, session, &SessionEvent::SecondFactorProved { changes }).await?;
        Ok(secret)
    }
}

/// Proof for removing the second factor.
#[derive(Clone, Debug)]
pub struct SecondFactorRemoval {
    /// The caller's password.
    pub password: Password,
    /// Six digits of the authenticator, or a recovery code.
    pub code: Password,
}

impl Prepare for SecondFactorRemoval {
    type Command = RemoveSecondFactor;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<RemoveSecondFactor, Error> {
        prove_own(app, actor, self.password).await?;
        Ok(RemoveSecondFactor { code: must_fit(app, actor, &self.code).await? })
    }
}

/// Removes the caller's second factor; all their sessions are without one then.
///
/// Refused: a wrong password or code.
#[derive(Clone, Debug)]
pub struct RemoveSecondFactor {
    /// The code.
    pub code: UsableCode,
}

impl Command for RemoveSecondFactor {
    const VERB: Verb = Verb::RemoveSecondFactor;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let person = work.person()?;
        self.code.use_up(work).await?;
        delete_second_factor(work, person).await?;
        let changes = moved("confirmed", "none");
        audit::record(work, person, &AccountEvent::SecondFactorRemoved { changes }).await?;
        Ok(notice::notify(work, person, AccountChange::SecondFactorOff).await?)
    }
}

/// Proof for new recovery codes.
#[derive(Clone, Debug)]
pub struct CodesRenewal {
    /// The caller's password.
    pub password: Password,
    /// Six digits of the authenticator, or a recovery code.
    pub code: Password,
}

impl Prepare for CodesRenewal {
    type Command = RegenerateRecoveryCodes;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<RegenerateRecoveryCodes, Error> {
        prove_own(app, actor, self.password).await?;
        Ok(RegenerateRecoveryCodes { code: must_fit(app, actor, &self.code).await? })
    }
}

/// Gives the caller new recovery codes; the old ones end.
///
/// Refused: a wrong password or code.
#[derive(Clone, Debug)]
pub struct RegenerateRecoveryCodes {
    /// The code.
    pub code: UsableCode,
}

impl Command for RegenerateRecoveryCodes {
    const VERB: Verb = Verb::RegenerateRecoveryCodes;
    type Output = Vec<String>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Vec<String>, Error> {
        let person = work.person()?;
        self.code.use_up(work).await?;
        let codes = replace_recovery_codes(work, person).await?;
        let changes = Changes::of("recovery_codes", "the old ones", "new ones");
        audit::record(work, person, &AccountEvent::RecoveryCodesRegenerated { changes }).await?;
        notice::notify(work, person, AccountChange::RecoveryCodes).await?;
        Ok(codes)
    }
}

/// Removes the second factor of somebody who lost authenticator and recovery codes; their sessions end.
///
/// Refused: an empty or overlong reason, no such person, or no second factor.
#[derive(Clone, Debug)]
pub struct ResetSecondFactor {
    /// Whose.
    pub person: PersonId,
    /// Why.
    pub reason: String,
}

impl Command for ResetSecondFactor {
    const VERB: Verb = Verb::ResetSecondFactor;
    type Output = ();
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_reason(&self.reason).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, reason) = (self.person, checked_reason(&self.reason)?);
        if delete_second_factor(work, person).await? == 0 {
            return Err(Error::NoSuchPerson);
        }
        sessions::end_all(work, person, None).await?;
        let event = AccountEvent::SecondFactorReset { reason, changes: moved("confirmed", "none") };
        audit::record(work, person, &event).await?;
        Ok(notice::notify(work, person, AccountChange::SecondFactorReset).await?)
    }
}

/// What an event says of a second factor that came or went.
fn moved(before: &str, after: &str) -> Changes {
    Changes::of("second_factor", before, after)
}

/// A step: the session has its second factor from now on, under a new secret: whoever knew the one before does not gain
/// what it withheld (OWASP ASVS 5.0.0, 7.2.4).
async fn lift(work: &Work<'_>, session: SessionId) -> Result<Password, DbErr> {
    let secret = passwords::new_secret();
    let lifted = session::ActiveModel {
        id: Unchanged(session),
        token_hash: Set(passwords::token_hash(&secret)),
        second_factor: Set(true),
        ..Default::default()
    };
    session::Entity::update(lifted).exec_without_returning(work).await?;
    Ok(Password(secret))
}

async fn delete_second_factor(work: &Work<'_>, person: PersonId) -> Result<u64, DbErr> {
    let without = session::ActiveModel { second_factor: Set(false), ..Default::default() };
    session::Entity::update_many().set(without).filter(session::Column::PersonId.eq(person)).exec(work).await?;
    Ok(second_factor::Entity::delete_by_id(person).exec(work).await?.rows_affected)
}

async fn replace_recovery_codes(work: &Work<'_>, person: PersonId) -> Result<Vec<String>, DbErr> {
    let old = recovery_code::Entity::delete_many().filter(recovery_code::Column::PersonId.eq(person));
    old.exec(work).await?;
    let codes = totp::recovery_codes();
    let rows = codes.iter().map(|code| recovery_code::ActiveModel {
        person_id: Set(person),
        code_hash: Set(passwords::token_hash(&code.replace('-', ""))),
        ..Default::default()
    });
    recovery_code::Entity::insert_many(rows).exec_without_returning(work).await?;
    Ok(codes.into())
}
