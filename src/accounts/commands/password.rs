//! Choosing another password.

use super::authentication::authenticate;
use super::letters::{Purpose, redeem, send};
use super::notice;
use super::opening::checked_email;
use super::registration::{EVEN_TIME, mark_verified};
use super::sessions;
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{api_token, person};
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, queries};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::id::PersonId;
use crate::mail::AccountChange;
use crate::telemetry::{Refusal, refused};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, Unchanged};
use std::time::Duration;

/// Whose password to reset.
#[derive(Clone, Debug)]
pub struct ForgottenPassword {
    /// E-mail.
    pub email: String,
}

impl Prepare for ForgottenPassword {
    type Command = RequestPasswordReset;
    const LEAST_TIME: Duration = EVEN_TIME;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_email(&self.email).map(drop)
    }

    async fn prepare(self, app: &App, _: &Actor) -> Result<RequestPasswordReset, Error> {
        let person = queries::person_by_email(app.db.read(), &self.email).await?;
        let person = person.filter(|person| person.disabled_at.is_none());
        Ok(RequestPasswordReset { person: person.map(|person| person.id) })
    }
}

/// Sends a link to whoever has an open account with the e-mail; to anybody else nothing. Always the same answer.
///
/// Refused: a malformed e-mail.
#[derive(Clone, Copy, Debug)]
pub struct RequestPasswordReset {
    /// Whose; none if nobody has an open account with the e-mail.
    pub person: Option<PersonId>,
}

impl Command for RequestPasswordReset {
    const VERB: Verb = Verb::RequestPasswordReset;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let Some(person) = self.person else { return Ok(()) };
        if send(work, person, Purpose::ResetPassword).await? {
            audit::record(work, person, &AccountEvent::PasswordResetRequested {}).await?;
        }
        Ok(())
    }
}

/// A new password by the link of a letter.
#[derive(Clone)]
pub struct PasswordReset {
    /// What the link carries.
    pub secret: String,
    /// The new password.
    pub password: Password,
}

impl Prepare for PasswordReset {
    type Command = ResetPassword;

    async fn prepare(self, app: &App, _: &Actor) -> Result<ResetPassword, Error> {
        let password_hash = chosen(app, &self.secret, self.password).await?;
        Ok(ResetPassword { secret: self.secret, password_hash })
    }
}

/// Follows the link of a letter with a new password. Sessions and tokens end: who resets may have lost control of the
/// account, and what an intruder left there must not outlive it. The second factor stays.
///
/// Refused: a link that was used, expired or never existed, or a weak password.
#[derive(Clone)]
pub struct ResetPassword {
    /// What the link carries.
    pub secret: String,
    /// What is kept of the new password.
    pub password_hash: String,
}

impl Command for ResetPassword {
    const VERB: Verb = Verb::ResetPassword;
    type Output = PersonId;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        let person = redeem(work, &self.secret, Purpose::ResetPassword).await?.ok_or(Error::LinkInvalid)?;
        let (sessions, tokens, changes) = replace_password(work, person, &self.password_hash).await?;
        audit::record(work, person, &AccountEvent::PasswordReset { sessions, tokens, changes }).await?;
        notice::notify(work, person, AccountChange::Password).await?;
        Ok(person)
    }
}

/// A first password by the link of an invitation.
#[derive(Clone)]
pub struct Acceptance {
    /// What the link carries.
    pub secret: String,
    /// The first password.
    pub password: Password,
}

impl Prepare for Acceptance {
    type Command = AcceptInvitation;

    async fn prepare(self, app: &App, _: &Actor) -> Result<AcceptInvitation, Error> {
        let password_hash = chosen(app, &self.secret, self.password).await?;
        Ok(AcceptInvitation { secret: self.secret, password_hash })
    }
}

/// Accepts an invitation by the link of its letter and a first password. Then the person can sign in. Nothing changed
/// for them, so that no letter tells of it.
///
/// Refused: a link that was used, expired or never existed, or a weak password.
#[derive(Clone)]
pub struct AcceptInvitation {
    /// What the link carries.
    pub secret: String,
    /// What is kept of the first password.
    pub password_hash: String,
}

impl Command for AcceptInvitation {
    const VERB: Verb = Verb::AcceptInvitation;
    type Output = PersonId;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        let person = redeem(work, &self.secret, Purpose::Invitation).await?.ok_or(Error::LinkInvalid)?;
        let (sessions, tokens, changes) = replace_password(work, person, &self.password_hash).await?;
        audit::record(work, person, &AccountEvent::InvitationAccepted { sessions, tokens, changes }).await?;
        Ok(person)
    }
}

/// What is kept of a password that somebody chose by the link of a letter.
pub(super) async fn chosen(app: &App, secret: &str, password: Password) -> Result<String, Error> {
    let Some(owner) = queries::owner_of_secret(app, secret).await? else {
        refused(Refusal::WrongLink);
        return Err(Error::LinkInvalid);
    };
    passwords::check(&password, &[&owner.email, &owner.name])?;
    passwords::hash(password, app.config.argon2).await
}

/// A step: the way of every link that ends in a new password. Returns how many sessions and tokens ended, and what
/// changed.
async fn replace_password(
    work: &Work<'_>,
    person: PersonId,
    password_hash: &str,
) -> Result<(u64, u64, Changes), Error> {
    let had = queries::accounts_of(work, &[person]).await?.pop().is_some_and(|person| person.password_hash.is_some());
    set_password(work, person, password_hash).await?;
    mark_verified(work, person).await?;
    let ended = sessions::end_all(work, person, None).await?;
    let revoked = api_token::Entity::update_many()
        .set(api_token::ActiveModel { revoked_at: Set(Some(work.now())), ..Default::default() })
        .filter(api_token::Column::PersonId.eq(person))
        .filter(api_token::Column::RevokedAt.is_null());
    let revoked = revoked.exec(work).await?.rows_affected;
    let before = if had { "the old one" } else { "none" };
    Ok((ended, revoked, Changes::of("password", before, "a new one")))
}

/// A step: a password, and with it no lock any more.
pub(super) async fn set_password(work: &Work<'_>, person: PersonId, hash: &str) -> Result<(), DbErr> {
    let renewed = person::ActiveModel {
        id: Unchanged(person),
        password_hash: Set(Some(hash.into())),
        failed_passwords: Set(0),
        locked_until: Set(None),
        ..Default::default()
    };
    person::Entity::update(renewed).exec_without_returning(work).await.map(drop)
}

/// Both passwords of a change.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The password until now.
    pub current: Password,
    /// The new one.
    pub new: Password,
}

impl Prepare for PasswordChange {
    type Command = ChangePassword;

    async fn prepare(self, app: &App, actor: &Actor) -> Result<ChangePassword, Error> {
        let own = prove_own(app, actor, self.current).await?;
        passwords::check(&self.new, &[&own.email, &own.name])?;
        Ok(ChangePassword { password_hash: passwords::hash(self.new, app.config.argon2).await? })
    }
}

/// Changes the caller's password. Their other sessions end; tokens stay.
///
/// Refused: a wrong current password, or a weak new one.
#[derive(Clone)]
pub struct ChangePassword {
    /// What is kept of the new password.
    pub password_hash: String,
}

impl Command for ChangePassword {
    const VERB: Verb = Verb::ChangePassword;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, session) = work.actor.person_in_session()?;
        set_password(work, person, &self.password_hash).await?;
        let ended = sessions::end_all(work, person, Some(session)).await?;
        let changes = Changes::of("password", "the old one", "a new one");
        audit::record(work, person, &AccountEvent::PasswordChanged { sessions: ended, changes }).await?;
        Ok(notice::notify(work, person, AccountChange::Password).await?)
    }
}

/// Asks the caller's own password again, in the preparation of what needs it.
pub(super) async fn prove_own(app: &App, actor: &Actor, password: Password) -> Result<person::Model, Error> {
    let person = actor.signed_in()?;
    let own = queries::accounts_of(app.db.read(), &[person]).await?.pop().ok_or(Error::WrongCredentials)?;
    authenticate(app, actor, &own.email, password).await?;
    Ok(own)
}
