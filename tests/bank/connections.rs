//! Connections to the service and to the database: slow and silent callers, stopping, one lock, a database that is
//! away, answers that are lost.

use crate::instance::Instance;
use crate::journey::complete;
use crate::logs::{Service, get, post};
use crate::soak::Proxy;
use crate::support::{Bank, Place, on_a_bank, until};
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};
use stembank::app::App;
use stembank::db::{Db, Sql};
use tempfile::TempDir;

/// Callers that connect and say nothing; fewer than may connect.
const SILENT: usize = 300;
/// Callers at the same thing.
const AT_ONE_THING: usize = 30;

fn serve(bank: &Bank) -> (Service, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Service::start(bank, &folder.path().join("log"), &[("RUST_LOG", "info")]), folder)
}

/// Connects and says the beginning of a request.
fn begun(service: &Service, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Waits until the other side closes.
fn closed(mut stream: TcpStream) -> bool {
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).is_ok() || bytes.is_empty()
}

fn tell(service: &Service, signal: &str) {
    assert!(Command::new("kill").args([signal, &service.id().to_string()]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_say_nothing_or_say_it_slowly_keep_nobody_from_being_answered() {
    on_a_bank(async |bank| {
        let (service, _folder) = serve(bank);
        let silent: Vec<_> = (0..SILENT).map(|n| begun(&service, if n % 2 == 0 { "" } else { "GET / HT" })).collect();
        assert!(get(service.address, "/catalogue").unwrap().starts_with("HTTP/1.1 200"));
        // The heads take too long: the service closes, not the callers.
        assert!(silent.into_iter().all(closed));
        let mut kept = begun(&service, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let mut answer = [0; 15];
        kept.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        assert!(closed(kept), "a connection that is kept is closed when nothing more comes");
        assert!(service.stop());
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_whatever_callers_do_and_at_once_when_told_again() {
    on_a_bank(async |bank| {
        let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
        let (service, _folder) = serve(bank);
        let stuck: Vec<_> = (0..20).map(|_| begun(&service, head)).collect();
        std::thread::sleep(Duration::from_millis(200));
        let stopping = Instant::now();
        assert!(service.stop(), "it ends well");
        assert!(stopping.elapsed() < Duration::from_secs(29), "{:?}", stopping.elapsed());
        drop(stuck);

        let (mut service, _folder) = serve(bank);
        let stuck: Vec<_> = (0..20).map(|_| begun(&service, head)).collect();
        std::thread::sleep(Duration::from_millis(200));
        tell(&service, "-TERM");
        until("it takes no more connections", async || TcpStream::connect(service.address).is_err()).await;
        tell(&service, "-TERM");
        assert_eq!(service.wait().code(), Some(130));
        drop(stuck);
        bank.letters().await;
    })
    .await;
}

const DRAFT: &str = "mutation($input: CreateDistributionRequestInput!) { createDistributionRequest(input: $input) {
    distributionRequest { id number } errors { code } } }";
const CHANGE: &str = "mutation($input: UpdateDistributionRequestInput!) { updateDistributionRequest(input: $input) {
    errors { code } } }";

fn body(query: &str, input: &Value) -> String {
    json!({ "query": query, "variables": { "input": input } }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_one_thing_keeps_nobody_from_the_others() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return; // On SQLite there is one lock, for the whole file; writers queue for it in order.
        }
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        let journey = bank.draft(&cast.researcher, &[(line, 1)]).await;
        let (service, _folder) = serve(bank);
        let stranger = bank.stranger().await;
        let hold = format!("BEGIN; SELECT 1 FROM request WHERE number = '{}' FOR UPDATE", journey.number);
        stranger.execute_unprepared(&hold).await.unwrap();
        let (address, token) = (service.address, cast.researcher.token.clone());
        let change = body(CHANGE, &json!({ "request": journey.id, "summary": "Another." }));
        let waiting: Vec<_> = (0..AT_ONE_THING)
            .map(|_| {
                let (token, change) = (token.clone(), change.clone());
                std::thread::spawn(move || post(address, Some(&token), &[], &change))
            })
            .collect();
        crate::races::until_waiting(bank, 4).await;

        // All of it while the lock is held.
        for _ in 0..5 {
            assert!(service.is_ready(), "readiness does not wait behind work");
            let (status, answer) =
                post(address, Some(&cast.stranger.token), &[], &body(DRAFT, &complete(&[(line, 1)])));
            let made = &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"];
            assert!(made.is_string(), "{status}: {answer}");
        }
        stranger.execute_unprepared("ROLLBACK").await.unwrap();
        for one in waiting {
            let (_, answer) = one.join().unwrap();
            let reason = answer["errors"][0]["extensions"]["reason"].as_str();
            assert!(reason.is_none() || reason == Some("BUSY"), "{answer}");
        }
        stranger.close().await.unwrap();
        assert!(service.stop());
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_hang_up_leave_their_connections_to_others() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        let (service, _folder) = serve(bank);
        let draft = body(DRAFT, &complete(&[(line, 1)]));
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{draft}",
            cast.researcher.token,
            draft.len()
        );
        let stranger = bank.stranger().await;
        let hold = match bank.engine() {
            DbBackend::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN; LOCK TABLE request IN ACCESS EXCLUSIVE MODE",
        };
        stranger.execute_unprepared(hold).await.unwrap();
        // Each is under way when it hangs up.
        for _ in 0..100 {
            let stream = begun(&service, &request);
            std::thread::sleep(Duration::from_millis(5));
            drop(stream);
        }
        stranger.execute_unprepared("ROLLBACK").await.unwrap();
        stranger.close().await.unwrap();
        let (status, answer) = post(service.address, Some(&cast.stranger.token), &[], &draft);
        let made = &answer["data"]["createDistributionRequest"]["distributionRequest"]["number"];
        assert!(made.is_string(), "{status}: {answer}");
        assert!(service.is_ready() && service.stop());
        bank.letters().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_anonymous_readers_are_told_and_do_not_queue() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return;
        }
        let url = &bank.app.config.database_url;
        let proxy = Proxy::start(url);
        let db = Db::connect(&proxy.url(url)).await.unwrap();
        let instance = Instance::running(App { db, ..bank.app.clone() });
        let read = || instance.send(Method::GET, "/catalogue", &[], String::new());
        assert_eq!(read().await.status, StatusCode::OK);
        proxy.go_away();
        let asked = Instant::now();
        let replies = join_all((0..60).map(|_| read())).await;
        let wrong = replies.iter().find(|reply| reply.status != StatusCode::SERVICE_UNAVAILABLE);
        assert!(wrong.is_none(), "{wrong:?}");
        // One behind the other they would take four minutes, and be cut off after half of one.
        assert!(asked.elapsed() < Duration::from_secs(25), "{:?}", asked.elapsed());
        proxy.come_back();
        until("it serves again", async || read().await.status == StatusCode::OK).await;
    })
    .await;
}

/// How often each thing happened.
async fn history(bank: &Bank) -> BTreeMap<String, i64> {
    let rows = Sql::new("SELECT action, count(*) FROM audit_event GROUP BY action").rows(bank.app.db.read()).await;
    let read = |row: &sea_orm::QueryResult| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
    rows.unwrap().iter().map(read).collect()
}

/// A request from the draft to the receipt, with everything that it needs.
async fn whole_way(bank: &Bank) -> BTreeMap<String, i64> {
    let cast = bank.cast().await;
    let line = bank.line("TEST-0001").await.id;
    bank.lot(&cast.staff, line, "TEST-LOT-1", 3).await;
    let (_, shipment) = bank.shipped(&cast, &[(line, 1)]).await;
    bank.done(&cast.researcher, "confirmReceipt", "shipment", "state", json!({ "shipment": shipment })).await;
    bank.letters().await;
    history(bank).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_commit_that_is_lost_is_found_for_every_command() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return; // SQLite answers within the process.
        }
        let undisturbed = whole_way(bank).await;
        let place = Place::migrated().await;
        let proxy = Proxy::start(&place.url);
        let disturbed = Bank::at(Place::of(&proxy.url(&place.url))).await;
        proxy.lose_answers(usize::MAX);
        assert_eq!(whole_way(&disturbed).await, undisturbed, "nothing is missing and nothing is there twice");
        assert!(proxy.lost() > 30, "{} answers were lost", proxy.lost());
        disturbed.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_known_is_told_as_that_and_a_key_finds_it() {
    on_a_bank(async |bank| {
        if bank.engine() != DbBackend::Postgres {
            return;
        }
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        let url = &bank.app.config.database_url;
        let proxy = Proxy::start(url);
        let app = App { db: Db::connect(&proxy.url(url)).await.unwrap(), ..bank.app.clone() };
        let instance = Instance::running(app);
        let token = crate::instance::bearer(&cast.researcher.token);
        let headers = [("authorization", token.as_str()), ("accept-language", "en")];
        let mut input = complete(&[(line, 1)]);
        input["idempotencyKey"] = json!("once");
        let ask = || instance.post(&headers, body(DRAFT, &input));
        instance.post(&headers, json!({ "query": "{ viewer { email } }" })).await;

        proxy.lose_answer_and_go_away();
        let reply = ask().await;

        let error = &reply.json()["errors"][0];
        for word in ["code", "reason"] {
            assert_eq!(error["extensions"][word], "OUTCOME_UNKNOWN", "{reply:?}");
        }
        let said = error["message"].as_str().unwrap();
        assert!(said.contains("may be done or not") && !said.contains("nothing was changed"), "{said}");
        proxy.come_back();
        let mut again = Value::Null;
        until("it answers again", async || {
            again = ask().await.json()["data"]["createDistributionRequest"]["distributionRequest"]["number"].clone();
            again.is_string()
        })
        .await;
        assert_eq!(bank.number("SELECT count(*) FROM request").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_not_told_as_refused_when_its_answer_cannot_be_read() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.execute("ALTER TABLE shipment RENAME TO shipment_away").await.unwrap();
        let query = "mutation { createDistributionRequest(input: { projectTitle: \"Done\" }) {
            distributionRequest { number shipments { id } } errors { code } } }";
        let answer = bank.ask(Some(&cast.researcher.token), query, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "OUTCOME_UNKNOWN", "{answer:#}");
        assert!(error["message"].as_str().unwrap().starts_with("It was done, but"), "{answer:#}");
        assert_eq!(bank.number("SELECT count(*) FROM request WHERE project_title = 'Done'").await, 1);
        bank.execute("ALTER TABLE shipment_away RENAME TO shipment").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_so_when_the_resolver_cannot_read_it() {
    on_a_bank(async |bank| {
        let cast = bank.cast().await;
        bank.execute("ALTER TABLE second_factor RENAME TO second_factor_away").await.unwrap();
        let query = "mutation($person: ID!) { grantRole(input: { person: $person, role: { role: STAFF } }) {
            account { email } errors { code } } }";
        let person = json!({ "person": cast.stranger.actor.person_id().unwrap().global() });
        let answer = bank.ask(Some(&cast.administrator.token), query, person).await;
        bank.execute("ALTER TABLE second_factor_away RENAME TO second_factor").await.unwrap();
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "OUTCOME_UNKNOWN", "{answer:#}");
        assert!(error["message"].as_str().unwrap().starts_with("It was done, but"), "{answer:#}");
        assert_eq!(bank.number("SELECT count(*) FROM role_grant WHERE role = 'staff'").await, 3);
    })
    .await;
}
