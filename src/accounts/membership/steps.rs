//! Parts of the verbs on memberships, and of those that make people members on the way.

use super::super::model::person;
use super::model::{InstitutionRole, Membership};
use super::queries;
use super::rules::PolicyContext;
use crate::accounts::institutions::{self, Error};
use crate::accounts::queries as accounts;
use crate::actor::{Actor, Permission, Role};
use crate::db::{Sql, Transaction};
use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::mail::{self, Letter};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr};
use serde_json::Value as Json;

/// True once the person's e-mail is known to reach them: only then does its domain speak for them.
fn email_is_verified(person: &person::Model) -> bool {
    person.email_verified_at.is_some()
}

/// A step: makes a person a member of institutions by the bank's word, where they are none yet.
pub(crate) async fn enrol(
    tx: &Transaction,
    person: PersonId,
    institutions: Vec<InstitutionId>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    for institution in institutions {
        let sql = "INSERT INTO institution_membership (person_id, institution_id, state, how, requested_at, decided_at)
                   VALUES ($1, $2, 'active', 'staff', $3, $3)
                   ON CONFLICT (person_id, institution_id) WHERE state IN ('requested', 'active') DO NOTHING";
        Sql::with(sql, [person.0.into(), institution.0.into(), at.into()]).run(&**tx).await?;
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
    tx: &Transaction,
    person: PersonId,
    institution: Option<InstitutionId>,
) -> Result<(), DbErr> {
    let sql = "UPDATE person SET institution_id = $2 WHERE id = $1";
    Sql::with(sql, [person.0.into(), institution.map(|id| id.0).into()]).run(&**tx).await.map(drop)
}

/// Locks the institution of a membership that the caller may see, and reads the membership then.
pub(crate) async fn lock(tx: &Transaction, actor: &Actor, id: MembershipId) -> Result<Membership, Error> {
    let mut seen = queries::by_id(&**tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
    loop {
        institutions::steps::hold(tx, &[seen.institution_id]).await?;
        let now = queries::by_id(&**tx, actor, id).await?.ok_or(Error::NoSuchMembership)?;
        // A merge may have moved it while this waited.
        if now.institution_id == seen.institution_id {
            return Ok(now);
        }
        seen = now;
    }
}

/// How the caller stands to a membership, and whether it is that of the institution's last administrator.
pub(crate) async fn policy_context(
    tx: &Transaction,
    actor: &Actor,
    membership: &Membership,
) -> Result<(PolicyContext, bool), DbErr> {
    let administrators = queries::administrators(&**tx, membership.institution_id).await?;
    let context = PolicyContext {
        own: actor.person_id() == Some(membership.person_id),
        administers: actor.person_id().is_some_and(|person| administrators.contains(&person)),
        keeps: actor.can(Permission::KeepInstitutions),
    };
    Ok((context, administrators == [membership.person_id]))
}

/// Gives or takes a role of an active member. A signatory's is the grant by which agreements are signed.
pub(crate) async fn set_role(
    tx: &Transaction,
    membership: &Membership,
    role: InstitutionRole,
    granted: bool,
) -> Result<(), DbErr> {
    let (person, institution) = (membership.person_id.0, membership.institution_id.0);
    let column = async |column: &str| {
        let sql = format!("UPDATE institution_membership SET {column} = $2 WHERE id = $1");
        Sql::with(sql, [membership.id.0.into(), granted.into()]).run(&**tx).await.map(drop)
    };
    match role {
        InstitutionRole::PrincipalInvestigator => column("is_principal_investigator").await,
        InstitutionRole::Administrator => column("is_administrator").await,
        InstitutionRole::Signatory => {
            let sql = if granted {
                "INSERT INTO role_grant (person_id, role, institution_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM role_grant WHERE person_id = $1 AND role = $2 AND institution_id = $3"
            };
            let values = [person.into(), Role::Signatory.to_value().into(), institution.into()];
            Sql::with(sql, values).run(&**tx).await.map(drop)
        }
    }
}

/// Writes an event about a membership.
pub(crate) async fn record(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    action: &str,
    id: MembershipId,
    detail: Json,
) -> Result<(), DbErr> {
    audit::record(tx, at, actor, action, subject!(MembershipId, id), detail).await
}

/// Tells those in charge of an institution of a membership: its administrators, or the bank's staff if it has none.
pub(crate) async fn notify_those_in_charge(
    tx: &Transaction,
    at: DateTime<Utc>,
    membership: &Membership,
) -> Result<(), DbErr> {
    let mut recipients = queries::administrators(&**tx, membership.institution_id).await?;
    if recipients.is_empty() {
        recipients = accounts::with_role(&**tx, Role::Staff).await?;
    }
    recipients.retain(|person| *person != membership.person_id);
    let detail = serde_json::json!({ "institution": membership.institution_id.0 });
    mail::post(tx, at, recipients, Letter::MembershipRequested, subject!(MembershipId, membership.id), detail).await
}

/// Tells a member of a role that somebody else gave them or took from them.
pub(crate) async fn notify_of_role(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    person: PersonId,
    institution: InstitutionId,
    role: InstitutionRole,
    granted: bool,
) -> Result<(), DbErr> {
    let names = accounts::institutions_by_id(&**tx, &[institution]).await?.pop();
    let Some(names) = names.filter(|_| actor.person_id() != Some(person)) else { return Ok(()) };
    let detail = serde_json::json!({
        "institution": institution.0,
        "institution_name": names.name,
        "institution_name_ko": names.name_ko,
        "role": role.name(),
        "granted": granted,
    });
    mail::post(tx, at, [person], Letter::InstitutionRoleChanged, subject!(InstitutionId, institution), detail).await
}
