//! What the timers look for: they read what is due, and give a command for each.

use super::Error;
use super::commands::{ExpireReservations, RemindOfRequest};
use super::queries;
use crate::actor::Actor;
use crate::app::App;
use crate::inventory::reservations::{self, Among};

/// Request lines whose reservations one sweep ends.
const LINES: u64 = 100;

/// Ends reservations that ran out; their lines are approved again. The service does this every minute; what is shown
/// and reserved meanwhile already counts those vials as free. Returns how many request lines it changed.
///
/// # Errors
/// Those of the database.
pub async fn expire_reservations(app: &App) -> Result<usize, Error> {
    let actor = Actor::system("reservations");
    let mut ended = 0;
    for (line, _) in reservations::due(app.db.read(), app.clock.now(), Among::All, LINES).await? {
        ended += usize::from(app.run(&actor, ExpireReservations { line }).await?);
    }
    Ok(ended)
}

/// Posts the reminders of requests that are due. Repeating it posts nothing twice. Returns how many requests it
/// reminded of.
///
/// # Errors
/// Those of the database.
pub async fn remind(app: &App) -> Result<usize, Error> {
    let first = app.config.reminder_days;
    if first <= 0 {
        return Ok(0);
    }
    let actor = Actor::system("reminders");
    let mut reminded = 0;
    for request in queries::due_reminders(app.db.read(), app.clock.now(), first).await? {
        reminded += usize::from(app.run(&actor, RemindOfRequest { request }).await?);
    }
    Ok(reminded)
}
