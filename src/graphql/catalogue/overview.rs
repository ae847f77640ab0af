//! What the home page tells of the holdings.

use super::CellLine;
use crate::catalogue::overview;
use crate::graphql::error::refuse;
use crate::graphql::loaders::caller;
use async_graphql::{Context, Object, Result, SimpleObject};

/// How many published held lines there are; a line may be of several kinds.
#[derive(SimpleObject)]
pub struct HeldLineCounts {
    /// All of them.
    all: i64,
    /// Of a donor with a disease.
    patient_derived: i64,
    /// With an engineered change.
    modified: i64,
    /// Without one.
    unmodified: i64,
    /// Embryonic.
    embryonic: i64,
    /// Of clinical grade.
    clinical_grade: i64,
}

/// The holdings at a glance.
#[derive(SimpleObject)]
pub struct HoldingsOverview {
    /// Held lines that were published last, the newest first, at most five; `publicationSince` says when.
    newest: Vec<CellLine>,
    /// Held lines that can be requested, by kind.
    counts: HeldLineCounts,
}

/// The holdings at a glance.
#[derive(Default)]
pub struct OverviewQuery;

#[Object]
impl OverviewQuery {
    /// The holdings at a glance: what a home page shows.
    #[graphql(complexity = "10 + 5 * child_complexity")]
    async fn holdings_overview(&self, ctx: &Context<'_>) -> Result<HoldingsOverview> {
        let caller = caller(ctx);
        let found = overview::overview(&caller.app).await;
        let overview::Overview { newest, counts } = found.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(HoldingsOverview {
            newest: newest.into_iter().map(|published| CellLine::from(published.line)).collect(),
            counts: HeldLineCounts {
                all: counts.all_lines,
                patient_derived: counts.patient_derived,
                modified: counts.modified,
                unmodified: counts.unmodified,
                embryonic: counts.embryonic,
                clinical_grade: counts.clinical,
            },
        })
    }
}
