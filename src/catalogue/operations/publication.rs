//! Publishing a held line and suspending it.

use super::super::Error;
use super::super::model::cell_line::{self, PublicationStatus};
use super::super::publication::Reason;
use super::super::steps::{lock_held, set_publication};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::id::LineId;

/// Lets a draft or a suspended line be requested from now on.
///
/// # Errors
/// Not allowed, no such held line, or one that is published or withdrawn.
pub async fn publish_line(app: &App, actor: &Actor, id: LineId) -> Result<cell_line::Model, Error> {
    actor.may_do(Verb::PublishLine)?;
    let tx = app.db.begin().await?;
    let line = lock_held(&tx, id).await?;
    let line = set_publication(&tx, app.clock.now(), actor, line, PublicationStatus::Published, None).await?;
    tx.commit().await?;
    Ok(line)
}

/// Stops requests of a published line for a while. Its page stays and says why; what was requested of it stays open, but
/// can neither be approved nor reserved nor shipped until it is published again.
///
/// # Errors
/// Not allowed, a reason that lacks words in a language or is too long, no such held line, or one that is not published.
pub async fn suspend_line(app: &App, actor: &Actor, id: LineId, reason: Reason) -> Result<cell_line::Model, Error> {
    actor.may_do(Verb::SuspendLine)?;
    let reason = reason.checked()?;
    let tx = app.db.begin().await?;
    let line = lock_held(&tx, id).await?;
    let line = set_publication(&tx, app.clock.now(), actor, line, PublicationStatus::Suspended, Some(&reason)).await?;
    tx.commit().await?;
    Ok(line)
}
