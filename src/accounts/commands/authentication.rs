//! Proving a password, and counting the wrong ones.

use crate::accounts::events::AccountEvent;
use crate::accounts::model::person::{self, Column};
use crate::accounts::passwords::{self, Password};
use crate::accounts::throttle::too_many;
use crate::accounts::{Error, queries};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::command::{Command, Work};
use crate::id::PersonId;
use crate::mail::{self, Letter};
use crate::telemetry::{Refusal, refused};
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, Unchanged};

/// Proof that a person gave their e-mail and password just now, or their e-mail and the proof of their provider. Only
/// [`authenticate`] and [`redeem`](super::signing::redeem) make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    person: PersonId,
    name: String,
    provider: Option<String>,
}

impl Authenticated {
    pub(super) fn at_provider(person: PersonId, name: String, provider: String) -> Self {
        Self { person, name, provider: Some(provider) }
    }

    /// Who it was.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Their name as it is printed under what they sign.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider at which they authenticated, by its name in the settings; none if it was by their password.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }
}

/// Checks the caller's own e-mail and password, in the preparation of a command that asks for them; `None` if the e-mail
/// is not theirs, whatever the password: nobody tries those of others here. A wrong password is counted, and too many
/// lock the account for a while: each count is a command of its own, which stays when the other comes to nothing.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong password, [`Error::Locked`] after too many, [`Error::TooManyAttempts`] for too
/// many within a minute, right ones included.
pub async fn authenticate(
    app: &App,
    actor: &Actor,
    email: &str,
    password: Password,
) -> Result<Option<Authenticated>, Error> {
    let caller = actor.signed_in()?;
    let named = queries::person_by_email(app.db.read(), email).await?;
    let Some(own) = named.filter(|person| person.id == caller) else { return Ok(None) };
    let person = prove(app, actor, Some(own), password).await?;
    if person.failed_passwords > 0 {
        app.run(actor, ForgetWrongPasswords { person: person.id }).await?;
    }
    Ok(Some(Authenticated { person: person.id, name: person.name, provider: None }))
}

/// The person of an e-mail, verified or not, if the password is theirs; `known` is `None` of an e-mail that nobody has.
/// Whatever asks for a password asks here, so that all guesses in one person's name are counted together.
/// Failures before are not forgotten yet.
pub(super) async fn prove(
    app: &App,
    actor: &Actor,
    known: Option<person::Model>,
    password: Password,
) -> Result<person::Model, Error> {
    // A stranger who signs in is counted at the door, under the address and the e-mail, whether there is an account or not.
    if let Some(person) = actor.person_id() {
        app.proofs.count(&person.0).map_err(too_many)?;
    }
    let is_disabled = known.as_ref().is_some_and(|person| person.disabled_at.is_some());
    let person = known.filter(|_| !is_disabled);
    let hash = person.as_ref().and_then(|p| p.password_hash.clone());
    let fits = passwords::verify(password, hash, app.config.argon2).await?;
    // Read again: of guesses that ran side by side none is right after the one that locked.
    let now = app.clock.now();
    let person = match person {
        Some(person) => queries::accounts_of(app.db.read(), &[person.id]).await?.pop(),
        None => None,
    };
    let locked = person.as_ref().and_then(|person| locked_for(person, now));
    match (person, locked) {
        (Some(person), Some(minutes)) if actor.person_id() == Some(person.id) => {
            refused(Refusal::LockedAccount);
            Err(Error::Locked { minutes })
        }
        (Some(person), None) if fits => Ok(person),
        (person, _) => {
            let why = match (&person, locked) {
                (Some(_), Some(_)) => Refusal::LockedAccount,
                (Some(_), None) => Refusal::WrongPassword,
                (None, _) if is_disabled => Refusal::DisabledAccount,
                (None, _) => Refusal::UnknownAccount,
            };
            // Nobody's failure goes the same way to the database, so that the time does not tell either.
            let person = person.map_or(PersonId(0), |person| person.id);
            app.run(actor, CountWrongPassword { person }).await?;
            refused(why);
            Err(Error::WrongCredentials)
        }
    }
}

/// Minutes, begun ones included, for which wrong passwords or codes lock an account; `None` if it is open.
pub(super) fn locked_for(person: &person::Model, now: DateTime<Utc>) -> Option<i64> {
    let until = person.locked_until.filter(|until| *until > now)?;
    Some((until - now).num_minutes() + 1)
}

/// After a right password the wrong ones before it no longer count.
#[derive(Clone, Copy, Debug)]
pub struct ForgetWrongPasswords {
    /// Whose.
    pub person: PersonId,
}

impl Command for ForgetWrongPasswords {
    const VERB: Verb = Verb::ForgetWrongPasswords;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        Ok(clear_failures(work, self.person).await?)
    }
}

/// A step: the same, where something else is done as well.
pub(super) async fn clear_failures(work: &Work<'_>, person: PersonId) -> Result<(), DbErr> {
    let none = person::ActiveModel { failed_passwords: Set(0), locked_until: Set(None), ..Default::default() };
    let failed = person::Entity::update_many().set(none).filter(Column::Id.eq(person));
    failed.filter(Column::FailedPasswords.gt(0)).exec(work).await.map(drop)
}

/// Counts a wrong password or code, in the database, so that parallel guesses do not get more attempts than allowed. A
/// locked account counts nothing: guessing on does not prolong the lock.
#[derive(Clone, Copy, Debug)]
pub struct CountWrongPassword {
    /// Whose; nobody's has the key 0.
    pub person: PersonId,
}

impl Command for CountWrongPassword {
    const VERB: Verb = Verb::CountWrongPassword;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, now, lockout) = (self.person, work.now(), work.app.config.lockout);
        let counted = person::Entity::update_many()
            .col_expr(Column::FailedPasswords, Column::FailedPasswords.into_expr().add(1))
            .filter(Column::Id.eq(person))
            .filter(Column::LockedUntil.is_null().or(Column::LockedUntil.lte(now)));
        let Some(counted) = counted.exec_with_returning(work).await?.pop() else { return Ok(()) };
        let failed = counted.failed_passwords;
        let locks = failed >= lockout.attempts;
        if locks {
            let until = now + Duration::minutes(lockout.minutes);
            let locked = person::ActiveModel {
                id: Unchanged(person),
                locked_until: Set(Some(until)),
                failed_passwords: Set(0),
                ..Default::default()
            };
            person::Entity::update(locked).exec_without_returning(work).await?;
            mail::post(work, [person], person, &Letter::AccountLocked { minutes: lockout.minutes }).await?;
        }
        let event = AccountEvent::PasswordWrong { failed_passwords: failed, locked: locks };
        Ok(audit::record(work, person, &event).await?)
    }
}
