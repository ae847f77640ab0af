//! Verbs on memberships: join, decide, leave, give and take roles.

use super::model::{How, InstitutionRole, Membership, State};
use super::queries;
use super::rules::{self, Joining};
use super::steps::{
    lock, notify_of_role, notify_those_in_charge, policy_context, record, set_role, spoken_for, work_at,
};
use crate::accounts::institutions::rules::open_to_members;
use crate::accounts::institutions::{Error, steps as institutions};
use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::mail::{self, Letter};
use crate::subject;
use chrono::{DateTime, Utc};
use sea_orm::ActiveEnum;
use serde_json::json;

/// Characters of a reason.
const MOST_REASON: usize = 2_000;

/// Joins an institution: at once if the caller's verified e-mail speaks for them there, else by somebody's decision.
/// Whoever belongs there already works there from now on; whoever asked already goes on waiting.
///
/// # Errors
/// Not signed in, no such institution, one that is closed or not verified, or too many requests in vain before.
pub async fn join(app: &App, actor: &Actor, institution: InstitutionId) -> Result<Membership, Error> {
    let person = actor.person_who_may_change()?;
    let tx = app.db.begin().await?;
    let membership = seek(&tx, actor, person, institution, app.clock.now()).await?;
    tx.commit().await?;
    Ok(membership)
}

/// A step: the same, for a person who may have chosen the institution before they could sign in.
pub(crate) async fn seek(
    tx: &Transaction,
    actor: &Actor,
    person: PersonId,
    institution: InstitutionId,
    now: DateTime<Utc>,
) -> Result<Membership, Error> {
    let institution = institutions::lock(tx, actor, institution).await?;
    open_to_members(&institution)?;
    let place = institution.institution.id;
    let fits = spoken_for(&**tx, person).await?.iter().any(|record| record.institution.id == place);
    let open = queries::open_at(&**tx, person, place).await?;
    let joining = rules::joining(open.as_ref().map(|m| m.state), fits);
    let id = match (joining, open) {
        (Joining::Enter, _) => insert(tx, now, person, place, How::Domain).await?,
        (Joining::Ask, _) => {
            rules::may_ask(&queries::vain_requests(&**tx, person, place).await?, now)?;
            insert(tx, now, person, place, How::Approval).await?
        }
        (_, Some(open)) => open.id,
        (_, None) => return Err(Error::NoSuchMembership),
    };
    if joining == Joining::Confirm {
        let sql = "UPDATE institution_membership SET state = 'active', how = 'domain', decided_at = $2 WHERE id = $1";
        Sql::with(sql, [id.0.into(), now.into()]).run(&**tx).await?;
    }
    let membership = queries::by_id(&**tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    if membership.state == State::Active {
        work_at(tx, person, Some(place)).await?;
    }
    let detail = json!({ "institution": place.0, "how": membership.how.to_value() });
    match joining {
        Joining::Enter | Joining::Confirm => record(tx, now, actor, "membership.join", id, detail).await?,
        Joining::Ask => {
            record(tx, now, actor, "membership.request", id, detail).await?;
            notify_those_in_charge(tx, now, &membership).await?;
        }
        Joining::Return if actor.institution() != Some(place) => {
            record(tx, now, actor, "membership.return", id, detail).await?;
        }
        Joining::Return | Joining::Wait => {}
    }
    Ok(membership)
}

async fn insert(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    institution: InstitutionId,
    how: How,
) -> Result<MembershipId, Error> {
    let (state, decided_at) = if how == How::Domain { (State::Active, Some(now)) } else { (State::Requested, None) };
    let sql = "INSERT INTO institution_membership (person_id, institution_id, state, how, requested_at, decided_at)
               VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    let values = [
        person.0.into(),
        institution.0.into(),
        state.to_value().into(),
        how.to_value().into(),
        now.into(),
        decided_at.into(),
    ];
    Ok(MembershipId(Sql::with(sql, values).number(&**tx).await?))
}

/// Decides a request to join; a refusal needs a reason, which the person is told. For the institution's administrators
/// and the bank's staff.
///
/// # Errors
/// Not signed in, no such membership, not in charge of it, one's own, decided already, a closed institution, or a reason
/// that is missing or too long.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: MembershipId,
    approve: bool,
    reason: Option<String>,
) -> Result<Membership, Error> {
    actor.person_who_may_change()?;
    let reason = checked_reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let membership = lock(&tx, actor, id).await?;
    rules::may_decide(policy_context(&tx, actor, &membership).await?.0, membership.state)?;
    if !approve && reason.is_none() {
        return Err(Error::Required("reason"));
    }
    let institution = institutions::lock(&tx, actor, membership.institution_id).await?;
    if approve {
        open_to_members(&institution)?;
        work_at(&tx, membership.person_id, Some(membership.institution_id)).await?;
    }
    let state = if approve { State::Active } else { State::Refused };
    let sql =
        "UPDATE institution_membership SET state = $2, decided_at = $3, decided_by = $4, reason = $5 WHERE id = $1";
    let decided_by = actor.person_id().map(|person| person.0);
    let values = [id.0.into(), state.to_value().into(), now.into(), decided_by.into(), reason.clone().into()];
    Sql::with(sql, values).run(&*tx).await?;
    let detail = json!({ "before": { "state": "requested" }, "after": { "state": state.to_value() } });
    record(&tx, now, actor, "membership.decide", id, detail).await?;
    notify_person(&tx, now, &membership, state, reason.as_deref()).await?;
    let membership = queries::by_id(&*tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    tx.commit().await?;
    Ok(membership)
}

/// Ends a membership with all its roles: one's own, also one that is only asked for, or as one in charge somebody
/// else's, who is told. Whoever belongs elsewhere too works there from now on.
///
/// # Errors
/// Not signed in, no such membership, ended or refused already, that of the last administrator, or a reason that is too
/// long.
pub async fn leave(app: &App, actor: &Actor, id: MembershipId, reason: Option<String>) -> Result<Membership, Error> {
    let person = actor.person_who_may_change()?;
    let reason = checked_reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let membership = lock(&tx, actor, id).await?;
    let (context, is_last) = policy_context(&tx, actor, &membership).await?;
    rules::may_end(context, membership.state, is_last)?;
    set_role(&tx, &membership, InstitutionRole::Signatory, false).await?;
    let sql = "UPDATE institution_membership SET state = 'left', ended_at = $2, reason = coalesce($3, reason),
                 is_administrator = FALSE, is_principal_investigator = FALSE WHERE id = $1";
    Sql::with(sql, [id.0.into(), now.into(), reason.clone().into()]).run(&*tx).await?;
    move_on(&tx, &membership).await?;
    let roles: Vec<_> =
        InstitutionRole::ALL.into_iter().filter(|r| membership.has(*r)).map(InstitutionRole::name).collect();
    let detail =
        json!({ "before": { "state": membership.state.to_value(), "roles": roles }, "after": { "state": "left" } });
    record(&tx, now, actor, "membership.leave", id, detail).await?;
    if membership.person_id != person {
        notify_person(&tx, now, &membership, State::Left, reason.as_deref()).await?;
    }
    let ended = queries::by_id(&*tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    tx.commit().await?;
    Ok(ended)
}

/// After a membership ended: whoever worked there works at the institution they joined last, if there is another.
async fn move_on(tx: &Transaction, ended: &Membership) -> Result<(), Error> {
    let memberships = queries::of_person(&**tx, ended.person_id).await?;
    let next = memberships.iter().filter(|m| m.state == State::Active).max_by_key(|m| (m.decided_at, m.id));
    let sql = "UPDATE person SET institution_id = $3 WHERE id = $1 AND institution_id = $2";
    let next = next.map(|m| m.institution_id.0);
    let values = [ended.person_id.0.into(), ended.institution_id.0.into(), next.into()];
    Sql::with(sql, values).run(&**tx).await?;
    Ok(())
}

/// Gives a member a role or takes it; they are told. Saying what is so already changes nothing. For the institution's administrators
/// and the bank's staff.
///
/// # Errors
/// Not signed in, no such membership, not in charge of it, not active, oneself as signatory, or the last administrator.
pub async fn set_institution_role(
    app: &App,
    actor: &Actor,
    id: MembershipId,
    role: InstitutionRole,
    granted: bool,
) -> Result<Membership, Error> {
    actor.person_who_may_change()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let membership = lock(&tx, actor, id).await?;
    let (context, is_last) = policy_context(&tx, actor, &membership).await?;
    rules::may_set_role(context, membership.state, role, granted, is_last)?;
    if membership.has(role) == granted {
        return Ok(membership);
    }
    set_role(&tx, &membership, role, granted).await?;
    let detail = json!({ "role": role.name(), "before": { "holds": !granted }, "after": { "holds": granted } });
    record(&tx, now, actor, "membership.role", id, detail).await?;
    notify_of_role(&tx, now, actor, membership.person_id, membership.institution_id, role, granted).await?;
    // Whoever takes their own office away may see no more than their own membership afterwards, which is this one.
    let membership = queries::by_id(&*tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    tx.commit().await?;
    Ok(membership)
}

fn checked_reason(reason: Option<String>) -> Result<Option<String>, Error> {
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match reason {
        Some(text) if text.chars().count() > MOST_REASON => Err(Error::TooLong { field: "reason", most: MOST_REASON }),
        reason => Ok(reason),
    }
}

async fn notify_person(
    tx: &Transaction,
    now: DateTime<Utc>,
    membership: &Membership,
    state: State,
    reason: Option<&str>,
) -> Result<(), Error> {
    let detail = json!({ "institution": membership.institution_id.0, "state": state.to_value(), "reason": reason });
    let about = subject!(MembershipId, membership.id);
    mail::post(tx, now, [membership.person_id], Letter::MembershipDecided, about, detail).await?;
    Ok(())
}
