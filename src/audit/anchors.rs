//! Anchors: the end of the chain as it was told to the outside, once a day in Asia/Seoul. Whoever cuts the end off and
//! hides it in the database cannot take back what stands in logs and letters.

pub use super::model::audit_anchor::Model as Anchor;

use super::canonical::Hash;
use super::events::HistoryEvent;
use super::model::audit_anchor;
use super::sealer::SealerPosition;
use super::{Subject, record};
use crate::command::Work;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, TryInsertResult};

impl Anchor {
    /// What an anchor is, as the subject of an event.
    pub fn subject(&self) -> Subject {
        Subject { kind: "AuditAnchor", id: self.sequence }
    }
}

/// True if nothing was anchored on this day and there is something to anchor.
///
/// # Errors
/// Those of the database.
pub async fn is_due(db: &impl ConnectionTrait, day: NaiveDate) -> Result<bool, DbErr> {
    Ok(audit_anchor::Entity::find_by_id(day).one(db).await?.is_none() && SealerPosition::read(db).await?.sequence > 0)
}

/// A step: keeps and records the end of the chain as the anchor of this day; `None` if the day has one already, or
/// nothing is sealed.
///
/// # Errors
/// Those of the database.
pub async fn keep(work: &Work<'_>, day: NaiveDate) -> Result<Option<Anchor>, DbErr> {
    let position = SealerPosition::read(work).await?;
    if position.sequence == 0 || Hash::parse(&position.hash).is_none() {
        return Ok(None);
    }
    let anchor = Anchor { day, sequence: position.sequence, hash: position.hash, anchored_at: work.now() };
    let insert = audit_anchor::Entity::insert(anchor.clone().into_active_model()).on_conflict_do_nothing();
    if !matches!(insert.exec_without_returning(work).await?, TryInsertResult::Inserted(1)) {
        return Ok(None);
    }
    let event = HistoryEvent::Anchored { day, sequence: anchor.sequence, hash: anchor.hash.clone() };
    record(work, anchor.subject(), &event).await?;
    Ok(Some(anchor))
}
