//! The yearly statistics, by their definitions: recorded shipments on top of published history.

use crate::cast::Cast;
use crate::pages::Pages;
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::path::Path;
use stembank::actor::Actor;
use stembank::id::CellLineId;
use stembank::import::{Options, Source};
use stembank::statistics::import::import;

async fn history(bank: &Bank) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/distribution_history.csv");
    let source = Source::open(&file).unwrap();
    import(&bank.app, &Actor::system("test"), source, None, Options::default(), &()).await.unwrap();
}

async fn year(bank: &Bank, year: i32) -> Value {
    let query = "query($y: Int!) { yearlyDistribution(year: $y) {
        distributions requests vials institutions fiveYearMean ratioToFiveYearMean changeOnPreviousYear
        institutionsByType { key count percent } distributionsByLine { key count } sources { kind } } }";
    let answer = bank.ask(None, query, json!({ "y": year })).await;
    answer["data"]["yearlyDistribution"].clone()
}

/// Ships vials at an instant, whatever the day of the request.
async fn ship(bank: &Bank, cast: &Cast, line: CellLineId, at: &str) {
    let journey = bank.in_force(cast, &[(line, 2)]).await;
    bank.reserve(cast, &journey.lines[0]).await;
    let shipment = bank.packed(cast, &journey).await;
    bank.app.clock.set(at.parse().unwrap());
    let input = json!({ "shipment": shipment });
    bank.done(&cast.staff, "dispatchShipment", "shipment", "state", input).await;
    bank.letters().await;
}

async fn stage(bank: &Bank, at: &str) -> (Cast, CellLineId) {
    bank.app.clock.set(at.parse().unwrap());
    let cast = bank.cast().await;
    let line = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, line.id, "TEST-LOT-1", 20).await;
    (cast, line.id)
}

#[tokio::test]
async fn the_year_2024_is_as_it_was_published() {
    on_a_bank(async |bank| {
        history(bank).await;
        let figures = year(bank, 2024).await;
        assert_eq!(figures["distributions"], 133);
        assert_eq!(figures["fiveYearMean"], 74.0);
        assert_eq!(format!("{:.3}", figures["ratioToFiveYearMean"].as_f64().unwrap()), "1.797");
        assert_eq!(format!("{:.3}", figures["changeOnPreviousYear"].as_f64().unwrap()), "0.956");
        assert_eq!(figures["institutions"], 49);
        let by_type = json!([
            { "key": "UNIVERSITY", "count": 36, "percent": 74 },
            { "key": "COMPANY", "count": 10, "percent": 20 },
            { "key": "INSTITUTE", "count": 3, "percent": 6 },
        ]);
        assert_eq!(figures["institutionsByType"], by_type);
        assert_eq!((&figures["requests"], &figures["vials"]), (&json!(null), &json!(null)));
        assert_eq!(figures["distributionsByLine"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_mean_with_a_missing_year_is_unknown_and_so_is_a_year_without_records() {
    on_a_bank(async |bank| {
        history(bank).await;
        let early = year(bank, 2023).await;
        assert_eq!((&early["distributions"], &early["fiveYearMean"]), (&json!(68), &json!(null)));
        assert_eq!(early["ratioToFiveYearMean"], json!(null));
        for unknown in [2018, 2025, 2026, 2100] {
            assert_eq!(year(bank, unknown).await["distributions"], json!(null), "{unknown}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_line_shipped_at_1459z_on_the_last_day_of_2024_belongs_to_2024() {
    on_a_bank(async |bank| {
        history(bank).await;
        let (cast, line) = stage(bank, "2024-12-01T03:00:00Z").await;
        ship(bank, &cast, line, "2024-12-31T14:59:00Z").await;
        bank.app.clock.set("2026-03-02T03:00:00Z".parse().unwrap());

        let figures = year(bank, 2024).await;
        assert_eq!(figures["distributions"], 134);
        assert_eq!(figures["institutions"], json!(null), "published and recorded institutions do not add");
        assert_eq!(figures["institutionsByType"], json!([]));
        assert_eq!((&figures["requests"], &figures["vials"]), (&json!(null), &json!(null)));
        let next = year(bank, 2025).await;
        assert_eq!(next["fiveYearMean"], 87.6);
        assert_eq!(next["distributions"], 0, "a recorded year without shipments is zero");
    })
    .await;
}

#[tokio::test]
async fn one_line_shipped_at_1530z_on_the_last_day_of_2024_belongs_to_2025() {
    on_a_bank(async |bank| {
        history(bank).await;
        let (cast, line) = stage(bank, "2024-12-01T03:00:00Z").await;
        ship(bank, &cast, line, "2024-12-31T15:30:00Z").await;

        assert_eq!(year(bank, 2024).await["distributions"], 133);
        let figures = year(bank, 2025).await;
        assert_eq!(figures["distributions"], 1);
        assert_eq!(figures["vials"], 2);
        assert_eq!(figures["requests"], 1);
        assert_eq!(figures["institutions"], 1);
        assert_eq!(figures["fiveYearMean"], 87.4);
        assert_eq!(figures["institutionsByType"], json!([{ "key": "UNIVERSITY", "count": 1, "percent": 100 }]));
        assert_eq!(figures["distributionsByLine"], json!([{ "key": "TEST-0001", "count": 1 }]));
    })
    .await;
}

#[tokio::test]
async fn the_recipient_is_frozen_at_dispatch() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank, "2026-03-02T03:00:00Z").await;
        ship(bank, &cast, line, "2026-03-03T03:00:00Z").await;
        bank.execute("UPDATE institution SET institution_type = 'hospital'").await.unwrap();
        let by_type = year(bank, 2026).await["institutionsByType"].clone();
        assert_eq!(by_type, json!([{ "key": "UNIVERSITY", "count": 1, "percent": 100 }]));
    })
    .await;
}

#[tokio::test]
async fn figures_are_told_for_one_to_fifty_years() {
    on_a_bank(async |bank| {
        history(bank).await;
        let query = "{ yearlyDistributions(from: 2019, to: 2024) { year distributions } }";
        let years = bank.ask(None, query, json!({})).await["data"]["yearlyDistributions"].clone();
        let counts: Vec<_> = years.as_array().unwrap().iter().map(|y| y["distributions"].as_i64().unwrap()).collect();
        assert_eq!(counts, [66, 80, 75, 81, 68, 133]);
        for (from, to) in [(2024, 2023), (1970, 2020), (1800, 1801)] {
            let query = format!("{{ yearlyDistributions(from: {from}, to: {to}) {{ year }} }}");
            let answer = bank.ask(None, &query, json!({})).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{from} to {to}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_rows_behind_a_figure_are_for_those_who_read_all_requests() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank, "2026-03-02T03:00:00Z").await;
        ship(bank, &cast, line, "2026-03-03T03:00:00Z").await;
        let query = "{ yearlyDistribution(year: 2026) { records { nodes { requestNumber } } } }";
        for (person, allowed) in [(&cast.staff, true), (&cast.administrator, true), (&cast.researcher, false)] {
            let answer = bank.ask(Some(&person.token), query, json!({})).await;
            let rows = &answer["data"]["yearlyDistribution"]["records"]["nodes"];
            assert_eq!(rows.as_array().is_some_and(|rows| rows.len() == 1), allowed, "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_year_that_no_calendar_of_the_bank_has_is_refused_by_the_api_and_not_found_by_pages() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        history(bank).await;
        let one = "query($y: Int!) { yearlyDistribution(year: $y) { distributions } }";
        let several = "query($y: Int!, $z: Int!) { yearlyDistributions(from: $y, to: $z) { distributions } }";
        let staff = Pages::at_work(bank, &cast.staff).await;
        let before = bank.contents().await;
        for year in [i32::MIN, -1, 0, 1899, 2201, i32::MAX] {
            for (query, variables) in [
                (one, json!({ "y": year })),
                (several, json!({ "y": year, "z": year })),
                (several, json!({ "y": 2024, "z": year })),
                (several, json!({ "y": year, "z": 2024 })),
                (several, json!({ "y": i32::MIN, "z": i32::MAX })),
            ] {
                let answer = bank.ask(None, query, variables.clone()).await;
                let error = &answer["errors"][0];
                assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{variables}: {answer:#}");
            }
            for page in ["", "/rows", "/report.csv"] {
                let address = format!("/statistics/{year}{page}");
                assert_eq!(staff.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
            }
        }
        assert_eq!(bank.contents().await, before, "nobody read rows of a year that there is not");
        for year in ["99999999999", "-", "2024.0"] {
            assert_eq!(staff.get(&format!("/statistics/{year}")).await.status, StatusCode::NOT_FOUND, "{year}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_and_the_last_year_have_pages_like_any_other() {
    on_a_bank(async |bank| {
        history(bank).await;
        let reader = Pages::of(bank, "en");
        for year in [1900, 1904, 2200] {
            assert!(reader.page(&format!("/statistics/{year}")).await.contains(&year.to_string()));
            assert!(reader.page(&format!("/statistics/{year}/report.csv")).await.contains(&year.to_string()));
        }
    })
    .await;
}
