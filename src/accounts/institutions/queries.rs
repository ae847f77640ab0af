//! Reads of institutions. What was only proposed is there for whoever proposed it and for the bank.

use super::super::model::institution;
use super::model::{Former, Found, Record, Verification};
use super::{Error, domains};
use crate::accounts::import::SEPARATOR;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::{InstitutionId, PersonId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, text};
use crate::search_words;
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult};
use std::collections::BTreeSet;

const BY_NAME: Sort = Sort { columns: &[text("i.name_key"), int("i.id")], descending: false };

/// What of the institutions to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words of their names, Korean or English, as typed.
    pub search: Option<String>,
    /// Only of these types.
    pub types: Vec<institution::Type>,
    /// Only those for which one of these vouches.
    pub verifications: Vec<Verification>,
}

#[derive(FromQueryResult)]
struct Listed {
    name_key: String,
    #[sea_orm(nested)]
    record: Record,
}

/// Open institutions by name, as far as the caller may see them.
///
/// # Errors
/// A wrong window, or those of the database.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, window: &Window) -> Result<Page<Record>, Error> {
    let keyset = window.keyset(BY_NAME)?;
    let mut sql = Sql::new("SELECT i.* FROM institution i WHERE ");
    narrow(&mut sql, actor, filter);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Listed> = sql.all(app.db.read()).await?;
    let key =
        |row: &Listed| Cursor(vec![KeyPart::Text(row.name_key.clone()), KeyPart::Int(row.record.institution.id.0)]);
    Ok(keyset.page(rows, key).map(|row| row.record))
}

/// How many institutions the list has.
///
/// # Errors
/// Those of the database.
pub async fn count(app: &App, actor: &Actor, filter: &Filter) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT count(*) FROM institution i WHERE ");
    narrow(&mut sql, actor, filter);
    Ok(sql.number(app.db.read()).await?)
}

fn narrow(sql: &mut Sql, actor: &Actor, filter: &Filter) {
    sql.push("i.status = 'open'");
    scope(sql, actor);
    if !filter.types.is_empty() {
        sql.push(" AND i.institution_type IN (").bind_all(filter.types.iter().map(|t| t.to_value())).push(")");
    }
    if !filter.verifications.is_empty() {
        sql.push(" AND i.verification IN (").bind_all(filter.verifications.iter().map(|v| v.to_value())).push(")");
    }
    for term in filter.search.iter().flat_map(|search| search_words::terms(search)) {
        sql.push(" AND i.id IN (SELECT institution_id FROM institution_token WHERE token >= ").bind(term.clone());
        sql.push(" AND token < ").bind(search_words::prefix_end(&term)).push(")");
    }
}

/// Leaves out what others proposed and nobody verified; the bank sees all.
fn scope(sql: &mut Sql, actor: &Actor) {
    if actor.can(Permission::KeepInstitutions) {
        return;
    }
    sql.push(" AND (i.verification <> 'proposed'");
    if let Some(person) = actor.person_id() {
        sql.push(" OR i.proposed_by = ").bind(person.0);
    }
    sql.push(")");
}

/// Institutions by key, in no order, as far as the caller may see them; the key of a duplicate finds what counts.
///
/// # Errors
/// Those of the database.
pub async fn found(db: &impl ConnectionTrait, actor: &Actor, ids: &[InstitutionId]) -> Result<Vec<Found>, DbErr> {
    let mut sql = Sql::new(
        "SELECT f.id AS requested, i.* FROM institution f JOIN institution i ON i.id = coalesce(f.merged_into, f.id)
         WHERE f.id IN (",
    );
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    scope(&mut sql, actor);
    sql.all(db).await
}

/// One institution by its own key, as it stands, for whoever may see it; for operations that hold its lock.
///
/// # Errors
/// Those of the database.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: InstitutionId,
) -> Result<Option<Record>, DbErr> {
    let mut sql = Sql::with("SELECT i.* FROM institution i WHERE i.id = $1", [id.0.into()]);
    scope(&mut sql, actor);
    Ok(sql.all(db).await?.pop())
}

const FORMER: &str =
    "SELECT i.id, i.merged_into, i.name, i.name_ko, i.ror_id, i.merged_at FROM institution i WHERE i.merged_into";

/// What turned out to be a duplicate of these institutions, oldest first; proposals that nobody verified stay unnamed.
///
/// # Errors
/// Those of the database.
pub async fn merged_into(db: &impl ConnectionTrait, ids: &[InstitutionId]) -> Result<Vec<Former>, DbErr> {
    let mut sql = Sql::new(format!("{FORMER} IN ("));
    sql.bind_all(ids.iter().map(|id| id.0)).push(") AND i.verification <> 'proposed' ORDER BY i.merged_at, i.id");
    sql.all(db).await
}

/// Those of these institutions that are duplicates, as they were.
///
/// # Errors
/// Those of the database.
pub async fn formers(db: &impl ConnectionTrait, ids: &[InstitutionId]) -> Result<Vec<Former>, DbErr> {
    let mut sql = Sql::new(format!("{FORMER} IS NOT NULL AND i.id IN ("));
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Institutions for which an address speaks, by name: several have the same domain.
///
/// # Errors
/// Those of the database.
pub async fn for_address(db: &impl ConnectionTrait, email: &str) -> Result<Vec<Record>, DbErr> {
    let spoken_for = domains::of_address(email);
    if spoken_for.is_empty() {
        return Ok(vec![]);
    }
    let mut sql = Sql::new(
        "SELECT coalesce(i.merged_into, i.id), i.domains FROM institution i
         WHERE i.verification <> 'proposed' AND (i.status = 'open' OR i.merged_into IS NOT NULL) AND (",
    );
    for (i, domain) in spoken_for.iter().enumerate() {
        let is_one = format!("%{SEPARATOR}{domain}{SEPARATOR}%");
        sql.push(if i > 0 { " OR " } else { "" });
        sql.push(&format!("'{SEPARATOR}' || lower(i.domains) || '{SEPARATOR}' LIKE ")).bind(is_one);
    }
    sql.push(")");
    let mut ids: BTreeSet<i64> = BTreeSet::new();
    for row in sql.rows(db).await? {
        if domains::fit(&row.try_get_by_index::<String>(1)?, email) {
            ids.insert(row.try_get_by_index(0)?);
        }
    }
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let mut sql = Sql::new("SELECT i.* FROM institution i WHERE i.status = 'open' AND i.id IN (");
    sql.bind_all(ids).push(") ORDER BY i.name_key, i.id");
    sql.all(db).await
}

/// Proposals of a person that nobody verified yet.
///
/// # Errors
/// Those of the database.
pub(crate) async fn open_proposals(db: &impl ConnectionTrait, person: PersonId) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM institution
               WHERE proposed_by = $1 AND verification = 'proposed' AND status = 'open'";
    Sql::with(sql, [person.0.into()]).number(db).await
}

/// True if an institution, open or closed, has this ROR id; `but` is not asked.
///
/// # Errors
/// Those of the database.
pub(crate) async fn has_ror_id(
    db: &impl ConnectionTrait,
    ror_id: &str,
    but: Option<InstitutionId>,
) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM institution WHERE ror_id = $1 AND id <> $2";
    let values = [ror_id.into(), but.map_or(0, |id| id.0).into()];
    Ok(Sql::with(sql, values).number(db).await? > 0)
}
