//! Reads of memberships: one's own, and those of the institutions one is in charge of.

use super::model::{Membership, State};
use crate::accounts::institutions::Error;
use crate::accounts::institutions::model::Record;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{InstitutionId, MembershipId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr};

/// Columns of [`Membership`].
const MEMBERSHIP: &str = "m.id, m.person_id, m.institution_id, m.state, m.how, m.requested_at, m.decided_at,
    m.decided_by, m.ended_at, m.reason, m.is_administrator, m.is_principal_investigator,
    (m.state = 'active' AND EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = m.person_id
       AND g.role = 'signatory' AND g.institution_id = m.institution_id)) AS is_signatory";
const OLDEST_FIRST: Sort = Sort { columns: &[int("m.id")], descending: false };

/// What of the memberships to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only at this institution.
    pub institution: Option<InstitutionId>,
    /// Only those that stand so.
    pub states: Vec<State>,
}

/// Memberships of institutions that the caller is in charge of, oldest first; none for everybody else.
///
/// # Errors
/// Not signed in, a wrong window, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Membership>, Error> {
    let keyset = window.keyset(OLDEST_FIRST)?;
    let mut sql = Sql::new(format!("SELECT {MEMBERSHIP} FROM institution_membership m WHERE "));
    narrow(&mut sql, actor, filter)?;
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Membership> = sql.all(app.db.read()).await?;
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id.0)])))
}

/// How many memberships the list has.
///
/// # Errors
/// Not signed in, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT count(*) FROM institution_membership m WHERE ");
    narrow(&mut sql, actor, filter)?;
    Ok(sql.number(app.db.read()).await?)
}

fn narrow(sql: &mut Sql, actor: &Actor, filter: &Filter) -> Result<(), Error> {
    if actor.can(Permission::KeepInstitutions) {
        sql.push("TRUE");
    } else {
        in_charge(sql, actor.signed_in()?);
    }
    if let Some(institution) = filter.institution {
        sql.push(" AND m.institution_id = ").bind(institution.0);
    }
    if !filter.states.is_empty() {
        sql.push(" AND m.state IN (").bind_all(filter.states.iter().map(|state| state.to_value())).push(")");
    }
    Ok(())
}

/// The condition on `m` that a person administers its institution.
fn in_charge(sql: &mut Sql, person: PersonId) {
    sql.push("m.institution_id IN (SELECT a.institution_id FROM institution_membership a WHERE a.person_id = ");
    sql.bind(person.0).push(" AND a.state = 'active' AND a.is_administrator)");
}

/// A membership, if it is the caller's own or the caller is in charge of it.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, actor: &Actor, id: MembershipId) -> Result<Option<Membership>, DbErr> {
    let mut sql =
        Sql::with(format!("SELECT {MEMBERSHIP} FROM institution_membership m WHERE m.id = $1"), [id.0.into()]);
    if !actor.can(Permission::KeepInstitutions) {
        let Some(person) = actor.person_id() else { return Ok(None) };
        sql.push(" AND (m.person_id = ").bind(person.0).push(" OR ");
        in_charge(&mut sql, person);
        sql.push(")");
    }
    Ok(sql.all(db).await?.pop())
}

/// All memberships of a person, newest first.
///
/// # Errors
/// Those of the database.
pub async fn of_person(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Membership>, DbErr> {
    let sql = format!("SELECT {MEMBERSHIP} FROM institution_membership m WHERE m.person_id = $1 ORDER BY m.id DESC");
    Sql::with(sql, [person.0.into()]).all(db).await
}

/// Institutions that a person may join at once: their verified e-mail speaks for them there.
///
/// # Errors
/// Those of the database.
pub async fn choices(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Record>, DbErr> {
    super::steps::spoken_for(db, person).await
}

/// Active memberships of the caller at some institutions; at most one each.
///
/// # Errors
/// Those of the database.
pub async fn own_at(
    db: &impl ConnectionTrait,
    actor: &Actor,
    institutions: &[InstitutionId],
) -> Result<Vec<Membership>, DbErr> {
    let Some(person) = actor.person_id() else { return Ok(vec![]) };
    let sql =
        format!("SELECT {MEMBERSHIP} FROM institution_membership m WHERE m.state = 'active' AND m.person_id = $1");
    let mut sql = Sql::with(sql, [person.0.into()]);
    sql.push(" AND m.institution_id IN (").bind_all(institutions.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// The membership of a person at an institution that is active or asked for.
///
/// # Errors
/// Those of the database.
pub(crate) async fn open_at(
    db: &impl ConnectionTrait,
    person: PersonId,
    institution: InstitutionId,
) -> Result<Option<Membership>, DbErr> {
    let sql = format!(
        "SELECT {MEMBERSHIP} FROM institution_membership m
         WHERE m.person_id = $1 AND m.institution_id = $2 AND m.state IN ('requested', 'active')"
    );
    Ok(Sql::with(sql, [person.0.into(), institution.0.into()]).all(db).await?.pop())
}

/// When a person asked to join an institution and was refused, withdrew it or waits, oldest first; also at its duplicates.
///
/// # Errors
/// Those of the database.
pub(crate) async fn vain_requests(
    db: &impl ConnectionTrait,
    person: PersonId,
    institution: InstitutionId,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let sql = "SELECT m.requested_at FROM institution_membership m JOIN institution i ON i.id = m.institution_id
               WHERE m.person_id = $1 AND (i.id = $2 OR i.merged_into = $2)
                 AND (m.state IN ('requested', 'refused') OR (m.state = 'left' AND m.decided_at IS NULL))
               ORDER BY m.requested_at, m.id";
    let rows = Sql::with(sql, [person.0.into(), institution.0.into()]).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Principal investigators of institutions who have an open account, each with the institution. For its members.
///
/// # Errors
/// Those of the database.
pub async fn investigators(
    db: &impl ConnectionTrait,
    institutions: &[InstitutionId],
) -> Result<Vec<(InstitutionId, PersonId)>, DbErr> {
    let mut sql = Sql::new(
        "SELECT m.institution_id, m.person_id FROM institution_membership m JOIN person p ON p.id = m.person_id
         WHERE m.state = 'active' AND m.is_principal_investigator AND p.disabled_at IS NULL AND m.institution_id IN (",
    );
    sql.bind_all(institutions.iter().map(|id| id.0)).push(") ORDER BY p.name, p.id");
    let rows = sql.rows(db).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Administrators of an institution who have an open account.
///
/// # Errors
/// Those of the database.
pub(crate) async fn administrators(
    db: &impl ConnectionTrait,
    institution: InstitutionId,
) -> Result<Vec<PersonId>, DbErr> {
    let sql = "SELECT m.person_id FROM institution_membership m JOIN person p ON p.id = m.person_id
               WHERE m.institution_id = $1 AND m.state = 'active' AND m.is_administrator AND p.disabled_at IS NULL
               ORDER BY m.person_id";
    let rows = Sql::with(sql, [institution.0.into()]).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
