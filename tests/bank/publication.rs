//! How a held line stands to the public, and what withdrawing it ends.

use crate::cast::Person;
use crate::catalogue::seen;
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::db::catalogue_version;
use stembank::id::CellLineId;

const STANDING: &str =
    "{ cellLine(accession: \"TEST-0001\") { name publicationStatus publicationReason publicationSince } }";

fn with_reason(line: CellLineId) -> Value {
    json!({ "cellLine": line.global(), "reasonEn": " Karyotype changed. ", "reasonKo": "핵형이 달라졌습니다." })
}

async fn set(bank: &Bank, person: &Person, mutation: &str, line: CellLineId) -> Value {
    let input = match mutation {
        "publishCellLine" => json!({ "cellLine": line.global() }),
        _ => with_reason(line),
    };
    bank.act(person, mutation, "cellLine { publicationStatus }", input).await
}

#[tokio::test]
async fn a_suspended_line_keeps_a_page_that_says_why_and_comes_back() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let before = catalogue_version(bank.app.db.read()).await.unwrap();

        let payload = set(bank, &cast.staff, "suspendCellLine", line.id).await;
        assert_eq!(payload, json!({ "cellLine": { "publicationStatus": "SUSPENDED" }, "errors": [] }));
        assert!(catalogue_version(bank.app.db.read()).await.unwrap() > before, "the public sees it at once");
        let page = seen(bank, STANDING, json!({})).await["cellLine"].clone();
        assert_eq!(page["publicationStatus"], "SUSPENDED");
        assert_eq!(page["publicationReason"], "Karyotype changed.");
        assert_eq!(page["publicationSince"], "2026-03-02T03:00:00+00:00");
        let body = json!({ "query": STANDING }).to_string();
        let (_, korean) = bank.post(None, &[("accept-language", "ko")], body).await;
        assert_eq!(korean["data"]["cellLine"]["publicationReason"], "핵형이 달라졌습니다.");
        let offered =
            "{ cellLines(where: { holding: { eq: HELD }, publicationStatus: { eq: PUBLISHED } }) { totalCount } }";
        assert_eq!(seen(bank, offered, json!({})).await["cellLines"]["totalCount"], 0);

        // Nobody can ask for it meanwhile.
        let request = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let input = json!({ "request": request.id });
        let refused =
            bank.act(&cast.researcher, "submitDistributionRequest", "distributionRequest { state }", input).await;
        assert_eq!(refused["errors"][0]["rule"], "LINE_AVAILABLE", "{refused}");

        let payload = set(bank, &cast.staff, "publishCellLine", line.id).await;
        assert_eq!(payload["cellLine"]["publicationStatus"], "PUBLISHED");
        let page = seen(bank, STANDING, json!({})).await["cellLine"].clone();
        assert_eq!(page["publicationReason"], Value::Null);
        let events = "SELECT count(*) FROM audit_event WHERE action IN ('line.suspend', 'line.publish')";
        assert_eq!(bank.number(events).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_line_is_never_published_again_whoever_tries() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let draft = bank.line("TEST-0002").await;
        bank.back_to_draft("TEST-0002").await;
        set(bank, &cast.staff, "withdrawCellLine", line.id).await;
        let before = bank.contents().await;

        for mutation in ["publishCellLine", "suspendCellLine", "withdrawCellLine"] {
            let payload = set(bank, &cast.staff, mutation, line.id).await;
            assert_eq!(payload["errors"][0]["code"], "WRONG_STATE", "{mutation}: {payload}");
        }
        for mutation in ["suspendCellLine", "withdrawCellLine"] {
            let payload = set(bank, &cast.staff, mutation, draft.id).await;
            assert_eq!(payload["errors"][0]["code"], "WRONG_STATE", "a draft was never public: {payload}");
        }
        for (field, en, ko) in
            [("reasonEn", " ", "사유"), ("reasonKo", "why", ""), ("reasonEn", &*"x".repeat(1_001), "사유")]
        {
            let input = json!({ "cellLine": draft.id.global(), "reasonEn": en, "reasonKo": ko });
            for mutation in ["suspendCellLine", "withdrawCellLine"] {
                let payload = bank.act(&cast.staff, mutation, "cellLine { name }", input.clone()).await;
                assert_eq!(payload["errors"][0]["field"], field, "{mutation}: {payload}");
            }
        }
        let around =
            bank.execute("UPDATE cell_line SET publication_status = 'published' WHERE accession = 'TEST-0001'").await;
        assert!(around.is_err(), "the database itself refuses it");
        let silent =
            bank.execute("UPDATE cell_line SET publication_status = 'suspended' WHERE accession = 'TEST-0002'").await;
        assert!(silent.is_err(), "and a standing without a reason");
        assert_eq!(bank.contents().await, before, "nothing changed");
        assert_eq!(seen(bank, STANDING, json!({})).await["cellLine"]["publicationStatus"], "WITHDRAWN");
    })
    .await;
}

async fn states(bank: &Bank, journey: &Journey, person: &Person) -> (String, Vec<String>) {
    let query = "query($n: String!) { distributionRequest(number: $n) { state lines { state } } }";
    let request = bank.data(person, query, json!({ "n": journey.number })).await["distributionRequest"].clone();
    let lines =
        request["lines"].as_array().unwrap().iter().map(|line| line["state"].as_str().unwrap().into()).collect();
    (request["state"].as_str().unwrap().into(), lines)
}

#[tokio::test]
async fn withdrawing_a_line_ends_what_was_requested_of_it_and_tells_the_applicants() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (line, other) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let shipped = bank.shipped(&cast, &[(line.id, 1)]).await.0;
        let reserved = bank.in_force(&cast, &[(line.id, 1), (other.id, 1)]).await;
        assert_eq!(bank.reserve(&cast, &reserved.lines[0]).await, "RESERVED");
        let waiting = bank.approved(&cast, &[(line.id, 9)]).await;
        assert_eq!(bank.reserve(&cast, &waiting.lines[0]).await, "WAITLISTED");
        let submitted = bank.submitted(&cast, &[(line.id, 1)]).await;
        let half = bank.claimed(&cast, &[(line.id, 1), (other.id, 1)]).await;
        let input = json!({ "request": half.id, "lines": [{ "id": half.lines[1], "decision": "APPROVE" }] });
        bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "state", input).await;
        let returned = bank.claimed(&cast, &[(line.id, 1), (other.id, 1)]).await;
        let input = json!({ "request": returned.id, "comment": "please say more" });
        bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "state", input).await;
        let draft = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        bank.letters().await;

        let payload = set(bank, &cast.staff, "withdrawCellLine", line.id).await;
        assert_eq!(payload["errors"], json!([]));

        let expected: [(&Journey, &str, &[&str]); 7] = [
            (&shipped, "APPROVED", &["SHIPPED"]),
            (&reserved, "APPROVED", &["CANCELLED", "APPROVED"]),
            (&waiting, "CLOSED", &["CANCELLED"]),
            (&submitted, "CLOSED", &["CANCELLED"]),
            (&half, "APPROVED", &["CANCELLED", "APPROVED"]),
            (&returned, "RETURNED", &["CANCELLED", "REQUESTED"]),
            (&draft, "DRAFT", &["REQUESTED"]),
        ];
        for (journey, state, lines) in expected {
            let (found, found_lines) = states(bank, journey, &cast.researcher).await;
            assert_eq!(
                (found.as_str(), found_lines.iter().map(String::as_str).collect::<Vec<_>>()),
                (state, lines.to_vec())
            );
        }
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'reserved'").await, 0);
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'available'").await, 2);
        let letters = bank.letters().await;
        assert_eq!(letters.iter().filter(|letter| letter.event == "line_withdrawn").count(), 5);
        assert_eq!(
            letters.iter().filter(|letter| letter.event == "request_decided").count(),
            1,
            "of the half-decided one"
        );
        assert_eq!(letters[0].detail["reason_ko"], "핵형이 달라졌습니다.");
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'request.withdraw_line'").await, 5);

        // What is left of the returned request can be handed in without the line.
        let input = json!({ "request": returned.id });
        bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", "state", input).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_line_is_not_withdrawn_while_vials_of_it_are_packed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 1)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        bank.packed(&cast, &journey).await;
        bank.letters().await;
        let before = bank.contents().await;

        let payload = set(bank, &cast.staff, "withdrawCellLine", line.id).await;

        assert_eq!(payload["errors"][0]["code"], "WRONG_STATE");
        assert!(payload["errors"][0]["message"].as_str().unwrap().contains("SHP-2026-00001"), "{payload}");
        assert_eq!(bank.contents().await, before);
    })
    .await;
}
