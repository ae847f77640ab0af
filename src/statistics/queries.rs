//! Figures of years. Every figure and the rows behind it come from the same condition, [`is_distribution`].

pub mod shares;
pub mod turnaround;

use super::Error;
use super::events::YearEvent;
use super::model::historical_total::{self, Measure};
use super::rules::{MEAN_YEARS, YEARS, added, change, five_year_mean, ratio};
use super::sql;
use crate::accounts::model::institution;
use crate::actor::{Actor, Permission};
use crate::app::{App, seoul_year};
use crate::audit::{self, Subject};
use crate::db::row_count;
use crate::id::{CellLineId, InstitutionId, RequestId};
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int};
use crate::requests::model::request;
use crate::shipments::model::dispatched_line::{Column, Entity};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::cmp::{max, min};
use std::collections::{BTreeMap, BTreeSet};

/// The condition that a dispatched line is a distribution of some years: what is counted, shared out and opened as
/// rows. `line` is what the statement calls the table of dispatched lines.
pub(super) fn is_distribution(line: impl IntoIden, from: i32, to: i32) -> Condition {
    let line = line.into_iden();
    let year = Expr::col((line.clone(), Column::Year));
    // Of one year, an index has the rows in the order of its next column.
    let is_within = if from == to { year.eq(from) } else { year.between(from, to) };
    Condition::all().add(Expr::col((line, Column::IsDistribution))).add(is_within)
}

/// The distributions of some years.
fn recorded_distributions(from: i32, to: i32) -> Select<Entity> {
    Entity::find().filter(is_distribution(Entity, from, to))
}

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
    years(app, max(year.saturating_sub(MEAN_YEARS), *YEARS.start()), year).await
}

/// The first and the last year of which anything is known, published or recorded, the last at least this year.
///
/// # Errors
/// Those of the database.
pub async fn span(app: &App) -> Result<(i32, i32), Error> {
    let this_year = seoul_year(app.clock.now());
    let known = sql::span(app.db.read()).await?;
    let (first, last) = (known.first.unwrap_or(this_year), known.last.unwrap_or(this_year));
    Ok((min(max(first, this_year - MAX_YEARS + 1), this_year), max(last, this_year)))
}

/// Years whose shipments are all recorded here: from the configured year, else that of the first shipment, to today's.
async fn known_years(app: &App) -> Result<std::ops::RangeInclusive<i32>, DbErr> {
    let from = match app.config.recorded_from {
        Some(year) => Some(year),
        None => {
            let first = Entity::find().order_by_asc(Column::Year).select_only().column(Column::Year);
            first.into_tuple().one(app.db.read()).await?
        }
    };
    let this_year = seoul_year(app.clock.now());
    Ok(from.unwrap_or(this_year + 1)..=this_year)
}

/// Distributions by year, and whether some are made up. Years without any are absent.
async fn counts(db: &impl ConnectionTrait, from: i32, to: i32) -> Result<BTreeMap<i32, (i64, bool)>, DbErr> {
    let made_up: Expr = Expr::case(Column::MadeUp.into_expr(), Expr::cust("1")).into();
    let by_year = recorded_distributions(from, to).select_only().column(Column::Year).group_by(Column::Year);
    let by_year = by_year.expr_as(row_count(), "distributions").expr_as(made_up.count(), "made_up");
    let rows: Vec<(i32, i64, i64)> = by_year.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(year, count, made_up)| (year, (count, made_up > 0))).collect())
}

async fn recorded(
    db: &impl ConnectionTrait,
    from: i32,
    to: i32,
    counts: &BTreeMap<i32, (i64, bool)>,
) -> Result<BTreeMap<i32, Recorded>, DbErr> {
    let by_year = recorded_distributions(from, to).select_only().column(Column::Year).group_by(Column::Year);
    let by_year = by_year.expr_as(Column::RequestId.into_expr().count_distinct(), "requests");
    let mut years: BTreeMap<i32, Recorded> = BTreeMap::new();
    for (year, requests) in by_year.into_tuple::<(i32, i64)>().all(db).await? {
        years.entry(year).or_default().requests = requests;
    }
    for (year, institutions) in sql::recipients(db, from, to).await? {
        years.entry(year).or_default().institutions = institutions;
    }
    let all = Entity::find().filter(Column::Year.between(from, to)).select_only().column(Column::Year);
    let vials = all.expr_as(Column::Vials.sum().cast_as("BIGINT"), "vials").group_by(Column::Year);
    for (year, vials) in vials.into_tuple::<(i32, i64)>().all(db).await? {
        years.entry(year).or_default().vials = vials;
    }
    for (year, recorded) in &mut years {
        let (count, made_up) = counts.get(year).copied().unwrap_or_default();
        recorded.distributions = count;
        recorded.made_up = made_up;
    }
    Ok(years)
}

/// The published total of a year; without a type that of all types together.
pub(super) async fn published_total(
    db: &impl ConnectionTrait,
    year: i32,
    measure: Measure,
    kind: Option<institution::Type>,
) -> Result<Option<historical_total::Model>, DbErr> {
    use historical_total::{Column, Entity};
    let of_kind = kind.map_or_else(|| Column::InstitutionType.is_null(), |kind| Column::InstitutionType.eq(kind));
    let total = Entity::find().filter(Column::Year.eq(year)).filter(Column::Measure.eq(measure));
    total.filter(of_kind).one(db).await
}

/// The published institutions of some years, in all and by type.
pub(super) async fn published_recipients(
    db: &impl ConnectionTrait,
    years: impl Iterator<Item = i32>,
) -> Result<Vec<historical_total::Model>, DbErr> {
    use historical_total::{Column, Entity};
    let years: BTreeSet<i32> = years.collect();
    let totals = Entity::find().filter(Column::Year.is_in(years)).filter(Column::Measure.eq(Measure::Institutions));
    totals.all(db).await
}

async fn historical(db: &impl ConnectionTrait, from: i32, to: i32) -> Result<BTreeMap<i32, Historical>, DbErr> {
    use historical_total::{Column, Entity};
    let totals = Entity::find().filter(Column::Year.between(from, to));
    let totals = totals.order_by_asc(Column::Year).order_by_asc(Column::Id).all(db).await?;
    let mut years: BTreeMap<i32, Historical> = BTreeMap::new();
    for total in totals {
        let year = years.entry(total.year).or_default();
        if !year.sources.contains(&total.source) {
            year.sources.push(total.source);
        }
        match (total.measure, total.institution_type) {
            (Measure::Institutions, Some(kind)) => year.by_type.push((kind, total.value)),
            (Measure::Institutions, None) => year.institutions = Some(total.value),
            (Measure::Distributions, None) => year.distributions = Some(total.value),
            (Measure::Requests, None) => year.requests = Some(total.value),
            (Measure::Vials, None) => year.vials = Some(total.value),
            (_, Some(_)) => {}
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
    pub line_id: CellLineId,
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

const OLDEST_FIRST: Sort = Sort { columns: &[int("dispatched_line.id")], descending: false };

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
    let number = Query::select()
        .column(request::Column::Number)
        .from(request::Entity)
        .and_where(request::Column::Id.into_expr().equals((Entity, Column::RequestId)))
        .take();
    let rows = keyset.select(recorded_distributions(year, year)).expr_as(number, "request_number");
    let rows: Vec<Distribution> = rows.into_model().all(app.db.read()).await?;
    if window.after.is_none() && window.before.is_none() {
        let subject = Subject { kind: "StatisticsYear", id: year.into() };
        audit::record_read(app, actor, subject, &YearEvent::RowsRead {}).await?;
    }
    Ok(keyset.page(rows, |row| Cursor(vec![KeyPart::Int(row.id)])))
}
