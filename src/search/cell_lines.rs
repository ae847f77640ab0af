//! Pages of lines and their number.

use super::filter::{Filter, Order, Prepared};
use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::catalogue::queries::{LISTED, ListedLine};
use crate::db::Sql;
use crate::page::{Cursor, KeyPart, Keyset, Page, Sort, Window, int, text};
use crate::search_words;
use sea_orm::{ActiveEnum, FromQueryResult};

/// Columns that sort a list without a search; the index `cell_line_order` holds them.
const BY_NAME: Sort = Sort { columns: &[text("l.holding"), text("l.name_key"), int("l.id")], descending: false };
const BY_RANK: Sort =
    Sort { columns: &[int("l.rank"), text("l.holding"), text("l.name_key"), int("l.id")], descending: false };
const NEWEST: Sort = Sort { columns: &[int("l.id")], descending: true };

#[derive(FromQueryResult)]
struct Listed {
    rank: i32,
    /// Diseases of the filter that there are.
    known: i64,
    #[sea_orm(nested)]
    line: ListedLine,
}

/// A page of the lines that the actor may see.
///
/// # Errors
/// A wrong window or filter, or those of the database.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: Filter,
    order: Order,
    window: &Window,
) -> Result<Page<ListedLine>, Error> {
    let prepared = filter.prepare(app, actor)?;
    let sort = sort(order, &prepared);
    let keyset = window.keyset(sort)?;
    if keyset.is_empty() {
        prepared.check_codes(app).await?;
        return Ok(Page::empty());
    }
    rows(app, &prepared, sort, &keyset).await
}

/// By what an order sorts.
pub(super) fn sort(order: Order, prepared: &Prepared) -> Sort {
    match (order, &prepared.whole) {
        (Order::Relevance, Some(_)) => BY_RANK,
        (Order::Newest, _) => NEWEST,
        _ => BY_NAME,
    }
}

/// The lines of one window of a list.
pub(super) async fn rows(
    app: &App,
    prepared: &Prepared,
    sort: Sort,
    keyset: &Keyset,
) -> Result<Page<ListedLine>, Error> {
    if prepared.finds_nothing() {
        prepared.check_codes(app).await?;
        return Ok(Page::empty());
    }
    let mut sql = Sql::new(format!("SELECT {LISTED}, "));
    prepared.count_codes(&mut sql);
    sql.push(" AS known, ");
    if sort.columns.len() == BY_RANK.columns.len() {
        sql.push("l.rank FROM (SELECT l.*, ");
        rank(&mut sql, prepared);
        sql.push(" AS rank FROM cell_line l WHERE ");
        prepared.narrow(&mut sql, &[]);
        sql.push(") l WHERE 1 = 1");
    } else {
        sql.push("0 AS rank FROM cell_line l WHERE ");
        prepared.narrow(&mut sql, &[]);
    }
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Listed> = sql.all(app.db.read()).await?;
    if rows.first().is_none_or(|row| !prepared.has_codes(row.known)) {
        prepared.check_codes(app).await?;
    }
    Ok(keyset.page(rows, |row| key(sort, row)).map(|row| row.line))
}

/// 0: the whole search is an accession, RRID or name; 1: a synonym; 2: it begins the name; 3: the rest.
fn rank(sql: &mut Sql, prepared: &Prepared) {
    let whole = prepared.whole.clone().unwrap_or_default();
    sql.push("CASE WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = ").bind(whole.clone());
    sql.push(" AND weight = 0) THEN 0 WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = ")
        .bind(whole.clone());
    sql.push(" AND weight = 1) THEN 1 WHEN l.name_key >= ").bind(whole.clone()).push(" AND l.name_key < ");
    sql.bind(search_words::prefix_end(&whole)).push(" THEN 2 ELSE 3 END");
}

fn key(sort: Sort, row: &Listed) -> Cursor {
    let id = KeyPart::Int(row.line.id.0);
    let name = [KeyPart::Text(row.line.holding.to_value()), KeyPart::Text(row.line.name_key.clone())];
    Cursor(match sort.columns.len() {
        1 => vec![id],
        3 => name.into_iter().chain([id]).collect(),
        _ => [KeyPart::Int(row.rank.into())].into_iter().chain(name).chain([id]).collect(),
    })
}

/// How many lines the list has.
///
/// # Errors
/// A wrong filter, or those of the database.
pub async fn count(app: &App, actor: &Actor, filter: Filter) -> Result<i64, Error> {
    let prepared = filter.prepare(app, actor)?;
    prepared.check_codes(app).await?;
    if prepared.finds_nothing() {
        return Ok(0);
    }
    let mut sql = Sql::new("SELECT count(*) FROM cell_line l WHERE ");
    prepared.narrow(&mut sql, &[]);
    Ok(sql.number(app.db.read()).await?)
}
