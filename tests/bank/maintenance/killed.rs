//! Whatever instant a migration or a restoration is killed at: the database is as before or done, and repeating it ends
//! well.

use super::{command, done, url, words};
use crate::support::{Place, on_a_bank, until};
use migrations::{Migrator, MigratorTrait};
use rand::RngExt;
use sea_orm::ConnectionTrait;
use std::process::Stdio;
use std::time::{Duration, Instant};
use stembank::db::{Sql, Standing, standing};

/// Kills in every run of the tests; `make soak` kills more often.
const KILLS: u64 = 20;

fn kills() -> u64 {
    std::env::var("STEMBANK_SOAK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// Waits until nobody else is connected: PostgreSQL finds only after a while that somebody was killed.
async fn alone(place: &Place) {
    if place.url.starts_with("sqlite:") {
        return;
    }
    let connection = place.connect().await;
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND backend_type = 'client backend'";
    until("the killed one's session ends", async || Sql::new(others).number(&connection).await.unwrap() == 0).await;
    connection.close().await.unwrap();
}

/// Starts a command and kills it after a while: true if it had ended before.
fn killed(url: &str, arguments: &[&str], after: Duration) -> bool {
    let mut process = command(url, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let had_ended = process.try_wait().unwrap().is_some();
    process.kill().unwrap();
    process.wait().unwrap();
    had_ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_killed_again_and_again_ends_well() {
    let earlier = Migrator::migrations().iter().position(|step| step.name() == "m17_leftovers").unwrap() + 1;
    let take = {
        let place = Place::empty().await;
        let begun = Instant::now();
        done(&place.url, &["migrate"]);
        begun.elapsed()
    };
    let (mut ended, mut finished) = (0, 0);
    for _ in 0..kills() {
        let place = Place::empty().await;
        let connection = place.connect().await;
        Migrator::up(&connection, Some(u32::try_from(earlier).unwrap())).await.unwrap();
        connection
            .execute_unprepared("INSERT INTO number_series (series, year, last) VALUES ('REQ', 2026, 41)")
            .await
            .unwrap();
        connection.close().await.unwrap();
        let after = Duration::from_micros(rand::rng().random_range(0..u64::try_from(take.as_micros()).unwrap()));
        ended += i32::from(killed(&place.url, &["migrate"], after));
        alone(&place).await;

        let Standing::Bank(bank) = standing(&place.url).await.unwrap() else { panic!("no bank after {after:?}") };
        let all = Migrator::migrations().len();
        assert!([0, all - earlier].contains(&bank.pending.len()), "half a migration after {after:?}: {bank:?}");
        finished += i32::from(bank.pending.is_empty());
        done(&place.url, &["migrate"]);
        let connection = place.connect().await;
        let last = Sql::new("SELECT last FROM number_series").number(&connection).await.unwrap();
        assert_eq!(last, 41);
        connection.close().await.unwrap();
    }
    println!("soak: of {} migrations {ended} ended before they were killed, {finished} were done", kills());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_migration_or_a_restoration_that_is_killed_leaves_nothing_or_all() {
    on_a_bank(async |bank| {
        bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.backup");
        let file = file.to_str().unwrap();
        let begun = Instant::now();
        done(url(bank), &["backup", file]);
        let take = u64::try_from(begun.elapsed().as_micros()).unwrap();
        for round in 0..kills() / 2 {
            let place = Place::empty().await;
            let arguments = if round % 2 == 0 { vec!["migrate"] } else { vec!["restore", file] };
            let after = Duration::from_micros(rand::rng().random_range(0..take));
            killed(&place.url, &arguments, after);
            alone(&place).await;
            match standing(&place.url).await.unwrap() {
                Standing::Bank(bank) => assert!(bank.pending.is_empty(), "{arguments:?} after {after:?}: {bank:?}"),
                Standing::Empty | Standing::Missing => drop(done(&place.url, &arguments)),
                Standing::Foreign => panic!("{arguments:?} left a strange database after {after:?}"),
            }
            let doctor = words(&super::stembank(&place.url, &["doctor"]));
            assert!(doctor.contains("ok\tdatabase"), "{doctor}");
        }
    })
    .await;
}
