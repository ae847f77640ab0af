//! Vials are reserved once, for one request line, until an end.

use crate::support::on_a_bank;
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::HashSet;
use stembank::actor::Actor;
use stembank::requests::commands::ExpireAgreements;
use stembank::requests::sweeps::expire_reservations;

#[tokio::test]
async fn many_parallel_reservations_never_reserve_a_vial_twice() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 10).await;
        let mut wanted = vec![];
        for _ in 0..16 {
            wanted.push(bank.approved(&cast, &[(line.id, 2)]).await.lines[0].clone());
        }

        let tries = wanted.iter().map(|id| {
            let input = json!({ "input": { "requestLine": id } });
            let query = "mutation($input: RequestLineInput!) { reserveVials(input: $input) { requestLine { state } errors { code } } }";
            bank.ask(Some(&cast.staff.token), query, input)
        });
        let answers: Vec<Value> = join_all(tries).await;

        let state = |answer: &Value| answer["data"]["reserveVials"]["requestLine"]["state"].as_str().map(str::to_owned);
        let states: Vec<_> = answers.iter().map(|answer| state(answer).unwrap_or_else(|| panic!("{answer}"))).collect();
        assert_eq!(states.iter().filter(|state| *state == "RESERVED").count(), 5);
        assert_eq!(states.iter().filter(|state| *state == "WAITLISTED").count(), 11);
        assert_eq!(bank.number("SELECT count(*) FROM reservation WHERE ended_at IS NULL").await, 10);
        assert_eq!(bank.number("SELECT count(DISTINCT vial_id) FROM reservation").await, 10);
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'reserved'").await, 10);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_reservation_of_a_vial() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let first = bank.approved(&cast, &[(line.id, 1)]).await;
        bank.approved(&cast, &[(line.id, 1)]).await;
        bank.reserve(&cast, &first.lines[0]).await;

        let second = bank
            .execute(
                "INSERT INTO reservation (request_line_id, vial_id, created_at, expires_at)
                 SELECT (SELECT max(id) FROM request_line), vial_id, created_at, expires_at FROM reservation",
            )
            .await;

        assert!(second.is_err());
        assert_eq!(bank.number("SELECT count(*) FROM reservation").await, 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn too_little_stock_answers_with_the_waiting_list() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let (first, second) =
            (bank.approved(&cast, &[(line.id, 3)]).await, bank.approved(&cast, &[(line.id, 4)]).await);
        bank.letters().await;

        assert_eq!(bank.reserve(&cast, &first.lines[0]).await, "WAITLISTED");
        assert_eq!(bank.reserve(&cast, &second.lines[0]).await, "WAITLISTED");
        assert_eq!(bank.reserve(&cast, &first.lines[0]).await, "WAITLISTED");

        let notified: Vec<_> = bank.letters().await.into_iter().map(|letter| letter.event).collect();
        assert_eq!(notified, ["line_waits", "line_waits"], "trying again tells nobody twice");
        assert_eq!(bank.number("SELECT count(*) FROM reservation").await, 0);
        for (journey, place) in [(&first, 1), (&second, 2)] {
            let query =
                "query($n: String!) { distributionRequest(number: $n) { lines { waitingPlace vialsReserved } } }";
            let data = bank.data(&cast.researcher, query, json!({ "n": journey.number })).await;
            assert_eq!(data["distributionRequest"]["lines"], json!([{ "waitingPlace": place, "vialsReserved": 0 }]));
        }

        bank.lot(&cast.staff, line.id, "TEST-LOT-2", 5).await;
        assert_eq!(bank.reserve(&cast, &first.lines[0]).await, "RESERVED");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn one_request_line_gets_one_lot_where_it_can_be_and_the_oldest_first() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "OLD", 2).await;
        bank.app.clock.set("2026-03-03T03:00:00Z".parse().unwrap());
        bank.lot(&cast.staff, line.id, "NEW", 5).await;
        let lots = async |vials| {
            let journey = bank.approved(&cast, &[(line.id, vials)]).await;
            assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
            let sql = "SELECT count(DISTINCT v.lot_id) FROM reservation r JOIN vial v ON v.id = r.vial_id
                       JOIN request_line l ON l.id = r.request_line_id WHERE l.id = (SELECT max(id) FROM request_line)";
            let newest = "SELECT max(o.number = 'NEW') FROM reservation r JOIN vial v ON v.id = r.vial_id
                       JOIN lot o ON o.id = v.lot_id WHERE r.request_line_id = (SELECT max(id) FROM request_line)";
            let newest = newest.replace("max(o.number = 'NEW')", "max(CASE WHEN o.number = 'NEW' THEN 1 ELSE 0 END)");
            (bank.number(sql).await, bank.number(&format!("SELECT CAST(({newest}) AS BIGINT)")).await == 1)
        };

        assert_eq!(lots(1).await, (1, false), "one from the old lot");
        assert_eq!(lots(3).await, (1, true), "three of one lot are only in the new one");
        assert_eq!(lots(3).await, (2, true), "three are left, in two lots");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_reservation_ends_by_itself_and_the_line_is_approved_again() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let first = bank.approved(&cast, &[(line.id, 2)]).await;
        let second = bank.approved(&cast, &[(line.id, 2)]).await;
        assert_eq!(bank.reserve(&cast, &first.lines[0]).await, "RESERVED");
        assert_eq!(bank.reserve(&cast, &second.lines[0]).await, "WAITLISTED");
        bank.letters().await;

        bank.app.clock.set("2026-03-16T02:59:59Z".parse().unwrap());
        assert_eq!(expire_reservations(&bank.app).await.unwrap(), 0);
        bank.app.clock.set("2026-03-16T03:00:00Z".parse().unwrap());
        assert_eq!(bank.reserve(&cast, &second.lines[0]).await, "RESERVED", "who waits need not wait for a timer");

        let query = "query($n: String!) { distributionRequest(number: $n) { lines { state vialsReserved } } }";
        let data = bank.data(&cast.staff, query, json!({ "n": first.number })).await;
        assert_eq!(data["distributionRequest"]["lines"], json!([{ "state": "APPROVED", "vialsReserved": 0 }]));
        let notified: HashSet<_> = bank.letters().await.into_iter().map(|letter| letter.event).collect();
        assert_eq!(notified, ["reservation_expired".to_owned(), "vials_reserved".to_owned()].into());

        bank.app.clock.set("2026-04-30T03:00:00Z".parse().unwrap());
        assert_eq!(expire_reservations(&bank.app).await.unwrap(), 1);
        assert_eq!(expire_reservations(&bank.app).await.unwrap(), 0);
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'available'").await, 2);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_packed_vial_no_longer_returns_by_itself() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let journey = bank.in_force(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        let shipment = bank.packed(&cast, &journey).await;

        bank.app.clock.set("2026-04-30T03:00:00Z".parse().unwrap());
        assert_eq!(expire_reservations(&bank.app).await.unwrap(), 0);
        let input = json!({ "shipment": shipment });
        bank.done(&cast.staff, "dispatchShipment", "shipment", "state", input).await;
        assert_eq!(bank.number("SELECT count(*) FROM vial WHERE state = 'shipped'").await, 2);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn released_vials_are_free_again() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 2).await;
        let journey = bank.approved(&cast, &[(line.id, 2)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        let input = json!({ "requestLine": journey.lines[0] });
        let line = bank.done(&cast.staff, "releaseReservation", "requestLine", "state", input).await;
        assert_eq!(line["state"], "APPROVED");
        assert_eq!(bank.reserve(&cast, &journey.lines[0]).await, "RESERVED");
        assert_eq!(bank.number("SELECT count(*) FROM vial_event WHERE to_state = 'available'").await, 4);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn packed_vials_are_not_released_until_somebody_decided_about_the_shipment() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (packed, loose) = (bank.line("TEST-0001").await, bank.line("TEST-0002").await);
        bank.lot(&cast.staff, packed.id, "TEST-LOT-1", 2).await;
        bank.lot(&cast.staff, loose.id, "TEST-LOT-2", 2).await;
        let journey = bank.in_force(&cast, &[(packed.id, 2), (loose.id, 2)]).await;
        for line in &journey.lines {
            bank.reserve(&cast, line).await;
        }
        let input = json!({ "request": journey.id, "lines": [journey.lines[0]] });
        bank.done(&cast.staff, "createShipment", "shipment", "id", input).await;
        bank.letters().await;
        let sentence = "Vials of this line are packed (SHP-2026-00001); dispatch or unpack them first.";
        let notified = async || {
            let query = "query($n: String!) { distributionRequest(number: $n) {
                commandsForViewer { command allowed reason code } } }";
            let data = bank.data(&cast.staff, query, json!({ "n": journey.number })).await;
            let commands = data["distributionRequest"]["commandsForViewer"].as_array().unwrap().clone();
            commands.into_iter().find(|state| state["command"] == "RELEASE_RESERVATION").unwrap()
        };

        let before = bank.contents().await;
        let input = json!({ "requestLine": journey.lines[0] });
        let refused = bank.act(&cast.staff, "releaseReservation", "requestLine { state }", input).await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_STATE", "{refused:#}");
        assert_eq!(refused["errors"][0]["message"], sentence);
        assert_eq!(bank.contents().await, before);

        assert_eq!(notified().await["allowed"], true, "the other line's vials are on the shelf");
        let input = json!({ "requestLine": journey.lines[1] });
        bank.done(&cast.staff, "releaseReservation", "requestLine", "state", input).await;
        let notified = notified().await;
        assert_eq!((&notified["allowed"], &notified["code"]), (&json!(false), &json!("WRONG_STATE")));
        assert_eq!(notified["reason"], sentence);
    })
    .await;
}

#[tokio::test]
async fn an_agreement_expires_after_its_last_day_and_another_can_be_offered() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 4).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        for (signer, party) in [
            (&cast.researcher, "PRINCIPAL_INVESTIGATOR"),
            (&cast.signatory, "RECIPIENT"),
            (&cast.administrator, "BANK"),
        ] {
            bank.sign(signer, &agreement, party).await;
        }
        bank.letters().await;
        let timer = Actor::system("agreements");
        // In force until the end of its last day in Seoul.
        bank.execute("UPDATE agreement SET expires_on = '2026-03-02'").await.unwrap();
        let before = bank.contents().await;
        assert_eq!(bank.app.run(&timer, ExpireAgreements).await.unwrap(), 0);
        assert_eq!(bank.contents().await, before);

        bank.app.clock.set(bank.app.clock.now() + Duration::days(1));
        let ended = join_all((0..3).map(|_| bank.app.run(&timer, ExpireAgreements))).await;
        assert_eq!(ended.into_iter().map(Result::unwrap).sum::<usize>(), 1, "once, however many instances try");
        let query =
            "query($n: String!) { distributionRequest(number: $n) { agreements { state } timeline { label } } }";
        let data = bank.data(&cast.staff, query, json!({ "n": journey.number })).await;
        let request = &data["distributionRequest"];
        assert_eq!(request["agreements"], json!([{ "state": "EXPIRED" }]));
        assert!(request["timeline"].to_string().contains("Agreement expired"), "{request:#}");

        let again = bank.offered(&cast, &journey).await;
        assert_ne!(again["id"], agreement["id"]);
        bank.letters().await;
    })
    .await;
}
