//! How far a request came: its stages, which is the present one, and when the next ones are expected.

use super::case::Case;
use crate::requests::RequestState as State;
use crate::requests::queries::OverviewRow;
use crate::requests::timeline::Turn;
use crate::statistics::turnaround::{Progress, Step, Turnaround, days, expected, turnaround};
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;
use chrono::{DateTime, NaiveDate, Utc};

/// A stage of a request.
pub struct Stage {
    /// What it is called.
    pub name: String,
    /// When it was over.
    pub done: Option<DateTime<Utc>>,
    /// Since when it is the present one.
    pub now: Option<DateTime<Utc>>,
    /// Whose turn it is in it, if it is the present one.
    pub turn: Option<Turn>,
    /// The day by which half of the requests were past it.
    pub expected: Option<NaiveDate>,
    /// How long it took in the last twelve months, as a sentence.
    pub usual: Option<String>,
    /// The request ended here without coming through.
    pub is_end: bool,
}

/// Names of the stages in the messages, with the step of the statistics that each is.
const STAGES: [(&str, Option<Step>); 5] = [
    ("write", None),
    ("decide", Some(Step::Decision)),
    ("agree", Some(Step::Agreement)),
    ("ship", Some(Step::Dispatch)),
    ("receive", Some(Step::Receipt)),
];

/// The stages of a request, in their order.
///
/// # Errors
/// Those of the database.
pub async fn path(v: &Visitor, case: &Case, overview: Option<&OverviewRow>) -> Result<Vec<Stage>, PageError> {
    let figures = turnaround(&v.web.app).await?;
    let progress = progress(case);
    let days = expected(&progress, &figures, v.web.app.clock.now());
    let ended = overview.is_none_or(|row| row.turn == Turn::Nobody);
    let done = dones(case);
    let present = if ended { None } else { (0..STAGES.len()).find(|place| done[*place].is_none()) };
    let stage = |(place, (name, step)): (usize, &(&str, Option<Step>))| Stage {
        name: v.t.say(&format!("requests-stage-{name}")),
        done: done[place],
        now: overview.map(|row| row.since).filter(|_| present == Some(place)),
        turn: overview.map(|row| row.turn).filter(|_| present == Some(place)),
        expected: days.iter().find(|day| Some(day.0) == *step).and_then(|day| day.1),
        usual: step.and_then(|step| usual(v, &figures, step)),
        is_end: false,
    };
    let mut stages: Vec<Stage> = STAGES.iter().enumerate().map(stage).collect();
    if matches!(case.request.state, State::Rejected | State::Withdrawn) {
        stages.retain(|stage| stage.done.is_some());
        let done = Some(case.request.state_since);
        let name = case.request.state.label(v.t.lang).to_owned();
        stages.push(Stage { name, done, now: None, turn: None, expected: None, usual: None, is_end: true });
    } else if ended {
        stages.retain(|stage| stage.done.is_some());
    }
    Ok(stages)
}

/// When each stage was over.
fn dones(case: &Case) -> [Option<DateTime<Utc>>; 5] {
    let request = &case.request;
    let Progress { in_force, dispatched, .. } = progress(case);
    let returned_or_later = request.state != State::Draft;
    let closed = (request.state == State::Closed).then_some(request.state_since);
    let decided = request.decided_at.filter(|_| request.state != State::Rejected);
    [
        request.submitted_at.filter(|_| returned_or_later),
        decided,
        in_force,
        dispatched,
        closed.filter(|_| dispatched.is_some()),
    ]
}

fn progress(case: &Case) -> Progress {
    let signed = case.agreements.iter().filter(|one| one.in_force_at.is_some());
    Progress {
        state: case.request.state,
        submitted: case.request.submitted_at,
        decided: case.request.decided_at,
        in_force: signed.filter_map(|one| one.in_force_at).min(),
        dispatched: case.shipments.iter().filter_map(|shipment| shipment.dispatched_at).min(),
    }
}

fn usual(v: &Visitor, figures: &Turnaround, step: Step) -> Option<String> {
    let (median, longest) = figures.steps.iter().find(|one| one.step == step)?.known?;
    let words = |length| v.t.decimal(&Some(days(length)));
    Some(v.t.say2("requests-usual", "median", words(median), "longest", words(longest)))
}
