//! The second factor: set up, asked for, used once, recovered, removed; and what the bank's people may not do without.

use crate::browser::Browser;
use crate::cast::{Cast, PASSWORD, Person};
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use std::sync::Arc;
use stembank::accounts::queries;
use stembank::actor::Permission;
use stembank::app::App;

const STATE: &str = "{ viewer { roles { role } secondFactor { enrolled required proven } } }";

/// The code that an authenticator shows now.
fn code(bank: &Bank, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let authenticator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    authenticator.generate(bank.app.clock.now().timestamp().unsigned_abs()).to_string()
}

fn pass(bank: &Bank, seconds: i64) {
    bank.app.clock.set(bank.app.clock.now() + Duration::seconds(seconds));
}

/// Sets a second factor up: the authenticator's secret and the recovery codes.
async fn enrol(bank: &Bank, browser: &Browser) -> (String, Vec<String>) {
    let input = json!({ "password": PASSWORD });
    let enrolment = browser.done("enrolSecondFactor", "enrolment { secret address }", input).await["enrolment"].clone();
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    assert!(enrolment["address"].as_str().unwrap().contains(&format!("secret={secret}")), "{enrolment}");
    let input = json!({ "code": code(bank, &secret) });
    let codes = browser.done("confirmSecondFactor", "recoveryCodes", input).await["recoveryCodes"].clone();
    assert_eq!(bank.told_changes().await, ["second_factor_on"]);
    (secret, codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

fn first_code(reply: &crate::instance::Reply) -> Value {
    reply.json()["data"]["signIn"]["errors"][0]["code"].clone()
}

#[tokio::test]
async fn staff_act_as_such_only_in_a_session_with_a_second_factor() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        for (person, role, needs) in [
            (&cast.staff, "STAFF", true),
            (&cast.administrator, "ADMINISTRATOR", true),
            (&cast.committee, "COMMITTEE_MEMBER", false),
            (&cast.researcher, "RESEARCHER", false),
        ] {
            let browser = bank.browser_of(person).await;
            let state = json!({ "enrolled": false, "required": needs, "proven": !needs });
            let roles = if needs { json!([]) } else { json!([{ "role": role }]) };
            assert_eq!(browser.ask(STATE).await["viewer"], json!({ "roles": roles, "secondFactor": state }));
            if needs {
                enrol(bank, &browser).await;
                let state = json!({ "enrolled": true, "required": true, "proven": true });
                let viewer = browser.ask(STATE).await["viewer"].clone();
                assert_eq!(viewer, json!({ "roles": [{ "role": role }], "secondFactor": state }));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_withheld_says_why_in_both_languages() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.administrator).await;
        let query = "{ accounts { totalCount } }";
        for (language, words) in [("en", "only with a second factor"), ("ko", "2단계 인증을 거쳐야")] {
            let query = json!({ "query": query });
            let reply = browser.raw(&[("accept-language", language)], query).await;
            assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "FORBIDDEN");
            assert_eq!(reply.json()["errors"][0]["extensions"]["reason"], "SECOND_FACTOR_MISSING");
            assert!(reply.message().contains(words), "{reply:?}");
        }
        enrol(bank, &browser).await;
        assert_eq!(browser.ask(query).await["accounts"]["totalCount"], 7);
    })
    .await;
}

#[tokio::test]
async fn a_demonstration_and_a_setting_ask_for_none() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let mut config = (*bank.app.config).clone();
        config.second_factor_required = false;
        let browser = Browser::at(App { config: Arc::new(config), ..bank.app.clone() });
        browser.sign_in(&cast.staff.email, PASSWORD, None).await;
        let wanted = json!({ "roles": [{ "role": "STAFF" }],
            "secondFactor": { "enrolled": false, "required": false, "proven": true } });
        assert_eq!(browser.ask(STATE).await["viewer"], wanted);
        bank.execute("UPDATE bank SET kind = 'demo' WHERE id = 1").await.unwrap();
        let browser = bank.browser_of(&cast.staff).await;
        assert_eq!(browser.ask(STATE).await["viewer"], wanted);
    })
    .await;
}

#[tokio::test]
async fn signing_in_asks_for_the_code_and_takes_each_once() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let email = &cast.researcher.email;
        let (secret, _) = enrol(bank, &bank.browser_of(&cast.researcher).await).await;
        let browser = Browser::of(bank);
        let before = bank.number("SELECT count(*) FROM session").await;

        let asked = browser.sign_in(email, PASSWORD, None).await;
        assert_eq!(first_code(&asked), "SECOND_FACTOR_REQUIRED");
        assert_eq!(
            (asked.json()["data"]["signIn"]["errors"][0]["field"].clone(), asked.header("set-cookie")),
            (json!("code"), "")
        );
        assert_eq!(first_code(&browser.sign_in(email, "not the password", None).await), "WRONG_CREDENTIALS");
        let used = code(bank, &secret);
        assert_eq!(
            first_code(&browser.sign_in(email, PASSWORD, Some(&used)).await),
            "WRONG_CODE",
            "it confirmed already"
        );
        assert_eq!(bank.number("SELECT count(*) FROM session").await, before);

        pass(bank, 30);
        let fresh = code(bank, &secret);
        assert_eq!(first_code(&browser.sign_in(email, PASSWORD, Some(&fresh)).await), Value::Null);
        assert_eq!(browser.viewer().await, *email);
        let again = Browser::of(bank);
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, Some(&fresh)).await), "WRONG_CODE", "a replay");
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, Some("000000")).await), "WRONG_CODE");
        pass(bank, 60);
        let late = code(bank, &secret);
        pass(bank, 30);
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, Some(&late)).await), Value::Null, "one step late");
        pass(bank, 60);
        let too_late = code(bank, &secret);
        pass(bank, 90);
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, Some(&too_late)).await), "WRONG_CODE");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_come_with_one_code_at_once_one_is_let_in() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (secret, codes) = enrol(bank, &bank.browser_of(&cast.staff).await).await;
        pass(bank, 60);
        for code in [code(bank, &secret), codes[0].clone()] {
            let before = bank.number("SELECT count(*) FROM session").await;
            let browser = Browser::of(bank);
            let many = (0..6).map(|_| browser.sign_in(&cast.staff.email, PASSWORD, Some(&code)));
            let replies = futures_util::future::join_all(many).await;
            let refused: Vec<_> = replies.iter().map(first_code).filter(|code| !code.is_null()).collect();
            assert_eq!(refused, vec![json!("WRONG_CODE"); 5]);
            assert_eq!(bank.number("SELECT count(*) FROM session").await, before + 1);
        }
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_lock_as_wrong_passwords_do() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (secret, _) = enrol(bank, &bank.browser_of(&cast.researcher).await).await;
        let browser = Browser::of(bank);
        for _ in 0..10 {
            let reply = browser.sign_in(&cast.researcher.email, PASSWORD, Some("000000")).await;
            assert_eq!(first_code(&reply), "WRONG_CODE");
        }
        pass(bank, 30);
        let right = code(bank, &secret);
        let reply = browser.sign_in(&cast.researcher.email, PASSWORD, Some(&right)).await;
        assert_eq!(first_code(&reply), "WRONG_CREDENTIALS", "locked");
        assert_eq!(crate::accounts::letter(bank).await.0, "account_locked");
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_end_the_old() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let email = &cast.researcher.email;
        let first = bank.browser_of(&cast.researcher).await;
        let (secret, codes) = enrol(bank, &first).await;
        assert_eq!(codes.len(), 10);
        let browser = Browser::of(bank);
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(first_code(&browser.sign_in(email, PASSWORD, Some(&typed)).await), Value::Null);
        assert_eq!(first_code(&browser.sign_in(email, PASSWORD, Some(&codes[0])).await), "WRONG_CODE");
        pass(bank, 30);
        let proof = json!({ "password": PASSWORD, "code": code(bank, &secret) });
        let new = browser.done("regenerateRecoveryCodes", "recoveryCodes", proof).await["recoveryCodes"].clone();
        let again = Browser::of(bank);
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, Some(&codes[1])).await), "WRONG_CODE");
        assert_eq!(first_code(&again.sign_in(email, PASSWORD, new[0].as_str()).await), Value::Null);
        let rows = bank.contents().await;
        assert!(codes.iter().all(|code| !rows["recovery_code"].join(" ").contains(&code.replace('-', ""))));
        assert_eq!(bank.told_changes().await, ["recovery_codes"]);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_removed_with_password_and_code() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.staff).await;
        let (secret, _) = enrol(bank, &browser).await;
        let again = json!({ "password": PASSWORD });
        let error = browser.refused("enrolSecondFactor", "enrolment { secret }", again).await;
        assert_eq!(error["code"], "WRONG_STATE");
        pass(bank, 30);
        let right = code(bank, &secret);
        let wrong = json!({ "password": PASSWORD, "code": "000000" });
        assert_eq!(browser.refused("removeSecondFactor", "removed", wrong).await["code"], "WRONG_CODE");
        let wrong = json!({ "password": "not the password", "code": right });
        assert_eq!(browser.refused("removeSecondFactor", "removed", wrong).await["code"], "WRONG_CREDENTIALS");
        browser.done("removeSecondFactor", "removed", json!({ "password": PASSWORD, "code": right })).await;
        let state = json!({ "enrolled": false, "required": true, "proven": false });
        assert_eq!(browser.ask(STATE).await["viewer"], json!({ "roles": [], "secondFactor": state }));
        assert_eq!(bank.told_changes().await, ["second_factor_off"]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_began_without_it_is_lifted_by_a_code() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (before, first) = (bank.browser_of(&cast.staff).await, bank.browser_of(&cast.staff).await);
        let (secret, _) = enrol(bank, &first).await;
        assert_eq!(before.ask(STATE).await["viewer"]["roles"], json!([]), "another session is not lifted with it");
        let input = json!({ "code": "000000" });
        assert_eq!(before.refused("proveSecondFactor", "viewer { email }", input).await["code"], "WRONG_CODE");
        pass(bank, 30);
        before.done("proveSecondFactor", "viewer { email }", json!({ "code": code(bank, &secret) })).await;
        assert_eq!(before.ask(STATE).await["viewer"]["roles"], json!([{ "role": "STAFF" }]));
    })
    .await;
}

#[tokio::test]
async fn who_lost_everything_is_helped_by_an_administrator() {
    on_a_bank(async |bank| {
        let cast: Cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        enrol(bank, &browser).await;
        let person: &Person = &cast.researcher;
        let input = json!({ "person": person.actor.person_id().unwrap().global(), "reason": "lost the telephone" });
        let account = bank.done(&cast.administrator, "resetSecondFactor", "account", "secondFactor", input).await;
        assert_eq!(account["secondFactor"], false);
        assert_eq!(browser.viewer().await, Value::Null, "sessions end");
        assert_eq!(first_code(&browser.sign_in(&person.email, PASSWORD, None).await), Value::Null);
        assert_eq!(bank.told_changes().await, ["second_factor_reset"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_confirmed_without_an_enrolment_and_its_code() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let before = bank.contents().await;
        for (mutation, fields, input) in [
            ("confirmSecondFactor", "recoveryCodes", json!({ "code": "123456" })),
            ("proveSecondFactor", "viewer { email }", json!({ "code": "123456" })),
        ] {
            assert_eq!(browser.refused(mutation, fields, input).await["code"], "WRONG_CODE", "{mutation}");
        }
        assert_eq!(bank.contents().await, before);
        let input = json!({ "password": PASSWORD });
        browser.done("enrolSecondFactor", "enrolment { secret }", input).await;
        let other = bank.browser_of(&cast.researcher).await;
        assert_eq!(other.viewer().await, cast.researcher.email, "what is not confirmed is not asked for");
    })
    .await;
}

#[tokio::test]
async fn no_code_is_looked_at_while_wrong_ones_lock_the_account() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (before, first) = (bank.browser_of(&cast.staff).await, bank.browser_of(&cast.staff).await);
        let (secret, _) = enrol(bank, &first).await;
        for _ in 0..10 {
            let input = json!({ "code": "000000" });
            assert_eq!(before.refused("proveSecondFactor", "viewer { email }", input).await["code"], "WRONG_CODE");
        }
        assert_eq!(crate::accounts::letter(bank).await.0, "account_locked");
        pass(bank, 30);
        let input = json!({ "code": code(bank, &secret) });
        let error = before.refused("proveSecondFactor", "viewer { email }", input).await;
        assert_eq!(error["code"], "ACCOUNT_LOCKED");
        pass(bank, 16 * 60);
        before.done("proveSecondFactor", "viewer { email }", json!({ "code": code(bank, &secret) })).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_never_holds_what_the_session_withheld_in_which_it_was_made() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        for person in [&cast.staff, &cast.committee, &cast.administrator, &cast.researcher, &cast.signatory] {
            let browser = bank.browser_of(person).await;
            let input = json!({ "name": "made-up", "scopes": ["READ", "REQUEST"], "expiresInDays": 1 });
            let made = browser.done("createApiToken", "secret", input).await;
            let token = made["secret"].as_str().unwrap();
            let by_token = queries::actor_by_token(&bank.app, token, None).await.unwrap().unwrap();
            let cookie = browser.cookie().unwrap().split_once('=').unwrap().1.to_owned();
            let in_session = queries::actor_by_session(&bank.app, &cookie, None).await.unwrap().unwrap();
            for permission in Permission::ALL {
                assert!(in_session.can(permission) || !by_token.can(permission), "{} {permission:?}", person.email);
            }
            // Whoever gets a role of the bank later does not get it by a token without a second factor.
            let id = person.actor.person_id().unwrap().0;
            bank.execute(&format!(
                "INSERT INTO role_grant (person_id, role) VALUES ({id}, 'staff') ON CONFLICT DO NOTHING"
            ))
            .await
            .unwrap();
            let by_token = queries::actor_by_token(&bank.app, token, None).await.unwrap().unwrap();
            assert!(!by_token.can(Permission::KeepStock), "{}", person.email);
        }
        bank.letters().await;
    })
    .await;
}
