//! Managing people: invitations, closing and opening accounts, roles.

use super::letters::{Purpose, send};
use super::opening::{checked_email, checked_name, grant};
use super::password::follow;
use super::{registration, sessions};
use crate::accounts::membership::model::InstitutionRole;
use crate::accounts::model::person;
use crate::accounts::passwords::Password;
use crate::accounts::{Error, membership, queries};
use crate::actor::{Actor, Grant, Permission, Role};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::error::or_taken;
use crate::id::{InstitutionId, PersonId};
use crate::language::Lang;
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, DbErr};
use serde_json::{Map, json};

/// Characters that a reason has at most.
const REASON: usize = 1000;

/// Whom to invite.
#[derive(Clone, Debug)]
pub struct Invitation {
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

/// Invites a person: a letter with a link to choose a password. Inviting somebody again who did not accept yet sends a new
/// letter and replaces name, institution and roles.
///
/// # Errors
/// Not allowed, a malformed e-mail or name, a role with the wrong institution, an e-mail with an account, or those of the
/// database.
pub async fn invite(app: &App, actor: &Actor, new: Invitation) -> Result<PersonId, Error> {
    actor.may(Permission::Administer)?;
    let (email, name) = (checked_email(&new.email)?, checked_name(&new.name)?);
    check_grants(app, &new.grants, new.institution).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let id = match queries::person_by_email(&*tx, &email).await? {
        Some(person) if person.email_verified_at.is_some() || person.disabled_at.is_some() => {
            return Err(Error::EmailTaken(email));
        }
        Some(person) => {
            let sql =
                "UPDATE person SET name = $2, locale = $3, institution_id = $4, password_hash = NULL WHERE id = $1";
            let institution = new.institution.map(|id| id.0);
            let values = [person.id.0.into(), name.into(), new.lang.tag().into(), institution.into()];
            Sql::with(sql, values).run(&*tx).await?;
            Sql::with("DELETE FROM role_grant WHERE person_id = $1", [person.id.0.into()]).run(&*tx).await?;
            person.id
        }
        None => {
            let id = registration::insert(&tx, now, &email, &name, new.lang, new.institution, None).await;
            id.map_err(|error| or_taken(error, || Error::EmailTaken(email)))?
        }
    };
    for given in &new.grants {
        grant(&tx, id, *given).await?;
    }
    let places = new.institution.into_iter().chain(new.grants.iter().filter_map(|given| given.institution)).collect();
    membership::steps::enrol(&tx, id, places, now).await?;
    send(&tx, now, id, Purpose::Invitation, Map::new()).await?;
    let roles: Vec<_> = new.grants.iter().map(|given| given.role.to_value()).collect();
    let detail = audit::changes(&json!({ "exists": false, "roles": [] }), &json!({ "exists": true, "roles": roles }));
    audit::record(&tx, now, actor, "account.invite", subject!(PersonId, id), detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// Accepts an invitation by the link of its letter and a first password. Then the person can sign in.
///
/// # Errors
/// [`Error::LinkInvalid`], a weak password, or those of the database.
pub async fn accept_invitation(app: &App, actor: &Actor, secret: &str, password: Password) -> Result<PersonId, Error> {
    follow(app, actor, secret, password, Purpose::Invitation, "account.accept_invitation").await
}

/// Closes an account: sessions end, tokens stop, history stays.
///
/// # Errors
/// Not allowed, an empty or overlong reason, no such person, oneself, the last administrator, or those of the database.
pub async fn disable_account(app: &App, actor: &Actor, person: PersonId, reason: &str) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let reason = checked_reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    hold_administrators(&tx).await?;
    let before = access(&existing(&tx, person).await?);
    if actor.person_id() == Some(person) || queries::is_last_administrator(&*tx, person).await? {
        return Err(Error::LastAdministrator);
    }
    let sql = "UPDATE person SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1";
    Sql::with(sql, [person.0.into(), now.into()]).run(&*tx).await?;
    let ended = sessions::end_all(&tx, now, person, None).await?;
    let detail = json!({ "reason": reason, "sessions": ended });
    let detail = audit::with_changes(detail, &before, &access(&existing(&tx, person).await?));
    audit::record(&tx, now, actor, "account.disable", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a closed account again.
///
/// # Errors
/// Not allowed, an empty or overlong reason, no such person, or those of the database.
pub async fn enable_account(app: &App, actor: &Actor, person: PersonId, reason: &str) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let reason = checked_reason(reason)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = access(&existing(&tx, person).await?);
    let sql = "UPDATE person SET disabled_at = NULL, failed_passwords = 0, locked_until = NULL WHERE id = $1";
    Sql::with(sql, [person.0.into()]).run(&*tx).await?;
    let after = access(&existing(&tx, person).await?);
    let detail = audit::with_changes(json!({ "reason": reason }), &before, &after);
    audit::record(&tx, now, actor, "account.enable", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a person a role; to have it already is no mistake.
///
/// # Errors
/// Not allowed, no such person, a role with the wrong institution, or those of the database.
pub async fn grant_role(app: &App, actor: &Actor, person: PersonId, given: Grant) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    check_grants(app, &[given], None).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    existing(&tx, person).await?;
    if grant(&tx, person, given).await? {
        membership::steps::enrol(&tx, person, given.institution.into_iter().collect(), now).await?;
        audit::record(&tx, now, actor, "role.grant", subject!(PersonId, person), detail_of(given, true)).await?;
        notify_signatory(&tx, now, actor, person, given, true).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Takes a role from a person. Nobody takes the administrator's role from themself, and the bank keeps one.
///
/// # Errors
/// Not allowed, no such person or role, [`Error::LastAdministrator`], or those of the database.
pub async fn revoke_role(app: &App, actor: &Actor, person: PersonId, taken: Grant) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    hold_administrators(&tx).await?;
    existing(&tx, person).await?;
    let is_own = actor.person_id() == Some(person);
    if taken.role == Role::Administrator && (is_own || queries::is_last_administrator(&*tx, person).await?) {
        return Err(Error::LastAdministrator);
    }
    let sql = "DELETE FROM role_grant WHERE person_id = $1 AND role = $2 AND coalesce(institution_id, 0) = $3";
    let values = [person.0.into(), taken.role.to_value().into(), taken.institution.map_or(0, |id| id.0).into()];
    if Sql::with(sql, values).run(&*tx).await? == 0 {
        return Err(Error::NoSuchRole);
    }
    audit::record(&tx, now, actor, "role.revoke", subject!(PersonId, person), detail_of(taken, false)).await?;
    notify_signatory(&tx, now, actor, person, taken, false).await?;
    tx.commit().await?;
    Ok(())
}

/// The one role that is held for an institution is news to whoever signs there.
async fn notify_signatory(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    person: PersonId,
    grant: Grant,
    granted: bool,
) -> Result<(), DbErr> {
    let Some(institution) = grant.institution else { return Ok(()) };
    membership::steps::notify_of_role(tx, now, actor, person, institution, InstitutionRole::Signatory, granted).await
}

/// Changes the caller's own name and language.
///
/// # Errors
/// No session, a malformed name, or those of the database.
pub async fn update_profile(
    app: &App,
    actor: &Actor,
    name: Option<&str>,
    lang: Option<Lang>,
) -> Result<person::Model, Error> {
    let (person, _) = actor.person_in_session()?;
    let name = name.map(checked_name).transpose()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let mut row = existing(&tx, person).await?;
    let changed: Vec<_> = [name.as_ref().map(|_| "name"), lang.map(|_| "locale")].into_iter().flatten().collect();
    row.name = name.unwrap_or(row.name);
    let before = json!({ "locale": row.locale });
    row.locale = lang.map_or(row.locale, |lang| lang.tag().into());
    let sql = "UPDATE person SET name = $2, locale = $3 WHERE id = $1";
    Sql::with(sql, [person.0.into(), row.name.clone().into(), row.locale.clone().into()]).run(&*tx).await?;
    // A name stands in the person's row only, never in the history.
    let detail = audit::with_changes(json!({ "changed": changed }), &before, &json!({ "locale": row.locale }));
    audit::record(&tx, now, actor, "account.update_profile", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(row)
}

/// A reason, trimmed: 1 to 1,000 characters.
pub(super) fn checked_reason(text: &str) -> Result<String, Error> {
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > REASON { Err(Error::BadReason) } else { Ok(reason.into()) }
}

async fn check_grants(app: &App, grants: &[Grant], institution: Option<InstitutionId>) -> Result<(), Error> {
    if grants.iter().any(|given| (given.role == Role::Signatory) != given.institution.is_some()) {
        return Err(Error::GrantInstitution);
    }
    let mut wanted: Vec<_> = grants.iter().filter_map(|given| given.institution).chain(institution).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if !wanted.is_empty() && queries::institutions_by_id(app.db.read(), &wanted).await?.len() < wanted.len() {
        return Err(Error::NoSuchInstitution);
    }
    Ok(())
}

async fn existing(tx: &Transaction, person: PersonId) -> Result<person::Model, Error> {
    queries::people(&**tx, &[person]).await?.pop().ok_or(Error::NoSuchPerson)
}

/// A step: whoever ends an administrator, by the role or the account, holds this until the transaction ends, and asks only
/// then whether it is the last one: two who end each other, whichever way, do so one after the other.
pub(crate) async fn hold_administrators(tx: &Transaction) -> Result<(), DbErr> {
    Sql::new("UPDATE bank SET kind = kind WHERE id = 1").run(&**tx).await.map(drop)
}

fn detail_of(given: Grant, holds: bool) -> serde_json::Value {
    let detail = json!({ "role": given.role.to_value(), "institution": given.institution.map(|id| id.0) });
    audit::with_changes(detail, &json!({ "holds": !holds }), &json!({ "holds": holds }))
}

/// What closing and opening an account change.
fn access(person: &person::Model) -> serde_json::Value {
    json!({
        "disabled_at": person.disabled_at,
        "failed_passwords": person.failed_passwords,
        "locked_until": person.locked_until,
    })
}
