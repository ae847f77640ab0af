//! Administration in a browser: who gets in, what is found, what is changed, what is taken along.

use crate::cast::{Cast, Person};
use crate::pages::{Pages, between};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;

const PAGES: [&str; 12] = [
    "/admin",
    "/admin/people",
    "/admin/people/invite",
    "/admin/people.csv",
    "/admin/mail",
    "/admin/history",
    "/admin/history.csv",
    "/admin/history.jsonl",
    "/admin/history/verify",
    "/admin/health",
    "/admin/requests",
    "/admin/agreements",
];

/// Somebody of the bank whose session has a second factor.
async fn proved(bank: &Bank, person: &Person, lang: &'static str) -> Pages {
    let pages = Pages::signed_in(bank, person, lang).await;
    bank.execute("UPDATE session SET second_factor = TRUE").await.unwrap();
    pages
}

fn id(person: &Person) -> i64 {
    person.actor.person_id().unwrap().0
}

#[tokio::test]
async fn administration_is_for_administrators_and_staff_keep_institutions() {
    on_a_bank(async |bank| {
        let cast: Cast = bank.cast().await;
        let researcher = Pages::signed_in(bank, &cast.researcher, "en").await;
        let staff = proved(bank, &cast.staff, "en").await;
        let administrator = proved(bank, &cast.administrator, "ko").await;
        for address in PAGES {
            assert_eq!(Pages::of(bank, "en").get(address).await.status, StatusCode::SEE_OTHER, "{address}");
            assert_eq!(researcher.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
            assert_eq!(staff.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
            administrator.page(address).await;
        }
        for address in ["/admin/institutions", "/admin/permissions"] {
            assert_eq!(researcher.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
            staff.page(address).await;
            administrator.page(address).await;
        }
        assert!(!staff.page("/admin/institutions").await.contains("href=\"/admin/people\""));
        for address in ["/admin/people/999999", "/admin/people/x", "/admin/institutions/999999"] {
            assert_eq!(administrator.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_is_closed_with_a_reason_and_opened_again() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = proved(bank, &cast.administrator, "en").await;
        let person = format!("/admin/people/{}", id(&cast.stranger));

        let before = bank.number("SELECT count(*) FROM audit_event").await;
        let refused = pages.send(&format!("{person}/disable"), &[("reason", " ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(bank.number("SELECT count(*) FROM audit_event").await, before);
        pages.done(&format!("{person}/disable"), &[("reason", "left the university")]).await;
        assert!(pages.page("/admin/people?state=disabled").await.contains(&cast.stranger.email));
        pages.done(&format!("{person}/enable"), &[("reason", "came back")]).await;
        assert!(!pages.page("/admin/people?state=disabled").await.contains(&cast.stranger.email));

        let own = format!("/admin/people/{}", id(&cast.administrator));
        let refused = pages.send(&format!("{own}/disable"), &[("reason", "tired")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(pages.page(&own).await.contains("Nobody closes their own account"));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn roles_are_given_and_taken_and_somebody_is_invited() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = proved(bank, &cast.administrator, "ko").await;
        let person = format!("/admin/people/{}", id(&cast.researcher));
        let grants = "SELECT count(*) FROM role_grant";
        let before = bank.number(grants).await;
        let refused = pages.send(&format!("{person}/grant"), &[("role", "signatory")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "a signatory needs an institution");
        let unknown = [("role", "signatory"), ("institution", "999999")];
        let refused = pages.send(&format!("{person}/grant"), &unknown).await;
        assert!(refused.text.contains("id=\"e-institution\"") && refused.text.contains("999999"), "{}", refused.text);
        assert_eq!(bank.number(grants).await, before);
        pages.done(&format!("{person}/grant"), &[("role", "committee_member")]).await;
        pages.done(&format!("{person}/revoke"), &[("role", "committee_member")]).await;
        assert_eq!(bank.number(grants).await, before);

        let form = [("email", "invited@made-up.example"), ("name", "초대한 사람"), ("lang", "ko"), ("roles", "staff")];
        assert_eq!(pages.done("/admin/people/invite", &form).await, "/admin/people?done=invited");
        let letters = bank.letters().await;
        let letter = letters.iter().find(|letter| letter.event == "invitation").unwrap();
        let secret = letter.detail["link_secret"].as_str().unwrap();
        let invited = Pages::of(bank, "ko");
        assert!(invited.page(&format!("/invitation?token={secret}")).await.contains("계정 열기"));
        let form = [("token", secret), ("new_password", "lantern otter seventy plaza")];
        assert_eq!(invited.done("/invitation", &form).await, "/invitation?done=accepted");
        let taken = pages.send("/admin/people/invite", &[("email", "invited@made-up.example"), ("name", "X")]).await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn people_are_taken_along_as_a_table_in_which_no_name_is_a_formula() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let sql = format!("UPDATE person SET name = '=1+1' WHERE id = {}", id(&cast.stranger));
        bank.execute(&sql).await.unwrap();
        let pages = proved(bank, &cast.administrator, "en").await;
        let table = pages.get("/admin/people.csv?role=researcher").await;
        assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
        assert!(table.text.starts_with("\u{feff}Number,Name,E-mail,"), "{}", table.text);
        assert!(table.text.contains(",'=1+1,") && !table.text.contains(&cast.committee.email), "{}", table.text);
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'account.list_export'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_institution_is_proposed_verified_corrected_and_merged() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let proposer = Pages::signed_in(bank, &cast.stranger, "en").await;
        let form = [("name", "Made-up Hospital"), ("institutionType", "hospital"), ("rorId", "")];
        proposer.done("/account/institution/propose", &form).await;
        bank.letters().await;
        let id = bank.number("SELECT max(id) FROM institution").await;
        let pages = proved(bank, &cast.staff, "en").await;
        assert!(pages.page("/admin/institutions").await.contains("Made-up Hospital"));
        let address = format!("/admin/institutions/{id}");
        pages.done(&format!("{address}/verify"), &[]).await;
        let before = bank.contents().await;
        let wrong = [("name", "Made-up Hospital"), ("institutionType", "hospital"), ("rorId", "https://ror.org/wrong")];
        let refused = pages.send(&format!("{address}/edit"), &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("value=\"https://ror.org/wrong\""), "{}", refused.text);
        assert_eq!(bank.contents().await, before);
        let edit = [("name", "Made-up Hospital"), ("institutionType", "hospital"), ("nameKo", "지어낸 병원")];
        pages.done(&format!("{address}/edit"), &edit).await;
        let set = format!("SELECT count(*) FROM institution WHERE id = {id} AND set_by_staff = 'name_ko'");
        assert_eq!(bank.number(&set).await, 1, "only what was changed is the bank's word");
        pages.done(&format!("{address}/close"), &[("reason", "a mistake")]).await;
        pages.done(&format!("{address}/reopen"), &[("reason", "a mistake again")]).await;

        let into = cast.university.0.to_string();
        let preview = pages.page(&format!("{address}/merge?into={into}")).await;
        assert!(preview.contains("Made-up University") && preview.contains("Signatories"), "{preview}");
        let refused = pages.send(&format!("{address}/merge"), &[("into", &into)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "a merger needs a reason");
        let form = [("into", into.as_str()), ("reason", "the same house")];
        let to = pages.done(&format!("{address}/merge"), &form).await;
        assert_eq!(to, format!("/admin/institutions/{into}?done=merged"));
        assert_eq!(pages.get(&address).await.header("location"), format!("/admin/institutions/{into}"));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn the_history_is_searched_taken_along_and_verified() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = proved(bank, &cast.administrator, "en").await;
        let person = format!("/admin/people/{}", id(&cast.stranger));
        pages.done(&format!("{person}/disable"), &[("reason", "left the university")]).await;
        bank.letters().await;
        let address = format!("/admin/history?record=Person:{}&action=account.disable", id(&cast.stranger));
        let found = pages.page(&address).await;
        assert!(found.contains("left the university") && found.contains("account.disable"), "{found}");
        let by_email = pages.page(&format!("/admin/history?person={}", cast.administrator.email)).await;
        assert!(by_email.contains("session.open"), "{by_email}");
        for (query, field) in [("person=nobody@x.example", "f-person"), ("record=x", "f-record"), ("from=1", "f-from")]
        {
            let wrong = pages.get(&format!("/admin/history?{query}")).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(wrong.text.contains(&format!("href=\"#{field}\"")), "{}", wrong.text);
        }
        let table = pages.get("/admin/history.csv?action=account.disable").await;
        assert!(table.text.starts_with("\u{feff}Number,When,Who,") && table.text.contains("left the university"));
        let lines = pages.get("/admin/history.jsonl?action=account.disable").await;
        assert_eq!(lines.json()["action"], "account.disable");

        stembank::audit::sealer::seal(&bank.app).await.unwrap();
        assert_eq!(pages.done("/admin/history/verify", &[]).await, "/admin/history/verify");
        assert!(pages.page("/admin/history/verify").await.contains("The history is intact"));
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_is_put_back_and_a_waiting_one_is_not() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let pages = proved(bank, &cast.administrator, "ko").await;
        let form = [("email", "invited@made-up.example"), ("name", "초대한 사람"), ("lang", "ko")];
        pages.done("/admin/people/invite", &form).await;
        bank.letters().await;
        let id = bank.number("SELECT max(id) FROM mail_message").await;
        let waiting = pages.send(&format!("/admin/mail/{id}/retry"), &[]).await;
        assert_eq!(waiting.status, StatusCode::CONFLICT);
        bank.execute("UPDATE mail_message SET state = 'dead', attempts = 3, last_error = '550 no'").await.unwrap();
        let dead = pages.page("/admin/mail?state=dead").await;
        assert!(dead.contains("550 no") && between(&dead, "action=\"/admin/mail/", "\"").is_some(), "{dead}");
        pages.done(&format!("/admin/mail/{id}/retry"), &[]).await;
        let back = format!("SELECT count(*) FROM mail_message WHERE id = {id} AND state = 'queued'");
        assert_eq!(bank.number(&back).await, 1);
    })
    .await;
}
