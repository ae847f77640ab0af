//! What the service does by itself from time to time. A step that fails says so in the log and is tried again in the
//! next round; the steps after it are taken all the same.

use super::metrics::exposition;
use super::tasks::Tasks;
use crate::accounts::history;
use crate::actor::Actor;
use crate::app::App;
use crate::audit::sealer;
use crate::maintenance::schedule::keep_backups;
use crate::personal_data::commands::BlankErasedRecords;
use crate::personal_data::retention::DeleteExpiredRecords;
use crate::requests::commands::ExpireAgreements;
use crate::telemetry;
use crate::{requests, shipments};
use sea_orm::DbBackend;
use std::fmt::Display;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// How often reservations that ran out are ended.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
/// How often events of the history are sealed, and the day's anchor is looked for.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// How often what was kept of erased people, and what is of no more use, is looked through; a step is bounded.
const RETAIN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often it is looked for reminders. They are counted in days; looking more often makes up for restarts.
const REMIND_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often it is looked whether a backup is due.
const BACK_UP_EVERY: Duration = Duration::from_secs(10 * 60);
/// How often what SQLite wrote into its write-ahead log goes into the file, besides by its size.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5 * 60);

/// How often measurements are sorted into their figures while nobody reads them; else they would pile up.
const SORT_METRICS_EVERY: Duration = Duration::from_secs(10);

/// A step of a round failed, and the log has why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// Starts all of them; they end with what is returned.
pub fn start(tasks: &mut Tasks, app: &App) -> JoinSet<()> {
    let mut started = JoinSet::new();
    started.spawn(every(EXPIRE_EVERY, "expiry", tasks, app, expire));
    started.spawn(every(SEAL_EVERY, "history", tasks, app, keep_history));
    started.spawn(every(RETAIN_EVERY, "retention", tasks, app, retain));
    started.spawn(every(REMIND_EVERY, "reminders", tasks, app, post_reminders));
    if app.config.backup.folder.is_some() {
        started.spawn(every(BACK_UP_EVERY, "backup", tasks, app, back_up));
    }
    if app.db.backend() == DbBackend::Sqlite {
        started.spawn(every(CHECKPOINT_EVERY, "checkpoint", tasks, app, checkpoint));
    }
    if app.config.metrics.are_served() {
        started.spawn(every(SORT_METRICS_EVERY, "metrics", tasks, app, sort_metrics));
    }
    started
}

/// A task that does a round at once and then every so often.
fn every<F>(
    period: Duration,
    task: &'static str,
    tasks: &mut Tasks,
    app: &App,
    round: fn(App) -> F,
) -> impl Future<Output = ()> + Send + use<F>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let app = app.clone();
    tasks.supervised(task, move |rounds| {
        let app = app.clone();
        async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                // The step that failed has told the log.
                let _ = rounds.observe(round(app.clone())).await;
            }
        }
    })
}

async fn expire(app: App) -> Result<(), Failed> {
    let reservations = requests::sweeps::expire_reservations(&app).await;
    let reservations = logged(reservations, "reservations ran out", "reservations could not be ended; trying again");
    let agreements = app.run(&Actor::system("agreements"), ExpireAgreements).await;
    reservations.and(logged(agreements, "agreements expired", "agreements could not be ended; trying again"))
}

/// Seals the history and tells its end to the outside once a day.
async fn keep_history(app: App) -> Result<(), Failed> {
    let sealed = match sealer::seal(&app).await {
        Ok(sealed) => {
            telemetry::events_sealed(sealed);
            Ok(())
        }
        Err(error) => failed(&error, "the history could not be sealed; trying again"),
    };
    match history::anchor(&app).await {
        Ok(_) => sealed,
        Err(error) => failed(&error, "the history could not be anchored; trying again"),
    }
}

async fn post_reminders(app: App) -> Result<(), Failed> {
    let requests = requests::sweeps::remind(&app).await;
    let requests = logged(requests, "reminders posted", "reminders could not be posted; trying again");
    let received = shipments::sweeps::remind(&app).await;
    let failure = "reminders of shipments could not be posted; trying again";
    requests.and(logged(received, "reminders of shipments posted", failure))
}

async fn retain(app: App) -> Result<(), Failed> {
    let actor = Actor::system("retention");
    let blanked = loop {
        match app.run(&actor, BlankErasedRecords).await {
            Ok(blanked) if blanked.is_nothing() => break Ok(()),
            Ok(blanked) => tracing::info!(?blanked, "records of erased people ended their term"),
            Err(error) => break failed(&error, "records of erased people could not be blanked; trying again tomorrow"),
        }
    };
    let deleted = loop {
        match app.run(&actor, DeleteExpiredRecords).await {
            Ok(deleted) if deleted.is_nothing() => break Ok(()),
            Ok(deleted) => tracing::info!(?deleted, "what ended its term was deleted"),
            Err(error) => break failed(&error, "what ended its term could not be deleted; trying again tomorrow"),
        }
    };
    blanked.and(deleted)
}

async fn back_up(app: App) -> Result<(), Failed> {
    let made = keep_backups(&app).await.map(usize::from);
    logged(made, "a backup was made", "a backup could not be made; trying again")
}

async fn checkpoint(app: App) -> Result<(), Failed> {
    app.db.checkpoint().await.or_else(|error| failed(&error, "the file could not be brought up to date; trying again"))
}

async fn sort_metrics(_: App) -> Result<(), Failed> {
    exposition().run_upkeep();
    Ok(())
}

/// Tells the log what a step did, if it did anything.
fn logged<E: Display>(answer: Result<usize, E>, done: &str, failure: &str) -> Result<(), Failed> {
    match answer {
        Ok(0) => Ok(()),
        Ok(count) => {
            tracing::info!(count, "{done}");
            Ok(())
        }
        Err(error) => failed(&error, failure),
    }
}

fn failed(error: &dyn Display, failure: &str) -> Result<(), Failed> {
    tracing::warn!(%error, "{failure}");
    Err(Failed)
}
