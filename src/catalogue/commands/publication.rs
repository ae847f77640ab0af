//! Publishing a held line and suspending it.

use super::super::Error;
use super::super::model::cell_line::PublicationStatus;
use super::super::publication::Reason;
use super::super::steps::{lock_held, set_publication};
use crate::actor::Verb;
use crate::catalogue::LineView;
use crate::command::{Command, Work};
use crate::id::CellLineId;
use chrono::NaiveDate;

/// Lets a draft or a suspended line be requested from now on.
///
/// Refused: no such held line, or one that is published or withdrawn.
#[derive(Clone, Copy, Debug)]
pub struct PublishCellLine {
    /// The held line.
    pub line: CellLineId,
}

impl Command for PublishCellLine {
    const VERB: Verb = Verb::PublishCellLine;
    type Output = LineView;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<LineView, Error> {
        let line = lock_held(work, self.line).await?;
        set_publication(work, line, PublicationStatus::Published, None).await
    }
}

/// Stops requests of a published line for a while. Its page stays and says why; what was requested of it stays open,
/// but can neither be approved nor reserved nor shipped until it is published again.
///
/// Refused: a reason that lacks words in a language or is too long, no such held line, or one that is not published.
#[derive(Clone, Debug)]
pub struct SuspendCellLine {
    /// The held line.
    pub line: CellLineId,
    /// Why, as everybody reads it.
    pub reason: Reason,
}

impl Command for SuspendCellLine {
    const VERB: Verb = Verb::SuspendCellLine;
    type Output = LineView;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        self.reason.checked().map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<LineView, Error> {
        let reason = self.reason.checked()?;
        let line = lock_held(work, self.line).await?;
        set_publication(work, line, PublicationStatus::Suspended, Some(&reason)).await
    }
}
