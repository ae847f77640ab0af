//! Who receives the parcel of a request and where a courier reaches them: a field of a request, from the form to the
//! box and until it is blanked.

use crate::cast::{Cast, PASSWORD, Person};
use crate::journey::complete;
use crate::pages::{Pages, hidden};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use serde_json::{Value, json};
use stembank::id::CellLineId;
use stembank::personal_data::export;

const NAME: &str = "Made-up Recipient";
const TELEPHONE: &str = "+82 (0)2-000-0000";
const SHOWN: &str = "id number recipientName recipientTelephone lines { id }";

/// A draft that names a recipient.
async fn named(bank: &Bank, cast: &Cast, line: CellLineId) -> Value {
    let mut fields = complete(&[(line, 1)]);
    fields["recipientName"] = json!(format!(" {NAME} "));
    fields["recipientTelephone"] = json!(TELEPHONE);
    bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", SHOWN, fields).await
}

async fn step(bank: &Bank, person: &Person, verb: &str, request: &Value) {
    let input = json!({ "request": request["id"] });
    bank.done(person, &format!("{verb}DistributionRequest"), "distributionRequest", "id", input).await;
}

fn recipient(shown: &Value) -> [&Value; 2] {
    [&shown["recipientName"], &shown["recipientTelephone"]]
}

#[tokio::test]
async fn a_recipient_is_written_copied_and_taken_away_and_the_history_names_nobody() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        let draft = named(bank, &cast, line).await;
        assert_eq!(recipient(&draft), [NAME, TELEPHONE]);
        let input = json!({ "request": draft["id"] });
        let copy =
            bank.done(&cast.researcher, "copyDistributionRequest", "distributionRequest", SHOWN, input.clone()).await;
        assert_eq!(recipient(&copy), [NAME, TELEPHONE]);

        let update = |name: &str| json!({ "request": draft["id"], "recipientName": name });
        let written = async |input: Value| {
            bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", SHOWN, input).await
        };
        let emptied = written(update("  ")).await;
        assert_eq!(recipient(&emptied), [&Value::Null, &json!(TELEPHONE)], "what is left out stays");
        let plain = bank.draft(&cast.researcher, &[(line, 1)]).await;
        bank.done(
            &cast.researcher,
            "submitDistributionRequest",
            "distributionRequest",
            "id",
            json!({ "request": plain.id }),
        )
        .await;
        let history = &bank.contents().await["audit_event"];
        assert!(history.iter().any(|event| event.contains("recipient_name") && event.contains("sha256:")));
        assert!(!history.iter().any(|event| event.contains(NAME) || event.contains("000-0000")), "{history:?}");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_malformed_recipient_is_refused_in_both_languages_and_changes_nothing() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let draft = named(bank, &cast, bank.line("TEST-0001").await.id).await;
        let before = bank.contents().await;
        let query = "mutation($input: UpdateDistributionRequestInput!) { updateDistributionRequest(input: $input) {
            distributionRequest { id } errors { code field message } } }";
        let refused = async |field: &str, text: &str, lang: &str| {
            let input = json!({ "request": draft["id"], field: text });
            let body = json!({ "query": query, "variables": { "input": input } }).to_string();
            let answer = bank.post(Some(&cast.researcher.token), &[("accept-language", lang)], body).await.1;
            let payload = &answer["data"]["updateDistributionRequest"];
            assert!(payload["distributionRequest"].is_null(), "{text}: {answer}");
            payload["errors"].clone()
        };
        let (long, longest) = ("0".repeat(41), "x".repeat(201));
        for text in ["1234", "call me", "０１２３４５", "02-000-0000 ext. 3", long.as_str()] {
            let error = refused("recipientTelephone", text, "en").await;
            let message =
                "Write the telephone in 5 to 40 characters: digits, spaces, +, - and brackets, such as +82 2-000-0000.";
            assert_eq!(error, json!([{ "code": "BAD_VALUE", "field": "recipientTelephone", "message": message }]));
        }
        let korean = refused("recipientTelephone", "1234", "ko").await;
        assert!(korean[0]["message"].as_str().unwrap().starts_with("전화번호는 숫자"), "{korean}");
        let error = refused("recipientName", &longest, "en").await;
        assert_eq!([&error[0]["code"], &error[0]["field"]], ["TOO_LONG", "recipientName"]);
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_form_asks_for_the_recipient_and_keeps_what_was_typed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let journey = bank.draft(&cast.researcher, &[(bank.line("TEST-0001").await.id, 1)]).await;
        let reader = Pages::signed_in(bank, &cast.researcher, "en").await;
        let edit = format!("/requests/{}/edit?step=4", journey.number);
        let was = hidden(&reader.page(&edit).await, "was");
        let rest = [
            ("was", was.as_str()),
            ("place", "domestic"),
            ("region", "서울특별시"),
            ("address", "1 Made-up Street"),
            ("delivery", "courier"),
        ];
        let typed = |telephone: &'static str| {
            [&rest[..], &[("recipientName", NAME), ("recipientTelephone", telephone)]].concat()
        };
        let before = bank.contents().await["request"].clone();
        let page = reader.send(&edit, &typed("call me")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in ["href=\"#f-recipientTelephone\"", "value=\"call me\"", NAME, "digits, spaces"] {
            assert!(page.text.contains(part), "{part} is missing: {}", page.text);
        }
        assert_eq!(bank.contents().await["request"], before);
        reader.followed(&edit, &typed(TELEPHONE)).await;
        let shown = reader.page(&format!("/requests/{}/edit?step=5", journey.number)).await;
        assert!(shown.contains(NAME) && shown.contains(TELEPHONE), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn the_desk_and_the_slip_in_the_box_say_who_receives_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(line.id, 1)]).await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let desk = format!("/desk/{}", journey.number);
        assert!(!staff.page(&desk).await.contains("Received by"), "nobody is named");
        let put = format!("UPDATE request SET recipient_name = '{NAME}', recipient_telephone = '{TELEPHONE}'");
        bank.execute(&put).await.unwrap();
        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
        bank.packed(&cast, &journey).await;
        for address in [desk.as_str(), "/desk/shipments/SHP-2026-00001/slip"] {
            let page = staff.page(address).await;
            for part in ["Received by", NAME, TELEPHONE] {
                assert!(page.contains(part), "{address}: {part} is missing: {page}");
            }
        }
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_changed_of_the_recipient_is_seen_and_a_younger_field_is_no_change() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let journey = bank.claimed(&cast, &[(bank.line("TEST-0001").await.id, 1)]).await;
        let input = json!({ "request": journey.id, "comment": "made up" });
        bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "id", input).await;
        let kept = bank.contents().await["request"].concat();
        assert!(kept.contains("recipientName"), "a return keeps it: {kept}");
        // As a return before there was such a field.
        let row = json!({ "lines": [], "principalInvestigator": 0, "projectTitle": "A made-up project" });
        bank.execute(&format!("UPDATE request SET returned_fields = '{row}'")).await.unwrap();
        let changed = async || {
            let query = "query($id: ID!) { node(id: $id) { ... on DistributionRequest {
                changesSinceReturn { field before after } } } }";
            let found = bank.data(&cast.researcher, query, json!({ "id": journey.id })).await;
            let found = found["node"]["changesSinceReturn"].as_array().unwrap().clone();
            found
                .into_iter()
                .filter(|change| change["field"].as_str().unwrap().starts_with("recipient"))
                .collect::<Vec<_>>()
        };
        assert_eq!(changed().await, [Value::Null; 0]);
        let input = json!({ "request": journey.id, "recipientName": NAME });
        bank.done(&cast.researcher, "updateDistributionRequest", "distributionRequest", "id", input).await;
        assert_eq!(changed().await, [json!({ "field": "recipientName", "before": null, "after": NAME })]);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_recipient_is_given_out_with_the_request_and_goes_when_it_is_blanked() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let request = named(bank, &cast, bank.line("TEST-0001").await.id).await;
        let text = export::own(&bank.app, &cast.researcher.actor).await.unwrap();
        let own: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(recipient(&own["requests"]["rows"][0]), [NAME, TELEPHONE]);
        step(bank, &cast.researcher, "submit", &request).await;
        step(bank, &cast.researcher, "withdraw", &request).await;
        let input = json!({ "email": cast.researcher.email, "password": PASSWORD, "confirm": true });
        bank.act(&cast.researcher, "eraseAccount", "erasedAccount { erasedAt }", input).await;
        let contents = bank.contents().await;
        let traces = contents.values().flatten().filter(|row| row.contains(NAME) || row.contains(TELEPHONE));
        assert_eq!(traces.count(), 0);
        let blanked = "SELECT count(*) FROM request WHERE blanked_at IS NOT NULL AND recipient_name IS NULL
            AND recipient_telephone IS NULL";
        assert_eq!(bank.number(blanked).await, 1);
        bank.letters().await;
    })
    .await;
}
