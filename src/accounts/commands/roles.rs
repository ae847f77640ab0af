//! Giving and taking roles.

use super::administration::{existing, hold_administrators};
use super::opening::grant;
use crate::accounts::events::AccountEvent;
use crate::accounts::membership::model::InstitutionRole;
use crate::accounts::model::role_grant::{Column, Entity};
use crate::accounts::{Error, membership, policy, queries};
use crate::actor::{Grant, Role, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::{InstitutionId, PersonId};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

/// Gives a person a role; to have it already is no mistake.
///
/// Refused: no such person, or a role with the wrong institution.
#[derive(Clone, Copy, Debug)]
pub struct GrantRole {
    /// Whom.
    pub person: PersonId,
    /// Which.
    pub grant: Grant,
}

impl Command for GrantRole {
    const VERB: Verb = Verb::GrantRole;
    type Output = ();
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check_grants(&[self.grant])
    }

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        check_institutions(work, &[self.grant], None).await?;
        existing(work, self.person).await?;
        if grant(work, self.person, self.grant).await? {
            let place: Vec<_> = self.grant.institution.into_iter().collect();
            membership::steps::enrol(work, self.person, &place).await?;
            changed(work, self.person, self.grant, true).await?;
        }
        Ok(())
    }
}

/// Takes a role from a person. Nobody takes the administrator's role from themself, and the bank keeps one.
///
/// Refused: no such person or role, oneself as administrator, or the last one.
#[derive(Clone, Copy, Debug)]
pub struct RevokeRole {
    /// From whom.
    pub person: PersonId,
    /// Which.
    pub grant: Grant,
}

impl Command for RevokeRole {
    const VERB: Verb = Verb::RevokeRole;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let Self { person, grant: taken } = *self;
        hold_administrators(work).await?;
        existing(work, person).await?;
        let is_last = queries::is_last_administrator(work, person).await?;
        policy::may_revoke(taken.role, work.actor.person_id() == Some(person), is_last)?;
        let at = taken.institution.map_or_else(|| Column::InstitutionId.is_null(), |id| Column::InstitutionId.eq(id));
        let revoked = Entity::delete_many().filter(Column::PersonId.eq(person)).filter(Column::Role.eq(taken.role));
        if revoked.filter(at).exec(work).await?.rows_affected == 0 {
            return Err(Error::NoSuchRole);
        }
        Ok(changed(work, person, taken, false).await?)
    }
}

/// Writes that somebody has a role now, or no more. The one role that is held for an institution is news to whoever
/// signs there.
async fn changed(work: &Work<'_>, person: PersonId, grant: Grant, holds: bool) -> Result<(), DbErr> {
    let Grant { role, institution } = grant;
    let changes = Changes::of("holds", !holds, holds);
    let event = if holds {
        AccountEvent::RoleGranted { role, institution, changes }
    } else {
        AccountEvent::RoleRevoked { role, institution, changes }
    };
    audit::record(work, person, &event).await?;
    match grant.institution {
        Some(place) => {
            membership::steps::notify_of_role(work, (person, place), InstitutionRole::Signatory, holds).await
        }
        None => Ok(()),
    }
}

/// A signatory signs for an institution, and nobody else has one.
pub(super) fn check_grants(grants: &[Grant]) -> Result<(), Error> {
    let is_wrong = |given: &Grant| (given.role == Role::Signatory) != given.institution.is_some();
    if grants.iter().any(is_wrong) { Err(Error::GrantInstitution) } else { Ok(()) }
}

/// The institutions that are named are there.
pub(super) async fn check_institutions(
    work: &Work<'_>,
    grants: &[Grant],
    institution: Option<InstitutionId>,
) -> Result<(), Error> {
    let mut wanted: Vec<_> = grants.iter().filter_map(|given| given.institution).chain(institution).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !wanted.is_empty() && queries::institutions_by_id(work, &wanted).await?.len() < wanted.len() {
        return Err(Error::NoSuchInstitution);
    }
    Ok(())
}
