//! Constraints of tables that are there already, in words that both engines share.
//!
//! PostgreSQL adds them. SQLite has no such statement: the constraint is written into the table's stored definition, as
//! SQLite's documentation of ALTER TABLE describes for changes that leave the rows as they are, and then every row is
//! checked. So no table is made anew, which with foreign keys on would search all that refer to it, row by row. All of
//! it happens in the migration's transaction: a definition that cannot be read or a row that breaks it undoes the
//! whole.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};
use sea_orm_migration::{DbErr, SchemaManager, SchemaManagerConnection};

/// Adds constraints, each as `CONSTRAINT name CHECK (...)` or `CONSTRAINT name FOREIGN KEY (...) REFERENCES ...`; a
/// unique key is an index and is made as one.
///
/// # Errors
/// A row that breaks one, or a definition that is not as expected.
pub async fn constrain(manager: &SchemaManager<'_>, table: &str, constraints: &[&str]) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if manager.get_database_backend() != DbBackend::Sqlite {
        let added: Vec<_> = constraints.iter().map(|constraint| format!("ADD {constraint}")).collect();
        return db.execute_unprepared(&format!("ALTER TABLE {table} {}", added.join(", "))).await.map(drop);
    }
    redefine(db, table, |definition| with(definition, constraints)).await
}

/// Says which words a column of text may have, in the place of those it could have before: a new word is one more in
/// this list. Null stays what it was.
///
/// # Errors
/// A row with another word, or a definition that is not as expected.
pub async fn words(manager: &SchemaManager<'_>, table: &str, column: &str, words: &[&str]) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let words = words.join("', '");
    let constraint = format!("CONSTRAINT {table}_{column}_check CHECK ({column} IN ('{words}'))");
    if manager.get_database_backend() != DbBackend::Sqlite {
        let sql = format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_{column}_check, ADD {constraint}");
        return db.execute_unprepared(&sql).await.map(drop);
    }
    redefine(db, table, |definition| {
        let start = format!("CHECK ({column} IN");
        let Some(at) = definition.find(&start) else { return with(definition, &[&constraint]) };
        let (before, check) = definition.split_at(at + start.len());
        let (_, list) = check.split_once('(')?;
        let (_, after) = list.split_once(')')?;
        after.trim_start().starts_with(')').then(|| format!("{before} ('{words}'){after}"))
    })
    .await
}

/// Forbids null in a column, given with its type as it was added: `request_id BIGINT`.
///
/// # Errors
/// A row without it, or a definition that is not as expected.
pub async fn not_null(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if manager.get_database_backend() != DbBackend::Sqlite {
        let name = column.split(' ').next().unwrap_or(column);
        return db.execute_unprepared(&format!("ALTER TABLE {table} ALTER {name} SET NOT NULL")).await.map(drop);
    }
    redefine(db, table, |definition| {
        let at = definition.find(&format!(" {column}"))? + 1 + column.len();
        let (before, after) = definition.split_at(at);
        Some(format!("{before} NOT NULL{after}"))
    })
    .await
}

/// A definition with more constraints, on lines of their own: the last one may end in a comment.
fn with(definition: &str, constraints: &[&str]) -> Option<String> {
    let (columns, rest) = definition.split_at(definition.rfind(')')?);
    Some(format!("{}\n, {}\n{rest}", columns.trim_end(), constraints.join(",\n  ")))
}

/// Changes the stored definition of a table on SQLite and checks its rows by the new one.
async fn redefine(
    db: &SchemaManagerConnection<'_>,
    table: &str,
    change: impl FnOnce(&str) -> Option<String>,
) -> Result<(), DbErr> {
    let stored = format!("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'");
    let definition: String = value(db, &stored).await?;
    let unexpected = || DbErr::Migration(format!("{table} is not defined as expected: {definition}"));
    let changed = change(&definition).ok_or_else(unexpected)?;
    let version: i64 = value(db, "PRAGMA schema_version").await?;
    db.execute_unprepared("PRAGMA writable_schema = ON").await?;
    let sql = "UPDATE sqlite_schema SET sql = $1 WHERE type = 'table' AND name = $2";
    let values = [changed.into(), table.into()];
    let written = db.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await;
    // Whatever came of it: nobody else writes there, and the definition is read anew, which refuses one that is no SQL.
    db.execute_unprepared(&format!("PRAGMA schema_version = {}; PRAGMA writable_schema = RESET", version + 1)).await?;
    if written?.rows_affected() != 1 {
        return Err(DbErr::Migration(format!("there is no one table {table}")));
    }
    check(db, table).await
}

/// Refuses if a row of the table breaks its definition.
async fn check(db: &SchemaManagerConnection<'_>, table: &str) -> Result<(), DbErr> {
    let said: String = value(db, &format!("PRAGMA quick_check('{table}')")).await?;
    if said != "ok" {
        return Err(DbErr::Migration(said));
    }
    match row(db, &format!("SELECT rowid, parent FROM pragma_foreign_key_check('{table}')")).await? {
        None => Ok(()),
        Some(row) => {
            let (id, parent): (Option<i64>, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let id = id.map_or_else(String::new, |id| format!(" {id}"));
            Err(DbErr::Migration(format!("FOREIGN KEY constraint failed in {table}{id}: no such {parent}")))
        }
    }
}

async fn row(db: &SchemaManagerConnection<'_>, sql: &str) -> Result<Option<QueryResult>, DbErr> {
    db.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await
}

async fn value<T: TryGetable>(db: &SchemaManagerConnection<'_>, sql: &str) -> Result<T, DbErr> {
    row(db, sql).await?.ok_or_else(|| DbErr::RecordNotFound(sql.into()))?.try_get_by_index(0)
}
