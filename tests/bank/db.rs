//! One door to two engines: transactions, locks, numbers, the version of the public content.

use crate::support::{Bank, on_a_bank};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use stembank::db::{Sql, catalogue_version, next_number, retrying};
use stembank::error::{Code, Description, DomainError, Kind, is_passing};
use stembank::language::Lang;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_writers_at_once_all_succeed_and_number_without_gaps() {
    on_a_bank(async |bank| {
        let writers = (0..100).map(|_| {
            let db = bank.app.db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await?;
                let number = next_number(&tx, "REQ", 2026).await?;
                tx.public_changed();
                tx.commit().await?;
                Ok::<_, DbErr>(number)
            })
        });
        let mut numbers = BTreeSet::new();
        for writer in writers.collect::<Vec<_>>() {
            numbers.insert(writer.await.unwrap().unwrap());
        }

        let expected: BTreeSet<_> = (1..=100).map(|n| format!("REQ-2026-{n:05}")).collect();
        assert_eq!(numbers, expected);
        assert_eq!(version(bank).await, 101, "none of the hundred changes was lost");
    })
    .await;
}

#[tokio::test]
async fn a_number_is_given_back_when_its_operation_fails_and_each_year_counts_anew() {
    on_a_bank(async |bank| {
        let number = async |year, keep: bool| {
            let tx = bank.app.db.begin().await.unwrap();
            let number = next_number(&tx, "LOT", year).await.unwrap();
            if keep {
                tx.commit().await.unwrap();
            }
            number
        };
        assert_eq!(number(2026, true).await, "LOT-2026-00001");
        assert_eq!(number(2026, false).await, "LOT-2026-00002");
        assert_eq!(number(2026, true).await, "LOT-2026-00002");
        assert_eq!(number(2027, true).await, "LOT-2027-00001");
    })
    .await;
}

#[tokio::test]
async fn a_lock_held_by_another_process_is_a_passing_error() {
    on_a_bank(async |bank| {
        let stranger = bank.stranger().await;
        // SQLite locks the whole file, PostgreSQL the row that both want.
        let lock = match bank.engine() {
            DbBackend::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN; UPDATE catalogue_version SET version = version + 10",
        };
        stranger.execute_unprepared(lock).await.unwrap();

        let error = change_something_public(bank).await.unwrap_err();
        assert!(is_passing(&error), "{error:?}");
        assert_eq!(version(bank).await, 1);

        stranger.execute_unprepared("ROLLBACK").await.unwrap();
        change_something_public(bank).await.unwrap();
        assert_eq!(version(bank).await, 2);
        stranger.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn readers_go_on_while_somebody_writes() {
    on_a_bank(async |bank| {
        let tx = bank.app.db.begin().await.unwrap();
        tx.execute_unprepared("UPDATE catalogue_version SET version = 7").await.unwrap();
        assert_eq!(version(bank).await, 1);
        tx.commit().await.unwrap();
        assert_eq!(version(bank).await, 7);
    })
    .await;
}

#[tokio::test]
async fn on_sqlite_connections_for_reading_cannot_write() {
    on_a_bank(async |bank| {
        let written = bank.app.db.read().execute_unprepared("UPDATE catalogue_version SET version = 7").await;
        match bank.engine() {
            DbBackend::Sqlite => {
                assert!(written.unwrap_err().to_string().contains("readonly"));
                assert_eq!(version(bank).await, 1);
            }
            // PostgreSQL has one pool for both.
            _ => assert!(written.is_ok()),
        }
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    on_a_bank(async |bank| {
        let before = bank.contents().await;
        let tx = bank.app.db.begin().await.unwrap();
        next_number(&tx, "REQ", 2026).await.unwrap();
        tx.public_changed();
        drop(tx);
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_version_rises_with_the_commit_of_a_public_change_and_only_then() {
    on_a_bank(async |bank| {
        let tx = bank.app.db.begin().await.unwrap();
        tx.public_changed();
        tx.public_changed();
        assert_eq!(version(bank).await, 1);
        tx.commit().await.unwrap();
        assert_eq!(version(bank).await, 2, "one transaction is one change");

        bank.execute("UPDATE bank SET kind = 'demo'").await.unwrap();
        assert_eq!(version(bank).await, 2, "nothing public changed");
    })
    .await;
}

#[tokio::test]
async fn learning_about_the_data_changes_none_of_it() {
    on_a_bank(async |bank| {
        let before = bank.contents().await;
        bank.app.db.analyze().await.unwrap();
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn placeholders_and_values_work_on_both_engines() {
    on_a_bank(async |bank| {
        let mut sql = Sql::new("SELECT CAST(count(*) AS BIGINT) FROM bank WHERE kind IN (");
        sql.bind_all(["bank", "demo"]).push(") AND filled = ").bind(true).push(" AND id < ").bind(2);
        assert_eq!(sql.number(bank.app.db.read()).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_operation_that_met_a_lock_is_done_again() {
    let tries = AtomicU32::new(0);
    let answer = retrying(async || match tries.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(TestError(Kind::Busy)),
        tries => Ok(tries),
    });
    assert_eq!(answer.await.unwrap(), 2);
}

#[tokio::test]
async fn an_operation_that_only_meets_locks_is_given_up() {
    assert_eq!(tries_until_refused(Kind::Busy).await, 4);
}

#[tokio::test]
async fn an_operation_that_was_refused_is_not_done_again() {
    for kind in [Kind::Conflict, Kind::Internal, Kind::Forbidden] {
        assert_eq!(tries_until_refused(kind).await, 1);
    }
}

async fn tries_until_refused(kind: Kind) -> u32 {
    let tries = AtomicU32::new(0);
    let refusal = retrying(async || {
        tries.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(TestError(kind))
    });
    assert_eq!(refusal.await.unwrap_err().0, kind);
    tries.into_inner()
}

async fn change_something_public(bank: &Bank) -> Result<(), DbErr> {
    let tx = bank.app.db.begin().await?;
    tx.public_changed();
    tx.commit().await
}

async fn version(bank: &Bank) -> i64 {
    catalogue_version(bank.app.db.read()).await.unwrap()
}

#[derive(Debug, thiserror::Error)]
struct TestError(Kind);

stembank::shown_in_english!(TestError);

impl DomainError for TestError {
    fn describe(&self) -> Description {
        Description::new(self.0, if self.0 == Kind::Busy { Code::Busy } else { Code::Internal })
    }

    fn say(&self, lang: Lang) -> String {
        lang.pick("Trouble.", "문제가 생겼습니다.").into()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_reads_for_too_long_is_given_up() {
    on_a_bank(async |bank| {
        let endless = match bank.engine() {
            DbBackend::Sqlite => "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c",
            _ => "SELECT pg_sleep(60)",
        };
        let begun = std::time::Instant::now();
        let error = bank.app.db.read().execute_unprepared(endless).await.unwrap_err();
        assert!(stembank::error::is_too_slow(&error), "{error}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
        let said = stembank::error::say_database(&error, stembank::language::Lang::En);
        assert!(said.starts_with("This took longer than"), "{said}");
        assert_eq!(bank.number("SELECT count(*) FROM person").await, 0, "the connection goes on");
    })
    .await;
}
