//! What the bank refuses on the way of a request, with the reason; and that nothing changed then.

use crate::cast::{Cast, PASSWORD, Person};
use crate::journey::{complete, signing};
use crate::support::{Bank, on_a_bank};
use serde_json::{Value, json};

/// A mutation has to be refused in its payload with one code, and to change nothing.
async fn refused(bank: &Bank, person: &Person, mutation: &str, object: &str, input: Value, code: &str) -> Value {
    let before = bank.contents().await;
    let payload = bank.act(person, mutation, &format!("{object} {{ id }}"), input).await;
    assert_eq!(payload[object], json!(null), "{mutation}");
    assert_eq!(payload["errors"][0]["code"], code, "{payload}");
    assert_eq!(bank.contents().await, before, "{mutation} was refused and yet changed something");
    payload["errors"].clone()
}

/// A mutation has to be refused at the top level.
async fn barred(bank: &Bank, person: &Person, mutation: &str, kind: &str, input: Value) -> String {
    let before = bank.contents().await;
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}");
    let answer = bank.ask(Some(&person.token), &query, json!({ "input": input })).await;
    assert_eq!(bank.contents().await, before, "{mutation} was barred and yet changed something");
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().into()
}

async fn stage(bank: &Bank) -> (Cast, stembank::catalogue::LineView) {
    let cast = bank.cast().await;
    let line = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, line.id, "TEST-LOT-1", 4).await;
    (cast, line)
}

#[tokio::test]
async fn a_request_is_for_one_to_a_hundred_vials_of_each_line() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        for vials in [0, -1, 101, 1_000_000] {
            let input = complete(&[(line.id, vials)]);
            let (mutation, object) = ("createDistributionRequest", "distributionRequest");
            let errors = refused(bank, &cast.researcher, mutation, object, input, "BAD_VALUE").await;
            assert_eq!(errors[0]["field"], "lines[0].vials");
            assert_eq!(errors[0]["message"], format!("{vials} vials cannot be given; choose 1 to 100."));
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_stands_once_in_a_request() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let input = complete(&[(line.id, 1), (line.id, 2)]);
        let (mutation, object) = ("createDistributionRequest", "distributionRequest");
        let errors = refused(bank, &cast.researcher, mutation, object, input, "DUPLICATE_LINE").await;
        assert_eq!(errors[0]["field"], "lines[1].line");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let mut input = complete(&[(line.id, 1)]);
        for id in ["nonsense".to_owned(), stembank::id::CellLineId(99_999).global(), stembank::id::LotId(1).global()] {
            input["lines"][0]["cellLine"] = json!(id);
            let kind = "CreateDistributionRequestInput";
            let code = barred(bank, &cast.researcher, "createDistributionRequest", kind, input.clone()).await;
            assert_eq!(code, "NOT_FOUND", "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_missing_approval_stops_the_submission_with_its_legal_basis() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let mut input = complete(&[(line.id, 1)]);
        input["irbValidUntil"] = json!("2026-03-01");
        let (create, object) = ("createDistributionRequest", "distributionRequest");
        let request = bank.done(&cast.researcher, create, object, "id", input).await;

        let (submit, input) = ("submitDistributionRequest", json!({ "request": request["id"] }));
        let errors = refused(bank, &cast.researcher, submit, object, input, "REQUIREMENT_NOT_MET").await;

        assert_eq!(errors[0]["rule"], "IRB_APPROVAL_OR_EXEMPTION");
        assert_eq!(errors[0]["field"], "irbApprovalNumber");
        assert_eq!(errors[0]["legalBasis"], "Bioethics and Safety Act art. 36");
    })
    .await;
}

#[tokio::test]
async fn an_approval_counts_through_its_last_day_in_seoul() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let mut input = complete(&[(line.id, 1)]);
        input["irbValidUntil"] = json!("2026-03-02");
        let (create, object) = ("createDistributionRequest", "distributionRequest");
        let request = bank.done(&cast.researcher, create, object, "id", input).await;
        let input = json!({ "request": request["id"] });

        bank.app.clock.set("2026-03-02T15:00:00Z".parse().unwrap());
        let submit = "submitDistributionRequest";
        refused(bank, &cast.researcher, submit, object, input.clone(), "REQUIREMENT_NOT_MET").await;
        bank.app.clock.set("2026-03-02T14:59:59Z".parse().unwrap());
        bank.done(&cast.researcher, submit, object, "state", input).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_decides_what_concerns_them_or_what_another_took() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let both = [stembank::actor::Role::Researcher, stembank::actor::Role::Staff];
        let grants = both.map(|role| stembank::actor::Grant { role, institution: None }).to_vec();
        let insider = bank.person("insider", Some(cast.university), grants).await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let object = "distributionRequest";

        let input = json!({ "request": journey.id });
        refused(bank, &insider, "claimDistributionRequest", object, input.clone(), "CONFLICT_OF_INTEREST").await;
        bank.done(&cast.staff, "claimDistributionRequest", object, "state", input).await;
        let decision = json!({ "id": journey.lines[0], "decision": "APPROVE" });
        let input = json!({ "request": journey.id, "lines": [decision] });
        refused(bank, &cast.second_staff, "decideDistributionRequest", object, input, "WRONG_STATE").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_needs_a_reason_and_ends_the_request() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.claimed(&cast, &[(line.id, 2)]).await;
        let (decide, object) = ("decideDistributionRequest", "distributionRequest");
        let mut decision = json!({ "id": journey.lines[0], "decision": "REFUSE", "refusal": "USE_RESTRICTED" });
        let input = json!({ "request": journey.id, "lines": [decision] });
        refused(bank, &cast.staff, decide, object, input, "REQUIRED").await;

        decision["reason"] = json!("The line's terms do not allow it.");
        let input = json!({ "request": journey.id, "lines": [decision] });
        let fields = "state turn lines { state refusal }";
        let request = bank.done(&cast.staff, decide, object, fields, input.clone()).await;
        let lines = json!([{ "state": "REFUSED", "refusal": "USE_RESTRICTED" }]);
        assert_eq!(request, json!({ "state": "REJECTED", "turn": "NOBODY", "lines": lines }));
        refused(bank, &cast.staff, decide, object, input, "WRONG_STATE").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_approval_is_for_one_vial_up_to_what_was_asked() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.claimed(&cast, &[(line.id, 2)]).await;
        for vials in [0, 3, -5] {
            let decision = json!({ "id": journey.lines[0], "decision": "APPROVE", "vials": vials, "reason": "so" });
            let input = json!({ "request": journey.id, "lines": [decision] });
            let (decide, object) = ("decideDistributionRequest", "distributionRequest");
            let errors = refused(bank, &cast.staff, decide, object, input, "BAD_VALUE").await;
            assert_eq!(errors[0]["message"], format!("{vials} vials cannot be given; choose 1 to 2."));
        }
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn signing_takes_the_right_person_password_turn_and_text() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        let (sign, object) = ("signAgreement", "agreement");
        let by = |person: &Person, party: &str| signing(person, &agreement, party);

        let input = by(&cast.signatory, "RECIPIENT");
        refused(bank, &cast.signatory, sign, object, input, "NOT_YOUR_TURN").await;
        let input = by(&cast.signatory, "PRINCIPAL_INVESTIGATOR");
        refused(bank, &cast.researcher, sign, object, input.clone(), "SIGNER_MISMATCH").await;
        // A wrong password of somebody else is answered alike, and not even looked at.
        let mut wrong = input;
        wrong["password"] = json!("a wrong password");
        refused(bank, &cast.researcher, sign, object, wrong, "SIGNER_MISMATCH").await;
        assert_eq!(bank.number("SELECT sum(failed_passwords) FROM person").await, 0);
        let mut input = by(&cast.researcher, "PRINCIPAL_INVESTIGATOR");
        input["documentHash"] = json!("0".repeat(64));
        refused(bank, &cast.researcher, sign, object, input, "DOCUMENT_CHANGED").await;
        let input = by(&cast.stranger, "PRINCIPAL_INVESTIGATOR");
        assert_eq!(barred(bank, &cast.stranger, sign, "SignAgreementInput", input).await, "NOT_FOUND");

        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        let input = by(&cast.researcher, "PRINCIPAL_INVESTIGATOR");
        refused(bank, &cast.researcher, sign, object, input, "ALREADY_SIGNED").await;
        bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        let input = by(&cast.staff, "BANK");
        refused(bank, &cast.staff, sign, object, input, "CONFLICT_OF_INTEREST").await;
        bank.sign(&cast.second_staff, &agreement, "BANK").await;
        let input = by(&cast.administrator, "BANK");
        refused(bank, &cast.administrator, sign, object, input, "WRONG_STATE").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_text_changed_behind_the_banks_back_is_not_signed() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        bank.execute("UPDATE agreement SET text_en = text_en || ' and one thing more'").await.unwrap();
        let input = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        refused(bank, &cast.researcher, "signAgreement", "agreement", input, "DOCUMENT_CHANGED").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_signs_nothing_is_counted_and_locks_after_ten() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        let mut wrong = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        wrong["password"] = json!("not the password");
        for attempt in 1..=10 {
            let payload = bank.act(&cast.researcher, "signAgreement", "agreement { id }", wrong.clone()).await;
            assert_eq!(payload["errors"][0]["code"], "WRONG_CREDENTIALS", "attempt {attempt}");
        }
        let right = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        let payload = bank.act(&cast.researcher, "signAgreement", "agreement { id }", right).await;
        assert_eq!(payload["errors"][0]["code"], "ACCOUNT_LOCKED");
        assert_eq!(bank.number("SELECT count(*) FROM signature").await, 0);
        let counted = "SELECT count(*) FROM audit_event WHERE action = 'account.wrong_password'";
        assert_eq!(bank.number(counted).await, 10);
        for (table, rows) in bank.contents().await {
            assert!(!rows.iter().any(|row| row.contains("not the password") || row.contains(PASSWORD)), "{table}");
        }

        bank.app.clock.set("2026-03-02T03:16:00Z".parse().unwrap());
        let signed = bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        assert_eq!(signed["state"], "PARTLY_SIGNED");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_packed_or_shipped_without_an_agreement_in_force() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        bank.reserve(&cast, &journey.lines[0]).await;
        let input = json!({ "request": journey.id });
        refused(bank, &cast.staff, "createShipment", "shipment", input.clone(), "NO_AGREEMENT_IN_FORCE").await;

        let agreement = bank.offered(&cast, &journey).await;
        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        refused(bank, &cast.staff, "createShipment", "shipment", input, "NO_AGREEMENT_IN_FORCE").await;
        bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        bank.sign(&cast.administrator, &agreement, "BANK").await;
        let shipment = bank.packed(&cast, &journey).await;

        bank.app.clock.set("2031-03-01T15:00:00Z".parse().unwrap());
        let input = json!({ "shipment": shipment });
        refused(bank, &cast.staff, "dispatchShipment", "shipment", input, "NO_AGREEMENT_IN_FORCE").await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_declined_agreement_may_be_followed_by_another() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        let input = json!({ "request": journey.id });
        refused(bank, &cast.staff, "offerAgreement", "agreement", input, "WRONG_STATE").await;

        let input = json!({ "agreement": agreement["id"], "reason": "Clause 7 does not suit us." });
        let declined = bank.done(&cast.signatory, "declineAgreement", "agreement", "state endedReason", input).await;
        assert_eq!(declined, json!({ "state": "DECLINED", "endedReason": "Clause 7 does not suit us." }));
        let input = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        refused(bank, &cast.researcher, "signAgreement", "agreement", input, "WRONG_STATE").await;
        assert_eq!(bank.offered(&cast, &journey).await["number"], "MTA-2026-00002");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_lot_is_released_only_with_every_release_test_passed() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let lot = bank.quarantined(&cast.staff, line.id, "TEST-LOT-2", 3).await;
        let input = json!({ "lot": lot.global() });
        let errors = refused(bank, &cast.staff, "releaseLot", "lot", input, "RELEASE_TESTS_MISSING").await;
        let sentence = errors[0]["message"].as_str().unwrap();
        assert!(sentence.contains("mycoplasma") && sentence.contains("vector clearance"), "{sentence}");
        assert!(!sentence.contains("endotoxin"), "research grade needs none: {sentence}");
    })
    .await;
}

#[tokio::test]
async fn a_signature_takes_one_proof_of_who_signs() {
    on_a_bank(async |bank| {
        let (cast, line) = stage(bank).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        let given = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
        let sign = async |password: Value, proof: Value, code: &str| {
            let mut input = given.clone();
            input["password"] = password;
            input["proof"] = proof;
            refused(bank, &cast.researcher, "signAgreement", "agreement", input, code).await[0].clone()
        };
        let neither = sign(json!(null), json!(null), "REQUIRED").await;
        assert_eq!(neither["field"], "password");
        let sentence =
            "Prove who you are: give your password, or without one the proof of an authentication at your provider.";
        assert_eq!(neither["message"], sentence);
        let both = sign(json!(PASSWORD), json!("made up"), "BAD_VALUE").await;
        assert_eq!(
            (&both["field"], &both["message"]),
            (&json!("proof"), &json!("Give either the password or the proof, not both."))
        );
        bank.letters().await;
    })
    .await;
}
