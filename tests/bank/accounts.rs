//! Registering, verifying an e-mail, choosing passwords, one's own profile; and that nobody learns who has an account.

use crate::browser::Browser;
use crate::cast::PASSWORD;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use stembank::accounts::commands::DisableAccount;
use stembank::actor::Actor;

const NEW: &str = "newcomer@example.org";
const NEW_PASSWORD: &str = "four pipettes sing";

fn registration(email: &str) -> Value {
    json!({ "email": email, "name": "Made-up Newcomer", "locale": "KO" })
}

/// The link of a letter, with a password.
fn verification(token: &str) -> Value {
    json!({ "token": token, "password": NEW_PASSWORD })
}

fn pass(bank: &Bank, time: Duration) {
    bank.app.clock.set(bank.app.clock.now() + time);
}

/// The one letter that waits: its event, and the secret of its link.
pub async fn letter(bank: &Bank) -> (String, String) {
    let letters = bank.letters().await;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    let secret = letters[0].detail["link_secret"].as_str().unwrap_or_default().to_owned();
    (letters[0].event.clone(), secret)
}

#[tokio::test]
async fn a_person_registers_verifies_and_is_a_researcher() {
    on_a_bank(async |bank| {
        let university = bank.institution("Made-up University", "university").await;
        let browser = Browser::of(bank);
        let mut input = registration("Newcomer@Example.org");
        input["institution"] = json!(university.global());

        let payload = browser.done("registerAccount", "accepted", input).await;

        assert_eq!(payload["accepted"], true);
        let (event, secret) = letter(bank).await;
        assert_eq!(event, "verify_email");
        assert_eq!(bank.number("SELECT count(*) FROM role_grant").await, 0, "no role before");
        let reply = browser.sign_in(NEW, NEW_PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");

        browser.done("verifyEmail", "verified", verification(&secret)).await;

        browser.sign_in(NEW, NEW_PASSWORD, None).await;
        let ask = "{ viewer { email person { name } institution { name } roles { role } memberships { state institution { name } } } }";
        let viewer = browser.ask(ask).await;
        // The address says nothing of the university, so that it is asked.
        let asked = json!([{ "state": "REQUESTED", "institution": { "name": "Made-up University" } }]);
        let wanted = json!({ "email": NEW, "person": { "name": "Made-up Newcomer" }, "institution": null,
            "roles": [{ "role": "RESEARCHER" }], "memberships": asked });
        assert_eq!(viewer["viewer"], wanted);
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE locale = 'ko'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn no_answer_tells_whether_an_email_is_registered() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let person = cast.stranger.actor.person_id().unwrap();
        bank.app.run(&Actor::system("test"), DisableAccount { person, reason: "made up".into() }).await.unwrap();
        let browser = Browser::of(bank);
        let emails = ["nobody@example.org", &cast.researcher.email, &cast.stranger.email];
        let mut events = vec![];
        for email in emails {
            let reply = browser.reply("registerAccount", "accepted", registration(email), &[]).await;
            assert_eq!(reply.text, r#"{"data":{"registerAccount":{"accepted":true,"errors":[]}}}"#, "{email}");
            events.extend(bank.letters().await.into_iter().map(|letter| letter.event));
        }
        assert_eq!(events, ["verify_email", "email_already_registered"]);
        for (mutation, event) in [("resendVerification", None), ("requestPasswordReset", Some("reset_password"))] {
            for email in ["unknown@example.org", &cast.researcher.email, &cast.stranger.email] {
                let reply = browser.reply(mutation, "accepted", json!({ "email": email }), &[]).await;
                let wanted = format!(r#"{{"data":{{"{mutation}":{{"accepted":true,"errors":[]}}}}}}"#);
                assert_eq!(reply.text, wanted, "{email}");
                let letters = bank.letters().await;
                let wanted = event.filter(|_| email == cast.researcher.email);
                assert_eq!(letters.first().map(|letter| letter.event.as_str()), wanted, "{mutation} {email}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_registers_somebody_elses_email_changes_nothing_there() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = Browser::of(bank);
        let before = bank.contents().await;
        browser.done("registerAccount", "accepted", registration(&cast.researcher.email)).await;
        assert_eq!(letter(bank).await.0, "email_already_registered");
        let mut after = bank.contents().await;
        after.insert("mail_message".into(), before["mail_message"].clone());
        assert_eq!(after, before, "the owner is told, nothing else happens");
        browser.done("registerAccount", "accepted", registration(&cast.researcher.email)).await;
        assert_eq!(bank.letters().await, [], "and told once in five minutes");
    })
    .await;
}

#[tokio::test]
async fn a_link_works_once_until_it_expires_and_only_for_what_it_is() {
    on_a_bank(async |bank| {
        let browser = Browser::of(bank);
        browser.done("registerAccount", "accepted", registration(NEW)).await;
        let (_, first) = letter(bank).await;
        browser.done("resendVerification", "accepted", json!({ "email": NEW })).await;
        assert_eq!(bank.letters().await, [], "not again within five minutes");
        pass(bank, Duration::minutes(6));
        browser.done("resendVerification", "accepted", json!({ "email": NEW })).await;
        let (_, second) = letter(bank).await;
        let before = bank.contents().await;
        for token in [first.as_str(), "nonsense", ""] {
            let error = browser.refused("verifyEmail", "verified", verification(token)).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("LINK_INVALID"), &json!("token")));
        }
        let input = json!({ "token": second, "password": NEW_PASSWORD });
        assert_eq!(browser.refused("resetPassword", "reset", input).await["code"], "LINK_INVALID");
        pass(bank, Duration::days(3));
        let error = browser.refused("verifyEmail", "verified", verification(&second)).await;
        assert_eq!(error["message"], "This link was used already or has expired; ask for a new one.");
        let korean = [("cookie", "lang=ko")];
        let reply = browser.reply("verifyEmail", "verified", verification(&second), &korean).await;
        drop(reply);
        assert_eq!(bank.contents().await, before);

        browser.done("resendVerification", "accepted", json!({ "email": NEW })).await;
        let (_, third) = letter(bank).await;
        browser.done("verifyEmail", "verified", verification(&third)).await;
        assert_eq!(browser.refused("verifyEmail", "verified", verification(&third)).await["code"], "LINK_INVALID");
        pass(bank, Duration::minutes(6));
        browser.done("resendVerification", "accepted", json!({ "email": NEW })).await;
        assert_eq!(bank.letters().await, [], "who is verified needs no link");
    })
    .await;
}

#[tokio::test]
async fn whoever_registers_somebody_elses_email_cannot_come_in_by_it() {
    on_a_bank(async |bank| {
        let browser = Browser::of(bank);
        browser.done("registerAccount", "accepted", registration(NEW)).await;
        let (_, first) = letter(bank).await;
        pass(bank, Duration::minutes(6));
        browser.done("registerAccount", "accepted", registration(NEW)).await;
        let (_, second) = letter(bank).await;
        let error = browser.refused("verifyEmail", "verified", verification(&first)).await;
        assert_eq!(error["code"], "LINK_INVALID");
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE password_hash IS NOT NULL").await, 0);
        // Whoever follows the link of the owner's letter chooses the password, and nobody else.
        browser.done("verifyEmail", "verified", verification(&second)).await;
        let reply = browser.sign_in(NEW, NEW_PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn registering_touches_no_account_that_was_invited_or_has_a_role() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = Browser::of(bank);
        let invited = "invited@example.org";
        let input = json!({ "email": invited, "name": "Made-up Administrator", "locale": "EN",
            "roles": [{ "role": "ADMINISTRATOR" }] });
        bank.done(&cast.administrator, "inviteAccount", "account", "id", input).await;
        let (_, invitation) = letter(bank).await;
        let before = bank.contents().await;
        browser.done("registerAccount", "accepted", registration(invited)).await;
        browser.done("resendVerification", "accepted", json!({ "email": invited })).await;
        assert_eq!(letter(bank).await.0, "email_already_registered", "its owner is told");
        let mut after = bank.contents().await;
        after.insert("mail_message".into(), before["mail_message"].clone());
        assert_eq!(after, before);
        let input = json!({ "token": invitation, "password": NEW_PASSWORD });
        browser.done("acceptInvitation", "accepted", input).await;
        let reply = browser.sign_in(invited, NEW_PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_password_kept_before_the_email_was_proved_lets_nobody_in() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (browser, email) = (Browser::of(bank), &cast.researcher.email);
        // As an earlier release left it.
        bank.execute(&format!("UPDATE person SET email_verified_at = NULL WHERE email = '{email}'")).await.unwrap();
        bank.execute("DELETE FROM role_grant WHERE role = 'researcher'").await.unwrap();
        let reply = browser.sign_in(email, crate::cast::PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
        browser.done("resendVerification", "accepted", json!({ "email": email })).await;
        let (_, secret) = letter(bank).await;
        browser.done("verifyEmail", "verified", verification(&secret)).await;
        let reply = browser.sign_in(email, crate::cast::PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
        let reply = browser.sign_in(email, NEW_PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_in_both_languages() {
    on_a_bank(async |bank| {
        let browser = Browser::of(bank);
        let told = async |mutation: &str, object: &str, input: Value, code: &str, field: &str, words: [&str; 2]| {
            let error = browser.refused(mutation, object, input.clone()).await;
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(field)), "{input}");
            assert!(error["message"].as_str().unwrap().contains(words[0]), "{error}");
            browser.set_cookie(Some("lang=ko".into()));
            let error = browser.refused(mutation, object, input).await;
            assert!(error["message"].as_str().unwrap().contains(words[1]), "{error}");
            browser.set_cookie(None);
        };
        let before = bank.contents().await;
        for (field, value, words) in [
            ("email", "no e-mail", ["is no e-mail address", "이메일 주소가 아닙니다"]),
            ("name", "  ", ["1 to 200", "1자 이상"]),
        ] {
            let mut input = registration(NEW);
            input[field] = json!(value);
            told("registerAccount", "accepted", input, "BAD_VALUE", field, words).await;
        }
        let mut input = registration(NEW);
        input["institution"] = json!(stembank::id::InstitutionId(999_999).global());
        assert_eq!(browser.barred("registerAccount", "accepted", input).await, "NOT_FOUND");
        assert_eq!(bank.contents().await, before);
        browser.done("registerAccount", "accepted", registration(NEW)).await;
        let (_, secret) = letter(bank).await;
        let before = bank.contents().await;
        for (password, words) in [
            ("short", ["12 to 256", "12자 이상"]),
            ("passwordpassword", ["guess", "추측"]),
            ("newcomer2026", ["guess", "추측"]),
            ("Made-up Newcomer", ["guess", "추측"]),
        ] {
            let input = json!({ "token": secret, "password": password });
            told("verifyEmail", "verified", input, "BAD_VALUE", "password", words).await;
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_password_is_reset_by_letter_and_ends_sessions_and_tokens() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (email, browser) = (&cast.researcher.email, bank.browser_of(&cast.researcher).await);
        let visitor = Browser::of(bank);
        visitor.done("requestPasswordReset", "accepted", json!({ "email": email })).await;
        let (event, secret) = letter(bank).await;
        assert_eq!(event, "reset_password");
        let before = bank.contents().await;
        let own = json!({ "token": secret, "password": "researcher12" });
        assert_eq!(visitor.refused("resetPassword", "reset", own).await["field"], "password");
        assert_eq!(bank.contents().await, before, "the link still works");

        let input = json!({ "token": secret, "password": NEW_PASSWORD });
        visitor.done("resetPassword", "reset", input.clone()).await;

        assert_eq!(browser.viewer().await, Value::Null);
        let answer = bank.ask(Some(&cast.researcher.token), "{ viewer { email } }", json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(visitor.refused("resetPassword", "reset", input).await["code"], "LINK_INVALID");
        let reply = visitor.sign_in(email, PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
        visitor.sign_in(email, NEW_PASSWORD, None).await;
        assert_eq!(visitor.viewer().await, *email);
        assert_eq!(bank.told_changes().await, ["password"]);
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_lasts_an_hour_and_unlocks() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (email, visitor) = (&cast.researcher.email, Browser::of(bank));
        for _ in 0..10 {
            visitor.sign_in(email, "not the password", None).await;
        }
        assert_eq!(letter(bank).await.0, "account_locked");
        visitor.done("requestPasswordReset", "accepted", json!({ "email": email })).await;
        let (_, secret) = letter(bank).await;
        pass(bank, Duration::minutes(5));
        visitor.done("resetPassword", "reset", json!({ "token": secret, "password": NEW_PASSWORD })).await;
        visitor.sign_in(email, NEW_PASSWORD, None).await;
        assert_eq!(visitor.viewer().await, *email);
        assert_eq!(bank.told_changes().await, ["password"]);
        pass(bank, Duration::minutes(1));
        visitor.done("requestPasswordReset", "accepted", json!({ "email": email })).await;
        let (_, secret) = letter(bank).await;
        pass(bank, Duration::hours(1));
        let input = json!({ "token": secret, "password": NEW_PASSWORD });
        assert_eq!(visitor.refused("resetPassword", "reset", input).await["code"], "LINK_INVALID");
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_ends_the_other_sessions() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (here, there) = (bank.browser_of(&cast.researcher).await, bank.browser_of(&cast.researcher).await);
        let wrong = json!({ "current": "not the password", "new": NEW_PASSWORD });
        assert_eq!(here.refused("changePassword", "changed", wrong).await["code"], "WRONG_CREDENTIALS");
        let weak = json!({ "current": PASSWORD, "new": "passwordpassword" });
        assert_eq!(here.refused("changePassword", "changed", weak).await["code"], "BAD_VALUE");
        assert_eq!(there.viewer().await, cast.researcher.email);

        here.done("changePassword", "changed", json!({ "current": PASSWORD, "new": NEW_PASSWORD })).await;

        assert_eq!(here.viewer().await, cast.researcher.email);
        assert_eq!(there.viewer().await, Value::Null);
        let answer = bank.ask(Some(&cast.researcher.token), "{ viewer { email } }", json!({})).await;
        assert_eq!(answer["data"]["viewer"]["email"], cast.researcher.email, "tokens stay");
        there.sign_in(&cast.researcher.email, NEW_PASSWORD, None).await;
        assert_eq!(there.viewer().await, cast.researcher.email);
        assert_eq!(bank.told_changes().await, ["password"]);
    })
    .await;
}

#[tokio::test]
async fn people_change_their_name_and_language() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let input = json!({ "name": " Another Name ", "locale": "KO" });
        browser.done("updateProfile", "viewer { email }", input).await;
        assert_eq!(browser.ask("{ viewer { person { name } } }").await["viewer"]["person"]["name"], "Another Name");
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE locale = 'ko'").await, 1);
        let before = bank.contents().await;
        let error = browser.refused("updateProfile", "viewer { email }", json!({ "name": "" })).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("BAD_VALUE"), &json!("name")));
        assert_eq!(bank.contents().await, before);
        let detail = "SELECT count(*) FROM audit_event WHERE CAST(detail AS TEXT) LIKE '%Another Name%'";
        assert_eq!(bank.number(detail).await, 0, "names never stand in the history");
    })
    .await;
}
