//! A bank is made where somebody asks for one, and nowhere else; what is not the bank's is left as it is.

use super::{command, done, refused, sqlite, stembank, url, words};
use crate::logs::Service;
use crate::support::{Place, contents, on_a_bank};
use migrations::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use stembank::db::{Db, Standing, standing};

/// Commands that need a bank and make none.
const NEED_A_BANK: [&[&str]; 5] =
    [&["serve"], &["account", "list"], &["audit", "verify"], &["audit", "export"], &["backup", "/dev/null/none"]];

/// Names of the files in a folder.
fn files(folder: &std::path::Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_bank_only_those_who_make_one_do_so_and_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let missing = sqlite(&folder.path().join("bank.db"));
    for arguments in NEED_A_BANK {
        let said = refused(&missing, arguments);
        assert!(said.contains("There is no bank at") && said.contains("stembank migrate"), "{said}");
        assert_eq!(files(folder.path()), BTreeSet::new(), "{arguments:?} made a file");
    }
    let korean = command(&missing, &["account", "list"]).env("LANG", "ko_KR.UTF-8").output().unwrap();
    assert!(words(&korean).contains("은행이 없습니다"), "{}", words(&korean));
    let said = done(&missing, &["migrate"]);
    assert!(said.contains(&format!("A new bank was made at {missing}")), "{said}");
    assert!(!done(&missing, &["migrate"]).contains("A new bank"));
    assert!(done(&missing, &["audit", "verify"]).starts_with("0 events, chain intact"));

    let other = sqlite(&folder.path().join("other.db"));
    let history = concat!(env!("CARGO_MANIFEST_DIR"), "/data/distribution_history.csv");
    assert!(done(&other, &["import", "history", history]).contains("A new bank was made"));
    let place = Place::empty().await;
    for arguments in NEED_A_BANK {
        assert!(refused(&place.url, arguments).contains("There is no bank"), "{arguments:?}");
    }
    assert!(done(&place.url, &["migrate"]).contains("A new bank was made"));
    assert!(matches!(standing(&place.url).await.unwrap(), Standing::Bank(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_of_another_program_is_refused_and_stays_as_it_is() {
    let place = Place::empty().await;
    let connection = place.connect().await;
    // Another program's may be written with the same library, and have a table of the same name.
    let sql = "CREATE TABLE bank (id INTEGER); CREATE TABLE seaql_migrations (version TEXT);
               INSERT INTO seaql_migrations VALUES ('m20220101_000001_create_table')";
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
    let db = Db::connect(&place.url).await.unwrap();
    let before = contents(&db).await;
    for arguments in NEED_A_BANK.into_iter().chain([&["migrate"][..]]) {
        assert!(refused(&place.url, arguments).contains("is not a bank's database"), "{arguments:?}");
    }
    assert_eq!(contents(&db).await, before);
    db.close().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    std::fs::write(
        &letter,
        "Dear all, this is a letter and no database, and longer than a header of one is. ".repeat(40),
    )
    .unwrap();
    let before = std::fs::read(&letter).unwrap();
    for arguments in NEED_A_BANK.into_iter().chain([&["migrate"][..]]) {
        assert!(refused(&sqlite(&letter), arguments).contains("is not a bank's database"), "{arguments:?}");
    }
    assert_eq!(std::fs::read(&letter).unwrap(), before);
    assert_eq!(files(folder.path()), BTreeSet::from(["letter.txt".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_bank_is_refused_and_a_running_instance_goes_on() {
    on_a_bank(async |bank| {
        let log = tempfile::tempdir().unwrap();
        let cast = bank.cast().await;
        let running = Service::start(bank, &log.path().join("log"), &[]);
        // What the next release may do while instances of this one serve on.
        let step = "ALTER TABLE request ADD COLUMN added_later TEXT; CREATE TABLE later (id BIGINT PRIMARY KEY);
                    INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99_later', 0)";
        bank.execute(step).await.unwrap();
        let draft = "mutation { createDistributionRequest(input: { projectTitle: \"Meanwhile\" }) {
            distributionRequest { number } errors { code } } }";
        for _ in 0..3 {
            let body = serde_json::json!({ "query": draft }).to_string();
            let (status, answer) = crate::logs::post(running.address, Some(&cast.researcher.token), &[], &body);
            let made = &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"];
            assert!(made.is_string(), "{status}: {answer}");
        }
        let before = bank.contents().await;
        for arguments in NEED_A_BANK.into_iter().chain([&["migrate"][..]]) {
            let said = refused(url(bank), arguments);
            assert!(said.contains("A newer release") && said.contains("m99_later"), "{said}");
        }
        let doctor = refused(url(bank), &["doctor"]);
        assert!(doctor.contains("WRONG\tdatabase\tA newer release"), "{doctor}");
        assert_eq!(bank.contents().await.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
        assert_eq!(bank.contents().await["request"], before["request"]);
        assert!(running.is_ready(), "during an upgrade the instances of the release before serve on");
        assert!(running.stop());
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_is_nobodys_bank() {
    on_a_bank(async |bank| {
        bank.execute("UPDATE bank SET kind = 'demo'").await.unwrap();
        for arguments in [&["serve"][..], &["migrate"], &["account", "list"]] {
            assert!(refused(url(bank), arguments).contains("demonstration's database"), "{arguments:?}");
        }
        done(url(bank), &["audit", "verify"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_bank_is_copied_then_brought_to_this_release() {
    let place = Place::empty().await;
    let connection = place.connect().await;
    Migrator::up(&connection, Some(u32::try_from(Migrator::migrations().len() - 1).unwrap())).await.unwrap();
    connection.close().await.unwrap();
    let said = refused(&place.url, &["account", "list"]);
    assert!(said.contains("1 migration(s) are pending"), "{said}");

    let said = done(&place.url, &["migrate"]);

    if let Some(file) = place.url.strip_prefix("sqlite://") {
        let last = Migrator::migrations().last().unwrap().name().to_owned();
        let copy = format!("{file}.before-{last}");
        assert!(said.contains(&format!("was copied to {copy}")), "{said}");
        let Standing::Bank(bank) = standing(&format!("sqlite://{copy}")).await.unwrap() else { panic!("no bank") };
        assert_eq!(bank.pending, [last]);
    }
    done(&place.url, &["account", "list"]);
}

/// A bank of its own that is served, and nobody else has open.
fn served(folder: &std::path::Path) -> (std::path::PathBuf, Service) {
    let file = folder.join("bank.db");
    done(&sqlite(&file), &["migrate"]);
    let log = folder.join("log");
    let service = Service::begin(&sqlite(&file), crate::logs::free_address(), &log, &[]).once_ready(&log);
    (file, service)
}

fn tells_of_a_missing_log(file: &std::path::Path) -> bool {
    words(&stembank(&sqlite(file), &["doctor"])).contains("WRONG\tdatabase\tThe service did not stop properly")
}

#[test]
fn a_log_that_should_be_there_and_is_not_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (file, service) = served(folder.path());
    // What somebody copies who takes only the file.
    let copy = |name: &str| {
        let copy = folder.path().join(name);
        std::fs::copy(&file, &copy).unwrap();
        copy
    };
    assert!(tells_of_a_missing_log(&copy("while-it-serves.db")));
    assert!(service.stop());
    assert!(!tells_of_a_missing_log(&copy("after-a-stop.db")));
}

/// After a kill whoever opens the file next brings the log into it: nothing is missing then.
#[test]
fn a_killed_service_leaves_a_log_that_the_next_command_brings_in() {
    let folder = tempfile::tempdir().unwrap();
    let (file, service) = served(folder.path());
    drop(service);
    assert!(folder.path().join("bank.db-wal").exists());
    assert!(!tells_of_a_missing_log(&file));
    done(&sqlite(&file), &["account", "list"]);
    assert!(!folder.path().join("bank.db-wal").exists());
    assert!(!tells_of_a_missing_log(&file));
}

#[cfg(unix)]
#[test]
fn what_the_program_makes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (bank, backup, history) =
        (folder.path().join("bank.db"), folder.path().join("bank.backup"), folder.path().join("history.jsonl"));
    let url = sqlite(&bank);
    done(&url, &["migrate"]);
    done(&url, &["backup", backup.to_str().unwrap()]);
    done(&url, &["audit", "export", "-o", history.to_str().unwrap()]);
    for file in [&bank, &backup, &history] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert!(done(&url, &["doctor"]).contains("ok\tstorage\t"));
    std::fs::set_permissions(&bank, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(done(&url, &["doctor"]).contains("LOOK\tstorage\tothers on this machine can read"));
}
