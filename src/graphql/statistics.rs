//! Yearly figures.

use super::accounts::Institution;
use super::catalogue::CellLine;
use super::connection::{List, connection, cost, window};
use super::error::refuse;
use super::institutions::FormerInstitution;
use super::loaders::{self, caller, load_one};
use crate::accounts::InstitutionType;
use crate::id::{CellLineId, InstitutionId};
use crate::language::Lang;
use crate::statistics::queries::{self, YearFigures};
use crate::statistics::sources::{SourceKind, sources};
use crate::statistics::{Error, shares};
use async_graphql::connection::EmptyFields;
use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A part of a figure. The percentages of one list add to 100, by largest remainder.
#[derive(SimpleObject)]
pub struct Share {
    /// Stable key: an enum value, an accession or a code.
    key: String,
    /// What a reader calls it, in the caller's language.
    label: String,
    /// Its count.
    count: i64,
    /// Its percentage.
    percent: i64,
}

/// Where figures of a year come from, or why one is not known.
#[derive(SimpleObject)]
pub struct StatisticsSource {
    /// What kind of source.
    kind: SourceKind,
    /// The citation, or the reason, in the caller's language.
    text: String,
}

/// The distribution statistics of a year. A distribution is one request line shipped or handed over; it counts once, in
/// the Asia/Seoul year of its first dispatch. Null means not known; it is never zero.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct YearlyDistribution {
    #[graphql(skip)]
    figures: YearFigures,
    /// The year, in Asia/Seoul.
    year: i32,
    /// Distributions: request lines by the year of their first dispatch.
    distributions: Option<i64>,
    /// Requests that these belong to.
    requests: Option<i64>,
    /// Vials, each in the year in which it left.
    vials: Option<i64>,
    /// Distinct institutions that received a distribution.
    institutions: Option<i64>,
    /// Mean of the distributions in the five years before; null if one of them is not known.
    five_year_mean: Option<f64>,
    /// Distributions over that mean.
    ratio_to_five_year_mean: Option<f64>,
    /// Change of the distributions on the year before, as a fraction: 0.956 is +95.6 %.
    change_on_previous_year: Option<f64>,
}

impl From<YearFigures> for YearlyDistribution {
    fn from(figures: YearFigures) -> Self {
        Self {
            year: figures.year,
            distributions: figures.distributions,
            requests: figures.requests,
            vials: figures.vials,
            institutions: figures.institutions,
            five_year_mean: figures.five_year_mean,
            ratio_to_five_year_mean: figures.ratio_to_five_year_mean,
            change_on_previous_year: figures.change_on_previous_year,
            figures,
        }
    }
}

fn shown(shares: Result<Vec<shares::Share>, Error>, lang: Lang) -> Result<Vec<Share>> {
    let shares = shares.map_err(|error| refuse(&error, lang))?;
    let show = |s: shares::Share| Share { key: s.key, label: s.label, count: s.count, percent: s.percent };
    Ok(shares.into_iter().map(show).collect())
}

#[ComplexObject]
impl YearlyDistribution {
    /// Distinct institutions by type at dispatch; empty where they are not known.
    #[graphql(complexity = "10 + child_complexity")]
    async fn institutions_by_type(&self, ctx: &Context<'_>) -> Result<Vec<Share>> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        shown(shares::institutions_by_type(&caller.app, &self.figures, lang).await, lang)
    }

    /// Distributions by cell line; empty for a year whose rows are not all recorded here.
    #[graphql(complexity = "10 + child_complexity")]
    async fn distributions_by_line(&self, ctx: &Context<'_>) -> Result<Vec<Share>> {
        let caller = caller(ctx);
        shown(shares::by_line(&caller.app, &self.figures).await, caller.actor.lang)
    }

    /// Distributions by disease of their line; a line of two diseases counts under both. Empty for a year whose rows
    /// are not all recorded here.
    #[graphql(complexity = "10 + child_complexity")]
    async fn distributions_by_disease(&self, ctx: &Context<'_>) -> Result<Vec<Share>> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        shown(shares::by_disease(&caller.app, &self.figures, lang).await, lang)
    }

    /// Distributions by intended use; empty for a year whose rows are not all recorded here.
    #[graphql(complexity = "10 + child_complexity")]
    async fn distributions_by_purpose(&self, ctx: &Context<'_>) -> Result<Vec<Share>> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        shown(shares::by_purpose(&caller.app, &self.figures, lang).await, lang)
    }

    /// Where the figures come from, and why one is not known.
    async fn sources(&self, ctx: &Context<'_>) -> Vec<StatisticsSource> {
        let all = sources(&self.figures, caller(ctx).actor.lang);
        all.into_iter().map(|source| StatisticsSource { kind: source.kind, text: source.text }).collect()
    }

    /// The recorded distributions behind the figure, in the order of their dispatch. For those who may read all
    /// requests.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<Distribution, EmptyFields>> {
        let caller = caller(ctx);
        let window = window(first, after, last, before);
        let page = queries::distributions(&caller.app, &caller.actor, self.year, &window).await;
        Ok(connection(page.map_err(|error| refuse(&error, caller.actor.lang))?, EmptyFields))
    }
}

/// A recorded distribution: one request line at its first dispatch.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Distribution {
    #[graphql(skip)]
    line: CellLineId,
    #[graphql(skip)]
    institution: InstitutionId,
    /// Number of the request.
    request_number: String,
    /// Handed over when.
    dispatched_at: DateTime<Utc>,
    /// Type of the recipient at that time.
    institution_type: InstitutionType,
    /// Vials that left then.
    vials: i32,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<queries::Distribution> for Distribution {
    fn from(row: queries::Distribution) -> Self {
        Self {
            line: row.line_id,
            institution: row.institution_id,
            request_number: row.request_number,
            dispatched_at: row.dispatched_at,
            institution_type: row.institution_type,
            vials: row.vials,
            made_up: row.made_up,
        }
    }
}

#[ComplexObject]
impl Distribution {
    /// The cell line.
    async fn cell_line(&self, ctx: &Context<'_>) -> Result<Option<CellLine>> {
        Ok(load_one(ctx, loaders::Line(self.line)).await?.map(CellLine::from))
    }

    /// The recipient.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(load_one(ctx, loaders::Institution(self.institution)).await?.map(Institution::from))
    }

    /// The recipient as it was recorded, if it turned out to be a duplicate since; null otherwise.
    async fn recorded_as(&self, ctx: &Context<'_>) -> Result<Option<FormerInstitution>> {
        Ok(load_one(ctx, loaders::FormerInstitution(self.institution)).await?.map(FormerInstitution::from))
    }
}

/// Reads of statistics.
#[derive(Default)]
pub struct StatisticsQuery;

#[Object]
impl StatisticsQuery {
    /// The figures of one year.
    #[graphql(complexity = "10 + child_complexity")]
    async fn yearly_distribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The year, 1900 to 2200, in Asia/Seoul.")] year: i32,
    ) -> Result<YearlyDistribution> {
        let caller = caller(ctx);
        let years = queries::years(&caller.app, year, year).await;
        let mut years = years.map_err(|error| refuse(&error, caller.actor.lang))?;
        years.pop().map(Into::into).ok_or_else(|| refuse(&Error::Year, caller.actor.lang))
    }

    /// The figures of up to fifty years, earliest first.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn yearly_distributions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first year.")] from: i32,
        #[graphql(desc = "The last year.")] to: i32,
    ) -> Result<Vec<YearlyDistribution>> {
        let caller = caller(ctx);
        let years = queries::years(&caller.app, from, to).await;
        let years = years.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(years.into_iter().map(Into::into).collect())
    }
}
