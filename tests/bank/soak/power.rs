//! Power cuts: the disk of a serving SQLite bank is copied at random instants, as it is then, and whatever had been
//! acknowledged is on it. Needs root, loop devices and mkfs.xfs, whose files can be copied in an instant.

use crate::cast::Cast;
use crate::logs::{Service, try_post};
use crate::support::{Bank, Place};
use rand::RngExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stembank::actor::Actor;
use stembank::app::App;
use stembank::audit::verify::{Verdict, verify};
use stembank::db::{Db, Sql, quick_check};
use tempfile::TempDir;

/// Callers at once.
const CALLERS: usize = 4;

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(status.unwrap_or_else(|error| panic!("{program}: {error}")).success(), "{program} {arguments:?}");
}

/// A disk in a file: what the kernel has written to it is in the file, and what it has not, is not.
struct Disk {
    folder: TempDir,
    mounted: Vec<PathBuf>,
}

impl Disk {
    fn new() -> Self {
        let mut disk = Self { folder: tempfile::tempdir().unwrap(), mounted: vec![] };
        let (outer, image) = (disk.path("outer.img"), disk.path("outer/disk.img"));
        run("truncate", &["-s", "2G", &outer]);
        run("mkfs.xfs", &["-q", "-m", "reflink=1", &outer]);
        disk.mount(&outer, "outer");
        run("truncate", &["-s", "256M", &image]);
        run("mkfs.ext4", &["-q", &image]);
        disk.mount(&image, "disk");
        disk
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn mount(&mut self, image: &str, at: &str) {
        let place = self.path(at);
        std::fs::create_dir_all(&place).unwrap();
        run("mount", &["-o", "loop", image, &place]);
        self.mounted.push(place.into());
    }

    fn unmount(&mut self) {
        if let Some(place) = self.mounted.pop() {
            run("umount", &[&place.display().to_string()]);
        }
    }

    /// The power goes: the disk as it is at this instant.
    fn cut(&self, number: usize) -> String {
        let copy = self.path(&format!("outer/cut-{number}.img"));
        run("cp", &["--reflink=always", &self.path("outer/disk.img"), &copy]);
        copy
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        while !self.mounted.is_empty() {
            self.unmount();
        }
    }
}

/// Drafts until told to end; the numbers that were acknowledged.
fn draft(address: SocketAddr, token: &str, ending: &AtomicBool, acknowledged: &Mutex<Vec<String>>) {
    let query = "mutation { createDistributionRequest(input: { projectTitle: \"Power\" }) {
        distributionRequest { number } } }";
    let body = json!({ "query": query }).to_string();
    while !ending.load(Ordering::Relaxed) {
        if let Some((_, answer)) = try_post(address, Some(token), &[], &body)
            && let Value::String(number) = &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"]
        {
            acknowledged.lock().unwrap().push(number.clone());
        }
    }
}

/// How much of what was acknowledged is not on a disk after the power went.
async fn lost_of(bank: &Bank, file: &Path, acknowledged: &[String]) -> usize {
    let db = Db::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    assert_eq!(quick_check(db.read()).await.unwrap().as_deref(), Some("ok"), "the file is damaged");
    let rows = Sql::new("SELECT number FROM request").rows(db.read()).await.unwrap();
    let there: std::collections::BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let app = App { db, ..bank.app.clone() };
    let verdict = verify(&app, &Actor::system("soak"), None).await.unwrap();
    assert!(matches!(verdict, Verdict::Intact(_)), "{verdict:?}");
    app.db.close().await.unwrap();
    acknowledged.iter().filter(|number| !there.contains(*number)).count()
}

/// Cuts the power again and again while the bank serves: how many operations were acknowledged, and how many were lost.
async fn cuts(durability: &str, count: usize) -> (usize, usize) {
    let mut disk = Disk::new();
    let file = disk.path("disk/bank.db");
    let url = format!("sqlite://{file}");
    std::fs::write(&file, Place::migrated_bytes().await).unwrap();
    let bank = Bank::at(Place::of(&url)).await;
    let cast: Cast = bank.cast().await;
    let log = disk.folder.path().join("log");
    let service = Service::start(&bank, &log, &[("BANK_SQLITE_DURABILITY", durability), ("RUST_LOG", "info")]);
    let (ending, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(vec![])));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (ending, acknowledged, token) = (ending.clone(), acknowledged.clone(), cast.researcher.token.clone());
            let address = service.address;
            std::thread::spawn(move || draft(address, &token, &ending, &acknowledged))
        })
        .collect();
    let mut made = vec![];
    for number in 0..count {
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(50..600))).await;
        let before = acknowledged.lock().unwrap().clone();
        made.push((disk.cut(number), before));
    }
    ending.store(true, Ordering::Relaxed);
    callers.into_iter().for_each(|caller| caller.join().unwrap());
    assert!(service.stop());
    let (total, mut lost) = (acknowledged.lock().unwrap().len(), 0);
    for (image, before) in made {
        disk.mount(&image, "after");
        lost += lost_of(&bank, &disk.folder.path().join("after/bank.db"), &before).await;
        disk.unmount();
    }
    bank.close().await;
    (total, lost)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root, loop devices and mkfs.xfs; make soak"]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let count = usize::try_from(super::setting("STEMBANK_SOAK_CUTS", 20)).unwrap();
    let (total, lost) = cuts("full", count).await;
    println!("soak: {count} power cuts, durability full: {total} acknowledged, {lost} lost");
    let (total_of_normal, lost_of_normal) = cuts("normal", count).await;
    println!("soak: {count} power cuts, durability normal: {total_of_normal} acknowledged, {lost_of_normal} lost");
    assert!(total > 50);
    assert_eq!(lost, 0);
    assert!(lost_of_normal > 0, "a trial that finds nothing where something has to be lost shows nothing");
}
