//! Joining by e-mail domain or by somebody's decision, and leaving.

use super::*;
use crate::support::{Place, on_a_bank};
use futures_util::future::join_all;
use migrations::{Migrator, MigratorTrait};
use std::path::Path;
use stembank::accounts::import::import;
use stembank::accounts::membership::commands::JoinInstitution;
use stembank::actor::Actor;
use stembank::db::Db;
use stembank::import::{Options, Source};

#[tokio::test]
async fn an_address_is_offered_every_institution_of_its_domain() {
    on_a_bank(async |bank| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/kr_institutions_ror.csv");
        let source = Source::open(&file).unwrap();
        import(&bank.app, &Actor::system("test"), source, Options::default(), &()).await.unwrap();
        for (i, (email, count)) in [
            ("a@ajoumc.or.kr", 3),
            ("b@mail.ajoumc.or.kr", 3),
            ("c@icee.snu.ac.kr", 2),
            ("d@snu.ac.kr", 1),
            ("e@evil-snu.ac.kr", 0),
            ("f@snu.ac.kr.evil.com", 0),
            ("g@gmail.com", 0),
            ("h@naver.com", 0),
            ("i@ac.kr", 0),
            ("j@sn_.ac.kr", 0),
        ]
        .into_iter()
        .enumerate()
        {
            let person = bank.researcher_with(&format!("person{i}"), email, None).await;
            let viewer = bank.viewer(&person).await;
            assert_eq!(names(&viewer["institutionChoices"]).len(), count, "{email}: {viewer:#}");
        }
        let snu = bank.number("SELECT id FROM institution WHERE name = 'Seoul National University'").await;
        let person = bank.researcher_with("student", "student@med.snu.ac.kr", None).await;
        assert_eq!(names(&bank.viewer(&person).await["institutionChoices"]), ["Seoul National University"]);
        assert_eq!(bank.join(&person, InstitutionId(snu)).await["state"], "ACTIVE");
    })
    .await;
}

#[tokio::test]
async fn whoever_has_an_address_there_joins_at_once_and_works_there() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let place = bank.institution_at("Domain University", "other.kr | domain.ac.kr").await;
        let other = bank.institution_at("Second University", "domain.ac.kr").await;
        let person = bank.researcher_with("new", "new@lab.domain.ac.kr", Some(cast.university)).await;

        let membership = bank.join(&person, place).await;

        assert_eq!((&membership["state"], &membership["basis"]), (&json!("ACTIVE"), &json!("DOMAIN")));
        let viewer = bank.viewer(&person).await;
        assert_eq!(viewer["institution"]["name"], "Domain University");
        assert_eq!(names(&viewer["institutionChoices"]), ["Domain University", "Second University"]);
        let before = bank.contents().await;
        assert_eq!(bank.join(&person, place).await["id"], membership["id"]);
        assert_eq!(bank.contents().await, before, "joining again changes nothing");

        bank.join(&person, other).await;
        assert_eq!(bank.viewer(&person).await["institution"]["name"], "Second University");
        bank.join(&person, place).await;
        assert_eq!(bank.viewer(&person).await["institution"]["name"], "Domain University");
        let actions = "SELECT count(*) FROM audit_event WHERE action IN ('membership.join', 'membership.return')";
        assert_eq!(bank.number(actions).await, 3);
    })
    .await;
}

#[tokio::test]
async fn others_ask_and_those_in_charge_are_told_and_decide() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let asked = bank.join(&cast.stranger, cast.university).await;
        assert_eq!((&asked["state"], &asked["basis"]), (&json!("REQUESTED"), &json!("APPROVAL")));
        let staff = [&cast.staff, &cast.second_staff].map(|one| ("membership_requested".to_owned(), one.key()));
        assert_eq!(bank.notified().await, staff, "nobody administers the university yet");
        let before = bank.contents().await;
        assert_eq!(bank.join(&cast.stranger, cast.university).await["id"], asked["id"]);
        assert_eq!(bank.contents().await, before, "asking again changes nothing");
        assert_eq!(bank.viewer(&cast.stranger).await["institution"]["name"], "Made-up Company");

        let input = json!({ "membership": asked["id"], "approve": true });
        let decided = bank.done(&cast.staff, "decideMembership", "membership", "state email", input).await;
        assert_eq!(decided, json!({ "state": "ACTIVE", "email": "stranger@example.org" }));
        let letters = bank.letters().await;
        assert_eq!((letters[0].event.as_str(), letters[0].recipient_id), ("membership_decided", cast.stranger.key()));
        assert_eq!(letters[0].detail["state"], "active");
        assert_eq!(bank.viewer(&cast.stranger).await["institution"]["name"], "Made-up University");

        let member = bank.membership(&cast.stranger, "Made-up University").await;
        bank.set_role(&cast.staff, &member, "ADMINISTRATOR", true).await;
        assert_eq!(bank.notified().await, [("institution_role_changed".to_owned(), cast.stranger.key())]);
        let company = bank.researcher_with("asking", "asking@example.org", None).await;
        let asked = bank.join(&company, cast.university).await;
        assert_eq!(bank.notified().await, [("membership_requested".to_owned(), cast.stranger.key())]);
        let input = json!({ "membership": asked["id"], "approve": false, "reason": "Nobody here knows you." });
        let refused = bank.done(&cast.stranger, "decideMembership", "membership", "state reason", input).await;
        assert_eq!(refused, json!({ "state": "REFUSED", "reason": "Nobody here knows you." }));
        assert_eq!(bank.letters().await[0].detail["reason"], "Nobody here knows you.");
        assert_ne!(bank.join(&company, cast.university).await["id"], asked["id"], "one may ask again");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asked_before_their_address_fitted_is_let_in_by_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let asked = bank.join(&cast.stranger, cast.university).await;
        bank.execute("UPDATE institution SET domains = 'example.org'").await.unwrap();
        let joined = bank.join(&cast.stranger, cast.university).await;
        assert_eq!(
            (&joined["id"], &joined["state"], &joined["basis"]),
            (&asked["id"], &json!("ACTIVE"), &json!("DOMAIN"))
        );
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_joined_or_decided_is_refused_with_the_reason() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let closed = bank.institution("Closed", "company").await;
        bank.execute(&format!("UPDATE institution SET status = 'closed' WHERE id = {}", closed.0)).await.unwrap();
        let join = |id: InstitutionId| json!({ "institution": id.global() });
        bank.refuses(&cast.stranger, "joinInstitution", join(closed), "WRONG_STATE", CLOSED).await;
        bank.refuses(&cast.stranger, "joinInstitution", join(InstitutionId(999_999)), "NOT_FOUND", NO_INSTITUTION).await;
        let answer = bank.ask(None, "mutation($i: JoinInstitutionInput!) { joinInstitution(input: $i) { errors { code } } }",
            json!({ "i": join(closed) })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");

        let asked = bank.join(&cast.stranger, cast.university).await["id"].clone();
        let decide = |approve: bool, reason: Option<String>| json!({ "membership": asked, "approve": approve, "reason": reason });
        for person in [&cast.researcher, &cast.signatory, &cast.committee] {
            bank.refuses(person, "decideMembership", decide(true, None), "NOT_FOUND", NO_MEMBERSHIP).await;
        }
        bank.refuses(&cast.stranger, "decideMembership", decide(true, None), "FORBIDDEN", NOT_IN_CHARGE).await;
        let missing = ["'reason' is missing.", "reason 값이 필요합니다."];
        bank.refuses(&cast.staff, "decideMembership", decide(false, Some("  ".into())), "REQUIRED", missing).await;
        let long = ["'reason' has at most 2000 characters.", "reason 값은 2000자를 넘을 수 없습니다."];
        bank.refuses(&cast.staff, "decideMembership", decide(false, Some("가".repeat(2_001))), "TOO_LONG", long).await;
        let own = bank.join(&cast.staff, cast.university).await["id"].clone();
        let input = json!({ "membership": own, "approve": true });
        bank.refuses(&cast.staff, "decideMembership", input, "CONFLICT_OF_INTEREST", OWN_MATTER).await;

        bank.done(&cast.staff, "decideMembership", "membership", "id", decide(true, None)).await;
        let state = ["The membership is active; this is not possible then.", "기관 소속이 '소속됨' 상태이므로 이 작업을 할 수 없습니다."];
        bank.refuses(&cast.second_staff, "decideMembership", decide(true, None), "WRONG_STATE", state).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn one_who_joins_many_times_at_once_is_one_member() {
    on_a_bank(async |bank| {
        let place = bank.institution_at("Domain University", "domain.ac.kr").await;
        let other = bank.institution("Other University", "university").await;
        let person = bank.researcher_with("new", "new@domain.ac.kr", None).await;
        bank.person("staff", None, vec![Grant { role: Role::Staff, institution: None }]).await;
        for (institution, letters) in [(place, 0), (other, 1)] {
            let joins = (0..8).map(|_| bank.app.run(&person.actor, JoinInstitution { institution }));
            let ids: Vec<_> = join_all(joins).await.into_iter().map(|joined| joined.unwrap().id).collect();
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
            assert_eq!(bank.letters().await.len(), letters);
        }
        assert_eq!(bank.number("SELECT count(*) FROM institution_membership").await, 2);
    })
    .await;
}

#[tokio::test]
async fn leaving_ends_every_role_and_leads_to_where_one_belongs_besides() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let place = bank.institution_at("Domain University", "example.org").await;
        bank.join(&cast.signatory, place).await;
        let membership = bank.membership(&cast.signatory, "Made-up University").await;
        bank.join(&cast.signatory, cast.university).await;
        for role in ["PRINCIPAL_INVESTIGATOR", "ADMINISTRATOR"] {
            bank.set_role(&cast.staff, &membership, role, true).await;
        }
        let second = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &second, "ADMINISTRATOR", true).await;

        let input = json!({ "membership": membership });
        let left = bank.done(&cast.signatory, "leaveInstitution", "membership", "state roles", input.clone()).await;

        assert_eq!(left, json!({ "state": "LEFT", "roles": [] }));
        let viewer = bank.viewer(&cast.signatory).await;
        assert_eq!(viewer["institution"]["name"], "Domain University");
        assert_eq!(viewer["roles"], json!([]), "the grant by which agreements are signed went as well");
        let state = [
            "The membership is ended; this is not possible then.",
            "기관 소속이 '종료됨' 상태이므로 이 작업을 할 수 없습니다.",
        ];
        bank.refuses(&cast.signatory, "leaveInstitution", input, "WRONG_STATE", state).await;
        let foreign = json!({ "membership": bank.membership(&cast.stranger, "Made-up Company").await });
        bank.refuses(&cast.researcher, "leaveInstitution", foreign.clone(), "NOT_FOUND", NO_MEMBERSHIP).await;

        bank.letters().await;
        let mut removal = foreign;
        removal["reason"] = json!("left the company");
        let removed = bank.done(&cast.administrator, "leaveInstitution", "membership", "state reason", removal).await;
        assert_eq!(removed, json!({ "state": "LEFT", "reason": "left the company" }));
        let letters = bank.letters().await;
        assert_eq!((letters[0].recipient_id, &letters[0].detail["state"]), (cast.stranger.key(), &json!("left")));
        assert_eq!(bank.viewer(&cast.stranger).await["institution"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn a_request_is_withdrawn_by_whoever_asked_alone() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let asked = json!({ "membership": bank.join(&cast.stranger, cast.university).await["id"] });
        bank.letters().await;
        let state = [
            "The membership is requested; this is not possible then.",
            "기관 소속이 '신청됨' 상태이므로 이 작업을 할 수 없습니다.",
        ];
        bank.refuses(&cast.staff, "leaveInstitution", asked.clone(), "WRONG_STATE", state).await;
        let left = bank.done(&cast.stranger, "leaveInstitution", "membership", "state decidedAt", asked).await;
        assert_eq!(left, json!({ "state": "LEFT", "decidedAt": null }));
        assert_eq!(bank.viewer(&cast.stranger).await["institution"]["name"], "Made-up Company");
    })
    .await;
}

#[tokio::test]
async fn whoever_worked_or_signed_somewhere_before_is_a_member_there() {
    let place = Place::empty().await;
    let connection = place.connect().await;
    let before = Migrator::migrations().iter().position(|step| step.name() == "m11_institutions").unwrap();
    Migrator::up(&connection, Some(u32::try_from(before).unwrap())).await.unwrap();
    for id in 1..=2 {
        let sql = format!(
            "INSERT INTO institution (id, name, name_key, acronyms, aliases, institution_type, domains, status)
             VALUES ({id}, 'A', 'a', '', '', 'university', '', 'open')"
        );
        stembank::db::Sql::new(sql).run(&connection).await.unwrap();
    }
    for sql in [
        "INSERT INTO person (id, email, name, locale, institution_id, created_at)
         VALUES (1, 'a@example.org', 'A', 'en', 1, '2026-03-02T03:00:00Z'), (2, 'b@example.org', 'B', 'en', NULL, '2026-03-02T03:00:00Z')",
        "INSERT INTO role_grant (person_id, role, institution_id) VALUES (1, 'signatory', 1), (1, 'signatory', 2)",
    ] {
        stembank::db::Sql::new(sql).run(&connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let db = Db::connect(&place.url).await.unwrap();

    db.migrate().await.unwrap();

    let sql = "SELECT person_id, institution_id, state, how FROM institution_membership ORDER BY id";
    let rows = stembank::db::Sql::new(sql).rows(db.read()).await.unwrap();
    let read = |row: &sea_orm::QueryResult| {
        let keys: (i64, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let words: (String, String) = (row.try_get_by_index(2).unwrap(), row.try_get_by_index(3).unwrap());
        (keys, words)
    };
    let active = || ("active".to_owned(), "staff".to_owned());
    assert_eq!(rows.iter().map(read).collect::<Vec<_>>(), [((1, 1), active()), ((1, 2), active())]);
    db.close().await.unwrap();
}

const OFTEN: [&str; 2] = [
    "You asked to join this institution three times within 30 days; you can ask again from 2026-04-02.",
    "이 기관에 30일 동안 세 번 소속을 신청하셨습니다. 2026-04-02부터 다시 신청하실 수 있습니다.",
];

#[tokio::test]
async fn one_asks_the_same_institution_in_vain_three_times_within_thirty_days() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let other = bank.institution("Other University", "university").await;
        let again = json!({ "institution": cast.university.global() });
        let pass = |days: i64| bank.app.clock.set(bank.app.clock.now() + chrono::Duration::days(days));
        for place in 0..3 {
            let asked = bank.join(&cast.stranger, cast.university).await;
            assert_eq!(
                bank.join(&cast.stranger, cast.university).await["id"],
                asked["id"],
                "waiting is no new request"
            );
            let end = json!({ "membership": asked["id"], "approve": false, "reason": "no" });
            match place {
                // To withdraw a request and ask anew is to ask twice.
                1 => {
                    let own = json!({ "membership": asked["id"] });
                    bank.done(&cast.stranger, "leaveInstitution", "membership", "state", own).await
                }
                _ => bank.done(&cast.staff, "decideMembership", "membership", "state", end).await,
            };
            pass(5);
        }
        bank.letters().await;

        bank.refuses(&cast.stranger, "joinInstitution", again.clone(), "RATE_LIMITED", OFTEN).await;

        assert_eq!(
            bank.join(&cast.stranger, other).await["state"],
            "REQUESTED",
            "other institutions are not concerned"
        );
        assert_eq!(bank.join(&cast.researcher, other).await["state"], "REQUESTED", "nor are other people");
        bank.execute("UPDATE institution SET domains = 'example.org' WHERE name = 'Made-up University'").await.unwrap();
        assert_eq!(bank.join(&cast.stranger, cast.university).await["state"], "ACTIVE", "an address needs no request");
        bank.execute("UPDATE institution SET domains = ''").await.unwrap();
        let member = json!({ "membership": bank.membership(&cast.stranger, "Made-up University").await });
        bank.done(&cast.stranger, "leaveInstitution", "membership", "id", member).await;
        bank.refuses(&cast.stranger, "joinInstitution", again, "RATE_LIMITED", OFTEN).await;
        pass(15);
        assert_eq!(bank.join(&cast.stranger, cast.university).await["state"], "REQUESTED", "30 days after the first");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn requests_in_vain_at_a_duplicate_count_where_it_went_and_many_at_once_are_one() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let into = bank.institution("University That Counts", "university").await;
        for place in [cast.university, cast.university, into] {
            let asked = bank.join(&cast.stranger, place).await;
            let refusal = json!({ "membership": asked["id"], "approve": false, "reason": "no" });
            bank.done(&cast.staff, "decideMembership", "membership", "state", refusal).await;
        }
        let merge = json!({ "from": cast.university.global(), "into": into.global(), "reason": "the same" });
        bank.done(&cast.staff, "mergeInstitutions", "institution", "id", merge).await;
        bank.letters().await;
        for place in [cast.university, into] {
            let input = json!({ "institution": place.global() });
            bank.refuses(&cast.stranger, "joinInstitution", input, "RATE_LIMITED", OFTEN).await;
        }
        let joins = (0..8).map(|_| bank.app.run(&cast.stranger.actor, JoinInstitution { institution: into }));
        assert!(join_all(joins).await.into_iter().all(|joined| joined.is_err()));
        let asked = "SELECT count(*) FROM institution_membership WHERE how = 'approval'";
        assert_eq!(bank.number(asked).await, 3);
    })
    .await;
}
