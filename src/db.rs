//! The database: two engines behind one door.
//!
//! PostgreSQL has a pool for reading and one for writing. SQLite has two: a single writer whose transactions begin IMMEDIATE, so that writers queue
//! in the pool instead of failing, and several readers that cannot write at all. [`Transaction`] is the only way to
//! change anything; it also raises the catalogue's version when the public can see what changed.

mod commit;
mod connection;
mod copying;
pub mod model;
mod serving;
mod sql;
mod standing;
mod storage;

pub use commit::delete_old_keys;
pub use copying::{Snapshot, copy_sqlite, create_database, rows_as_text};
pub use sql::{Sql, literal, migrations_that_ran, quick_check, row_count, server_time, tables};
pub use standing::{BankStanding, Standing, sqlite_file, sqlite_url, standing, unknown_migrations, with_end};

use crate::config::Durability;
use crate::error::{Code, DomainError};
use crate::telemetry::{self, Contention};
use migrations::{Migrator, MigratorTrait};
use model::{bank, catalogue_version, number_series};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QuerySelect, Select, Set,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use storage::Storage;

/// How long a writer waits for a lock before the caller is told to try again.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one waits when half of the connections are taken: whoever waits for one thing must not keep the others from
/// theirs.
const CROWDED_LOCK_TIMEOUT: Duration = Duration::from_millis(300);
/// How long a reader waits for a lock: only for whoever changes tables.
const READ_LOCK_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections to PostgreSQL by which one instance writes, and by which it reads; background tasks and readiness have
/// their own.
const POSTGRES_WRITERS: u32 = 8;
const POSTGRES_READERS: u32 = 8;
/// Number of the advisory lock by which instances on one PostgreSQL database take turns at migrating.
const MIGRATION_LOCK: i64 = 0x7374_656d_6d69_6772;
/// Attempts of an operation that met a lock.
const ATTEMPTS: u32 = 4;
/// The most rows that one statement inserts; keeps within SQLite's 32,766 and PostgreSQL's 65,535 bound values.
pub const ROWS_PER_STATEMENT: usize = 500;

/// The open database.
#[derive(Clone)]
pub struct Db {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    storage: Arc<Storage>,
    url: Arc<str>,
    /// Transactions that write, open by these connections.
    open: Arc<AtomicU32>,
    /// How many there can be.
    most_open: u32,
}

impl std::fmt::Debug for Db {
    /// Without its address, in which a password may stand.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Db {
    /// Connects; a missing SQLite file is created. What it acknowledges outlives a power cut.
    ///
    /// # Errors
    /// A malformed address or a database that cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        Self::connect_with(url, Durability::Full).await
    }

    /// The same, for SQLite with the durability that was chosen.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn connect_with(url: &str, durability: Durability) -> Result<Self, DbErr> {
        let (storage, address) = (Arc::new(Storage::default()), Arc::from(url));
        if url.starts_with("sqlite:") {
            let (writer, readers) = connection::sqlite(url, durability, &storage).await?;
            Ok(Self { writer, readers, storage, url: address, open: Arc::default(), most_open: u32::MAX })
        } else {
            let writer = connection::postgres_writers(url, POSTGRES_WRITERS).await?;
            let readers = connection::postgres_readers(url, POSTGRES_READERS).await?;
            Ok(Self { writer, readers, storage, url: address, open: Arc::default(), most_open: POSTGRES_WRITERS })
        }
    }

    /// The same database by connections of its own, so that whoever uses them does not wait behind the others: so many
    /// on PostgreSQL. On SQLite they only read; its one writer is everybody's.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn apart(&self, connections: u32) -> Result<Self, DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(Self {
                readers: connection::sqlite_readers(&self.url, Ord::min(connections, 2)).await?,
                ..self.clone()
            });
        }
        let pool = connection::postgres_writers(&self.url, connections).await?;
        let db = Self { writer: pool.clone(), readers: pool, open: Arc::default(), ..self.clone() };
        Ok(Self { most_open: connections, ..db })
    }

    /// Closes the connections that are its own, of one that stands apart; before the others are closed.
    ///
    /// # Errors
    /// A connection that does not close.
    pub async fn close_apart(self) -> Result<(), DbErr> {
        self.readers.close().await
    }

    /// For queries outside a transaction. On SQLite these connections refuse to write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Tells every statement that this handle reads by from now on, for finding out how the engine runs it.
    pub fn watch_reads(&mut self, observe: impl Fn(&Statement) + Send + Sync + 'static) {
        self.readers.set_metric_callback(move |info| observe(info.statement));
    }

    /// The same for what it writes by, transactions included.
    pub fn watch_writes(&mut self, observe: impl Fn(&Statement) + Send + Sync + 'static) {
        self.writer.set_metric_callback(move |info| observe(info.statement));
    }

    /// Which engine this is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Opens the one transaction of an operation; dropping it undoes everything.
    ///
    /// # Errors
    /// The database is away, another process holds SQLite's lock for too long, or the storage failed and does not keep
    /// what is written yet.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.in_no_doubt().await?;
        self.open().await
    }

    #[expect(clippy::disallowed_methods, reason = "the one door to a transaction")]
    async fn open(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let begun = Instant::now();
        let place = Place::take(&self.open);
        let tx = self.writer.begin_with_options(options).await.inspect_err(|error| self.storage.failed(error))?;
        telemetry::transaction_begun(begun.elapsed());
        if place.taken_before >= self.most_open / 2 && self.backend() == DbBackend::Postgres {
            let timeout = CROWDED_LOCK_TIMEOUT.as_millis();
            tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {timeout}")).await?;
        }
        Ok(Transaction { tx, public_changed: AtomicBool::new(false), db: self.clone(), _place: place })
    }

    /// Runs the migrations that have not run yet, as [`Db::migrate_with`] does.
    ///
    /// # Errors
    /// Whatever a step meets.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        self.migrate_with::<Migrator>().await
    }

    /// Runs those of some migrations that have not run yet, all of them in one transaction: if one fails, or the
    /// process is killed, the database stays what it was and the release before goes on with it. Of instances that
    /// start at once, one migrates and the others wait for it.
    ///
    /// # Errors
    /// Whatever a step meets.
    pub async fn migrate_with<M: MigratorTrait>(&self) -> Result<(), DbErr> {
        if M::get_pending_migrations_read_only(&self.readers).await?.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        if self.backend() == DbBackend::Postgres {
            // Whoever waits for its turn may wait long; whoever waits for a table must not hold up its readers.
            let turn = format!(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK});
                 SET LOCAL lock_timeout = {}",
                LOCK_TIMEOUT.as_millis()
            );
            tx.execute_unprepared(&turn).await?;
        }
        M::up(&*tx, None).await?;
        // Without a key: its table may not be there yet, and migrating again is harmless.
        tx.tx.commit().await
    }

    /// Names of migrations that have not run yet.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DbErr> {
        let is_new = !tables(&self.readers).await?.iter().any(|table| table == standing::LIST_OF_MIGRATIONS);
        let ran = if is_new { vec![] } else { migrations_that_ran(&self.readers).await? };
        Ok(standing::pending_migrations(&ran))
    }

    /// Lets SQLite learn which indexes select well; cheap, and a no-op where autovacuum does it.
    ///
    /// # Errors
    /// A database that cannot be written.
    pub async fn analyze(&self) -> Result<(), DbErr> {
        let sql = match self.backend() {
            DbBackend::Sqlite => "PRAGMA analysis_limit = 4000; ANALYZE;",
            _ => "ANALYZE",
        };
        self.writer.execute_unprepared(sql).await.map(drop)
    }
}

/// An operation's open transaction.
#[derive(Debug)]
pub struct Transaction {
    tx: DatabaseTransaction,
    public_changed: AtomicBool,
    db: Db,
    _place: Place,
}

/// One of the connections that write, from asking for it until the transaction ends.
#[derive(Debug)]
struct Place {
    open: Arc<AtomicU32>,
    taken_before: u32,
}

impl Place {
    fn take(open: &Arc<AtomicU32>) -> Self {
        Self { taken_before: open.fetch_add(1, Ordering::Relaxed), open: Arc::clone(open) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Deref for Transaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

impl Transaction {
    /// Says that this transaction changes something the public can see.
    pub fn public_changed(&self) {
        self.public_changed.store(true, Ordering::Relaxed);
    }

    /// Makes everything permanent. The version row comes last, so that it is locked for the shortest time. If the
    /// answer is lost, the database is asked whether it was done.
    ///
    /// # Errors
    /// The database refused, and nothing of the transaction stays; or it cannot be said whether it was done
    /// ([`is_outcome_unknown`](crate::error::is_outcome_unknown)).
    pub async fn commit(self) -> Result<(), DbErr> {
        if self.public_changed.into_inner() {
            let raised = Expr::col(catalogue_version::Column::Version).add(1);
            let update = catalogue_version::Entity::update_many().col_expr(catalogue_version::Column::Version, raised);
            update.exec(&self.tx).await?;
        }
        commit::commit(self.tx, &self.db).await
    }
}

/// Version of the public content: raised by every transaction that changes any of it.
///
/// # Errors
/// A database that cannot be read.
pub async fn catalogue_version(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let row = catalogue_version::Entity::find_by_id(1).one(db).await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("catalogue_version".into()))?.version)
}

/// Does an operation, and does it again if it met a passing lock; the last refusal is the caller's. Who waited a whole
/// lock's time already is not made to wait again.
///
/// # Errors
/// Those of the operation.
pub async fn retrying<T, E: DomainError, Doing: Future<Output = Result<T, E>>>(
    operation: impl Fn() -> Doing,
) -> Result<T, E> {
    let begun = Instant::now();
    let mut attempt = 1;
    loop {
        match operation().await {
            Err(error) if error.describe().code == Code::Busy => {
                if attempt == ATTEMPTS || begun.elapsed() >= LOCK_TIMEOUT {
                    telemetry::database_busy(Contention::GivenUp);
                    return Err(error);
                }
                telemetry::database_busy(Contention::Retried);
                tracing::debug!(attempt, "met a lock, trying again");
                let pause = Duration::from_millis(rand::random_range(5..25) * u64::from(attempt));
                tokio::time::sleep(pause).await;
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

/// Gives out the next number of a series, such as `REQ-2026-00042`; a rolled-back operation gives its number back.
///
/// # Errors
/// Those of the database.
pub async fn next_number(tx: &Transaction, series: &str, year: i32) -> Result<String, DbErr> {
    Ok(format!("{series}-{year}-{:05}", next_of_series(tx, series, year).await?))
}

/// That number by itself.
///
/// # Errors
/// Those of the database.
pub async fn next_of_series(tx: &Transaction, series: &str, year: i32) -> Result<i64, DbErr> {
    use number_series::{ActiveModel, Column, Entity};
    let one_more = Expr::col((Entity, Column::Last)).add(1);
    let begun = OnConflict::columns([Column::Series, Column::Year]).value(Column::Last, one_more).to_owned();
    let first = ActiveModel { series: Set(series.to_owned()), year: Set(year), last: Set(1) };
    Ok(Entity::insert(first).on_conflict(begun).exec_with_returning(&**tx).await?.last)
}

/// What kind of bank a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseKind {
    /// It is a demonstration, with documented passwords and made-up people; `serve` refuses it.
    pub is_demo: bool,
    /// All its records are in; always so of a real bank.
    pub is_filled: bool,
}

/// # Errors
/// A database that cannot be read, or on which no migration ran.
pub async fn database_kind(db: &impl ConnectionTrait) -> Result<DatabaseKind, DbErr> {
    // Of these columns only: it is asked of databases of earlier releases, too.
    let row = bank::Entity::find_by_id(1).select_only().column(bank::Column::Kind).column(bank::Column::Filled);
    let row: Option<(bank::Kind, bool)> = row.into_tuple().one(db).await?;
    let (kind, is_filled) = row.ok_or_else(|| DbErr::RecordNotFound("bank".into()))?;
    Ok(DatabaseKind { is_demo: kind == bank::Kind::Demo, is_filled })
}

/// True of a demonstration, whose passwords are known to everybody.
///
/// # Errors
/// A database that cannot be read, or on which no migration ran.
pub async fn is_demo(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(database_kind(db).await?.is_demo)
}

/// What kind of bank an SQLite file holds. Unlike [`Db::connect`] this neither makes a file nor changes its settings,
/// so that it can be asked of files that may be somebody else's.
///
/// # Errors
/// A missing file, one that is no database, or one of something else than a bank.
pub async fn database_kind_of_file(url: &str) -> Result<DatabaseKind, DbErr> {
    let connection = connection::as_it_is(url).await?;
    let kind = database_kind(&connection).await;
    connection.close().await?;
    kind
}

/// Whether a query finds a row. It asks for the first one; sea-orm's `exists` asks PostgreSQL for all of them.
///
/// # Errors
/// Those of the database.
pub async fn has_any<E: EntityTrait>(db: &impl ConnectionTrait, query: Select<E>) -> Result<bool, DbErr> {
    let first: Option<i32> = query.select_only().expr_as(Expr::val(1), "found").into_tuple().one(db).await?;
    Ok(first.is_some())
}

/// What an insert does when a unique index, whichever, has such a row already: nothing.
pub fn unless_there() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}
