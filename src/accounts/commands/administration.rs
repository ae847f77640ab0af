//! Managing people: invitations, closing and opening accounts.

use super::letters::{Purpose, send};
use super::opening::{checked_email, checked_name, enrol, grant};
use super::registration::{NewPerson, insert};
use super::roles::{check_grants, check_institutions};
use super::sessions;
use crate::accounts::events::AccountEvent;
use crate::accounts::model::{person, role_grant};
use crate::accounts::{Error, policy, queries};
use crate::actor::{Grant, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::db::model::bank;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set, Unchanged};
use serde_json::json;

/// Characters that a reason has at most.
const REASON: usize = 1000;

/// Invites a person: a letter with a link to choose a password. Inviting somebody again who did not accept yet sends a
/// new letter and replaces name, institution and roles.
///
/// Refused: a malformed e-mail or name, a role with the wrong institution, or an e-mail with an account.
#[derive(Clone, Debug)]
pub struct InviteAccount {
    /// E-mail.
    pub email: String,
    /// Name as printed under agreements.
    pub name: String,
    /// The language of letters.
    pub lang: Lang,
    /// Where the person works.
    pub institution: Option<InstitutionId>,
    /// Roles that they have once they accept.
    pub grants: Vec<Grant>,
}

impl Command for InviteAccount {
    const VERB: Verb = Verb::InviteAccount;
    type Output = PersonId;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_email(&self.email)?;
        checked_name(&self.name)?;
        check_grants(&self.grants)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        check_institutions(work, &self.grants, self.institution).await?;
        let id = self.invited(work).await?;
        for given in &self.grants {
            grant(work, id, *given).await?;
        }
        enrol(work, id, self.institution, &self.grants).await?;
        send(work, id, Purpose::Invitation).await?;
        let roles: Vec<_> = self.grants.iter().map(|given| given.role.to_value()).collect();
        let after = json!({ "exists": true, "roles": roles });
        let changes = Changes::between(&json!({ "exists": false, "roles": [] }), &after);
        audit::record(work, id, &AccountEvent::Invited { changes }).await?;
        Ok(id)
    }
}

impl InviteAccount {
    /// The person's row, with nothing of an invitation before.
    async fn invited(&self, work: &Work<'_>) -> Result<PersonId, Error> {
        let (email, name) = (checked_email(&self.email)?, checked_name(&self.name)?);
        let Some(person) = queries::person_by_email(work, &email).await? else {
            let new = NewPerson {
                email: &email,
                name: &name,
                lang: self.lang,
                institution: self.institution,
                password_hash: None,
                verified: false,
                made_up: false,
            };
            return insert(work, new).await?.ok_or(Error::EmailTaken(email));
        };
        if person.email_verified_at.is_some() || person.disabled_at.is_some() {
            return Err(Error::EmailTaken(email));
        }
        let begun = person::ActiveModel {
            id: Unchanged(person.id),
            name: Set(name),
            locale: Set(self.lang.tag().into()),
            institution_id: Set(self.institution),
            password_hash: Set(None),
            ..Default::default()
        };
        person::Entity::update(begun).exec_without_returning(work).await?;
        role_grant::Entity::delete_many().filter(role_grant::Column::PersonId.eq(person.id)).exec(work).await?;
        Ok(person.id)
    }
}

/// Closes an account: sessions end, tokens stop, history stays.
///
/// Refused: an empty or overlong reason, no such person, oneself, or the last administrator.
#[derive(Clone, Debug)]
pub struct DisableAccount {
    /// Whose.
    pub person: PersonId,
    /// Why.
    pub reason: String,
}

impl Command for DisableAccount {
    const VERB: Verb = Verb::DisableAccount;
    type Output = ();
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_reason(&self.reason).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, reason) = (self.person, checked_reason(&self.reason)?);
        hold_administrators(work).await?;
        let before = access(&existing(work, person).await?);
        let is_last = queries::is_last_administrator(work, person).await?;
        policy::may_disable(work.actor.person_id() == Some(person), is_last)?;
        let closed = person::Entity::update_many()
            .col_expr(person::Column::DisabledAt, person::Column::DisabledAt.if_null(work.now()))
            .filter(person::Column::Id.eq(person));
        closed.exec(work).await?;
        let ended = sessions::end_all(work, person, None).await?;
        let changes = Changes::between(&before, &access(&existing(work, person).await?));
        let event = AccountEvent::Disabled { reason, sessions: ended, changes };
        Ok(audit::record(work, person, &event).await?)
    }
}

/// Opens a closed account again.
///
/// Refused: an empty or overlong reason, or no such person.
#[derive(Clone, Debug)]
pub struct EnableAccount {
    /// Whose.
    pub person: PersonId,
    /// Why.
    pub reason: String,
}

impl Command for EnableAccount {
    const VERB: Verb = Verb::EnableAccount;
    type Output = ();
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_reason(&self.reason).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, reason) = (self.person, checked_reason(&self.reason)?);
        let before = access(&existing(work, person).await?);
        let open = person::ActiveModel {
            id: Unchanged(person),
            disabled_at: Set(None),
            failed_passwords: Set(0),
            locked_until: Set(None),
            ..Default::default()
        };
        person::Entity::update(open).exec_without_returning(work).await?;
        let after = access(&existing(work, person).await?);
        let event = AccountEvent::Enabled { reason, changes: Changes::between(&before, &after) };
        Ok(audit::record(work, person, &event).await?)
    }
}

/// A reason, trimmed: 1 to 1,000 characters.
pub(super) fn checked_reason(text: &str) -> Result<String, Error> {
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > REASON { Err(Error::BadReason) } else { Ok(reason.into()) }
}

/// A person as they are now.
pub(super) async fn existing(work: &Work<'_>, person: PersonId) -> Result<person::Model, Error> {
    queries::accounts_of(work, &[person]).await?.pop().ok_or(Error::NoSuchPerson)
}

/// A step: whoever ends an administrator, by the role or the account, holds this until the transaction ends, and asks
/// only then whether it is the last one: two who end each other, whichever way, do so one after the other.
pub(crate) async fn hold_administrators(work: &Work<'_>) -> Result<(), DbErr> {
    bank::Entity::find_by_id(1).lock_exclusive().one(work).await.map(drop)
}

/// What closing and opening an account change.
fn access(person: &person::Model) -> serde_json::Value {
    json!({
        "disabled_at": person.disabled_at,
        "failed_passwords": person.failed_passwords,
        "locked_until": person.locked_until,
    })
}
