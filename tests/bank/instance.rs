//! One running instance of the service, with its own cache and its own persisted queries, spoken to over HTTP.

use crate::support::Bank;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use stembank::app::App;
use stembank::server::tasks::TaskHealth;
use tower::ServiceExt;

/// An instance; a test may keep several on one database.
pub struct Instance(Router);

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Code of the first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().into()
    }

    /// Sentence of the first error.
    pub fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().into()
    }
}

impl Instance {
    /// An instance on a bank's database.
    pub fn of(bank: &Bank) -> Self {
        Self::running(bank.app.clone())
    }

    /// An instance with settings of its own.
    pub fn running(app: App) -> Self {
        Self(stembank::server::router(app))
    }

    /// An instance beside background tasks.
    pub fn beside(bank: &Bank, tasks: TaskHealth) -> Self {
        Self(stembank::server::router_beside(bank.app.clone(), tasks))
    }

    /// Sends anything.
    pub async fn send(&self, method: Method, address: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.0.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Reply { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// A POST of JSON to /graphql.
    pub async fn post(&self, headers: &[(&str, &str)], body: impl ToString) -> Reply {
        let mut all = vec![(header::CONTENT_TYPE.as_str(), "application/json")];
        all.extend(headers);
        self.send(Method::POST, "/graphql", &all, body.to_string()).await
    }

    /// A GET of /graphql with these parameters.
    pub async fn get(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Reply {
        let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        self.send(Method::GET, &format!("/graphql?{}", pairs.join("&")), headers, String::new()).await
    }

    /// An anonymous query in English that has to work: its data.
    pub async fn data(&self, query: &str) -> Value {
        let reply = self.post(&[("accept-language", "en")], json!({ "query": query })).await;
        let answer = reply.json();
        assert!(answer.get("errors").is_none(), "{query}: {answer:#}");
        answer["data"].clone()
    }
}

/// The header of a token.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
