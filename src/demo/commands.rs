//! What makes a database a demonstration: it says so before its first row, and that it is filled after the last one.

use super::Error;
use crate::accounts::model::{institution, person};
use crate::actor::Verb;
use crate::audit::model::audit_event;
use crate::catalogue::model::{cell_line, disease};
use crate::command::{Command, Work};
use crate::db::has_any;
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
        let has_something = has_any(work, person::Entity::find()).await?
            || has_any(work, cell_line::Entity::find()).await?
            || has_any(work, disease::Entity::find()).await?
            || has_any(work, institution::Entity::find()).await?
            || has_any(work, historical_total::Entity::find()).await?
            || has_any(work, audit_event::Entity::find()).await?;
        if has_something {
            return Err(Error::NotEmpty);
        }
        Ok(mark(work, false).await?)
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

async fn mark(work: &Work<'_>, filled: bool) -> Result<(), DbErr> {
    let marked =
        bank::ActiveModel { id: Unchanged(1), kind: Set(bank::Kind::Demo), filled: Set(filled), ..Default::default() };
    bank::Entity::update(marked).exec_without_returning(work).await?;
    work.public_changed();
    Ok(())
}
