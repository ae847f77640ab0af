//! A bank of its own for a run, and the plain door to its database that the twins use.

use crate::Failure;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Decode, Postgres, Row as _, SqlSafeStr, Sqlite, Transaction, Type};
use std::str::FromStr;
use std::sync::Arc;
use stembank::app::{App, Clock};
use stembank::config::{Config, Durability};
use stembank::db::Db;
use tempfile::TempDir;

/// Which database is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own on the cluster that `STEMBANK_TEST_POSTGRES` names.
    Postgres,
}

impl Engine {
    /// What the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The engines that can be measured here.
    pub fn present() -> Vec<Self> {
        let cluster = cluster().map(|_| Self::Postgres);
        [Self::Sqlite].into_iter().chain(cluster).collect()
    }
}

fn cluster() -> Option<String> {
    std::env::var("STEMBANK_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
}

/// A migrated bank; [`Bank::close`] removes it.
pub struct Bank {
    /// Its engine.
    pub engine: Engine,
    /// What operations are given; nothing is kept of answers.
    pub app: App,
    /// The same connections, without the bank's own layers.
    pub pool: Pool,
    database: Option<String>,
    _folder: TempDir,
}

impl Bank {
    /// Makes one with nothing in it, which need not outlive a power cut.
    pub async fn open(engine: Engine, name: &str) -> Result<Self, Failure> {
        Self::open_with(engine, name, Durability::Normal).await
    }

    /// The same, with the durability that was chosen.
    pub async fn open_with(engine: Engine, name: &str, durability: Durability) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let database = (engine == Engine::Postgres).then(|| format!("bank_bench_{}_{name}", std::process::id()));
        let url = match &database {
            None => format!("sqlite://{}", folder.path().join("bank.db").display()),
            Some(database) => {
                on_cluster(&format!("CREATE DATABASE {database}")).await?;
                let address = cluster().unwrap_or_default();
                address.rsplit_once('/').map_or(address.clone(), |(host, _)| format!("{host}/{database}"))
            }
        };
        let db = Db::connect_with(&url, durability).await?;
        db.migrate().await?;
        let pool = Pool::of(&db, &url).await?;
        let config = Config { database_url: url, cache_mib: 0, ..Config::default() };
        let app = App::new(db, Clock::system(), config);
        Ok(Self { engine, app, pool, database, _folder: folder })
    }

    /// The same bank, keeping answers as it does by default.
    pub fn keeping_answers(&self) -> App {
        let cache_mib = Config::default().cache_mib;
        let config = Arc::new(Config { cache_mib, ..(*self.app.config).clone() });
        App { config, ..self.app.clone() }
    }

    /// Lets the engine learn what is in the tables, as a running one does by itself.
    pub async fn settle(&self) -> Result<(), Failure> {
        if self.engine == Engine::Postgres {
            self.app.db.read().execute_unprepared("VACUUM ANALYZE").await?;
        }
        self.app.db.analyze().await?;
        Ok(())
    }

    /// Closes the connections and removes the database.
    pub async fn close(self) -> Result<(), Failure> {
        if let Pool::Sqlite { writer, .. } = &self.pool {
            writer.close().await;
        }
        self.app.db.close().await?;
        match &self.database {
            Some(database) => on_cluster(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await,
            None => Ok(()),
        }
    }
}

async fn on_cluster(sql: &str) -> Result<(), Failure> {
    let mut options = ConnectOptions::new(cluster().unwrap_or_default());
    options.max_connections(1).sqlx_logging(false);
    let connection: DatabaseConnection = Database::connect(options).await?;
    connection.execute_unprepared(sql).await?;
    Ok(connection.close().await?)
}

/// The connections of the bank, for statements without any layer of ours.
#[derive(Clone)]
pub enum Pool {
    /// The bank's own readers, and a writer set up like the bank's.
    Sqlite {
        /// Four connections that only read.
        readers: sqlx::SqlitePool,
        /// One connection.
        writer: sqlx::SqlitePool,
    },
    /// The bank's own pool.
    Postgres(sqlx::PgPool),
}

/// A bound value.
#[derive(Clone, Debug)]
pub enum Bind {
    /// A key or a count.
    Int(i64),
    /// A text.
    Text(String),
    /// An instant.
    Time(DateTime<Utc>),
}

impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<DateTime<Utc>> for Bind {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}

/// A row of whichever engine.
pub enum Row {
    /// SQLite's.
    Sqlite(SqliteRow),
    /// PostgreSQL's.
    Postgres(PgRow),
}

impl Row {
    /// A column by its place.
    pub fn get<T>(&self, place: usize) -> Result<T, sqlx::Error>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(place),
            Self::Postgres(row) => row.try_get(place),
        }
    }
}

macro_rules! bound {
    ($sql:expr, $binds:expr) => {
        $binds.iter().cloned().fold(sqlx::query($sql), |query, bind| match bind {
            Bind::Int(value) => query.bind(value),
            Bind::Text(value) => query.bind(value),
            Bind::Time(value) => query.bind(value),
        })
    };
}

impl Pool {
    async fn of(db: &Db, url: &str) -> Result<Self, Failure> {
        if db.backend() != DbBackend::Sqlite {
            return Ok(Self::Postgres(db.read().get_postgres_connection_pool().clone()));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "memory")
            .statement_cache_capacity(256);
        let writer = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(options);
        Ok(Self::Sqlite { readers: db.read().get_sqlite_connection_pool().clone(), writer: writer.await? })
    }

    /// All rows of a prepared statement.
    pub async fn rows(&self, sql: impl SqlSafeStr, binds: &[Bind]) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                bound!(sql, binds).fetch_all(readers).await?.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => bound!(sql, binds).fetch_all(pool).await?.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// Opens a transaction that writes.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }
}

/// An open transaction.
pub enum Tx {
    /// SQLite's.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL's.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// All rows of a prepared statement.
    pub async fn rows(&mut self, sql: &'static str, binds: &[Bind]) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(tx) => bound!(sql, binds).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(tx) => {
                bound!(sql, binds).fetch_all(&mut **tx).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Ends it.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}
