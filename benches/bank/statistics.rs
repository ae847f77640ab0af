//! Figures of years over a million recorded distributions.

use crate::engine::{Pool, Row};
use crate::load::Shot;
use crate::measure::{Answers, Comparison, Ratio};
use crate::reads::json;
use crate::{Failure, Options, Served};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Router, routing::get};
use serde::Serialize;
use std::collections::BTreeMap;

/// Readers at the same time: a report is read by few.
pub const READERS: usize = 2;

/// One year with its divisions, and ten years.
pub async fn measure(served: &Served, bank: &str, options: &Options, rows: i64) -> Result<(), Failure> {
    let figures = "year distributions requests vials institutions fiveYearMean changeOnPreviousYear";
    let bank = format!("{bank}; {rows} distributions");
    let year = format!(
        "{{yearlyDistribution(year:2024){{{figures} institutionsByType{{key count}} distributionsByPurpose{{key count}}}}}}"
    );
    let years = format!("{{yearlyDistributions(from:2016 to:2025){{{figures}}}}}");
    for (name, query, twin) in [
        ("statistics of a year, two divisions", year, "/twin/year/2024"),
        ("statistics of ten years", years, "/twin/years/2016/2025"),
    ] {
        let comparison = Comparison {
            name: name.into(),
            bank: bank.clone(),
            ratio: Ratio::Cost,
            target: None,
            ours: (served.fresh, vec![Shot::graphql(&query, None)]),
            twin: (served.fresh, vec![Shot::get(twin)]),
            connections: READERS,
            answers: Answers::Same,
        };
        comparison.measure(options).await?;
    }
    Ok(())
}

/// The twins of this file.
pub fn twins(pool: Pool) -> Router {
    Router::new()
        .route("/twin/year/{year}", get(twin_year))
        .route("/twin/years/{from}/{to}", get(twin_years))
        .with_state(pool)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    year: i64,
    distributions: i64,
    requests: i64,
    vials: i64,
    institutions: i64,
    five_year_mean: Option<f64>,
    change_on_previous_year: Option<f64>,
    #[serde(flatten)]
    divisions: Option<Divisions>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Divisions {
    institutions_by_type: Vec<Part>,
    distributions_by_purpose: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    key: String,
    count: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Year {
    yearly_distribution: Option<Figures>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Years {
    yearly_distributions: Vec<Figures>,
}

async fn twin_year(State(pool): State<Pool>, Path(year): Path<i64>) -> Response {
    let read = async {
        let mut figures = read(&pool, year, year).await?;
        let divisions = Divisions {
            institutions_by_type: parts(
                &pool,
                year,
                "SELECT institution_type, count(DISTINCT institution_id) FROM dispatched_line
                 WHERE year = $1 AND is_distribution GROUP BY 1 ORDER BY 2 DESC, 1",
            )
            .await?,
            distributions_by_purpose: parts(
                &pool,
                year,
                "SELECT intended_use, count(*) FROM dispatched_line WHERE year = $1 AND is_distribution
                 GROUP BY 1 ORDER BY 2 DESC, 1",
            )
            .await?,
        };
        let figures = figures.pop().map(|figures| Figures { divisions: Some(divisions), ..figures });
        Ok(Year { yearly_distribution: figures })
    };
    json(read.await)
}

async fn twin_years(State(pool): State<Pool>, Path((from, to)): Path<(i64, i64)>) -> Response {
    json(read(&pool, from, to).await.map(|yearly_distributions| Years { yearly_distributions }))
}

async fn parts(pool: &Pool, year: i64, sql: &'static str) -> Result<Vec<Part>, sqlx::Error> {
    let part = |row: &Row| Ok(Part { key: row.get::<String>(0)?.to_ascii_uppercase(), count: row.get(1)? });
    pool.rows(sql, &[year.into()]).await?.iter().map(part).collect()
}

async fn read(pool: &Pool, from: i64, to: i64) -> Result<Vec<Figures>, sqlx::Error> {
    let sql =
        "SELECT CAST(year AS BIGINT), count(*) FROM dispatched_line WHERE is_distribution AND year BETWEEN $1 AND $2
               GROUP BY year";
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    for row in pool.rows(sql, &[(from - 5).into(), to.into()]).await? {
        counts.insert(row.get(0)?, row.get(1)?);
    }
    let sql = "SELECT CAST(year AS BIGINT), count(*) FILTER (WHERE is_distribution),
                 count(DISTINCT CASE WHEN is_distribution THEN request_id END), CAST(sum(vials) AS BIGINT),
                 count(DISTINCT CASE WHEN is_distribution THEN institution_id END)
               FROM dispatched_line WHERE year BETWEEN $1 AND $2 GROUP BY year ORDER BY year";
    let mut figures = vec![];
    for row in pool.rows(sql, &[from.into(), to.into()]).await? {
        let (year, distributions): (i64, i64) = (row.get(0)?, row.get(1)?);
        let before: Option<Vec<i64>> = (year - 5..year).map(|year| counts.get(&year).copied()).collect();
        let mean = before.as_ref().map(|before| real(before.iter().sum()) / 5.0);
        let change = counts.get(&(year - 1)).map(|before| real(distributions) / real(*before) - 1.0);
        figures.push(Figures {
            year,
            distributions,
            requests: row.get(2)?,
            vials: row.get(3)?,
            institutions: row.get(4)?,
            five_year_mean: mean,
            change_on_previous_year: change,
            divisions: None,
        });
    }
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn real(count: i64) -> f64 {
    count as f64
}
