//! Directories: diseases with the number of their lines, and the addresses of everything that is public.

use super::Error;
use super::model::cell_line::Holding;
use super::model::disease;
use super::queries::{DISEASE, NamedDisease, narrow_diseases, visible_to};
use crate::actor::Actor;
use crate::app::App;
use crate::db::Sql;
use crate::id::DiseaseId;
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, text};
use sea_orm::{DbErr, FromQueryResult};
use std::collections::HashMap;

/// Keys of lines that one piece of the addresses spans, and so the most addresses in it.
pub const SPAN: i64 = 10_000;
/// Diseases whose addresses are told at most.
const MOST_DISEASES: usize = 10_000;
const BY_NAME: Sort = Sort { columns: &[text("d.name_key"), int("d.id")], descending: false };

/// Adds the condition that a disease called `d`, or one below it, has a line that the actor may see.
fn has_lines(sql: &mut Sql, actor: &Actor) {
    sql.push(
        "EXISTS (SELECT 1 FROM cell_line_disease x JOIN cell_line l ON l.id = x.line_id WHERE x.disease_id IN
           (SELECT d.id UNION SELECT b.disease_id FROM disease_ancestor b WHERE b.ancestor_id = d.id) AND ",
    );
    sql.push(visible_to(actor)).push(")");
}

#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    disease: disease::Model,
}

/// Diseases by name, all of them or only those with lines; a search finds words of names and synonyms, and codes.
///
/// # Errors
/// A wrong window, an overlong search, or those of the database.
pub async fn diseases(
    app: &App,
    actor: &Actor,
    search: Option<&str>,
    with_lines: bool,
    window: &Window,
) -> Result<Page<disease::Model>, Error> {
    let keyset = window.keyset(BY_NAME)?;
    let mut sql = Sql::new(format!("SELECT {DISEASE} FROM disease d WHERE "));
    narrow_diseases(&mut sql, search)?;
    if with_lines {
        sql.push(" AND ");
        has_lines(&mut sql, actor);
    }
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Listed> = sql.all(app.db.read()).await?;
    let key = |row: &Listed| Cursor(vec![KeyPart::Text(row.disease.name_key.clone()), KeyPart::Int(row.disease.id.0)]);
    Ok(keyset.page(rows, key).map(|row| row.disease))
}

/// How many diseases the list has.
///
/// # Errors
/// An overlong search, or those of the database.
pub async fn count_diseases(app: &App, actor: &Actor, search: Option<&str>, with_lines: bool) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT count(*) FROM disease d WHERE ");
    narrow_diseases(&mut sql, search)?;
    if with_lines {
        sql.push(" AND ");
        has_lines(&mut sql, actor);
    }
    Ok(sql.number(app.db.read()).await?)
}

/// Lines of a disease and of those below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// That the actor may see.
    pub all: i64,
    /// That the bank holds.
    pub held: i64,
}

/// Numbers of lines of diseases, in one statement. Diseases without lines are absent.
///
/// # Errors
/// Those of the database.
pub async fn line_counts(
    app: &App,
    actor: &Actor,
    diseases: &[DiseaseId],
) -> Result<HashMap<DiseaseId, LineCounts>, DbErr> {
    let ids = || diseases.iter().map(|id| id.0);
    let mut sql = Sql::new(
        "SELECT a.id, count(DISTINCT l.id), count(DISTINCT CASE WHEN l.holding = 'held' THEN l.id END)
         FROM (SELECT ancestor_id AS id, disease_id AS below FROM disease_ancestor WHERE ancestor_id IN (",
    );
    sql.bind_all(ids()).push(") UNION ALL SELECT id, id FROM disease WHERE id IN (").bind_all(ids());
    sql.push(")) a JOIN cell_line_disease x ON x.disease_id = a.below JOIN cell_line l ON l.id = x.line_id WHERE ");
    sql.push(visible_to(actor)).push(" GROUP BY a.id");
    let rows = sql.rows(app.db.read()).await?;
    let count = |row: &sea_orm::QueryResult| {
        let counts = LineCounts { all: row.try_get_by_index(1)?, held: row.try_get_by_index(2)? };
        Ok((row.try_get_by_index(0)?, counts))
    };
    rows.iter().map(count).collect()
}

#[derive(FromQueryResult)]
struct Coded {
    code: String,
    #[sea_orm(nested)]
    disease: NamedDisease,
}

/// Diseases by key or by code, each with how it was named; what names none is left out.
///
/// # Errors
/// Those of the database.
pub async fn named(app: &App, names: &[String]) -> Result<Vec<(String, NamedDisease)>, DbErr> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<i64> = names.iter().filter_map(|name| DiseaseId::from_global(name)).map(|id| id.0).collect();
    let code = |name: &String| name.trim().to_uppercase();
    let mut sql = Sql::new(
        "SELECT c.code, d.id, d.mondo_id, d.name, d.name_ko FROM disease_code c JOIN disease d ON d.id = c.disease_id
         WHERE c.code IN (",
    );
    sql.bind_all(names.iter().map(code)).push(") UNION ALL SELECT '', d.id, d.mondo_id, d.name, d.name_ko ");
    sql.push("FROM disease d WHERE d.id IN (").bind_all(ids).push(")");
    let found: Vec<Coded> = sql.all(app.db.read()).await?;
    let of = |name: &String| {
        let id = DiseaseId::from_global(name);
        let is_it = |one: &&Coded| Some(one.disease.id) == id || (id.is_none() && one.code == code(name));
        Some((name.clone(), found.iter().find(is_it)?.disease.clone()))
    };
    Ok(names.iter().filter_map(of).collect())
}

/// The number of pieces in which [`line_names`] tells the lines.
///
/// # Errors
/// Those of the database.
pub async fn pieces(app: &App) -> Result<i64, DbErr> {
    let last = Sql::new("SELECT coalesce(max(id), 0) FROM cell_line").number(app.db.read()).await?;
    Ok((last + SPAN - 1) / SPAN)
}

/// How addresses name the public lines of a piece, counted from 1.
///
/// # Errors
/// Those of the database.
pub async fn line_names(app: &App, piece: i64) -> Result<Vec<String>, DbErr> {
    let mut sql = Sql::new("SELECT coalesce(l.accession, l.rrid, l.name), l.holding FROM cell_line l WHERE ");
    sql.push(visible_to(&Actor::anonymous(crate::language::Lang::En))).push(" AND l.id > ").bind((piece - 1) * SPAN);
    sql.push(" AND l.id <= ").bind(piece * SPAN).push(" ORDER BY l.id");
    let rows = sql.rows(app.db.read()).await?;
    let mut names = rows
        .iter()
        .map(|row| Ok((row.try_get_by_index::<Holding>(1)? == Holding::Reference, row.try_get_by_index(0)?)))
        .collect::<Result<Vec<(bool, String)>, DbErr>>()?;
    names.sort_by_key(|(is_reference, _)| *is_reference);
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// Diseases that have public lines, by key, at most ten thousand.
///
/// # Errors
/// Those of the database.
pub async fn diseases_with_lines(app: &App) -> Result<Vec<NamedDisease>, DbErr> {
    let mut sql = Sql::new("SELECT d.id, d.mondo_id, d.name, d.name_ko FROM disease d WHERE ");
    has_lines(&mut sql, &Actor::anonymous(crate::language::Lang::En));
    sql.push(&format!(" ORDER BY d.id LIMIT {MOST_DISEASES}"));
    sql.all(app.db.read()).await
}
