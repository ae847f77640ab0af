//! Sign-ins by password at the default cost of Argon2id, beside a plain handler that only hashes and writes the
//! session.

use crate::engine::{Bank, Pool};
use crate::load::Shot;
use crate::measure::{Answers, Comparison, Ratio};
use crate::reads::{json, now};
use crate::{Failure, Options, Served};
use axum::extract::State;
use axum::response::Response;
use axum::{Router, routing::post};
use serde::Serialize;
use stembank::accounts::commands::NewAccount;
use stembank::accounts::passwords::{self, Password};
use stembank::actor::{Actor, Grant, Role};
use stembank::config::Config;
use stembank::language::Lang;

/// People who come in at the same time.
const PEOPLE: usize = 8;
const EMAIL: &str = "person@bench.invalid";
const PASSWORD: &str = "made-up bench password";

/// Opens the account that comes in.
pub async fn seed(bank: &Bank) -> Result<(), Failure> {
    let account = NewAccount {
        email: EMAIL.into(),
        name: "Made-up person".into(),
        lang: Lang::En,
        institution: None,
        password: Some(Password(PASSWORD.into())),
        grants: vec![Grant { role: Role::Researcher, institution: None }],
        made_up: true,
    };
    bank.app.run_prepared(&Actor::system("bench"), account).await?;
    Ok(())
}

/// One account, again and again: each sign-in hashes, and opens a session.
pub async fn measure(served: &Served, name: &str, options: &Options) -> Result<(), Failure> {
    let input = format!("input:{{email:\"{EMAIL}\" password:\"{PASSWORD}\"}}");
    let query = format!("mutation{{signIn({input}){{viewer{{email}} errors{{code}}}}}}");
    let comparison = Comparison {
        name: "signin, Argon2id at its default cost".into(),
        bank: name.into(),
        ratio: Ratio::Cost,
        target: None,
        ours: (served.fresh, vec![Shot::graphql(&query, None)]),
        twin: (served.fresh, vec![Shot::post("/twin/sign-in", "{}", None)]),
        connections: PEOPLE,
        answers: Answers::Same,
    };
    comparison.measure(options).await.map(drop)
}

/// The twin of this file.
pub fn twins(pool: Pool) -> Router {
    Router::new().route("/twin/sign-in", post(twin)).with_state(pool)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    sign_in: Payload,
}

#[derive(Serialize)]
struct Payload {
    viewer: Viewer,
    errors: [(); 0],
}

#[derive(Serialize)]
struct Viewer {
    email: &'static str,
}

async fn twin(State(pool): State<Pool>) -> Response {
    json(enter(&pool).await)
}

async fn enter(pool: &Pool) -> Result<Answer, sqlx::Error> {
    let sql = "SELECT id, password_hash FROM person WHERE email = $1";
    let found = pool.rows(sql, &[EMAIL.into()]).await?.pop().ok_or(sqlx::Error::RowNotFound)?;
    let (person, hash): (i64, String) = (found.get(0)?, found.get(1)?);
    let fits = passwords::verify(Password(PASSWORD.into()), Some(hash), Config::default().argon2).await;
    if !fits.unwrap_or(false) {
        return Err(sqlx::Error::RowNotFound);
    }
    let sql = "INSERT INTO session (token_hash, person_id, how, second_factor, user_agent, created_at, last_seen_at)
               VALUES ($1, $2, 'password', FALSE, '', $3, $3)";
    let token = passwords::token_hash(&passwords::new_secret());
    let mut tx = pool.begin().await?;
    tx.rows(sql, &[token.as_str().into(), person.into(), now()]).await?;
    tx.commit().await?;
    Ok(Answer { sign_in: Payload { viewer: Viewer { email: EMAIL }, errors: [] } })
}
