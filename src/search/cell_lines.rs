//! Pages of lines and their number.

use super::filter::{Filter, Order, Prepared};
use super::sql;
use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::Error;
use crate::catalogue::queries::ListedLine;
use crate::page::{Cursor, KeyPart, Keyset, Page, Sort, Window, int, text};
use sea_orm::ActiveEnum;

/// Columns that sort a list without a search; the index `cell_line_order` holds them.
const BY_NAME: Sort = Sort { columns: &[text("l.holding"), text("l.name_key"), int("l.id")], descending: false };
const BY_RANK: Sort =
    Sort { columns: &[int("l.rank"), text("l.holding"), text("l.name_key"), int("l.id")], descending: false };
const NEWEST: Sort = Sort { columns: &[int("l.id")], descending: true };

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
    let ranked = sort.columns.len() == BY_RANK.columns.len();
    let rows = sql::listed(app.db.read(), prepared, keyset, ranked).await?;
    if rows.first().is_none_or(|row| !prepared.has_codes(row.known)) {
        prepared.check_codes(app).await?;
    }
    Ok(keyset.page(rows, |row| key(sort, row)).map(|row| row.line))
}

fn key(sort: Sort, row: &sql::Listed) -> Cursor {
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
    Ok(sql::count(app.db.read(), &prepared).await?)
}
