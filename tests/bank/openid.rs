//! Signing in at a provider: a real one, beside the tests, spoken to over HTTP as a browser would.
//!
//! `make test` starts it (tests/openid.sh). Where there is none these tests say so and end.

mod signing;

use crate::cast::PASSWORD;
use crate::instance::Reply;
use crate::pages::{Pages, between};
use crate::support::{Bank, on_a_bank};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Duration;
use openidconnect::reqwest;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use stembank::actor::{Grant, Role};
use stembank::app::App;
use stembank::config::{Config, IdentityProvider};
use tower::ServiceExt;

/// A bank whose people may sign in at the provider; `None` where no provider was started.
fn with_providers(bank: &Bank) -> Option<App> {
    let Some(issuer) = std::env::var("STEMBANK_TEST_OPENID").ok().filter(|issuer| !issuer.is_empty()) else {
        eprintln!("not tried: STEMBANK_TEST_OPENID is not set (make test sets it)");
        return None;
    };
    let provider = |is_orcid| IdentityProvider {
        name_en: "Made-up provider".into(),
        name_ko: "지어낸 제공자".into(),
        issuer: issuer.clone(),
        client_id: "stembank".into(),
        client_secret: Some("made-up secret of the tests".into()),
        scopes: ["openid", "email", "profile"].map(String::from).into(),
        is_orcid,
    };
    let away = IdentityProvider { issuer: "http://127.0.0.1:9".into(), ..provider(false) };
    let providers = [("local", provider(false)), ("orcid", provider(true)), ("other", provider(false)), ("away", away)];
    let config = Config {
        identity_providers: providers.map(|(name, provider)| (name.to_owned(), provider)).into(),
        public_url: "http://127.0.0.1:8080".into(),
        ..(*bank.app.config).clone()
    };
    Some(App { config: Arc::new(config), ..bank.app.clone() })
}

/// A browser with cookies of the bank and of the provider.
struct Browser {
    app: App,
    http: reqwest::Client,
    pages: Pages,
    provider: BTreeMap<String, String>,
}

fn keep<'a>(jar: &mut BTreeMap<String, String>, cookies: impl Iterator<Item = &'a str>) {
    for cookie in cookies {
        let pair = cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        if value.is_empty() || cookie.contains("Max-Age=0") {
            jar.remove(name);
        } else {
            jar.insert(name.into(), value.into());
        }
    }
}

fn send(jar: &BTreeMap<String, String>) -> String {
    jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

impl Browser {
    fn new(app: &App) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app: app.clone(), http, pages: Pages::at(app.clone(), "ko"), provider: BTreeMap::new() }
    }

    async fn provider(&mut self, request: reqwest::RequestBuilder) -> String {
        let response = request.header("cookie", send(&self.provider)).send().await.unwrap();
        keep(&mut self.provider, response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()));
        let from = response.url().clone();
        let location = response.headers().get("location").unwrap_or_else(|| panic!("{}", response.status()));
        from.join(location.to_str().unwrap()).unwrap().into()
    }

    /// Goes to the provider, signs in there, and brings back the path with the code.
    async fn fetch_code(&mut self, departure: &str, login: &str) -> String {
        let mut address = self.provider(self.http.get(departure)).await;
        while !address.starts_with("http://127.0.0.1:8080/") {
            let request = if address.contains("/interaction/") {
                let form = format!("prompt=login&login={}&password=made-up", login.replace('@', "%40"));
                self.http.post(&address).header("content-type", "application/x-www-form-urlencoded").body(form)
            } else {
                self.http.get(&address)
            };
            address = self.provider(request).await;
        }
        address.trim_start_matches("http://127.0.0.1:8080").to_owned()
    }

    /// The whole way by one provider.
    async fn sign_in(&mut self, provider: &str, login: &str) -> Reply {
        let leaving = self.pages.get(&format!("/sign-in/{provider}?return_to=/requests")).await;
        assert_eq!(leaving.status, StatusCode::SEE_OTHER, "{}", leaving.text);
        // Each time as a person who is new to the provider, or its own session would answer for somebody else.
        self.provider.clear();
        let path = self.fetch_code(leaving.header("location"), login).await;
        self.pages.get(&path).await
    }

    /// Links an identity, as the page does it.
    async fn link(&mut self, provider: &str, login: &str, password: &str) -> Reply {
        let fields = [("password", password)];
        let leaving = self.pages.send(&format!("/account/identities/{provider}/link"), &fields).await;
        let Some(address) = leaving.header("refresh").strip_prefix("0; url=").map(str::to_owned) else {
            return leaving;
        };
        self.provider.clear();
        let path = self.fetch_code(&address, login).await;
        self.pages.get(&path).await
    }

    /// A read or change by GraphQL with the session's cookie: its data.
    async fn ask(&self, query: &str) -> serde_json::Value {
        self.send(query, json!({}), "en").await
    }

    async fn send(&self, query: &str, variables: serde_json::Value, lang: &str) -> serde_json::Value {
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept-language", lang)
            .header("cookie", self.pages.cookies());
        let body = Body::from(json!({ "query": query, "variables": variables }).to_string());
        let response = stembank::server::router(self.app.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    async fn email(&self) -> serde_json::Value {
        self.ask("{ viewer { email } }").await["data"]["viewer"]["email"].clone()
    }
}

#[tokio::test]
async fn who_is_new_gets_an_account_and_who_has_one_gets_into_it() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let mut newcomer = Browser::new(&app);

        let answer = newcomer.sign_in("local", "newcomer@example.org").await;

        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/requests"), "{}", answer.text);
        assert_eq!(newcomer.email().await, "newcomer@example.org");
        let roles = newcomer.ask("{ viewer { roles { role } identities { provider } } }").await;
        assert_eq!(roles["data"]["viewer"]["roles"], json!([{ "role": "RESEARCHER" }]));
        assert_eq!(roles["data"]["viewer"]["identities"], json!([{ "provider": "local" }]));

        let mut again = Browser::new(&app);
        again.sign_in("local", "newcomer@example.org").await;
        assert_eq!(again.email().await, "newcomer@example.org");
        assert_eq!(bank.number("SELECT count(*) FROM person").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM external_identity").await, 1);
        assert_eq!(bank.number("SELECT count(*) FROM openid_login").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_verified_address_leads_into_its_account_and_an_unverified_one_nowhere() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let roles = vec![Grant { role: Role::Researcher, institution: None }];
        bank.person("known", None, roles.clone()).await;
        bank.person("unverified-known", None, roles).await;

        let mut known = Browser::new(&app);
        known.sign_in("local", "known@example.org").await;
        assert_eq!(known.email().await, "known@example.org");

        let before = bank.contents().await;
        for login in ["unverified-known@example.org", "no-address-at-all"] {
            let mut stranger = Browser::new(&app);
            let answer = stranger.sign_in("other", login).await;
            assert_eq!(answer.status, StatusCode::CONFLICT);
            assert!(answer.text.contains("먼저 비밀번호로 로그인"), "{}", answer.text);
            assert!(stranger.email().await.is_null());
        }
        assert_eq!(bank.contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_belongs_to_its_browser_is_used_once_and_ends_after_ten_minutes() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let victim = Browser::new(&app);
        let mut attacker = Browser::new(&app);
        let leaving = attacker.pages.get("/sign-in/local").await;
        let path = attacker.fetch_code(leaving.header("location"), "attacker@example.org").await;

        let answer = victim.pages.get(&path).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text.contains("다시 시작"), "{}", answer.text);
        assert!(victim.email().await.is_null());

        let answer = attacker.pages.get(&path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let twice = Browser::new(&app);
        let state = between(leaving.header("location"), "state=", "&").unwrap();
        twice.pages.set_cookie("stembank_openid", &state);
        assert_eq!(twice.pages.get(&path).await.status, StatusCode::CONFLICT);

        let mut slow = Browser::new(&app);
        let leaving = slow.pages.get("/sign-in/local").await;
        let path = slow.fetch_code(leaving.header("location"), "slow@example.org").await;
        app.clock.set(app.clock.now() + Duration::minutes(10));
        assert_eq!(slow.pages.get(&path).await.status, StatusCode::CONFLICT);
        assert_eq!(bank.number("SELECT count(*) FROM person WHERE email = 'slow@example.org'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_orcid_id_is_authenticated_by_signing_in_at_orcid_only() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let mut browser = Browser::new(&app);
        browser.sign_in("local", "scholar@example.org").await;

        let answer = browser.link("orcid", "0000-0002-1825-0097", "").await;

        assert_eq!(answer.header("location"), "/account/identities?done=linked", "{}", answer.text);
        assert_eq!(browser.email().await, "scholar@example.org");
        let authenticated =
            "SELECT count(*) FROM person WHERE orcid = '0000-0002-1825-0097' AND orcid_authenticated_at IS NOT NULL";
        assert_eq!(bank.number(authenticated).await, 1);
        let mut later = Browser::new(&app);
        later.sign_in("orcid", "0000-0002-1825-0097").await;
        assert_eq!(later.email().await, "scholar@example.org");

        let mut somebody = Browser::new(&app);
        somebody.sign_in("local", "somebody@example.org").await;
        let before = bank.contents().await;
        let answer = somebody.link("orcid", "0000-0002-1825-0097", "").await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "one iD, one account");
        assert_eq!(bank.contents().await, before);
        assert_eq!(bank.told_changes().await, ["identity_linked"]);
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_linked_by_a_form_of_the_bank_and_the_password_alone() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let known = bank.person("known", None, vec![Grant { role: Role::Researcher, institution: None }]).await;
        let mut browser = Browser::new(&app);
        browser.sign_in("local", "known@example.org").await;
        let before = bank.contents().await;
        // A link on a page of somebody else, to a provider at which they are signed in themselves.
        let led = browser.pages.get("/sign-in/orcid?return_to=/account/identities").await;
        assert_eq!((led.status, led.header("location")), (StatusCode::SEE_OTHER, "/account/identities"));
        let foreign = browser.pages.foreign("/account/identities/orcid/link", &[("password", PASSWORD)]).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        assert!(
            !foreign.text.contains("name=\"password\"") && foreign.text.contains("다른 사이트"),
            "{}",
            foreign.text
        );
        assert_eq!(bank.contents().await, before);
        for wrong in ["", "a wrong password"] {
            let refused = browser.link("orcid", "0000-0002-1825-0097", wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        }
        assert_eq!(bank.number("SELECT count(*) FROM external_identity").await, 1);
        let linked = browser.link("orcid", "0000-0002-1825-0097", PASSWORD).await;
        assert_eq!(linked.header("location"), "/account/identities?done=linked", "{}", linked.text);
        let owner = "SELECT count(*) FROM external_identity WHERE provider = 'orcid' AND person_id =";
        assert_eq!(bank.number(&format!("{owner} {}", known.actor.person_id().unwrap().0)).await, 1);
        bank.letters().await;
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_unlinked_unless_it_is_the_only_way_in() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        bank.person("known", None, vec![Grant { role: Role::Researcher, institution: None }]).await;
        let unlink = "mutation { unlinkIdentity(input: { provider: \"local\" }) { errors { code message } } }";
        let mut known = Browser::new(&app);
        known.sign_in("local", "known@example.org").await;
        let mut newcomer = Browser::new(&app);
        newcomer.sign_in("local", "newcomer@example.org").await;

        let before = bank.contents().await;
        let refused = newcomer.ask(unlink).await;
        assert_eq!(refused["data"]["unlinkIdentity"]["errors"][0]["code"], "WRONG_STATE", "{refused}");
        assert_eq!(bank.contents().await, before);

        let done = known.ask(unlink).await;
        assert_eq!(done["data"]["unlinkIdentity"]["errors"], json!([]), "{done} {PASSWORD}");
        assert_eq!(bank.number("SELECT count(*) FROM external_identity").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_and_a_provider_that_is_away_let_nobody_in() {
    on_a_bank(async |bank| {
        let Some(app) = with_providers(bank) else { return };
        let mut browser = Browser::new(&app);
        browser.sign_in("local", "gone@example.org").await;
        bank.execute("UPDATE person SET disabled_at = '2026-03-02 03:00:00+00:00'").await.unwrap();
        assert!(browser.email().await.is_null(), "its sessions end");
        let mut again = Browser::new(&app);
        let answer = again.sign_in("local", "gone@example.org").await;
        assert_ne!(answer.status, StatusCode::SEE_OTHER);
        assert!(again.email().await.is_null());

        let answer = again.pages.get("/sign-in/away").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text.contains("로그인 제공자가 올바르게 응답하지 않았습니다"), "{}", answer.text);
        assert_eq!(again.pages.get("/sign-in/nobody").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
