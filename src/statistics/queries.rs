//! Figures of years. Every figure and the rows behind it come from the same condition, [`DISTRIBUTIONS`].

use super::Error;
use super::events::YearEvent;
use super::rules::{MEAN_YEARS, YEARS, added, change, five_year_mean, ratio};
use crate::accounts::model::institution;
use crate::actor::{Actor, Permission};
use crate::app::{App, seoul_year};
use crate::audit::{self, Subject};
use crate::db::Sql;
use crate::id::{InstitutionId, LineId, RequestId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use std::collections::BTreeMap;

/// The recorded distributions, as a table called `x`: what is counted, shared out and opened as rows.
pub const DISTRIBUTIONS: &str = "dispatched_line x WHERE x.is_distribution AND x.year";
/// The most years one call tells.
const MAX_YEARS: i32 = 50;

/// What is recorded of a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Request lines first dispatched in it.
    pub distributions: i64,
    /// Requests they belong to.
    pub requests: i64,
    /// Distinct institutions that received them.
    pub institutions: i64,
    /// Vials that left in it, later dispatches included.
    pub vials: i64,
    /// Some of it is made up for a demonstration.
    pub made_up: bool,
}

/// Published totals of a year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Historical {
    /// Distributions.
    pub distributions: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// Vials.
    pub vials: Option<i64>,
    /// Institutions; the sum of its types where only those were published.
    pub institutions: Option<i64>,
    /// Institutions by type.
    pub by_type: Vec<(institution::Type, i64)>,
    /// Where the totals come from, each once.
    pub sources: Vec<String>,
}

/// The figures of one year. `None` is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct YearFigures {
    /// The year, in Asia/Seoul.
    pub year: i32,
    /// Distributions.
    pub distributions: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// Vials.
    pub vials: Option<i64>,
    /// Distinct institutions.
    pub institutions: Option<i64>,
    /// Mean of distributions in the five years before.
    pub five_year_mean: Option<f64>,
    /// Distributions over that mean.
    pub ratio_to_five_year_mean: Option<f64>,
    /// Change of distributions on the year before, as a fraction.
    pub change_on_previous_year: Option<f64>,
    /// What was recorded, if anything.
    pub recorded: Option<Recorded>,
    /// What was published, if anything.
    pub historical: Option<Historical>,
    /// The figures are complete: the year has published totals or lies within the recorded time.
    pub is_known: bool,
}

impl YearFigures {
    /// Some of its shipments were made up for a demonstration.
    pub fn is_made_up(&self) -> bool {
        self.recorded.is_some_and(|recorded| recorded.made_up)
    }
}

/// Figures of a range of years, earliest first.
///
/// # Errors
/// [`Error::Range`] or [`Error::Year`], or those of the database.
pub async fn years(app: &App, from: i32, to: i32) -> Result<Vec<YearFigures>, Error> {
    if !YEARS.contains(&from) || !YEARS.contains(&to) {
        return Err(Error::Year);
    }
    if to < from || to - from >= MAX_YEARS {
        return Err(Error::Range);
    }
    let db = app.db.read();
    let counts = counts(db, from - MEAN_YEARS, to).await?;
    let recorded = recorded(db, from, to, &counts).await?;
    let historical = historical(db, from - MEAN_YEARS, to).await?;
    let known = known_years(app).await?;
    let distributions = |year: i32| {
        let published = historical.get(&year);
        let is_known = published.is_some() || known.contains(&year);
        let recorded = counts.get(&year).map(|count| count.0);
        added(is_known, published.is_some(), recorded, published.and_then(|h| h.distributions))
    };
    let year = |year: i32| {
        let (recorded, published) = (recorded.get(&year).copied(), historical.get(&year).cloned());
        let is_known = published.is_some() || known.contains(&year);
        let sum = |own: fn(&Recorded) -> i64, past: fn(&Historical) -> Option<i64>| {
            added(is_known, published.is_some(), recorded.as_ref().map(own), published.as_ref().and_then(past))
        };
        let mean =
            five_year_mean(std::array::from_fn(|i| distributions(year - MEAN_YEARS + i32::try_from(i).unwrap_or(0))));
        let mixed = recorded.is_some() && published.is_some();
        let institutions = if mixed { None } else { sum(|r| r.institutions, |h| h.institutions) };
        YearFigures {
            year,
            distributions: distributions(year),
            requests: sum(|r| r.requests, |h| h.requests),
            vials: sum(|r| r.vials, |h| h.vials),
            institutions,
            five_year_mean: mean,
            ratio_to_five_year_mean: ratio(distributions(year), mean),
            change_on_previous_year: change(distributions(year), distributions(year - 1)),
            recorded,
            historical: published,
            is_known,
        }
    };
    Ok((from..=to).map(year).collect())
}

/// The figures of a year after those of the years before it over which its mean goes, as far as there are any; earliest
/// first.
///
/// # Errors
/// [`Error::Year`], or those of the database.
pub async fn with_years_before(app: &App, year: i32) -> Result<Vec<YearFigures>, Error> {
    years(app, year.saturating_sub(MEAN_YEARS).max(*YEARS.start()), year).await
}

/// The first and the last year of which anything is known, published or recorded, the last at least this year.
///
/// # Errors
/// Those of the database.
pub async fn span(app: &App) -> Result<(i32, i32), Error> {
    let sql = "SELECT min(year), max(year) FROM (SELECT min(year) AS year FROM historical_total
                 UNION ALL SELECT max(year) FROM historical_total
                 UNION ALL SELECT min(year) FROM dispatched_line UNION ALL SELECT max(year) FROM dispatched_line) y";
    let row = Sql::new(sql).one(app.db.read()).await?;
    let this_year = seoul_year(app.clock.now());
    let read = |at: usize| row.as_ref().map_or(Ok(None), |row| row.try_get_by_index::<Option<i32>>(at));
    let (first, last) = (read(0)?.unwrap_or(this_year), read(1)?.unwrap_or(this_year));
    Ok((first.max(this_year - MAX_YEARS + 1).min(this_year), last.max(this_year)))
}

/// Years whose shipments are all recorded here: from the configured year, else that of the first shipment, to today's.
async fn known_years(app: &App) -> Result<std::ops::RangeInclusive<i32>, DbErr> {
    let from = match app.config.recorded_from {
        Some(year) => Some(year),
        None => {
            let sql = Sql::new("SELECT year FROM dispatched_line ORDER BY year LIMIT 1");
            sql.one(app.db.read()).await?.map(|row| row.try_get_by_index(0)).transpose()?
        }
    };
    let this_year = seoul_year(app.clock.now());
    Ok(from.unwrap_or(this_year + 1)..=this_year)
}

/// Distributions by year, and whether some are made up. Years without any are absent.
async fn counts(db: &impl ConnectionTrait, from: i32, to: i32) -> Result<BTreeMap<i32, (i64, bool)>, DbErr> {
    let mut sql = Sql::new("SELECT x.year, count(*), CAST(max(CASE WHEN x.made_up THEN 1 ELSE 0 END) AS BIGINT) FROM ");
    sql.push(DISTRIBUTIONS).push(" BETWEEN ").bind(from).push(" AND ").bind(to).push(" GROUP BY x.year");
    let rows = sql.rows(db).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, (row.try_get_by_index(1)?, row.try_get_by_index::<i64>(2)? > 0))))
        .collect()
}

/// Distinct recipients of the [`DISTRIBUTIONS`] of some years, by a column of theirs. A duplicate was the same institution
/// all along: once it is merged, the two count as one in every year, although the rows stay as they were recorded.
pub(super) fn recipients(column: &str, from: i32, to: i32) -> Sql {
    let mut sql = Sql::new(format!(
        "SELECT y.part, count(DISTINCT coalesce(i.merged_into, y.institution_id))
         FROM (SELECT DISTINCT x.{column} AS part, x.institution_id FROM "
    ));
    sql.push(DISTRIBUTIONS).push(" BETWEEN ").bind(from).push(" AND ").bind(to);
    sql.push(") y LEFT JOIN institution i ON i.id = y.institution_id GROUP BY y.part");
    sql
}

async fn recorded(
    db: &impl ConnectionTrait,
    from: i32,
    to: i32,
    counts: &BTreeMap<i32, (i64, bool)>,
) -> Result<BTreeMap<i32, Recorded>, DbErr> {
    let mut sql = Sql::new("SELECT x.year, count(DISTINCT x.request_id) FROM ");
    sql.push(DISTRIBUTIONS).push(" BETWEEN ").bind(from).push(" AND ").bind(to).push(" GROUP BY x.year");
    let mut years: BTreeMap<i32, Recorded> = BTreeMap::new();
    for row in sql.rows(db).await? {
        years.entry(row.try_get_by_index(0)?).or_default().requests = row.try_get_by_index(1)?;
    }
    for row in recipients("year", from, to).rows(db).await? {
        years.entry(row.try_get_by_index(0)?).or_default().institutions = row.try_get_by_index(1)?;
    }
    let mut sql = Sql::new("SELECT x.year, CAST(sum(x.vials) AS BIGINT) FROM dispatched_line x WHERE x.year BETWEEN ");
    sql.bind(from).push(" AND ").bind(to).push(" GROUP BY x.year");
    for row in sql.rows(db).await? {
        years.entry(row.try_get_by_index(0)?).or_default().vials = row.try_get_by_index(1)?;
    }
    for (year, recorded) in &mut years {
        let (count, made_up) = counts.get(year).copied().unwrap_or_default();
        recorded.distributions = count;
        recorded.made_up = made_up;
    }
    Ok(years)
}

#[derive(FromQueryResult)]
struct Total {
    year: i32,
    measure: String,
    institution_type: Option<institution::Type>,
    value: i64,
    source: String,
}

async fn historical(db: &impl ConnectionTrait, from: i32, to: i32) -> Result<BTreeMap<i32, Historical>, DbErr> {
    let sql = "SELECT year, measure, institution_type, value, source FROM historical_total
               WHERE year BETWEEN $1 AND $2 ORDER BY year, id";
    let totals: Vec<Total> = Sql::with(sql, [from.into(), to.into()]).all(db).await?;
    let mut years: BTreeMap<i32, Historical> = BTreeMap::new();
    for total in totals {
        let year = years.entry(total.year).or_default();
        if !year.sources.contains(&total.source) {
            year.sources.push(total.source);
        }
        match (total.measure.as_str(), total.institution_type) {
            ("institutions", Some(kind)) => year.by_type.push((kind, total.value)),
            ("institutions", None) => year.institutions = Some(total.value),
            ("distributions", None) => year.distributions = Some(total.value),
            ("requests", None) => year.requests = Some(total.value),
            ("vials", None) => year.vials = Some(total.value),
            _ => {}
        }
    }
    for year in years.values_mut() {
        if year.institutions.is_none() && !year.by_type.is_empty() {
            year.institutions = Some(year.by_type.iter().map(|part| part.1).sum());
        }
    }
    Ok(years)
}

/// A recorded distribution: one of the rows behind the figures.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Distribution {
    /// Its key.
    pub id: i64,
    /// The request.
    pub request_id: RequestId,
    /// The request's number.
    pub request_number: String,
    /// The cell line.
    pub line_id: LineId,
    /// First handed over when.
    pub dispatched_at: DateTime<Utc>,
    /// The recipient.
    pub institution_id: InstitutionId,
    /// Its type at dispatch.
    pub institution_type: institution::Type,
    /// Vials in that first dispatch.
    pub vials: i32,
    /// Made up for a demonstration.
    pub made_up: bool,
}

const OLDEST_FIRST: Sort = Sort { columns: &[int("x.id")], descending: false };

/// The recorded distributions of a year, in the order of their dispatch. For those who may read all requests; who opens
/// them is recorded.
///
/// # Errors
/// Not allowed, [`Error::Year`], a wrong window, or those of the database.
pub async fn distributions(app: &App, actor: &Actor, year: i32, window: &Window) -> Result<Page<Distribution>, Error> {
    actor.may(Permission::ReadAllRequests)?;
    if !YEARS.contains(&year) {
        return Err(Error::Year);
    }
    let keyset = window.keyset(OLDEST_FIRST)?;
    let mut sql = Sql::new(
        "SELECT x.id, x.request_id, (SELECT q.number FROM request q WHERE q.id = x.request_id) AS request_number,
           x.line_id, x.dispatched_at, x.institution_id, x.institution_type, x.vials, x.made_up FROM ",
    );
    sql.push(DISTRIBUTIONS).push(" = ").bind(year);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Distribution> = sql.all(app.db.read()).await?;
    if window.after.is_none() && window.before.is_none() {
        let subject = Subject { kind: "StatisticsYear", id: year.into() };
        audit::record_read(app, actor, subject, &YearEvent::RowsRead {}).await?;
    }
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id)])))
}
