//! Commands on memberships: join, decide, leave, give and take roles.

use super::model::institution_membership::{ActiveModel, Entity};
use super::model::{InstitutionRole, Membership, State};
use super::policy::{self, RoleChange};
use super::steps::{find, lock, move_on, notify_of_role, notify_person, policy_context, seek, set_role, work_at};
use crate::accounts::institutions::policy::open_to_members;
use crate::accounts::institutions::{Error, steps as institutions};
use crate::accounts::membership::events::MembershipEvent;
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::{InstitutionId, MembershipId};
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, EntityTrait, NotSet, Set, Unchanged};
use serde_json::json;

/// Characters of a reason.
const MOST_REASON: usize = 2_000;

/// Joins an institution: at once if the caller's verified e-mail speaks for them there, else by somebody's decision.
/// Whoever belongs there already works there from now on; whoever asked already goes on waiting.
///
/// Refused: no such institution, one that is closed or not verified, or too many requests in vain before.
#[derive(Clone, Copy, Debug)]
pub struct JoinInstitution {
    /// Which one.
    pub institution: InstitutionId,
}

impl Command for JoinInstitution {
    const VERB: Verb = Verb::JoinInstitution;
    type Output = Membership;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Membership, Error> {
        seek(work, work.actor, work.person()?, self.institution).await
    }
}

/// Decides a request to join; a refusal needs a reason, which the person is told. For the institution's administrators
/// and the bank's staff.
///
/// Refused: no such membership, not in charge of it, one's own, decided already, a closed institution, or a reason that
/// is missing or too long.
#[derive(Clone, Debug)]
pub struct DecideMembership {
    /// Which request.
    pub membership: MembershipId,
    /// Whether they belong there from now on.
    pub approve: bool,
    /// Why not.
    pub reason: Option<String>,
}

impl Command for DecideMembership {
    const VERB: Verb = Verb::DecideMembership;
    type Output = Membership;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_reason(self.reason.as_deref()).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Membership, Error> {
        let (decided_by, id, reason) = (work.person()?, self.membership, checked_reason(self.reason.as_deref())?);
        let membership = lock(work, id).await?;
        policy::may_decide(policy_context(work, &membership).await?.0, membership.state)?;
        if !self.approve && reason.is_none() {
            return Err(Error::Required("reason"));
        }
        let institution = institutions::lock(work, work.actor, membership.institution_id).await?;
        if self.approve {
            open_to_members(&institution)?;
            work_at(work, membership.person_id, Some(membership.institution_id)).await?;
        }
        let state = if self.approve { State::Active } else { State::Refused };
        let decided = ActiveModel {
            id: Unchanged(id),
            state: Set(state),
            decided_at: Set(Some(work.now())),
            decided_by: Set(Some(decided_by)),
            reason: Set(reason.clone()),
            ..Default::default()
        };
        Entity::update(decided).exec_without_returning(work).await?;
        let changes = Changes::of("state", "requested", state.to_value());
        audit::record(work, id, &MembershipEvent::Decided { changes }).await?;
        notify_person(work, &membership, state, reason.as_deref()).await?;
        find(work, id).await
    }
}

/// Ends a membership with all its roles: one's own, also one that is only asked for, or as one in charge somebody
/// else's, who is told. Whoever belongs elsewhere too works there from now on.
///
/// Refused: no such membership, ended or refused already, that of the last administrator, or a reason that is too long.
#[derive(Clone, Debug)]
pub struct LeaveInstitution {
    /// Which membership.
    pub membership: MembershipId,
    /// Why.
    pub reason: Option<String>,
}

impl Command for LeaveInstitution {
    const VERB: Verb = Verb::LeaveInstitution;
    type Output = Membership;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_reason(self.reason.as_deref()).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Membership, Error> {
        let (person, id, reason) = (work.person()?, self.membership, checked_reason(self.reason.as_deref())?);
        let membership = lock(work, id).await?;
        let (context, is_last) = policy_context(work, &membership).await?;
        policy::may_end(context, membership.state, is_last)?;
        set_role(work, &membership, InstitutionRole::Signatory, false).await?;
        let left = ActiveModel {
            id: Unchanged(id),
            state: Set(State::Left),
            ended_at: Set(Some(work.now())),
            reason: reason.clone().map_or(NotSet, |reason| Set(Some(reason))),
            is_administrator: Set(false),
            is_principal_investigator: Set(false),
            ..Default::default()
        };
        Entity::update(left).exec_without_returning(work).await?;
        move_on(work, &membership).await?;
        let held = InstitutionRole::ALL.into_iter().filter(|role| membership.has(*role));
        let roles: Vec<_> = held.map(InstitutionRole::name).collect();
        let before = json!({ "state": membership.state.to_value(), "roles": roles });
        let changes = Changes::whole(before, json!({ "state": "left" }));
        audit::record(work, id, &MembershipEvent::Left { changes }).await?;
        if membership.person_id != person {
            notify_person(work, &membership, State::Left, reason.as_deref()).await?;
        }
        find(work, id).await
    }
}

/// Gives a member a role or takes it; they are told. Saying what is so already changes nothing. For the institution's
/// administrators and the bank's staff.
///
/// Refused: no such membership, not in charge of it, not active, oneself as signatory, or the last administrator.
#[derive(Clone, Copy, Debug)]
pub struct SetInstitutionRole {
    /// Whose membership.
    pub membership: MembershipId,
    /// Which role.
    pub role: InstitutionRole,
    /// Whether they have it from now on.
    pub granted: bool,
}

impl Command for SetInstitutionRole {
    const VERB: Verb = Verb::SetInstitutionRole;
    type Output = Membership;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Membership, Error> {
        work.person()?;
        let Self { membership: id, role, granted } = *self;
        let membership = lock(work, id).await?;
        let (context, is_last) = policy_context(work, &membership).await?;
        policy::may_set_role(context, membership.state, RoleChange { role, granted }, is_last)?;
        if membership.has(role) == granted {
            return Ok(membership);
        }
        set_role(work, &membership, role, granted).await?;
        let changes = Changes::of("holds", !granted, granted);
        audit::record(work, id, &MembershipEvent::RoleSet { role: role.name().into(), changes }).await?;
        notify_of_role(work, (membership.person_id, membership.institution_id), role, granted).await?;
        // Whoever takes their own office away may see no more than their own membership afterwards, which is this one.
        find(work, id).await
    }
}

fn checked_reason(reason: Option<&str>) -> Result<Option<String>, Error> {
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match reason {
        Some(text) if text.chars().count() > MOST_REASON => Err(Error::TooLong { field: "reason", most: MOST_REASON }),
        reason => Ok(reason),
    }
}
