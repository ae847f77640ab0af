//! What an import leaves in the history: that it began, and how it ended. Its records are written in between by the
//! commands of their areas, a transaction a chunk.

use super::{Error, Summary};
use crate::actor::Verb;
use crate::audit::{self, Subject};
use crate::command::{Command, Work};
use crate::db::next_of_series;
use crate::import::events::ImportEvent;

/// Records that an import begins, and gives it its number.
///
/// Refused: nothing but a caller who may not.
#[derive(Clone, Copy, Debug)]
pub(super) struct BeginImport<'a> {
    /// The kind of records.
    pub records: &'static str,
    /// The file without its folder.
    pub file: &'a str,
}

impl Command for BeginImport<'_> {
    const VERB: Verb = Verb::BeginImport;
    type Output = i64;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<i64, Error> {
        // Imports are numbered through all years, so that each is a subject of its own in the history.
        let number = next_of_series(work, "IMPORT", 0).await?;
        let event = ImportEvent::Started { records: self.records.into(), source: self.file.to_owned() };
        audit::record(work, subject(number), &event).await?;
        Ok(number)
    }
}

/// Records that an import ended, well or badly.
///
/// Refused: nothing but a caller who may not.
#[derive(Clone, Copy, Debug)]
pub(super) struct EndImport<'a> {
    /// Its number.
    pub number: i64,
    /// The kind of records.
    pub records: &'static str,
    /// Whether the source was read to its end.
    pub is_complete: bool,
    /// What it did.
    pub summary: &'a Summary,
}

impl Command for EndImport<'_> {
    const VERB: Verb = Verb::EndImport;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let summary = self.summary;
        let event = ImportEvent::Ended {
            records: self.records.into(),
            complete: self.is_complete,
            read: summary.read,
            created: summary.created,
            updated: summary.updated,
            unchanged: summary.unchanged,
            skipped: summary.skipped_count(),
        };
        Ok(audit::record(work, subject(self.number), &event).await?)
    }
}

fn subject(number: i64) -> Subject {
    Subject { kind: "Import", id: number }
}
