//! What the load was answered: the bank has to agree with it afterwards.

use super::Step;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};
use stembank::app::Clock;

/// What is known from outside.
#[derive(Default)]
pub struct Ledger(Mutex<Entries>);

/// Its entries.
#[derive(Default)]
pub struct Entries {
    /// Numbers of requests with a step that the service said is done.
    pub acknowledged: Vec<(String, Step)>,
    /// Titles of drafts of which it said that nothing was changed, and that nobody asked for again.
    pub refused: Vec<String>,
    /// What was answered to each attempt at a draft, by title and instant.
    pub attempts: Vec<(String, DateTime<Utc>, String)>,
    /// What must not happen.
    pub faults: Vec<String>,
}

impl Ledger {
    /// The service said that a step is done.
    pub fn acknowledged(&self, number: &str, step: Step) {
        self.entries().acknowledged.push((number.to_owned(), step));
    }

    /// It said of a draft that nothing was changed.
    pub fn refused(&self, title: String) {
        self.entries().refused.push(title);
    }

    /// An attempt at a draft was answered.
    pub fn attempt(&self, title: &str, answer: String) {
        self.entries().attempts.push((title.to_owned(), Clock::system().now(), answer));
    }

    /// What was answered to the attempts at a draft, in order.
    pub fn attempts_at(&self, title: &str) -> Vec<String> {
        let entries = self.entries();
        let of_it = entries.attempts.iter().filter(|attempt| attempt.0 == title);
        of_it.map(|(_, at, answer)| format!("{at} {answer}")).collect()
    }

    /// Something happened that must not.
    pub fn fault(&self, what: String) {
        self.entries().faults.push(what);
    }

    /// What it has.
    pub fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
