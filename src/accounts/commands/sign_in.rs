//! Signing in by password.

use super::authentication::{clear_failures, prove};
use super::codes::{CodeOutcome, UsableCode, count_wrong, look_at};
use super::sessions::{self, Entry, Opened};
use crate::accounts::model::person;
use crate::accounts::model::session::How;
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, queries};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Prepare, Work};
use crate::error::{DomainError, Kind};
use crate::id::PersonId;
use crate::telemetry::{self, Refusal, SignInMethod, SignInOutcome, refused};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

/// What somebody gives to come in.
///
/// Refused by [`Error::WrongCredentials`]: a wrong password, an unknown, locked, disabled or unverified account alike;
/// [`Error::SecondFactorRequired`] and [`Error::WrongCode`] are only for who knows the password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: Password,
    /// Six digits of the authenticator, or a recovery code; only asked of those who have a second factor.
    pub code: Option<Password>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

impl Prepare for Credentials {
    type Command = SignIn;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<SignIn, Error> {
        let known = queries::person_by_email(app.db.read(), &self.email).await?;
        let person = match prove(app, actor, known, self.password.clone()).await {
            // Somebody signed in already who tries again learns of the lock by letter, as everybody does.
            Err(Error::Locked { .. }) => return Err(Error::WrongCredentials),
            proved => proved?,
        };
        if person.email_verified_at.is_none() {
            // Only an account of an earlier release has a password before its e-mail is proved.
            refused(Refusal::UnverifiedEmail);
            return Err(Error::WrongCredentials);
        }
        let cost = app.config.argon2;
        let old = person.password_hash.unwrap_or_default();
        let rehashed = if passwords::is_of_cost(&old, cost) {
            None
        } else {
            Some(Rehashed { old, new: passwords::rehash(self.password, cost).await? })
        };
        let code = match look_at(app, person.id, self.code.as_ref()).await? {
            CodeOutcome::NotEnrolled => None,
            CodeOutcome::Fits(code) => Some(code),
            CodeOutcome::Missing => return Err(Error::SecondFactorRequired),
            CodeOutcome::Wrong => return Err(count_wrong(app, actor, person.id).await?),
        };
        Ok(SignIn { person: person.id, code, rehashed, user_agent: self.user_agent })
    }
}

/// A password that was hashed at another cost, hashed anew.
#[derive(Clone)]
pub struct Rehashed {
    /// The hash until now.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// Opens a session for whoever proved their password. A session by which the caller asks ends.
///
/// Refused: a code that was used meanwhile.
#[derive(Clone)]
pub struct SignIn {
    /// Who proved their password.
    pub person: PersonId,
    /// Their code, if they have a second factor.
    pub code: Option<UsableCode>,
    /// Their password at the cost of now, if it was hashed at another.
    pub rehashed: Option<Rehashed>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

impl Command for SignIn {
    const VERB: Verb = Verb::SignIn;
    type Output = Opened;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Opened, Error> {
        if let Some(code) = &self.code {
            code.use_up(work).await?;
        }
        clear_failures(work, self.person).await?;
        if let Some(Rehashed { old, new }) = &self.rehashed {
            let rehashed = person::ActiveModel { password_hash: Set(Some(new.clone())), ..Default::default() };
            let rehashed = person::Entity::update_many().set(rehashed).filter(person::Column::Id.eq(self.person));
            rehashed.filter(person::Column::PasswordHash.eq(old.as_str())).exec(work).await?;
        }
        if let (Some(before), Some(session)) = (work.actor.person_id(), work.actor.session()) {
            sessions::end_one(work, before, session).await?;
        }
        let entry = Entry {
            person: self.person,
            how: How::Password,
            second_factor: self.code.is_some(),
            user_agent: self.user_agent.as_deref(),
        };
        Ok(sessions::open(work, entry).await?)
    }

    fn ended(_: &Actor, answer: &Result<Opened, Error>) {
        let outcome = match answer {
            Ok(_) => SignInOutcome::SignedIn,
            Err(Error::SecondFactorRequired) => SignInOutcome::SecondFactorAsked,
            Err(error) => failure(error),
        };
        telemetry::sign_in(SignInMethod::Password, outcome);
    }
}

/// How an attempt ended that was not let in.
pub(super) fn failure(error: &dyn DomainError) -> SignInOutcome {
    match error.describe().kind {
        Kind::Busy | Kind::Unknown | Kind::Internal => SignInOutcome::Failed,
        _ => SignInOutcome::Refused,
    }
}
