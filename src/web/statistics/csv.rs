//! The figures as tables for a spreadsheet: UTF-8 with a mark at the beginning, by which Excel knows it.

use super::super::frame::{PageResult, attachment};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::{divisions, no_such_year, year_of};
use crate::csv_writer;
use crate::statistics::queries::{YearFigures, span, years};
use crate::statistics::sources::sources;
use axum::extract::Path;

/// All years.
pub(super) async fn all(v: Visitor) -> PageResult {
    let (first, last) = span(&v.web.app).await?;
    let all = years(&v.web.app, first, last).await?;
    download(std::iter::once(head(&v)).chain(all.iter().map(row)), "distributions.csv")
}

/// One year, with how it divides and where it comes from.
pub(super) async fn report(v: Visitor, Path(year): Path<String>) -> PageResult {
    let year = year_of(&year)?;
    let figures = years(&v.web.app, year, year).await.map_err(no_such_year)?.pop().ok_or(PageError::NotFound)?;
    let mut rows: Vec<Vec<String>> = vec![head(&v).to_vec(), row(&figures).to_vec()];
    for division in divisions(&v, &figures).await? {
        rows.push(vec![]);
        rows.push(vec![division.heading.clone(), division.unit.clone(), "%".into(), v.t.say("statistics-key")]);
        rows.extend(division.shares.iter().map(|share| {
            vec![share.label.clone(), share.count.to_string(), share.percent.to_string(), share.key.clone()]
        }));
    }
    rows.push(vec![]);
    rows.extend(sources(&figures, v.t.lang).into_iter().map(|source| vec![v.t.say("statistics-source"), source.text]));
    download(rows, &format!("distributions-{year}.csv"))
}

fn head(v: &Visitor) -> [String; 8] {
    ["year", "distributions", "change", "mean", "ratio", "requests", "vials", "institutions"]
        .map(|column| v.t.say(&format!("statistics-column-{column}")))
}

/// A year as a row; what is not known stays empty.
fn row(figures: &YearFigures) -> [String; 8] {
    let whole = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
    let part = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    [
        figures.year.to_string(),
        whole(figures.distributions),
        part(figures.change_on_previous_year),
        part(figures.five_year_mean),
        part(figures.ratio_to_five_year_mean),
        whole(figures.requests),
        whole(figures.vials),
        whole(figures.institutions),
    ]
}

fn download<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>, name: &str) -> PageResult {
    Ok(attachment(csv_writer::MEDIA_TYPE, name, "no-cache", csv_writer::file(rows)))
}
