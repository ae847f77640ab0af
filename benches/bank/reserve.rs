//! Reservations under contention: eight workers at four lines.

use crate::engine::{Bank, Bind, Pool, Tx};
use crate::load::{self, Shot, Until};
use crate::measure::{Line, Ratio};
use crate::reads::{json, now};
use crate::seed::{REQUESTS, TOKEN};
use crate::{Failure, Options, Served};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header::AUTHORIZATION};
use axum::response::Response;
use axum::{Router, routing::post};
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use stembank::accounts::passwords::token_hash;
use stembank::db::Sql;
use stembank::id::RequestLineId;

/// Workers that reserve at the same time.
const WORKERS: usize = 8;
/// Warm-up, then ours and the twin in turn.
const ROUNDS: i64 = 3;
const DONE: &str = r#"{"data":{"reserveVials":{"requestLine":{"state":"RESERVED"},"errors":[]}}}"#;

/// Each request line once; afterwards every one has its own vial.
pub async fn measure(bank: &Bank, served: &Served, name: &str, options: &Options) -> Result<(), Failure> {
    let part = if options.quick { 40 } else { REQUESTS / (2 * (ROUNDS + 1)) };
    let mut next = 0;
    let mut shots = |twin: bool| {
        let ids = next + 1..=next + part;
        next += part;
        let shot = |id: i64| {
            let shot = if twin {
                Shot::post(&format!("/twin/reserve/{id}"), "{}", Some(TOKEN))
            } else {
                let id = RequestLineId(id).global();
                let input = format!("input:{{requestLine:\"{id}\"}}");
                let query = format!("mutation{{reserveVials({input}){{requestLine{{state}} errors{{code}}}}}}");
                Shot::graphql(&query, Some(TOKEN))
            };
            shot.answered(DONE)
        };
        Arc::new(ids.map(shot).collect::<Vec<_>>())
    };
    let mut rounds = vec![];
    for _ in 0..=ROUNDS {
        let ours = load::run(served.fresh, shots(false), WORKERS, Until::Spent).await?;
        let twin = load::run(served.fresh, shots(true), WORKERS, Until::Spent).await?;
        rounds.push((ours, twin));
    }
    // The first round warmed caches and connections.
    Line::of("reservation, eight workers at four lines".into(), name.into(), Ratio::Cost, None, &rounds[1..]);
    check(bank, part * 2 * (ROUNDS + 1)).await
}

/// One row of `reservation` for each reserved line, each of its own vial, and the vials say so.
async fn check(bank: &Bank, expected: i64) -> Result<(), Failure> {
    let db = bank.app.db.read();
    for (what, sql) in [
        ("vials with a reservation", "SELECT count(DISTINCT vial_id) FROM reservation WHERE ended_at IS NULL"),
        ("reservations", "SELECT count(*) FROM reservation"),
        ("reserved request lines", "SELECT count(*) FROM request_line WHERE state = 'reserved'"),
        ("reserved vials", "SELECT count(*) FROM vial WHERE state = 'reserved'"),
    ] {
        let found = Sql::new(sql).number(db).await?;
        if found != expected {
            return Err(format!("{found} {what} after {expected} reservations").into());
        }
    }
    Ok(())
}

/// The twin of this file.
pub fn twins(pool: Pool) -> Router {
    Router::new().route("/twin/reserve/{id}", post(twin)).with_state(pool)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    reserve_vials: Payload,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    request_line: Reserved,
    errors: [(); 0],
}

#[derive(Serialize)]
struct Reserved {
    state: &'static str,
}

async fn twin(State(pool): State<Pool>, Path(id): Path<i64>, headers: HeaderMap) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.get(7..));
    json(reserve(&pool, id, token.unwrap_or_default()).await)
}

/// The same transaction without rules: lock, choose, reserve, move, write down, tell.
async fn reserve(pool: &Pool, id: i64, token: &str) -> Result<Answer, sqlx::Error> {
    let Bind::Time(at) = now() else { return Err(sqlx::Error::RowNotFound) };
    let sql = "SELECT t.person_id FROM api_token t JOIN role_grant g ON g.person_id = t.person_id
               WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND g.role = 'staff'";
    let person: i64 =
        pool.rows(sql, &[token_hash(token).as_str().into()]).await?.first().ok_or(sqlx::Error::RowNotFound)?.get(0)?;
    let mut tx = pool.begin().await?;
    let lock = matches!(tx, Tx::Postgres(_));
    let sql = if lock {
        "SELECT q.id, q.applicant_id, q.number, x.line_id FROM request_line x JOIN request q ON q.id = x.request_id
         WHERE x.id = $1 AND x.state = 'approved' AND q.state = 'approved' FOR UPDATE"
    } else {
        "SELECT q.id, q.applicant_id, q.number, x.line_id FROM request_line x JOIN request q ON q.id = x.request_id
         WHERE x.id = $1 AND x.state = 'approved' AND q.state = 'approved'"
    };
    let found = tx.rows(sql, &[id.into()]).await?.pop().ok_or(sqlx::Error::RowNotFound)?;
    let (request, applicant, line): (i64, i64, i64) = (found.get(0)?, found.get(1)?, found.get(3)?);
    if lock {
        let sql = "SELECT id FROM lot WHERE line_id = $1 AND state = 'released' AND tier = 'distribution'
                   ORDER BY id FOR UPDATE";
        tx.rows(sql, &[line.into()]).await?;
    }
    let sql = "SELECT v.id FROM lot o JOIN vial v ON v.lot_id = o.id WHERE o.line_id = $1 AND o.state = 'released'
               AND o.tier = 'distribution' AND v.state = 'available' ORDER BY o.released_at, o.id, v.id LIMIT 1";
    let vial: i64 = tx.rows(sql, &[line.into()]).await?.first().ok_or(sqlx::Error::RowNotFound)?.get(0)?;
    write(&mut tx, at, id, vial, person).await?;
    let event_detail =
        json!({ "line": id, "vials": 1, "until": until(at), "request": found.get::<String>(2)? }).to_string();
    let mail = "INSERT INTO mail_message (created_at, recipient_id, event, subject_kind, subject_id, detail)
                VALUES ($1, $2, 'vials_reserved', 'DistributionRequest', $3, $4)";
    let history = "INSERT INTO audit_event (at, actor, person_id, action, subject_kind, subject_id, detail)
                   VALUES ($1, 'person:2', $2, 'vials.reserve', 'DistributionRequest', $3, $4)";
    let (mail, history) = if lock {
        (
            "INSERT INTO mail_message (created_at, recipient_id, event, subject_kind, subject_id, detail)
          VALUES ($1, $2, 'vials_reserved', 'DistributionRequest', $3, CAST(CAST($4 AS TEXT) AS JSONB))",
            "INSERT INTO audit_event (at, actor, person_id, action, subject_kind, subject_id, detail)
          VALUES ($1, 'person:2', $2, 'vials.reserve', 'DistributionRequest', $3, CAST(CAST($4 AS TEXT) AS JSONB))",
        )
    } else {
        (mail, history)
    };
    tx.rows(mail, &[at.into(), applicant.into(), request.into(), event_detail.as_str().into()]).await?;
    tx.rows(history, &[at.into(), person.into(), request.into(), event_detail.as_str().into()]).await?;
    tx.commit().await?;
    Ok(Answer { reserve_vials: Payload { request_line: Reserved { state: "RESERVED" }, errors: [] } })
}

fn until(at: DateTime<Utc>) -> DateTime<Utc> {
    at + Duration::days(14)
}

async fn write(tx: &mut Tx, at: DateTime<Utc>, line: i64, vial: i64, person: i64) -> Result<(), sqlx::Error> {
    let reservation =
        "INSERT INTO reservation (request_line_id, vial_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    tx.rows(reservation, &[line.into(), vial.into(), at.into(), until(at).into()]).await?;
    let moved = "UPDATE vial SET state = 'reserved' WHERE id = $1 AND state = 'available'";
    tx.rows(moved, &[vial.into()]).await?;
    let event = "INSERT INTO vial_event (vial_id, at, actor, from_state, to_state, reason)
                 VALUES ($1, $2, $3, 'available', 'reserved', $4)";
    let actor = format!("person:{person}");
    let reason = format!("promised to RequestLine:{line}");
    tx.rows(event, &[vial.into(), at.into(), actor.as_str().into(), reason.as_str().into()]).await?;
    tx.rows("UPDATE request_line SET state = 'reserved' WHERE id = $1", &[line.into()]).await.map(drop)
}
