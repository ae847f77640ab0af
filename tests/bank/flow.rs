//! One whole way of a request, by GraphQL, and who is told what on it.

use crate::journey::complete;
use crate::support::{Bank, on_a_bank};
use serde_json::json;

async fn letters(bank: &Bank) -> Vec<(i64, String)> {
    bank.letters().await.into_iter().map(|letter| (letter.recipient_id.0, letter.event)).collect()
}

#[tokio::test]
async fn a_researcher_gets_vials_from_draft_to_receipt() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
        let id = |person: &crate::cast::Person| person.actor.person_id().unwrap().0;
        let (researcher, signatory, staff) = (id(&cast.researcher), id(&cast.signatory), id(&cast.staff));

        let journey = bank.submitted(&cast, &[(line.id, 4)]).await;
        assert_eq!(journey.number, "REQ-2026-00001");
        let notified = letters(bank).await;
        assert_eq!(notified, [(staff, "request_submitted".into()), (id(&cast.second_staff), "request_submitted".into())]);

        let input = json!({ "request": journey.id });
        let fields = "state turn handler { name }";
        let request = bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", fields, input).await;
        assert_eq!(request, json!({ "state": "UNDER_REVIEW", "turn": "BANK", "handler": { "name": "Made-up staff" } }));
        assert_eq!(letters(bank).await, [(researcher, "request_claimed".into())]);

        let decision = json!({ "id": journey.lines[0], "decision": "APPROVE", "vials": 3, "reason": "three are enough" });
        let input = json!({ "request": journey.id, "lines": [decision] });
        let fields = "state turn lines { state vialsRequested vialsApproved decisionReason }";
        let request = bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", fields, input).await;
        let line_after =
            json!({ "state": "APPROVED", "vialsRequested": 4, "vialsApproved": 3, "decisionReason": "three are enough" });
        assert_eq!(request, json!({ "state": "APPROVED", "turn": "BANK", "lines": [line_after] }));
        assert_eq!(letters(bank).await, [(researcher, "request_decided".into())]);

        let agreement = bank.offered(&cast, &journey).await;
        let text = agreement["text"].as_str().unwrap();
        for part in ["MTA-2026-00001", "REQ-2026-00001", "TEST-0001", "3 vial(s)", "IRB-1 (made up)", "2031-03-01"] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
        assert!(!text.contains('{'), "a place was not filled: {text}");
        assert_eq!(letters(bank).await, [(researcher, "agreement_to_sign".into())]);
        let signed = bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        assert_eq!(signed, json!({ "state": "PARTLY_SIGNED", "nextParty": "RECIPIENT" }));
        assert_eq!(letters(bank).await, [(signatory, "agreement_to_sign".into())]);
        bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        let notified = letters(bank).await;
        assert!(!notified.iter().any(|letter| letter.0 == staff), "who decided is not asked to sign: {notified:?}");
        assert_eq!(notified.len(), 2);
        let signed = bank.sign(&cast.administrator, &agreement, "BANK").await;
        assert_eq!(signed, json!({ "state": "IN_FORCE", "nextParty": null }));
        assert_eq!(letters(bank).await.len(), 2);

        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
        assert_eq!(letters(bank).await, [(researcher, "vials_reserved".into())]);
        let shipment = bank.packed(&cast, &journey).await;
        let input = json!({ "shipment": shipment, "courier": "Made-up courier", "trackingNumber": "0001" });
        let fields = "state vials { barcode lotNumber } distributionRequest { turn lines { state vialsShipped } }";
        let sent = bank.done(&cast.staff, "dispatchShipment", "shipment", fields, input).await;
        assert_eq!(sent["state"], "SHIPPED");
        assert_eq!(sent["vials"].as_array().unwrap().len(), 3);
        assert_eq!(sent["vials"][0], json!({ "barcode": "TEST-LOT-1-0001", "lotNumber": "TEST-LOT-1" }));
        let after = json!({ "turn": "APPLICANT", "lines": [{ "state": "SHIPPED", "vialsShipped": 3 }] });
        assert_eq!(sent["distributionRequest"], after);
        assert_eq!(letters(bank).await, [(researcher, "shipment_dispatched".into())]);

        let input = json!({ "shipment": shipment });
        let fields = "state vials { condition } distributionRequest { state turn lines { state } timeline { action } }";
        let received = bank.done(&cast.researcher, "confirmReceipt", "shipment", fields, input).await;
        assert_eq!(received["state"], "RECEIVED");
        assert_eq!(received["vials"][2]["condition"], "GOOD");
        let request = &received["distributionRequest"];
        assert_eq!(request["state"], "CLOSED");
        assert_eq!(request["turn"], "NOBODY");
        assert_eq!(request["lines"], json!([{ "state": "RECEIVED" }]));
        let steps: Vec<_> = request["timeline"].as_array().unwrap().iter().map(|s| s["action"].as_str().unwrap()).collect();
        assert_eq!(
            steps,
            [
                "request.create",
                "request.submit",
                "request.claim",
                "request.decide_line",
                "request.decide",
                "agreement.offer",
                "agreement.sign",
                "agreement.sign",
                "agreement.sign",
                "vials.reserve",
                "shipment.pack",
                "shipment.dispatch",
                "shipment.receive",
                "request.close"
            ]
        );
        assert_eq!(letters(bank).await, [(staff, "shipment_received".into())]);

        let figures = "{ yearlyDistribution(year: 2026) { distributions requests vials institutions
            institutionsByType { key count percent } distributionsByLine { key count } distributionsByPurpose { key label }
            records(first: 5) { nodes { requestNumber vials cellLine { accession } institution { name } } } } }";
        let year = bank.data(&cast.staff, figures, json!({})).await["yearlyDistribution"].clone();
        let expected = json!({
            "distributions": 1, "requests": 1, "vials": 3, "institutions": 1,
            "institutionsByType": [{ "key": "UNIVERSITY", "count": 1, "percent": 100 }],
            "distributionsByLine": [{ "key": "TEST-0001", "count": 1 }],
            "distributionsByPurpose": [{ "key": "BASIC_RESEARCH", "label": "basic research" }],
            "records": { "nodes": [{ "requestNumber": "REQ-2026-00001", "vials": 3,
                "cellLine": { "accession": "TEST-0001" }, "institution": { "name": "Made-up University" } }] },
        });
        assert_eq!(year, expected);
    })
    .await;
}

#[tokio::test]
async fn a_returned_request_is_completed_and_comes_back_to_the_same_desk() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;

        let input = json!({ "request": journey.id, "comment": "Please name the culture room." });
        let fields = "state turn returnComment";
        let returned = bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", fields, input).await;
        let expected =
            json!({ "state": "RETURNED", "turn": "APPLICANT", "returnComment": "Please name the culture room." });
        assert_eq!(returned, expected);
        let input = json!({ "request": journey.id, "usePlan": "In culture room 2 (made up)." });
        bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", "usePlan", input).await;
        let input = json!({ "request": journey.id });
        let fields = "state returnComment";
        let again =
            bank.done(&cast.researcher, "submitDistributionRequest", "distributionRequest", fields, input).await;

        assert_eq!(again, json!({ "state": "SUBMITTED", "returnComment": null }));
        let notified = letters(bank).await;
        let staff = cast.staff.actor.person_id().unwrap().0;
        assert_eq!(notified.last(), Some(&(staff, "request_submitted".into())), "{notified:?}");
        assert_eq!(
            notified.iter().filter(|letter| letter.1 == "request_submitted").count(),
            3,
            "two at first, then one"
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_may_be_incomplete_and_submitting_it_names_every_gap() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let input = json!({ "projectTitle": "Only a title" });
        let fields = "id state projectTitle";
        let draft =
            bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", fields, input).await;
        assert_eq!(draft["state"], "DRAFT");
        let before = bank.contents().await;

        let input = json!({ "request": draft["id"] });
        let refused =
            bank.act(&cast.researcher, "submitDistributionRequest", "distributionRequest { state }", input).await;

        assert_eq!(refused["distributionRequest"], json!(null));
        let errors = refused["errors"].as_array().unwrap();
        let gaps: Vec<_> = errors.iter().map(|e| (e["code"].as_str().unwrap(), e["field"].as_str().unwrap())).collect();
        let fields = ["lines", "summary", "intendedUse", "region", "address"];
        assert_eq!(gaps, fields.map(|field| ("REQUIRED", field)));
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_creates_one_request_and_another_input_under_it_is_refused() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let mut input = complete(&[(line.id, 1)]);
        input["idempotencyKey"] = json!("key-1");

        let first =
            bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", "id", input.clone()).await;
        let again =
            bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", "id", input.clone()).await;
        assert_eq!(first, again);
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 1);

        input["projectTitle"] = json!("Another project");
        let refused =
            bank.act(&cast.researcher, "createDistributionRequest", "distributionRequest { id }", input).await;
        assert_eq!(refused["errors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_recipient_says_how_each_vial_arrived_and_nobody_else_does() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let (_, shipment) = bank.shipped(&cast, &[(line.id, 2)]).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Shipment { vials { id } } } }";
        let vials = bank.data(&cast.researcher, query, json!({ "id": shipment })).await["node"]["vials"].clone();
        let before = bank.contents().await;

        let query = "mutation($input: ConfirmReceiptInput!) { confirmReceipt(input: $input) { errors { code } } }";
        let input = json!({ "input": { "shipment": shipment } });
        let answer = bank.ask(Some(&cast.stranger.token), query, input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
        let foreign = json!({ "shipment": shipment, "vials": [{ "vial": stembank::id::VialId(3).global(), "condition": "GOOD" }] });
        let refused = bank.act(&cast.researcher, "confirmReceipt", "shipment { id }", foreign).await;
        assert_eq!(refused["errors"][0]["field"], "vials[0].vial");
        assert_eq!(bank.contents().await, before);

        let input = json!({ "shipment": shipment, "vials": [{ "vial": vials[1]["id"], "condition": "THAWED" }] });
        let fields = "state vials { condition }";
        let received = bank.done(&cast.researcher, "confirmReceipt", "shipment", fields, input.clone()).await;
        assert_eq!(received["vials"], json!([{ "condition": "GOOD" }, { "condition": "THAWED" }]));
        let again = bank.act(&cast.researcher, "confirmReceipt", "shipment { id }", input).await;
        assert_eq!(again["errors"][0]["code"], "WRONG_STATE");
        bank.letters().await;
    })
    .await;
}
