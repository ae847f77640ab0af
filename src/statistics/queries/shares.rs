//! How a year's figure divides: by type of recipient, line, disease and purpose.

use super::super::rules::percentages;
use super::super::{Error, sql};
use super::{YearFigures, recorded_distributions};
use crate::accounts::model::institution;
use crate::app::App;
use crate::db::row_count;
use crate::language::Lang;
use crate::requests::model::request::Use;
use crate::shipments::model::dispatched_line::Column;
use sea_orm::{ActiveEnum, QuerySelect};
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
        None => sql::recipients_by_type(app.db.read(), figures.year).await?,
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
    let parts = sql::by_line(app.db.read(), figures.year).await?;
    Ok(shared_out(parts.into_iter().map(|part| (part.key, part.label, part.distributions)).collect()))
}

/// Recorded distributions by disease of their line. A line of two diseases counts under both; one of none under `NONE`.
///
/// # Errors
/// Those of the database.
pub async fn by_disease(app: &App, figures: &YearFigures, lang: Lang) -> Result<Vec<Share>, Error> {
    if !is_recorded_alone(figures) {
        return Ok(vec![]);
    }
    let parts = sql::by_disease(app.db.read(), figures.year, lang).await?;
    let named = parts.into_iter().map(|part| {
        let is_none = part.key == "NONE";
        let label = if is_none { lang.pick("No disease stated", "질환 정보 없음").into() } else { part.label };
        (part.key, label, part.distributions)
    });
    Ok(shared_out(named.collect()))
}

/// Recorded distributions by intended use.
///
/// # Errors
/// Those of the database.
pub async fn by_purpose(app: &App, figures: &YearFigures, lang: Lang) -> Result<Vec<Share>, Error> {
    if !is_recorded_alone(figures) {
        return Ok(vec![]);
    }
    let uses = recorded_distributions(figures.year, figures.year).select_only().column(Column::IntendedUse);
    let uses = uses.expr_as(row_count(), "distributions").group_by(Column::IntendedUse);
    let parts: Vec<(Use, i64)> = uses.into_tuple().all(app.db.read()).await?;
    let named = parts.into_iter().map(|(purpose, n)| (upper(purpose.to_value()), purpose.label(lang).to_owned(), n));
    Ok(shared_out(named.collect()))
}

fn upper(stored: String) -> String {
    stored.to_ascii_uppercase()
}
