//! The benchmarks: the bank over HTTP beside a plain service that reads the same rows.
//!
//! `cargo bench` measures SQLite; with `STEMBANK_TEST_POSTGRES` set to the address of a cluster also PostgreSQL, as
//! `make bench` does. `cargo bench -- NAME` measures what has NAME in its name, `--quick` measures shortly. What the
//! figures mean stands in `benches/README.md`.

mod audit;
mod durability;
mod engine;
mod load;
mod mail;
mod measure;
mod pages;
mod reads;
mod reserve;
mod search;
mod seed;
mod sign_in;
mod statistics;

use axum::Router;
use engine::{Bank, Engine};
use seed::Catalogue;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What to measure, and how long.
pub struct Options {
    names: Vec<String>,
    quick: bool,
    /// Not measured, before each.
    pub warm: Duration,
    /// Measured.
    pub measured: Duration,
    /// Times that ours and the twin take turns.
    pub rounds: usize,
}

impl Options {
    fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        let quick = arguments.iter().any(|argument| argument == "--quick");
        Self {
            names: arguments.into_iter().filter(|argument| !argument.starts_with("--")).collect(),
            quick,
            warm: if quick { Duration::from_millis(300) } else { Duration::from_secs(1) },
            measured: if quick { Duration::from_millis(700) } else { Duration::from_secs(3) },
            rounds: if quick { 1 } else { 5 },
        }
    }

    /// Rounds of what takes longer than the others.
    pub fn few_rounds(&self) -> Self {
        Self { names: self.names.clone(), rounds: self.rounds.min(3), ..*self }
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| name.contains(wanted.as_str()))
    }
}

/// A served bank: everything is recomputed at `fresh`, where the twins are too; `keeping` keeps answers.
pub struct Served {
    /// Ours without kept answers, and the twins.
    pub fresh: SocketAddr,
    /// Ours with kept answers, and the static one.
    pub keeping: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::from_arguments();
    let engines = Engine::present();
    println!("{}", machine());
    if !engines.contains(&Engine::Postgres) {
        println!("PostgreSQL is not measured: STEMBANK_TEST_POSTGRES is not set (`make bench` sets it).");
    }
    println!("\n{}", measure::HEADING);
    if options.wants("durability") {
        durability::measure(&options).await?;
    }
    for engine in engines {
        audited(engine, &options).await?;
        empty(engine, &options).await?;
        small(engine, &options).await?;
        letters(engine, &options).await?;
        large(engine, &options).await?;
    }
    Ok(())
}

/// An empty bank: what the history costs.
async fn audited(engine: Engine, options: &Options) -> Result<(), Failure> {
    if !options.wants("audit") {
        return Ok(());
    }
    let bank = Bank::open(engine, "audit").await?;
    audit::measure(&bank, &format!("{}, empty", engine.name()), options).await?;
    bank.close().await
}

/// A bank without lines: sign-ins only.
async fn empty(engine: Engine, options: &Options) -> Result<(), Failure> {
    if !options.wants("signin") {
        return Ok(());
    }
    let bank = Bank::open(engine, "empty").await?;
    sign_in::seed(&bank).await?;
    let served = serve(&bank).await?;
    sign_in::measure(&served, engine.name(), options).await?;
    bank.close().await
}

/// The bank of 2,000 reference lines: search only.
async fn small(engine: Engine, options: &Options) -> Result<(), Failure> {
    if !options.wants("search") {
        return Ok(());
    }
    let bank = Bank::open(engine, "small").await?;
    seed::fill(&bank, Catalogue::First(2_000)).await?;
    let served = serve(&bank).await?;
    search::measure(&served, &format!("{}, 2,000", engine.name()), &options.few_rounds()).await?;
    bank.close().await
}

/// A bank with nothing but letters.
async fn letters(engine: Engine, options: &Options) -> Result<(), Failure> {
    if !options.wants("mail") {
        return Ok(());
    }
    let bank = Bank::open(engine, "letters").await?;
    mail::measure(&bank, engine.name(), &options.few_rounds()).await?;
    bank.close().await
}

/// The bank of all 167,186 reference lines: everything.
async fn large(engine: Engine, options: &Options) -> Result<(), Failure> {
    let all = ["line", "list", "search", "cached", "pages", "reserve", "statistics"];
    if !all.iter().any(|name| options.wants(name)) {
        return Ok(());
    }
    let bank = Bank::open(engine, "large").await?;
    seed::fill(&bank, Catalogue::Whole).await?;
    let served = serve(&bank).await?;
    let name = format!("{}, 167,186", engine.name());
    if options.wants("line") {
        reads::line(&served, &name, options).await?;
    }
    if options.wants("list") {
        reads::list(&bank, &served, &name, options).await?;
    }
    if options.wants("cached") {
        reads::cached(&bank, &served, &name, options).await?;
    }
    if options.wants("search") {
        search::measure(&served, &name, &options.few_rounds()).await?;
    }
    if options.wants("pages") {
        pages::catalogue(&bank, &served, &name, options).await?;
    }
    let counts = options.wants("statistics") || options.wants("pages");
    if options.wants("reserve") || counts {
        seed::requests(&bank).await?;
    }
    if options.wants("reserve") {
        reserve::measure(&bank, &served, &name, options).await?;
    }
    let rows = if options.quick { 50_000 } else { 1_000_000 };
    if counts {
        seed::distributions(&bank, rows).await?;
    }
    if options.wants("statistics") {
        statistics::measure(&served, &name, &options.few_rounds(), rows).await?;
    }
    if options.wants("pages") {
        pages::statistics(&bank, &served, &name, options, rows).await?;
    }
    bank.close().await
}

async fn serve(bank: &Bank) -> Result<Served, Failure> {
    let twins = Router::new()
        .merge(reads::twins(bank.pool.clone()))
        .merge(search::twins(bank.pool.clone()))
        .merge(reserve::twins(bank.pool.clone()))
        .merge(sign_in::twins(bank.pool.clone()))
        .merge(statistics::twins(bank.pool.clone()));
    let fresh = listen(stembank::server::router(bank.app.clone()).merge(twins)).await?;
    let keeping = listen(stembank::server::router(bank.keeping_answers())).await?;
    Ok(Served { fresh, keeping })
}

/// Serves as the bank does, on a free port.
pub async fn listen(router: Router) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Processor, cores, memory, operating system.
fn machine() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once([':', '=']).map_or("unknown", |(_, value)| value).trim().trim_matches('"').to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let (processor, memory) = (value(&read("/proc/cpuinfo"), "model name"), value(&read("/proc/meminfo"), "MemTotal"));
    format!("{processor}, {cores} cores, {memory} memory, {}", value(&read("/etc/os-release"), "PRETTY_NAME"))
}
