//! How the two engines are connected to.

use super::storage::Storage;
use super::{LOCK_TIMEOUT, READ_LOCK_TIMEOUT};
use crate::config::Durability;
use crate::error::is_passing;
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a caller waits for a free connection; writers on SQLite queue here behind the one that may wait for a lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// The same on PostgreSQL, where a connection is scarce only when the server is away.
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
/// Readers beside SQLite's one writer: measured 55 % faster than one on two cores.
const SQLITE_READERS: u32 = 4;
/// Pause before an SQLite file that another process is just creating is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(20);

/// How long one statement may read. Whoever asked may be gone by then: nothing else ends what nobody waits for.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one statement may take that writes; on PostgreSQL, where others write meanwhile.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Steps of SQLite's machine after which it looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 50_000;

/// SQLite's one writer and its readers; a missing file is created.
pub(super) async fn sqlite(
    url: &str,
    durability: Durability,
    storage: &Arc<Storage>,
) -> Result<(DatabaseConnection, DatabaseConnection), DbErr> {
    let begun = Instant::now();
    loop {
        match open(url, durability, storage).await {
            // The first to open a file switches it to write-ahead logging, by a lock for which SQLite lets nobody wait.
            Err(error) if is_passing(&error) && begun.elapsed() < LOCK_TIMEOUT => {
                tokio::time::sleep(REOPEN_AFTER).await;
            }
            answer => return answer,
        }
    }
}

async fn open(
    url: &str,
    durability: Durability,
    storage: &Arc<Storage>,
) -> Result<(DatabaseConnection, DatabaseConnection), DbErr> {
    let mut options = sqlite_options(url, 1, durability, false);
    let storage = Arc::clone(storage);
    // A connection whose transaction SQLite ended by itself would take the next one for a part of it: it would answer
    // to every COMMIT that it is done, and keep nothing.
    options.map_sqlx_sqlite_before_acquire(move |connection, _| {
        let has_failed = storage.throws_away();
        Box::pin(std::future::ready(Ok(!has_failed && !connection.is_in_transaction())))
    });
    let writer = Database::connect(options).await?;
    let readers = Database::connect(sqlite_reading(url, SQLITE_READERS, durability)).await?;
    Ok((writer, readers))
}

/// Readers that give up a statement after [`READ_TIMEOUT`].
fn sqlite_reading(url: &str, connections: u32, durability: Durability) -> ConnectOptions {
    let mut options = sqlite_options(url, connections, durability, true);
    options.map_sqlx_sqlite_before_acquire(|connection, _| {
        Box::pin(async move {
            let deadline = Instant::now() + READ_TIMEOUT;
            let mut handle = connection.lock_handle().await?;
            handle.set_progress_handler(STEPS_BETWEEN_LOOKS, move || Instant::now() < deadline);
            Ok(true)
        })
    });
    options
}

/// More readers of an SQLite file.
pub(super) async fn sqlite_readers(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    Database::connect(sqlite_reading(url, connections, Durability::Full)).await
}

/// A database as it is: it is neither made nor are its settings changed.
pub(super) async fn as_it_is(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| sqlite.create_if_missing(false).busy_timeout(LOCK_TIMEOUT));
    Database::connect(options).await
}

fn sqlite_options(url: &str, connections: u32, durability: Durability, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).min_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    options.sqlx_logging(false).test_before_acquire(false);
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Normal => SqliteSynchronous::Normal,
    };
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(LOCK_TIMEOUT)
            .pragma("cache_size", if read_only { "-16000" } else { "-64000" })
            .pragma("temp_store", "memory")
            .statement_cache_capacity(256);
        if read_only { sqlite.pragma("query_only", "on") } else { sqlite.pragma("wal_autocheckpoint", "16000") }
    });
    options
}

/// Connections to PostgreSQL that only read.
pub(super) async fn postgres_readers(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    postgres(url, connections, READ_LOCK_TIMEOUT, READ_TIMEOUT).await
}

/// Connections to PostgreSQL that write as well.
pub(super) async fn postgres_writers(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    postgres(url, connections, LOCK_TIMEOUT, WRITE_TIMEOUT).await
}

/// A pool of connections to PostgreSQL. None is opened before it is needed, and each waits so long for a lock and for
/// the end of one statement.
async fn postgres(
    url: &str,
    connections: u32,
    lock_timeout: Duration,
    statement_timeout: Duration,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT).sqlx_logging(false);
    options.map_sqlx_postgres_opts(move |postgres| {
        let lock_timeout = format!("{}ms", lock_timeout.as_millis());
        let statement_timeout = format!("{}ms", statement_timeout.as_millis());
        // The catalogue is in memory or on flash, where a page anywhere costs about what the next one costs; the
        // default of 4 is a turning disk's and makes the planner read whole tables.
        let timeouts = [("lock_timeout", lock_timeout), ("statement_timeout", statement_timeout)];
        let options = [("timezone", "UTC"), ("random_page_cost", "1.1")];
        postgres.options(timeouts).options(options).statement_cache_capacity(256)
    });
    Database::connect(options).await
}
