//! What people are at an institution, who gives it, and who sees it.

use super::*;
use crate::support::on_a_bank;

#[tokio::test]
async fn an_administrator_gives_roles_and_a_signatory_signs() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await;
        bank.lot(&cast.staff, line.id, "TEST-LOT-1", 4).await;
        let head = bank.researcher_with("head", "head@example.org", Some(cast.university)).await;
        let membership = bank.membership(&head, "Made-up University").await;
        assert_eq!(bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", true).await, json!(["ADMINISTRATOR"]));
        let signer = bank.researcher_with("signer", "signer@example.org", Some(cast.university)).await;
        let signing = bank.membership(&signer, "Made-up University").await;

        assert_eq!(bank.set_role(&head, &signing, "SIGNATORY", true).await, json!(["SIGNATORY"]));

        let viewer = bank.viewer(&signer).await;
        let grant = json!({ "role": "SIGNATORY", "institution": { "name": "Made-up University" } });
        assert!(viewer["roles"].as_array().unwrap().contains(&grant), "{viewer:#}");
        let journey = bank.approved(&cast, &[(line.id, 1)]).await;
        let agreement = bank.offered(&cast, &journey).await;
        bank.sign(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR").await;
        assert_eq!(bank.sign(&signer, &agreement, "RECIPIENT").await["nextParty"], "BANK");

        assert_eq!(bank.set_role(&head, &signing, "SIGNATORY", false).await, json!([]));
        let before = bank.contents().await;
        assert_eq!(bank.set_role(&head, &signing, "SIGNATORY", false).await, json!([]));
        assert_eq!(bank.contents().await, before, "taking what is not there changes nothing");
        let roles = "SELECT count(*) FROM audit_event WHERE action = 'membership.role'";
        assert_eq!(bank.number(roles).await, 3);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_themself_a_signatory_and_the_last_administrator_goes_by_the_bank() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let membership = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", true).await;
        let role = |role: &str, granted: bool| json!({ "membership": membership, "role": role, "granted": granted });
        let (set, head) = ("setInstitutionRole", &cast.researcher);
        bank.refuses(head, set, role("SIGNATORY", true), "CONFLICT_OF_INTEREST", OWN_MATTER).await;
        bank.refuses(head, set, role("ADMINISTRATOR", false), "WRONG_STATE", LAST_ADMINISTRATOR).await;
        let leave = json!({ "membership": membership });
        bank.refuses(head, "leaveInstitution", leave.clone(), "WRONG_STATE", LAST_ADMINISTRATOR).await;
        for person in [&cast.signatory, &cast.stranger, &cast.committee] {
            bank.refuses(person, set, role("SIGNATORY", true), "NOT_FOUND", NO_MEMBERSHIP).await;
        }
        let own = json!({ "membership": bank.membership(&cast.signatory, "Made-up University").await,
            "role": "ADMINISTRATOR", "granted": true });
        bank.refuses(&cast.signatory, set, own.clone(), "FORBIDDEN", NOT_IN_CHARGE).await;

        // A second administrator whose account is closed counts for nothing.
        bank.done(head, set, "membership", "roles", own).await;
        bank.execute("UPDATE person SET disabled_at = '2026-03-02T03:00:00Z' WHERE email = 'signatory@example.org'")
            .await
            .unwrap();
        bank.refuses(head, "leaveInstitution", leave, "WRONG_STATE", LAST_ADMINISTRATOR).await;
        assert_eq!(bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", false).await, json!([]));
        let asked = json!({ "membership": bank.join(&cast.stranger, cast.university).await["id"],
            "role": "SIGNATORY", "granted": true });
        let state = [
            "The membership is requested; this is not possible then.",
            "기관 소속이 '신청됨' 상태이므로 이 작업을 할 수 없습니다.",
        ];
        bank.refuses(&cast.staff, set, asked, "WRONG_STATE", state).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_sees_and_counts_their_own_institution_only() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let other = bank.institution("Other University", "university").await;
        let membership = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", true).await;
        let here = bank.join(&cast.stranger, cast.university).await["id"].clone();
        let there = bank.join(&cast.stranger, other).await["id"].clone();
        let query =
            "query($i: ID) { membershipRequests(institution: $i, first: 1) { totalCount pageInfo { hasNextPage }
            nodes { id state email person { name } institution { name } } } }";
        let list = async |person: &Person, institution: Option<InstitutionId>| {
            let id = institution.map(InstitutionId::global);
            bank.data(person, query, json!({ "i": id })).await["membershipRequests"].clone()
        };
        let seen = list(&cast.researcher, None).await;
        assert_eq!((&seen["totalCount"], &seen["nodes"][0]["id"]), (&json!(1), &here));
        assert_eq!(seen["nodes"][0]["email"], "stranger@example.org");
        assert_eq!(list(&cast.researcher, Some(other)).await["totalCount"], 0);
        let all = list(&cast.staff, None).await;
        assert_eq!((&all["totalCount"], &all["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
        assert_eq!(list(&cast.administrator, Some(other)).await["nodes"][0]["id"], there);
        for person in [&cast.signatory, &cast.stranger, &cast.committee] {
            assert_eq!(list(person, None).await["totalCount"], 0, "{}", person.email);
        }
        let answer = bank.ask(None, "{ membershipRequests { totalCount } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let decide = json!({ "membership": there, "approve": true });
        bank.refuses(&cast.researcher, "decideMembership", decide, "NOT_FOUND", NO_MEMBERSHIP).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn members_see_principal_investigators_and_those_in_charge_see_members() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let investigator = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &investigator, "PRINCIPAL_INVESTIGATOR", true).await;
        let query = format!(
            "{{ node(id: \"{}\") {{ ... on Institution {{ viewerRoles principalInvestigators {{ name orcid }}
               memberships(states: [ACTIVE]) {{ totalCount nodes {{ person {{ name }} roles }} }} }} }} }}",
            cast.university.global()
        );
        let sees = async |person: &Person| bank.data(person, &query, json!({})).await["node"].clone();
        let investigators = json!([{ "name": "Made-up researcher", "orcid": null }]);
        let member = sees(&cast.signatory).await;
        assert_eq!(member["principalInvestigators"], investigators);
        assert_eq!((&member["viewerRoles"], &member["memberships"]), (&json!(["SIGNATORY"]), &json!(null)));
        let outsider = json!({ "viewerRoles": null, "principalInvestigators": null, "memberships": null });
        assert_eq!(sees(&cast.stranger).await, outsider);
        let anonymous = bank.ask(None, &query, json!({})).await["data"]["node"].clone();
        assert_eq!(anonymous, outsider);
        let staff = sees(&cast.staff).await;
        assert_eq!((&staff["principalInvestigators"], &staff["viewerRoles"]), (&investigators, &json!(null)));
        assert_eq!(staff["memberships"]["totalCount"], 2);
        assert_eq!(staff["memberships"]["nodes"][1]["roles"], json!(["SIGNATORY"]));
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_orcid_id_shows_only_once_its_owner_signed_in_by_it_and_is_one_persons() {
    use stembank::accounts::orcid::{Orcid, authenticated};
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let membership = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &membership, "PRINCIPAL_INVESTIGATOR", true).await;
        let shown = async || {
            let query = "{ viewer { person { orcid } } }";
            bank.data(&cast.researcher, query, json!({})).await["viewer"]["person"]["orcid"].clone()
        };
        bank.execute("UPDATE person SET orcid = '0000-0002-1825-0097' WHERE email = 'researcher@example.org'")
            .await
            .unwrap();
        assert_eq!(shown().await, json!(null), "whoever only says so is not shown with it");
        let orcid = Orcid::parse("https://orcid.org/0000-0002-1825-0097").unwrap();
        let now = bank.app.clock.now();
        let tx = bank.app.db.begin().await.unwrap();
        authenticated(&tx, cast.researcher.key(), &orcid, now).await.unwrap();
        let taken = authenticated(&tx, cast.stranger.key(), &orcid, now).await.unwrap_err();
        tx.commit().await.unwrap();
        assert_eq!(shown().await, "0000-0002-1825-0097");
        use stembank::error::DomainError;
        use stembank::language::Lang;
        assert_eq!(taken.say(Lang::En), "This ORCID iD belongs to another account.");
        assert_eq!(taken.say(Lang::Ko), "이 ORCID iD는 다른 계정에 연결되어 있습니다.");
        let twice = "UPDATE person SET orcid = '0000-0002-1825-0097' WHERE email = 'stranger@example.org'";
        assert!(bank.execute(twice).await.is_err(), "the database refuses a second one");
        bank.letters().await;
    })
    .await;
}

#[test]
fn every_label_is_there_in_both_languages() {
    use sea_orm::Iterable;
    use stembank::accounts::institutions::model::Verification;
    use stembank::accounts::membership::model::{How, InstitutionRole, State};
    use stembank::language::Lang;
    let mut labels: Vec<[&str; 2]> = vec![];
    labels.extend(State::iter().map(|one| [Lang::En, Lang::Ko].map(|lang| one.label(lang))));
    labels.extend(How::iter().map(|one| [Lang::En, Lang::Ko].map(|lang| one.label(lang))));
    labels.extend(Verification::iter().map(|one| [Lang::En, Lang::Ko].map(|lang| one.label(lang))));
    labels.extend(InstitutionRole::ALL.map(|one| [Lang::En, Lang::Ko].map(|lang| one.label(lang))));
    let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    assert!(labels.iter().all(|[en, ko]| !en.is_empty() && !hangul(en) && hangul(ko)), "{labels:?}");
    let unique: std::collections::BTreeSet<_> = labels.iter().collect();
    assert_eq!(unique.len(), 13);
}

#[tokio::test]
async fn a_member_is_told_of_a_role_that_somebody_else_gave_or_took() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let membership = bank.membership(&cast.researcher, "Made-up University").await;
        bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", true).await;
        let letters = bank.letters().await;
        let notified = (letters[0].event.as_str(), letters[0].recipient_id, letters.len());
        assert_eq!(notified, ("institution_role_changed", cast.researcher.key(), 1));
        assert_eq!(
            letters[0].detail,
            json!({ "institution": cast.university.0, "institution_name": "Made-up University",
                "institution_name_ko": "지어낸 기관", "role": "administrator", "granted": true })
        );
        bank.set_role(&cast.staff, &membership, "ADMINISTRATOR", true).await;
        assert_eq!(bank.notified().await, [], "nothing changed");
        bank.set_role(&cast.researcher, &membership, "PRINCIPAL_INVESTIGATOR", true).await;
        assert_eq!(bank.notified().await, [], "who did it knows it");

        let signs = json!({ "person": cast.researcher.key().global(),
            "role": { "role": "SIGNATORY", "institution": cast.university.global() } });
        bank.done(&cast.administrator, "grantRole", "account", "id", signs.clone()).await;
        bank.done(&cast.administrator, "revokeRole", "account", "id", signs).await;
        let letters = bank.letters().await;
        let granted: Vec<_> =
            letters.iter().map(|letter| (&letter.detail["role"], &letter.detail["granted"])).collect();
        assert_eq!(granted, [(&json!("signatory"), &json!(true)), (&json!("signatory"), &json!(false))]);

        let off = json!({ "event": "INSTITUTION_ROLE_CHANGED", "wanted": false });
        bank.act(&cast.researcher, "setMailPreference", "", off).await;
        bank.set_role(&cast.staff, &membership, "PRINCIPAL_INVESTIGATOR", false).await;
        assert_eq!(bank.notified().await, [], "it is news, and news can be switched off");
    })
    .await;
}
