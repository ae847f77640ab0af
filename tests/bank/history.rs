//! What the history tells of a change: what was before, and what is after.

use crate::cast::Cast;
use crate::journey::Journey;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::accounts::commands::WithdrawApiToken;
use stembank::actor::Actor;
use stembank::db::Sql;
use stembank::id::TokenId;
use stembank::requests::sweeps::expire_reservations;

/// Action and detail of every event after one.
async fn since(bank: &Bank, mark: i64) -> Vec<(String, Value)> {
    let sql = Sql::with("SELECT action, detail FROM audit_event WHERE id > $1 ORDER BY id", [mark.into()]);
    let rows = sql.rows(bank.app.db.read()).await.unwrap();
    rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
}

/// Before and after of the events of an action.
fn of(events: &[(String, Value)], action: &str) -> Vec<(Value, Value)> {
    let changes = events.iter().filter(|event| event.0 == action);
    let changes: Vec<_> = changes.map(|(_, detail)| (detail["before"].clone(), detail["after"].clone())).collect();
    assert!(!changes.is_empty(), "the walk has no {action}");
    changes
}

async fn step(bank: &Bank, person: &crate::cast::Person, mutation: &str, input: Value) {
    bank.done(person, mutation, "distributionRequest", "state", input).await;
}

/// From a draft to an agreement that the recipient declines.
async fn to_a_declined_agreement(bank: &Bank, cast: &Cast, line: stembank::id::CellLineId) -> Journey {
    let journey = bank.draft(&cast.researcher, &[(line, 2)]).await;
    let of_request = || json!({ "request": journey.id });
    step(bank, &cast.researcher, "updateDistributionRequest", json!({ "request": journey.id, "region": "부산광역시" }))
        .await;
    step(bank, &cast.researcher, "submitDistributionRequest", of_request()).await;
    step(bank, &cast.staff, "claimDistributionRequest", of_request()).await;
    step(
        bank,
        &cast.staff,
        "returnDistributionRequest",
        json!({ "request": journey.id, "comment": "Dr. Somebody forgot the plan." }),
    )
    .await;
    step(bank, &cast.researcher, "submitDistributionRequest", of_request()).await;
    step(bank, &cast.staff, "claimDistributionRequest", of_request()).await;
    let lines = json!([{ "id": journey.lines[0], "decision": "APPROVE" }]);
    step(bank, &cast.staff, "decideDistributionRequest", json!({ "request": journey.id, "lines": lines })).await;
    let first = bank.offered(cast, &journey).await;
    let input = json!({ "agreement": first["id"], "reason": "Dr. Somebody does not like clause 4" });
    bank.done(&cast.researcher, "declineAgreement", "agreement", "state", input).await;
    journey
}

/// From there to the confirmed receipt, with a wait for vials, a reservation given back and one that ran out.
async fn to_the_receipt(bank: &Bank, cast: &Cast, journey: &Journey, line: stembank::id::CellLineId) {
    let second = bank.offered(cast, journey).await;
    bank.sign(&cast.researcher, &second, "PRINCIPAL_INVESTIGATOR").await;
    bank.sign(&cast.signatory, &second, "RECIPIENT").await;
    bank.sign(&cast.administrator, &second, "BANK").await;
    let line_id = &journey.lines[0];
    assert_eq!(bank.reserve(cast, line_id).await, "WAITLISTED");
    bank.lot(&cast.staff, line, "TEST-LOT-2", 2).await;
    assert_eq!(bank.reserve(cast, line_id).await, "RESERVED");
    bank.done(&cast.staff, "releaseReservation", "requestLine", "state", json!({ "requestLine": line_id })).await;
    assert_eq!(bank.reserve(cast, line_id).await, "RESERVED");
    bank.app.clock.set(bank.app.clock.now() + Duration::days(bank.app.config.reservation_days));
    assert_eq!(expire_reservations(&bank.app).await.unwrap(), 1);
    assert_eq!(bank.reserve(cast, line_id).await, "RESERVED");
    let shipment = bank.packed(cast, journey).await;
    let input = json!({ "shipment": shipment, "courier": "Made-up courier", "trackingNumber": "0001" });
    bank.done(&cast.staff, "dispatchShipment", "shipment", "state", input).await;
    bank.done(&cast.researcher, "confirmReceipt", "shipment", "state", json!({ "shipment": shipment })).await;
}

#[tokio::test]
async fn every_event_of_the_main_job_tells_what_was_before_and_what_is_after() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let mark = bank.number("SELECT max(id) FROM audit_event").await;
        let line = bank.line("TEST-0001").await;
        let journey = to_a_declined_agreement(bank, &cast, line.id).await;
        to_the_receipt(bank, &cast, &journey, line.id).await;
        bank.app.run(&Actor::system("test"), WithdrawApiToken { token: TokenId(1) }).await.unwrap();
        bank.letters().await;

        let events = since(bank, mark).await;
        for (action, detail) in &events {
            let (before, after) = (detail["before"].as_object(), detail["after"].as_object());
            let (Some(before), Some(after)) = (before, after) else {
                panic!("{action} has no before and after: {detail}")
            };
            assert!(!after.is_empty(), "{action} changed nothing: {detail}");
            assert!(before.keys().eq(after.keys()), "{action}: {detail}");
            assert!(after.iter().all(|(key, value)| before[key] != *value), "{action} repeats what stayed: {detail}");
        }
        the_values_are_right(&events, journey.lines.len());
        let whole = format!("{events:?}");
        for words in
            ["clause 4", "forgot the plan", "IRB-1", "Made-up Street", "researcher@example.org", "Made-up researcher"]
        {
            assert!(!whole.contains(words), "the history repeats '{words}'");
        }
    })
    .await;
}

fn the_values_are_right(events: &[(String, Value)], lines: usize) {
    assert_eq!(lines, 1);
    let state = |(before, after): &(Value, Value)| (before["state"].clone(), after["state"].clone());
    let moved = |action: &str, expected: &[(Value, Value)]| {
        assert_eq!(of(events, action).iter().map(state).collect::<Vec<_>>(), expected, "{action}");
    };
    moved("agreement.offer", &[(json!(null), json!("offered")), (json!(null), json!("offered"))]);
    moved("agreement.decline", &[(json!("offered"), json!("declined"))]);
    let signed = of(events, "agreement.sign");
    assert_eq!(state(&signed[0]), (json!("offered"), json!("partly_signed")));
    assert_eq!(signed[1].0, json!({ "signed_by": ["principal_investigator"] }));
    assert_eq!(signed[1].1, json!({ "signed_by": ["principal_investigator", "recipient"] }));
    assert_eq!(state(&signed[2]), (json!("partly_signed"), json!("in_force")));
    assert!(signed[2].0["in_force_at"].is_null() && signed[2].1["in_force_at"].is_string(), "{signed:?}");
    moved("vials.wait", &[(json!("approved"), json!("waitlisted"))]);
    let reserved = (json!("approved"), json!("reserved"));
    moved("vials.reserve", &[(json!("waitlisted"), json!("reserved")), reserved.clone(), reserved]);
    moved("vials.release", &[(json!("reserved"), json!("approved"))]);
    moved("vials.expire", &[(json!("reserved"), json!("approved"))]);
    assert_eq!(of(events, "vials.expire")[0].0["reserved"], 2);
    moved("shipment.pack", &[(json!(null), json!("packed"))]);
    moved("shipment.dispatch", &[(json!("packed"), json!("shipped"))]);
    assert_eq!(of(events, "shipment.dispatch")[0].1["tracking_number"], "0001");
    assert_eq!(of(events, "shipment.dispatch")[0].1["lines"][0][1], "shipped");
    moved("shipment.receive", &[(json!("shipped"), json!("received"))]);
    assert_eq!(of(events, "shipment.receive")[0].1["arrived"].as_array().unwrap().len(), 2);
    moved("request.close", &[(json!("approved"), json!("closed"))]);
    moved("lot.release", &[(json!("quarantined"), json!("released"))]);
    let held = &of(events, "line.hold")[0];
    assert_eq!((&held.0["holding"], &held.1["holding"]), (&json!("reference"), &json!("held")));
    assert_eq!((&held.0["accession"], &held.1["accession"]), (&json!(null), &json!("TEST-0001")));
    let revoked = &of(events, "token.revoke")[0];
    assert!(revoked.0["revoked_at"].is_null() && revoked.1["revoked_at"].is_string(), "{revoked:?}");
}

#[tokio::test]
async fn a_token_that_had_ended_is_told_as_no_change() {
    on_a_bank(async |bank| {
        bank.cast().await;
        let revoke =
            async || bank.app.run(&Actor::system("test"), WithdrawApiToken { token: TokenId(1) }).await.unwrap();
        revoke().await;
        let mark = bank.number("SELECT max(id) FROM audit_event").await;
        revoke().await;
        assert_eq!(since(bank, mark).await, [("token.revoke".into(), json!({ "before": {}, "after": {} }))]);
        let before = bank.contents().await;
        let revoke = WithdrawApiToken { token: TokenId(999) };
        let refused = bank.app.run(&Actor::system("test"), revoke).await;
        assert!(matches!(refused, Err(stembank::accounts::Error::NoSuchToken(999))));
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn closing_and_opening_an_account_and_giving_a_role_tell_both_sides() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let mark = bank.number("SELECT max(id) FROM audit_event").await;
        let id = cast.stranger.actor.person_id().unwrap().global();
        let reason = "It was asked for.";
        let input = || json!({ "person": id, "reason": reason });
        bank.done(&cast.administrator, "disableAccount", "account", "id", input()).await;
        bank.done(&cast.administrator, "enableAccount", "account", "id", input()).await;
        let role = || json!({ "person": id, "role": { "role": "STAFF" } });
        bank.done(&cast.administrator, "grantRole", "account", "id", role()).await;
        bank.done(&cast.administrator, "revokeRole", "account", "id", role()).await;
        let events = since(bank, mark).await;
        let disabled = &of(&events, "account.disable")[0];
        assert!(disabled.0["disabled_at"].is_null() && disabled.1["disabled_at"].is_string(), "{disabled:?}");
        let enabled = &of(&events, "account.enable")[0];
        assert!(enabled.0["disabled_at"].is_string() && enabled.1["disabled_at"].is_null(), "{enabled:?}");
        let (no, yes) = (json!({ "holds": false }), json!({ "holds": true }));
        assert_eq!(of(&events, "role.grant"), [(no.clone(), yes.clone())]);
        assert_eq!(of(&events, "role.revoke"), [(yes, no)]);
    })
    .await;
}
