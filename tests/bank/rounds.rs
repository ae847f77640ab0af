//! Returning a request field by field, what the applicant changed since, and beginning anew with an old request.

use crate::cast::Person;
use crate::journey::{Journey, complete};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::language::Lang;
use stembank::requests::fields::{FIELDS, Field};
use stembank::requests::queries;

async fn returned(bank: &Bank, staff: &Person, journey: &Journey, on_fields: Value) -> Value {
    let input = json!({ "request": journey.id, "comment": "Please complete.", "fieldComments": on_fields });
    let answer = "distributionRequest { state returnComments { field label comment } }";
    bank.act(staff, "returnDistributionRequest", answer, input).await
}

async fn handed_in_again(bank: &Bank, researcher: &Person, journey: &Journey, mut change: Value) {
    change["request"] = journey.id.clone();
    bank.done(researcher, "updateDistributionRequest", "distributionRequest", "id", change).await;
    let input = json!({ "request": journey.id });
    bank.done(researcher, "submitDistributionRequest", "distributionRequest", "id", input).await;
}

async fn shows(bank: &Bank, person: &Person, journey: &Journey, lang: &str) -> Value {
    let query = "query($number: String!) { distributionRequest(number: $number) { revision returnComment
        returnComments { field comment } changesSinceReturn { field label before after } } }";
    let body = json!({ "query": query, "variables": { "number": journey.number } }).to_string();
    let (_, answer) = bank.post(Some(&person.token), &[("accept-language", lang)], body).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"]["distributionRequest"].clone()
}

#[tokio::test]
async fn a_return_says_field_by_field_what_is_to_be_completed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let before = bank.contents().await;
        let long = "x".repeat(2_001);
        for (on_fields, code, field) in [
            (json!([{ "field": "colour", "comment": "c" }]), "BAD_VALUE", "fieldComments[0].field"),
            (json!([{ "field": "usePlan", "comment": "c" }, { "field": "usePlan", "comment": "d" }]), "BAD_VALUE", "fieldComments[1].field"),
            (json!([{ "field": "usePlan", "comment": " " }]), "REQUIRED", "fieldComments[0].comment"),
            (json!([{ "field": "usePlan", "comment": long }]), "TOO_LONG", "fieldComments"),
        ] {
            let refused = returned(bank, &cast.staff, &journey, on_fields).await;
            let error = &refused["errors"][0];
            assert_eq!([&error["code"], &error["field"]], [&json!(code), &json!(field)]);
        }
        assert_eq!(bank.contents().await, before);

        let comments = json!([{ "field": "irbValidUntil", "comment": " Too early. " }, { "field": "lines", "comment": "One is enough." }]);
        let answer = returned(bank, &cast.staff, &journey, comments).await;
        let expected = json!({ "state": "RETURNED", "returnComments": [
            { "field": "lines", "label": "cell lines", "comment": "One is enough." },
            { "field": "irbValidUntil", "label": "last day of the ethics board's approval", "comment": "Too early." },
        ] });
        assert_eq!(answer["distributionRequest"], expected, "in the order of the form");
        let letters = bank.letters().await;
        assert_eq!(letters[0].detail["fields"], 2);
        let kept = json!([{ "field": "lines", "comment": "One is enough." }, { "field": "irbValidUntil", "comment": "Too early." }]);
        assert_eq!(shows(bank, &cast.researcher, &journey, "en").await["returnComments"], kept);
        handed_in_again(bank, &cast.researcher, &journey, json!({})).await;
        let after = shows(bank, &cast.staff, &journey, "en").await;
        assert_eq!([&after["returnComments"], &after["returnComment"]], [&kept, &Value::Null], "to be compared");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_bank_sees_what_changed_since_the_return_in_words() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (one, two) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        let journey = bank.claimed(&cast, &[(one.id, 2)]).await;
        assert_eq!(shows(bank, &cast.staff, &journey, "en").await["revision"], 1);
        assert_eq!(shows(bank, &cast.staff, &journey, "en").await["changesSinceReturn"], json!([]), "never returned");
        returned(bank, &cast.staff, &journey, json!([])).await;
        let change = json!({
            "lines": [{ "cellLine": one.id.global(), "vials": 1 }, { "cellLine": two.id.global(), "vials": 3 }],
            "usePlan": "Another plan.", "intendedUse": "EDUCATION", "commercial": true, "delivery": "PICK_UP",
            "irbValidUntil": "2031-01-31", "headApprovalNumber": "H-1",
        });
        handed_in_again(bank, &cast.researcher, &journey, change).await;

        let seen = shows(bank, &cast.staff, &journey, "en").await;
        assert_eq!(seen["revision"], 2);
        let row = |field: &str, before: Value, after: Value| {
            let label = Field::from_name(field).unwrap().label(Lang::En);
            json!({ "field": field, "label": label, "before": before, "after": after })
        };
        let expected = json!([
            row("lines", json!("TEST-0001 × 2"), json!("TEST-0001 × 1\nTEST-0002 × 3")),
            row("usePlan", json!("Culture, differentiate, compare."), json!("Another plan.")),
            row("intendedUse", json!("basic research"), json!("education")),
            row("commercial", json!("no"), json!("yes")),
            row("delivery", json!("by courier"), json!("collected at the bank")),
            row("irbValidUntil", json!("2030-12-31"), json!("2031-01-31")),
            row("headApprovalNumber", Value::Null, json!("H-1")),
        ]);
        assert_eq!(seen["changesSinceReturn"], expected);
        let korean = shows(bank, &cast.staff, &journey, "ko").await["changesSinceReturn"].clone();
        assert_eq!(
            korean[3],
            json!({ "field": "commercial", "label": "상업적 이용", "before": "아니요", "after": "예" })
        );

        let row = queries::by_number(&bank.app, &cast.staff.actor, &journey.number).await.unwrap().unwrap();
        let mut kept: Vec<_> = row.returned_fields.as_ref().unwrap().as_object().unwrap().keys().cloned().collect();
        let mut fields: Vec<_> = FIELDS.iter().map(|field| field.name.to_owned()).collect();
        kept.sort();
        fields.sort();
        assert_eq!(kept, fields, "a return keeps every field");
        let listed = queries::changes_since_return(bank.app.db.read(), &cast.staff.actor, &row).await.unwrap();
        let names: Vec<_> = listed.iter().map(|change| change.field.name).collect();
        assert_eq!(names.len(), 7);
        assert_eq!(listed[1].after.as_deref(), Some("Another plan."));
        bank.letters().await;
    })
    .await;
}

#[test]
fn the_fields_are_those_of_the_drafts_input_with_two_labels_each() {
    let schema = stembank::graphql::sdl();
    let input = schema.split("input CreateDistributionRequestInput {").nth(1).unwrap();
    let input = input.split("\n}").next().unwrap();
    let named = |line: &str| line.trim().split_once(": ").map(|(name, _)| name.to_owned());
    let typed = input.lines().map(|line| line.split(" @deprecated").next().unwrap());
    let mut inputs: Vec<_> = typed.filter(|line| !line.contains('"')).filter_map(named).collect();
    inputs.retain(|name| name != "idempotencyKey" && !name.contains(' '));
    let mut fields: Vec<_> = FIELDS.iter().map(|field| field.name.to_owned()).collect();
    inputs.sort();
    fields.sort();
    assert_eq!(fields, inputs);
    for field in FIELDS {
        assert!(field.label(Lang::Ko).chars().any(|c| ('가'..='힣').contains(&c)), "{}", field.name);
        assert!(field.label(Lang::En).is_ascii());
    }
}

#[tokio::test]
async fn an_old_request_begins_a_new_one_without_what_ran_out() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (kept, gone) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        let mut fields = complete(&[(kept.id, 2), (gone.id, 1)]);
        fields["headApprovalNumber"] = json!("H-1");
        fields["delivery"] = json!("PICK_UP");
        let old = bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", "id", fields).await;
        bank.execute("UPDATE cell_line SET publication_status = 'withdrawn', publication_reason_en = 'r', publication_reason_ko = 'r' WHERE accession = 'TEST-0002'")
            .await
            .unwrap();
        let answer = "id number state revision projectTitle summary usePlan address delivery headApprovalNumber
            irbApprovalNumber irbValidUntil lines { vialsRequested state cellLine { accession } }";
        let input = json!({ "request": old["id"], "idempotencyKey": "once" });
        let copy = async |input: Value| {
            bank.done(&cast.researcher, "copyDistributionRequest", "distributionRequest", answer, input).await
        };
        let new = copy(input.clone()).await;
        let lines = json!([{ "vialsRequested": 2, "state": "REQUESTED", "cellLine": { "accession": "TEST-0001" } }]);
        assert_eq!(new["lines"], lines);
        assert_eq!(
            [&new["state"], &new["revision"], &new["delivery"]],
            [&json!("DRAFT"), &json!(0), &json!("PICK_UP")]
        );
        assert_eq!(new["usePlan"], "Culture, differentiate, compare.");
        assert_eq!([&new["headApprovalNumber"], &new["irbApprovalNumber"]], [&json!("H-1"), &json!("IRB-1 (made up)")]);
        assert_ne!(new["number"], json!("REQ-2026-00001"));
        assert_eq!(copy(input).await["id"], new["id"], "the same key makes one");

        bank.app.clock.set("2030-12-31T15:00:00Z".parse().unwrap());
        let late = copy(json!({ "request": old["id"] })).await;
        assert_eq!([&late["irbApprovalNumber"], &late["irbValidUntil"]], [&Value::Null; 2], "its last day has passed");

        let before = bank.contents().await;
        let input = json!({ "request": old["id"] });
        for person in [&cast.stranger, &cast.staff] {
            let query = "mutation($input: CopyDistributionRequestInput!) { copyDistributionRequest(input: $input) {
                distributionRequest { id } errors { code } } }";
            let refused = bank.ask(Some(&person.token), query, json!({ "input": input })).await;
            let made = &refused["data"]["copyDistributionRequest"]["distributionRequest"];
            assert!(made.is_null() && refused.to_string().contains("errors"), "{refused}");
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}
