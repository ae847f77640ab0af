//! A browser with one person before it: it keeps the bank's cookie and sends it back.

use crate::cast::{PASSWORD, Person};
use crate::instance::{Instance, Reply};
use crate::support::Bank;
use serde_json::{Value, json};
use std::sync::Mutex;
use stembank::app::App;

/// A browser; it speaks English.
pub struct Browser {
    instance: Instance,
    cookie: Mutex<Option<String>>,
}

impl Bank {
    /// A browser in which a person of the cast is signed in.
    pub async fn browser_of(&self, person: &Person) -> Browser {
        let browser = Browser::of(self);
        let reply = browser.sign_in(&person.email, PASSWORD, None).await;
        assert_eq!(reply.json()["data"]["signIn"]["errors"], json!([]), "{reply:?}");
        browser
    }
}

impl Browser {
    /// Nobody is signed in.
    pub fn of(bank: &Bank) -> Self {
        Self::at(bank.app.clone())
    }

    /// The same, at a bank with settings of its own.
    pub fn at(app: App) -> Self {
        Self { instance: Instance::running(app), cookie: Mutex::new(None) }
    }

    /// The cookie that it would send, as `name=value`.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Puts a cookie in place.
    pub fn set_cookie(&self, cookie: Option<String>) {
        *self.cookie.lock().unwrap() = cookie;
    }

    /// Sends an operation, with more headers.
    pub async fn send(&self, query: &str, variables: Value, headers: &[(&str, &str)]) -> Reply {
        let cookie = self.cookie();
        let mut all = vec![("accept-language", "en"), ("user-agent", "Made-up Browser 1.0")];
        all.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
        all.extend(headers);
        let reply = self.instance.post(&all, json!({ "query": query, "variables": variables })).await;
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let pair = set.split(';').next().unwrap().to_owned();
            self.set_cookie(if set.contains("Max-Age=0") { None } else { Some(pair) });
        }
        reply
    }

    /// Sends a body with the cookie and these headers alone.
    pub async fn raw(&self, headers: &[(&str, &str)], body: Value) -> Reply {
        let cookie = self.cookie();
        let all: Vec<_> =
            cookie.as_deref().map(|cookie| ("cookie", cookie)).into_iter().chain(headers.iter().copied()).collect();
        self.instance.post(&all, body).await
    }

    /// Asks something that has to work: its data.
    pub async fn ask(&self, query: &str) -> Value {
        let answer = self.send(query, json!({}), &[]).await.json();
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        answer["data"].clone()
    }

    /// A mutation with one input: the whole reply.
    pub async fn reply(&self, mutation: &str, answer: &str, input: Value, headers: &[(&str, &str)]) -> Reply {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {answer} errors {{ code message field }} }} }}"
        );
        self.send(&query, json!({ "input": input }), headers).await
    }

    /// A mutation that is answered by a payload.
    pub async fn act(&self, mutation: &str, answer: &str, input: Value) -> Value {
        let answer = self.reply(mutation, answer, input, &[]).await.json();
        assert!(answer.get("errors").is_none(), "{mutation}: {answer:#}");
        answer["data"][mutation].clone()
    }

    /// A mutation that has to work: its payload.
    pub async fn done(&self, mutation: &str, answer: &str, input: Value) -> Value {
        let payload = self.act(mutation, answer, input).await;
        assert_eq!(payload["errors"], json!([]), "{mutation}");
        payload
    }

    /// A mutation that is refused in its payload: the first error.
    pub async fn refused(&self, mutation: &str, answer: &str, input: Value) -> Value {
        let payload = self.act(mutation, answer, input).await;
        assert!(!payload["errors"][0].is_null(), "{mutation} was not refused: {payload}");
        payload["errors"][0].clone()
    }

    /// A mutation that is refused at the top level: its reason.
    pub async fn barred(&self, mutation: &str, answer: &str, input: Value) -> String {
        let answer = self.reply(mutation, answer, input, &[]).await.json();
        answer["errors"][0]["extensions"]["reason"].as_str().unwrap_or_else(|| panic!("{answer:#}")).into()
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str, code: Option<&str>) -> Reply {
        let input = json!({ "email": email, "password": password, "code": code });
        self.reply("signIn", "viewer { email }", input, &[]).await
    }

    /// Whose e-mail the viewer has; null if nobody is signed in.
    pub async fn viewer(&self) -> Value {
        self.ask("{ viewer { email } }").await["viewer"]["email"].clone()
    }
}
