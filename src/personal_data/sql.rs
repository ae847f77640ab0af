//! Statements over personal data that are made from lists of columns, which a test compares with the database.

use crate::command::Work;
use crate::db::Sql;
use crate::id::PersonId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

/// Deletes a table's rows that point at a person by a column.
pub(super) async fn delete_of(work: &Work<'_>, table: &str, column: &str, person: PersonId) -> Result<(), DbErr> {
    Sql::with(format!("DELETE FROM {table} WHERE {column} = $1"), [person.into()]).run(work).await.map(drop)
}

/// Sets the columns of a row to what a list of [`super::erasure`] makes of them; `$2` is the instant.
pub(super) async fn erase(
    work: &Work<'_>,
    table: &str,
    columns: &[(&str, Option<&str>)],
    key: i64,
) -> Result<(), DbErr> {
    let set = columns.iter().filter_map(|(column, value)| Some(format!("{column} = {}", (*value)?)));
    let sql = format!("UPDATE {table} SET {} WHERE id = $1", set.collect::<Vec<_>>().join(", "));
    Sql::with(sql, [key.into(), work.now().into()]).run(work).await.map(drop)
}

/// Rows of a part of [`super::export`], each as the text of a JSON object of keys and SQL; `$1` is the person. The database
/// makes the objects, so that a row is the same text on both engines but for the form of instants.
pub(super) async fn objects<'a>(
    db: &impl ConnectionTrait,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    from: &str,
    person: PersonId,
) -> Result<Vec<String>, DbErr> {
    let object = if db.get_database_backend() == DbBackend::Sqlite { "json_object" } else { "json_build_object" };
    let pairs: Vec<_> = fields.map(|(key, value)| format!("'{key}', {value}")).collect();
    let sql = format!("SELECT CAST({object}({}) AS TEXT) FROM {from}", pairs.join(", "));
    let rows = Sql::with(sql, [person.into()]).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
