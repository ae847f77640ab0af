//! Proposing, verifying, changing and closing; and what an import may still do then.

use super::*;
use crate::support::on_a_bank;
use std::io::Cursor;
use stembank::accounts::import::import;
use stembank::actor::Actor;
use stembank::import::{Options, Source, Summary};

/// Imports a table of institutions.
async fn import_table(bank: &Bank, rows: &str) -> Summary {
    let text = format!("ror_id,name,name_ko,types,status,domains\n{rows}\n");
    let source = Source::from_reader("made up", Cursor::new(text)).unwrap();
    import(&bank.app, &Actor::system("test"), source, Options::default(), &()).await.unwrap()
}

const NEW: &str = "id name nameKo institutionType rorId website city status verification verified verifiedAt";

async fn proposed(bank: &Bank, person: &Person, name: &str) -> Value {
    let input = json!({ "name": name, "nameKo": "새 연구소", "institutionType": "INSTITUTE",
        "rorId": "04677dp78", "website": "https://new.example.org", "city": "Daejeon" });
    bank.done(person, "proposeInstitution", "institution", NEW, input).await
}

async fn listed(bank: &Bank, person: Option<&Person>, search: &str) -> Value {
    let query = "query($s: String) { institutions(search: $s) { totalCount nodes { name } } }";
    let token = person.map(|person| person.token.as_str());
    bank.ask(token, query, json!({ "s": search })).await["data"]["institutions"]["totalCount"].clone()
}

#[tokio::test]
async fn a_proposal_is_seen_by_its_proposer_and_the_bank_until_staff_verify_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let new = proposed(bank, &cast.stranger, "New Institute").await;
        assert_eq!((&new["verification"], &new["verified"]), (&json!("PROPOSED"), &json!(false)));
        assert_eq!(new["rorId"], "https://ror.org/04677dp78");
        let staff = [&cast.staff, &cast.second_staff].map(|one| ("institution_proposed".to_owned(), one.key()));
        assert_eq!(bank.notified().await, staff);
        let node = format!("{{ node(id: {}) {{ id }} }}", new["id"]);
        let sees = async |person: Option<&Person>| {
            let token = person.map(|person| person.token.as_str());
            let found = !bank.ask(token, &node, json!({})).await["data"]["node"].is_null();
            for search in ["new institute", "연구소", "04677dp78"] {
                assert_eq!(listed(bank, person, search).await, i64::from(found), "{search}");
            }
            found
        };
        for person in [&cast.stranger, &cast.staff, &cast.administrator] {
            assert!(sees(Some(person)).await, "{}", person.email);
        }
        for person in [None, Some(&cast.researcher), Some(&cast.committee)] {
            assert!(!sees(person).await);
        }
        let join = json!({ "institution": new["id"] });
        bank.refuses(&cast.researcher, "joinInstitution", join.clone(), "NOT_FOUND", NO_INSTITUTION).await;
        let waits = ["The bank has not verified this institution yet.", "은행이 아직 확인하지 않은 기관입니다."];
        bank.refuses(&cast.stranger, "joinInstitution", join.clone(), "WRONG_STATE", waits).await;

        let verified = bank.done(&cast.staff, "verifyInstitution", "institution", NEW, join.clone()).await;

        assert_eq!((&verified["verification"], &verified["verified"]), (&json!("STAFF"), &json!(true)));
        assert!(verified["verifiedAt"].is_string());
        assert_eq!(bank.notified().await, [("institution_decided".to_owned(), cast.stranger.key())]);
        assert!(sees(None).await && sees(Some(&cast.researcher)).await);
        let before = bank.contents().await;
        bank.done(&cast.staff, "verifyInstitution", "institution", "id", join.clone()).await;
        assert_eq!(bank.contents().await, before, "verifying again changes nothing");
        bank.done(&cast.researcher, "joinInstitution", "membership", "state", join).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_proposed_is_refused_with_the_reason() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let with = |field: &str, value: Value| {
            let mut input = json!({ "name": "New Institute", "institutionType": "INSTITUTE" });
            input[field] = value;
            input
        };
        let long = "가".repeat(301);
        for (field, value, code, sentences) in [
            ("name", json!(" "), "REQUIRED", ["'name' is missing.", "name 값이 필요합니다."]),
            ("name", json!(long), "TOO_LONG", ["'name' has at most 300 characters.", "name 값은 300자를 넘을 수 없습니다."]),
            (
                "rorId",
                json!("04677dp79"),
                "BAD_VALUE",
                [
                    "'04677dp79' is no ROR id, or its check digits are wrong; copy it from https://ror.org.",
                    "'04677dp79' 값은 ROR id가 아니거나 검사 숫자가 맞지 않습니다. https://ror.org에서 복사해 주십시오.",
                ],
            ),
            (
                "website",
                json!("javascript:alert(1)"),
                "BAD_VALUE",
                [
                    "'javascript:alert(1)' is no address of a home page; write it as https://example.org.",
                    "'javascript:alert(1)' 값은 홈페이지 주소가 아닙니다. https://example.org 형식으로 적어 주십시오.",
                ],
            ),
        ] {
            bank.refuses(&cast.researcher, "proposeInstitution", with(field, value), code, sentences).await;
        }
        proposed(bank, &cast.stranger, "New Institute").await;
        let taken = ["Another institution has this ROR id.", "이 ROR id를 가진 기관이 이미 있습니다."];
        let input = with("rorId", json!("https://ror.org/04677dp78"));
        bank.refuses(&cast.researcher, "proposeInstitution", input, "ALREADY_EXISTS", taken).await;
        let input = |key: &str| json!({ "name": "Keyed", "institutionType": "COMPANY", "idempotencyKey": key });
        let first = bank.done(&cast.stranger, "proposeInstitution", "institution", "id", input("k")).await;
        assert_eq!(bank.done(&cast.stranger, "proposeInstitution", "institution", "id", input("k")).await, first);
        for i in 0..8 {
            bank.done(&cast.stranger, "proposeInstitution", "institution", "id", input(&i.to_string())).await;
        }
        let many = [
            "You have ten proposals that wait for the bank; wait until it decides them.",
            "은행의 확인을 기다리는 제안이 10건 있습니다. 결정될 때까지 기다려 주십시오.",
        ];
        bank.refuses(&cast.stranger, "proposeInstitution", input("more"), "WRONG_STATE", many).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn staff_verify_what_others_proposed_and_close_what_they_refuse() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let own = proposed(bank, &cast.staff, "Own Institute").await;
        let input = json!({ "institution": own["id"] });
        let sentences = [
            "You proposed this institution; somebody else has to verify it.",
            "본인이 제안한 기관이므로 다른 담당자가 확인해야 합니다.",
        ];
        bank.refuses(&cast.staff, "verifyInstitution", input.clone(), "CONFLICT_OF_INTEREST", sentences).await;
        let reasonless = json!({ "institution": own["id"], "reason": "" });
        let missing = ["'reason' is missing.", "reason 값이 필요합니다."];
        bank.refuses(&cast.second_staff, "closeInstitution", reasonless, "REQUIRED", missing).await;
        let reason = json!({ "institution": own["id"], "reason": "It does not exist." });
        bank.letters().await;

        let closed =
            bank.done(&cast.second_staff, "closeInstitution", "institution", "status rorId", reason.clone()).await;

        assert_eq!(closed, json!({ "status": "CLOSED", "rorId": null }));
        assert_eq!(bank.notified().await, [("institution_decided".to_owned(), cast.staff.key())]);
        let before = bank.contents().await;
        bank.done(&cast.second_staff, "closeInstitution", "institution", "id", reason).await;
        assert_eq!(bank.contents().await, before, "closing again changes nothing");
        bank.refuses(&cast.second_staff, "verifyInstitution", input, "WRONG_STATE", CLOSED).await;
        let unknown = json!({ "institution": InstitutionId(999_999).global() });
        bank.refuses(&cast.staff, "verifyInstitution", unknown, "NOT_FOUND", NO_INSTITUTION).await;
        let denied = [
            "Your role does not allow this. Ask the bank's administrator if you need it.",
            "이 작업을 할 권한이 없습니다. 필요하면 은행 관리자에게 문의해 주십시오.",
        ];
        let university = json!({ "institution": cast.university.global(), "name": "Mine" });
        bank.refuses(&cast.researcher, "updateInstitution", university, "FORBIDDEN", denied).await;
    })
    .await;
}

#[tokio::test]
async fn the_registry_vouches_for_a_proposal_that_it_knows() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let new = proposed(bank, &cast.stranger, "3billion").await;
        let summary =
            import_table(bank, "https://ror.org/04677dp78,3billion,쓰리빌리언,company,active,3billion.io").await;
        assert_eq!((summary.created, summary.updated), (0, 1));
        assert_eq!(listed(bank, None, "쓰리빌리언").await, 1);
        let node = format!("{{ node(id: {}) {{ ... on Institution {{ verification verified }} }} }}", new["id"]);
        let seen = bank.ask(None, &node, json!({})).await["data"]["node"].clone();
        assert_eq!(seen, json!({ "verification": "REGISTRY", "verified": true }));
        let summary = import_table(
            bank,
            "04677dp79,3billion,,company,active,\n04677dp78,3billion,쓰리빌리언,company,active,3billion.io",
        )
        .await;
        assert_eq!((summary.skipped_count(), summary.unchanged), (1, 1));
        assert_eq!(summary.skipped[0].reason, "'ror_id' cannot be \"04677dp79\".", "its check digits are wrong");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_staff_set_outlives_every_import() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        import_table(bank, "04677dp78,3billion,,company,active,3billion.io").await;
        let id = InstitutionId(bank.number("SELECT id FROM institution WHERE ror_id IS NOT NULL").await).global();
        let change = json!({ "institution": id, "nameKo": "쓰리빌리언", "institutionType": "HOSPITAL",
            "domains": ["3Billion.io", "lab.example.kr"] });
        let fields = "name nameKo institutionType city";
        let updated = bank.done(&cast.staff, "updateInstitution", "institution", fields, change.clone()).await;
        let expected = json!({ "name": "3billion", "nameKo": "쓰리빌리언", "institutionType": "HOSPITAL", "city": null });
        assert_eq!(updated, expected);
        let before = bank.contents().await;
        bank.done(&cast.staff, "updateInstitution", "institution", "id", change).await;
        assert_eq!(bank.contents().await, before, "the same change again changes nothing");
        let close = json!({ "institution": id, "reason": "dissolved" });
        bank.done(&cast.administrator, "closeInstitution", "institution", "id", close).await;

        import_table(bank, "04677dp78,3billion Inc.,다른 이름,education,active,3billion.io").await;

        let kept = "SELECT count(*) FROM institution WHERE name = '3billion Inc.' AND name_ko = '쓰리빌리언'
                    AND institution_type = 'hospital' AND domains = '3billion.io | lab.example.kr' AND status = 'closed'";
        assert_eq!(bank.number(kept).await, 1);
        let event = "SELECT count(*) FROM audit_event WHERE action = 'institution.update'";
        assert_eq!(bank.number(event).await, 1);
        let public = json!({ "institution": id, "domains": ["gmail.com"] });
        let sentences = [
            "'gmail.com' is no domain of one institution; write it as example.ac.kr.",
            "'gmail.com' 값은 한 기관의 도메인이 아닙니다. example.ac.kr 형식으로 적어 주십시오.",
        ];
        bank.refuses(&cast.staff, "updateInstitution", public, "BAD_VALUE", sentences).await;
        let taken = json!({ "institution": cast.university.global(), "rorId": "04677dp78" });
        let sentences = ["Another institution has this ROR id.", "이 ROR id를 가진 기관이 이미 있습니다."];
        bank.refuses(&cast.staff, "updateInstitution", taken, "ALREADY_EXISTS", sentences).await;
    })
    .await;
}

#[tokio::test]
async fn a_closed_institution_is_opened_again_and_no_import_closes_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        import_table(bank, "04677dp78,3billion,,company,withdrawn,3billion.io").await;
        let id = InstitutionId(bank.number("SELECT id FROM institution WHERE ror_id IS NOT NULL").await).global();
        let join = json!({ "institution": id });
        bank.refuses(&cast.stranger, "joinInstitution", join.clone(), "WRONG_STATE", CLOSED).await;
        let reopen = |reason: &str| json!({ "institution": id, "reason": reason });
        let missing = ["'reason' is missing.", "reason 값이 필요합니다."];
        bank.refuses(&cast.staff, "reopenInstitution", reopen(" "), "REQUIRED", missing).await;
        let long = ["'reason' has at most 2000 characters.", "reason 값은 2000자를 넘을 수 없습니다."];
        bank.refuses(&cast.staff, "reopenInstitution", reopen(&"가".repeat(2_001)), "TOO_LONG", long).await;
        let denied = [
            "Your role does not allow this. Ask the bank's administrator if you need it.",
            "이 작업을 할 권한이 없습니다. 필요하면 은행 관리자에게 문의해 주십시오.",
        ];
        bank.refuses(&cast.stranger, "reopenInstitution", reopen("Mine"), "FORBIDDEN", denied).await;
        let unknown = json!({ "institution": InstitutionId(999_999).global(), "reason": "r" });
        bank.refuses(&cast.staff, "reopenInstitution", unknown, "NOT_FOUND", NO_INSTITUTION).await;
        assert_eq!(listed(bank, None, "3billion").await, 0);

        let opened = bank.done(&cast.staff, "reopenInstitution", "institution", "status", reopen("It works.")).await;

        assert_eq!(opened["status"], "OPEN");
        assert_eq!(listed(bank, None, "3billion").await, 1);
        let event = "SELECT count(*) FROM audit_event WHERE action = 'institution.reopen'";
        assert_eq!(bank.number(event).await, 1);
        let before = bank.contents().await;
        bank.done(&cast.administrator, "reopenInstitution", "institution", "id", reopen("Once more.")).await;
        assert_eq!(bank.contents().await, before, "opening again changes nothing");
        import_table(bank, "04677dp78,3billion,,company,withdrawn,3billion.io").await;
        assert_eq!(listed(bank, None, "3billion").await, 1, "no import undoes what staff set");
        bank.done(&cast.stranger, "joinInstitution", "membership", "state", join).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_merged_or_only_proposed_is_not_let_in_by_opening_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let into = bank.institution("University That Counts", "university").await;
        let merge = json!({ "from": cast.university.global(), "into": into.global(), "reason": "the same" });
        bank.done(&cast.staff, "mergeInstitutions", "institution", "id", merge).await;
        bank.letters().await;
        let merged = [
            "This institution was merged into another one; use that one.",
            "다른 기관과 통합된 기관입니다. 통합된 기관을 사용해 주십시오.",
        ];
        let reopen = |id: &Value| json!({ "institution": id, "reason": "again" });
        let duplicate = reopen(&json!(cast.university.global()));
        bank.refuses(&cast.staff, "reopenInstitution", duplicate, "WRONG_STATE", merged).await;

        let new = proposed(bank, &cast.stranger, "New Institute").await;
        bank.done(&cast.staff, "closeInstitution", "institution", "id", reopen(&new["id"])).await;
        let fields = "status verification rorId";
        let opened = bank.done(&cast.staff, "reopenInstitution", "institution", fields, reopen(&new["id"])).await;
        assert_eq!(opened, json!({ "status": "OPEN", "verification": "PROPOSED", "rorId": null }));
        let join = json!({ "institution": new["id"] });
        bank.refuses(&cast.researcher, "joinInstitution", join, "NOT_FOUND", NO_INSTITUTION).await;
        bank.letters().await;
    })
    .await;
}
