//! Approvals of ethics boards and others: entered, verified by somebody else, chosen on requests, renewed after the
//! decision, and typed into a request as before.

use crate::cast::{Cast, PASSWORD, Person};
use crate::journey::complete;
use crate::pages::{Pages, hidden};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use serde_json::{Value, json};

const SHOWN: &str = "id number irbApprovalNumber irbValidUntil headApprovalNumber
    approvals { id kind number validUntil study verifiedAt } lines { id }";

/// An ethics board's approval of the cast's study.
fn of_study(number: &str, until: &str) -> Value {
    json!({ "kind": "IRB_APPROVAL", "number": number, "issuer": "A made-up board", "validFrom": "2026-01-01",
        "validUntil": until, "study": "A made-up project" })
}

async fn entered(bank: &Bank, person: &Person, input: Value) -> Value {
    bank.done(person, "createApproval", "approval", "id number verifiedAt", input).await
}

async fn verified(bank: &Bank, person: &Person, approval: &Value) {
    let input = json!({ "approval": approval["id"] });
    let seen = bank.done(person, "verifyApproval", "approval", "verifiedAt verifiedBy { id }", input).await;
    assert!(!seen["verifiedAt"].is_null() && !seen["verifiedBy"].is_null(), "{seen}");
}

/// Code and field of what is refused.
async fn refused(bank: &Bank, person: &Person, mutation: &str, object: &str, input: Value) -> (String, Value) {
    let answer = bank.act(person, mutation, &format!("{object} {{ id }}"), input).await;
    assert!(answer[object].is_null(), "{answer}");
    let error = &answer["errors"][0];
    (error["code"].as_str().unwrap_or_default().to_owned(), error["field"].clone())
}

async fn draft(bank: &Bank, cast: &Cast, change: Value) -> Value {
    let line = bank.number("SELECT min(id) FROM cell_line").await;
    let mut fields = complete(&[(stembank::id::CellLineId(line), 1)]);
    for (name, value) in change.as_object().unwrap() {
        fields[name] = value.clone();
    }
    bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", SHOWN, fields).await
}

async fn update(bank: &Bank, cast: &Cast, request: &Value, mut change: Value) -> Value {
    change["request"] = request["id"].clone();
    bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", SHOWN, change).await
}

fn numbers(request: &Value) -> Vec<&str> {
    request["approvals"].as_array().unwrap().iter().map(|one| one["number"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_approval_is_entered_by_its_institution_and_verified_once_by_somebody_else() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let mut input = of_study("IRB-1", "2030-12-31");
        input["idempotencyKey"] = json!("once");
        let approval = entered(bank, &cast.researcher, input.clone()).await;
        assert_eq!(entered(bank, &cast.researcher, input).await["id"], approval["id"], "the same key enters one");
        assert!(approval["verifiedAt"].is_null());
        let own = json!({ "kind": "HEAD_APPROVAL", "number": "H-1", "institution": cast.university.global() });
        let of_staff = entered(bank, &cast.staff, own).await;

        let before = bank.contents().await;
        let wrong = [
            (json!({ "kind": "HEAD_APPROVAL", "number": " " }), "REQUIRED", "number"),
            (json!({ "kind": "HEAD_APPROVAL", "number": "x".repeat(101) }), "TOO_LONG", "number"),
            (json!({ "kind": "HEAD_APPROVAL", "number": "1", "issuer": "x".repeat(201) }), "TOO_LONG", "issuer"),
            (json!({ "kind": "CLINICAL_PLAN", "number": "1" }), "REQUIRED", "validUntil"),
            (
                json!({ "kind": "LMO_FACILITY", "number": "1", "validFrom": "2026-02-01", "validUntil": "2026-01-31" }),
                "BAD_VALUE",
                "validUntil",
            ),
        ];
        for (input, code, field) in wrong {
            let found = refused(bank, &cast.researcher, "createApproval", "approval", input).await;
            assert_eq!(found, (code.into(), json!(field)));
        }
        let foreign = json!({ "kind": "LMO_FACILITY", "number": "1", "institution": cast.university.global() });
        let found = refused(bank, &cast.stranger, "createApproval", "approval", foreign).await;
        assert_eq!(found, ("BAD_VALUE".into(), json!("institution")));
        let own = json!({ "approval": of_staff["id"] });
        assert_eq!(
            refused(bank, &cast.staff, "verifyApproval", "approval", own.clone()).await.0,
            "CONFLICT_OF_INTEREST"
        );
        assert_eq!(bank.contents().await, before);

        verified(bank, &cast.second_staff, &of_staff).await;
        verified(bank, &cast.staff, &approval).await;
        assert_eq!(refused(bank, &cast.second_staff, "verifyApproval", "approval", own).await.0, "WRONG_STATE");
        let query = "query($id: ID!) { node(id: $id) { ... on Approval { number } } }";
        let seen = async |person: &Person| {
            bank.data(person, query, json!({ "id": approval["id"] })).await["node"]["number"].clone()
        };
        assert_eq!([seen(&cast.researcher).await, seen(&cast.staff).await], [json!("IRB-1"), json!("IRB-1")]);
        assert_eq!(seen(&cast.stranger).await, Value::Null, "it is of another institution");
        let history = bank.contents().await["audit_event"].concat();
        assert!(history.contains("approval.create") && history.contains("approval.verify"));
        assert!(!history.contains("IRB-1"), "a number leads to people, and the history stays");
    })
    .await;
}

#[tokio::test]
async fn approvals_are_chosen_on_a_request_and_requirements_read_them() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let over = entered(bank, &cast.researcher, of_study("IRB-0", "2026-01-31")).await;
        let lasting = entered(bank, &cast.researcher, of_study("IRB-2", "2031-12-31")).await;
        let chosen = json!({ "irbApprovalNumber": null, "irbValidUntil": null, "approvals": [over["id"]] });
        let request = draft(bank, &cast, chosen).await;
        assert_eq!([&request["irbApprovalNumber"], &request["irbValidUntil"]], [&json!("IRB-0"), &json!("2026-01-31")]);
        let input = json!({ "request": request["id"] });
        let submit = "submitDistributionRequest";
        let found = refused(bank, &cast.researcher, submit, "distributionRequest", input.clone()).await;
        assert_eq!(found, ("REQUIREMENT_NOT_MET".into(), json!("irbApprovalNumber")), "its last day has passed");

        let both = json!({ "approvals": [over["id"], lasting["id"], lasting["id"]] });
        let request = update(bank, &cast, &request, both).await;
        assert_eq!(numbers(&request), ["IRB-0", "IRB-2"]);
        assert_eq!(request["irbApprovalNumber"], "IRB-2", "the one that lasts longest stands for both");
        let foreign = of_study("IRB-9", "2031-12-31");
        let foreign = entered(bank, &cast.stranger, foreign).await;
        let before = bank.contents().await;
        let change = json!({ "request": request["id"], "approvals": [lasting["id"], foreign["id"]] });
        let mutation = "mutation($input: UpdateDistributionRequestInput!) { updateDistributionRequest(input: $input) {
            distributionRequest { id } } }";
        let answer = bank.ask(Some(&cast.researcher.token), mutation, json!({ "input": change })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{answer}");
        let many = json!({ "request": request["id"], "approvals": vec![lasting["id"].clone(); 31] });
        let found = refused(bank, &cast.researcher, "updateDistributionRequest", "distributionRequest", many).await;
        assert_eq!(found, ("TOO_LONG".into(), json!("approvals")));
        assert_eq!(bank.contents().await, before);
        bank.done(&cast.researcher, submit, "distributionRequest", "state", input).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_makes_an_unverified_approval_and_goes_with_the_last_request() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let request = draft(bank, &cast, json!({ "headApprovalNumber": " H-1 " })).await;
        let expected = json!({ "kind": "IRB_APPROVAL", "number": "IRB-1 (made up)", "validUntil": "2030-12-31",
            "study": "A made-up project", "verifiedAt": null, "id": request["approvals"][0]["id"] });
        assert_eq!(request["approvals"][0], expected);
        assert_eq!([&request["irbApprovalNumber"], &request["headApprovalNumber"]], ["IRB-1 (made up)", "H-1"]);

        let input = json!({ "request": request["id"] });
        let copy = bank.done(&cast.researcher, "copyDistributionRequest", "distributionRequest", SHOWN, input).await;
        assert_eq!(copy["approvals"], request["approvals"], "a copy chooses the same");
        let changed = update(bank, &cast, &request, json!({ "irbValidUntil": "2031-01-31" })).await;
        assert_eq!([&changed["irbApprovalNumber"], &changed["irbValidUntil"]], ["IRB-1 (made up)", "2031-01-31"]);
        assert_eq!(changed["approvals"].as_array().unwrap().len(), 2, "another took its place");
        let emptied = update(bank, &cast, &request, json!({ "headApprovalNumber": "" })).await;
        assert_eq!(emptied["headApprovalNumber"], Value::Null);
        assert_eq!(bank.number("SELECT count(*) FROM approval").await, 3, "the copy still has the two old ones");
        let emptied = update(bank, &cast, &copy, json!({ "headApprovalNumber": "" })).await;
        assert_eq!(numbers(&emptied), ["IRB-1 (made up)"]);
        assert_eq!(bank.number("SELECT count(*) FROM approval").await, 2, "nothing needs the head's any more");

        let long = json!({ "request": request["id"], "irbExemptionNumber": "x".repeat(101) });
        let found = refused(bank, &cast.researcher, "updateDistributionRequest", "distributionRequest", long).await;
        assert_eq!(found, ("TOO_LONG".into(), json!("irbExemptionNumber")));
        let history = bank.contents().await["audit_event"].concat();
        assert!(history.contains("irb_approval_number") && !history.contains("IRB-1"), "fingerprints");

        let input = json!({ "email": cast.researcher.email, "password": PASSWORD, "confirm": true });
        bank.act(&cast.researcher, "eraseAccount", "erasedAccount { erasedAt }", input).await;
        assert_eq!(bank.number("SELECT count(*) FROM approval").await, 0, "drafts go, and what was typed with them");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn staff_renew_an_approval_on_an_approved_request() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 1)]).await;
        bank.app.clock.set("2030-12-31T15:00:00Z".parse().unwrap());
        let reserve = json!({ "requestLine": journey.lines[0] });
        let found = refused(bank, &cast.staff, "reserveVials", "requestLine", reserve).await;
        assert_eq!(found.0, "REQUIREMENT_NOT_MET", "its last day has passed");

        let mut renewal = of_study("IRB-2", "2033-12-31");
        renewal["institution"] = json!(cast.university.global());
        let renewed = entered(bank, &cast.staff, renewal).await;
        let choice = json!({ "request": journey.id, "approvals": [renewed["id"]] });
        let choose = "chooseApprovals";
        let before = bank.contents().await;
        let found = refused(bank, &cast.staff, choose, "distributionRequest", choice.clone()).await;
        assert_eq!(found, ("WRONG_STATE".into(), json!("approvals[0]")), "nobody has verified it");
        assert_eq!(bank.contents().await, before);
        verified(bank, &cast.second_staff, &renewed).await;
        let chosen = bank.done(&cast.staff, choose, "distributionRequest", SHOWN, choice).await;
        assert_eq!((numbers(&chosen), &chosen["irbApprovalNumber"]), (vec!["IRB-2"], &json!("IRB-2")));
        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");

        let query = "query($id: ID!) { node(id: $id) { ... on DistributionRequest { timeline { action label } } } }";
        let found = bank.data(&cast.researcher, query, json!({ "id": journey.id })).await;
        let step = json!({ "action": "request.choose_approvals", "label": "Approvals renewed" });
        assert!(found["node"]["timeline"].as_array().unwrap().contains(&step), "{found}");
        let staff = Pages::at_work(bank, &cast.staff).await;
        let page = staff.page(&format!("/desk/{}", journey.number)).await;
        assert!(page.contains("IRB-2") && !page.contains("IRB-1 (made up)"), "{page}");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn approvals_are_chosen_by_staff_only_while_a_request_is_under_way() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let choice = json!({ "request": journey.id, "approvals": [] });
        let before = bank.contents().await;
        let found = refused(bank, &cast.staff, "chooseApprovals", "distributionRequest", choice).await;
        assert_eq!(found, ("WRONG_STATE".into(), Value::Null));
        assert_eq!(bank.contents().await, before);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_form_offers_approvals_of_the_same_study_and_keeps_what_is_typed_beside_them() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let offered = entered(bank, &cast.researcher, of_study("IRB-7", "2031-12-31")).await;
        let mut other = of_study("IRB-8", "2031-12-31");
        other["study"] = json!("Another study");
        entered(bank, &cast.researcher, other).await;
        let request = draft(bank, &cast, json!({})).await;
        let edit = format!("/requests/{}/edit?step=3", request["number"].as_str().unwrap());
        let reader = Pages::signed_in(bank, &cast.researcher, "en").await;
        let page = reader.page(&edit).await;
        assert!(page.contains("IRB-7") && !page.contains("IRB-8"), "{page}");
        let id = stembank::id::ApprovalId::from_global(offered["id"].as_str().unwrap()).unwrap().0.to_string();
        let was = hidden(&page, "was");
        let typed = [("irbApprovalNumber", "IRB-1 (made up)"), ("irbValidUntil", "2030-12-31")];
        let form = [&[("was", was.as_str()), ("approvals", id.as_str()), ("headApprovalNumber", "H-1")], &typed[..]];
        let saved = reader.send(&edit, &form.concat()).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on DistributionRequest {{ {SHOWN} }} }} }}");
        let now = async || bank.data(&cast.researcher, &query, json!({ "id": request["id"] })).await["node"].clone();
        let mut found = now().await;
        found["approvals"].as_array_mut().unwrap().sort_by_key(|one| one["number"].to_string());
        assert_eq!(numbers(&found), ["H-1", "IRB-1 (made up)", "IRB-7"]);

        let page = reader.page(&edit).await;
        assert!(page.contains(&format!("value=\"{id}\" checked")), "{page}");
        let was = hidden(&page, "was");
        let form = [&[("was", was.as_str()), ("headApprovalNumber", "H-1")], &typed[..]].concat();
        reader.send(&edit, &form).await;
        let mut found = now().await;
        found["approvals"].as_array_mut().unwrap().sort_by_key(|one| one["number"].to_string());
        assert_eq!(numbers(&found), ["H-1", "IRB-1 (made up)"], "unticked");
    })
    .await;
}
