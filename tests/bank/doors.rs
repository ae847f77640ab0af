//! The door for text: composed, on one line where it is a name or a number, of a length, and the same by every door.

use crate::browser::Browser;
use crate::cast::{Cast, PASSWORD};
use crate::instance::Instance;
use crate::pages::Pages;
use crate::support::{Bank, on_a_bank};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use stembank::accounts::queries::person_by_email;
use stembank::app::App;
use stembank::config::Config;
use stembank::db::Sql;
use stembank::id::CellLineId;
use stembank::inventory::commands::RegisterLot;
use stembank::inventory::model::lot::Tier;

/// A title as a Mac types it, and as it is kept.
const TYPED: &str = "\u{1100}\u{1161}\u{11a8} caf\u{65}\u{301}";
const KEPT: &str = "각 café";

async fn titles(bank: &Bank) -> Vec<String> {
    let rows = Sql::new("SELECT project_title FROM request ORDER BY id")
        .rows(bank.app.db.read())
        .await
        .expect("the bank answers");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

#[tokio::test]
async fn text_is_composed_at_every_door() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let token = Some(cast.researcher.token.as_str());
        let payload = "{ distributionRequest { number } errors { code } }";
        let named = format!("mutation($t: String!) {{ createDistributionRequest(input: {{ projectTitle: $t }}) {payload} }}");
        let default = format!(
            "mutation($t: String! = \"{TYPED}\") {{ createDistributionRequest(input: {{ projectTitle: $t }}) {payload} }}"
        );
        let literal = format!("mutation {{ createDistributionRequest(input: {{ projectTitle: \"{TYPED}\" }}) {payload} }}");
        let escaped = literal.replace('\u{301}', "\\u0301");
        for (query, variables) in
            [(named, json!({ "t": TYPED })), (default, json!({})), (literal, json!({})), (escaped, json!({}))]
        {
            let answer = bank.ask(token, &query, variables).await;
            let made = &answer["data"]["createDistributionRequest"];
            assert!(made["distributionRequest"]["number"].is_string(), "{query}: {answer}");
        }
        assert_eq!(titles(bank).await, [KEPT; 4]);
        let pages = Pages::signed_in(bank, &cast.researcher, "en").await;
        pages.done("/account/profile", &[("name", TYPED), ("lang", "en")]).await;
        assert_eq!(bank.number(&format!("SELECT count(*) FROM person WHERE name = '{KEPT}'")).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_one_line_of_what_can_be_seen() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let draft = json!({ "projectTitle": "A\nmade-up\t title\u{200b} ", "recipientName": "Made-up\r\nName" });
        let fields = "projectTitle recipientName";
        let request =
            bank.done(&cast.researcher, "createDistributionRequest", "distributionRequest", fields, draft).await;
        assert_eq!(request, json!({ "projectTitle": "A made-up title", "recipientName": "Made-up Name" }));
        let before = bank.contents().await;
        let browser = Browser::of(bank);
        for name in ["a\nb", "\u{200b}", "\u{3164}\u{200d}"] {
            let input = json!({ "email": "new@example.org", "name": name, "locale": "EN" });
            let error = browser.refused("registerAccount", "accepted", input).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("BAD_VALUE"), &json!("name")), "{name:?}");
        }
        let place = json!({ "name": "\u{200b} \n", "institutionType": "UNIVERSITY" });
        let error = bank.act(&cast.researcher, "proposeInstitution", "institution { name }", place).await;
        assert_eq!(error["errors"][0]["field"], "name", "{error}");
        assert_eq!(bank.contents().await, before);
        let place = json!({ "name": "New Lab\nTwo", "institutionType": "UNIVERSITY" });
        let made = bank.done(&cast.researcher, "proposeInstitution", "institution", "name", place).await;
        assert_eq!(made["name"], "New Lab Two");
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn a_text_has_a_length() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let instance = Instance::of(bank);
        let token = crate::instance::bearer(&cast.researcher.token);
        let (query, before) = ("query($n: String) { cellLine(name: $n) { name } }", bank.contents().await);
        for text in ["가".repeat(20_001), "x".repeat(20_001)] {
            let body = json!({ "query": query, "variables": { "n": text } });
            let reply = instance.post(&[("authorization", &token), ("accept-language", "en")], body).await;
            assert!(reply.text.contains("at most 20000 characters"), "{}", reply.text);
        }
        let body = json!({ "query": query, "variables": { "n": "가".repeat(20_000) } });
        let reply = instance.post(&[("authorization", &token)], body).await;
        assert_eq!((reply.status, &reply.json()["data"]["cellLine"]), (StatusCode::OK, &Value::Null), "{}", reply.text);
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn one_mailbox_is_one_account_however_it_is_typed() {
    on_a_bank(async |bank| {
        let browser = Browser::of(bank);
        for email in ["kim@한국.kr", "kim@xn--3e0b707e.kr", "KIM@한국.KR", "ｋｉｍ＠한국.kr"] {
            let input = json!({ "email": email, "name": "Made-up Kim", "locale": "EN" });
            browser.done("registerAccount", "accepted", input).await;
        }
        assert!(!bank.letters().await.is_empty());
        assert_eq!(bank.number("SELECT count(*) FROM person").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE email = 'kim@xn--3e0b707e.kr'").await, 1);
        // One that was kept before there was one form is still found.
        bank.execute("UPDATE person SET email = 'kim@한국.kr'").await.unwrap();
        let found = person_by_email(bank.app.db.read(), "KIM@한국.kr").await.unwrap();
        assert!(found.is_some());
        let before = bank.contents().await;
        for email in ["kim@localhost", "kim@made-up.invalid", "kim@[127.0.0.1]", "kim@example.org\nbcc: x@example.org"]
        {
            let error = browser
                .refused("registerAccount", "accepted", json!({ "email": email, "name": "Kim", "locale": "EN" }))
                .await;
            assert_eq!((&error["code"], &error["field"]), (&json!("BAD_VALUE"), &json!("email")), "{email}");
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

async fn register(bank: &Bank, cast: &Cast, number: &str, frozen_on: &str) -> Result<(), String> {
    let line = bank.number("SELECT min(id) FROM cell_line WHERE holding = 'held'").await;
    let lot = RegisterLot {
        line: CellLineId(line),
        number: number.into(),
        tier: Tier::Distribution,
        passage: 12,
        parent: None,
        frozen_on: frozen_on.parse().expect("a day"),
        vials: 2,
        cells_per_vial: 1_000_000,
        made_up: true,
    };
    bank.app.run(&cast.staff.actor, lot).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_lot_number_is_one_however_it_is_typed() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.line("TEST-0001").await;
        let today = bank.app.clock.today().to_string();
        register(bank, &cast, "T-1", &today).await.expect("the bank answers");
        let before = bank.contents().await;
        for number in ["T-1", "t-1", "T\u{2011}1", "\u{ff34}-1", "T_1", "T 1", " T-1\n"] {
            let error = register(bank, &cast, number, &today).await.unwrap_err();
            assert!(error.contains("T-1") || error.contains(number.trim()), "{number}: {error}");
        }
        for (number, day) in [(" - ", today.as_str()), ("T-2", "0001-01-01"), ("T-2", "1949-12-31")] {
            register(bank, &cast, number, day).await.unwrap_err();
        }
        assert_eq!(bank.contents().await, before);
        register(bank, &cast, "T-1-1", &today).await.expect("the bank answers");
        register(bank, &cast, "T-11", "1950-01-01").await.expect("the bank answers");
        let reader = Pages::at_work(bank, &cast.staff).await;
        for typed in ["t-1", "T%201", "%EF%BC%B4-1"] {
            let page = reader.page(&format!("/freezer/lots/{typed}")).await;
            assert!(page.contains("T-1"), "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn country_and_region_are_of_the_states_lists() {
    on_a_bank(async |bank| {
        bank.app.clock.set("2026-06-30T00:00:00Z".parse().unwrap());
        let cast = bank.cast().await;
        let draft = async |input: Value| {
            let fields = "distributionRequest { country region } errors { code field }";
            bank.act(&cast.researcher, "createDistributionRequest", fields, input).await
        };
        for (input, field) in [
            (json!({ "country": "XX" }), "country"),
            (json!({ "country": "Korea" }), "country"),
            (json!({ "region": "Atlantis" }), "region"),
            (json!({ "region": "서울특별시 종로구" }), "region"),
        ] {
            let before = bank.contents().await;
            let answer = draft(input.clone()).await;
            assert_eq!(answer["errors"][0]["field"], field, "{input}: {answer}");
            assert_eq!(bank.contents().await, before);
        }
        for (input, region) in [
            (json!({ "region": "Seoul" }), "서울특별시"),
            (json!({ "region": "서울" }), "서울특별시"),
            (json!({ "region": "광주광역시" }), "광주광역시"),
            (json!({ "country": "DE", "region": "Made-up region" }), "Made-up region"),
        ] {
            let answer = draft(input.clone()).await;
            assert_eq!(answer["distributionRequest"]["region"], region, "{input}: {answer}");
        }
        bank.app.clock.set("2026-07-02T00:00:00Z".parse().unwrap());
        let fields = "distributionRequest { region } errors { code field }";
        let input = json!({ "region": "광주광역시" });
        let answer = bank.act(&cast.researcher, "createDistributionRequest", fields, input).await;
        assert_eq!(answer["distributionRequest"]["region"], "전남광주통합특별시", "{answer}");
    })
    .await;
}

#[tokio::test]
async fn guesses_at_a_password_are_throttled_wherever_it_is_asked_for() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let app = App::new(bank.app.db.clone(), bank.app.clock.clone(), (*bank.app.config).clone());
        let browser = Browser::at(app);
        browser.sign_in(&cast.researcher.email, PASSWORD, None).await;
        // The right one counts as well: whoever has it does not need it so often.
        for guess in 0..20 {
            let input = json!({ "current": "a wrong password", "new": "a made-up phrase of several words" });
            let error = browser.refused("changePassword", "changed", input).await;
            assert!(error["code"] == "WRONG_CREDENTIALS" || error["code"] == "ACCOUNT_LOCKED", "{guess}: {error}");
        }
        let before = bank.contents().await;
        for (mutation, object, input) in [
            ("changePassword", "changed", json!({ "current": PASSWORD, "new": "a made-up phrase of several words" })),
            ("enrolSecondFactor", "enrolment { address }", json!({ "password": PASSWORD })),
            (
                "eraseAccount",
                "erasedAccount { erasedAt }",
                json!({ "email": cast.researcher.email, "password": PASSWORD, "confirm": true }),
            ),
        ] {
            assert_eq!(browser.barred(mutation, object, input).await, "RATE_LIMITED", "{mutation}");
        }
        assert_eq!(bank.contents().await, before);
        bank.letters().await;
        bank.app.clock.set(bank.app.clock.now() + chrono::Duration::minutes(16));
        let input = json!({ "current": PASSWORD, "new": "a made-up phrase of several words" });
        browser.done("changePassword", "changed", input).await;
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn every_answer_forbids_guessing_and_a_demonstration_answers_to_this_machine_only() {
    on_a_bank(async |bank| {
        let settings = |public_url: &str, demonstration: bool| {
            let config = Config { public_url: public_url.into(), demonstration, ..(*bank.app.config).clone() };
            Instance::running(App { config: Arc::new(config), ..bank.app.clone() })
        };
        let paths =
            ["/", "/catalogue", "/graphql", "/static/nothing", "/readyz", "/healthz", "/nothing", "/robots.txt"];
        let (plain, https) = (settings("http://127.0.0.1:8080", false), settings("https://bank.example.org", false));
        for path in paths {
            let reply = plain.send(Method::GET, path, &[("host", "bank.example.org")], String::new()).await;
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(reply.header("strict-transport-security"), "", "{path}");
            let reply = https.send(Method::GET, path, &[], String::new()).await;
            assert_eq!(reply.header("strict-transport-security"), "max-age=31536000", "{path}");
        }
        let demonstration = settings("http://127.0.0.1:8080", true);
        for path in paths {
            for host in ["evil.example", "127.0.0.1.evil.example", "192.0.2.1:8080"] {
                let reply = demonstration
                    .send(Method::GET, path, &[("host", host), ("accept-language", "ko")], String::new())
                    .await;
                assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST, "{path} {host}");
                assert!(reply.text.starts_with("시연용"), "{}", reply.text);
            }
            for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
                let reply = demonstration.send(Method::GET, path, &[("host", host)], String::new()).await;
                assert_ne!(reply.status, StatusCode::MISDIRECTED_REQUEST, "{path} {host}");
            }
        }
    })
    .await;
}
