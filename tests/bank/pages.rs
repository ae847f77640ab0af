//! Somebody before the bank's pages: they load them, send their forms, and their browser keeps the cookies.

use crate::cast::{PASSWORD, Person};
use crate::instance::{Instance, Reply};
use crate::support::Bank;
use axum::http::{Method, StatusCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use stembank::app::App;

/// A browser that shows pages in a language.
pub struct Pages {
    instance: Instance,
    cookies: Mutex<BTreeMap<String, String>>,
    lang: &'static str,
}

impl Pages {
    /// Nobody is signed in.
    pub fn of(bank: &Bank, lang: &'static str) -> Self {
        Self::at(bank.app.clone(), lang)
    }

    /// The same, at a bank with settings of its own.
    pub fn at(app: App, lang: &'static str) -> Self {
        Self { instance: Instance::running(app), cookies: Mutex::default(), lang }
    }

    /// Somebody of the cast is signed in.
    pub async fn signed_in(bank: &Bank, person: &Person, lang: &'static str) -> Self {
        let pages = Self::of(bank, lang);
        pages.sign_in(&person.email).await;
        pages
    }

    /// Nobody is signed in yet, where no second factor is asked for: that has tests of its own.
    pub fn without_factor(bank: &Bank, lang: &'static str) -> Self {
        Self::at(factorless(bank), lang)
    }

    /// Somebody of the cast at such a bank, in English.
    pub async fn at_work(bank: &Bank, person: &Person) -> Self {
        let pages = Self::without_factor(bank, "en");
        pages.sign_in(&person.email).await;
        pages
    }

    async fn sign_in(&self, email: &str) {
        let reply = self.send("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    }

    /// What the browser would send as `Cookie`.
    pub fn cookies(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Puts a cookie in place.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.into(), value.into());
    }

    /// Takes over the session of another browser.
    pub fn take_session_of(&self, other: &Self) {
        let cookies = other.cookies.lock().unwrap();
        let (name, value) = cookies.iter().find(|(name, _)| name.contains("session")).unwrap();
        self.set_cookie(name, value);
    }

    async fn ask(&self, method: Method, address: &str, body: String) -> Reply {
        let cookies = self.cookies();
        let headers = [
            ("cookie", cookies.as_str()),
            ("accept-language", self.lang),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let reply = self.instance.send(method, address, &headers, body).await;
        for set in reply.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.lock().unwrap().remove(name);
            } else {
                self.cookies.lock().unwrap().insert(name.into(), value.into());
            }
        }
        reply
    }

    /// Loads a page.
    pub async fn get(&self, address: &str) -> Reply {
        self.ask(Method::GET, address, String::new()).await
    }

    /// A page that has to be there.
    pub async fn page(&self, address: &str) -> String {
        let reply = self.get(address).await;
        assert_eq!(reply.status, StatusCode::OK, "{address}: {}", reply.text);
        assert!(!reply.text.contains("Unknown localization"), "{address}");
        reply.text
    }

    /// Sends a form with the token of a page.
    pub async fn send(&self, address: &str, fields: &[(&str, &str)]) -> Reply {
        self.post(address, fields, &self.token().await).await
    }

    /// The token of a page.
    pub async fn token(&self) -> String {
        hidden(&self.page("/basket").await, "form_token")
    }

    /// A form that a page of another site has this browser send.
    pub async fn foreign(&self, address: &str, fields: &[(&str, &str)]) -> Reply {
        let (cookies, body) = (self.cookies(), serde_urlencoded::to_string(fields).unwrap());
        let headers = [
            ("cookie", cookies.as_str()),
            ("accept-language", self.lang),
            ("sec-fetch-site", "cross-site"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.instance.send(Method::POST, address, &headers, body).await
    }

    /// Sends a form with a token that was read before.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)], token: &str) -> Reply {
        let fields: Vec<_> = fields.iter().copied().chain([("form_token", token)]).collect();
        self.ask(Method::POST, address, serde_urlencoded::to_string(fields).unwrap()).await
    }

    /// Sends a form that has to be done: where it leads.
    pub async fn done(&self, address: &str, fields: &[(&str, &str)]) -> String {
        let reply = self.send(address, fields).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{address}: {}", reply.text);
        reply.header("location").to_owned()
    }

    /// Sends a form that has to be done: the page to which it leads.
    pub async fn followed(&self, address: &str, fields: &[(&str, &str)]) -> String {
        self.page(&self.done(address, fields).await).await
    }
}

/// A bank at which no second factor is asked for.
pub fn factorless(bank: &Bank) -> App {
    let mut config = (*bank.app.config).clone();
    config.second_factor_required = false;
    App { config: Arc::new(config), ..bank.app.clone() }
}

/// What stands between two texts.
pub fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(rest[..rest.find(end)?].to_owned())
}

/// Value of a page's hidden field; empty if there is none.
pub fn hidden(page: &str, name: &str) -> String {
    let field = page.split_once(&format!("name=\"{name}\"")).map_or("", |found| found.1);
    between(field, "value=\"", "\"").unwrap_or_default()
}
