//! Parts of the commands that publish, suspend and withdraw a held line.

use super::Error;
use super::model::cell_line::{self, Holding, PublicationStatus};
use super::publication::Reason;
use super::rules::may_become;
use crate::audit::{self, Changes};
use crate::catalogue::LineView;
use crate::catalogue::events::LineEvent;
use crate::command::Work;
use crate::id::CellLineId;
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// Locks a held line.
///
/// # Errors
/// [`Error::NoSuchHeldLine`], or those of the database.
pub async fn lock_held(work: &Work<'_>, id: CellLineId) -> Result<cell_line::Model, Error> {
    let line = cell_line::Entity::find_by_id(id).lock_exclusive().one(work).await?;
    line.filter(|line| line.holding == Holding::Held).ok_or(Error::NoSuchHeldLine)
}

/// Changes how a locked line stands to the public, with the reason if it is one that needs it, and writes the event.
///
/// # Errors
/// [`Error::WrongStatus`], or those of the database.
pub async fn set_publication(
    work: &Work<'_>,
    line: cell_line::Model,
    to: PublicationStatus,
    reason: Option<&Reason>,
) -> Result<LineView, Error> {
    let from = line.publication_status.ok_or(Error::NoSuchHeldLine)?;
    if !may_become(from, to) {
        return Err(Error::WrongStatus { from, to });
    }
    let before = snapshot(&line);
    let mut row: cell_line::ActiveModel = line.into();
    row.publication_status = Set(Some(to));
    row.publication_reason_en = Set(reason.map(|reason| reason.en.clone()));
    row.publication_reason_ko = Set(reason.map(|reason| reason.ko.clone()));
    row.publication_since = Set(Some(work.now()));
    let line = row.update(work).await?;
    work.public_changed();
    let changes = Changes::between(&before, &snapshot(&line));
    let event = match to {
        PublicationStatus::Suspended => LineEvent::Suspended { changes },
        PublicationStatus::Withdrawn => LineEvent::Withdrawn { changes },
        PublicationStatus::Draft | PublicationStatus::Published => LineEvent::Published { changes },
    };
    audit::record(work, line.id, &event).await?;
    Ok(line.into())
}

/// What these commands change.
fn snapshot(line: &cell_line::Model) -> serde_json::Value {
    json!({
        "publication_status": line.publication_status.map(|status| status.to_value()),
        "publication_reason_en": line.publication_reason_en,
        "publication_reason_ko": line.publication_reason_ko,
    })
}
