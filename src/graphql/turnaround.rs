//! How long the steps of a request take.

use super::error::refuse;
use super::loaders::caller;
use super::scalars::Date;
use crate::statistics::turnaround::{self, Step, days};
use async_graphql::{Context, Object, Result, SimpleObject};

/// How long one step took.
#[derive(SimpleObject)]
pub struct StepTurnaround {
    /// The step, named by what ends it.
    step: Step,
    /// What a reader calls it, in the caller's language.
    label: String,
    /// How often it ended within the months.
    cases: i64,
    /// Median in days, to a tenth; null of fewer than three cases.
    median_days: Option<f64>,
    /// The longest in days, to a tenth; null of fewer than three cases.
    longest_days: Option<f64>,
    /// Why the figures are null, in the caller's language; null if they are known.
    reason: Option<String>,
}

/// How long the steps of a request took over twelve months.
#[derive(SimpleObject)]
pub struct Turnaround {
    /// The first day, in Asia/Seoul.
    from: Date,
    /// The last day: yesterday.
    to: Date,
    /// Every step, in order.
    steps: Vec<StepTurnaround>,
}

/// Reads of durations.
#[derive(Default)]
pub struct TurnaroundQuery;

#[Object]
impl TurnaroundQuery {
    /// How long the steps of a request took over the twelve months up to yesterday. Time for which a request was
    /// returned to its applicant does not count.
    #[graphql(complexity = "10 + child_complexity")]
    async fn turnaround(&self, ctx: &Context<'_>) -> Result<Turnaround> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        let found = turnaround::turnaround(&caller.app).await.map_err(|error| refuse(&error, lang))?;
        let step = |figures: turnaround::StepFigures| StepTurnaround {
            step: figures.step,
            label: figures.step.label(lang).into(),
            cases: i64::try_from(figures.cases).unwrap_or(i64::MAX),
            median_days: figures.known.map(|known| days(known.0)),
            longest_days: figures.known.map(|known| days(known.1)),
            reason: figures.reason(lang),
        };
        Ok(Turnaround { from: Date(found.from), to: Date(found.to), steps: found.steps.map(step).into() })
    }
}
