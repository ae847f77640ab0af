//! The researcher's pages over HTTP: what was put aside becomes a request, is written in steps, and only its own people
//! see it.

use crate::cast::{Cast, PASSWORD};
use crate::pages::{Pages, hidden};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use serde_json::json;

async fn begun(bank: &Bank) -> (Cast, Pages) {
    let cast = bank.cast().await;
    let line = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
    let reader = Pages::signed_in(bank, &cast.researcher, "en").await;
    let added = reader.send("/basket/add", &[("accession", "TEST-0001"), ("vials", "2")]).await;
    assert_eq!(added.header("location"), "/basket?done=added&line=TEST-0001");
    let begun = reader.send("/requests/new", &[]).await;
    assert_eq!(begun.header("location"), "/requests/REQ-2026-00001/edit?step=2&done=begun", "{}", begun.text);
    (cast, reader)
}

#[tokio::test]
async fn what_was_put_aside_becomes_a_request_that_is_written_in_steps_and_handed_in() {
    on_a_bank(async |bank| {
        let (_, reader) = begun(bank).await;
        assert!(reader.get("/basket").await.text.contains("Nothing is put aside"), "the basket is not empty");
        let edit = "/requests/REQ-2026-00001/edit";
        let was = hidden(&reader.get(&format!("{edit}?step=2")).await.text, "was");
        let fields = [
            ("was", was.as_str()),
            ("do", "next"),
            ("projectTitle", "Made-up project"),
            ("principalInvestigator", "researcher@example.org"),
            ("summary", "Made up"),
            ("intendedUse", "basic_research"),
        ];
        let saved = reader.send(&format!("{edit}?step=2"), &fields).await;
        assert_eq!(saved.header("location"), "/requests/REQ-2026-00001/edit?step=3", "{}", saved.text);
        let fields = [("irbApprovalNumber", "IRB-1"), ("irbValidUntil", "2030-01-01"), ("do", "next")];
        reader.send(&format!("{edit}?step=3"), &fields).await;
        let fields =
            [("place", "domestic"), ("region", "서울특별시"), ("address", "1 Demo Road"), ("delivery", "courier")];
        reader.send(&format!("{edit}?step=4"), &fields).await;
        let check = reader.get(&format!("{edit}?step=5")).await.text;
        assert!(check.contains("Ready to submit") && check.contains("Made-up project"), "{check}");

        let handed_in = reader.send("/requests/REQ-2026-00001/submit", &[]).await;
        assert_eq!(handed_in.header("location"), "/requests/REQ-2026-00001?done=submitted", "{}", handed_in.text);
        let page = reader.get("/requests/REQ-2026-00001").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("It is the bank&#39;s turn") || page.text.contains("It is the bank's turn"));
        assert!(reader.get("/requests").await.text.contains("Made-up project"));
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE state = 'submitted'").await, 1);
        let notified: Vec<_> = bank.letters().await.into_iter().map(|letter| letter.event).collect();
        assert_eq!(notified, ["request_submitted", "request_submitted"]);
    })
    .await;
}

#[tokio::test]
async fn a_mistake_keeps_what_was_typed_and_changes_nothing() {
    on_a_bank(async |bank| {
        let (_, reader) = begun(bank).await;
        let before = bank.contents().await;
        let fields = [("irbApprovalNumber", "IRB-typed"), ("irbValidUntil", "next year")];
        let page = reader.send("/requests/REQ-2026-00001/edit?step=3", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("IRB-typed") && page.text.contains("nextyear is no day"), "{}", page.text);
        assert!(page.text.contains("href=\"#f-irbValidUntil\""));
        assert_eq!(bank.contents().await["request"], before["request"]);
    })
    .await;
}

#[tokio::test]
async fn two_who_change_the_same_field_are_asked_and_neither_is_written_over() {
    on_a_bank(async |bank| {
        let (_, reader) = begun(bank).await;
        let address = "/requests/REQ-2026-00001/edit?step=2";
        let was = hidden(&reader.get(address).await.text, "was");
        let form = |title: &'static str| {
            [
                ("was".to_owned(), was.clone()),
                ("projectTitle".into(), title.into()),
                ("principalInvestigator".into(), "researcher@example.org".to_owned()),
            ]
        };
        let first = form("Theirs");
        let first: Vec<_> = first.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        reader.send(address, &first).await;
        let second = form("Mine");
        let second: Vec<_> = second.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let clash = reader.send(address, &second).await;
        assert_eq!(clash.status, StatusCode::CONFLICT);
        assert!(clash.text.contains("Theirs") && clash.text.contains("value=\"Mine\""), "{}", clash.text);
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE project_title = 'Theirs'").await, 1);

        let was = hidden(&clash.text, "was");
        let fields =
            [("was", was.as_str()), ("projectTitle", "Mine"), ("principalInvestigator", "researcher@example.org")];
        assert_eq!(reader.send(address, &fields).await.status, StatusCode::SEE_OTHER);
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE project_title = 'Mine'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_request_of_others_is_not_there_and_nobody_is_asked_to_sign_in() {
    on_a_bank(async |bank| {
        let (cast, _) = begun(bank).await;
        let stranger = Pages::signed_in(bank, &cast.stranger, "en").await;
        for page in ["", "/edit", "/withdraw", "/agreement", "/receipt"] {
            let reply = stranger.get(&format!("/requests/REQ-2026-00001{page}")).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{page}");
        }
        let before = bank.contents().await;
        for step in ["edit?step=2", "submit", "withdraw", "copy", "messages", "agreement/sign", "receipt"] {
            let reply = stranger.send(&format!("/requests/REQ-2026-00001/{step}"), &[("text", "x")]).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{step}");
        }
        assert_eq!(bank.contents().await["request"], before["request"]);
        let nobody = Pages::of(bank, "en");
        let reply = nobody.get("/requests/REQ-2026-00001").await;
        assert_eq!(reply.header("location"), "/sign-in?to=%2Frequests%2FREQ-2026-00001");
    })
    .await;
}

#[tokio::test]
async fn an_agreement_is_signed_on_its_page_by_the_text_that_was_read() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
        let journey = bank.submitted(&cast, &[(line.id, 1)]).await;
        let input = json!({ "request": journey.id });
        bank.done(&cast.staff, "claimDistributionRequest", "distributionRequest", "state", input).await;
        let lines = json!([{ "id": journey.lines[0], "decision": "APPROVE" }]);
        let input = json!({ "request": journey.id, "lines": lines });
        bank.done(&cast.staff, "decideDistributionRequest", "distributionRequest", "state", input).await;
        bank.offered(&cast, &journey).await;
        let reader = Pages::signed_in(bank, &cast.researcher, "en").await;
        let address = format!("/requests/{}/agreement", journey.number);
        let page = reader.get(&format!("{address}?text=ko")).await.text;
        let hash = hidden(&page, "documentHash");
        assert!(page.contains("물질이전") && hash.len() == 64, "{page}");
        let by = |hash, password| {
            [
                ("party", "principal_investigator"),
                ("meaning", "yes"),
                ("email", "researcher@example.org"),
                ("password", password),
                ("documentHash", hash),
            ]
        };
        for (hash, password) in [("another", PASSWORD), (hash.as_str(), "wrong")] {
            let refused = reader.send(&format!("{address}/sign"), &by(hash, password)).await;
            assert!(refused.status.is_client_error(), "{}", refused.text);
            assert_eq!(bank.number("SELECT count(*) FROM signature").await, 0);
        }
        let signed = reader.send(&format!("{address}/sign"), &by(&hash, PASSWORD)).await;
        assert_eq!(signed.header("location"), format!("{address}?done=signed"), "{}", signed.text);
        assert!(reader.get(&address).await.text.contains("Made-up researcher"));
        let last = bank.letters().await.pop().map(|letter| letter.event);
        assert_eq!(last.as_deref(), Some("agreement_to_sign"));
    })
    .await;
}
