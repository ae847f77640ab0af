//! A fresh, migrated bank for each test, on the engine under test.
//!
//! SQLite by default: a file of its own, copied from one that was migrated once. With `STEMBANK_TEST_POSTGRES` set to
//! the address of a cluster: a database of its own, made from a migrated template. Nothing is shared between tests.

use crate::soak::Proxy;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, JsonValue};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use stembank::app::{App, Attempts, Clock};
use stembank::config::{Argon2Cost, Config, Durability};
use stembank::db::{Db, Sql};
use stembank::mail::{self, Queued};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// When every test begins: noon in Seoul on 2 March 2026.
pub const BEGINNING: &str = "2026-03-02T03:00:00Z";

/// Runs a test on a bank of its own and then refuses letters that nobody read: whatever the bank says to people is
/// part of what a test is about.
pub async fn on_a_bank(test: impl AsyncFnOnce(&Bank)) {
    let bank = Bank::open().await;
    test(&bank).await;
    let unread = bank.letters().await;
    assert!(unread.is_empty(), "the test left letters unread; look at bank.letters(): {unread:#?}");
    bank.close().await;
}

/// Waits until something is true.
pub async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_true().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "not yet: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A bank with nothing in it but what the migrations put there.
pub struct Bank {
    /// What operations are given. The clock stands at [`BEGINNING`].
    pub app: App,
    /// Where the service runs as a process of its own; unless this is set, it is asked within the test.
    pub remote: std::sync::OnceLock<std::net::SocketAddr>,
    last_read: AtomicI64,
    // After the connections: fields are dropped in this order, and the database goes last.
    place: Place,
}

impl std::ops::Deref for Bank {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// The address by which a test's bank reaches its database. Told so by the environment, as `make soak` does, every test
/// runs behind a proxy that loses the answer to every COMMIT, which nobody may notice.
fn reached(url: &str) -> String {
    if std::env::var_os("STEMBANK_TEST_LOSE_COMMITS").is_none() || url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let proxy = Proxy::start(url);
    proxy.lose_answers(usize::MAX);
    proxy.url(url)
}

impl Bank {
    /// Prefer [`on_a_bank`], which also looks after the letters.
    pub async fn open() -> Self {
        Self::at(Place::migrated().await).await
    }

    /// A bank on a database that is there, as it is.
    pub async fn at(place: Place) -> Self {
        let config = Config {
            database_url: place.url.clone(),
            argon2: Argon2Cost { memory_kib: 8, passes: 1, lanes: 1 },
            ..Config::default()
        };
        let db = connect(&reached(&place.url)).await;
        let beginning: DateTime<Utc> = BEGINNING.parse().expect("the beginning is an instant");
        let clock = Clock::stopped_at(beginning);
        // Where the clock stands, whoever signs much would wait for ever.
        let proofs = Arc::new(Attempts::new(10_000, clock.clone()));
        let app = App { proofs, ..App::new(db, clock, config) };
        Self { app, remote: std::sync::OnceLock::new(), last_read: AtomicI64::new(0), place }
    }

    /// Which engine the test runs on.
    pub fn engine(&self) -> DbBackend {
        self.app.db.backend()
    }

    /// Waiting letters that this test has not read yet, oldest first; now they are read.
    pub async fn letters(&self) -> Vec<Queued> {
        let mut letters = mail::queued(self.app.db.read()).await.expect("the outbox can be read");
        letters.retain(|letter| letter.id > self.last_read.load(Ordering::Relaxed));
        if let Some(newest) = letters.last() {
            self.last_read.store(newest.id, Ordering::Relaxed);
        }
        letters
    }

    /// What the letters since the last look say was changed about how somebody signs in; no other letter may be among
    /// them.
    pub async fn told_changes(&self) -> Vec<String> {
        let notified = |letter: Queued| {
            assert_eq!(letter.event, "account_changed", "{letter:#?}");
            letter.detail["change"].as_str().unwrap().to_owned()
        };
        self.letters().await.into_iter().map(notified).collect()
    }

    /// Every row of every table, so that a test can say that nothing changed.
    pub async fn contents(&self) -> BTreeMap<String, Vec<String>> {
        contents(&self.app.db).await
    }

    /// Does what no operation does, such as putting rows in place: one or more statements in one transaction.
    pub async fn execute(&self, sql: &str) -> Result<(), DbErr> {
        let tx = self.app.db.begin().await?;
        tx.execute_unprepared(sql).await?;
        tx.commit().await
    }

    /// The first column of the first row, as a number: `SELECT count(*) FROM vial`.
    pub async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).number(self.app.db.read()).await.expect("a query of a test answers a number")
    }

    /// What another instance of the service gives its operations: the same bank, connections of its own.
    pub async fn peer(&self) -> App {
        let db = connect(&self.app.config.database_url).await;
        App { db, ..self.app.clone() }
    }

    /// A connection of somebody else, such as a second process.
    pub async fn stranger(&self) -> DatabaseConnection {
        self.place.connect().await
    }

    /// Closes its connections; the database goes.
    pub async fn close(self) {
        self.app.db.close().await.expect("the connections close");
    }
}

/// Names of all tables of the bank, in order; those of the engine and of the migrations themselves are left out, and
/// the one that SQLite needs to look at rules when a transaction commits, which is always empty.
pub async fn tables(db: &Db) -> Vec<String> {
    let mut names = stembank::db::tables(db.read()).await.expect("an engine lists its tables");
    names.retain(|name| !["seaql_migrations", "broken_rule"].contains(&name.as_str()));
    names
}

/// That a transaction was, says nothing of what it did.
const KEYS_OF_TRANSACTIONS: &str = "commit_key";

/// When a session or a token was used last; that it was used again is no change.
const NOTES_OF_USE: [&str; 2] = ["last_used_at", "last_seen_at"];

/// Every row of every table, by table, as text; without the notes of the last use.
pub async fn contents(db: &Db) -> BTreeMap<String, Vec<String>> {
    let mut contents = BTreeMap::new();
    for table in tables(db).await {
        if table == KEYS_OF_TRANSACTIONS {
            continue;
        }
        let rows = Sql::new(format!("SELECT * FROM {table}")).all::<JsonValue>(db.read()).await;
        let mut rows = rows.expect("a table can be read");
        rows.iter_mut()
            .filter_map(JsonValue::as_object_mut)
            .for_each(|row| row.retain(|c, _| !NOTES_OF_USE.contains(&c.as_str())));
        let mut rows: Vec<_> = rows.iter().map(JsonValue::to_string).collect();
        rows.sort();
        contents.insert(table, rows);
    }
    contents
}

/// Where a database is; it goes when this is dropped, also when the test failed.
pub struct Place {
    /// Its address, as in [`Config::database_url`].
    pub url: String,
    kept: Kept,
}

enum Kept {
    Folder { _folder: TempDir },
    Cluster { address: String, database: String },
    Elsewhere,
}

impl Place {
    /// A database without any table.
    pub async fn empty() -> Self {
        match cluster() {
            None => Self::file(&[]),
            Some(address) => Self::database(address, "template0").await,
        }
    }

    /// A database on which the migrations ran: once a process, then copied.
    pub async fn migrated() -> Self {
        static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
        static DATABASE: OnceCell<String> = OnceCell::const_new();
        match cluster() {
            None => Self::file(FILE.get_or_init(migrated_file).await),
            Some(address) => Self::database(&address, DATABASE.get_or_init(|| migrated_database(&address)).await).await,
        }
    }

    /// A database that somebody else made, and takes away.
    pub fn of(url: &str) -> Self {
        Self { url: url.to_owned(), kept: Kept::Elsewhere }
    }

    /// An SQLite file on which the migrations ran.
    pub async fn migrated_bytes() -> Vec<u8> {
        migrated_file().await
    }

    /// A copy of a database that an earlier release left, from `tests/bank/upgrade`.
    pub async fn kept(name: &str) -> Self {
        let Some(address) = cluster() else { return Self::file(&kept(&format!("{name}.sqlite.gz"))) };
        let place = Self::database(address, "template0").await;
        let script = String::from_utf8(kept(&format!("{name}.postgres.sql.gz"))).expect("a script is text");
        // The script changes settings of its session, so the session ends with it.
        let connection = place.connect().await;
        connection.execute_unprepared(&script).await.expect("the kept script runs");
        connection.close().await.expect("a connection to the cluster closes");
        place
    }

    /// One more connection, with none of the bank's settings.
    pub async fn connect(&self) -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.expect("the test's database takes one more connection")
    }

    fn file(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("bank.db"), bytes).expect("the temporary folder can be written");
        Self { url: sqlite_url(folder.path()), kept: Kept::Folder { _folder: folder } }
    }

    async fn database(address: impl Into<String>, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let address = address.into();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("bank_test_{}_{count}", std::process::id());
        on_cluster(&address, &format!("CREATE DATABASE {database} TEMPLATE {template}")).await;
        Self { url: postgres_url(&address, &database), kept: Kept::Cluster { address, database } }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Kept::Cluster { address, database } = &self.kept else { return };
        // A drop cannot wait and the test's runtime may be ending; what fails here goes with the cluster.
        let (address, sql) = (address.clone(), format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a thread of its own can wait").block_on(on_cluster(&address, &sql));
        });
        drop(dropping.join());
    }
}

/// Address of the cluster to test on; without one the tests run on SQLite.
fn cluster() -> Option<String> {
    std::env::var("STEMBANK_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
}

/// What a compressed file of `tests/bank/upgrade` holds.
fn kept(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bank/upgrade").join(name);
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = vec![];
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).expect("the kept file is whole");
    bytes
}

async fn migrated_file() -> Vec<u8> {
    let place = Place::file(&[]);
    migrate(&place.url).await;
    let Kept::Folder { _folder: folder } = &place.kept else { unreachable!("a file is in a folder") };
    // The last connection to close moves everything into the file itself.
    assert!(!folder.path().join("bank.db-wal").exists(), "the template file is not whole");
    std::fs::read(folder.path().join("bank.db")).expect("the template file can be read")
}

/// Name of the migrated template and how it is copied. It stays until the cluster goes: nobody knows the last test.
async fn migrated_database(address: &str) -> String {
    let name = format!("bank_test_{}_template", std::process::id());
    on_cluster(address, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    migrate(&postgres_url(address, &name)).await;
    let server = Database::connect(address).await.expect("the cluster answered before");
    let version = Sql::new("SELECT CAST(current_setting('server_version_num') AS BIGINT)").number(&server).await;
    server.close().await.expect("a connection to the cluster closes");
    // Copying files is twice as fast as the log, which is the default since 15; before, there is no choice.
    if version.expect("a server knows its version") >= 150_000 { name + " STRATEGY file_copy" } else { name }
}

/// A bank of a test need not outlive a power cut.
async fn connect(url: &str) -> Db {
    Db::connect_with(url, Durability::Normal).await.expect("the database opens")
}

async fn migrate(url: &str) {
    let db = connect(url).await;
    db.migrate().await.expect("the migrations run");
    db.close().await.expect("the template closes");
}

async fn on_cluster(address: &str, sql: &str) {
    let mut options = sea_orm::ConnectOptions::new(address);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await;
    let connection =
        connection.unwrap_or_else(|error| panic!("STEMBANK_TEST_POSTGRES={address} does not answer: {error}"));
    connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.expect("a connection to the cluster closes");
}

fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("bank.db").display())
}

/// The same cluster, another database; what follows a `?` stays.
fn postgres_url(address: &str, database: &str) -> String {
    let (path, options) = address.split_once('?').map_or((address, String::new()), |(p, o)| (p, format!("?{o}")));
    let host = path.rfind('/').filter(|at| *at > "postgres://".len()).map_or(path, |at| &path[..at]);
    format!("{host}/{database}{options}")
}

mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "left letters unread")]
    async fn a_letter_that_nobody_reads_fails_the_test() {
        on_a_bank(async |bank| {
            post(bank).await;
            assert_eq!(bank.letters().await.len(), 1);
            post(bank).await;
        })
        .await;
    }

    #[tokio::test]
    async fn a_letter_is_read_once() {
        on_a_bank(async |bank| {
            post(bank).await;
            assert_eq!(bank.letters().await[0].event, "request_submitted");
            assert_eq!(bank.letters().await, []);
            post(bank).await;
            assert_eq!(bank.letters().await.len(), 1);
        })
        .await;
    }

    #[test]
    fn the_address_of_a_database_keeps_host_and_options() {
        let at = |address| postgres_url(address, "new");
        assert_eq!(at("postgres://postgres@127.0.0.1:5433/postgres"), "postgres://postgres@127.0.0.1:5433/new");
        assert_eq!(at("postgres://127.0.0.1:5433"), "postgres://127.0.0.1:5433/new");
        assert_eq!(at("postgres://a:b@host/c?sslmode=disable"), "postgres://a:b@host/new?sslmode=disable");
    }

    async fn post(bank: &Bank) {
        let somebody = "INSERT INTO person (id, email, name, locale, created_at)
                        VALUES (1, 'a@example.org', 'A', 'en', '2026-03-02T03:00:00Z') ON CONFLICT DO NOTHING";
        bank.execute(somebody).await.unwrap();
        let letter = "INSERT INTO mail_message
                        (created_at, recipient_id, event, subject_kind, subject_id, detail, state, attempts)
                      VALUES ('2026-03-02T03:00:00Z', 1, 'request_submitted', 'DistributionRequest', 1, 'null', 'queued', 0)";
        bank.execute(letter).await.unwrap();
    }
}
