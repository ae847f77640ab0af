//! What a table refuses, whoever asks: conditions on a change that no constraint can express, as triggers. Each is
//! written once, in SQL that both engines share.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{DbErr, SchemaManager};

/// A refusal.
pub(crate) struct Refusal<'a> {
    /// Its name.
    pub name: &'a str,
    /// The table.
    pub table: &'a str,
    /// The change: `INSERT`, `DELETE`, `UPDATE OF state`.
    pub change: &'a str,
    /// The condition on `OLD` and `NEW`.
    pub when: &'a str,
    /// What is said then.
    pub because: &'a str,
}

/// Makes a table refuse something.
pub(crate) async fn refuse(manager: &SchemaManager<'_>, refusal: &Refusal<'_>) -> Result<(), DbErr> {
    let Refusal { name, table, change, when, because } = refusal;
    let sql = if manager.get_database_backend() == DbBackend::Sqlite {
        format!(
            "CREATE TRIGGER {name} BEFORE {change} ON {table} WHEN {when}
             BEGIN SELECT RAISE(ABORT, '{because}'); END;"
        )
    } else {
        format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF {when} THEN RAISE EXCEPTION '{because}' USING ERRCODE = 'integrity_constraint_violation'; END IF;
               RETURN COALESCE(NEW, OLD);
             END $$;
             CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();"
        )
    };
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}

/// Rows of a table are never deleted.
pub(crate) async fn kept(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let (name, because) = (format!("{table}_is_kept"), format!("no {table} is deleted"));
    refuse(manager, &Refusal { name: &name, table, change: "DELETE", when: "TRUE", because: &because }).await
}

/// Columns of a table keep what they got with the row.
pub(crate) async fn fixed(manager: &SchemaManager<'_>, table: &str, columns: &[&str]) -> Result<(), DbErr> {
    let (name, because) = (format!("{table}_is_fixed"), format!("{table} keeps its {}", columns.join(", ")));
    let changes: Vec<_> = columns.iter().map(|column| format!("OLD.{column} IS DISTINCT FROM NEW.{column}")).collect();
    let (change, when) = (format!("UPDATE OF {}", columns.join(", ")), changes.join(" OR "));
    refuse(manager, &Refusal { name: &name, table, change: &change, when: &when, because: &because }).await
}
