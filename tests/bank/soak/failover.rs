//! Fail-over: the primary server is stopped at once, its standby takes over, and the bank goes on with everything that
//! was acknowledged. Needs PostgreSQL's server programs, which tests/postgres.sh puts on the path.

use super::proxy::Proxy;
use crate::logs::{Service, free_address, try_post};
use crate::support::{Bank, Place};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stembank::actor::Actor;
use stembank::audit::verify::{Verdict, verify};
use stembank::db::Sql;
use tempfile::TempDir;

const CALLERS: usize = 4;

/// Runs a shell command as whoever may run PostgreSQL, which is not root.
pub fn as_owner(script: &str) {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let path = format!("PATH={}", std::env::var("PATH").unwrap_or_default());
    let mut command = if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "env", &path, "bash", "-c", script]);
        command
    } else {
        let mut command = Command::new("bash");
        command.args(["-c", script]);
        command
    };
    assert!(command.current_dir("/").status().unwrap().success(), "{script}");
}

/// A server of its own.
struct Server {
    folder: TempDir,
    address: SocketAddr,
}

impl Server {
    fn in_a_folder() -> Self {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        assert!(Command::new("chmod").arg("777").arg(folder.path()).status().unwrap().success());
        Self { folder, address: free_address() }
    }

    fn data(&self) -> String {
        format!("{}/data", self.folder.path().display())
    }

    fn start(&self) {
        let (data, port) = (self.data(), self.address.port());
        let options = format!("-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=");
        as_owner(&format!("pg_ctl -D {data} -l {data}/server.log -o '{options}' -w start >/dev/null"));
    }

    /// The first of two.
    fn primary() -> Self {
        let server = Self::in_a_folder();
        as_owner(&format!(
            "initdb -D {} -U postgres --auth=trust --encoding=UTF8 --locale=C >/dev/null",
            server.data()
        ));
        server.start();
        server
    }

    /// A standby that has everything before the primary says that it is committed.
    fn standby(primary: &Self) -> Self {
        let server = Self::in_a_folder();
        let (port, data) = (primary.address.port(), server.data());
        as_owner(&format!("pg_basebackup -h 127.0.0.1 -p {port} -U postgres -D {data} -R -c fast"));
        server.start();
        let sql = "ALTER SYSTEM SET synchronous_standby_names = '*'";
        as_owner(&format!(
            "psql -q -h 127.0.0.1 -p {port} -U postgres -c \"{sql}\" -c 'SELECT pg_reload_conf()' >/dev/null"
        ));
        server
    }

    fn pg_ctl(&self, what: &str) {
        as_owner(&format!("pg_ctl -D {} -w {what} >/dev/null", self.data()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.pg_ctl("-m immediate stop");
        }
    }
}

fn draft(address: SocketAddr, token: &str, ending: &AtomicBool, acknowledged: &Mutex<Vec<String>>) {
    let mut number = 0;
    while !ending.load(Ordering::Relaxed) {
        number += 1;
        let key = format!("{:?}-{number}", std::thread::current().id());
        let query = "mutation($key: String) { createDistributionRequest(input: { projectTitle: \"Fail-over\",
            idempotencyKey: $key }) { distributionRequest { number } } }";
        let body = json!({ "query": query, "variables": { "key": key } }).to_string();
        // The same call until it is acknowledged.
        while !ending.load(Ordering::Relaxed) {
            if let Some((_, answer)) = try_post(address, Some(token), &[], &body)
                && let Value::String(made) =
                    &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"]
            {
                acknowledged.lock().unwrap().push(made.clone());
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts two servers of its own; make soak"]
async fn a_standby_that_takes_over_has_everything_that_was_acknowledged() {
    if std::env::var("STEMBANK_TEST_POSTGRES").is_err() {
        return; // Only with PostgreSQL's programs on the path.
    }
    let primary = Server::primary();
    let url = format!("postgres://postgres@{}/postgres", primary.address);
    let proxy = Proxy::start(&url);
    let through = proxy.url(&url);
    let bank = Bank::at(Place::of(&through)).await;
    bank.app.db.migrate().await.unwrap();
    let cast = bank.cast().await;
    let standby = Server::standby(&primary);
    let log = tempfile::tempdir().unwrap();
    let service = Service::start(&bank, &log.path().join("log"), &[("RUST_LOG", "info")]);
    let (ending, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(vec![])));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (ending, acknowledged, token) = (ending.clone(), acknowledged.clone(), cast.researcher.token.clone());
            let address = service.address;
            std::thread::spawn(move || draft(address, &token, &ending, &acknowledged))
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = acknowledged.lock().unwrap().len();
    let failed = Instant::now();
    primary.pg_ctl("-m immediate stop");
    standby.pg_ctl("promote");
    proxy.lead_to(standby.address);
    while acknowledged.lock().unwrap().len() == before {
        assert!(failed.elapsed() < Duration::from_secs(60), "the bank does not go on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let gap = failed.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    ending.store(true, Ordering::Relaxed);
    callers.into_iter().for_each(|caller| caller.join().unwrap());
    assert!(service.stop());

    let acknowledged = acknowledged.lock().unwrap().clone();
    let rows = Sql::new("SELECT number FROM request").rows(bank.app.db.read()).await.unwrap();
    let there: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let lost = acknowledged.iter().filter(|number| !there.contains(*number)).count();
    let numbers: BTreeSet<_> = acknowledged.iter().collect();
    println!(
        "soak: fail-over after {before} operations, {} after it, {lost} lost, {} doubled, {gap:?} without an answer",
        acknowledged.len() - before,
        acknowledged.len() - numbers.len()
    );
    assert_eq!((lost, numbers.len()), (0, acknowledged.len()));
    // Each caller may have been cut off in one call of which nobody was told.
    assert!(there.len() <= acknowledged.len() + CALLERS, "{} there, {} acknowledged", there.len(), acknowledged.len());
    assert!(before > 20 && acknowledged.len() > before);
    let verdict = verify(&bank.app, &Actor::system("soak"), None).await.unwrap();
    assert!(matches!(verdict, Verdict::Intact(_)), "{verdict:?}");
    bank.close().await;
}
