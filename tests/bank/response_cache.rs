//! Cached responses to anonymous reads: never old, on any instance, whatever changed and whatever ended by itself.

use crate::cast::holdings;
use crate::catalogue::import_lines;
use crate::instance::{Instance, bearer};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use std::sync::Arc;
use stembank::app::App;
use stembank::catalogue::commands::TakeCellLineIntoHoldings;
use stembank::config::Config;
use stembank::db::catalogue_version;
use stembank::id::CellLineId;

const STOCK: &str = r#"{ cellLine(accession: "TEST-0001") { availability availableVials lots { number state availability availableVials } } }"#;

/// Two instances that keep answers and one that keeps none, all on one database.
struct Instances {
    first: Instance,
    second: Instance,
    without_cache: Instance,
}

impl Instances {
    fn of(bank: &Bank) -> Self {
        let config = Config { cache_mib: 0, ..(*bank.app.config).clone() };
        let without_cache = Instance::running(App { config: Arc::new(config), ..bank.app.clone() });
        Self { first: Instance::of(bank), second: Instance::of(bank), without_cache }
    }

    /// What everybody answers, from the cache or not.
    async fn agree(&self, query: &str) -> Value {
        let truth = self.without_cache.data(query).await;
        for instance in [&self.first, &self.second, &self.first, &self.second] {
            assert_eq!(instance.data(query).await, truth, "{query}");
        }
        truth
    }
}

async fn version(bank: &Bank) -> i64 {
    catalogue_version(bank.app.db.read()).await.unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_released_lot_is_seen_by_the_next_read_of_every_instance() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let instances = Instances::of(bank);
        let list = "{ cellLines(where: { inStock: true }) { totalCount nodes { accession } facets { field values { value count } } } }";
        let nothing = json!({ "cellLine": { "availability": "WAITING_LIST", "availableVials": null, "lots": [] } });
        assert_eq!(instances.agree(STOCK).await, nothing);
        assert_eq!(instances.agree(list).await["cellLines"]["totalCount"], 0);
        bank.quarantined(&cast.staff, line.id, "LOT-1", 6).await;
        assert_eq!(instances.agree(STOCK).await, nothing, "a lot in quarantine is the bank's own affair");

        bank.lot(&cast.staff, line.id, "LOT-2", 6).await;

        let seen = instances.agree(STOCK).await;
        assert_eq!(seen["cellLine"]["availability"], "AVAILABLE");
        assert_eq!(seen["cellLine"]["lots"].as_array().unwrap().len(), 1);
        assert_eq!(instances.agree(list).await["cellLines"]["nodes"], json!([{ "accession": "TEST-0001" }]));
    })
    .await;
}

#[tokio::test]
async fn a_reservation_that_changes_the_band_is_seen_at_once_and_so_is_its_release() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "LOT-1", 6).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        let instances = Instances::of(bank);
        let band = async || instances.agree(STOCK).await["cellLine"]["availability"].clone();
        assert_eq!(band().await, "AVAILABLE");
        let before = version(bank).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        assert!(version(bank).await > before);
        assert_eq!(band().await, "FEW");
        let input = json!({ "requestLine": journey.lines[0] });
        bank.done(&cast.staff, "releaseReservation", "requestLine", "state", input).await;
        assert_eq!(band().await, "AVAILABLE");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_reservation_within_the_band_keeps_the_answers_and_they_are_right() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "LOT-1", 10).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        let instances = Instances::of(bank);
        let before = (version(bank).await, instances.agree(STOCK).await);
        bank.reserve(&cast, &journey.lines[0]).await;
        assert_eq!((version(bank).await, instances.agree(STOCK).await), before, "eight of ten are still AVAILABLE");
        let number = bank.data(&cast.researcher, STOCK, json!({})).await;
        assert_eq!(number["cellLine"]["availableVials"], 8, "people signed in see the number, and the new one");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_reservation_that_changes_the_band_of_one_lot_only_is_seen_at_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "LOT-1", 6).await;
        bank.lot(&cast.staff, line.id, "LOT-2", 6).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        let instances = Instances::of(bank);
        let bands = async || {
            let line = instances.agree(STOCK).await["cellLine"].clone();
            let lots: Vec<_> = line["lots"].as_array().unwrap().iter().map(|lot| lot["availability"].clone()).collect();
            (line["availability"].clone(), lots)
        };
        assert_eq!(bands().await, (json!("AVAILABLE"), vec![json!("AVAILABLE"), json!("AVAILABLE")]));
        bank.reserve(&cast, &journey.lines[0]).await;
        assert_eq!(bands().await, (json!("AVAILABLE"), vec![json!("FEW"), json!("AVAILABLE")]));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_dispatch_is_in_the_statistics_of_the_next_read() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "LOT-1", 9).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        let shipment = bank.packed(&cast, &journey).await;
        let instances = Instances::of(bank);
        let year =
            "{ yearlyDistribution(year: 2026) { distributions vials institutions distributionsByLine { key count } }
                      yearlyDistributions(from: 2025, to: 2027) { year distributions } }";
        let before = instances.agree(year).await;
        assert_ne!(before["yearlyDistribution"]["distributions"], 1);

        let input = json!({ "shipment": shipment, "courier": "Made-up courier", "trackingNumber": "0001" });
        bank.done(&cast.staff, "dispatchShipment", "shipment", "state", input).await;

        let after = instances.agree(year).await;
        let expected = json!({ "distributions": 1, "vials": 2, "institutions": 1,
            "distributionsByLine": [{ "key": "TEST-0001", "count": 1 }] });
        assert_eq!(after["yearlyDistribution"], expected);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_import_that_renames_a_line_is_seen_by_the_next_read() {
    on_a_bank(async |bank| {
        import_lines(bank, "ID   Old name\nAC   CVCL_TE01\nSY   Tester\n//\n").await;
        let instances = Instances::of(bank);
        let by_rrid = r#"{ cellLine(rrid: "CVCL_TE01") { name } }"#;
        let by_search = r#"{ cellLines(search: "old name") { totalCount nodes { name } } }"#;
        assert_eq!(instances.agree(by_rrid).await, json!({ "cellLine": { "name": "Old name" } }));
        assert_eq!(instances.agree(by_search).await["cellLines"]["totalCount"], 1);

        import_lines(bank, "ID   New name\nAC   CVCL_TE01\nSY   Tester\n//\n").await;

        assert_eq!(instances.agree(by_rrid).await, json!({ "cellLine": { "name": "New name" } }));
        assert_eq!(instances.agree(by_search).await["cellLines"]["totalCount"], 0);
        let version_before = version(bank).await;
        import_lines(bank, "ID   New name\nAC   CVCL_TE01\nSY   Tester\n//\n").await;
        assert_eq!(version(bank).await, version_before, "nothing changed");
    })
    .await;
}

#[tokio::test]
async fn a_line_that_becomes_a_held_one_is_seen_by_the_next_read() {
    on_a_bank(async |bank| {
        import_lines(bank, "ID   Taken in\nAC   CVCL_TE01\nAG   38Y\n//\n").await;
        let instances = Instances::of(bank);
        let query = r#"{ cellLine(rrid: "CVCL_TE01") { holding accession donorAge } cellLines(where: { holding: { eq: HELD } }) { totalCount } }"#;
        let reference = json!({ "holding": "REFERENCE", "accession": null, "donorAge": "38Y" });
        assert_eq!(instances.agree(query).await["cellLine"], reference);
        let id = CellLineId(bank.number("SELECT id FROM cell_line WHERE rrid = 'CVCL_TE01'").await);
        let system = stembank::actor::Actor::system("test");
        let take = TakeCellLineIntoHoldings { line: id, holdings: holdings("TEST-0009") };
        bank.app.run(&system, take).await.unwrap();
        let held = json!({ "holding": "HELD", "accession": "TEST-0009", "donorAge": "35-39" });
        let seen = instances.agree(query).await;
        assert_eq!((&seen["cellLine"], &seen["cellLines"]["totalCount"]), (&held, &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn an_answer_ends_when_a_reservation_ends_by_itself() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "LOT-1", 6).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        let end = bank.app.clock.now() + Duration::days(bank.app.config.reservation_days);
        let instances = Instances::of(bank);
        let list =
            "{ cellLines(where: { inStock: true }) { totalCount nodes { availability lots { availability } } } }";
        let bands = async || {
            let line = instances.agree(STOCK).await["cellLine"]["availability"].clone();
            (line, instances.agree(list).await["cellLines"]["nodes"][0]["lots"][0]["availability"].clone())
        };
        assert_eq!(bands().await, (json!("FEW"), json!("FEW")));
        bank.app.clock.set(end - Duration::microseconds(1));
        assert_eq!(bands().await, (json!("FEW"), json!("FEW")));
        let kept_version = version(bank).await;

        bank.app.clock.set(end);

        assert_eq!(version(bank).await, kept_version, "nobody did anything");
        assert_eq!(bands().await, (json!("AVAILABLE"), json!("AVAILABLE")));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_ends_at_midnight_in_seoul() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instances = Instances::of(bank);
        let check = r#"{ checkUse(input: { accession: "TEST-0001", intendedUse: BASIC_RESEARCH, hasUsePlan: true,
            irbApprovalNumber: "IRB-1", irbValidUntil: "2026-03-02" }) { outcome requirements { code outcome } } }"#;
        let irb = async || {
            let found = instances.agree(check).await["checkUse"]["requirements"].clone();
            let found = found.as_array().unwrap().clone();
            found.into_iter().find(|r| r["code"] == "IRB_APPROVAL_OR_EXEMPTION").unwrap()["outcome"].clone()
        };
        assert_eq!(irb().await, "MET");
        bank.app.clock.set(at("2026-03-02T14:59:59.999999Z"));
        assert_eq!(irb().await, "MET", "through its last day in Seoul");
        bank.app.clock.set(at("2026-03-02T15:00:00Z"));
        assert_eq!(irb().await, "MISSING");
    })
    .await;
}

#[tokio::test]
async fn answers_to_people_signed_in_are_never_kept_nor_given_to_others() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let lot = bank.lot(&cast.staff, line.id, "LOT-1", 6).await;
        let instance = Instance::of(bank);
        let (staff, researcher) = (bearer(&cast.staff.token), bearer(&cast.researcher.token));
        let query = format!(r#"{{ viewer {{ email }} node(id: "{}") {{ ... on Lot {{ availableVials vials {{ barcode }} }} }} }}"#, lot.global());
        let ask = async |headers: &[(&str, &str)]| instance.get(headers, &[("query", &query)]).await;
        for _ in 0..2 {
            let own = ask(&[("authorization", &staff)]).await;
            assert_eq!(own.json()["data"]["node"]["vials"].as_array().unwrap().len(), 6);
            assert_eq!((own.header("etag"), own.header("cache-control")), ("", "no-store"));
            let other = ask(&[("authorization", &researcher)]).await;
            let seen = json!({ "viewer": { "email": "researcher@example.org" }, "node": { "availableVials": 6, "vials": null } });
            assert_eq!(other.json()["data"], seen);
            let public = ask(&[]).await;
            assert_eq!(public.json()["data"], json!({ "viewer": null, "node": { "availableVials": null, "vials": null } }));
            let tag = public.header("etag").to_owned();
            assert!(!tag.is_empty() && public.header("vary").contains("Authorization"));
            let again = ask(&[("authorization", &staff), ("if-none-match", &tag)]).await;
            assert_eq!(again.status, StatusCode::OK, "the public's tag is nothing to staff");
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_has_the_answer_is_told_so() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        let query = "{ cellLines { totalCount nodes { name } } }";
        let ask = async |headers: &[(&str, &str)]| instance.get(headers, &[("query", query)]).await;
        let first = ask(&[]).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
        assert_eq!(first.header("cache-control"), "no-cache");
        for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}")] {
            let again = ask(&[("if-none-match", &known)]).await;
            assert_eq!(
                (again.status.as_u16(), again.text.as_str(), again.header("etag")),
                (304, "", tag.as_str()),
                "{known}"
            );
        }
        let other = Instance::of(bank).get(&[("if-none-match", &tag)], &[("query", query)]).await;
        assert_eq!(other.status, StatusCode::NOT_MODIFIED, "the same on another instance: {other:?} not {first:?}");
        let posted = instance.post(&[("if-none-match", &tag)], json!({ "query": query })).await;
        assert_eq!(posted.status, StatusCode::OK, "304 is for GET");
        assert_ne!(ask(&[("if-none-match", "\"other\"")]).await.text, "");

        bank.line("TEST-0002").await;
        let changed = ask(&[("if-none-match", &tag)]).await;
        assert_eq!(changed.status, StatusCode::OK);
        assert_ne!(changed.header("etag"), tag);
        assert_eq!(changed.json()["data"]["cellLines"]["totalCount"], 2);
    })
    .await;
}

#[tokio::test]
async fn refusals_are_not_kept_and_each_language_has_its_own_answer() {
    on_a_bank(async |bank| {
        bank.line("TEST-0001").await;
        let instance = Instance::of(bank);
        let refused = instance.get(&[], &[("query", "{ cellLines(first: 101) { totalCount } }")]).await;
        assert_eq!((refused.header("etag"), refused.header("cache-control")), ("", "no-store"));
        let query = "{ cellLines { facets { field values { label } } } }";
        let label = async |lang: &str| {
            let reply = instance.get(&[("accept-language", lang)], &[("query", query)]).await;
            reply.json()["data"]["cellLines"]["facets"][0]["values"][0]["label"].clone()
        };
        let (english, korean) = (label("en").await, label("ko").await);
        assert_ne!(english, korean);
        assert_eq!((label("en").await, label("ko").await), (english, korean));
        let media = async |accept: &str| {
            let reply = instance.get(&[("accept", accept)], &[("query", query)]).await;
            reply.header("content-type").to_owned()
        };
        for accept in ["application/json", "application/graphql-response+json", "application/json"] {
            assert!(media(accept).await.starts_with(accept));
        }
    })
    .await;
}
