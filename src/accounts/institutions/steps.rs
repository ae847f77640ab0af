//! Parts of the verbs on institutions and memberships: lock, read again.

use super::model::Record;
use super::rules::with_column;
use super::{Error, queries};
use crate::accounts::model::institution::{ActiveModel, Column, Entity, Status};
use crate::actor::Actor;
use crate::command::Work;
use crate::id::InstitutionId;
use crate::mail::Proposal;
use crate::mail::{self, Letter};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Unchanged};

/// Holds the rows of institutions until the transaction ends, so that verbs on one institution queue. Always in the
/// order of their keys, so that two merges do not wait for each other.
pub(crate) async fn hold(work: &Work<'_>, ids: &[InstitutionId]) -> Result<(), DbErr> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
    rows.lock_exclusive().all(work).await.map(drop)
}

/// Locks an institution that the caller may see; a duplicate leads to what counts, which is locked as well.
pub(crate) async fn lock(work: &Work<'_>, actor: &Actor, id: InstitutionId) -> Result<Record, Error> {
    let mut id = id;
    loop {
        hold(work, &[id]).await?;
        let record =
            queries::record(work, actor, id).await?.ok_or(Error::NoSuchInstitution { field: "institution" })?;
        match record.merged_into {
            Some(counts) => id = counts,
            None => return Ok(record),
        }
    }
}

/// Locks an institution; staff who name a duplicate are told so instead of changing what it was merged into.
pub(super) async fn lock_unmerged(work: &Work<'_>, id: InstitutionId) -> Result<Record, Error> {
    let record = lock(work, work.actor, id).await?;
    if record.institution.id == id { Ok(record) } else { Err(Error::Merged { field: "institution" }) }
}

/// An institution as it is now.
pub(super) async fn read(work: &Work<'_>, id: InstitutionId) -> Result<Record, Error> {
    queries::record(work, work.actor, id).await?.ok_or(Error::NoSuchInstitution { field: "institution" })
}

/// Closes an institution for good; no import opens it again.
pub(super) async fn shut(work: &Work<'_>, record: &Record) -> Result<(), DbErr> {
    set_status(work, record, Status::Closed).await
}

/// Closes or opens an institution; no import changes that any more.
pub(super) async fn set_status(work: &Work<'_>, record: &Record, status: Status) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Unchanged(record.institution.id),
        status: Set(status),
        set_by_staff: Set(with_column(&record.set_by_staff, "status")),
        ..Default::default()
    };
    Entity::update(row).exec_without_returning(work).await.map(drop)
}

/// Tells whoever proposed an institution what became of it, unless they did it themselves.
pub(super) async fn notify_proposer(work: &Work<'_>, record: &Record, outcome: Proposal) -> Result<(), DbErr> {
    let proposer = record.proposed_by.filter(|person| Some(*person) != work.actor.person_id());
    mail::post(work, proposer, record.institution.id, &Letter::InstitutionDecided { outcome }).await
}
