//! A migration happens as a whole or not at all, whatever ends it.

use super::structure::structure;
use crate::support::{Bank, Place};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use stembank::db::Db;

/// How the last of the next release's two steps ends.
#[derive(Clone, Copy)]
enum End {
    Well,
    InAnError,
    Never,
}

/// A next release: the steps of this one and two more.
struct Next<const END: u8>;
type Working = Next<0>;
type Failing = Next<1>;
type Hanging = Next<2>;

impl<const END: u8> MigratorTrait for Next<END> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let end = [End::Well, End::InAnError, End::Never][usize::from(END)];
        let mut steps = Migrator::migrations();
        steps.push(Box::new(First));
        steps.push(Box::new(Second(end)));
        steps
    }
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "x01_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE TABLE first (id BIGINT PRIMARY KEY, text TEXT NOT NULL);
                   ALTER TABLE bank ADD COLUMN motto TEXT;
                   UPDATE bank SET motto = 'more cells';";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}

struct Second(End);

impl MigrationName for Second {
    fn name(&self) -> &str {
        "x02_second"
    }
}

/// Enough rows that SQLite cannot keep them in memory until the commit.
const ROWS: usize = 2_000;

#[async_trait::async_trait]
impl MigrationTrait for Second {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Sqlite {
            db.execute_unprepared("PRAGMA cache_size = 10").await?;
        }
        let rows: Vec<_> = (1..=ROWS).map(|id| format!("({id}, '{}')", "x".repeat(500))).collect();
        let sql = format!("DROP TABLE shipment_reminder; INSERT INTO first (id, text) VALUES {};", rows.join(", "));
        db.execute_unprepared(&sql).await?;
        match self.0 {
            End::Well => Ok(()),
            End::InAnError => {
                db.execute_unprepared("DROP TABLE mail_preference; INSERT INTO first (id) VALUES (1);").await.map(drop)
            }
            End::Never => {
                println!("half way");
                std::future::pending().await
            }
        }
    }
}

#[tokio::test]
async fn a_step_that_fails_in_its_middle_leaves_nothing_of_itself_and_of_those_before_it() {
    let bank = Bank::open().await;
    let (rows, before) = (bank.contents().await, structure(&bank.app.db).await);

    let failure = bank.app.db.migrate_with::<Failing>().await.unwrap_err();

    assert!(failure.to_string().to_lowercase().contains("null"), "{failure}");
    assert_eq!(bank.contents().await, rows);
    assert_eq!(structure(&bank.app.db).await, before);
    bank.app.db.migrate().await.expect("the release before goes on");
    goes_on(&bank.app.db).await;
    bank.close().await;
}

#[tokio::test]
async fn a_first_start_that_fails_leaves_an_empty_database() {
    let place = Place::empty().await;
    let db = Db::connect(&place.url).await.unwrap();
    let before = structure(&db).await;

    db.migrate_with::<Failing>().await.unwrap_err();

    assert_eq!(structure(&db).await, before, "not even the list of steps that ran");
    goes_on(&db).await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_process_killed_half_way_leaves_a_database_from_which_the_next_start_goes_on() {
    let bank = Bank::open().await;
    let (rows, before) = (bank.contents().await, structure(&bank.app.db).await);
    let log = bank.app.config.database_url.strip_prefix("sqlite://").map(|path| format!("{path}-wal"));
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "upgrade::atomic::migrates_half_way", "--ignored", "--nocapture"]);
    process.env("STEMBANK_TEST_HALF_WAY", &bank.app.config.database_url).stdout(Stdio::piped());
    let mut process = process.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("half way")), "the process ended by itself");

    process.kill().unwrap();

    process.wait().unwrap();
    if let Some(log) = log {
        let bytes = std::fs::metadata(log).unwrap().len();
        assert!(bytes > 500 * ROWS as u64, "half of the step was on the disk already: {bytes}");
    }
    assert_eq!(bank.contents().await, rows);
    assert_eq!(structure(&bank.app.db).await, before);
    goes_on(&bank.app.db).await;
    bank.close().await;
}

/// What the test above starts and kills.
#[tokio::test]
#[ignore = "runs in a process of its own, which another test kills"]
async fn migrates_half_way() {
    let url = std::env::var("STEMBANK_TEST_HALF_WAY").expect("the other test says where");
    let db = Db::connect(&url).await.unwrap();
    let never = db.migrate_with::<Hanging>();
    tokio::time::timeout(Duration::from_mins(5), never).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_instances_that_start_at_once_one_migrates_and_the_others_wait() {
    let place = Place::empty().await;
    let starts = (0..4).map(|_| {
        let url = place.url.clone();
        tokio::spawn(async move {
            let db = Db::connect(&url).await?;
            db.migrate().await?;
            db.close().await
        })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap().unwrap();
    }
    let db = Db::connect(&place.url).await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), [""; 0]);
    db.close().await.unwrap();
}

async fn goes_on(db: &Db) {
    db.migrate_with::<Working>().await.unwrap();
    let sql = stembank::db::Sql::new("SELECT count(*) FROM first, bank WHERE motto = 'more cells'");
    assert_eq!(sql.number(db.read()).await.unwrap(), i64::try_from(ROWS).unwrap());
}
