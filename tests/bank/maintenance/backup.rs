//! Backups made while the bank serves, what becomes of damaged ones, and the way back.

use super::{command, done, refused, sqlite, url, words};
use crate::instance::Instance;
use crate::logs::{Service, post};
use crate::support::{Bank, Place, contents, on_a_bank};
use axum::http::Method;
use chrono::Duration;
use sea_orm::DbBackend;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stembank::app::App;
use stembank::config::{Backup, Config};
use stembank::db::Db;
use stembank::maintenance::queries::newest;
use stembank::maintenance::schedule::keep_backups;

/// An empty place of the bank's engine, in which one can restore.
async fn elsewhere(bank: &Bank, folder: &Path) -> (String, Option<Place>) {
    match bank.engine() {
        DbBackend::Sqlite => (sqlite(&folder.join("restored.db")), None),
        _ => {
            let place = Place::empty().await;
            (place.url.clone(), Some(place))
        }
    }
}

/// The value of a line of the answer.
fn told(said: &str, what: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix('\t'));
    line.unwrap_or_else(|| panic!("no {what}: {said}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_serving_bank_is_one_state_and_comes_back_the_same() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        bank.lot(&cast.staff, line, "TEST-LOT-1", 5).await;
        bank.shipped(&cast, &[(line, 1)]).await;
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(bank, &folder.path().join("log"), &[]);
        let (address, token) = (service.address, cast.researcher.token.clone());
        let ending = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ending);
        let writing = std::thread::spawn(move || {
            let draft = "mutation { createDistributionRequest(input: { projectTitle: \"Busy\" }) { errors { code } } }";
            let mut written = 0;
            while !ended.load(Ordering::Relaxed) {
                let (status, answer) = post(address, Some(&token), &[], &json!({ "query": draft }).to_string());
                assert_eq!(answer["data"]["createDistributionRequest"]["errors"], json!([]), "{status}: {answer}");
                written += 1;
            }
            written
        });
        let file = folder.path().join("bank.backup");

        let made = done(url(bank), &["backup", file.to_str().unwrap()]);

        ending.store(true, Ordering::Relaxed);
        assert!(writing.join().unwrap() > 0, "the bank was written to meanwhile");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(service.stop());
        let (target, _place) = elsewhere(bank, folder.path()).await;
        let restored = done(&target, &["restore", file.to_str().unwrap()]);
        for what in ["state of", "rows", "history"] {
            assert_eq!(told(&restored, what), told(&made, what));
        }
        assert!(done(&target, &["audit", "verify"]).contains("chain intact"));
        assert!(done(&target, &["doctor"]).contains("ok\tdatabase"));
        let db = Db::connect(&target).await.unwrap();
        let (back, now) = (contents(&db).await, bank.contents().await);
        for table in ["person", "lot", "vial", "shipment", "dispatched_line", "agreement"] {
            assert_eq!(back[table], now[table], "{table}");
        }
        assert!(back["request"].len() <= now["request"].len() && !back["request"].is_empty());
        db.close().await.unwrap();
        let again = refused(url(bank), &["backup", file.to_str().unwrap()]);
        assert!(again.contains("is there already"), "{again}");
        let again = refused(&target, &["restore", file.to_str().unwrap()]);
        assert!(again.contains("There is something at"), "{again}");
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_restores_nothing() {
    on_a_bank(async |bank| {
        bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.backup");
        done(url(bank), &["backup", file.to_str().unwrap()]);
        let whole = std::fs::read(&file).unwrap();
        let damaged = folder.path().join("damaged.backup");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for bytes in [&whole[..whole.len() / 2], &flipped, b"a letter", b""] {
            std::fs::write(&damaged, bytes).unwrap();
            let (target, _place) = elsewhere(bank, folder.path()).await;
            let said = refused(&target, &["restore", damaged.to_str().unwrap()]);
            assert!(said.contains("is not a whole backup"), "{said}");
            assert!(refused(&target, &["account", "list"]).contains("There is no bank"));
            let left = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 2, "something is left of the attempt");
        }
        let other = match bank.engine() {
            DbBackend::Sqlite => "postgres://postgres@127.0.0.1:1/none".to_owned(),
            _ => sqlite(&folder.path().join("other.db")),
        };
        if bank.engine() == DbBackend::Postgres {
            assert!(refused(&other, &["restore", file.to_str().unwrap()]).contains("other engine"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_backup_is_read_by_its_key_alone() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let said = refused(url(bank), &["backup", &path("bank.backup"), "--encrypt"]);
        assert!(said.contains("--new-key"), "{said}");
        let recipient = String::from_utf8(done_output(url(bank), &["backup", "--new-key", &path("key")])).unwrap();
        let recipient = recipient.trim();
        assert!(recipient.starts_with("age1"), "{recipient}");
        done(url(bank), &["backup", "--new-key", &path("other-key")]);
        let mut encrypting = command(url(bank), &["backup", &path("bank.backup"), "--encrypt"]);
        let made = encrypting.env("BANK_BACKUP__RECIPIENT", recipient).output().unwrap();
        assert!(made.status.success(), "{}", words(&made));

        let bytes = std::fs::read(path("bank.backup")).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(has("age-encryption.org/v1") && !has(&cast.researcher.email) && !has("manifest"));
        let (target, _place) = elsewhere(bank, folder.path()).await;
        let restore = ["restore", &path("bank.backup")];
        assert!(refused(&target, &restore).contains("is encrypted"));
        let with = |key: &str| [&restore[..], &["--identity", key]].concat().join("\n");
        for key in ["other-key", "bank.backup"] {
            let arguments = with(&path(key));
            let said = refused(&target, &arguments.split('\n').collect::<Vec<_>>());
            assert!(said.contains("does not fit") || said.contains("UTF-8"), "{said}");
        }
        let arguments = with(&path("key"));
        done(&target, &arguments.split('\n').collect::<Vec<_>>());
        assert!(done(&target, &["account", "list"]).contains(&cast.researcher.email));
    })
    .await;
}

fn done_output(url: &str, arguments: &[&str]) -> Vec<u8> {
    let output = super::stembank(url, arguments);
    assert!(output.status.success(), "{}", words(&output));
    output.stdout
}

/// Names of the backups in a folder.
fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduled_backups_are_made_when_due_and_the_oldest_go() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("backups");
        let backup = Backup { folder: Some(here.clone()), every_hours: 12, keep: 2, recipient: None };
        let config = Arc::new(Config { backup, ..(*bank.app.config).clone() });
        let app = App { config, ..bank.app.clone() };
        assert!(!keep_backups(&bank.app).await.unwrap(), "nothing is scheduled unless somebody says where");
        assert!(keep_backups(&app).await.unwrap());
        assert!(!keep_backups(&app).await.unwrap(), "the first one is not 12 hours old");
        std::fs::write(here.join("notes.txt"), "mine").unwrap();
        for _ in 0..3 {
            bank.app.clock.set(bank.app.clock.now() + Duration::hours(12));
            assert!(keep_backups(&app).await.unwrap());
        }
        let left = backups(&here);
        assert_eq!(left.len(), 3, "two backups, and what is none of the bank's: {left:?}");
        let last = newest(app.db.read()).await.unwrap().unwrap();
        assert_eq!((last.made_at, last.scheduled), (bank.app.clock.now(), true));
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'backup.make'").await, 4);
        let (target, _place) = elsewhere(bank, folder.path()).await;
        let newest =
            left.iter().rfind(|path| path.extension().is_some() && path.extension().unwrap() == "backup").unwrap();
        done(&target, &["restore", newest.to_str().unwrap()]);
        assert!(done(&target, &["account", "list"]).contains(&cast.staff.email));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_the_newest_backup_is_shown_to_those_who_care() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let doctor = || words(&super::stembank(url(bank), &["doctor"]));
        assert!(doctor().contains("LOOK\tbackup\tnone was ever made"), "{}", doctor());
        let folder = tempfile::tempdir().unwrap();
        done(url(bank), &["backup", folder.path().join("first.backup").to_str().unwrap()]);
        assert!(doctor().contains("ok\tbackup\tthe newest is 0 hours old (first.backup)"), "{}", doctor());
        let metrics = stembank::config::Metrics {
            token: Some("a-made-up-token-for-prometheus".to_owned().try_into().unwrap()),
            listen: None,
        };
        let config = Arc::new(Config { metrics, ..(*bank.app.config).clone() });
        let instance = Instance::running(App { config, ..bank.app.clone() });
        let header = [("authorization", "Bearer a-made-up-token-for-prometheus")];
        let reply = instance.send(Method::GET, "/metrics", &header, String::new()).await;
        let line = reply.text.lines().find(|line| line.starts_with("stembank_backup_newest_timestamp_seconds "));
        let at: f64 = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        assert!(at > 1.7e9, "{at}");
        bank.execute("UPDATE backup SET made_at = '2026-01-02T03:00:00+00:00'").await.unwrap();
        assert!(doctor().contains("LOOK\tbackup\tthe newest is"), "{}", doctor());
        drop(cast);
    })
    .await;
}

/// A history that was tampered with is backed up all the same: it is evidence. It is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_not_intact_is_told_when_it_is_backed_up() {
    on_a_bank(async |bank| {
        bank.cast().await;
        stembank::audit::sealer::seal(&bank.app).await.unwrap();
        let table = match bank.engine() {
            DbBackend::Sqlite => {
                "DROP TRIGGER audit_event_no_update; UPDATE audit_event SET actor = 'nobody' WHERE id = 1"
            }
            _ => {
                "ALTER TABLE audit_event DISABLE TRIGGER USER; UPDATE audit_event SET actor = 'nobody' WHERE id = 1;
                 ALTER TABLE audit_event ENABLE TRIGGER USER"
            }
        };
        bank.execute(table).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.backup");
        let said = refused(url(bank), &["backup", file.to_str().unwrap()]);
        assert!(said.contains("the backup was made, but the bank's history is not intact"), "{said}");
        assert!(file.exists());
    })
    .await;
}

/// With a program of another version, or none, it is said which program and what it says.
#[tokio::test(flavor = "multi_thread")]
async fn without_its_programs_postgres_is_not_backed_up_and_nothing_is_left() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.backup");
        let mut command: Command = command(url(bank), &["backup", file.to_str().unwrap()]);
        let said = words(&command.env("PATH", "/dev/null").output().unwrap());
        assert!(said.contains("pg_dump of PostgreSQL"), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    })
    .await;
}
