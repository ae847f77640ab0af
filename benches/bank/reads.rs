//! One line, a nested list, and the list once it is kept.

use crate::engine::{Bank, Bind, Pool, Row};
use crate::load::Shot;
use crate::measure::{Answers, CONNECTIONS, Comparison, Ratio};
use crate::seed::HELD;
use crate::{Failure, Options, Served, listen};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use stembank::db::Sql;

/// Names of a plain answer.
#[derive(Serialize)]
pub struct Data<T> {
    /// What GraphQL puts around its answers.
    pub data: T,
}

/// A plain answer, or 500.
pub fn json<T: Serialize>(answer: Result<T, sqlx::Error>) -> Response {
    match answer.map(|data| serde_json::to_vec(&Data { data })) {
        Ok(Ok(body)) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The twins of this file.
pub fn twins(pool: Pool) -> Router {
    Router::new()
        .route("/twin/line/{accession}", get(twin_line))
        .route("/twin/list/{code}", get(twin_list))
        .with_state(pool)
}

/// One line by accession, with diseases and stock.
pub async fn line(served: &Served, bank: &str, options: &Options) -> Result<(), Failure> {
    let accessions: Vec<String> = (1..=HELD).step_by(20).map(|i| format!("BENCH-{}", 100_000 + i)).collect();
    let query = |accession: &String| {
        let fields = "accession name synonyms cellType grade publicationStatus madeUp
                      diseases{label disease{mondoId name nameKo}} availability";
        Shot::graphql(&format!("{{cellLine(accession:\"{accession}\"){{{fields}}}}}"), None)
    };
    let comparison = Comparison {
        name: "one line, diseases and stock".into(),
        bank: bank.into(),
        ratio: Ratio::Cost,
        target: None,
        ours: (served.fresh, accessions.iter().map(query).collect()),
        twin: (served.fresh, accessions.iter().map(|a| Shot::get(&format!("/twin/line/{a}"))).collect()),
        connections: CONNECTIONS,
        answers: Answers::Same,
    };
    comparison.measure(options).await.map(drop)
}

fn list_query(code: &str) -> Shot {
    let fields = "accession name diseases{label disease{mondoId name}} lots{number passage availability}";
    Shot::graphql(
        &format!(
            "{{cellLines(where:{{disease:{{eq:\"{code}\"}}}} first:20)\
             {{nodes{{{fields}}} pageInfo{{hasNextPage endCursor}}}}}}"
        ),
        None,
    )
}

/// The first twenty lines of a disease with two nested levels.
pub async fn list(bank: &Bank, served: &Served, name: &str, options: &Options) -> Result<(), Failure> {
    let codes = codes(bank).await?;
    let is_postgres = matches!(bank.pool, Pool::Postgres(_));
    let comparison = Comparison {
        name: "20 lines of a disease, two nested levels".into(),
        bank: name.into(),
        ratio: Ratio::Cost,
        target: Some(if is_postgres { 2.4 } else { 2.0 }),
        ours: (served.fresh, codes.iter().map(|code| list_query(code)).collect()),
        twin: (served.fresh, codes.iter().map(|code| Shot::get(&format!("/twin/list/{code}"))).collect()),
        connections: CONNECTIONS,
        answers: Answers::Same,
    };
    comparison.measure(options).await.map(drop)
}

/// Codes of the diseases that have 25 held lines.
pub async fn codes(bank: &Bank) -> Result<Vec<String>, Failure> {
    let sql = "SELECT d.mondo_id FROM disease d JOIN cell_line_disease x ON x.disease_id = d.id
               JOIN cell_line l ON l.id = x.line_id WHERE l.holding = 'held' GROUP BY d.mondo_id ORDER BY d.mondo_id";
    let rows = Sql::new(sql).rows(bank.app.db.read()).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// The same list again and again, kept; beside the same bytes from memory.
pub async fn cached(bank: &Bank, served: &Served, name: &str, options: &Options) -> Result<(), Failure> {
    let code = codes(bank).await?.into_iter().next().ok_or("no disease has lines")?;
    let shot = list_query(&code);
    let is_postgres = matches!(bank.pool, Pool::Postgres(_));
    let target = if is_postgres { 0.15 } else { 0.3 };
    beside_static("the same list, kept, beside static bytes", name, shot, served, Some(target), options).await
}

/// What is kept, beside the same bytes from memory.
pub async fn beside_static(
    name: &str,
    bank: &str,
    shot: Shot,
    served: &Served,
    target: Option<f64>,
    options: &Options,
) -> Result<(), Failure> {
    let body: &'static [u8] = shot.clone().asked(served.keeping).await?.body.leak();
    let kind = if body.starts_with(b"<") { "text/html; charset=utf-8" } else { "application/json" };
    let bytes = move || async move { ([(CONTENT_TYPE, kind)], Body::from(body)) };
    let fixed = listen(Router::new().route("/static", get(bytes))).await?;
    let comparison = Comparison {
        name: name.into(),
        bank: bank.into(),
        ratio: Ratio::Rate,
        target,
        ours: (served.keeping, vec![shot]),
        twin: (fixed, vec![Shot::get("/static")]),
        connections: CONNECTIONS,
        answers: Answers::Same,
    };
    comparison.measure(options).await.map(drop)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineAnswer {
    cell_line: Option<PlainLine>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainLine {
    accession: Option<String>,
    name: String,
    synonyms: serde_json::Value,
    cell_type: String,
    grade: Option<String>,
    publication_status: Option<String>,
    made_up: bool,
    diseases: Vec<Labelled>,
    availability: &'static str,
}

#[derive(Clone, Serialize)]
struct Labelled {
    label: String,
    disease: Option<PlainDisease>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainDisease {
    mondo_id: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_ko: Option<Option<String>>,
}

fn band(free: i64) -> &'static str {
    match free {
        5.. => "AVAILABLE",
        1.. => "FEW",
        _ => "WAITING_LIST",
    }
}

async fn twin_line(State(pool): State<Pool>, Path(accession): Path<String>) -> Response {
    json(read_line(&pool, &accession).await)
}

const FREE: &str = "(v.state = 'available' OR (v.state = 'reserved' AND EXISTS (SELECT 1 FROM reservation r
    WHERE r.vial_id = v.id AND r.ended_at IS NULL AND r.expires_at <= $1)))";

async fn read_line(pool: &Pool, accession: &str) -> Result<LineAnswer, sqlx::Error> {
    let sql = "SELECT id, accession, name, synonyms, cell_type, grade, publication_status, made_up FROM cell_line
               WHERE accession = $1 AND publication_status <> 'draft'";
    let Some(row) = pool.rows(sql, &[accession.into()]).await?.pop() else {
        return Ok(LineAnswer { cell_line: None });
    };
    let id: i64 = row.get(0)?;
    let sql = "SELECT x.label, d.name, d.mondo_id, d.name_ko FROM cell_line_disease x
               LEFT JOIN disease d ON d.id = x.disease_id WHERE x.line_id = $1 ORDER BY x.id";
    let mut diseases = vec![];
    for row in pool.rows(sql, &[id.into()]).await? {
        let disease = match row.get::<Option<String>>(1)? {
            Some(name) => Some(PlainDisease { mondo_id: row.get(2)?, name, name_ko: Some(row.get(3)?) }),
            None => None,
        };
        diseases.push(Labelled { label: row.get(0)?, disease });
    }
    let sql = format!(
        "SELECT count(*) FROM lot o JOIN vial v ON v.lot_id = o.id WHERE o.line_id = $2 AND o.state = 'released'
         AND o.tier = 'distribution' AND {FREE}"
    );
    let free = pool.rows(AssertSqlSafe(sql), &[now(), id.into()]).await?;
    let upper = |text: Option<String>| text.map(|text| text.to_ascii_uppercase());
    Ok(LineAnswer {
        cell_line: Some(PlainLine {
            accession: row.get(1)?,
            name: row.get(2)?,
            synonyms: row.get(3)?,
            cell_type: row.get::<String>(4)?.to_ascii_uppercase(),
            grade: upper(row.get(5)?),
            publication_status: upper(row.get(6)?),
            made_up: row.get(7)?,
            diseases,
            availability: band(free.first().map_or(Ok(0), |row| row.get(0))?),
        }),
    })
}

/// The machine's clock, as a plain service would ask it.
pub fn now() -> Bind {
    Bind::Time(chrono::DateTime::<Utc>::from(std::time::UNIX_EPOCH) + since_epoch())
}

fn since_epoch() -> std::time::Duration {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListAnswer {
    cell_lines: PlainList,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainList {
    nodes: Vec<Listed>,
    page_info: PageInfo,
}

/// End of a page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// More follow.
    pub has_next_page: bool,
    /// Where they begin.
    pub end_cursor: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    accession: Option<String>,
    name: String,
    diseases: Vec<Labelled>,
    lots: Vec<PlainLot>,
}

#[derive(Serialize)]
struct PlainLot {
    number: String,
    passage: i32,
    availability: &'static str,
}

async fn twin_list(State(pool): State<Pool>, Path(code): Path<String>) -> Response {
    json(read_list(&pool, &code).await)
}

async fn read_list(pool: &Pool, code: &str) -> Result<ListAnswer, sqlx::Error> {
    let sql = "WITH named AS (SELECT disease_id FROM disease_code WHERE code = $1)
               SELECT l.id, l.accession, l.name, l.holding, l.name_key FROM cell_line l
               WHERE (l.publication_status IS NULL OR l.publication_status <> 'draft') AND l.id IN
                 (SELECT line_id FROM cell_line_disease WHERE disease_id IN (SELECT disease_id FROM named UNION
                  SELECT a.disease_id FROM disease_ancestor a WHERE a.ancestor_id IN (SELECT disease_id FROM named)))
               ORDER BY l.holding, l.name_key, l.id LIMIT 21";
    let mut rows = pool.rows(sql, &[code.into()]).await?;
    let has_next_page = rows.len() > 20;
    rows.truncate(20);
    let ids = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, _>>()?;
    let mut diseases = diseases_of(pool, &ids).await?;
    let mut lots = lots_of(pool, &ids).await?;
    let end_cursor = rows.last().map(|row| cursor(&(row.get(3)?, row.get(4)?, row.get(0)?))).transpose()?;
    let show = |row: Row| {
        let id = row.get::<i64>(0)?;
        let (diseases, lots) = (diseases.remove(&id).unwrap_or_default(), lots.remove(&id).unwrap_or_default());
        Ok(Listed { accession: row.get(1)?, name: row.get(2)?, diseases, lots })
    };
    let nodes = rows.into_iter().map(show).collect::<Result<_, sqlx::Error>>()?;
    Ok(ListAnswer { cell_lines: PlainList { nodes, page_info: PageInfo { has_next_page, end_cursor } } })
}

fn cursor(key: &(String, String, i64)) -> Result<String, sqlx::Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).map_err(|error| sqlx::Error::Encode(error.into()))?))
}

/// A statement with so many placeholders in brackets after those it has.
fn among(sql: &str, first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    sql.replace("{}", &places.join(", "))
}

async fn diseases_of(pool: &Pool, ids: &[i64]) -> Result<HashMap<i64, Vec<Labelled>>, sqlx::Error> {
    let sql = "SELECT x.line_id, x.label, d.name, d.mondo_id FROM cell_line_disease x
               LEFT JOIN disease d ON d.id = x.disease_id WHERE x.line_id IN ({}) ORDER BY x.line_id, x.id";
    let binds: Vec<Bind> = ids.iter().map(|id| (*id).into()).collect();
    let mut diseases: HashMap<i64, Vec<Labelled>> = HashMap::new();
    for row in pool.rows(AssertSqlSafe(among(sql, 1, ids.len())), &binds).await? {
        let disease = match row.get::<Option<String>>(2)? {
            Some(name) => Some(PlainDisease { mondo_id: row.get(3)?, name, name_ko: None }),
            None => None,
        };
        diseases.entry(row.get(0)?).or_default().push(Labelled { label: row.get(1)?, disease });
    }
    Ok(diseases)
}

async fn lots_of(pool: &Pool, ids: &[i64]) -> Result<HashMap<i64, Vec<PlainLot>>, sqlx::Error> {
    let sql = format!(
        "SELECT o.line_id, o.number, o.passage, CASE WHEN o.state = 'released' AND o.tier = 'distribution' THEN
           (SELECT count(*) FROM vial v WHERE v.lot_id = o.id AND {FREE}) ELSE 0 END
         FROM lot o WHERE o.state <> 'quarantined' AND o.line_id IN ({{}}) ORDER BY o.line_id, o.id"
    );
    let binds: Vec<Bind> = std::iter::once(now()).chain(ids.iter().map(|id| (*id).into())).collect();
    let mut lots: HashMap<i64, Vec<PlainLot>> = HashMap::new();
    for row in pool.rows(AssertSqlSafe(among(&sql, 2, ids.len())), &binds).await? {
        let lot = PlainLot { number: row.get(1)?, passage: row.get(2)?, availability: band(row.get(3)?) };
        lots.entry(row.get(0)?).or_default().push(lot);
    }
    Ok(lots)
}
