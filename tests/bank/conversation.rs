//! What applicant and bank write to each other about a request, and what the bank notes for itself.

use crate::cast::Person;
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::actor::{Grant, Role};
use stembank::id::PersonId;
use stembank::personal_data::export;
use stembank::requests::queries;

fn key(person: &Person) -> PersonId {
    person.actor.person_id().unwrap()
}

async fn writes(bank: &Bank, person: &Person, mutation: &str, journey: &Journey, text: &str) -> Value {
    let object = if mutation == "postRequestNote" { "note" } else { "message" };
    let input = json!({ "request": journey.id, "text": text });
    bank.act(person, mutation, &format!("{object} {{ id }}"), input).await
}

async fn written(bank: &Bank, person: &Person, mutation: &str, journey: &Journey, text: &str) {
    assert_eq!(writes(bank, person, mutation, journey, text).await["errors"], json!([]), "{}", person.email);
}

/// Messages and notes that somebody reads; nothing if they do not see the request.
async fn reads(bank: &Bank, person: &Person, journey: &Journey) -> Value {
    let query = "query($number: String!) { distributionRequest(number: $number) {
        messages { side text author { name } } notes { text author { name } } } }";
    bank.data(person, query, json!({ "number": journey.number })).await["distributionRequest"].clone()
}

async fn notified(bank: &Bank) -> Vec<(PersonId, String)> {
    bank.letters().await.into_iter().map(|letter| (letter.recipient_id, letter.event)).collect()
}

#[tokio::test]
async fn both_sides_write_to_each_other_and_a_letter_tells_the_other_side() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let mail = |person: &Person| (key(person), "request_message".to_owned());

        written(bank, &cast.researcher, "postRequestMessage", &journey, " Is the line free? ").await;
        assert_eq!(notified(bank).await, [mail(&cast.staff), mail(&cast.second_staff)], "nobody took it: all staff");
        written(bank, &cast.staff, "postRequestMessage", &journey, "Yes.").await;
        let letters = bank.letters().await;
        assert_eq!(letters.len(), 1, "applicant and investigator are the same person");
        assert_eq!(letters[0].recipient_id, key(&cast.researcher));
        assert_eq!(letters[0].detail, json!({ "request": journey.number, "from": "bank" }), "the text stays here");
        let input = json!({ "request": journey.id });
        bank.done(&cast.second_staff, "claimDistributionRequest", "distributionRequest", "id", input).await;
        bank.letters().await;
        written(bank, &cast.researcher, "postRequestMessage", &journey, "Thank you.").await;
        assert_eq!(notified(bank).await, [mail(&cast.second_staff)], "whoever took it");

        let expected = json!([
            { "side": "APPLICANT", "text": "Is the line free?", "author": { "name": "Made-up researcher" } },
            { "side": "BANK", "text": "Yes.", "author": { "name": "Made-up staff" } },
            { "side": "APPLICANT", "text": "Thank you.", "author": { "name": "Made-up researcher" } },
        ]);
        for person in [&cast.researcher, &cast.signatory, &cast.staff, &cast.committee, &cast.administrator] {
            assert_eq!(reads(bank, person, &journey).await["messages"], expected, "{}", person.email);
        }
        assert_eq!(reads(bank, &cast.stranger, &journey).await, Value::Null);
        let id = bank.number("SELECT max(id) FROM request").await;
        let listed =
            queries::messages(bank.app.db.read(), &cast.researcher.actor, &[stembank::id::RequestId(id)]).await;
        assert_eq!(listed.unwrap()[1].author_name, "Made-up staff");
    })
    .await;
}

#[tokio::test]
async fn a_request_can_be_written_about_once_it_was_handed_in_also_after_its_end() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let draft = bank.draft(&cast.researcher, &[(line.id, 1)]).await;
        let before = bank.contents().await;
        let refused = writes(bank, &cast.researcher, "postRequestMessage", &draft, "Hello").await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_STATE");
        assert_eq!(bank.contents().await, before);

        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "id", input).await;
        written(bank, &cast.staff, "postRequestMessage", &journey, "Why?").await;
        written(bank, &cast.staff, "postRequestNote", &journey, "Odd.").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_applicants_side_never_sees_a_note_anywhere() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let secret = "made-up secret remark";
        written(bank, &cast.staff, "postRequestNote", &journey, secret).await;
        assert_eq!(bank.letters().await, [], "a note tells nobody");

        let noted = json!([{ "text": secret, "author": { "name": "Made-up staff" } }]);
        for person in [&cast.staff, &cast.second_staff, &cast.committee, &cast.administrator] {
            assert_eq!(reads(bank, person, &journey).await["notes"], noted, "{}", person.email);
        }
        for person in [&cast.researcher, &cast.signatory] {
            assert_eq!(reads(bank, person, &journey).await, json!({ "messages": [], "notes": [] }), "{}", person.email);
        }
        let query = "query($number: String!) { distributionRequest(number: $number) { timeline { action label } } }";
        let steps = bank.data(&cast.researcher, query, json!({ "number": journey.number })).await;
        assert!(!steps.to_string().contains("note"), "{steps}");
        for person in [&cast.researcher, &cast.staff] {
            let own = export::own(&bank.app, &person.actor).await.unwrap();
            assert!(!own.contains(secret), "notes are the bank's, also for their author");
        }
        let sql = format!("SELECT count(*) FROM audit_event WHERE CAST(detail AS TEXT) LIKE '%{secret}%'");
        assert_eq!(bank.number(&sql).await, 0, "the history has a fingerprint only");
    })
    .await;
}

#[tokio::test]
async fn staff_whom_a_request_concerns_neither_see_its_notes_nor_write_for_the_bank() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let staff = Grant { role: Role::Staff, institution: None };
        let signs = Grant { role: Role::Signatory, institution: Some(cast.university) };
        let works_there = bank.person("works-there", Some(cast.university), vec![staff]).await;
        let signs_there = bank.person("signs-there", None, vec![staff, signs]).await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        written(bank, &cast.staff, "postRequestNote", &journey, "Between us.").await;
        let before = bank.contents().await;
        for person in [&works_there, &signs_there] {
            assert_eq!(reads(bank, person, &journey).await["notes"], json!([]), "{}", person.email);
            for mutation in ["postRequestMessage", "postRequestNote"] {
                let refused = writes(bank, person, mutation, &journey, "Hello").await;
                assert_eq!(refused["errors"][0]["code"], "CONFLICT_OF_INTEREST", "{} {mutation}", person.email);
            }
        }
        assert_eq!(bank.contents().await, before);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_text_has_a_length_and_the_same_key_writes_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let before = bank.contents().await;
        for mutation in ["postRequestMessage", "postRequestNote"] {
            for (text, code) in [("  \n".to_owned(), "REQUIRED"), ("가".repeat(5_001), "TOO_LONG")] {
                let refused = writes(bank, &cast.staff, mutation, &journey, &text).await;
                let error = &refused["errors"][0];
                assert_eq!([&error["code"], &error["field"]], [&json!(code), &json!("text")], "{mutation}");
            }
        }
        assert_eq!(bank.contents().await, before);

        let input = json!({ "request": journey.id, "text": "가".repeat(5_000), "idempotencyKey": "once" });
        let mut ids = vec![];
        for _ in 0..2 {
            ids.push(bank.done(&cast.staff, "postRequestMessage", "message", "id", input.clone()).await);
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!(bank.number("SELECT count(*) FROM request_message").await, 1);
        assert_eq!(bank.letters().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_refuses_a_note_of_the_applicant_and_an_empty_message() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.submitted(&cast, &[(line.id, 1)]).await;
        let put = async |side: &str, internal: &str, text: &str| {
            let sql = format!(
                "INSERT INTO request_message (request_id, author_id, at, side, internal, text)
                 SELECT id, applicant_id, created_at, '{side}', {internal}, '{text}' FROM request"
            );
            bank.execute(&sql).await
        };
        assert!(put("applicant", "TRUE", "x").await.is_err());
        assert!(put("applicant", "FALSE", "").await.is_err());
        assert!(put("applicant", "FALSE", &"x".repeat(5_001)).await.is_err());
        assert!(put("applicant", "FALSE", "x").await.is_ok());
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn messages_go_when_the_request_is_blanked() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        written(bank, &cast.researcher, "postRequestMessage", &journey, "I am somebody").await;
        written(bank, &cast.staff, "postRequestNote", &journey, "They are somebody").await;
        let own = export::own(&bank.app, &cast.researcher.actor).await.unwrap();
        assert!(own.contains("I am somebody"));
        let input = json!({ "request": journey.id });
        bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "id", input).await;
        let input = json!({ "email": cast.researcher.email, "password": crate::cast::PASSWORD, "confirm": true });
        bank.done(&cast.researcher, "eraseAccount", "erasedAccount", "erasedAt", input).await;
        assert_eq!(bank.number("SELECT count(*) FROM request_message").await, 0);
        bank.letters().await;
    })
    .await;
}
