//! The figures as Prometheus reads them: what each is called and means, and how they are written out.

use chrono::{DateTime, Utc};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Names, after Prometheus' conventions: unit last, `_total` for what only grows.
pub(super) mod name {
    pub const START_TIME: &str = "process_start_time_seconds";
    pub const BUILD: &str = "stembank_build_info";
    pub const HTTP_REQUESTS: &str = "stembank_http_requests_total";
    pub const HTTP_DURATION: &str = "stembank_http_request_duration_seconds";
    pub const GRAPHQL_OPERATIONS: &str = "stembank_graphql_operations_total";
    pub const GRAPHQL_DURATION: &str = "stembank_graphql_operation_duration_seconds";
    pub const COMMANDS: &str = "stembank_commands_total";
    pub const COMMAND_DURATION: &str = "stembank_command_duration_seconds";
    pub const DATABASE_UP: &str = "stembank_database_up";
    pub const DATABASE_BUSY: &str = "stembank_database_busy_total";
    pub const DATABASE_WAIT: &str = "stembank_database_transaction_wait_seconds";
    pub const OUTBOX: &str = "stembank_outbox_letters";
    pub const LETTERS: &str = "stembank_letters_total";
    pub const BACKUP_MADE_AT: &str = "stembank_backup_newest_timestamp_seconds";
    pub const EVENTS_UNSEALED: &str = "stembank_events_unsealed";
    pub const EVENTS_SEALED: &str = "stembank_events_sealed_total";
    pub const TASK_ROUNDS: &str = "stembank_task_rounds_total";
    pub const TASK_DURATION: &str = "stembank_task_round_duration_seconds";
    pub const TASK_RESTARTS: &str = "stembank_task_restarts_total";
    pub const TASK_UP: &str = "stembank_task_up";
    pub const SIGN_INS: &str = "stembank_sign_ins_total";
    pub const REFUSALS: &str = "stembank_refusals_total";
}

/// How a figure behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It counts measurements by their size.
    Histogram,
}

/// A figure: how it behaves, its name, its unit, what it tells.
pub type Metric = (MetricKind, &'static str, Unit, &'static str);

/// Everything that is shown.
#[rustfmt::skip]
pub const METRICS: &[Metric] = {
    use MetricKind::{Counter, Gauge, Histogram};
    &[
        (Gauge, name::START_TIME, Unit::Seconds, "When the service began, in seconds since 1970."),
        (Gauge, name::BUILD, Unit::Count, "Always 1; the label tells the version."),
        (Counter, name::HTTP_REQUESTS, Unit::Count, "Requests by pattern of route, method and class of status."),
        (Histogram, name::HTTP_DURATION, Unit::Seconds, "Time until the head of an answer."),
        (Counter, name::GRAPHQL_OPERATIONS, Unit::Count, "GraphQL operations by type and by what became of them."),
        (Histogram, name::GRAPHQL_DURATION, Unit::Seconds, "Time that a GraphQL operation took."),
        (Counter, name::COMMANDS, Unit::Count, "Commands by verb and by how they ended."),
        (Histogram, name::COMMAND_DURATION, Unit::Seconds, "Time that a command took, with its preparation."),
        (Gauge, name::DATABASE_UP, Unit::Count, "1 if the database answered while this was written, else 0."),
        (Counter, name::DATABASE_BUSY, Unit::Count, "Operations that met a lock: done again, or given up."),
        (Histogram, name::DATABASE_WAIT, Unit::Seconds, "Time until a transaction that writes was open."),
        (Gauge, name::OUTBOX, Unit::Count, "Letters in the outbox that wait to be sent, and that are dead."),
        (Counter, name::LETTERS, Unit::Count, "Letters that this instance sent, put off, gave up or gave back."),
        (Gauge, name::BACKUP_MADE_AT, Unit::Seconds, "When the newest backup was made; 0 if there is none."),
        (Gauge, name::EVENTS_UNSEALED, Unit::Count, "Events of the history that wait for their seal."),
        (Counter, name::EVENTS_SEALED, Unit::Count, "Events of the history that this instance sealed."),
        (Counter, name::TASK_ROUNDS, Unit::Count, "Rounds of background tasks, done or failed."),
        (Histogram, name::TASK_DURATION, Unit::Seconds, "Time that a round of a background task took."),
        (Counter, name::TASK_RESTARTS, Unit::Count, "How often a background task broke down and was started again."),
        (Gauge, name::TASK_UP, Unit::Count, "0 from a breakdown of a background task to its next completed round."),
        (Counter, name::SIGN_INS, Unit::Count, "Attempts to sign in, by method and by how they ended."),
        (Counter, name::REFUSALS, Unit::Count, "Refusals by kind and reason."),
    ]
};

/// Upper bounds of the histograms, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Tells the recorder what each figure is.
pub fn describe_metrics() {
    for (kind, name, unit, text) in METRICS {
        match kind {
            MetricKind::Counter => describe_counter!(*name, *unit, *text),
            MetricKind::Gauge => describe_gauge!(*name, *unit, *text),
            MetricKind::Histogram => describe_histogram!(*name, *unit, *text),
        }
    }
}

/// What waits in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Letters that are to be sent.
    pub queued_letters: i64,
    /// Letters that will not be sent unless somebody puts them back.
    pub dead_letters: i64,
    /// Events of the history without a seal.
    pub unsealed_events: i64,
    /// Second of the Unix time at which the newest backup was made; 0 if there is none.
    pub newest_backup: i64,
}

/// The figures of this process, ready to be written out. There is one set a process, however many banks it serves.
#[derive(Debug)]
pub struct Exposition {
    handle: PrometheusHandle,
    /// Held while a bank's own figures are put in and written out.
    writing: Mutex<()>,
}

impl Exposition {
    /// Records from now on. Repeating it finds what is there.
    pub fn install(now: DateTime<Utc>) -> &'static Self {
        static INSTALLED: OnceLock<Exposition> = OnceLock::new();
        INSTALLED.get_or_init(|| {
            #[expect(clippy::expect_used, reason = "only an empty list of buckets is refused")]
            let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets").build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("something else in this process records metrics; /metrics stays empty");
            }
            describe_metrics();
            super::start_at_zero();
            gauge!(name::START_TIME).set(now.timestamp_micros() as f64 / 1e6);
            gauge!(name::BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
            Self { handle, writing: Mutex::default() }
        })
    }

    /// Everything in Prometheus' text format, with what waits in a bank's database; `None` if that does not answer.
    pub fn render(&self, backlog: Option<Backlog>) -> String {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let number = |of: fn(Backlog) -> i64| backlog.map_or(f64::NAN, |backlog| of(backlog) as f64);
        gauge!(name::DATABASE_UP).set(if backlog.is_some() { 1 } else { 0 });
        gauge!(name::OUTBOX, "state" => "queued").set(number(|backlog| backlog.queued_letters));
        gauge!(name::OUTBOX, "state" => "dead").set(number(|backlog| backlog.dead_letters));
        gauge!(name::EVENTS_UNSEALED).set(number(|backlog| backlog.unsealed_events));
        gauge!(name::BACKUP_MADE_AT).set(number(|backlog| backlog.newest_backup));
        self.handle.render()
    }

    /// Sorts measurements into their buckets, which otherwise happens only when the figures are written out.
    pub fn run_upkeep(&self) {
        self.handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_each_stands_once() {
        for (kind, name, unit, text) in METRICS {
            let unit_is_named = *unit != Unit::Seconds || name.ends_with("_seconds");
            let total = (*kind == MetricKind::Counter) == name.ends_with("_total");
            assert!(unit_is_named && total && text.ends_with('.'), "{name}");
            assert_eq!(METRICS.iter().filter(|other| other.1 == *name).count(), 1, "{name}");
        }
    }
}
