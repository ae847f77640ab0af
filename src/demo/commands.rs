//! What makes a database a demonstration: it says so before its first row, and that it is filled after the last one.

use super::Error;
use crate::accounts::model::{institution, person};
use crate::actor::Verb;
use crate::audit::model::audit_event;
use crate::catalogue::model::{cell_line, disease};
use crate::command::{Command, Work};
use crate::db::model::bank;
use crate::statistics::model::historical_total;
use sea_orm::{DbErr, EntityTrait, Set, Unchanged};

/// Marks an empty database as a demonstration that is not filled yet.
///
/// Refused: a database that has something in it.
pub(super) struct BeginDemonstration;

impl Command for BeginDemonstration {
    const VERB: Verb = Verb::BeginDemonstration;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let is_empty = is_empty::<person::Entity>(work).await?
            && is_empty::<cell_line::Entity>(work).await?
            && is_empty::<disease::Entity>(work).await?
            && is_empty::<institution::Entity>(work).await?
            && is_empty::<historical_total::Entity>(work).await?
            && is_empty::<audit_event::Entity>(work).await?;
        if is_empty { Ok(mark(work, false).await?) } else { Err(Error::NotEmpty) }
    }
}

/// Marks a demonstration as filled.
///
/// Refused: never.
pub(super) struct CompleteDemonstration;

impl Command for CompleteDemonstration {
    const VERB: Verb = Verb::CompleteDemonstration;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        Ok(mark(work, true).await?)
    }
}

async fn is_empty<E: EntityTrait>(work: &Work<'_>) -> Result<bool, DbErr> {
    Ok(E::find().one(work).await?.is_none())
}

async fn mark(work: &Work<'_>, filled: bool) -> Result<(), DbErr> {
    let row = bank::ActiveModel { id: Unchanged(1), kind: Set(bank::Kind::Demo), filled: Set(filled) };
    bank::Entity::update(row).exec_without_returning(work).await?;
    work.public_changed();
    Ok(())
}
