//! The second factor: enrolled by its owner, presented at sign-in.

use super::administration::checked_reason;
use super::codes::{UsableCode, must_fit};
use super::notice;
use super::password::prove_own;
use super::sessions;
use crate::accounts::Error;
use crate::accounts::events::AccountEvent;
use crate::accounts::events::SessionEvent;
use crate::accounts::passwords::{self, Password};
use crate::accounts::totp::{self, Code};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::db::Sql;
use crate::id::{PersonId, SessionId};
use crate::mail::AccountChange;
use chrono::NaiveDate;
use sea_orm::DbErr;

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
        let sql = "INSERT INTO second_factor (person_id, secret) VALUES ($1, $2)
                   ON CONFLICT (person_id) DO UPDATE SET secret = $2 WHERE second_factor.confirmed_at IS NULL";
        if Sql::with(sql, [person.0.into(), self.enrolment.secret.as_str().into()]).run(work).await? == 0 {
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

impl Command for ConfirmSecondFactor {
    const VERB: Verb = Verb::ConfirmSecondFactor;
    type Output = Vec<String>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Vec<String>, Error> {
        let (person, session) = work.actor.person_in_session()?;
        let sql = "SELECT secret FROM second_factor WHERE person_id = $1 AND confirmed_at IS NULL";
        let row = Sql::with(sql, [person.0.into()]).one(work).await?.ok_or(Error::WrongCode)?;
        let now = work.now();
        let step = match totp::read(&self.code.0) {
            Code::Authenticator(digits) => totp::step_of(&row.try_get_by_index::<String>(0)?, &digits, now),
            Code::Recovery(_) => None,
        };
        let step = step.ok_or(Error::WrongCode)?;
        let sql =
            "UPDATE second_factor SET confirmed_at = $2, last_step = $3 WHERE person_id = $1 AND confirmed_at IS NULL";
        if Sql::with(sql, [person.0.into(), now.into(), step.into()]).run(work).await? == 0 {
            return Err(Error::WrongCode);
        }
        let codes = replace_recovery_codes(work, person).await?;
        lift(work, session).await?;
        let changes = moved("begun", "confirmed");
        audit::record(work, person, &AccountEvent::SecondFactorConfirmed { changes }).await?;
        notice::notify(work, person, AccountChange::SecondFactorOn).await?;
        Ok(codes)
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

/// Proves the second factor in a session that began without it, as one by an identity provider does.
///
/// Refused: a wrong code.
#[derive(Clone, Debug)]
pub struct ProveSecondFactor {
    /// The code.
    pub code: UsableCode,
}

impl Command for ProveSecondFactor {
    const VERB: Verb = Verb::ProveSecondFactor;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (_, session) = work.actor.person_in_session()?;
        self.code.use_up(work).await?;
        lift(work, session).await?;
        let changes = Changes::of("second_factor", false, true);
        Ok(audit::record(work, session, &SessionEvent::SecondFactorProved { changes }).await?)
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

async fn lift(work: &Work<'_>, session: SessionId) -> Result<(), DbErr> {
    let sql = "UPDATE session SET second_factor = TRUE WHERE id = $1";
    Sql::with(sql, [session.0.into()]).run(work).await.map(drop)
}

async fn delete_second_factor(work: &Work<'_>, person: PersonId) -> Result<u64, DbErr> {
    let sql = "UPDATE session SET second_factor = FALSE WHERE person_id = $1";
    Sql::with(sql, [person.0.into()]).run(work).await?;
    Sql::with("DELETE FROM second_factor WHERE person_id = $1", [person.0.into()]).run(work).await
}

async fn replace_recovery_codes(work: &Work<'_>, person: PersonId) -> Result<Vec<String>, DbErr> {
    Sql::with("DELETE FROM recovery_code WHERE person_id = $1", [person.0.into()]).run(work).await?;
    let codes = totp::recovery_codes();
    for code in &codes {
        let hash = passwords::token_hash(&code.replace('-', ""));
        let sql = "INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)";
        Sql::with(sql, [person.0.into(), hash.into()]).run(work).await?;
    }
    Ok(codes.into())
}
