//! Signing in by password, the cookie, and the ends of a session.

use crate::browser::Browser;
use crate::cast::PASSWORD;
use crate::support::{Bank, on_a_bank};
use chrono::Duration;
use serde_json::{Value, json};
use std::sync::Arc;
use stembank::accounts::commands::DisableAccount;
use stembank::actor::Actor;
use stembank::app::App;
use stembank::config::{Argon2Cost, Config};

/// The bank with other settings.
fn with(bank: &Bank, change: impl FnOnce(&mut Config)) -> App {
    let mut config = (*bank.app.config).clone();
    change(&mut config);
    App { config: Arc::new(config), ..bank.app.clone() }
}

fn pass(bank: &Bank, minutes: i64) {
    bank.app.clock.set(bank.app.clock.now() + Duration::minutes(minutes));
}

#[tokio::test]
async fn signing_in_opens_a_session_that_a_cookie_carries() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = Browser::of(bank);

        let reply = browser.sign_in(&cast.researcher.email.to_uppercase(), PASSWORD, None).await;

        assert_eq!(reply.json()["data"]["signIn"]["viewer"]["email"], cast.researcher.email);
        let set = reply.header("set-cookie").to_owned();
        assert!(set.starts_with("stembank_session=") && set.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(browser.viewer().await, cast.researcher.email);
        let secret = browser.cookie().unwrap().split_once('=').unwrap().1.to_owned();
        assert!(!reply.text.contains(&secret), "the answer does not repeat the cookie");
        for (table, rows) in bank.contents().await {
            assert!(!rows.iter().any(|row| row.contains(&secret) || row.contains(PASSWORD)), "{table}");
        }
        assert_eq!(bank.number("SELECT count(*) FROM audit_event WHERE action = 'session.open'").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM session WHERE user_agent = 'Made-up Browser 1.0'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn by_https_the_cookie_is_secure_and_belongs_to_the_host() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = Browser::at(with(bank, |config| config.public_url = "https://bank.example.org".into()));
        let reply = browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        let set = reply.header("set-cookie");
        assert!(set.starts_with("__Host-stembank_session="), "{set}");
        assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{set}");
        assert_eq!(browser.viewer().await, cast.researcher.email);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_by_age() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let idle = bank.browser_of(&cast.researcher).await;
        let busy = bank.browser_of(&cast.researcher).await;
        pass(bank, 59);
        assert_eq!(busy.viewer().await, cast.researcher.email);
        pass(bank, 1);
        assert_eq!(idle.viewer().await, Value::Null, "an hour without a request");
        for _ in 0..12 {
            assert_eq!(busy.viewer().await, cast.researcher.email);
            pass(bank, 55);
        }
        assert_eq!(busy.viewer().await, Value::Null, "12 hours after signing in");
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let seen = async || bank.number("SELECT count(DISTINCT last_seen_at) FROM session").await;
        let fresh = "SELECT count(*) FROM session WHERE last_seen_at = created_at";
        bank.app.clock.set(bank.app.clock.now() + Duration::seconds(59));
        browser.viewer().await;
        assert_eq!((seen().await, bank.number(fresh).await), (1, 1));
        bank.app.clock.set(bank.app.clock.now() + Duration::seconds(1));
        browser.viewer().await;
        assert_eq!((seen().await, bank.number(fresh).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_one_session_or_all() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let (first, second) = (bank.browser_of(&cast.researcher).await, bank.browser_of(&cast.researcher).await);
        let others = bank.browser_of(&cast.signatory).await;
        let cookie = first.cookie();

        assert_eq!(first.done("signOut", "signedOut", json!({})).await["signedOut"], true);

        assert_eq!(first.cookie(), None, "the browser forgot it");
        first.set_cookie(cookie);
        assert_eq!(first.viewer().await, Value::Null, "and the bank as well");
        assert_eq!(second.viewer().await, cast.researcher.email);
        let third = bank.browser_of(&cast.researcher).await;
        third.done("signOut", "signedOut", json!({ "everywhere": true })).await;
        assert_eq!(second.viewer().await, Value::Null);
        assert_eq!(others.viewer().await, cast.signatory.email, "other people stay signed in");
        assert_eq!(first.done("signOut", "signedOut", json!({})).await["signedOut"], true, "twice does no harm");
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_ends_its_sessions() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let person = cast.researcher.actor.person_id().unwrap();
        bank.app.run(&Actor::system("test"), DisableAccount { person, reason: "made up".into() }).await.unwrap();
        assert_eq!(browser.viewer().await, Value::Null);
        assert_eq!(bank.number("SELECT count(*) FROM session WHERE ended_at IS NULL").await, 0);
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_leaves_the_session_before() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let before = browser.cookie();
        browser.sign_in(&cast.signatory.email, PASSWORD, None).await;
        assert_eq!(browser.viewer().await, cast.signatory.email);
        browser.set_cookie(before);
        assert_eq!(browser.viewer().await, Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_the_cookie() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let own = [("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")];
        assert_eq!(browser.send("{ viewer { email } }", json!({}), &own).await.status, 200);
        let host = [("origin", "http://bank.lan:81"), ("host", "bank.lan:81")];
        assert_eq!(browser.send("{ viewer { email } }", json!({}), &host).await.status, 200);
        let before = bank.contents().await;
        for foreign in [
            ("origin", "https://evil.example.org"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:8081"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let reply = browser.reply("signOut", "signedOut", json!({}), &[foreign]).await;
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, "FORBIDDEN"), "{foreign:?}");
        }
        let korean = [("sec-fetch-site", "cross-site"), ("cookie", "lang=ko")];
        let reply = browser.send("{ viewer { email } }", json!({}), &korean).await;
        assert!(reply.message().contains("다른 사이트") || reply.message().contains("another site"), "{reply:?}");
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_token_goes_before_a_cookie_and_opens_no_session() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = bank.browser_of(&cast.researcher).await;
        let bearer = format!("Bearer {}", cast.staff.token);
        let reply = browser.send("{ viewer { email } }", json!({}), &[("authorization", &bearer)]).await;
        assert_eq!(reply.json()["data"]["viewer"]["email"], cast.staff.email);
        let reply = browser.reply("signOut", "signedOut", json!({}), &[("authorization", &bearer)]).await;
        assert_eq!(reply.json()["errors"][0]["extensions"]["reason"], "SESSION_REQUIRED");
        assert_eq!(browser.viewer().await, cast.researcher.email);
    })
    .await;
}

#[tokio::test]
async fn no_answer_to_signing_in_tells_whether_there_is_such_an_account() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let person = cast.stranger.actor.person_id().unwrap();
        bank.app.run(&Actor::system("test"), DisableAccount { person, reason: "made up".into() }).await.unwrap();
        bank.execute("UPDATE person SET email_verified_at = NULL WHERE email = 'signatory@example.org'").await.unwrap();
        bank.execute("UPDATE person SET locked_until = '2026-03-02T04:00:00Z' WHERE email = 'committee@example.org'")
            .await
            .unwrap();
        let browser = Browser::of(bank);
        let unknown = browser.sign_in("nobody@example.org", PASSWORD, None).await;
        assert_eq!(unknown.header("set-cookie"), "");
        let error = &unknown.json()["data"]["signIn"]["errors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!("WRONG_CREDENTIALS"), &json!("password")));
        let (nobody, long) = ("nobody@example.org".to_owned(), "long ".repeat(200));
        for (email, password) in [
            (&cast.researcher.email, "not the password"),
            (&cast.researcher.email, "short"),
            (&nobody, "short"),
            (&nobody, &long),
            (&nobody, ""),
            (&cast.stranger.email, PASSWORD),
            (&cast.signatory.email, PASSWORD),
            (&cast.committee.email, PASSWORD),
        ] {
            let reply = browser.sign_in(email, password, None).await;
            assert_eq!(reply.text, unknown.text, "{email}");
            assert_eq!(reply.header("set-cookie"), "", "{email}");
        }
        assert_eq!(bank.number("SELECT count(*) FROM session").await, 0);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn parallel_guesses_get_no_more_than_ten() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let browser = Browser::of(bank);
        let guesses = (0..30).map(|_| browser.sign_in(&cast.researcher.email, "not the password", None));
        for reply in futures_util::future::join_all(guesses).await {
            assert_eq!(reply.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
        }
        let counted = "SELECT count(*) FROM audit_event WHERE action = 'account.wrong_password'";
        assert_eq!(bank.number(counted).await, 10);
        let letters = bank.letters().await;
        assert_eq!(letters.iter().map(|letter| letter.event.as_str()).collect::<Vec<_>>(), ["account_locked"]);

        let right = browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        assert_eq!(right.json()["data"]["signIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
        pass(bank, 16);
        let right = browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        assert_eq!(right.json()["data"]["signIn"]["errors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_the_cost_changed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let email = &cast.researcher.email;
        let dearer = "SELECT count(*) FROM person WHERE password_hash LIKE '%m=16,t=2,p=1%'";
        let app = with(bank, |config| config.argon2 = Argon2Cost { memory_kib: 16, passes: 2, lanes: 1 });
        let browser = Browser::at(app);
        browser.sign_in(email, "not the password", None).await;
        assert_eq!(bank.number(dearer).await, 0);
        browser.sign_in(email, PASSWORD, None).await;
        assert_eq!(bank.number(dearer).await, 1);
        let again = browser.sign_in(email, PASSWORD, None).await;
        assert_eq!(again.json()["data"]["signIn"]["errors"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn an_address_is_told_to_wait_after_twenty_attempts_a_minute() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let app = with(bank, |config| config.client_address_header = Some("x-forwarded-for".into()));
        let browser = Browser::at(app);
        let attempt = async |address: &str, email: &str, language: &str| {
            let headers = [("x-forwarded-for", address), ("cookie", language)];
            let input = json!({ "email": email, "password": "not the password" });
            browser.reply("signIn", "viewer { email }", input, &headers).await
        };
        for place in 0..20 {
            let reply = attempt("203.0.113.9", &format!("nobody{place}@example.org"), "lang=en").await;
            assert_eq!(reply.status, 200, "{place}: {reply:?}");
        }
        let reply = attempt("203.0.113.9", &cast.researcher.email, "lang=en").await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "RATE_LIMITED"));
        assert_eq!(
            (reply.header("retry-after"), reply.message().as_str()),
            ("3", "Too many attempts; try again in 3 second(s).")
        );
        let reply = attempt("203.0.113.9", &cast.researcher.email, "lang=ko").await;
        assert_eq!(reply.message(), "시도 횟수가 너무 많습니다. 3초 후 다시 시도해 주십시오.");
        assert_eq!(attempt("203.0.113.10", "nobody@example.org", "lang=en").await.status, 200, "another address");

        // Many addresses at one account: the same whether there is such an account or not.
        for email in [cast.signatory.email.as_str(), "unknown@example.org"] {
            for place in 0..20 {
                assert_eq!(
                    attempt(&format!("198.51.100.{place}"), email, "lang=en").await.status,
                    200,
                    "{email} {place}"
                );
            }
            assert_eq!(attempt("198.51.100.99", email, "lang=en").await.status, 429, "{email}");
        }
        pass(bank, 1);
        assert_eq!(attempt("203.0.113.9", "nobody@example.org", "lang=en").await.status, 200, "a minute later");
        bank.letters().await;
    })
    .await;
}
