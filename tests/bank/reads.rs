//! What whole pages show: a line's, a disease's, the home page, the keepers' of the stock; and how long requests take.

use crate::cast::holdings;
use crate::catalogue::{import_all_diseases, import_lines, seen};
use crate::support::{Bank, on_a_bank};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use stembank::actor::Actor;
use stembank::catalogue::commands::{RegisterCellLine, SuspendCellLine, TakeCellLineIntoHoldings};
use stembank::catalogue::model::cell_line::{CellType, Grade};
use stembank::catalogue::pages::disease_page;
use stembank::catalogue::queries::Key;
use stembank::error::{DomainError, Kind};
use stembank::id::CellLineId;
use stembank::inventory::model::quality_test::Test;
use stembank::inventory::model::vial::State;
use stembank::inventory::rules::Availability;
use stembank::inventory::{StockView, stock};
use stembank::language::Lang;
use stembank::page::Window;
use stembank::search::line_page::page_of;

const FAMILY: &str = "ID   Mother\nAC   CVCL_AA01\nDI   NCIt; C75488; Rett syndrome\nDR   hPSCreg; MADEi001-A\nRX   PubMed=1; DOI=10.1/x;\nOI   CVCL_AA03 ! Sister\nCC   Derived from site: Skin, dermis.\nCC   Cell type: fibroblast.\nCC   HLA typing: A*02:01,24:02.\nOX   NCBI_TaxID=9606; ! Homo sapiens (Human)\nSX   Female\nCA   Induced pluripotent stem cell\n//
ID   Daughter\nAC   CVCL_AA02\nHI   CVCL_AA01 ! Mother\nOX   NCBI_TaxID=9606; ! Homo sapiens (Human)\nCA   Induced pluripotent stem cell\n//
ID   Sister\nAC   CVCL_AA03\nOI   CVCL_AA01 ! Mother\nOX   NCBI_TaxID=9606; ! Homo sapiens (Human)\nCA   Induced pluripotent stem cell\n//
";

async fn mother(bank: &Bank) -> CellLineId {
    import_all_diseases(bank).await;
    import_lines(bank, FAMILY).await;
    let id = CellLineId(bank.number("SELECT id FROM cell_line WHERE rrid = 'CVCL_AA01'").await);
    bank.app
        .run(&Actor::system("test"), TakeCellLineIntoHoldings { line: id, holdings: holdings("TEST-0001") })
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn a_page_shows_a_line_its_family_and_its_stock_and_no_alleles() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let id = mother(bank).await;
        bank.lot(&cast.staff, id, "TEST-LOT-1", 3).await;
        bank.quarantined(&cast.staff, id, "TEST-LOT-2", 1).await;
        let key = Key::Accession("test-0001".into());

        let page = page_of(&bank.app, &Actor::anonymous(Lang::En), &key).await.unwrap().unwrap();
        let names = |lines: &[stembank::catalogue::queries::ListedLine]| {
            lines.iter().map(|line| line.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&page.page.children), ["Daughter"]);
        assert_eq!(names(&page.page.sisters), ["Sister"]);
        assert!(page.page.parent.is_none());
        let facts = &page.page.facts;
        assert_eq!((facts.tissue.as_deref(), facts.source_cell.as_deref()), (Some("Skin, dermis"), Some("fibroblast")));
        assert_eq!(facts.publications[0].doi.as_deref(), Some("10.1/x"));
        assert!(facts.remarks.is_empty(), "alleles stay with the bank: {facts:?}");
        assert_eq!(page.page.diseases[0].0.disease.as_ref().unwrap().name, "Rett syndrome");
        assert!(page.page.diseases[0].1.contains(&"MONDO:0010726".to_owned()));
        let band = StockView { availability: Availability::Few, free: None };
        assert_eq!(page.stock, Some(band), "the public sees a band");
        assert_eq!(page.lots.len(), 1, "and what was released");
        let identity = page.lots[0].1.iter().find(|test| test.test == Test::IdentityStr).unwrap();
        assert_eq!(identity.result, "Matches");
        let sterility = page.lots[0].1.iter().find(|test| test.test == Test::Sterility).unwrap();
        assert_eq!(sterility.result, "within it");

        let page = page_of(&bank.app, &cast.staff.actor, &key).await.unwrap().unwrap();
        assert_eq!((page.stock.unwrap().free, page.lots.len()), (Some(3), 2));
        let daughter = page_of(&bank.app, &cast.staff.actor, &Key::Name("daughter".into())).await.unwrap().unwrap();
        assert_eq!(daughter.page.parent.unwrap().name, "Mother");
        assert!(daughter.stock.is_none() && daughter.lots.is_empty());
        assert!(page_of(&bank.app, &cast.staff.actor, &Key::Accession("NONE".into())).await.unwrap().is_none());

        let tests = "{ cellLine(accession: \"TEST-0001\") { lots { qualityTests { test result specification } } } }";
        let shown = seen(bank, tests, json!({})).await["cellLine"]["lots"][0]["qualityTests"].clone();
        let identity =
            json!({ "test": "IDENTITY_STR", "result": "Matches", "specification": "Matches the line's profile" });
        assert!(shown.as_array().unwrap().contains(&identity), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_disease_counts_its_lines_with_those_below_it() {
    on_a_bank(async |bank| {
        mother(bank).await;
        let anonymous = Actor::anonymous(Lang::En);
        let rett = disease_page(&bank.app, &anonymous, "mondo:0010726").await.unwrap().unwrap();
        assert_eq!(rett.disease.name_ko.as_deref(), Some("레트증후군"));
        assert_eq!((rett.lines, rett.held), (1, 1));
        assert!(
            rett.codes.contains(&"ORPHANET:778".to_owned()) || rett.codes.iter().any(|c| c.contains("778")),
            "{:?}",
            rett.codes
        );
        assert!(!rett.parents.is_empty());
        for parent in &rett.parents {
            let page = disease_page(&bank.app, &anonymous, &parent.id.global()).await.unwrap().unwrap();
            assert!(page.lines >= 1 && page.children.iter().any(|child| child.id == rett.disease.id), "{parent:?}");
        }
        assert!(disease_page(&bank.app, &anonymous, "MONDO:1").await.unwrap().is_none());
        let query = "{ diseasePage(disease: \"MONDO:0010726\") { disease { name } lineCount heldLineCount } }";
        let expected = json!({ "disease": { "name": "Rett syndrome" }, "lineCount": 1, "heldLineCount": 1 });
        assert_eq!(seen(bank, query, json!({})).await["diseasePage"], expected);
    })
    .await;
}

#[tokio::test]
async fn the_home_page_counts_what_can_be_requested_by_kind_and_names_the_newest() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        mother(bank).await;
        let begin = bank.app.clock.now();
        for n in 2..=7 {
            bank.app.clock.set(begin + Duration::days(n));
            let mut held = holdings(&format!("TEST-000{n}"));
            held.grade = if n == 7 { Grade::Clinical } else { Grade::Research };
            let new = RegisterCellLine {
                name: format!("Line {n}"),
                cell_type: if n < 4 { CellType::Embryonic } else { CellType::InducedPluripotent },
                diseases: vec![],
                modifications: vec![],
                made_up: true,
                holdings: held,
            };
            bank.app.run(&Actor::system("test"), new).await.unwrap();
        }
        bank.execute("UPDATE cell_line SET engineered_in_source = TRUE WHERE accession = 'TEST-0005'").await.unwrap();
        let last = CellLineId(bank.number("SELECT id FROM cell_line WHERE accession = 'TEST-0006'").await);
        let reason = stembank::catalogue::publication::Reason { en: "x".into(), ko: "가".into() };
        bank.app.run(&cast.staff.actor, SuspendCellLine { line: last, reason }).await.unwrap();

        let query = "{ holdingsOverview { newest { accession publicationSince }
            counts { all patientDerived modified unmodified embryonic clinicalGrade } } }";
        let home = seen(bank, query, json!({})).await["holdingsOverview"].clone();
        let counts = json!({ "all": 6, "patientDerived": 1, "modified": 1, "unmodified": 5, "embryonic": 2, "clinicalGrade": 1 });
        assert_eq!(home["counts"], counts);
        let newest: Vec<_> = home["newest"].as_array().unwrap().iter().map(|line| line["accession"].clone()).collect();
        assert_eq!(newest, ["TEST-0007", "TEST-0005", "TEST-0004", "TEST-0003", "TEST-0002"]);
    })
    .await;
}

#[tokio::test]
async fn keepers_of_the_stock_see_lots_vials_and_reservations_and_others_do_not() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let lot = bank.lot(&cast.staff, line.id, "TEST-LOT-1", 4).await;
        bank.quarantined(&cast.staff, line.id, "TEST-LOT-2", 2).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        bank.letters().await;

        let lots = stock::lots(&bank.app, &cast.staff.actor, line.id).await.unwrap();
        assert_eq!(lots[0].vials, [(State::Available, 3), (State::Reserved, 1)]);
        assert!(lots[0].missing_tests.is_empty());
        assert_eq!(lots[1].vials, [(State::InQuarantine, 2)]);
        assert_eq!(lots[1].missing_tests.len(), 9);

        let window = Window { first: Some(3), ..Window::default() };
        let page = stock::vials(&bank.app, &cast.staff.actor, lot, &window).await.unwrap();
        assert!(page.has_next && page.rows.len() == 3);
        let reservation = page.rows[0].1.reservation.clone().unwrap();
        assert_eq!(reservation.request_number, journey.number);
        assert!(reservation.expires_at > bank.app.clock.now());
        assert_eq!(page.rows[0].1.last.as_ref().unwrap().to_state, State::Reserved);
        assert!(page.rows[1].1.reservation.is_none());
        let after = Window { first: Some(3), after: Some(page.rows[2].0.encode()), ..Window::default() };
        let rest = stock::vials(&bank.app, &cast.staff.actor, lot, &after).await.unwrap();
        assert_eq!(rest.rows.iter().map(|row| row.1.vial.barcode.as_str()).collect::<Vec<_>>(), ["TEST-LOT-1-0004"]);

        let life = stock::vial_by_barcode(&bank.app, &cast.staff.actor, " TEST-LOT-1-0001 ").await.unwrap().unwrap();
        let states: Vec<_> = life.events.iter().map(|event| event.to_state).collect();
        assert_eq!(states, [State::InQuarantine, State::Available, State::Reserved]);
        assert_eq!(life.lot.number, "TEST-LOT-1");
        assert!(stock::vial_by_barcode(&bank.app, &cast.staff.actor, "x").await.unwrap().is_none());

        for other in [&cast.researcher, &cast.committee, &cast.administrator] {
            let refused = stock::vial_by_barcode(&bank.app, &other.actor, "TEST-LOT-1-0001").await.unwrap_err();
            assert_eq!(refused.describe().kind, Kind::Forbidden);
            assert!(stock::vials(&bank.app, &other.actor, lot, &window).await.is_err());
            assert!(stock::lots(&bank.app, &other.actor, line.id).await.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn durations_are_told_from_three_cases_on_without_the_time_at_the_applicants() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 9).await;
        let start: DateTime<Utc> = bank.app.clock.now();
        let day = |n: i64| bank.app.clock.set(start + Duration::days(n));
        let mut begin = 0;
        // Decided after 2, 3 and 4 days; the last one lay with its applicant for ten days more.
        for (place, review) in [2, 3, 4].into_iter().enumerate() {
            day(begin);
            let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
            let of = json!({ "request": journey.id });
            if place == 2 {
                let input = json!({ "request": journey.id, "comment": "please say more" });
                bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "state", input).await;
                begin += 10;
                day(begin);
                bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "state", of.clone())
                    .await;
                bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "state", of.clone()).await;
            }
            day(begin + review);
            let input = json!({ "request": journey.id, "lines": [{ "id": journey.lines[0], "decision": "APPROVE" }] });
            bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "state", input).await;
            if place == 0 {
                day(begin + review + 5);
                let agreement = bank.offered(&cast, &journey).await;
                bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
                bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
                bank.sign(&cast.administrator, &agreement, "BANK").await;
            }
            begin += 10;
        }
        bank.letters().await;
        let query = "{ turnaround { from to steps { step cases medianDays longestDays reason } } }";
        let early = seen(bank, query, json!({})).await["turnaround"].clone();
        assert_eq!(early["steps"][0]["cases"], 2, "what ended today counts tomorrow");
        assert_eq!(early["steps"][0]["medianDays"], json!(null));

        day(40);
        let turnaround = seen(bank, query, json!({})).await["turnaround"].clone();
        assert_eq!((turnaround["from"].as_str(), turnaround["to"].as_str()), (Some("2025-04-11"), Some("2026-04-10")));
        let decision = json!({ "step": "DECISION", "cases": 3, "medianDays": 3.0, "longestDays": 4.0, "reason": null });
        assert_eq!(turnaround["steps"][0], decision);
        assert_eq!(turnaround["steps"][1]["cases"], 1);
        assert_eq!(turnaround["steps"][1]["medianDays"], json!(null));
        assert_eq!(turnaround["steps"][1]["reason"], "Fewer than 3 cases in the twelve months.");
        assert_eq!(turnaround["steps"][3]["cases"], 0);

        day(400);
        let later = seen(bank, query, json!({})).await["turnaround"].clone();
        assert_eq!(later["steps"][0]["cases"], 0, "after a year it does not count any more");
    })
    .await;
}
