//! What goes wrong during a campaign.

use super::Campaign;
use rand::RngExt;
use rand::rngs::StdRng;
use sea_orm::{ConnectionTrait, DbBackend};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// What a full disk leaves.
const LEFT: u64 = 300_000;

/// A fault that the service has to outlive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// An instance is killed, and started again.
    Kill,
    /// An instance is told to stop, and started again.
    Restart,
    /// An instance stands still for a while.
    Freeze,
    /// Somebody else holds a lock: on SQLite the whole file, on PostgreSQL a table.
    Lock,
    /// The disk is full for a while (SQLite).
    FullDisk,
    /// The server ends all sessions (PostgreSQL).
    Terminate,
    /// The server is stopped at once, as by a power cut, and started again (PostgreSQL, on a cluster of its own).
    Crash,
    /// The answers to some COMMITs are lost (PostgreSQL).
    LostCommit,
}

impl Fault {
    /// Those of an engine.
    pub fn of(engine: DbBackend) -> Vec<Self> {
        let everywhere = [Self::Kill, Self::Restart, Self::Freeze, Self::Lock];
        let own: &[Self] = match engine {
            DbBackend::Sqlite => &[Self::FullDisk],
            _ if data_folder().is_some() => &[Self::Terminate, Self::LostCommit, Self::LostCommit, Self::Crash],
            _ => &[Self::Terminate, Self::LostCommit, Self::LostCommit],
        };
        everywhere.into_iter().chain(own.iter().copied()).collect()
    }
}

/// Where the cluster is, if it waits for its disk and nobody else uses it.
fn data_folder() -> Option<String> {
    std::env::var("STEMBANK_TEST_POSTGRES_DURABLE_DATA").ok().filter(|folder| !folder.is_empty())
}

/// Faults by kind, counted.
#[derive(Debug, Default)]
pub struct Faults(pub BTreeMap<Fault, u32>);

impl Faults {
    /// How often something went wrong in this way.
    pub fn count(&self, fault: Fault) -> u32 {
        self.0.get(&fault).copied().unwrap_or_default()
    }

    /// Lets something go wrong, and mends it.
    pub async fn inject(&mut self, campaign: &mut Campaign<'_>, fault: Fault, random: &mut StdRng) {
        *self.0.entry(fault).or_default() += 1;
        let instance = random.random_range(0..campaign.services.len());
        let a_while = Duration::from_millis(random.random_range(300..2_000));
        match fault {
            Fault::Kill => {
                campaign.services[instance] = None;
                campaign.begin(instance);
            }
            Fault::Restart => {
                let stopped = campaign.services[instance].take().is_none_or(super::Service::stop);
                assert!(stopped, "an instance that was told to stop did not end well");
                campaign.begin(instance);
            }
            Fault::Freeze => {
                signal(campaign, instance, "-STOP");
                tokio::time::sleep(a_while).await;
                signal(campaign, instance, "-CONT");
            }
            Fault::Lock => lock(campaign, a_while * 3).await,
            Fault::FullDisk => full_disk(campaign, a_while).await,
            Fault::Terminate => terminate(campaign).await,
            Fault::Crash => crash(),
            Fault::LostCommit => {
                let proxy = campaign.proxy.as_ref().expect("PostgreSQL has a proxy");
                proxy.lose_answers(random.random_range(1..=3));
            }
        }
    }
}

fn signal(campaign: &Campaign<'_>, instance: usize, signal: &str) {
    if let Some(service) = &campaign.services[instance] {
        let sent = Command::new("kill").args([signal, &service.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

async fn lock(campaign: &Campaign<'_>, a_while: Duration) {
    let stranger = campaign.bank.stranger().await;
    let hold = match campaign.bank.engine() {
        DbBackend::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN; LOCK TABLE request IN ACCESS EXCLUSIVE MODE",
    };
    // Who does not get it in time goes without.
    if stranger.execute_unprepared(hold).await.is_ok() {
        tokio::time::sleep(a_while).await;
        drop(stranger.execute_unprepared("ROLLBACK").await);
    }
    drop(stranger.close().await);
}

/// No file of the service grows beyond what it is, as on a full disk.
async fn full_disk(campaign: &Campaign<'_>, a_while: Duration) {
    let file = campaign.bank.app.config.database_url.trim_start_matches("sqlite://").to_owned();
    let size = |end: &str| std::fs::metadata(format!("{file}{end}")).map_or(0, |file| file.len());
    let Some(service) = &campaign.services[0] else { return };
    let limit = |most: &str| {
        let limit = format!("--fsize={most}:");
        let set = Command::new("prlimit").args(["--pid", &service.id().to_string(), &limit]).status();
        assert!(set.unwrap().success(), "prlimit of util-linux is needed");
    };
    limit(&(size("").max(size("-wal")) + LEFT).to_string());
    tokio::time::sleep(a_while).await;
    limit("unlimited");
}

async fn terminate(campaign: &Campaign<'_>) {
    let stranger = campaign.bank.stranger().await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    stranger.execute_unprepared(end).await.unwrap();
    drop(stranger.close().await);
}

fn crash() {
    let folder = data_folder().expect("only where there is one");
    super::failover::as_owner(&format!("pg_ctl -D {folder} -m immediate -w restart -l {folder}/server.log >/dev/null"));
}
