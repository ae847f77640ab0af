//! Registering oneself, and showing that the e-mail is one's own.
//!
//! Whatever is said about an e-mail here is the same whether it has an account or not: the owner is told by letter. The
//! time does not tell either: the answer comes not before [`EVEN_TIME`]. A password is chosen behind the link of the
//! letter: whoever registers an e-mail that is not theirs leaves nothing there by which they could come in.

use super::letters::{Purpose, redeem, send, was_invited, was_written_to};
use super::opening::{checked_email, checked_name, grant};
use super::password::{chosen, set_password};
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{person, role_grant};
use crate::accounts::passwords::Password;
use crate::accounts::{Error, institutions, membership, queries};
use crate::actor::{Actor, Grant, Role, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::command::{Command, Prepare, Work};
use crate::db::{has_any, unless_there};
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use crate::mail::{self, Letter, LetterKind};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, TryInsertResult, Unchanged};
use std::time::Duration;

/// How long an answer takes at least that must not tell by its time what was done. A letter's rows take a few
/// milliseconds.
pub(super) const EVEN_TIME: Duration = Duration::from_millis(100);

/// Who registers.
#[derive(Clone, Debug)]
pub struct Registration {
    /// E-mail.
    pub email: String,
    /// Name as printed under agreements.
    pub name: String,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person says they work.
    pub institution: Option<InstitutionId>,
}

impl Prepare for Registration {
    type Command = RegisterAccount;
    const LEAST_TIME: Duration = EVEN_TIME;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_email(&self.email)?;
        checked_name(&self.name).map(drop)
    }

    async fn prepare(self, app: &App, _: &Actor) -> Result<RegisterAccount, Error> {
        let (email, name) = (checked_email(&self.email)?, checked_name(&self.name)?);
        if let Some(id) = self.institution {
            let found = queries::institutions_by_id(app.db.read(), &[id]).await?;
            found.first().ok_or(Error::NoSuchInstitution)?;
        }
        Ok(RegisterAccount { email, name, lang: self.lang, institution: self.institution })
    }
}

/// Registers a person, who may do nothing until they follow the link in the letter. An e-mail that has an account
/// already, or is invited to one, gets another letter, and nothing changes; one that registered and never followed its
/// link begins anew.
///
/// Refused, also for an e-mail that is known: a malformed e-mail or name, an unknown institution.
#[derive(Clone)]
pub struct RegisterAccount {
    /// E-mail, as it is kept.
    pub email: String,
    /// Name, as it is kept.
    pub name: String,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person says they work.
    pub institution: Option<InstitutionId>,
}

impl Command for RegisterAccount {
    const VERB: Verb = Verb::RegisterAccount;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        match queries::person_by_email(work, &self.email).await? {
            Some(person) if person.disabled_at.is_some() => Ok(()),
            Some(person) if !registered_only(work, &person).await? => {
                let person = person.id;
                if was_written_to(work, person, LetterKind::EmailAlreadyRegistered).await? {
                    return Ok(());
                }
                Ok(mail::post(work, [person], person, &Letter::EmailAlreadyRegistered {}).await?)
            }
            Some(person) => self.again(work, person.id).await,
            None => self.open_account(work).await,
        }
    }
}

impl RegisterAccount {
    async fn again(&self, work: &Work<'_>, person: PersonId) -> Result<(), Error> {
        if !send(work, person, Purpose::VerifyEmail).await? {
            return Ok(());
        }
        let again = person::ActiveModel {
            id: Unchanged(person),
            name: Set(self.name.clone()),
            locale: Set(self.lang.tag().into()),
            institution_id: Set(self.institution),
            ..Default::default()
        };
        person::Entity::update(again).exec_without_returning(work).await?;
        let event = AccountEvent::Registered { again: Some(true), provider: None, changes: None };
        Ok(audit::record(work, person, &event).await?)
    }

    async fn open_account(&self, work: &Work<'_>) -> Result<(), Error> {
        let new = NewPerson {
            email: &self.email,
            name: &self.name,
            lang: self.lang,
            institution: self.institution,
            password_hash: None,
            verified: false,
            made_up: false,
        };
        // Somebody may have been faster with this e-mail, and has the letter.
        let Some(id) = insert(work, new).await? else { return Ok(()) };
        send(work, id, Purpose::VerifyEmail).await?;
        let changes = Some(Changes::of("exists", false, true));
        Ok(audit::record(work, id, &AccountEvent::Registered { again: None, provider: None, changes }).await?)
    }
}

/// A person's row.
#[derive(Clone, Copy)]
pub(super) struct NewPerson<'a> {
    /// E-mail, in lower case.
    pub email: &'a str,
    /// Name.
    pub name: &'a str,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person works.
    pub institution: Option<InstitutionId>,
    /// What is kept of the password.
    pub password_hash: Option<&'a str>,
    /// The e-mail is known to reach them.
    pub verified: bool,
    /// Made up for a demonstration.
    pub made_up: bool,
}

/// A step: a person who has no role yet; none if somebody has the e-mail already.
pub(super) async fn insert(work: &Work<'_>, new: NewPerson<'_>) -> Result<Option<PersonId>, DbErr> {
    let now = work.now();
    let row = person::ActiveModel {
        email: Set(new.email.into()),
        name: Set(new.name.into()),
        locale: Set(new.lang.tag().into()),
        institution_id: Set(new.institution),
        password_hash: Set(new.password_hash.map(str::to_owned)),
        created_at: Set(now),
        email_verified_at: Set(new.verified.then_some(now)),
        made_up: Set(new.made_up),
        ..Default::default()
    };
    let made =
        person::Entity::insert(row).on_conflict(unless_there()).try_insert().exec_without_returning(work).await?;
    if !matches!(made, TryInsertResult::Inserted(1)) {
        return Ok(None);
    }
    Ok(queries::person_by_email(work, new.email).await?.map(|person| person.id))
}

/// A step: the e-mail is the person's. Whoever has no role yet is a researcher from now on.
pub(super) async fn mark_verified(work: &Work<'_>, person: PersonId) -> Result<(), DbErr> {
    let verified = person::Entity::update_many()
        .set(person::ActiveModel { email_verified_at: Set(Some(work.now())), ..Default::default() })
        .filter(person::Column::Id.eq(person))
        .filter(person::Column::EmailVerifiedAt.is_null());
    if verified.exec(work).await?.rows_affected == 0 {
        return Ok(());
    }
    let roles = role_grant::Entity::find().filter(role_grant::Column::PersonId.eq(person));
    if !has_any(work, roles).await? {
        grant(work, person, Grant { role: Role::Researcher, institution: None }).await?;
        join_chosen(work, person).await?;
    }
    Ok(())
}

/// The institution chosen at registration was only a wish: now the e-mail speaks for the person there, or the
/// institution is asked.
async fn join_chosen(work: &Work<'_>, person: PersonId) -> Result<(), DbErr> {
    let Some(chosen) = queries::people(work, &[person]).await?.pop().and_then(|person| person.institution_id) else {
        return Ok(());
    };
    membership::steps::work_at(work, person, None).await?;
    let actor = Actor::person(person, None, vec![], Lang::En);
    match membership::steps::seek(work, &actor, person, chosen).await {
        Err(institutions::Error::Db(error)) => Err(error),
        // One that was closed meanwhile is not joined; the person chooses again.
        _ => Ok(()),
    }
}

/// True of an account that somebody registered and nobody proved to be theirs: no role was given to it yet, which an
/// invitation does.
async fn registered_only(work: &Work<'_>, person: &person::Model) -> Result<bool, DbErr> {
    if person.email_verified_at.is_some() {
        return Ok(false);
    }
    let roles = role_grant::Entity::find().filter(role_grant::Column::PersonId.eq(person.id));
    Ok(!has_any(work, roles).await? && !was_invited(work, person.id).await?)
}

/// A first password, by the link of a letter.
#[derive(Clone, Debug)]
pub struct Verification {
    /// What the link carries.
    pub secret: String,
    /// The first password.
    pub password: Password,
}

impl Prepare for Verification {
    type Command = VerifyEmail;

    async fn prepare(self, app: &App, _: &Actor) -> Result<VerifyEmail, Error> {
        let password_hash = chosen(app, &self.secret, self.password).await?;
        Ok(VerifyEmail { secret: self.secret, password_hash })
    }
}

/// Follows the link of a letter with a first password: the account can be signed in to from now on.
///
/// Refused: a link that was used, expired or never existed, or a weak password.
#[derive(Clone)]
pub struct VerifyEmail {
    /// What the link carries.
    pub secret: String,
    /// What is kept of the password.
    pub password_hash: String,
}

impl Command for VerifyEmail {
    const VERB: Verb = Verb::VerifyEmail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let person = redeem(work, &self.secret, Purpose::VerifyEmail).await?.ok_or(Error::LinkInvalid)?;
        set_password(work, person, &self.password_hash).await?;
        mark_verified(work, person).await?;
        let changes = Changes::of("email_verified", false, true);
        Ok(audit::record(work, person, &AccountEvent::EmailVerified { changes }).await?)
    }
}

/// Whose link to send again.
#[derive(Clone, Debug)]
pub struct UnverifiedEmail {
    /// E-mail.
    pub email: String,
}

impl Prepare for UnverifiedEmail {
    type Command = ResendVerification;
    const LEAST_TIME: Duration = EVEN_TIME;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_email(&self.email).map(drop)
    }

    async fn prepare(self, app: &App, _: &Actor) -> Result<ResendVerification, Error> {
        let person = queries::person_by_email(app.db.read(), &self.email).await?;
        Ok(ResendVerification { person: person.map(|person| person.id) })
    }
}

/// Sends the link again to whoever registered and did not follow it; to anybody else nothing.
#[derive(Clone, Copy, Debug)]
pub struct ResendVerification {
    /// Whose; none if nobody has the e-mail.
    pub person: Option<PersonId>,
}

impl Command for ResendVerification {
    const VERB: Verb = Verb::ResendVerification;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let asked: Vec<_> = self.person.into_iter().collect();
        let Some(person) = queries::accounts_of(work, &asked).await?.pop() else { return Ok(()) };
        if person.disabled_at.is_none() && registered_only(work, &person).await? {
            send(work, person.id, Purpose::VerifyEmail).await?;
        }
        Ok(())
    }
}
