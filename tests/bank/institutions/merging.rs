//! Two records of one institution become one: what goes over, what stays as it was recorded, and that it stays so.

use super::*;
use crate::cast::Cast;
use crate::support::on_a_bank;
use futures_util::future::join_all;
use stembank::accounts::commands::DisableAccount;
use stembank::accounts::institutions::merge::MergeInstitutions;

const REASON: &str = "the same university twice";

fn input(from: InstitutionId, into: InstitutionId) -> Value {
    json!({ "from": from.global(), "into": into.global(), "reason": REASON })
}

/// A shipment to the cast's university and a draft there; the copy is what it will be merged into.
async fn stage(bank: &Bank) -> (Cast, InstitutionId) {
    let cast = bank.cast().await;
    let copy = bank.institution_at("University That Counts", "example.org").await;
    let line = bank.line("TEST-0001").await;
    bank.lot(&cast.staff, line.id, "TEST-LOT-1", 9).await;
    bank.shipped(&cast, &[(line.id, 1)]).await;
    bank.draft(&cast.researcher, &[(line.id, 1)]).await;
    bank.letters().await;
    (cast, copy)
}

#[tokio::test]
async fn everything_that_is_so_now_goes_over_and_what_was_recorded_stays() {
    on_a_bank(async |bank| {
        let (cast, into) = stage(bank).await;
        let from = cast.university;
        let frozen = |contents: &std::collections::BTreeMap<String, Vec<String>>| {
            ["dispatched_line", "agreement", "signature", "shipment"].map(|table| contents[table].clone())
        };
        let before = frozen(&bank.contents().await);

        let fields = "id name mergedFrom { id name mergedAt } memberships { totalCount }";
        let merged = bank.done(&cast.staff, "mergeInstitutions", "institution", fields, input(from, into)).await;

        assert_eq!((&merged["id"], &merged["name"]), (&json!(into.global()), &json!("University That Counts")));
        assert_eq!(merged["mergedFrom"][0]["name"], "Made-up University");
        assert_eq!(merged["memberships"]["totalCount"], 2);
        assert_eq!(frozen(&bank.contents().await), before, "what was recorded stays as it was recorded");
        let old = format!("SELECT count(*) FROM institution WHERE id = {} AND status = 'closed' AND merged_into = {}", from.0, into.0);
        assert_eq!(bank.number(&old).await, 1);
        let left = bank.contents().await;
        let key = format!("\"institution_id\":{},", from.0);
        let names_old: Vec<&String> =
            left.iter().filter(|(_, rows)| rows.iter().any(|row| row.contains(&key))).map(|(table, _)| table).collect();
        assert_eq!(names_old, ["dispatched_line"], "everything else follows");

        let query = format!("{{ node(id: \"{}\") {{ ... on Institution {{ id name mergedFrom {{ id }} }} }} }}", from.global());
        let node = bank.ask(None, &query, json!({})).await["data"]["node"].clone();
        assert_eq!((&node["id"], &node["mergedFrom"][0]["id"]), (&json!(into.global()), &json!(from.global())));
        let requests = "{ distributionRequests { totalCount nodes { institution { name } } } }";
        let seen = bank.data(&cast.signatory, requests, json!({})).await["distributionRequests"].clone();
        assert_eq!((&seen["totalCount"], &seen["nodes"][0]["institution"]["name"]), (&json!(1), &json!("University That Counts")));
        let viewer = bank.viewer(&cast.signatory).await;
        assert_eq!(viewer["roles"], json!([{ "role": "SIGNATORY", "institution": { "name": "University That Counts" } }]));
        assert_eq!(viewer["institution"]["name"], "University That Counts");
        let rows = "{ yearlyDistribution(year: 2026) { records { nodes { institution { name } recordedAs { name } } } } }";
        let row = bank.data(&cast.staff, rows, json!({})).await["yearlyDistribution"]["records"]["nodes"][0].clone();
        let recorded = json!({ "institution": { "name": "University That Counts" }, "recordedAs": { "name": "Made-up University" } });
        assert_eq!(row, recorded);
        let detail = "SELECT count(*) FROM audit_event WHERE action IN ('institution.merge', 'institution.absorb')";
        assert_eq!(bank.number(detail).await, 2);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_signatory_who_came_over_signs_what_waits() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let into = bank.institution("University That Counts", "university").await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 9).await;
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        bank.done(&cast.administrator, "mergeInstitutions", "institution", "id", input(cast.university, into)).await;
        assert_eq!(bank.sign(&cast.signatory, &agreement, "RECIPIENT").await["nextParty"], "BANK");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn merged_institutions_count_as_one_in_every_year() {
    on_a_bank(async |bank| {
        let (cast, into) = stage(bank).await;
        bank.join(&cast.stranger, into).await;
        let line = stembank::id::CellLineId(bank.number("SELECT id FROM cell_line").await);
        let signs = vec![Grant { role: Role::Signatory, institution: Some(into) }];
        let other = Cast {
            researcher: cast.stranger.clone(),
            signatory: bank.person("second-signatory", Some(into), signs).await,
            ..cast.clone()
        };
        bank.shipped(&other, &[(line, 1)]).await;
        bank.letters().await;
        let query =
            "{ yearlyDistribution(year: 2026) { distributions institutions institutionsByType { key count } } }";
        let figures = async || bank.ask(None, query, json!({})).await["data"]["yearlyDistribution"].clone();
        assert_eq!((&figures().await["distributions"], &figures().await["institutions"]), (&json!(2), &json!(2)));

        bank.done(&cast.staff, "mergeInstitutions", "institution", "id", input(cast.university, into)).await;

        let expected = json!({ "distributions": 2, "institutions": 1,
            "institutionsByType": [{ "key": "UNIVERSITY", "count": 1 }] });
        assert_eq!(figures().await, expected);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_belongs_to_both_belongs_once_with_what_they_were_at_either() {
    on_a_bank(async |bank| {
        let (cast, into) = stage(bank).await;
        let at_from = bank.membership(&cast.signatory, "Made-up University").await;
        bank.set_role(&cast.staff, &at_from, "PRINCIPAL_INVESTIGATOR", true).await;
        bank.join(&cast.signatory, into).await;
        let at_into = bank.membership(&cast.signatory, "University That Counts").await;
        for role in ["SIGNATORY", "ADMINISTRATOR"] {
            bank.set_role(&cast.staff, &at_into, role, true).await;
        }
        let asked = bank.researcher_with("asking", "asking@elsewhere.org", Some(cast.university)).await;
        let waiting = bank.join(&asked, into).await;
        assert_eq!(waiting["state"], "REQUESTED");

        bank.done(&cast.staff, "mergeInstitutions", "institution", "id", input(cast.university, into)).await;

        let open = |viewer: &Value| {
            let all = viewer["memberships"].as_array().unwrap().clone();
            all.into_iter().filter(|m| m["state"] == "ACTIVE").collect::<Vec<_>>()
        };
        let now = open(&bank.viewer(&cast.signatory).await);
        assert_eq!((now.len(), &now[0]["id"]), (1, &at_into));
        assert_eq!(now[0]["roles"], json!(["PRINCIPAL_INVESTIGATOR", "SIGNATORY", "ADMINISTRATOR"]));
        let now = open(&bank.viewer(&asked).await);
        assert_eq!(
            (now.len(), &now[0]["id"]),
            (1, &waiting["id"]),
            "who belonged to one belongs to the one that counts"
        );
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_stays_one_whatever_is_imported_or_done_again() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let ror = "UPDATE institution SET ror_id = 'https://ror.org/04677dp78', domains = 'old.ac.kr' WHERE name = 'Made-up University'";
        bank.execute(ror).await.unwrap();
        let into = bank.institution("University That Counts", "university").await;
        let third = bank.institution("Third University", "university").await;
        let merge = async |from, into| bank.done(&cast.staff, "mergeInstitutions", "institution", "id", input(from, into)).await;
        merge(cast.university, into).await;
        let before = bank.contents().await;
        merge(cast.university, into).await;
        assert_eq!(bank.contents().await, before, "merging again changes nothing");

        let text = "ror_id,name,types,status\n04677dp78,Renamed by ROR,education,active\n";
        let source = stembank::import::Source::from_reader("made up", std::io::Cursor::new(text)).unwrap();
        let system = stembank::actor::Actor::system("test");
        let options = stembank::import::Options::default();
        let summary = stembank::accounts::import::import(&bank.app, &system, source, options, &()).await.unwrap();
        assert_eq!((summary.created, summary.updated, summary.unchanged), (0, 0, 1));
        assert_eq!(bank.contents().await["institution"], before["institution"]);

        let person = bank.researcher_with("late", "late@old.ac.kr", None).await;
        assert_eq!(names(&bank.viewer(&person).await["institutionChoices"]), ["University That Counts"]);
        assert_eq!(bank.join(&person, cast.university).await["state"], "ACTIVE", "the old id joins what counts");
        assert_eq!(bank.viewer(&person).await["institution"]["name"], "University That Counts");

        merge(into, third).await;
        let query = format!("{{ node(id: \"{}\") {{ ... on Institution {{ name }} }} }}", cast.university.global());
        assert_eq!(bank.ask(None, &query, json!({})).await["data"]["node"]["name"], "Third University");
        // A request that was begun while the merge ran is taken along by doing it again.
        bank.execute(&format!("UPDATE person SET institution_id = {} WHERE email = 'late@old.ac.kr'", into.0)).await.unwrap();
        merge(into, third).await;
        assert_eq!(bank.number(&format!("SELECT count(*) FROM person WHERE institution_id = {}", into.0)).await, 0);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_with_the_reason() {
    on_a_bank(async |bank| {
        let (cast, into) = stage(bank).await;
        let third = bank.institution("Third University", "university").await;
        let merge = "mergeInstitutions";
        let itself = ["An institution cannot be merged into itself.", "기관을 자기 자신과 통합할 수 없습니다."];
        bank.refuses(&cast.staff, merge, input(into, into), "BAD_VALUE", itself).await;
        let nothing = InstitutionId(999_999);
        bank.refuses(&cast.staff, merge, input(nothing, into), "NOT_FOUND", NO_INSTITUTION).await;
        bank.refuses(&cast.staff, merge, input(into, nothing), "NOT_FOUND", NO_INSTITUTION).await;
        let mut reasonless = input(cast.university, into);
        reasonless["reason"] = json!("  ");
        let missing = ["'reason' is missing.", "reason 값이 필요합니다."];
        bank.refuses(&cast.staff, merge, reasonless, "REQUIRED", missing).await;
        let denied = [
            "Your role does not allow this. Ask the bank's administrator if you need it.",
            "이 작업을 할 권한이 없습니다. 필요하면 은행 관리자에게 문의해 주십시오.",
        ];
        bank.refuses(&cast.signatory, merge, input(cast.university, into), "FORBIDDEN", denied).await;
        bank.done(&cast.staff, merge, "institution", "id", input(cast.university, into)).await;
        let merged = [
            "This institution was merged into another one; use that one.",
            "다른 기관과 통합된 기관입니다. 통합된 기관을 사용해 주십시오.",
        ];
        bank.refuses(&cast.staff, merge, input(cast.university, third), "WRONG_STATE", merged).await;
        bank.refuses(&cast.staff, merge, input(third, cast.university), "WRONG_STATE", merged).await;
        let change = json!({ "institution": cast.university.global(), "name": "Again" });
        bank.refuses(&cast.staff, "updateInstitution", change, "WRONG_STATE", merged).await;
        bank.execute(&format!("UPDATE institution SET status = 'closed' WHERE id = {}", into.0)).await.unwrap();
        bank.refuses(&cast.staff, merge, input(third, into), "WRONG_STATE", CLOSED).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn two_who_merge_both_ways_at_once_leave_one_that_counts() {
    on_a_bank(async |bank| {
        let (cast, into) = stage(bank).await;
        let from = cast.university;
        let both = [(from, into), (into, from), (from, into), (into, from)].map(|(from, into)| {
            bank.app.run(&cast.staff.actor, MergeInstitutions { from, into, reason: REASON.into() })
        });
        let done = join_all(both).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(done, 2, "one way and once more the same");
        assert_eq!(bank.number("SELECT count(*) FROM institution WHERE merged_into IS NOT NULL").await, 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn members_are_told_where_they_belong_now() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let into = bank.institution("University That Counts", "university").await;
        bank.join(&cast.stranger, cast.university).await;
        let keeper = vec![Grant { role: Role::Staff, institution: None }];
        let keeper = bank.person("keeper", Some(cast.university), keeper).await;
        let gone = bank.researcher_with("gone", "gone@example.org", Some(cast.university)).await;
        let system = stembank::actor::Actor::system("test");
        let person = gone.actor.person_id().unwrap();
        bank.app.run(&system, DisableAccount { person, reason: "made up".into() }).await.unwrap();
        bank.letters().await;

        bank.done(&keeper, "mergeInstitutions", "institution", "id", input(cast.university, into)).await;

        let letters = bank.letters().await;
        let notified: Vec<_> = letters.iter().map(|letter| (letter.event.as_str(), letter.recipient_id)).collect();
        let members = [&cast.researcher, &cast.signatory].map(|member| ("institution_merged", member.key()));
        assert_eq!(notified, members, "neither who only asked, nor who did it, nor a closed account");
        assert_eq!(
            letters[0].detail,
            json!({ "institution": cast.university.0, "institution_name": "Made-up University",
                "institution_name_ko": "지어낸 기관", "into": into.0, "into_name": "University That Counts",
                "into_name_ko": "지어낸 기관" })
        );
        bank.done(&keeper, "mergeInstitutions", "institution", "id", input(cast.university, into)).await;
        assert_eq!(bank.notified().await, [], "merging again changes nothing");
    })
    .await;
}
