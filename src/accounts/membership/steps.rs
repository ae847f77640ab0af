//! Parts of the verbs on memberships, and of those that make people members on the way.

use super::super::model::{person, role_grant};
use super::model::institution_membership::{ActiveModel, Entity};
use super::model::{How, InstitutionRole, Membership, State};
use super::policy::PolicyContext;
use super::queries;
use super::rules::{self, Joining};
use crate::accounts::commands::grant;
use crate::accounts::institutions::policy::open_to_members;
use crate::accounts::institutions::{self, Error};
use crate::accounts::membership::events::MembershipEvent;
use crate::accounts::{PersonView, queries as accounts};
use crate::actor::{Actor, Grant, Permission, Role};
use crate::audit;
use crate::command::Work;
use crate::db::unless_there;
use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::mail::{self, Letter};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, Unchanged};

/// True once the person's e-mail is known to reach them: only then does its domain speak for them.
fn email_is_verified(person: &PersonView) -> bool {
    person.email_verified_at.is_some()
}

/// A step: makes a person a member of institutions by the bank's word, where they are none yet.
pub(crate) async fn enrol(work: &Work<'_>, person: PersonId, institutions: &[InstitutionId]) -> Result<(), DbErr> {
    for institution in institutions {
        let row = ActiveModel {
            person_id: Set(person),
            institution_id: Set(*institution),
            state: Set(State::Active),
            how: Set(How::Staff),
            requested_at: Set(work.now()),
            decided_at: Set(Some(work.now())),
            ..Default::default()
        };
        Entity::insert(row).on_conflict(unless_there()).try_insert().exec_without_returning(work).await?;
    }
    Ok(())
}

/// Institutions for which a person's verified e-mail speaks.
pub(crate) async fn spoken_for(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<institutions::model::Record>, DbErr> {
    match accounts::people(db, &[person]).await?.pop().filter(email_is_verified) {
        Some(person) => institutions::queries::for_address(db, &person.email).await,
        None => Ok(vec![]),
    }
}

/// Where a person works from now on, and what their requests are for.
pub(crate) async fn work_at(
    work: &Work<'_>,
    person: PersonId,
    institution: Option<InstitutionId>,
) -> Result<(), DbErr> {
    let row = person::ActiveModel { id: Unchanged(person), institution_id: Set(institution), ..Default::default() };
    person::Entity::update(row).exec_without_returning(work).await.map(drop)
}

/// Locks the institution of a membership that the caller may see, and reads the membership then.
pub(super) async fn lock(work: &Work<'_>, id: MembershipId) -> Result<Membership, Error> {
    let mut seen = find(work, id).await?;
    loop {
        institutions::steps::hold(work, &[seen.institution_id]).await?;
        let now = find(work, id).await?;
        // A merge may have moved it while this waited.
        if now.institution_id == seen.institution_id {
            return Ok(now);
        }
        seen = now;
    }
}

/// A membership as it is now, if the caller may see it.
pub(super) async fn find(work: &Work<'_>, id: MembershipId) -> Result<Membership, Error> {
    queries::by_id(work, work.actor, id).await?.ok_or(Error::NoSuchMembership)
}

/// How the caller stands to a membership, and whether it is that of the institution's last administrator.
pub(super) async fn policy_context(work: &Work<'_>, membership: &Membership) -> Result<(PolicyContext, bool), DbErr> {
    let actor = work.actor;
    let administrators = queries::administrators(work, membership.institution_id).await?;
    let context = PolicyContext {
        own: actor.person_id() == Some(membership.person_id),
        administers: actor.person_id().is_some_and(|person| administrators.contains(&person)),
        keeps: actor.can(Permission::KeepInstitutions),
    };
    Ok((context, administrators == [membership.person_id]))
}

/// Gives or takes a role of an active member. A signatory's is the grant by which agreements are signed.
pub(super) async fn set_role(
    work: &Work<'_>,
    membership: &Membership,
    role: InstitutionRole,
    granted: bool,
) -> Result<(), DbErr> {
    let mut row = ActiveModel { id: Unchanged(membership.id), ..Default::default() };
    match role {
        InstitutionRole::PrincipalInvestigator => row.is_principal_investigator = Set(granted),
        InstitutionRole::Administrator => row.is_administrator = Set(granted),
        InstitutionRole::Signatory => return set_signatory(work, membership, granted).await,
    }
    Entity::update(row).exec_without_returning(work).await.map(drop)
}

async fn set_signatory(work: &Work<'_>, membership: &Membership, granted: bool) -> Result<(), DbErr> {
    let (person, institution) = (membership.person_id, membership.institution_id);
    if granted {
        let signatory = Grant { role: Role::Signatory, institution: Some(institution) };
        return grant(work, person, signatory).await.map(drop);
    }
    let revoked = role_grant::Entity::delete_many()
        .filter(role_grant::Column::PersonId.eq(person))
        .filter(role_grant::Column::Role.eq(Role::Signatory))
        .filter(role_grant::Column::InstitutionId.eq(institution));
    revoked.exec(work).await.map(drop)
}

/// Joins an institution, or asks to; the person may have chosen it before they could sign in.
pub(crate) async fn seek(
    work: &Work<'_>,
    actor: &Actor,
    person: PersonId,
    institution: InstitutionId,
) -> Result<Membership, Error> {
    let institution = institutions::steps::lock(work, actor, institution).await?;
    open_to_members(&institution)?;
    let place = institution.institution.id;
    let fits = spoken_for(work, person).await?.iter().any(|record| record.institution.id == place);
    let open = queries::open_at(work, person, place).await?;
    let joining = rules::joining(open.as_ref().map(|m| m.state), fits);
    let id = match (joining, open) {
        (Joining::Enter, _) => insert(work, person, place, How::Domain).await?,
        (Joining::Ask, _) => {
            rules::may_ask(&queries::vain_requests(work, person, place).await?, work.now())?;
            insert(work, person, place, How::Approval).await?
        }
        (_, Some(open)) => open.id,
        (_, None) => return Err(Error::NoSuchMembership),
    };
    if joining == Joining::Confirm {
        let confirmed = ActiveModel {
            id: Unchanged(id),
            state: Set(State::Active),
            how: Set(How::Domain),
            decided_at: Set(Some(work.now())),
            ..Default::default()
        };
        Entity::update(confirmed).exec_without_returning(work).await?;
    }
    let membership = queries::by_id(work, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    if membership.state == State::Active {
        work_at(work, person, Some(place)).await?;
    }
    let (institution, how) = (place, membership.how);
    let event = match joining {
        Joining::Enter | Joining::Confirm => Some(MembershipEvent::Joined { institution, how }),
        Joining::Ask => Some(MembershipEvent::Requested { institution, how }),
        Joining::Return if actor.institution() != Some(place) => Some(MembershipEvent::ReturnedTo { institution, how }),
        Joining::Return | Joining::Wait => None,
    };
    if let Some(event) = event {
        audit::record_as(work, actor, id, &event).await?;
    }
    if joining == Joining::Ask {
        notify_those_in_charge(work, &membership).await?;
    }
    Ok(membership)
}

async fn insert(
    work: &Work<'_>,
    person: PersonId,
    institution: InstitutionId,
    how: How,
) -> Result<MembershipId, DbErr> {
    let now = work.now();
    let (state, decided_at) = if how == How::Domain { (State::Active, Some(now)) } else { (State::Requested, None) };
    let row = ActiveModel {
        person_id: Set(person),
        institution_id: Set(institution),
        state: Set(state),
        how: Set(how),
        requested_at: Set(now),
        decided_at: Set(decided_at),
        ..Default::default()
    };
    Ok(row.insert(work).await?.id)
}

/// After a membership ended: whoever worked there works at the institution they joined last, if there is another.
pub(super) async fn move_on(work: &Work<'_>, ended: &Membership) -> Result<(), DbErr> {
    let memberships = queries::of_person(work, ended.person_id).await?;
    let next = memberships.iter().filter(|m| m.state == State::Active).max_by_key(|m| (m.decided_at, m.id));
    let moved = person::ActiveModel { institution_id: Set(next.map(|m| m.institution_id)), ..Default::default() };
    let moved = person::Entity::update_many().set(moved).filter(person::Column::Id.eq(ended.person_id));
    moved.filter(person::Column::InstitutionId.eq(ended.institution_id)).exec(work).await.map(drop)
}

/// Tells those in charge of an institution of a membership: its administrators, or the bank's staff if it has none.
async fn notify_those_in_charge(work: &Work<'_>, membership: &Membership) -> Result<(), DbErr> {
    let mut recipients = queries::administrators(work, membership.institution_id).await?;
    if recipients.is_empty() {
        recipients = accounts::with_role(work, Role::Staff).await?;
    }
    recipients.retain(|person| *person != membership.person_id);
    let letter = Letter::MembershipRequested { institution: membership.institution_id.0 };
    mail::post(work, recipients, membership.id, &letter).await
}

/// Tells the person what became of their membership.
pub(super) async fn notify_person(
    work: &Work<'_>,
    membership: &Membership,
    state: State,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    let state = match state {
        State::Active => mail::Membership::Active,
        State::Left => mail::Membership::Left,
        State::Refused | State::Requested => mail::Membership::Refused,
    };
    let institution = membership.institution_id.0;
    let letter = Letter::MembershipDecided { institution, state, reason: reason.map(str::to_owned) };
    mail::post(work, [membership.person_id], membership.id, &letter).await
}

/// Tells a member of a role that somebody else gave them or took from them.
pub(crate) async fn notify_of_role(
    work: &Work<'_>,
    (person, institution): (PersonId, InstitutionId),
    role: InstitutionRole,
    granted: bool,
) -> Result<(), DbErr> {
    let names = accounts::institutions_by_id(work, &[institution]).await?.pop();
    let Some(names) = names.filter(|_| work.actor.person_id() != Some(person)) else { return Ok(()) };
    let role = match role {
        InstitutionRole::PrincipalInvestigator => mail::Role::PrincipalInvestigator,
        InstitutionRole::Signatory => mail::Role::Signatory,
        InstitutionRole::Administrator => mail::Role::Administrator,
    };
    let letter = Letter::InstitutionRoleChanged {
        institution: institution.0,
        institution_name: names.name,
        institution_name_ko: names.name_ko,
        role,
        granted,
    };
    mail::post(work, [person], institution, &letter).await
}
