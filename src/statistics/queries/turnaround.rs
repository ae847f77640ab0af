//! How long the steps of a request take at this bank: over the last twelve whole months, from what was recorded.
//!
//! The months end with yesterday in Asia/Seoul, so that the figures stand still for a day. Each step is found by an
//! index on the instant at which it ended; nothing goes through the whole history.

use super::super::{Error, sql};
use crate::agreements::model::agreement;
use crate::app::{App, seoul_date};
use crate::id::RequestId;
use crate::language::Lang;
use crate::requests::events::RequestAction;
use crate::requests::model::request::{self, State};
use crate::shipments::model::shipment;
use chrono::{DateTime, Duration, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Seoul;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashMap;

/// From so many cases on a figure says something about the bank and nothing about a single request.
pub const FEWEST: usize = 3;
/// Months that the figures look back.
const MONTHS: u32 = 12;

/// A step of a request, named by what ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "TurnaroundStep")]
pub enum Step {
    /// From the first submission to the decision, without the time for which the request was returned to the applicant.
    Decision,
    /// From the decision to an agreement in force.
    Agreement,
    /// From the agreement in force to the first dispatch.
    Dispatch,
    /// From a dispatch to its receipt.
    Receipt,
}

impl Step {
    /// The steps in their order.
    pub const ALL: [Self; 4] = [Self::Decision, Self::Agreement, Self::Dispatch, Self::Receipt];

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Decision => lang.pick("submitted to decided", "접수에서 심사 결정까지"),
            Self::Agreement => lang.pick("decided to agreement in force", "심사 결정에서 협약 발효까지"),
            Self::Dispatch => lang.pick("agreement in force to dispatched", "협약 발효에서 발송까지"),
            Self::Receipt => lang.pick("dispatched to received", "발송에서 수령까지"),
        }
    }
}

/// How long one step took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepFigures {
    /// The step.
    pub step: Step,
    /// How often it ended within the months.
    pub cases: usize,
    /// Median and longest duration; none of fewer than [`FEWEST`] cases.
    pub known: Option<(Duration, Duration)>,
}

impl StepFigures {
    fn of(step: Step, mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        let cases = durations.len();
        let known = (cases >= FEWEST).then(|| {
            let (low, high) = (durations[(cases - 1) / 2], durations[cases / 2]);
            (low + (high - low) / 2, durations[cases - 1])
        });
        Self { step, cases, known }
    }

    /// Why the figures are not known; none if they are.
    pub fn reason(&self, lang: Lang) -> Option<String> {
        self.known.is_none().then(|| {
            lang.pick(
                format!("Fewer than {FEWEST} cases in the twelve months."),
                format!("최근 12개월간의 사례가 {FEWEST}건 미만입니다."),
            )
        })
    }
}

/// A duration in days, to a tenth.
pub fn days(duration: Duration) -> f64 {
    let tenths = (duration.num_seconds() * 10 + 43_200) / 86_400;
    f64::from(i32::try_from(tenths).unwrap_or(i32::MAX)) / 10.0
}

/// How long every step took.
#[derive(Clone, Debug, PartialEq)]
pub struct Turnaround {
    /// The first day, in Asia/Seoul.
    pub from: NaiveDate,
    /// The last day: yesterday.
    pub to: NaiveDate,
    /// Every step, in order.
    pub steps: [StepFigures; 4],
}

/// How long the steps took over the twelve months up to yesterday.
///
/// # Errors
/// Those of the database.
pub async fn turnaround(app: &App) -> Result<Turnaround, Error> {
    let db = app.db.read();
    let today = seoul_date(app.clock.now());
    let first = today.checked_sub_months(Months::new(MONTHS)).unwrap_or(today);
    let span = (midnight(first), midnight(today));
    let agreements =
        agreement::Entity::find().inner_join(request::Entity).filter(agreement::Column::InForceAt.gte(span.0));
    let agreements = agreements.filter(agreement::Column::InForceAt.lt(span.1)).select_only();
    let agreements = agreements.column(request::Column::DecidedAt).column(agreement::Column::InForceAt);
    let receipts = shipment::Entity::find().filter(shipment::Column::ReceivedAt.gte(span.0));
    let receipts = receipts.filter(shipment::Column::ReceivedAt.lt(span.1)).select_only();
    let receipts = receipts.columns([shipment::Column::DispatchedAt, shipment::Column::ReceivedAt]);
    Ok(Turnaround {
        from: first,
        to: today.pred_opt().unwrap_or(today),
        steps: [
            StepFigures::of(Step::Decision, decisions(db, span).await?),
            StepFigures::of(Step::Agreement, durations(agreements.into_tuple().all(db).await?)),
            StepFigures::of(Step::Dispatch, durations(sql::first_dispatches(db, span).await?)),
            StepFigures::of(Step::Receipt, durations(receipts.into_tuple().all(db).await?)),
        ],
    })
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = Seoul.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
    local.map_or_else(|| day.and_time(NaiveTime::MIN).and_utc(), |local| local.to_utc())
}

/// From the first instant up to the second.
pub(in crate::statistics) type Span = (DateTime<Utc>, DateTime<Utc>);

/// How long each took: from when it began to when it ended.
fn durations(rows: Vec<(Option<DateTime<Utc>>, DateTime<Utc>)>) -> Vec<Duration> {
    let passed = |(begun, ended): (Option<DateTime<Utc>>, _)| begun.filter(|b| *b <= ended).map(|begun| ended - begun);
    rows.into_iter().filter_map(passed).collect()
}

async fn decisions(db: &impl ConnectionTrait, span: Span) -> Result<Vec<Duration>, DbErr> {
    use request::{Column, Entity};
    let decided = Entity::find().filter(Column::DecidedAt.gte(span.0)).filter(Column::DecidedAt.lt(span.1));
    let decided = decided.select_only().columns([Column::Id, Column::SubmittedAt, Column::DecidedAt]);
    let requests: Vec<(RequestId, Option<DateTime<Utc>>, DateTime<Utc>)> = decided.into_tuple().all(db).await?;
    let mut turns: HashMap<RequestId, Vec<sql::Turned>> = HashMap::new();
    for turn in sql::turns(db, span).await? {
        turns.entry(turn.request_id).or_default().push(turn);
    }
    let passed = |(id, submitted_at, decided_at): (RequestId, Option<DateTime<Utc>>, DateTime<Utc>)| {
        let begun = submitted_at?;
        let turns = turns.get(&id).map(Vec::as_slice).unwrap_or_default();
        let at_the_applicants = with_the_applicant(
            turns.iter().map(|turn| (RequestAction::of(&turn.action) == Some(RequestAction::Returned), turn.at)),
        );
        Some((decided_at - begun - at_the_applicants).max(Duration::zero()))
    };
    Ok(requests.into_iter().filter_map(passed).collect())
}

/// For how long a request lay with its applicant: from each return to the next submission.
fn with_the_applicant(turns: impl Iterator<Item = (bool, DateTime<Utc>)>) -> Duration {
    let (mut sum, mut since) = (Duration::zero(), None);
    for (is_return, at) in turns {
        match (is_return, since.take()) {
            (true, _) => since = Some(at),
            (false, Some(returned)) => sum += at - returned,
            (false, None) => {}
        }
    }
    sum
}

/// How far a request has come; what has not happened is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its state.
    pub state: State,
    /// First handed in.
    pub submitted: Option<DateTime<Utc>>,
    /// Decided.
    pub decided: Option<DateTime<Utc>>,
    /// Its agreement came into force.
    pub in_force: Option<DateTime<Utc>>,
    /// First dispatched.
    pub dispatched: Option<DateTime<Utc>>,
}

impl Progress {
    /// The step it is in and since when; none where the bank waits for the applicant or nothing more comes.
    pub fn present(&self) -> Option<(Step, DateTime<Utc>)> {
        match self.state {
            State::Submitted | State::UnderReview => self.submitted.map(|at| (Step::Decision, at)),
            State::Approved => {
                let last = [
                    (Step::Receipt, self.dispatched),
                    (Step::Dispatch, self.in_force),
                    (Step::Agreement, self.decided),
                ];
                last.into_iter().find_map(|(step, at)| at.map(|at| (step, at)))
            }
            State::Draft | State::Returned | State::Rejected | State::Withdrawn | State::Closed => None,
        }
    }
}

/// The day by which half of the requests would have come to each remaining step, the present one first: medians added
/// up, and never a day that is past. None from the first step on of which too little is known.
pub fn expected(progress: &Progress, turnaround: &Turnaround, now: DateTime<Utc>) -> Vec<(Step, Option<NaiveDate>)> {
    let Some((present, since)) = progress.present() else { return vec![] };
    let mut at = Some(since);
    let remaining = turnaround.steps.iter().skip_while(|figures| figures.step != present);
    let day = |figures: &StepFigures| {
        at = at.zip(figures.known).map(|(at, (median, _))| (at + median).max(now));
        (figures.step, at.map(seoul_date))
    };
    remaining.map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn figures(days: [Option<i64>; 4]) -> Turnaround {
        let steps = Step::ALL.map(|step| {
            let known = days[step as usize].map(|days| (Duration::days(days), Duration::days(2 * days)));
            StepFigures { step, cases: 3, known }
        });
        Turnaround { from: NaiveDate::MIN, to: NaiveDate::MAX, steps }
    }

    #[test]
    fn too_few_cases_say_nothing_and_the_median_of_an_even_number_lies_between() {
        let of = |days: &[i64]| StepFigures::of(Step::Receipt, days.iter().map(|d| Duration::days(*d)).collect());
        assert_eq!(of(&[1, 9]).known, None);
        assert!(of(&[1, 9]).reason(Lang::En).is_some() && of(&[1, 2, 3]).reason(Lang::Ko).is_none());
        assert_eq!(of(&[9, 1, 4]).known, Some((Duration::days(4), Duration::days(9))));
        assert_eq!(of(&[9, 1, 4, 5]).known, Some((Duration::hours(108), Duration::days(9))));
        assert!((days(Duration::hours(108)) - 4.5).abs() < f64::EPSILON);
    }

    #[test]
    fn time_with_the_applicant_runs_from_a_return_to_the_next_submission() {
        let day = |n: i64| at("2026-03-01T00:00:00Z") + Duration::days(n);
        let turns = [(false, day(0)), (true, day(2)), (false, day(5)), (true, day(6)), (false, day(7)), (true, day(9))];
        assert_eq!(with_the_applicant(turns.into_iter()), Duration::days(4));
    }

    #[test]
    fn expected_days_add_up_and_are_never_past() {
        let now = at("2026-03-10T03:00:00Z");
        let mut progress = Progress {
            state: State::UnderReview,
            submitted: Some(at("2026-03-08T03:00:00Z")),
            decided: None,
            in_force: None,
            dispatched: None,
        };
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d);
        let all = figures([Some(5), Some(3), Some(2), Some(1)]);
        use Step::{Agreement, Decision, Dispatch, Receipt};
        let steps = [(Decision, day(13)), (Agreement, day(16)), (Dispatch, day(18)), (Receipt, day(19))];
        assert_eq!(expected(&progress, &all, now), steps);
        // What should have been decided by now is expected now, and the rest after it.
        let late = expected(&progress, &figures([Some(1), Some(3), None, Some(1)]), now);
        assert_eq!(late, [(Decision, day(10)), (Agreement, day(13)), (Dispatch, None), (Receipt, None)]);
        progress.state = State::Approved;
        progress.decided = Some(now);
        progress.in_force = Some(now);
        assert_eq!(expected(&progress, &all, now), [(Dispatch, day(12)), (Receipt, day(13))]);
        progress.state = State::Returned;
        assert_eq!(expected(&progress, &all, now), [], "it is the applicant's turn");
    }
}
