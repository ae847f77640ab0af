//! Rounds of background tasks: how each went, how long it took, and whether its task is well.

use super::exposition::name;
use metrics::{counter, gauge, histogram};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// It came to its end, and what it tried was done.
const DONE: &str = "done";
/// It came to its end, and something of what it tried was not.
const FAILED: &str = "failed";

/// What a background task tells of its rounds; cheap to clone.
#[derive(Clone, Debug)]
pub struct Rounds {
    task: &'static str,
    /// False from the moment it broke down until a round was completed again.
    is_well: Arc<AtomicBool>,
}

impl Rounds {
    /// Those of a task that is about to begin.
    pub fn of(task: &'static str) -> Self {
        gauge!(name::TASK_UP, "task" => task).set(1);
        counter!(name::TASK_RESTARTS, "task" => task).increment(0);
        for outcome in [DONE, FAILED] {
            counter!(name::TASK_ROUNDS, "task" => task, "outcome" => outcome).increment(0);
        }
        Self { task, is_well: Arc::new(AtomicBool::new(true)) }
    }

    /// The task's name.
    pub fn task(&self) -> &'static str {
        self.task
    }

    /// Does a round. One that comes to its end shows that the task is well, also if what it tried has failed: that is
    /// counted and logged, and tried again.
    ///
    /// # Errors
    /// Those of the round.
    pub async fn observe<T, E>(&self, round: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let begun = Instant::now();
        let answer = round.await;
        let outcome = if answer.is_ok() { DONE } else { FAILED };
        counter!(name::TASK_ROUNDS, "task" => self.task, "outcome" => outcome).increment(1);
        histogram!(name::TASK_DURATION, "task" => self.task).record(begun.elapsed());
        if !self.is_well.swap(true, Ordering::Relaxed) {
            gauge!(name::TASK_UP, "task" => self.task).set(1);
            tracing::info!(task = self.task, "a background task is well again");
        }
        answer
    }

    /// The task broke down.
    pub fn broke_down(&self) {
        self.is_well.store(false, Ordering::Relaxed);
        gauge!(name::TASK_UP, "task" => self.task).set(0);
    }

    /// The task begins once more.
    pub fn restarted(&self) {
        counter!(name::TASK_RESTARTS, "task" => self.task).increment(1);
    }

    /// True unless it broke down and completed no round since.
    pub fn are_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }
}
