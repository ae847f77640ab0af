//! The frame of an import: permission, the two events of the history, the loop over chunks, the summary.

use super::commands::{BeginImport, EndImport};
use super::pipeline::Message;
use super::{About, Chunk, Error, MOST_PER_CHUNK, Options, Progress, Summary};
use crate::actor::Actor;
use crate::app::App;
use crate::command::permit;
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
    source: About,
    number: i64,
}

impl<'a> Run<'a> {
    /// Checks the permission and, unless nothing is to be written, records the start. `what` is the kind of records.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Database`].
    pub async fn start(
        app: &'a App,
        actor: &'a Actor,
        what: &'static str,
        source: About,
        options: Options,
        progress: &'a dyn Progress,
    ) -> Result<Self, Error> {
        let options = Options { chunk: options.chunk.clamp(1, MOST_PER_CHUNK), ..options };
        let mut summary = Summary::default();
        summary.note_encoding(source.beginning.encoding, actor.lang);
        let mut run = Self { app, actor, progress, options, summary, what, source, number: 0 };
        if options.dry_run {
            permit::<BeginImport<'_>>(actor)?;
        } else {
            run.number = app.run(actor, BeginImport { records: what, file: run.file_name() }).await?;
        }
        Ok(run)
    }

    /// The file without its folder: where it lay is nobody's business later.
    fn file_name(&self) -> &str {
        self.source.name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// The next chunk, with what it skipped already in the summary; `None` at the end of the source.
    ///
    /// # Errors
    /// [`Error::Broken`] if the source broke off; [`Error::Stopped`]; [`Error::Reader`] if the reading thread is gone.
    pub async fn next<T>(&mut self, receiver: &mut Receiver<Message<T>>) -> Result<Option<Vec<T>>, Error> {
        if self.progress.is_told_to_stop() {
            return Err(Error::Stopped { summary: Box::default() });
        }
        match receiver.recv().await {
            Some(Message::Chunk(chunk)) => Ok(Some(self.take(chunk))),
            Some(Message::End) => Ok(None),
            Some(Message::Broken(super::pipeline::Broken { line, cause })) => {
                let summary = Box::default();
                Err(Error::Broken { source_name: self.source.name.clone(), line, cause, summary })
            }
            None => Err(Error::Reader("the reading thread ended without a word".into())),
        }
    }

    fn take<T>(&mut self, chunk: Chunk<T>) -> Vec<T> {
        self.summary.read += chunk.read;
        chunk.skipped.into_iter().for_each(|skipped| self.summary.skip(skipped));
        chunk.notes.into_iter().for_each(|note| self.summary.note(note));
        self.progress.reached(chunk.bytes, self.source.size);
        chunk.records
    }

    /// Records the end, good or bad, and gives the summary; an error after good records takes it along.
    ///
    /// # Errors
    /// Those given, and [`Error::Database`].
    pub async fn end(mut self, outcome: Result<(), Error>) -> Result<Summary, Error> {
        let outcome = outcome.and_then(|()| self.has_read());
        self.summary.close(self.actor.lang);
        if !self.options.dry_run {
            let recorded = self.app.run(self.actor, self.ended(outcome.is_ok())).await;
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
            Err(Error::NoRecords { source_name, looks, .. }) => {
                Err(Error::NoRecords { source_name, looks, summary: Box::new(self.summary) })
            }
            Err(Error::Database(cause)) => Err(Error::Interrupted { cause, summary: Box::new(self.summary) }),
            Err(Error::Stopped { .. }) => Err(Error::Stopped { summary: Box::new(self.summary) }),
            Err(error) => Err(error),
        }
    }

    /// A file without a single record is not the file that was meant.
    fn has_read(&self) -> Result<(), Error> {
        if self.summary.read > 0 {
            return Ok(());
        }
        let (source_name, looks) = (self.source.name.clone(), self.source.beginning.looks);
        Err(Error::NoRecords { source_name, looks, summary: Box::default() })
    }

    fn ended(&self, is_complete: bool) -> EndImport<'_> {
        EndImport { number: self.number, records: self.what, is_complete, summary: &self.summary }
    }
}
