//! Disks that are full, and databases that only read: what was acknowledged is kept, what is refused says why, and the
//! bank goes on by itself when that is mended.

use crate::instance::Instance;
use crate::logs::{Service, post};
use crate::support::{Bank, on_a_bank, until};
use axum::http::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use stembank::config::{Config, Durability};
use stembank::db::{Db, Sql};

/// Requests that are tried for before and while the disk is full.
const ATTEMPTS: usize = 400;
/// What is left of the disk when it begins.
const LEFT: u64 = 1_000_000;
const DRAFT: &str = "mutation($title: String!) { createDistributionRequest(input: { projectTitle: $title }) {
    distributionRequest { number } errors { code message } } }";

/// What the service answered to one draft: its number, or the code and reason of the refusal.
fn draft(service: &Service, token: &str, title: &str) -> Result<String, (StatusCode, String, String)> {
    let body = json!({ "query": DRAFT, "variables": { "title": title } }).to_string();
    let (status, answer) = post(service.address, Some(token), &[("accept-language", "en")], &body);
    match &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"] {
        Value::String(number) => Ok(number.clone()),
        _ => {
            let error = &answer["errors"][0];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            Err((status, text(&error["extensions"]["reason"]), text(&error["message"])))
        }
    }
}

/// Files of an SQLite bank.
fn file(bank: &Bank, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", bank.app.config.database_url.trim_start_matches("sqlite://")))
}

fn size(bank: &Bank, end: &str) -> u64 {
    std::fs::metadata(file(bank, end)).map_or(0, |file| file.len())
}

/// Lets no file of the service grow beyond a size, as a full disk does; `unlimited` mends it.
fn limit_files(service: &Service, most: &str) {
    let limit = format!("--fsize={most}:");
    let set = Command::new("prlimit").args(["--pid", &service.id().to_string(), &limit]).status();
    assert!(set.unwrap().success(), "prlimit of util-linux is needed");
}

async fn kept(bank: &Bank, numbers: &[String]) -> usize {
    let numbers = numbers.join("', '");
    let there = bank.number(&format!("SELECT count(*) FROM request WHERE number IN ('{numbers}')")).await;
    usize::try_from(there).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_around_a_full_disk_is_kept_and_the_bank_goes_on_by_itself() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Sqlite {
            return; // The disk of PostgreSQL is not the service's.
        }
        let cast = bank.cast().await;
        let token = &cast.researcher.token;
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(bank, &folder.path().join("log"), &[]);
        assert!(service.is_ready());
        limit_files(&service, &(size(bank, "").max(size(bank, "-wal")) + LEFT).to_string());

        let (mut numbers, mut refused) = (vec![], vec![]);
        for attempt in 0..ATTEMPTS {
            match draft(&service, token, &format!("Draft {attempt}")) {
                Ok(number) => numbers.push(number),
                Err(refusal) => refused.push(refusal),
            }
        }
        assert!(numbers.len() > 10 && refused.len() > 10, "{} done, {} refused", numbers.len(), refused.len());
        for (status, reason, message) in &refused {
            assert_eq!((status.as_u16(), reason.as_str()), (503, "STORAGE_FAILED"), "{message}");
            assert!(message.contains("full, failing or read-only; nothing was changed"), "{message}");
        }
        assert_eq!(kept(bank, &numbers).await, numbers.len(), "acknowledged, and seen by another connection");
        until("it says that it is not ready", async || !service.is_ready()).await;

        limit_files(&service, "unlimited");
        until("it is ready again", async || service.is_ready()).await;
        numbers.push(draft(&service, token, "After").expect("the bank writes again"));
        assert!(service.stop());
        assert!(bank.letters().await.iter().all(|letter| letter.event == "audit_anchor"));
        assert_eq!(kept(bank, &numbers).await, numbers.len());
        assert_eq!(bank.number("SELECT count(*) FROM request").await, i64::try_from(numbers.len()).unwrap());
    })
    .await;
}

#[tokio::test]
async fn sqlite_waits_for_the_disk_unless_it_is_told_not_to() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Sqlite {
            return;
        }
        assert_eq!(Config::default().sqlite_durability, Durability::Full);
        let url = &bank.app.config.database_url;
        for (durability, synchronous) in [(Durability::Full, 2), (Durability::Normal, 1)] {
            let db = Db::connect_with(url, durability).await.unwrap();
            let tx = db.begin().await.unwrap();
            assert_eq!(Sql::new("PRAGMA synchronous").number(&*tx).await.unwrap(), synchronous, "{durability:?}");
        }
        let db = Db::connect(url).await.unwrap();
        let tx = db.begin().await.unwrap();
        assert_eq!(Sql::new("PRAGMA synchronous").number(&*tx).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_the_file_alone_is_the_whole_bank() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Sqlite {
            return;
        }
        let cast = bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(bank, &folder.path().join("log"), &[]);
        let number = draft(&service, &cast.researcher.token, "Before the stop").unwrap();
        assert!(size(bank, "-wal") > 0, "it is beside the file while it serves");
        assert!(service.stop());
        assert!(bank.letters().await.iter().all(|letter| letter.event == "audit_anchor"));

        let copy = folder.path().join("copy.db");
        std::fs::copy(file(bank, ""), &copy).unwrap();
        let copy = Db::connect(&format!("sqlite://{}", copy.display())).await.unwrap();
        let there = Sql::with("SELECT count(*) FROM request WHERE number = $1", [number.into()]);
        assert_eq!(there.number(copy.read()).await.unwrap(), 1);
        copy.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_database_that_only_reads_refuses_every_write_in_words_and_is_not_ready() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return;
        }
        let cast = bank.cast().await;
        let instance = Instance::of(bank);
        let ready = async || instance.send(Method::GET, "/readyz", &[], String::new()).await.status;
        assert_eq!(ready().await, StatusCode::OK);
        only_reads(bank, "on").await;
        let before = bank.contents().await;
        let variables = json!({ "title": "Draft" });

        let answer = bank.ask(Some(&cast.researcher.token), DRAFT, variables.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "STORAGE_FAILED", "{answer:#}");
        until("it says that it is not ready", async || ready().await != StatusCode::OK).await;
        assert_eq!(bank.contents().await, before);

        only_reads(bank, "off").await;
        until("it is ready again", async || ready().await == StatusCode::OK).await;
        let answer = bank.ask(Some(&cast.researcher.token), DRAFT, variables).await;
        assert!(answer["data"]["createDistributionRequest"]["distributionRequest"]["number"].is_string(), "{answer:#}");
    })
    .await;
}

/// As on a standby: sessions of the database read only from now on. Those that are open end.
async fn only_reads(bank: &Bank, switch: &str) {
    let stranger = bank.stranger().await;
    let database = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = ";
    for sql in [
        "SET default_transaction_read_only = off",
        &format!("{database}{switch}', current_database()); END $$"),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    ] {
        stranger.execute_unprepared(sql).await.unwrap();
    }
    stranger.close().await.unwrap();
}
