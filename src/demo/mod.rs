//! A bank filled for showing: real records from inside the program, and around them people, stock and requests that are
//! made up and say so.
//!
//! Everything goes through the same imports and commands as in a real bank, with a clock that is led through the
//! made-up past, so that history, letters and statistics are what they would be. The database is marked as a
//! demonstration before the first row and as filled after the last one.

mod commands;
mod desk;
mod embedded;
mod error;
mod holdings;
mod people;
pub mod place;
mod queries;
mod stage;
mod stock;
mod stories;

pub use error::Error;

use crate::actor::Actor;
use crate::app::App;
use commands::{BeginDemonstration, CompleteDemonstration};
use stage::Stage;

/// What a demonstration was filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Records that were imported.
    pub records: u64,
    /// Lines that the bank holds, made-up ones included.
    pub held: usize,
    /// Lots.
    pub lots: usize,
    /// Requests.
    pub requests: usize,
}

/// Fills an empty, migrated bank. The past is on fixed days and never later than the app's clock; what is still open is
/// placed just before it, so that reservations end after it.
///
/// # Errors
/// [`Error::NotEmpty`], or whatever an import or a command refuses. The database then stays marked as not filled.
pub async fn fill(app: &App) -> Result<Filled, Error> {
    let actor = Actor::system("demo");
    app.run(&actor, BeginDemonstration).await?;
    let stage = Stage::new(app);
    stage.go(stage::BEGINNING);
    let records = embedded::import_all(&stage.app).await?;
    let people = people::open(&stage.app).await?;
    let lines = holdings::take_in(&stage).await?;
    let lots = stock::fill(&stage, &people.staff, &lines).await?;
    let requests = stories::play(&stage, &people, &lines).await?;
    app.db.analyze().await?;
    app.run(&actor, CompleteDemonstration).await?;
    Ok(Filled { records, held: lines.len(), lots, requests })
}
