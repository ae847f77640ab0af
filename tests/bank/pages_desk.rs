//! The bank's desk as staff see it: a request goes its whole way by pages alone.

use crate::pages::{Pages, factorless};
use crate::support::on_a_bank;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn staff_take_a_request_from_the_worklist_to_the_courier_by_pages_alone() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
        let journey = bank.submitted(&cast, &[(line.id, 4)]).await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let desk = format!("/desk/{}", journey.number);
        let to = |act: &str| format!("{desk}/{act}");
        let row = bank.number("SELECT max(id) FROM request_line").await;
        let named = |name: &str| format!("{name}-{row}");

        let list = staff.page("/desk?tab=unassigned").await;
        assert!(list.contains(&journey.number) && list.contains("TEST-0001"), "{list}");
        let claimed = staff.send("/desk/claim?tab=mine", &[("number", journey.number.as_str())]).await;
        assert_eq!(claimed.status, StatusCode::OK, "{claimed:?}");
        assert!(claimed.text.contains("Claimed"), "{claimed:?}");

        let page = staff.page(&desk).await;
        for part in ["6 → 2", "TEST-LOT-1: 4", "IRB-1 (made up)", "Bioethics", "Approve", "Return it"] {
            assert!(page.contains(part), "{part} is missing: {page}");
        }
        let (decide, vials, reason) = (named("decide"), named("vials"), named("reason"));
        let decision = [(decide.as_str(), "approve"), (vials.as_str(), "3"), (reason.as_str(), "three are enough")];
        let page = staff.followed(&to("decide"), &decision).await;
        assert!(page.contains("The decision was saved") && page.contains("three are enough"), "{page}");
        let before = bank.contents().await;
        assert!(staff.page(&to("agreement")).await.contains("(Made-up TEST-0001): 3 vial(s)"));
        assert!(staff.page(&to("agreement?text=ko")).await.contains("(Made-up TEST-0001): 3바이알"));
        assert_eq!(bank.contents().await, before, "a preview keeps nothing");
        let page = staff.followed(&to("offer"), &[]).await;
        assert_eq!(
            staff.get(&to("agreement")).await.header("location"),
            format!("/requests/{}/agreement", journey.number)
        );
        assert!(page.contains("MTA-2026-00001"), "{page}");

        let query =
            "query($id: ID!) { node(id: $id) { ... on DistributionRequest { agreements { id text documentHash } } } }";
        let found = bank.data(&cast.staff, query, json!({ "id": journey.id })).await;
        let agreement = found["node"]["agreements"][0].clone();
        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        bank.sign(&cast.signatory, &agreement, "RECIPIENT").await;
        bank.sign(&cast.administrator, &agreement, "BANK").await;

        let row_text = row.to_string();
        staff.followed(&to("reserve"), &[("line", &row_text)]).await;
        let page = staff.followed(&to("pack"), &[]).await;
        assert!(page.contains("/desk/shipments/SHP-2026-00001/slip"), "{page}");
        assert!(page.contains("Vials of this line are packed (SHP-2026-00001)"), "why they cannot be put back: {page}");
        let slip = staff.page("/desk/shipments/SHP-2026-00001/slip").await;
        for part in ["TEST-LOT-1", "TEST-LOT-1-0001", "TEST-LOT-1-0003", "1 Made-up Street", "Made-up University"] {
            assert!(slip.contains(part), "{part} is missing: {slip}");
        }
        assert!(!slip.contains("living modified"), "{slip}");
        let shipment = bank.number("SELECT max(id) FROM shipment").await;
        let (courier, tracking) = (format!("courier-{shipment}"), format!("trackingNumber-{shipment}"));
        let sent = [("shipment", "SHP-2026-00001"), (courier.as_str(), "Made-up courier"), (tracking.as_str(), "0001")];
        let page = staff.followed(&to("dispatch"), &sent).await;
        assert!(page.contains("It was dispatched") && page.contains("Made-up courier"), "{page}");
        assert_eq!(bank.number("SELECT count(*) FROM shipment WHERE state = 'shipped'").await, 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_keeps_what_was_typed_shows_its_sentence_and_changes_nothing() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 4)]).await;
        let desk = format!("/desk/{}", journey.number);
        let (staff, second) = (Pages::at_work(bank, &cast.staff).await, Pages::at_work(bank, &cast.second_staff).await);
        let row = bank.number("SELECT max(id) FROM request_line").await;
        let named = |name: &str| format!("{name}-{row}");
        let before = bank.contents().await;

        let (decide, vials, reason) = (named("decide"), named("vials"), named("reason"));
        let unreasoned = [(decide.as_str(), "refuse"), (vials.as_str(), "2")];
        let refused = staff.send(&format!("{desk}/decide"), &unreasoned).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(&format!("href=\"#f-{reason}\"")), "{refused:?}");
        assert!(refused.text.contains("value=\"refuse\" checked"), "{refused:?}");
        let too_many = [(decide.as_str(), "approve"), (vials.as_str(), "9")];
        let refused = staff.send(&format!("{desk}/decide"), &too_many).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(&format!("href=\"#f-{vials}\"")), "{refused:?}");
        let refused = staff.send(&format!("{desk}/return"), &[("comment", " "), ("on-usePlan", "Which room?")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Which room?") && refused.text.contains("href=\"#f-comment\""), "{refused:?}");

        let foreign = second.page(&desk).await;
        assert!(foreign.contains("Take it over") && foreign.contains("id=\"why-decide\""), "{foreign}");
        let refused = second.send(&format!("{desk}/decide"), &[(decide.as_str(), "approve")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let claimed = second.send("/desk/claim", &[("number", journey.number.as_str())]).await;
        assert_eq!(claimed.status, StatusCode::CONFLICT);
        assert!(claimed.text.contains("Not claimed"), "{claimed:?}");
        assert_eq!(bank.contents().await, before);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_desk_is_the_banks_and_its_notes_never_reach_the_applicant() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        let journey = bank.claimed(&cast, &[(line.id, 1)]).await;
        let desk = format!("/desk/{}", journey.number);
        let staff = Pages::at_work(bank, &cast.staff).await;
        let page = staff.followed(&format!("{desk}/note"), &[("note", "Only for us (made up).")]).await;
        assert!(page.contains("Only for us (made up).") && page.contains("the applicant does not see it"), "{page}");
        let message = [("message", "Hello from the bank."), ("once", "the mark of a form")];
        staff.followed(&format!("{desk}/message"), &message).await;
        staff.followed(&format!("{desk}/message"), &message).await;
        let messages = "SELECT count(*) FROM request_message WHERE NOT internal";
        assert_eq!(bank.number(messages).await, 1, "a form that is sent twice writes once");
        staff.followed(&format!("{desk}/message"), &[("message", "And again."), ("once", "the mark of a form")]).await;
        assert_eq!(bank.number(messages).await, 2, "other words are another message");

        let researcher = Pages::at_work(bank, &cast.researcher).await;
        let before = bank.number("SELECT count(*) FROM request_message").await;
        for address in ["/desk", desk.as_str(), "/desk/shipments/SHP-2026-00001/slip"] {
            let reply = researcher.get(address).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{address}");
            assert!(!reply.text.contains("Only for us"), "{address}");
        }
        let own = researcher.get(&format!("/requests/{}", journey.number)).await;
        assert!(!own.text.contains("Only for us"), "{own:?}");
        let refused = researcher.send(&format!("{desk}/note"), &[("note", "mine")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(bank.number("SELECT count(*) FROM request_message").await, before);

        let committee = Pages::at_work(bank, &cast.committee).await;
        let page = committee.page(&desk).await;
        assert!(page.contains("Only for us") && !page.contains(&format!("action=\"{desk}/")), "{page}");
        let refused = committee.send(&format!("{desk}/release"), &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        assert_eq!(staff.get("/desk/REQ-2026-09999").await.status, StatusCode::NOT_FOUND);
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE state = 'under_review'").await, 1);
        bank.letters().await;
    })
    .await;
}

/// What deciding a request by a page asks of the database, from the session's cookie to the redirect.
const STATEMENTS_OF_AN_APPROVAL: usize = 25;

#[tokio::test]
async fn an_approval_by_page_reads_no_more_than_it_needs() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 6).await;
        let journey = bank.claimed(&cast, &[(line.id, 4)]).await;
        let row = bank.number("SELECT max(id) FROM request_line").await;
        let staff = Pages::at_work(bank, &cast.staff).await;
        let token = staff.token().await;
        let statements = Arc::new(Mutex::new(vec![]));
        let mut app = factorless(bank);
        let (reads, writes) = (statements.clone(), statements.clone());
        app.db.watch_reads(move |statement| reads.lock().unwrap().push(statement.sql.clone()));
        app.db.watch_writes(move |statement| writes.lock().unwrap().push(statement.sql.clone()));
        let watched = Pages::at(app, "en");
        watched.take_session_of(&staff);

        let decision = [(format!("decide-{row}"), "approve".to_owned())];
        let decision = decision.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        let reply = watched.post(&format!("/desk/{}/decide", journey.number), &decision, &token).await;

        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE state = 'approved'").await, 1);
        let asked = statements.lock().unwrap().clone();
        assert!(asked.len() <= STATEMENTS_OF_AN_APPROVAL, "{} statements:\n{}", asked.len(), asked.join("\n"));
        assert!(asked.iter().any(|sql| sql.contains("audit_event")), "the command's own are among them");
        bank.letters().await;
    })
    .await;
}
