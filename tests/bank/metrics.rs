//! Figures for Prometheus: where they are served, that they tell what happens, and that nothing of a caller is in them.

use crate::cast::PASSWORD;
use crate::instance::{Instance, bearer};
use crate::logs::{Service, free_address, get, post, send};
use crate::support::{Bank, on_a_bank};
use axum::http::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stembank::actor::Verb;
use stembank::app::{App, Clock};
use stembank::config::{Config, Metrics};
use stembank::db::retrying;
use stembank::telemetry::{METRICS, MetricKind, Refusal};

/// What `/metrics` asks for in these tests.
const TOKEN: &str = "a-made-up-token-for-prometheus";
/// Stands in everything that the callers of these tests write.
const MARK: &str = "BrewingMark";

/// One line of figures.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// Reads Prometheus' text format; every family has its type and its text.
fn samples(text: &str) -> Vec<Sample> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(sample).collect()
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let (name, labels) = series.split_once('{').map_or((series, ""), |(n, l)| (n, l.trim_end_matches('}')));
    // No label has a comma or a quotation mark in it, which the test of closed sets shows.
    let labels = labels.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("{line}"));
        (name.to_owned(), value.trim_matches('"').to_owned())
    });
    Sample { name: name.into(), labels: labels.collect(), value: value.parse().unwrap_or_else(|_| panic!("{line}")) }
}

/// The figures of a service in a process of its own.
struct Figures(Vec<Sample>);

impl Figures {
    /// Scrapes a listener.
    fn of(address: SocketAddr) -> Self {
        let answer = send(address, "GET /metrics", &[("authorization", &bearer(TOKEN))], "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
        Self(samples(answer.split_once("\r\n\r\n").unwrap().1))
    }

    /// The value of a series; 0 if it is not there.
    fn get(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: BTreeMap<_, _> = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.0.iter().find(|sample| sample.name == name && sample.labels == labels).map_or(0.0, |sample| sample.value)
    }
}

/// Patterns of routes as they stand in the code.
fn routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::from(["none".to_owned()]);
    let mut places = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
        } else if place.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&place).unwrap();
            let patterns = text.split(".route(\"").skip(1).filter_map(|rest| rest.split_once('"'));
            routes.extend(patterns.map(|(pattern, _)| pattern.to_owned()));
        }
    }
    routes
}

/// The words that a label of a figure may have; `None` for a label that it must not have at all.
fn closed_set(name: &str, label: &str) -> Option<BTreeSet<String>> {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let tasks = ["expiry", "history", "retention", "reminders", "mail", "metrics", "checkpoint", "backup"];
    match (name, label) {
        ("stembank_build_info", "version") => words(&[env!("CARGO_PKG_VERSION")]),
        (name, "route") if name.starts_with("stembank_http_") => Some(routes()),
        (name, "method") if name.starts_with("stembank_http_") => {
            words(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"])
        }
        ("stembank_http_requests_total", "status") => words(&["1xx", "2xx", "3xx", "4xx", "5xx"]),
        (name, "type") if name.starts_with("stembank_graphql_") => words(&["query", "mutation", "unknown"]),
        ("stembank_graphql_operations_total", "outcome") => words(&["cached", "answered", "failed", "refused"]),
        (name, "verb") if name.starts_with("stembank_command") => {
            Some(Verb::ALL.iter().map(|verb| verb.name().to_owned()).collect())
        }
        ("stembank_commands_total", "outcome") => words(&[
            "done",
            "unauthenticated",
            "forbidden",
            "not_found",
            "invalid",
            "conflict",
            "busy",
            "unknown",
            "throttled",
            "internal",
        ]),
        ("stembank_database_busy_total", "outcome") => words(&["retried", "given_up"]),
        ("stembank_outbox_letters", "state") => words(&["queued", "dead"]),
        ("stembank_letters_total", "outcome") => words(&["sent", "put_off", "dead", "given_back"]),
        (name, "task") if name.starts_with("stembank_task_") => words(&tasks),
        ("stembank_task_rounds_total", "outcome") => words(&["done", "failed"]),
        ("stembank_sign_ins_total", "method") => words(&["password", "provider"]),
        ("stembank_sign_ins_total", "outcome") => words(&["signed_in", "second_factor_asked", "refused", "failed"]),
        ("stembank_refusals_total", "kind") => Some(Refusal::ALL.iter().map(|one| one.kind().into()).collect()),
        ("stembank_refusals_total", "reason") => Some(Refusal::ALL.iter().map(|one| one.reason().into()).collect()),
        _ => None,
    }
}

/// Every family is one that is described, with its text and type, and every described one is there.
fn all_are_described(text: &str) {
    for (kind, name, _, meaning) in METRICS {
        assert!(text.contains(&format!("# HELP {name} {meaning}\n")), "{name} has no text");
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name} is no {kind}, or not there");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("# TYPE")).count(), METRICS.len());
}

fn all_labels_are_of_closed_sets(samples: &[Sample]) {
    for sample in samples {
        let parts = ["_bucket", "_sum", "_count"];
        let is_described = |name: &str| METRICS.iter().any(|metric| metric.1 == name);
        let name = parts.iter().find_map(|part| sample.name.strip_suffix(part).filter(|name| is_described(name)));
        let name = name.unwrap_or(&sample.name);
        for (label, value) in &sample.labels {
            if label == "le" {
                assert!(value == "+Inf" || value.parse::<f64>().is_ok(), "{sample:?}");
                continue;
            }
            let set = closed_set(name, label).unwrap_or_else(|| panic!("{label} is no label of {name}"));
            assert!(set.contains(value), "{value} is no {label} of {name}");
        }
    }
}

/// Calls with the mark in everything that a caller writes.
fn calls(address: SocketAddr, email: &str) {
    for _ in 0..3 {
        get(address, "/healthz").unwrap();
    }
    let marked = [("user-agent", MARK), ("x-request-id", MARK), ("accept-language", MARK), ("referer", MARK)];
    send(address, &format!("GET /nowhere/{MARK}?{MARK}={MARK}"), &marked, "");
    send(address, &format!("GET /catalogue/{MARK}"), &marked, "");
    send(address, &format!("{} /healthz", MARK.to_uppercase()), &marked, MARK);
    let query = format!("query {MARK} {{ {MARK}: cellLines(search: \"{MARK}\") {{ totalCount }} }}");
    let read = json!({ "query": query, "operationName": MARK, "variables": { MARK: MARK } }).to_string();
    post(address, None, &[], &read);
    post(address, None, &[], &read);
    post(address, None, &[], &json!({ "query": format!("{{ {MARK} }}") }).to_string());
    post(address, None, &[], MARK);
    post(address, Some(MARK), &[], &read);
    let sign_in = |email: &str, password: &str| {
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { errors { code } } }";
        let variables = json!({ "input": { "email": email, "password": password } });
        post(address, None, &[], &json!({ "query": query, "variables": variables }).to_string());
    };
    sign_in(&format!("{MARK}@example.org"), MARK);
    sign_in(email, MARK);
    sign_in(email, PASSWORD);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://BrewingMark.example")];
    send(address, "POST /sign-in", &form, &format!("email={MARK}&password={MARK}"));
}

type Labels = &'static [(&'static str, &'static str)];

/// By how much each series grew by the calls.
const GROWTH: &[(&str, Labels, f64)] = &[
    ("stembank_http_requests_total", &[("route", "/healthz"), ("method", "GET"), ("status", "2xx")], 3.0),
    ("stembank_http_request_duration_seconds_count", &[("route", "/healthz"), ("method", "GET")], 3.0),
    ("stembank_http_requests_total", &[("route", "/healthz"), ("method", "other"), ("status", "4xx")], 1.0),
    ("stembank_http_requests_total", &[("route", "none"), ("method", "GET"), ("status", "4xx")], 1.0),
    ("stembank_http_requests_total", &[("route", "/catalogue/{name}"), ("method", "GET"), ("status", "4xx")], 1.0),
    ("stembank_http_requests_total", &[("route", "/sign-in"), ("method", "POST"), ("status", "4xx")], 1.0),
    ("stembank_graphql_operations_total", &[("type", "query"), ("outcome", "answered")], 1.0),
    ("stembank_graphql_operations_total", &[("type", "query"), ("outcome", "cached")], 1.0),
    ("stembank_graphql_operations_total", &[("type", "unknown"), ("outcome", "refused")], 1.0),
    ("stembank_graphql_operations_total", &[("type", "mutation"), ("outcome", "answered")], 3.0),
    ("stembank_graphql_operation_duration_seconds_count", &[("type", "mutation")], 3.0),
    ("stembank_sign_ins_total", &[("method", "password"), ("outcome", "signed_in")], 1.0),
    ("stembank_sign_ins_total", &[("method", "password"), ("outcome", "refused")], 2.0),
    ("stembank_refusals_total", &[("kind", "failed_sign_in"), ("reason", "unknown_account")], 1.0),
    ("stembank_refusals_total", &[("kind", "failed_sign_in"), ("reason", "wrong_password")], 1.0),
    ("stembank_refusals_total", &[("kind", "wrong_token"), ("reason", "wrong_token")], 1.0),
    ("stembank_refusals_total", &[("kind", "foreign_form"), ("reason", "foreign_origin")], 1.0),
    ("stembank_refusals_total", &[("kind", "forbidden"), ("reason", "not_permitted")], 0.0),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_tell_what_happens_and_nothing_of_who_and_what() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let folder = tempfile::tempdir().unwrap();
        let own = free_address();
        let settings = [("BANK_METRICS__LISTEN", own.to_string()), ("BANK_METRICS__TOKEN", TOKEN.to_owned())];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let service = Service::start(bank, &folder.path().join("log"), &settings);
        for listener in [own, service.address] {
            for header in [None, Some(bearer("not-the-token-for-prometheus")), Some(TOKEN.to_owned())] {
                let headers: Vec<_> = header.iter().map(|value| ("authorization", value.as_str())).collect();
                let answer = send(listener, "GET /metrics", &headers, "");
                assert!(
                    answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Bearer\r\n"),
                    "{answer}"
                );
            }
        }

        let before = Figures::of(own);
        calls(service.address, &cast.researcher.email);
        let after = Figures::of(service.address);
        for (name, labels, growth) in GROWTH {
            assert_eq!(after.get(name, labels) - before.get(name, labels), *growth, "{name} {labels:?}");
        }
        what_waits_in_the_database(bank, own).await;

        let text = send(own, "GET /metrics", &[("authorization", &bearer(TOKEN))], "");
        let text = text.split_once("\r\n\r\n").unwrap().1;
        all_are_described(text);
        all_labels_are_of_closed_sets(&samples(text));
        let lower = text.to_lowercase();
        for unsaid in [MARK, "example", "127.0.0.1", "203.0.113", "researcher", "cellLines", TOKEN, "not-the-token"] {
            assert!(!lower.contains(&unsaid.to_lowercase()), "'{unsaid}' stands in the figures");
        }
        bank.letters().await;
    })
    .await;
}

/// Letters and events of the database, and the tasks that work on them.
async fn what_waits_in_the_database(bank: &Bank, own: SocketAddr) {
    let begun = Instant::now();
    let done = [("task", "history"), ("outcome", "done")];
    let first = Figures::of(own).get("stembank_task_rounds_total", &done);
    let figures = loop {
        let figures = Figures::of(own);
        // The anchor of the day is an event itself, and the only letter.
        let is_anchored = bank.number("SELECT count(*) FROM audit_anchor").await == 1;
        let is_sealed = figures.get("stembank_events_unsealed", &[]) == 0.0;
        let seals = bank.number("SELECT count(*) FROM audit_seal").await as f64;
        let all_by_it = figures.get("stembank_events_sealed_total", &[]) == seals;
        if is_anchored && is_sealed && all_by_it && figures.get("stembank_task_rounds_total", &done) > first {
            break figures;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the history does not go on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let letters = bank.number("SELECT count(*) FROM mail_message").await;
    assert!(letters > 0, "there is something to tell");
    assert_eq!(figures.get("stembank_outbox_letters", &[("state", "queued")]), letters as f64);
    assert_eq!(figures.get("stembank_outbox_letters", &[("state", "dead")]), 0.0);
    assert_eq!(figures.get("stembank_database_up", &[]), 1.0);
    assert!(figures.get("stembank_database_transaction_wait_seconds_count", &[]) > 0.0);
    for task in ["expiry", "history", "retention", "reminders", "mail", "metrics"] {
        assert_eq!(figures.get("stembank_task_up", &[("task", task)]), 1.0, "{task}");
        assert_eq!(figures.get("stembank_task_restarts_total", &[("task", task)]), 0.0, "{task}");
    }
    let started = figures.get("process_start_time_seconds", &[]);
    let now = Clock::system().now().timestamp() as f64;
    assert!((-1.0..7_200.0).contains(&(now - started)), "{started}");
    bank.execute(
        "UPDATE mail_message SET state = 'dead', last_error = 'made up' WHERE id = (SELECT min(id) FROM mail_message)",
    )
    .await
    .unwrap();
    assert_eq!(Figures::of(own).get("stembank_outbox_letters", &[("state", "dead")]), 1.0);
}

fn with(bank: &Bank, metrics: Metrics) -> App {
    let config = Config { metrics, ..(*bank.app.config).clone() };
    App { config: Arc::new(config), ..bank.app.clone() }
}

async fn scrape(instance: &Instance, token: Option<&str>) -> (u16, String) {
    let header = token.map(bearer);
    let headers: Vec<_> = header.iter().map(|header| ("authorization", header.as_str())).collect();
    let reply = instance.send(Method::GET, "/metrics", &headers, String::new()).await;
    (reply.status.as_u16(), reply.text)
}

#[tokio::test]
async fn the_public_listener_has_no_figures_unless_there_is_a_token() {
    on_a_bank(async |bank| {
        let own_listener_only = Metrics { listen: Some("127.0.0.1:9464".parse().unwrap()), token: None };
        for metrics in [Metrics::default(), own_listener_only] {
            let instance = Instance::running(with(bank, metrics));
            for token in [None, Some(""), Some(TOKEN)] {
                assert_eq!(scrape(&instance, token).await.0, 404);
            }
        }
        let token = Some(TOKEN.to_owned().try_into().unwrap());
        let instance = Instance::running(with(bank, Metrics { listen: None, token }));
        for token in [None, Some(""), Some(&TOKEN[1..]), Some(&format!("{TOKEN}x"))] {
            assert_eq!(scrape(&instance, token).await, (401, String::new()));
        }
        assert_eq!(scrape(&instance, Some(TOKEN)).await.0, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_their_own_has_the_figures_and_nothing_else() {
    on_a_bank(async |bank| {
        let own = free_address();
        let app = with(bank, Metrics { listen: Some(own), token: None });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public = listener.local_addr().unwrap();
        let serving = tokio::spawn(stembank::server::serve(app.clone(), listener));
        let begun = Instant::now();
        let text = loop {
            match get(own, "/metrics") {
                Some(answer) => break answer,
                None => assert!(begun.elapsed() < Duration::from_secs(10), "nobody listens"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(text.starts_with("HTTP/1.1 200") && text.contains("stembank_database_up 1\n"), "{text}");
        assert!(get(own, "/healthz").unwrap().starts_with("HTTP/1.1 404"));
        assert!(get(public, "/metrics").unwrap().starts_with("HTTP/1.1 404"));

        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let error = stembank::server::serve(app, taken).await.unwrap_err().to_string();
        assert!(error.contains("metrics.listen") && error.contains(&own.to_string()), "{error}");
        serving.abort();
        drop(serving.await);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_leaves_the_other_figures() {
    on_a_bank(async |bank| {
        let token = Some(TOKEN.to_owned().try_into().unwrap());
        let instance = Instance::running(with(bank, Metrics { listen: None, token }));
        let up = async || {
            let (status, text) = scrape(&instance, Some(TOKEN)).await;
            assert_eq!(status, 200);
            let figures = Figures(samples(&text));
            let queued = figures.get("stembank_outbox_letters", &[("state", "queued")]);
            (figures.get("stembank_database_up", &[]), queued.is_nan())
        };
        assert_eq!(up().await, (1.0, false));
        bank.execute("ALTER TABLE mail_message RENAME TO mail_message_away").await.unwrap();
        assert_eq!(up().await, (0.0, true));
        bank.execute("ALTER TABLE mail_message_away RENAME TO mail_message").await.unwrap();
        assert_eq!(up().await, (1.0, false));
    })
    .await;
}

#[tokio::test]
async fn locks_that_operations_meet_are_counted() {
    on_a_bank(async |bank| {
        let token = Some(TOKEN.to_owned().try_into().unwrap());
        let instance = Instance::running(with(bank, Metrics { listen: None, token }));
        let busy = async || {
            let figures = Figures(samples(&scrape(&instance, Some(TOKEN)).await.1));
            ["retried", "given_up"].map(|outcome| figures.get("stembank_database_busy_total", &[("outcome", outcome)]))
        };
        let before = busy().await;
        let away = || stembank::mail::Error::Db(sea_orm::DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout));
        assert!(retrying(async || Err::<(), _>(away())).await.is_err());
        let after = busy().await;
        // Other tests of this process may meet locks meanwhile.
        assert!(after[0] >= before[0] + 3.0 && after[1] >= before[1] + 1.0, "{before:?} {after:?}");
    })
    .await;
}
