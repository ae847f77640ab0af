//! What copies of the whole database need: every row as text, one state to copy, a file copied while it is used.

use super::sql::{self, tables};
use super::{Db, connection, serving, with_end};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{
    AccessMode, ConnectionTrait, Database, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement,
    TransactionOptions, TransactionTrait,
};
use std::path::Path;

/// A query for all rows of a table, each as one text from which every value can be told.
///
/// # Errors
/// Those of the database.
pub async fn rows_as_text(db: &impl ConnectionTrait, table: &str) -> Result<Statement, DbErr> {
    let backend = db.get_database_backend();
    if backend == DbBackend::Postgres {
        return Ok(Statement::from_string(backend, format!("SELECT CAST(t AS TEXT) FROM \"{table}\" t")));
    }
    let columns = sql::columns_of_sqlite(db, table).await?;
    let values: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
    Ok(Statement::from_string(backend, format!("SELECT {} FROM \"{table}\"", values.join(" || ',' || "))))
}

/// Writes a copy of an SQLite file while others use it: one consistent state, without a write-ahead log. The copy does
/// not say that a service uses it.
///
/// # Errors
/// Those of the database, a full disk among them.
pub async fn copy_sqlite(url: &str, to: &Path) -> Result<(), DbErr> {
    let source = connection::as_it_is(url).await?;
    let copied = sql::vacuum_into(&source, &to.display().to_string()).await;
    source.close().await?;
    copied?;
    let options = SqliteConnectOptions::new().filename(to);
    let pool = sea_orm::sqlx::SqlitePool::connect_with(options).await;
    let pool = pool.map_err(|error| DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))?;
    let copy = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    if tables(&copy).await?.iter().any(|table| table == "commit_key") {
        serving::note(&copy, None).await?;
    }
    copy.close().await?;
    debug_assert!(!with_end(to, "-wal").exists(), "the copy is whole");
    Ok(())
}

/// One state of a PostgreSQL database, which other sessions can look at by its name while this is open.
#[derive(Debug)]
pub struct Snapshot {
    tx: DatabaseTransaction,
    /// Its name, for `pg_dump --snapshot`.
    pub name: String,
}

impl Snapshot {
    /// Reads by it.
    pub fn read(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

impl Db {
    /// Opens a snapshot (PostgreSQL only). It holds one connection until it is dropped.
    ///
    /// # Errors
    /// Those of the database.
    #[expect(clippy::disallowed_methods, reason = "it only reads")]
    pub async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..Default::default()
        };
        let tx = self.readers.begin_with_options(options).await?;
        let name = sql::export_snapshot(&tx).await?;
        Ok(Snapshot { tx, name })
    }
}

/// Makes the PostgreSQL database that an address names, by the server's own database.
///
/// # Errors
/// Those of the database, such as a missing right.
pub async fn create_database(url: &str) -> Result<(), DbErr> {
    let (path, options) = url.split_once('?').map_or((url, String::new()), |(path, rest)| (path, format!("?{rest}")));
    let (server, name) = path.rsplit_once('/').ok_or_else(|| DbErr::Custom(format!("no database in {url}")))?;
    let connection = Database::connect(format!("{server}/postgres{options}")).await?;
    let made = connection.execute_unprepared(&format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""))).await;
    connection.close().await?;
    made.map(drop)
}
