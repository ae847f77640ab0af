//! Keeps a filled database of this release for the tests of later ones; `make keep RELEASE=r02` runs it on both
//! engines.

use crate::support::Bank;
use flate2::Compression;
use flate2::write::GzEncoder;
use sea_orm::{ConnectionTrait, DbBackend};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use stembank::demo;

#[tokio::test]
#[ignore = "changes files of the project"]
async fn keeps_this_release() {
    let release = std::env::var("STEMBANK_KEEP_AS").expect("STEMBANK_KEEP_AS says which release this is, such as r02");
    let bank = Bank::open().await;
    demo::fill(&bank.app).await.unwrap();
    bank.seal().await;
    let (name, bytes) = match bank.engine() {
        DbBackend::Sqlite => (format!("{release}-demo.sqlite.gz"), file(&bank).await),
        _ => (format!("{release}-demo.postgres.sql.gz"), script(&bank.app.config.database_url)),
    };
    bank.close().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bank/upgrade");
    let file = std::fs::File::create_new(folder.join(&name)).expect("what was kept is never written anew");
    let mut packed = GzEncoder::new(file, Compression::best());
    packed.write_all(&bytes).unwrap();
    packed.finish().unwrap();
}

/// The database as one file without gaps.
async fn file(bank: &Bank) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.db");
    let connection = bank.stranger().await;
    connection.execute_unprepared(&format!("VACUUM INTO '{}'", path.display())).await.unwrap();
    connection.close().await.unwrap();
    std::fs::read(path).unwrap()
}

/// The database as statements that any client can run on a server of any supported version.
fn script(url: &str) -> Vec<u8> {
    let mut dump = Command::new("pg_dump");
    dump.args(["--no-owner", "--no-privileges", "--rows-per-insert=500", "--dbname", url]);
    let output = dump.output().expect("pg_dump is on the path; tests/postgres.sh puts it there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // Words to psql, and a setting that servers before version 17 do not know.
    let foreign = |line: &&str| {
        ["\\restrict ", "\\unrestrict ", "SET transaction_timeout"].iter().any(|start| line.starts_with(start))
    };
    text.split_inclusive('\n').filter(|line| !foreign(line)).collect::<String>().into_bytes()
}
