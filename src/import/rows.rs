//! Writing and reading many rows by one statement.

use crate::db::{ROWS_PER_STATEMENT, Sql};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use std::fmt::Write;

/// Inserts rows, [`ROWS_PER_STATEMENT`] at a time, and gives back what `tail` returns.
///
/// `head` is `INSERT INTO table (column, ...)`, `tail` what follows the rows, such as `ON CONFLICT DO NOTHING` or
/// `RETURNING id`; `values` are the rows one after the other, `columns` of them a row. The values of a statement are
/// made while the database works on the one before.
///
/// # Errors
/// Those of the database.
pub fn insert<'a>(
    db: &'a impl ConnectionTrait,
    head: &'a str,
    columns: usize,
    values: impl IntoIterator<Item = Value, IntoIter: Send + 'a>,
    tail: &'a str,
) -> BoxFuture<'a, Result<Vec<QueryResult>, DbErr>> {
    // What makes the values is known by nothing but what it gives: as a type of its own it would be asked of everything
    // that waits for this whether it can move between threads, for every lifetime at once.
    Box::pin(insert_each(db, head, columns, Box::new(values.into_iter()), tail))
}

async fn insert_each(
    db: &impl ConnectionTrait,
    head: &str,
    columns: usize,
    mut left: Box<dyn Iterator<Item = Value> + Send + '_>,
    tail: &str,
) -> Result<Vec<QueryResult>, DbErr> {
    let most = columns * ROWS_PER_STATEMENT;
    let backend = db.get_database_backend();
    let mut returned = Vec::new();
    let mut full = String::new();
    let mut next_statement = || {
        let mut taken = Vec::with_capacity(most);
        taken.extend(left.by_ref().take(most));
        if taken.is_empty() {
            return None;
        }
        let text = if taken.len() < most {
            statement(backend, head, columns, taken.len() / columns, tail)
        } else {
            if full.is_empty() {
                full = statement(backend, head, columns, ROWS_PER_STATEMENT, tail);
            }
            full.clone()
        };
        Some(Statement::from_sql_and_values(backend, text, taken))
    };
    let mut waiting = next_statement();
    while let Some(statement) = waiting {
        let working = async {
            if tail.contains("RETURNING") {
                db.query_all_raw(statement).await
            } else {
                db.execute_raw(statement).await.map(|_| vec![])
            }
        };
        let (worked, next) = futures_util::join!(working, async { next_statement() });
        returned.extend(worked?);
        waiting = next;
    }
    Ok(returned)
}

/// SQLite looks a numbered placeholder up by its name, one after the other, so thousands of them are slow to prepare;
/// its plain `?` is not.
fn statement(backend: DbBackend, head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * columns * 7 + 16);
    text.push_str(head);
    text.push_str(" VALUES ");
    for row in 0..rows {
        text.push_str(if row > 0 { ",(" } else { "(" });
        for column in 0..columns {
            if column > 0 {
                text.push(',');
            }
            if backend == DbBackend::Sqlite {
                text.push('?');
            } else {
                // Writing into a string cannot fail.
                let _ = write!(text, "${}", row * columns + column + 1);
            }
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    text
}

/// The rows of a query for a list of keys, [`ROWS_PER_STATEMENT`] keys at a time; `before` ends where the list begins:
/// `SELECT .. WHERE key IN`.
///
/// # Errors
/// Those of the database.
pub fn among<'a, V: Into<Value>>(
    db: &'a impl ConnectionTrait,
    before: &'a str,
    keys: impl IntoIterator<Item = V>,
) -> BoxFuture<'a, Result<Vec<QueryResult>, DbErr>> {
    let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    Box::pin(async move {
        let mut rows = Vec::new();
        for part in keys.chunks(ROWS_PER_STATEMENT) {
            let text = list(db.get_database_backend(), before, part.len());
            rows.extend(Sql::with(text, part.iter().cloned()).rows(db).await?);
        }
        Ok(rows)
    })
}

/// Runs a statement for a list of keys, as [`among`] does, without rows.
///
/// # Errors
/// Those of the database.
pub async fn each_among(db: &impl ConnectionTrait, before: &str, keys: &[i64]) -> Result<(), DbErr> {
    for part in keys.chunks(ROWS_PER_STATEMENT) {
        let text = list(db.get_database_backend(), before, part.len());
        Sql::with(text, part.iter().map(|key| (*key).into())).run(db).await?;
    }
    Ok(())
}

/// `before ($1, $2, ...)`.
fn list(backend: DbBackend, before: &str, keys: usize) -> String {
    let row = statement(backend, "", keys, 1, "");
    format!("{before} {}", row.trim_start_matches(" VALUES "))
}
