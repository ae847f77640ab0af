//! Letters: how they leave over a real mail server, whatever it does, and what they say.

mod faults;
mod outbox;
mod preferences;
mod reminders;
pub mod server;
mod settings;
pub mod words;

use crate::cast::Person;
use crate::support::Bank;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveModelTrait, JsonValue, Set};
use serde_json::{Value, json};
use server::Server;
use stembank::db::Sql;
use stembank::id::PersonId;
use stembank::mail::model::mail_message;
use stembank::mail::{LetterKind, Worker};

/// A worker of a bank that sends to a server.
fn worker(bank: &Bank, server: &Server) -> Worker {
    Worker::new(bank.app.clone(), &server.settings()).unwrap()
}

fn key(person: &Person) -> PersonId {
    person.actor.person_id().unwrap()
}

/// Puts a letter to somebody about a request into the outbox.
async fn post(bank: &Bank, to: &Person, letter: LetterKind, request: i64, detail: Value) {
    let tx = bank.app.db.begin().await.unwrap();
    let row = mail_message::ActiveModel {
        created_at: Set(bank.app.clock.now()),
        recipient_id: Set(key(to)),
        event: Set(letter.name().to_owned()),
        subject_kind: Set("DistributionRequest".to_owned()),
        subject_id: Set(request),
        detail: Set(detail),
        ..Default::default()
    };
    row.insert(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// So many letters of requests 1 and on.
async fn post_many(bank: &Bank, to: &Person, count: i64) {
    for request in 1..=count {
        let detail = json!({ "request": format!("REQ-2026-{request:05}") });
        post(bank, to, LetterKind::RequestSubmitted, request, detail).await;
    }
}

/// The rows of the outbox, oldest first.
async fn rows(bank: &Bank) -> Vec<JsonValue> {
    Sql::new("SELECT * FROM mail_message ORDER BY id").all(bank.app.db.read()).await.unwrap()
}

/// States of the rows of the outbox, oldest first.
async fn states(bank: &Bank) -> Vec<String> {
    rows(bank).await.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
}

/// Moves the bank's clock.
fn wait(bank: &Bank, time: Duration) {
    bank.app.clock.set(bank.app.clock.now() + time);
}

/// When the only letter is due, from now.
async fn due_in(bank: &Bank) -> Duration {
    let rows = rows(bank).await;
    assert_eq!(rows.len(), 1);
    let due: DateTime<Utc> = rows[0]["due_at"].as_str().unwrap().parse().unwrap();
    due - bank.app.clock.now()
}
