//! What the timers look for: they read what is due, and give a command for each.

use super::Error;
use super::commands::RemindOfShipment;
use super::queries;
use crate::actor::Actor;
use crate::app::App;

/// Posts the reminders that are due of shipments whose receipt nobody confirmed. Repeating it posts nothing twice.
/// Returns how many shipments it reminded of.
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
    for shipment in queries::due_reminders(app.db.read(), app.clock.now(), first).await? {
        reminded += usize::from(app.run(&actor, RemindOfShipment { shipment }).await?);
    }
    Ok(reminded)
}
