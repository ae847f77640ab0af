//! What stands at an address, before anything is done to it: a bank, nothing, or somebody else's data.

use super::model::bank;
use super::sql::{migrations_that_ran, tables};
use super::{DatabaseKind, connection, database_kind, has_any};
use crate::error::database_code;
use migrations::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The first migration of every bank, ever: by it a bank is told from the database of another program.
const MARKER: &str = "m01_bank";
/// Where the library of migrations keeps which of them ran.
pub(super) const LIST_OF_MIGRATIONS: &str = "seaql_migrations";

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No such file, or no such database on the server.
    Missing,
    /// A database without any table.
    Empty,
    /// A bank.
    Bank(BankStanding),
    /// Something else: the data of another program, or no database at all.
    Foreign,
}

/// How far a bank's database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStanding {
    /// What kind of bank it is.
    pub kind: DatabaseKind,
    /// Migrations of this release that have not run yet.
    pub pending: Vec<String>,
    /// Migrations that ran and that this release does not know: a newer one was here.
    pub unknown: Vec<String>,
    /// True if the service did not stop properly and the write-ahead log that has to be beside the file is gone.
    pub log_is_missing: bool,
}

/// Looks at what stands at an address, and changes nothing.
///
/// # Errors
/// A malformed address, or a database that cannot be reached or read.
pub async fn standing(url: &str) -> Result<Standing, DbErr> {
    let file = sqlite_file(url);
    if file.as_ref().is_some_and(|file| !file.exists()) {
        return Ok(Standing::Missing);
    }
    let has_log = file.is_none_or(|file| with_end(&file, "-wal").exists());
    let looked = async {
        let connection = connection::as_it_is(url).await?;
        let standing = of_connection(&connection, has_log).await;
        connection.close().await?;
        standing
    };
    match looked.await {
        Err(error) if is_no_database(&error) => Ok(Standing::Foreign),
        Err(error) if is_unknown_database(&error) => Ok(Standing::Missing),
        answer => answer,
    }
}

/// The file of an SQLite database's address; none of a server's.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok())?;
    Some(options?.get_filename().to_path_buf())
}

/// The address of an SQLite file; what would end the path in an address is written as its code. None of a name that is
/// no text.
pub fn sqlite_url(file: &Path) -> Option<String> {
    let coded = file.to_str()?.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace(' ', "%20");
    Some(format!("sqlite://{coded}"))
}

/// A file of the same name with another end, such as `bank.db-wal`.
pub fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(end);
    path.into()
}

async fn of_connection(db: &DatabaseConnection, has_log: bool) -> Result<Standing, DbErr> {
    let tables: BTreeSet<String> = tables(db).await?.into_iter().collect();
    if tables.is_empty() {
        return Ok(Standing::Empty);
    }
    if !tables.contains(LIST_OF_MIGRATIONS) {
        return Ok(Standing::Foreign);
    }
    let ran = migrations_that_ran(db).await?;
    if !ran.iter().any(|step| step == MARKER) {
        return Ok(Standing::Foreign);
    }
    let pending = pending_migrations(&ran);
    let unknown = unknown_migrations(&ran);
    let kind = database_kind(db).await?;
    let log_is_missing = !has_log && is_served(db, &tables).await?;
    Ok(Standing::Bank(BankStanding { kind, pending, unknown, log_is_missing }))
}

/// Whether the service has the bank open, or had when it ended without stopping; older releases did not note it.
async fn is_served(db: &DatabaseConnection, tables: &BTreeSet<String>) -> Result<bool, DbErr> {
    let served = bank::Entity::find().filter(bank::Column::ServedSince.is_not_null());
    Ok(tables.contains("commit_key") && has_any(db, served).await?)
}

/// Those of this release that are not among some.
pub(super) fn pending_migrations(ran: &[String]) -> Vec<String> {
    known_migrations().into_iter().filter(|step| !ran.contains(step)).collect()
}

/// Those of some migrations that this release does not know.
pub fn unknown_migrations(ran: &[String]) -> Vec<String> {
    let known = known_migrations();
    ran.iter().filter(|step| !known.contains(step)).cloned().collect()
}

fn known_migrations() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// SQLite: NOTADB 26.
fn is_no_database(error: &DbErr) -> bool {
    database_code(error).as_deref() == Some("26")
}

/// PostgreSQL: 3D000 invalid_catalog_name.
fn is_unknown_database(error: &DbErr) -> bool {
    database_code(error).as_deref() == Some("3D000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_whole_in_an_address() {
        let file = Path::new("/a b/50%?#/bank.db");
        let url = sqlite_url(file).unwrap();
        assert_eq!(url, "sqlite:///a%20b/50%25%3F%23/bank.db");
        assert_eq!(sqlite_file(&url).unwrap(), file);
    }
}
