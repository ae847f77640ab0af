//! The frame of an import: permission, the two events of the history, the loop over chunks, the summary.

use super::pipeline::Message;
use super::{Chunk, Error, Options, Progress, Summary};
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::audit::{self, Subject};
use crate::db::{Sql, retrying};
use crate::import::MOST_PER_CHUNK;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::Receiver;

/// An import under way.
pub struct Run<'a> {
    app: &'a App,
    actor: &'a Actor,
    progress: &'a dyn Progress,
    /// How it runs.
    pub options: Options,
    /// What was done so far.
    pub summary: Summary,
    what: &'static str,
    source_name: String,
    size: Option<u64>,
    number: i64,
}

impl<'a> Run<'a> {
    /// Checks the permission and, unless nothing is to be written, records the start. `what` is the kind of records;
    /// name and size are the source's.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Database`].
    pub async fn start(
        app: &'a App,
        actor: &'a Actor,
        what: &'static str,
        (source_name, size): (String, Option<u64>),
        options: Options,
        progress: &'a dyn Progress,
    ) -> Result<Self, Error> {
        actor.may(Permission::Administer)?;
        let options = Options { chunk: options.chunk.clamp(1, MOST_PER_CHUNK), ..options };
        let summary = Summary::default();
        let mut run = Self { app, actor, progress, options, summary, what, source_name, size, number: 0 };
        if !options.dry_run {
            run.number = retrying(|| run.record_start()).await?;
        }
        Ok(run)
    }

    async fn record_start(&self) -> Result<i64, Error> {
        let tx = self.app.db.begin().await?;
        // Imports are numbered through all years, so that each is a subject of its own in the history.
        let sql = "INSERT INTO number_series (series, year, last) VALUES ('IMPORT', 0, 1)
                   ON CONFLICT (series, year) DO UPDATE SET last = number_series.last + 1 RETURNING last";
        let number = Sql::new(sql).number(&*tx).await?;
        let detail = json!({ "records": self.what, "source": self.file_name() });
        self.record(&tx, number, "import.started", detail).await?;
        tx.commit().await?;
        Ok(number)
    }

    async fn record(&self, tx: &crate::db::Transaction, number: i64, action: &str, detail: Json) -> Result<(), Error> {
        let subject = Subject { kind: "Import", id: number };
        Ok(audit::record(tx, self.app.clock.now(), self.actor, action, subject, detail).await?)
    }

    /// The file without its folder: where it lay is nobody's business later.
    fn file_name(&self) -> &str {
        self.source_name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// The next chunk, with what it skipped already in the summary; `None` at the end of the source.
    ///
    /// # Errors
    /// [`Error::Broken`] if the source broke off; [`Error::Reader`] if the reading thread is gone.
    pub async fn next<T>(&mut self, receiver: &mut Receiver<Message<T>>) -> Result<Option<Vec<T>>, Error> {
        match receiver.recv().await {
            Some(Message::Chunk(chunk)) => Ok(Some(self.take(chunk))),
            Some(Message::End) => Ok(None),
            Some(Message::Broken(super::pipeline::Broken { line, cause })) => {
                let summary = Box::default();
                Err(Error::Broken { source_name: self.source_name.clone(), line, cause, summary })
            }
            None => Err(Error::Reader("the reading thread ended without a word".into())),
        }
    }

    fn take<T>(&mut self, chunk: Chunk<T>) -> Vec<T> {
        self.summary.read += chunk.read;
        chunk.skipped.into_iter().for_each(|skipped| self.summary.skip(skipped));
        chunk.notes.into_iter().for_each(|note| self.summary.note(note));
        self.progress.reached(chunk.bytes, self.size);
        chunk.records
    }

    /// Records the end, good or bad, and gives the summary; an error after good records takes it along.
    ///
    /// # Errors
    /// Those given, and [`Error::Database`].
    pub async fn end(mut self, outcome: Result<(), Error>) -> Result<Summary, Error> {
        self.summary.close(self.actor.lang);
        if !self.options.dry_run {
            let recorded = retrying(|| self.record_end(outcome.is_ok())).await;
            if outcome.is_ok() {
                recorded?;
            }
        }
        if !self.options.dry_run && self.summary.created + self.summary.updated >= MOST_PER_CHUNK as u64 {
            // So many rows change which index selects well.
            self.app.db.analyze().await?;
        }
        match outcome {
            Ok(()) => Ok(self.summary),
            Err(Error::Broken { source_name, line, cause, .. }) => {
                Err(Error::Broken { source_name, line, cause, summary: Box::new(self.summary) })
            }
            Err(error) => Err(error),
        }
    }

    async fn record_end(&self, complete: bool) -> Result<(), Error> {
        let tx = self.app.db.begin().await?;
        let summary = &self.summary;
        let detail = json!({
            "records": self.what,
            "complete": complete,
            "read": summary.read,
            "created": summary.created,
            "updated": summary.updated,
            "unchanged": summary.unchanged,
            "skipped": summary.skipped_count(),
        });
        self.record(&tx, self.number, "import.ended", detail).await?;
        Ok(tx.commit().await?)
    }
}
