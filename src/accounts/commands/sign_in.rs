//! Signing in by password.

use super::authentication::{count_failure, forget_failures, prove};
use super::registration::remind;
use super::second_factor::{self, FactorOutcome};
use super::sessions::{self, Entry, Opened};
use crate::accounts::Error;
use crate::accounts::model::session::How;
use crate::accounts::passwords::{self, Password};
use crate::actor::Actor;
use crate::app::App;
use crate::db::Sql;
use crate::error::{DomainError, Kind};
use crate::telemetry::{self, Refusal, SignInMethod, SignInOutcome, refused};

/// What somebody gives to come in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: Password,
    /// Six digits of the authenticator, or a recovery code; only asked of those who have a second factor.
    pub code: Option<Password>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// Opens a session for whoever has this e-mail and password, and the second factor if they have one. A session by which
/// the caller asks ends. A password that was hashed at another cost is hashed anew.
///
/// # Errors
/// [`Error::WrongCredentials`] for a wrong password, an unknown, locked, disabled or unverified account alike;
/// [`Error::SecondFactorRequired`] and [`Error::WrongCode`] only to who knows the password.
pub async fn sign_in(app: &App, actor: &Actor, with: SignIn) -> Result<Opened, Error> {
    let answer = let_in(app, actor, with).await;
    telemetry::sign_in(
        SignInMethod::Password,
        match &answer {
            Ok(_) => SignInOutcome::SignedIn,
            Err(Error::SecondFactorRequired) => SignInOutcome::SecondFactorAsked,
            Err(error) => failure(error),
        },
    );
    answer
}

/// How an attempt ended that was not let in.
pub(super) fn failure(error: &dyn DomainError) -> SignInOutcome {
    match error.describe().kind {
        Kind::Busy | Kind::Internal => SignInOutcome::Failed,
        _ => SignInOutcome::Refused,
    }
}

async fn let_in(app: &App, actor: &Actor, with: SignIn) -> Result<Opened, Error> {
    let person = match prove(app, actor, &with.email, with.password.clone()).await {
        // Somebody signed in already who tries again learns of the lock by letter, as everybody does.
        Err(Error::Locked { .. }) => return Err(Error::WrongCredentials),
        proved => proved?,
    };
    if person.email_verified_at.is_none() {
        // To say so would tell whoever just registered somebody else's e-mail that it had no account. The letter helps
        // the one whom it concerns.
        remind(app, &person).await?;
        refused(Refusal::UnverifiedEmail);
        return Err(Error::WrongCredentials);
    }
    let cost = app.config.argon2;
    let old = person.password_hash.clone().unwrap_or_default();
    let rehashed =
        if passwords::is_of_cost(&old, cost) { None } else { Some(passwords::rehash(with.password, cost).await?) };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let second_factor = match second_factor::present(&tx, now, person.id, with.code.as_ref()).await? {
        FactorOutcome::NotEnrolled => false,
        FactorOutcome::Accepted => true,
        FactorOutcome::Missing => return Err(Error::SecondFactorRequired),
        FactorOutcome::Wrong => {
            drop(tx);
            count_failure(app, actor, person.id).await?;
            refused(Refusal::WrongSecondFactor);
            return Err(Error::WrongCode);
        }
    };
    forget_failures(&tx, person.id).await?;
    if let Some(hash) = rehashed {
        let sql = "UPDATE person SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
        Sql::with(sql, [person.id.0.into(), old.into(), hash.into()]).run(&*tx).await?;
    }
    if let (Some(before), Some(session)) = (actor.person_id(), actor.session()) {
        sessions::end_one(&tx, now, before, session).await?;
    }
    let known = Actor::person(person.id, person.institution_id, vec![], actor.lang);
    let entry = Entry { person: person.id, how: How::Password, second_factor, user_agent: with.user_agent.as_deref() };
    let opened = sessions::open(&tx, now, &known, entry).await?;
    tx.commit().await?;
    Ok(opened)
}
