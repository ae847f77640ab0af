//! How a year's figure divides: by type of recipient, line, disease and purpose.

use super::Error;
use super::queries::{DISTRIBUTIONS, YearFigures, recipients};
use super::rules::percentages;
use crate::accounts::model::institution;
use crate::app::App;
use crate::db::Sql;
use crate::language::Lang;
use crate::requests::model::request::Use;
use sea_orm::{ActiveEnum, DbErr, QueryResult};
use std::cmp::Reverse;

/// A part of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Stable key: an enum value, an accession, a MONDO code.
    pub key: String,
    /// What a reader calls it.
    pub label: String,
    /// Its count.
    pub count: i64,
    /// Its percentage; those of one list add to 100.
    pub percent: i64,
}

/// Puts parts into order, largest first, and adds their percentages.
fn shared_out(mut parts: Vec<(String, String, i64)>) -> Vec<Share> {
    parts.retain(|part| part.2 > 0);
    parts.sort_by(|a, b| (Reverse(a.2), &a.0).cmp(&(Reverse(b.2), &b.0)));
    let percents = percentages(&parts.iter().map(|part| part.2).collect::<Vec<_>>());
    let shares = parts.into_iter().zip(percents);
    shares.map(|((key, label, count), percent)| Share { key, label, count, percent }).collect()
}

/// True if the year's rows are all recorded here; otherwise a division of them would not be one of the figure.
fn is_recorded_alone(figures: &YearFigures) -> bool {
    figures.recorded.is_some() && figures.historical.is_none()
}

/// Distinct institutions by type, recorded or published; empty where the year has both kinds, for they do not add.
///
/// # Errors
/// Those of the database.
pub async fn institutions_by_type(app: &App, figures: &YearFigures, lang: Lang) -> Result<Vec<Share>, Error> {
    let parts: Vec<(institution::Type, i64)> = match &figures.historical {
        Some(historical) if figures.recorded.is_none() => historical.by_type.clone(),
        None => {
            let rows = recipients("institution_type", figures.year, figures.year).rows(app.db.read()).await?;
            rows.iter().map(pair).collect::<Result<_, DbErr>>()?
        }
        Some(_) => vec![],
    };
    let named = parts.into_iter().map(|(kind, count)| (upper(kind.to_value()), kind.label(lang).to_owned(), count));
    Ok(shared_out(named.collect()))
}

/// Recorded distributions by cell line.
///
/// # Errors
/// Those of the database.
pub async fn by_line(app: &App, figures: &YearFigures) -> Result<Vec<Share>, Error> {
    if !is_recorded_alone(figures) {
        return Ok(vec![]);
    }
    let mut sql = Sql::new(
        "SELECT coalesce(l.accession, l.rrid, l.name), l.name, g.n FROM cell_line l JOIN (SELECT x.line_id, count(*) AS n FROM ",
    );
    sql.push(DISTRIBUTIONS).push(" = ").bind(figures.year).push(" GROUP BY x.line_id) g ON g.line_id = l.id");
    let rows = sql.rows(app.db.read()).await?;
    Ok(shared_out(rows.iter().map(triple).collect::<Result<_, DbErr>>()?))
}

/// Recorded distributions by disease of their line. A line of two diseases counts under both; one of none under `NONE`.
///
/// # Errors
/// Those of the database.
pub async fn by_disease(app: &App, figures: &YearFigures, lang: Lang) -> Result<Vec<Share>, Error> {
    if !is_recorded_alone(figures) {
        return Ok(vec![]);
    }
    let name = lang.pick("d.name", "coalesce(d.name_ko, d.name)");
    let mut sql = Sql::new(format!(
        "SELECT coalesce(d.mondo_id, d.name, c.label, 'NONE'), coalesce({name}, c.label, ''), CAST(sum(g.n) AS BIGINT)
         FROM (SELECT x.line_id, count(*) AS n FROM {DISTRIBUTIONS} = "
    ));
    sql.bind(figures.year).push(
        " GROUP BY x.line_id) g LEFT JOIN cell_line_disease c ON c.line_id = g.line_id
         LEFT JOIN disease d ON d.id = c.disease_id GROUP BY 1, 2",
    );
    let rows = sql.rows(app.db.read()).await?;
    let mut parts = rows.iter().map(triple).collect::<Result<Vec<_>, DbErr>>()?;
    for part in parts.iter_mut().filter(|part| part.0 == "NONE") {
        part.1 = lang.pick("No disease stated", "질환 정보 없음").into();
    }
    Ok(shared_out(parts))
}

/// Recorded distributions by intended use.
///
/// # Errors
/// Those of the database.
pub async fn by_purpose(app: &App, figures: &YearFigures, lang: Lang) -> Result<Vec<Share>, Error> {
    if !is_recorded_alone(figures) {
        return Ok(vec![]);
    }
    let mut sql = Sql::new("SELECT x.intended_use, count(*) FROM ");
    sql.push(DISTRIBUTIONS).push(" = ").bind(figures.year).push(" GROUP BY x.intended_use");
    let rows = sql.rows(app.db.read()).await?;
    let parts: Vec<(Use, i64)> = rows.iter().map(pair).collect::<Result<_, DbErr>>()?;
    let named = parts.into_iter().map(|(purpose, n)| (upper(purpose.to_value()), purpose.label(lang).to_owned(), n));
    Ok(shared_out(named.collect()))
}

fn pair<T: sea_orm::TryGetable>(row: &QueryResult) -> Result<(T, i64), DbErr> {
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

fn triple(row: &QueryResult) -> Result<(String, String, i64), DbErr> {
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
}

fn upper(stored: String) -> String {
    stored.to_ascii_uppercase()
}
