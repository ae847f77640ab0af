//! What makes a database a demonstration: it says so before its first row, and that it is filled after the last one.

use super::Error;
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::db::Sql;
use sea_orm::DbErr;

/// Marks an empty database as a demonstration that is not filled yet.
///
/// Refused: a database that has something in it.
pub(super) struct BeginDemonstration;

impl Command for BeginDemonstration {
    const VERB: Verb = Verb::BeginDemonstration;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let sql = "SELECT (SELECT count(*) FROM person) + (SELECT count(*) FROM cell_line)
                     + (SELECT count(*) FROM disease) + (SELECT count(*) FROM institution)
                     + (SELECT count(*) FROM historical_total) + (SELECT count(*) FROM audit_event)";
        if Sql::new(sql).number(work).await? > 0 {
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
    Sql::with("UPDATE bank SET kind = 'demo', filled = $1 WHERE id = 1", [filled.into()]).run(work).await?;
    work.public_changed();
    Ok(())
}
