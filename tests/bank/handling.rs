//! A request changes hands at the bank, and an applicant cancels a line.

use crate::cast::Person;
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};
use stembank::actor::{Grant, Role};
use stembank::id::PersonId;

fn key(person: &Person) -> PersonId {
    person.actor.person_id().unwrap()
}

async fn take_over(bank: &Bank, person: &Person, journey: &Journey, reason: &str) -> Value {
    let input = json!({ "request": journey.id, "reason": reason });
    let answer = "distributionRequest { state handler { name } }";
    bank.act(person, "takeOverDistributionRequest", answer, input).await
}

async fn cancel(bank: &Bank, person: &Person, line: &Value) -> Value {
    bank.act(person, "cancelRequestLine", "requestLine { state }", json!({ "requestLine": line })).await
}

#[tokio::test]
async fn staff_take_a_request_over_and_say_why() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let staff = Grant { role: Role::Staff, institution: None };
        let concerned = bank.person("concerned", Some(cast.university), vec![staff]).await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let before = bank.contents().await;
        for (person, reason, code) in [
            (&cast.second_staff, " ", "REQUIRED"),
            (&cast.staff, "mine", "WRONG_STATE"),
            (&concerned, "mine", "CONFLICT_OF_INTEREST"),
        ] {
            let refused = take_over(bank, person, &journey, reason).await;
            assert_eq!(refused["errors"][0]["code"], code, "{}", person.email);
        }
        assert_eq!(bank.contents().await, before);

        let taken = take_over(bank, &cast.second_staff, &journey, "She is away.").await;
        let expected = json!({ "state": "UNDER_REVIEW", "handler": { "name": "Made-up second-staff" } });
        assert_eq!(taken["distributionRequest"], expected);
        let letters = bank.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].recipient_id, letters[0].event.as_str()), (key(&cast.staff), "request_taken_over"));
        assert_eq!(letters[0].detail["reason"], "She is away.");
        let input = json!({ "request": journey.id, "comment": "c" });
        let refused = bank.act(&cast.staff, "returnDistributionRequest", "distributionRequest { id }", input).await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_STATE", "it is hers no more");

        bank.execute(&format!("UPDATE person SET disabled_at = created_at WHERE id = {}", key(&cast.second_staff).0))
            .await
            .unwrap();
        assert_eq!(take_over(bank, &cast.staff, &journey, "She left.").await["errors"], json!([]));
        assert_eq!(bank.letters().await, [], "whoever left gets no letter");
    })
    .await;
}

#[tokio::test]
async fn whoever_took_a_request_puts_it_back_for_others_to_claim() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        bank.letters().await;
        let before = bank.contents().await;
        let (release, answer) = ("releaseDistributionRequest", "distributionRequest { state handler { name } turn }");
        let input = json!({ "request": journey.id });
        let refused = bank.act(&cast.second_staff, release, answer, input.clone()).await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_STATE");
        assert_eq!(bank.contents().await, before);

        let released = bank.act(&cast.staff, release, answer, input.clone()).await;
        let expected = json!({ "state": "SUBMITTED", "handler": null, "turn": "BANK" });
        assert_eq!(released["distributionRequest"], expected);
        let notified: Vec<_> = bank.letters().await.into_iter().map(|l| (l.recipient_id, l.event)).collect();
        assert_eq!(notified, [(key(&cast.second_staff), "request_released".into())]);
        bank.done(&cast.second_staff, "claimDistributionRequest", "distributionRequest", "id", input).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_applicant_cancels_lines_that_are_not_set_aside_and_the_last_one_closes_the_request() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (stocked, bare, third) =
            (bank.line("TEST-0001").await, bank.line("TEST-0002").await, bank.line("TEST-0003").await);
        bank.lot(&cast.staff, stocked.id, "TEST-LOT-1", 3).await;
        let journey = bank.in_force(&cast, &[(stocked.id, 1), (bare.id, 1), (third.id, 1)]).await;
        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
        assert_eq!(bank.reserve(&cast, &journey.lines[1]).await, "WAITLISTED");
        bank.letters().await;
        let before = bank.contents().await;
        let refused = cancel(bank, &cast.researcher, &journey.lines[0]).await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_STATE", "vials are set aside for it");
        assert_eq!(bank.contents().await, before);

        for line in [1, 2] {
            let done = cancel(bank, &cast.researcher, &journey.lines[line]).await;
            assert_eq!(done["requestLine"]["state"], "CANCELLED");
            let letters = bank.letters().await;
            assert_eq!((letters[0].recipient_id, letters[0].event.as_str()), (key(&cast.staff), "line_cancelled"));
            assert_eq!(letters[0].detail["closed"], false);
        }
        assert_eq!(bank.number("SELECT count(*) FROM request_line WHERE waitlisted_at IS NOT NULL").await, 0);
        let input = json!({ "requestLine": journey.lines[0] });
        bank.done(&cast.staff, "releaseReservation", "requestLine", "state", input).await;
        assert_eq!(cancel(bank, &cast.researcher, &journey.lines[0]).await["errors"], json!([]));
        assert_eq!(bank.letters().await[0].detail["closed"], true);
        let query = "query($n: String!) { distributionRequest(number: $n) { state turn timeline { action } } }";
        let seen =
            bank.data(&cast.researcher, query, json!({ "n": journey.number })).await["distributionRequest"].clone();
        assert_eq!([&seen["state"], &seen["turn"]], [&json!("CLOSED"), &json!("NOBODY")]);
        assert_eq!(seen["timeline"].as_array().unwrap().last().unwrap()["action"], "request.close");
        let again = cancel(bank, &cast.researcher, &journey.lines[0]).await;
        assert_eq!(again["errors"][0]["code"], "WRONG_STATE");
    })
    .await;
}
