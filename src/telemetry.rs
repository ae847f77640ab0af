//! What a running bank shows of itself: figures for Prometheus, and refusals in the log.
//!
//! A label is a word of a closed set: the pattern of a route, a name of ours, a variant of an enum. Nothing that a
//! caller wrote becomes one, and no key, name or address. Whatever is counted has a row in [`METRICS`], which describes
//! it, and a function here, which is the only place that records it. Where no figures are asked for, recording does
//! nothing.

mod exposition;
mod refusal;
mod rounds;

pub use exposition::{Backlog, Exposition, METRICS, Metric, MetricKind, describe_metrics};
pub use refusal::{Refusal, on_route, refused, refused_by};
pub use rounds::Rounds;

use exposition::name;
use metrics::{counter, histogram};
use std::time::Duration;

/// The route of what is on none of ours.
pub const NO_ROUTE: &str = "none";

/// A request was answered. The route is its pattern.
pub fn http_request(route: &str, method: &'static str, status: u16, took: Duration) {
    let status = match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    counter!(name::HTTP_REQUESTS, "route" => route.to_owned(), "method" => method, "status" => status).increment(1);
    histogram!(name::HTTP_DURATION, "route" => route.to_owned(), "method" => method).record(took);
}

/// What a GraphQL operation was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads.
    Query,
    /// It changes something.
    Mutation,
    /// Nobody knows: it was refused before.
    Unknown,
}

/// What became of a GraphQL operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationOutcome {
    /// Answered from memory.
    Cached,
    /// Executed without an error at the top level.
    Answered,
    /// Executed with one.
    Failed,
    /// Not executed: malformed, invalid or over a limit.
    Refused,
}

/// A GraphQL operation was answered.
pub fn graphql_operation(kind: OperationKind, outcome: OperationOutcome, took: Duration) {
    let kind = match kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Unknown => "unknown",
    };
    let outcome = match outcome {
        OperationOutcome::Cached => "cached",
        OperationOutcome::Answered => "answered",
        OperationOutcome::Failed => "failed",
        OperationOutcome::Refused => "refused",
    };
    counter!(name::GRAPHQL_OPERATIONS, "type" => kind, "outcome" => outcome).increment(1);
    histogram!(name::GRAPHQL_DURATION, "type" => kind).record(took);
}

/// A command ended: done, or by the kind of its refusal.
pub fn command(verb: &'static str, outcome: &'static str, took: Duration) {
    counter!(name::COMMANDS, "verb" => verb, "outcome" => outcome).increment(1);
    histogram!(name::COMMAND_DURATION, "verb" => verb).record(took);
}

/// What follows when an operation meets a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contention {
    /// It is done again.
    Retried,
    /// The caller is told to try again.
    GivenUp,
}

impl Contention {
    fn name(self) -> &'static str {
        match self {
            Self::Retried => "retried",
            Self::GivenUp => "given_up",
        }
    }
}

/// An operation met a lock, or a database that was away.
pub fn database_busy(contention: Contention) {
    counter!(name::DATABASE_BUSY, "outcome" => contention.name()).increment(1);
}

/// A transaction that writes was opened.
pub fn transaction_begun(waited: Duration) {
    histogram!(name::DATABASE_WAIT).record(waited);
}

/// What became of a letter that a worker took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterOutcome {
    /// The mail server has it.
    Sent,
    /// It is tried again later.
    PutOff,
    /// It will not be sent.
    Dead,
    /// It was not tried.
    GivenBack,
}

impl LetterOutcome {
    const ALL: [Self; 4] = [Self::Sent, Self::PutOff, Self::Dead, Self::GivenBack];

    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::PutOff => "put_off",
            Self::Dead => "dead",
            Self::GivenBack => "given_back",
        }
    }
}

/// A worker is done with some letters.
pub fn letters(outcome: LetterOutcome, count: usize) {
    counter!(name::LETTERS, "outcome" => outcome.name()).increment(count as u64);
}

/// Events of the history got their seals.
pub fn events_sealed(count: usize) {
    counter!(name::EVENTS_SEALED).increment(count as u64);
}

/// How somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// By a password, and the second factor if there is one.
    Password,
    /// At an identity provider.
    Provider,
}

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// There is a session.
    SignedIn,
    /// The password was right, and the second factor is asked for.
    SecondFactorAsked,
    /// Refused; [`refused`] tells why.
    Refused,
    /// The database or the provider failed.
    Failed,
}

impl SignInMethod {
    const ALL: [Self; 2] = [Self::Password, Self::Provider];

    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Provider => "provider",
        }
    }
}

impl SignInOutcome {
    const ALL: [Self; 4] = [Self::SignedIn, Self::SecondFactorAsked, Self::Refused, Self::Failed];

    fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SecondFactorAsked => "second_factor_asked",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Somebody tried to sign in.
pub fn sign_in(method: SignInMethod, outcome: SignInOutcome) {
    counter!(name::SIGN_INS, "method" => method.name(), "outcome" => outcome.name()).increment(1);
}

/// Starts what has few labels at nothing, so that its first increase can be seen as one.
fn start_at_zero() {
    for contention in [Contention::Retried, Contention::GivenUp] {
        counter!(name::DATABASE_BUSY, "outcome" => contention.name()).increment(0);
    }
    LetterOutcome::ALL.into_iter().for_each(|outcome| letters(outcome, 0));
    events_sealed(0);
    for method in SignInMethod::ALL {
        for outcome in SignInOutcome::ALL {
            counter!(name::SIGN_INS, "method" => method.name(), "outcome" => outcome.name()).increment(0);
        }
    }
    refusal::start_at_zero();
}
