//! The campaign: a service of one or more instances under load, faults at random, and checks whether what was
//! acknowledged is there, once, and whether what was refused is not. Small in every run of the tests; `make soak` runs
//! it for as long as one likes, and the trials that need root, a server of their own, or hours.

mod checks;
mod failover;
mod faults;
mod ledger;
mod load;
mod power;
mod proxy;

use crate::logs::{Service, free_address};
use crate::mail::server::Server;
use crate::support::Bank;
use faults::{Fault, Faults};
use ledger::Ledger;
use load::{Assignment, Worker};
pub use proxy::Proxy;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sea_orm::DbBackend;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use stembank::app::Clock;
use tempfile::TempDir;

/// Callers at once.
const WORKERS: u64 = 6;
/// How long a campaign takes unless `STEMBANK_SOAK_SECONDS` says otherwise.
const SHORT: u64 = 30;
/// The campaign of every run; `STEMBANK_SOAK_SEED` chooses another. From a seed follow the choices of faults and
/// workers, not their timing.
const SEED: u64 = 20_261_127;
/// Between two faults.
const CALM_MS: std::ops::Range<u64> = 300..2_500;

/// One step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is drafted.
    Draft,
    /// It is handed in.
    Submit,
    /// The applicant takes it back.
    Withdraw,
    /// Staff take it.
    Claim,
    /// Its line is approved.
    Decide,
    /// The agreement is offered.
    Offer,
    /// A party signs.
    Sign(&'static str),
    /// A vial is promised, or it waits.
    Reserve,
    /// The promise is taken back.
    Release,
    /// The vial is packed.
    Pack,
    /// It leaves.
    Dispatch,
    /// It arrives.
    Receive,
}

impl Step {
    /// Its mutation with the type of the input, and the object and fields that are asked for.
    fn mutation(self) -> (&'static str, &'static str, &'static str, &'static str) {
        let request = "DistributionRequestInput";
        let object = "distributionRequest";
        match self {
            Self::Draft => {
                ("createDistributionRequest", "CreateDistributionRequestInput", object, "id number lines { id }")
            }
            Self::Submit => ("submitDistributionRequest", request, object, "state"),
            Self::Withdraw => ("withdrawDistributionRequest", request, object, "state"),
            Self::Claim => ("claimDistributionRequest", request, object, "state"),
            Self::Decide => ("decideDistributionRequest", "DecideDistributionRequestInput", object, "state"),
            Self::Offer => ("offerAgreement", "OfferAgreementInput", "agreement", "id documentHash"),
            Self::Sign(_) => ("signAgreement", "SignAgreementInput", "agreement", "state"),
            Self::Reserve => ("reserveVials", "RequestLineInput", "requestLine", "state"),
            Self::Release => ("releaseReservation", "RequestLineInput", "requestLine", "state"),
            Self::Pack => ("createShipment", "CreateShipmentInput", "shipment", "id"),
            Self::Dispatch => ("dispatchShipment", "DispatchShipmentInput", "shipment", "state"),
            Self::Receive => ("confirmReceipt", "ConfirmReceiptInput", "shipment", "state"),
        }
    }

    /// What it made, if a request shows that it is done.
    fn done_in(self, request: &Value) -> Option<Value> {
        let state = request["state"].as_str().unwrap_or_default();
        let (line, agreement) = (&request["lines"][0], &request["agreements"][0]);
        let shipment = &request["shipments"][0];
        let object = match self {
            Self::Submit => (state != "DRAFT").then_some(request),
            Self::Withdraw => (state == "WITHDRAWN").then_some(request),
            Self::Claim => (!["DRAFT", "SUBMITTED"].contains(&state)).then_some(request),
            Self::Decide => ["APPROVED", "CLOSED"].contains(&state).then_some(request),
            Self::Offer => agreement.is_object().then_some(agreement),
            Self::Sign(party) => {
                let signatures = agreement["signatures"].as_array()?;
                signatures.iter().any(|signature| signature["party"] == party).then_some(agreement)
            }
            Self::Reserve => (line["state"] != "APPROVED").then_some(line),
            Self::Release => (line["state"] == "APPROVED").then_some(line),
            Self::Draft | Self::Pack => shipment.is_object().then_some(shipment),
            Self::Dispatch => ["SHIPPED", "RECEIVED"].contains(&shipment["state"].as_str()?).then_some(shipment),
            Self::Receive => (shipment["state"] == "RECEIVED").then_some(shipment),
        };
        object.cloned()
    }

    /// Its words in the history; one of them stands there once.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Draft => &["request.create"],
            Self::Submit => &["request.submit"],
            Self::Withdraw => &["request.withdraw"],
            Self::Claim => &["request.claim"],
            Self::Decide => &["request.decide"],
            Self::Offer => &["agreement.offer"],
            Self::Sign(_) => &["agreement.sign"],
            Self::Reserve => &["vials.reserve", "vials.wait"],
            Self::Release => &["vials.release"],
            Self::Pack => &["shipment.pack"],
            Self::Dispatch => &["shipment.dispatch"],
            Self::Receive => &["shipment.receive"],
        }
    }
}

/// A service under trial: the bank, its instances, where their letters go.
pub struct Campaign<'a> {
    /// The bank.
    pub bank: &'a Bank,
    /// The instances; none where one is just down.
    pub services: Vec<Option<Service>>,
    /// Their addresses, which stay when they are started again.
    pub addresses: Vec<SocketAddr>,
    /// The database's address for each instance: on PostgreSQL the last one goes through [`Campaign::proxy`].
    pub urls: Vec<String>,
    /// What may cut connections to PostgreSQL.
    pub proxy: Option<Proxy>,
    /// The mail server.
    pub post: Server,
    logs: TempDir,
    starts: u32,
}

impl<'a> Campaign<'a> {
    /// Starts the service: one instance on SQLite, two on PostgreSQL.
    fn start(bank: &'a Bank) -> Self {
        let url = bank.app.config.database_url.clone();
        let proxy = (bank.engine() == DbBackend::Postgres).then(|| Proxy::start(&url));
        let urls = match &proxy {
            None => vec![url],
            Some(proxy) => vec![url.clone(), proxy.url(&url)],
        };
        let addresses: Vec<_> = urls.iter().map(|_| free_address()).collect();
        let logs = tempfile::tempdir().unwrap();
        let services = urls.iter().map(|_| None).collect();
        let mut campaign = Self { bank, services, addresses, urls, proxy, post: Server::start(), logs, starts: 0 };
        (0..campaign.urls.len()).for_each(|instance| campaign.begin(instance));
        campaign.await_ready();
        campaign
    }

    /// Starts an instance, as a supervisor of services does.
    pub fn begin(&mut self, instance: usize) {
        self.starts += 1;
        let log = self.log(self.starts);
        let settings = self.post.settings();
        let port = settings.port.unwrap_or_default().to_string();
        let password = settings.password.map(|password| password.0).unwrap_or_default();
        let settings = [
            ("BANK_SMTP__HOST", settings.host.as_str()),
            ("BANK_SMTP__PORT", &port),
            ("BANK_SMTP__TLS", "none"),
            ("BANK_SMTP__FROM", &settings.from),
            ("BANK_SMTP__USERNAME", settings.username.as_deref().unwrap_or_default()),
            ("BANK_SMTP__PASSWORD", &password),
            ("BANK_THROTTLE__ATTEMPTS_PER_MINUTE", "1000000"),
            ("RUST_LOG", "info"),
        ];
        self.services[instance] = Some(Service::begin(&self.urls[instance], self.addresses[instance], &log, &settings));
    }

    fn log(&self, start: u32) -> PathBuf {
        self.logs.path().join(format!("{start:04}.log"))
    }

    /// Waits until every instance is ready.
    fn await_ready(&self) {
        let begun = Instant::now();
        while !self.services.iter().all(|service| service.as_ref().is_some_and(Service::is_ready)) {
            assert!(
                begun.elapsed() < Duration::from_secs(90),
                "an instance is not ready: {}",
                std::fs::read_to_string(self.log(self.starts)).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A number from the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs load and faults for a while, then looks at what is left.
async fn campaign(length: Duration, seed: u64) {
    let bank = Bank::open().await;
    bank.app.clock.set(Clock::system().now());
    let cast = bank.cast().await;
    let (plenty, scarce) = (bank.line("TEST-0001").await.id, bank.line("TEST-0002").await.id);
    for lot in 0..i64::try_from(length.as_secs() / 20 + 1).unwrap() {
        bank.lot(&cast.staff, plenty, &format!("TEST-LOT-{lot}"), 400).await;
    }
    bank.lot(&cast.staff, scarce, "TEST-LOT-SCARCE", 2).await;
    let vials = bank.number("SELECT count(*) FROM vial").await;
    let mut campaign = Campaign::start(&bank);
    let (ledger, ending) = (Arc::new(Ledger::default()), Arc::new(AtomicBool::new(false)));
    let mut random = StdRng::seed_from_u64(seed);
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let with = Assignment {
                instances: campaign.addresses.clone(),
                cast: cast.clone(),
                plenty,
                scarce,
                ledger: Arc::clone(&ledger),
                ending: Arc::clone(&ending),
            };
            let worker = Worker::new(with, random.random(), format!("soak-{number}"));
            std::thread::spawn(move || worker.run())
        })
        .collect();
    let begun = Instant::now();
    let mut faults = Faults::default();
    let mut memory = checks::Memory::default();
    while begun.elapsed() < length {
        memory.look(&campaign);
        tokio::time::sleep(Duration::from_millis(random.random_range(CALM_MS))).await;
        let kinds = Fault::of(bank.engine());
        faults.inject(&mut campaign, kinds[random.random_range(0..kinds.len())], &mut random).await;
    }
    campaign.await_ready();
    ending.store(true, Ordering::Relaxed);
    workers.into_iter().for_each(|worker| worker.join().expect("a worker does not panic"));
    ledger.entries().faults.extend(memory.growth());
    checks::all(&mut campaign, &ledger, &faults, vials).await;
    drop(campaign);
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_campaign_loses_nothing_doubles_nothing_and_tells_the_truth() {
    campaign(Duration::from_secs(setting("STEMBANK_SOAK_SECONDS", SHORT)), setting("STEMBANK_SOAK_SEED", SEED)).await;
}
