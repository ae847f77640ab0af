//! Supervision of background tasks. None of them ends before the service does: one that panics, or ends all the same,
//! is started again after a pause that doubles each time, until it has run for long enough without breaking down.

use crate::telemetry::Rounds;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a task that broke down rests.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first time.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
    /// After running for so long a breakdown is a first one again.
    pub forgotten_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            forgotten_after: Duration::from_secs(10 * 60),
        }
    }
}

/// The background tasks of a running service.
#[derive(Debug)]
pub struct Tasks {
    stopping: watch::Receiver<bool>,
    backoff: Backoff,
    rounds: Vec<Rounds>,
}

impl Tasks {
    /// None yet. Once `stopping` is true, or nobody is left to make it so, a task that ends has done what it should.
    pub fn new(stopping: watch::Receiver<bool>) -> Self {
        Self { stopping, backoff: Backoff::default(), rounds: vec![] }
    }

    /// The same, with other pauses.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// A task under supervision, to be spawned; `work` is called once for every start.
    pub fn supervised<W, F>(&mut self, task: &'static str, work: W) -> impl Future<Output = ()> + Send + use<W, F>
    where
        W: Fn(Rounds) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        let rounds = Rounds::of(task);
        self.rounds.push(rounds.clone());
        supervise(work, rounds, self.backoff, self.stopping.clone())
    }

    /// How these tasks are, for readiness.
    pub fn health(&self) -> TaskHealth {
        TaskHealth(self.rounds.clone().into())
    }
}

async fn supervise<W, F>(work: W, rounds: Rounds, backoff: Backoff, mut stopping: watch::Receiver<bool>)
where
    W: Fn(Rounds) -> F + Sync,
    F: Future<Output = ()>,
{
    let mut pause = backoff.first;
    loop {
        let begun = Instant::now();
        let ended = AssertUnwindSafe(async { work(rounds.clone()).await }).catch_unwind().await;
        if *stopping.borrow() || stopping.has_changed().is_err() {
            return;
        }
        rounds.broke_down();
        if begun.elapsed() >= backoff.forgotten_after {
            pause = backoff.first;
        }
        let (task, pause_ms) = (rounds.task(), pause.as_millis());
        match ended {
            Err(_) => tracing::error!(task, pause_ms, "a background task panicked; it is started again after a pause"),
            Ok(()) => tracing::error!(task, pause_ms, "a background task ended; it is started again after a pause"),
        }
        if tokio::time::timeout(pause, stopping.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
        pause = (pause * 2).min(backoff.longest);
        rounds.restarted();
    }
}

/// Whether background tasks are well; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TaskHealth(Arc<[Rounds]>);

impl TaskHealth {
    /// The name of a task that broke down and has not completed a round since.
    pub fn first_unwell(&self) -> Option<&'static str> {
        self.0.iter().find(|rounds| !rounds.are_well()).map(Rounds::task)
    }
}
