//! Free text over names, accessions, diseases and genes.

use crate::engine::{Bind, Pool, Row};
use crate::load::Shot;
use crate::measure::{Answers, CONNECTIONS, Comparison, Ratio};
use crate::reads::{PageInfo, json};
use crate::{Failure, Options, Served};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Router, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use stembank::search_words;

/// Connections where one answer takes the database a tenth of a second: with all of them PostgreSQL's ten connections
/// are waited for longer than a caller is made to wait.
pub const FEW: usize = 8;
/// What readers type, and what that is.
const TERMS: [(&str, &str); 7] = [
    ("exact name", "1321N1"),
    ("beginning of a name", "132"),
    ("RRID", "RRID:CVCL_E548"),
    ("Korean disease", "근이영양증"),
    ("rare word", "remus"),
    ("frequent word", "human"),
    ("two frequent words", "cell line"),
];

/// Each kind of term, twenty lines.
pub async fn measure(served: &Served, bank: &str, options: &Options) -> Result<(), Failure> {
    for (kind, term) in TERMS {
        let query = format!(
            "{{cellLines(search:\"{term}\" first:20)\
             {{nodes{{rrid name holding cellType}} pageInfo{{hasNextPage endCursor}}}}}}"
        );
        let encoded: String = term.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let comparison = Comparison {
            name: format!("search: {kind}, \"{term}\""),
            bank: bank.into(),
            ratio: Ratio::Cost,
            target: None,
            ours: (served.fresh, vec![Shot::graphql(&query, None)]),
            twin: (served.fresh, vec![Shot::get(&format!("/twin/search?q={encoded}"))]),
            connections: if kind.contains("frequent") { FEW } else { CONNECTIONS },
            answers: Answers::Same,
        };
        comparison.measure(options).await?;
    }
    Ok(())
}

/// The twin of this file.
pub fn twins(pool: Pool) -> Router {
    Router::new().route("/twin/search", get(twin)).with_state(pool)
}

#[derive(Deserialize)]
struct Asked {
    q: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    cell_lines: Found,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    nodes: Vec<Line>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    rrid: Option<String>,
    name: String,
    holding: String,
    cell_type: String,
}

async fn twin(State(pool): State<Pool>, Query(asked): Query<Asked>) -> Response {
    json(find(&pool, &asked.q).await)
}

async fn find(pool: &Pool, text: &str) -> Result<Answer, sqlx::Error> {
    let (sql, binds) = statement(text);
    let mut rows = pool.rows(AssertSqlSafe(sql), &binds).await?;
    let has_next_page = rows.len() > 20;
    rows.truncate(20);
    let end_cursor = rows.last().map(cursor).transpose()?;
    let show = |row: &Row| {
        let upper = |place| Ok::<_, sqlx::Error>(row.get::<String>(place)?.to_ascii_uppercase());
        Ok(Line { rrid: row.get(0)?, name: row.get(1)?, holding: upper(2)?, cell_type: upper(3)? })
    };
    let nodes = rows.iter().map(show).collect::<Result<_, sqlx::Error>>()?;
    Ok(Answer { cell_lines: Found { nodes, page_info: PageInfo { has_next_page, end_cursor } } })
}

fn cursor(row: &Row) -> Result<String, sqlx::Error> {
    let key: (i32, String, String, i64) = (row.get(6)?, row.get(2)?, row.get(4)?, row.get(5)?);
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&key).map_err(|error| sqlx::Error::Encode(error.into()))?))
}

/// The words by which lines are found are data; how they are looked up is the twin's own text.
fn statement(text: &str) -> (String, Vec<Bind>) {
    let text = &text.to_lowercase().replace("rrid:", " ").replace("cvcl_", "cvcl");
    let whole = search_words::compact(text);
    let mut binds: Vec<Bind> = vec![whole.as_str().into(), search_words::prefix_end(&whole).as_str().into()];
    let mut found = "SELECT line_id FROM cell_line_token WHERE token >= $1 AND token < $2 AND weight <= 1".to_owned();
    for (i, term) in search_words::terms(text).into_iter().enumerate() {
        let (a, b) = (binds.len() + 1, binds.len() + 2);
        binds.push(term.as_str().into());
        binds.push(search_words::prefix_end(&term).as_str().into());
        found.push_str(if i == 0 { " UNION SELECT line_id FROM (" } else { " INTERSECT " });
        found.push_str(&format!(
            "SELECT line_id FROM (SELECT line_id FROM cell_line_token WHERE token >= ${a} AND token < ${b} UNION
               SELECT line_id FROM cell_line_disease WHERE disease_id IN
                 (SELECT disease_id FROM disease_token WHERE token >= ${a} AND token < ${b} UNION
                  SELECT x.disease_id FROM disease_token t JOIN disease_ancestor x ON x.ancestor_id = t.disease_id
                  WHERE t.token >= ${a} AND t.token < ${b})) t{i}"
        ));
    }
    if binds.len() > 2 {
        found.push_str(") every_word");
    }
    let sql = format!(
        "SELECT l.rrid, l.name, l.holding, l.cell_type, l.name_key, l.id,
           CASE WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = $1 AND weight = 0) THEN 0
             WHEN l.id IN (SELECT line_id FROM cell_line_token WHERE token = $1 AND weight = 1) THEN 1
             WHEN l.name_key >= $1 AND l.name_key < $2 THEN 2 ELSE 3 END AS rank
         FROM cell_line l WHERE (l.publication_status IS NULL OR l.publication_status <> 'draft') AND l.id IN ({found})
         ORDER BY 7, l.holding, l.name_key, l.id LIMIT 21"
    );
    (sql, binds)
}
