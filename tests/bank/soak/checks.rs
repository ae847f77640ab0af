//! What has to be true after a campaign.

use super::faults::{Fault, Faults};
use super::ledger::Ledger;
use super::{Campaign, Step};
use crate::support::Bank;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use stembank::actor::Actor;
use stembank::audit::verify::{Verdict, verify};
use stembank::db::Sql;
use stembank::statistics::queries::years;

/// How long no letter may leave while some wait: the lease of a killed worker, and some more.
const LETTERS_TAKE: Duration = Duration::from_secs(90);
/// A process is warm after so long: caches and connections are there.
const WARM_AFTER: Duration = Duration::from_secs(10);
/// What a warm process may grow by.
const GROWTH_KIB: u64 = 96 * 1024;
/// Descriptors that an idle instance may have open.
const DESCRIPTORS: usize = 120;

/// Everything that must hold; panics with all of what does not.
pub async fn all(campaign: &mut Campaign<'_>, ledger: &Ledger, faults: &Faults, vials: i64) {
    let bank = campaign.bank;
    let mut wrong = std::mem::take(&mut ledger.entries().faults);
    wrong.extend(letters_leave(bank).await);
    wrong.extend(descriptors(campaign));
    for service in campaign.services.iter_mut().filter_map(Option::take) {
        assert!(service.stop(), "an instance did not end well");
    }
    wrong.extend(history_agrees(bank, ledger).await);
    wrong.extend(drafts_are_there_once(bank, ledger).await);
    for (what, sql) in INVARIANTS {
        let found = bank.number(sql).await;
        wrong.extend((found != 0).then(|| format!("{what}: {found}")));
    }
    wrong.extend((bank.number("SELECT count(*) FROM vial").await != vials).then(|| "vials came or went".to_owned()));
    wrong.extend(chain(bank).await);
    wrong.extend(statistics(bank).await);
    wrong.extend(letters_once(campaign, faults));
    let acknowledged = ledger.entries().acknowledged.len();
    let lost = campaign.proxy.as_ref().map_or(0, super::Proxy::lost);
    println!("soak: {acknowledged} steps acknowledged, faults {:?}, answers to COMMIT lost {lost}", faults.0);
    assert!(acknowledged > 50, "only {acknowledged} steps were done: the campaign shows nothing");
    assert!(wrong.is_empty(), "{} thing(s) are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What no row may say.
const INVARIANTS: [(&str, &str); 8] = [
    (
        "vials that are promised without a promise",
        "SELECT count(*) FROM vial v WHERE v.state IN ('reserved', 'picked') AND NOT EXISTS
           (SELECT 1 FROM reservation r WHERE r.vial_id = v.id AND r.ended_at IS NULL)",
    ),
    (
        "promises of vials that are not there",
        "SELECT count(*) FROM reservation r JOIN vial v ON v.id = r.vial_id
         WHERE r.ended_at IS NULL AND v.state NOT IN ('reserved', 'picked')",
    ),
    (
        "vials promised twice",
        "SELECT count(*) FROM (SELECT vial_id FROM reservation WHERE ended_at IS NULL
           GROUP BY vial_id HAVING count(*) > 1) twice",
    ),
    (
        "promises of one vial that overlap in time",
        "SELECT count(*) FROM (SELECT created_at,
           lag(ended_at) OVER (PARTITION BY vial_id ORDER BY id) AS before FROM reservation) promises
         WHERE before > created_at",
    ),
    (
        "things whose history goes back in time",
        "SELECT count(*) FROM (SELECT at, lag(at) OVER (PARTITION BY subject_kind, subject_id ORDER BY id) AS before
           FROM audit_event) events WHERE before > at",
    ),
    (
        "lines counted as given out that did not leave, or the other way round",
        "SELECT count(*) FROM request_line l WHERE (l.state IN ('shipped', 'received')) <>
           EXISTS (SELECT 1 FROM dispatched_line d WHERE d.request_line_id = l.id)",
    ),
    (
        "letters twice",
        "SELECT count(*) FROM (SELECT count(*) FROM mail_message WHERE subject_kind = 'DistributionRequest'
           GROUP BY event, subject_kind, subject_id, recipient_id, CAST(detail AS TEXT) HAVING count(*) > 1) twice",
    ),
    (
        "signatures twice",
        "SELECT count(*) FROM (SELECT 1 FROM signature GROUP BY agreement_id, party HAVING count(*) > 1) twice",
    ),
];

/// Every acknowledged step stands in the history, and none twice.
async fn history_agrees(bank: &Bank, ledger: &Ledger) -> Vec<String> {
    let sql = "SELECT r.number, e.action, count(*) FROM audit_event e
               JOIN request r ON r.id = e.subject_id AND e.subject_kind = 'DistributionRequest'
               GROUP BY r.number, e.action";
    let mut told: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in Sql::new(sql).rows(bank.app.db.read()).await.unwrap() {
        let (number, action) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        told.insert((number, action), row.try_get_by_index(2).unwrap());
    }
    let mut acknowledged: BTreeMap<(String, &'static [&'static str]), i64> = BTreeMap::new();
    for (number, step) in &ledger.entries().acknowledged {
        *acknowledged.entry((number.clone(), step.actions())).or_default() += 1;
    }
    let mut wrong = vec![];
    for ((number, actions), count) in acknowledged {
        let of = |action: &&str| told.get(&(number.clone(), (*action).to_owned())).copied().unwrap_or_default();
        let found: i64 = actions.iter().map(of).sum();
        if found < count {
            wrong.push(format!("lost: {number} {actions:?} was acknowledged {count} time(s) and stands there {found}"));
        }
    }
    let most = |action: &str| if action == "agreement.sign" { 3 } else { 1 };
    let own: BTreeSet<&str> = STEPS.iter().flat_map(|step| step.actions()).copied().collect();
    let doubled = told.iter().filter(|((_, action), count)| own.contains(action.as_str()) && **count > most(action));
    wrong.extend(doubled.map(|((number, action), count)| format!("doubled: {number} {action}, {count} times")));
    wrong
}

const STEPS: [Step; 12] = [
    Step::Draft,
    Step::Submit,
    Step::Withdraw,
    Step::Claim,
    Step::Decide,
    Step::Offer,
    Step::Sign("BANK"),
    Step::Reserve,
    Step::Release,
    Step::Pack,
    Step::Dispatch,
    Step::Receive,
];

/// A title is one caller's one draft.
async fn drafts_are_there_once(bank: &Bank, ledger: &Ledger) -> Vec<String> {
    let sql = "SELECT project_title, count(*) FROM request GROUP BY project_title";
    let mut wrong = vec![];
    let refused: BTreeSet<_> = ledger.entries().refused.iter().cloned().collect();
    for row in Sql::new(sql).rows(bank.app.db.read()).await.unwrap() {
        let (title, count): (String, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        if count > 1 {
            let attempts = ledger.attempts_at(&title).join("\n  ");
            wrong.push(format!("doubled: {count} drafts of {title}\n  {attempts}"));
        }
        if refused.contains(&title) {
            let attempts = ledger.attempts_at(&title).join("\n  ");
            wrong.push(format!("misreported: nothing was changed, and yet there is {title}\n  {attempts}"));
        }
    }
    wrong
}

/// Letters leave once nothing goes wrong any more: as fast as they can, those of killed workers when their lease ends.
async fn letters_leave(bank: &Bank) -> Option<String> {
    let waiting = "SELECT count(*) FROM mail_message WHERE state = 'queued'";
    let (mut left, mut since) = (i64::MAX, Instant::now());
    loop {
        let now = bank.number(waiting).await;
        if now == 0 {
            break;
        }
        if now < left {
            (left, since) = (now, Instant::now());
        } else if since.elapsed() > LETTERS_TAKE {
            return Some(format!("letters that still wait: {now}"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let dead = bank.number("SELECT count(*) FROM mail_message WHERE state = 'dead'").await;
    (dead > 0).then(|| format!("letters that are dead: {dead}"))
}

/// A letter arrives once; again only if a worker was killed after the mail server had taken it, or the connection went.
fn letters_once(campaign: &Campaign<'_>, faults: &Faults) -> Option<String> {
    let received = campaign.post.received();
    let ids: BTreeSet<_> = received.iter().map(|letter| letter.header("Message-ID")).collect();
    let again = received.len() - ids.len();
    let interrupted = faults.0.values().sum::<u32>() - faults.count(Fault::Restart);
    let connections = campaign.post.settings().connections;
    (again > interrupted as usize * connections).then(|| format!("letters that came again: {again}"))
}

/// What each process holds in memory, from when it is warm to its end.
#[derive(Default)]
pub struct Memory(BTreeMap<u32, Vec<(Instant, u64)>>);

impl Memory {
    /// Looks at the processes that run.
    pub fn look(&mut self, campaign: &Campaign<'_>) {
        for service in campaign.services.iter().flatten() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            self.0.entry(service.id()).or_default().extend(kib.map(|kib: u64| (Instant::now(), kib)));
        }
    }

    /// Processes that grew by more than they should, after they were warm.
    pub fn growth(&self) -> Vec<String> {
        let grown = self.0.values().filter_map(|samples| {
            let begun = samples.first()?.0;
            let warm = samples.iter().find(|(at, _)| at.duration_since(begun) > WARM_AFTER)?.1;
            let last = samples.last()?.1;
            (last > warm + GROWTH_KIB).then(|| format!("memory grew from {warm} to {last} KiB"))
        });
        grown.collect()
    }
}

fn descriptors(campaign: &Campaign<'_>) -> Vec<String> {
    let open = |id: u32| std::fs::read_dir(format!("/proc/{id}/fd")).map_or(0, Iterator::count);
    let counts = campaign.services.iter().flatten().map(|service| open(service.id()));
    counts.filter(|count| *count > DESCRIPTORS).map(|count| format!("descriptors left open: {count}")).collect()
}

async fn chain(bank: &Bank) -> Option<String> {
    match verify(&bank.app, &Actor::system("soak"), None).await.unwrap() {
        Verdict::Intact(_) => None,
        Verdict::Broken(broken) => Some(format!("the history: {broken:?}")),
    }
}

/// The year's figures equal a recount of the shipments.
async fn statistics(bank: &Bank) -> Option<String> {
    let year = stembank::app::seoul_year(bank.app.clock.now());
    let figures = years(&bank.app, year, year).await.unwrap();
    let told = figures[0].recorded.map_or(0, |recorded| recorded.distributions);
    let recount =
        "SELECT count(DISTINCT v.request_line_id) FROM shipment_vial v JOIN shipment s ON s.id = v.shipment_id
                   WHERE NOT v.cancelled AND s.state IN ('shipped', 'received')";
    let counted = bank.number(recount).await;
    (told != counted).then(|| format!("the year's figures say {told} distributions, a recount {counted}"))
}
