//! The stock as its keepers see it over HTTP: a lot goes from its registration to its certificate by pages alone, codes
//! lead where they should, and nobody else comes in.

use crate::pages::Pages;
use crate::support::on_a_bank;
use axum::http::StatusCode;
use stembank::catalogue::model::cell_line::{CellType, Grade};
use stembank::inventory::rules::release_tests;
use stembank::language::Lang;

/// A result of a test as the form sends it.
fn result(test: &'static str, verdict: &'static str) -> [(&'static str, &'static str); 10] {
    [
        ("test", test),
        ("verdict", verdict),
        ("testedOn", "2026-03-01"),
        ("passage", "12"),
        ("method", "made-up method 1"),
        ("laboratory", "made-up laboratory"),
        ("specification", "allele 12,13"),
        ("result", "allele 12,13 found"),
        ("analyst", "Made-up A"),
        ("reviewer", "Made-up B"),
    ]
}

const KINDS: [&str; 9] = [
    "identity_str",
    "mycoplasma",
    "sterility",
    "viral_panel",
    "post_thaw_viability",
    "morphology",
    "karyotype",
    "undifferentiated_markers",
    "vector_clearance",
];

#[tokio::test]
async fn a_lot_goes_from_its_registration_to_its_certificate_by_pages_alone() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let lot = [
            ("number", "TEST-LOT-1"),
            ("tier", "distribution"),
            ("passage", "12"),
            ("frozenOn", "2026-03-01"),
            ("vials", "3"),
            ("cellsPerVial", "1,000,000"),
        ];
        let page = staff.followed("/desk/lines/TEST-0001/lots", &lot).await;
        assert!(page.contains("The lot is registered") && page.contains("TEST-LOT-1-0003"), "{page}");

        assert_eq!(release_tests(CellType::InducedPluripotent, Grade::Research).len(), KINDS.len());
        let address = "/freezer/lots/TEST-LOT-1";
        for kind in &KINDS[..8] {
            staff.followed(&format!("{address}/tests"), &result(kind, "pass")).await;
        }
        let page = staff.followed(&format!("{address}/tests"), &result("vector_clearance", "fail")).await;
        assert!(page.contains("have not passed: vector clearance"), "the button says what is missing: {page}");
        let waiting = staff.page("/freezer/quarantine").await;
        assert!(waiting.contains(address) && waiting.contains("vector clearance"), "{waiting}");
        assert!(!waiting.contains("mycoplasma"), "what has passed is not asked for again: {waiting}");
        let before = bank.contents().await;
        let refused = staff.send(&format!("{address}/release"), &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("vector clearance"), "{refused:?}");
        assert!(
            refused
                .text
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains("name=\"passage\" type=\"number\" value=\"12\""),
            "the form is as it was: {refused:?}"
        );
        assert_eq!(bank.contents().await, before);
        assert_eq!(staff.get("/lots/TEST-LOT-1/certificate").await.status, StatusCode::NOT_FOUND);

        staff.followed(&format!("{address}/tests"), &result("vector_clearance", "pass")).await;
        assert!(staff.page("/freezer/quarantine?lang=ko").await.contains("출고 승인 가능"));
        let page = staff.followed(&format!("{address}/release?lang=en"), &[]).await;
        assert!(page.contains("The lot is released") && page.contains("by Made-up staff"), "{page}");
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'available'").await, 3);

        let researcher = Pages::at_work(bank, &cast.researcher).await;
        let shown = researcher.page("/lots/TEST-LOT-1/certificate").await;
        assert!(shown.contains("SHA-256") && shown.contains("Matches"), "{shown}");
        let alleles = shown.matches("allele 12,13").count();
        assert_eq!(alleles, (KINDS.len() - 1) * 2, "identity tells only whether it matches");
        assert!(
            !shown.contains("by Made-up staff") && !shown.contains("Made-up A"),
            "names stay with the bank: {shown}"
        );
        let hash = |page: &str| page.split("class=\"hash copy\">").nth(1).unwrap()[..64].to_owned();
        let own = staff.page("/lots/TEST-LOT-1/certificate").await;
        assert!(own.contains("by Made-up staff"), "{own}");
        assert_eq!(hash(&own), hash(&shown));
        let korean = researcher.page("/lots/TEST-LOT-1/certificate?lang=ko").await;
        assert!(korean.contains("시험성적서") && korean.contains(Lang::Ko.tag()), "{korean}");
        assert_eq!(hash(&korean), hash(&shown), "the value does not depend on the reader's language");
    })
    .await;
}

#[tokio::test]
async fn a_code_leads_straight_to_what_it_names() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let leads = [
            ("TEST-LOT-1-0002", "/freezer/vials/TEST-LOT-1-0002"),
            (" test-lot-1-0002 ", "/freezer/vials/TEST-LOT-1-0002"),
            ("test-lot-1", "/freezer/lots/TEST-LOT-1"),
            ("test-0001", "/desk/lines/TEST-0001"),
            ("Made-up TEST-0001", "/desk/lines/TEST-0001"),
        ];
        for (code, to) in leads {
            let query = serde_urlencoded::to_string([("q", code)]).unwrap();
            let reply = staff.get(&format!("/freezer?{query}")).await;
            assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, to), "{code}");
        }
        let list = staff.page("/freezer?q=made-up").await;
        assert!(list.contains("/desk/lines/TEST-0001") && list.contains("2 vials"), "{list}");
        assert!(staff.page("/freezer?q=nonesuch").await.contains("Nothing was found"));
        assert!(staff.page("/freezer/quarantine").await.contains("No lot is in quarantine"));
        assert_eq!(staff.get("/freezer/vials/nonesuch").await.status, StatusCode::NOT_FOUND);

        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let row = bank.number("SELECT max(id) FROM request_line").await.to_string();
        let decide = format!("decide-{row}");
        let desk = format!("/desk/{}", journey.number);
        staff.send("/desk/claim", &[("number", journey.number.as_str())]).await;
        staff.followed(&format!("{desk}/decide"), &[(&decide, "approve"), (&format!("vials-{row}"), "1")]).await;
        let page = staff.followed(&format!("{desk}/reserve"), &[("line", &row)]).await;
        assert!(page.contains("/freezer/vials/TEST-LOT-1-0001") && page.contains("/desk/lines/TEST-0001"), "{page}");
        let vial = staff.page("/freezer/vials/TEST-LOT-1-0001").await;
        let events = ["reserved for a request", "lot released", "lot registered"];
        assert!(events.iter().all(|event| vial.contains(event)) && vial.contains(&desk), "{vial}");
        assert!(vial.find(events[0]) < vial.find(events[2]), "the newest first");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_mistake_in_a_result_or_a_lot_keeps_what_was_typed_and_changes_nothing() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.quarantined(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let before = bank.contents().await;
        let same = result("sterility", "pass")
            .map(|(name, value)| (name, if name == "reviewer" { "made-up a" } else { value }));
        let without = same.map(|(name, value)| (name, if name == "testedOn" { "yesterday" } else { value }));
        for (fields, at, says) in [(same, "reviewer", "A second person reviews"), (without, "testedOn", "Write a day")]
        {
            let reply = staff.send("/freezer/lots/TEST-LOT-1/tests", &fields).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(reply.text.contains(says) && reply.text.contains(&format!("href=\"#f-{at}\"")), "{}", reply.text);
            assert!(reply.text.contains("value=\"made-up laboratory\""), "what was typed is gone: {}", reply.text);
        }
        let taken = [
            ("number", "TEST-LOT-1"),
            ("tier", "seed"),
            ("passage", "3"),
            ("frozenOn", "2026-03-01"),
            ("vials", "7"),
            ("cellsPerVial", "1000"),
        ];
        let reply = staff.send("/desk/lines/TEST-0001/lots", &taken).await;
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert!(
            reply.text.contains("There is a lot with the number") && reply.text.contains("value=\"7\""),
            "{}",
            reply.text
        );
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_line_is_suspended_published_and_withdrawn_with_a_reason() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let address = "/desk/lines/TEST-0001/publication";
        let before = bank.contents().await;
        let half = [("do", "suspend"), ("reasonEn", "A question of the donor"), ("reasonKo", " ")];
        let reply = staff.send(address, &half).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text.contains("#f-reasonKo") && reply.text.contains("A question of the donor"), "{}", reply.text);
        let whole = |what| [("do", what), ("reasonEn", "A question of the donor"), ("reasonKo", "공여자의 질문")];
        let reply = staff.send(address, &whole("withdraw")).await;
        assert!(reply.text.contains("tick the box first"), "{}", reply.text);
        assert_eq!(bank.contents().await, before);

        let page = staff.followed(address, &whole("suspend")).await;
        assert!(page.contains("A question of the donor") && page.contains("Suspended"), "{page}");
        let anybody = crate::instance::Instance::of(bank);
        let read = async |address: &str| anybody.send(axum::http::Method::GET, address, &[], String::new()).await.text;
        let (en, ko) = (read("/catalogue/TEST-0001?lang=en").await, read("/catalogue/TEST-0001?lang=ko").await);
        assert!(en.contains("A question of the donor") && en.contains("Suspended"), "{en}");
        assert!(ko.contains("공여자의 질문") && ko.contains("분양 중지"), "{ko}");
        assert!(!en.contains("/basket/add") && !ko.contains("/basket/add"), "it cannot be put into the basket");
        staff.followed(address, &[("do", "publish")]).await;
        let again = staff.send(address, &[("do", "publish")]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        let mut sure = whole("withdraw").to_vec();
        sure.push(("sure", "on"));
        let page = staff.followed(address, &sure).await;
        assert!(page.contains("The line is withdrawn"), "{page}");
        assert_eq!(bank.number("SELECT count(*) FROM cell_line WHERE publication_status = 'withdrawn'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn only_keepers_of_the_stock_come_in() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.quarantined(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let researcher = Pages::at_work(bank, &cast.researcher).await;
        let pages = ["/freezer", "/freezer/lots/TEST-LOT-1", "/freezer/vials/TEST-LOT-1-0001", "/desk/lines/TEST-0001"];
        for page in pages {
            assert_eq!(researcher.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
        }
        let before = bank.contents().await;
        for form in ["/freezer/lots/TEST-LOT-1/release", "/desk/lines/TEST-0001/publication"] {
            assert_eq!(researcher.send(form, &[("do", "publish")]).await.status, StatusCode::FORBIDDEN, "{form}");
        }
        assert_eq!(bank.contents().await, before);
        assert_eq!(researcher.get("/lots/TEST-LOT-1/certificate").await.status, StatusCode::NOT_FOUND);
        let instance = crate::instance::Instance::of(bank);
        for page in pages {
            let reply = instance.send(axum::http::Method::GET, page, &[], String::new()).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{page}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_worklist_is_narrowed_by_what_stands_in_its_address() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (line, other) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let (university, company) = (cast.university.0, bank.institution("Made-up Hospital", "hospital").await.0);
        let finds = [
            ("state=submitted".to_owned(), true),
            ("state=approved".into(), false),
            ("line=test-0001".into(), true),
            (format!("line={}", other.identifier()), false),
            ("line=NONESUCH".into(), false),
            (format!("institution={university}"), true),
            (format!("institution={company}"), false),
            (format!("institution={university}&state=submitted&line=TEST-0001&q=made"), true),
        ];
        for (query, is_there) in finds {
            let page = staff.page(&format!("/desk?tab=open&{query}")).await;
            assert_eq!(page.contains(&format!("/desk/{}", journey.number)), is_there, "{query}: {page}");
        }
        bank.letters().await;
    })
    .await;
}
