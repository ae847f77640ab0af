//! Opening accounts on the bank's side.

use super::registration::{NewPerson, insert};
use super::roles::check_grants;
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{person, role_grant};
use crate::accounts::passwords::{self, Password};
use crate::accounts::{Error, email, membership, queries};
use crate::actor::{Actor, Grant, Verb};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::characters::{has_forbidden, one_line};
use crate::command::{Command, Prepare, Work};
use crate::db::unless_there;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, DbErr, EntityTrait, Set, TryInsertResult};
use serde_json::json;

/// An account to open; its password is hashed before.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// E-mail; kept in lower case.
    pub email: String,
    /// Name as printed under agreements.
    pub name: String,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person works.
    pub institution: Option<InstitutionId>,
    /// A password, if the person is to sign.
    pub password: Option<Password>,
    /// Roles.
    pub grants: Vec<Grant>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl Prepare for NewAccount {
    type Command = OpenAccount;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_email(&self.email)?;
        checked_name(&self.name)?;
        check_grants(&self.grants)
    }

    async fn prepare(mut self, app: &App, _: &Actor) -> Result<OpenAccount, Error> {
        let password_hash = match self.password.take() {
            Some(password) => Some(passwords::hash(password, app.config.argon2).await?),
            None => None,
        };
        Ok(OpenAccount { account: self, password_hash })
    }
}

/// Opens an account with its roles.
///
/// Refused: a malformed e-mail, name or password, an e-mail that is taken, or a role with the wrong institution.
#[derive(Clone)]
pub struct OpenAccount {
    /// The account, without its password.
    pub account: NewAccount,
    /// What is kept of the password.
    pub password_hash: Option<String>,
}

impl Command for OpenAccount {
    const VERB: Verb = Verb::OpenAccount;
    type Output = PersonId;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        let new = &self.account;
        let (email, name) = (checked_email(&new.email)?, checked_name(&new.name)?);
        let row = NewPerson {
            email: &email,
            name: &name,
            lang: new.lang,
            institution: new.institution,
            password_hash: self.password_hash.as_deref(),
            verified: true,
            made_up: new.made_up,
        };
        let id = insert(work, row).await?.ok_or(Error::EmailTaken(email))?;
        for given in &new.grants {
            grant(work, id, *given).await?;
        }
        enrol(work, id, new.institution, &new.grants).await?;
        let roles: Vec<_> = new.grants.iter().map(|given| given.role.to_value()).collect();
        let after = json!({ "exists": true, "roles": roles });
        let changes = Changes::between(&json!({ "exists": false, "roles": [] }), &after);
        audit::record(work, id, &AccountEvent::Opened { changes }).await?;
        Ok(id)
    }
}

/// A step: gives a role; false if the person has it already.
pub(crate) async fn grant(work: &Work<'_>, person: PersonId, grant: Grant) -> Result<bool, DbErr> {
    let row = role_grant::ActiveModel {
        person_id: Set(person),
        role: Set(grant.role),
        institution_id: Set(grant.institution),
        ..Default::default()
    };
    let given = role_grant::Entity::insert(row).on_conflict(unless_there()).try_insert();
    Ok(matches!(given.exec_without_returning(work).await?, TryInsertResult::Inserted(1)))
}

/// A step: makes a person a member where the bank says that they work and sign.
pub(super) async fn enrol(
    work: &Work<'_>,
    person: PersonId,
    institution: Option<InstitutionId>,
    grants: &[Grant],
) -> Result<(), DbErr> {
    let places: Vec<_> = institution.into_iter().chain(grants.iter().filter_map(|given| given.institution)).collect();
    membership::steps::enrol(work, person, &places).await
}

/// The name, on one line.
pub(super) fn checked_name(text: &str) -> Result<String, Error> {
    let (typed, name) = (text.trim(), one_line(text));
    let is_one_line = !typed.contains(char::is_control) && !has_forbidden(typed);
    if is_one_line && (1..=200).contains(&name.chars().count()) { Ok(name) } else { Err(Error::BadName) }
}

/// The e-mail as it is kept.
pub(super) fn checked_email(text: &str) -> Result<String, Error> {
    email::normal(text).ok_or_else(|| Error::BadEmail(text.into()))
}

/// The account with this e-mail.
pub(super) async fn known(work: &Work<'_>, email: &str) -> Result<person::Model, Error> {
    queries::person_by_email(work, email).await?.ok_or_else(|| Error::NoSuchAccount(email.into()))
}
