//! `stembank import`: real records from files.

use super::{Failure, with_bank};
use crate::actor::Actor;
use crate::app::App;
use crate::error::DomainError;
use crate::import::{Error, Options, Progress, Source, Summary};
use crate::language::Lang;
use crate::maintenance::opening::Purpose;
use crate::server::stop_signal;
use crate::{accounts, catalogue, statistics};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Imports real records; repeating a file changes nothing, and what is not right is reported and never stops the rest.
#[derive(Args, Debug)]
pub struct Arguments {
    /// What the file has.
    pub records: Records,
    /// The file, plain or gzipped.
    pub file: PathBuf,
    /// Say what would change and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Why published totals change (history only); the history keeps it.
    #[arg(long)]
    pub reason: Option<String>,
    /// Print the summary as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Records {
    /// Lines, in the text format of Cellosaurus.
    Cellosaurus,
    /// Diseases: names and codes, ancestors, or Korean names; the header line tells which (CSV).
    Diseases,
    /// Institutions, made of ROR records (CSV).
    Institutions,
    /// Published totals of earlier years (CSV).
    History,
}

/// Imports, shows how far it is on a terminal, and prints the summary. Fails if the import stopped.
pub async fn run(config: &Path, lang: Lang, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.reason.is_some() && arguments.records != Records::History {
        return Err(Failure::new(lang.pick(
            "--reason is for published totals: use it with 'history'.",
            "--reason은 공표 집계(history)를 가져올 때만 사용합니다.",
        )));
    }
    with_bank(config, Purpose::Make, async |app| watched(app, lang, arguments).await).await
}

async fn watched(app: &App, lang: Lang, arguments: &Arguments) -> Result<(), Failure> {
    let bar = Bar::on_terminal();
    let stop = Arc::clone(&bar.1);
    let waiting = tokio::spawn(async move {
        stop_signal().await;
        stop.store(true, Ordering::Relaxed);
        // Whoever cannot wait for the chunk at hand says it again; it is undone as a whole then.
        stop_signal().await;
        std::process::exit(1);
    });
    let outcome = import(app, arguments, lang, &bar).await;
    waiting.abort();
    bar.0.finish_and_clear();
    let (summary, error) = match outcome {
        Ok(summary) => (Some(summary), None),
        Err(error) => (error.summary().cloned(), Some(error)),
    };
    let printed = summary.map_or(Ok(()), |summary| print(&summary, arguments, lang));
    if let Some(error) = error {
        tracing::debug!(?error, "the import stopped");
        return Err(Failure::new(error.say(lang)));
    }
    printed.map_err(|error| Failure::at("standard output")(&error))
}

async fn import(app: &App, arguments: &Arguments, lang: Lang, bar: &Bar) -> Result<Summary, Error> {
    let source = Source::open(&arguments.file)?;
    let options = Options { dry_run: arguments.dry_run, ..Options::default() };
    let mut actor = Actor::system("import");
    actor.lang = lang;
    match arguments.records {
        Records::Cellosaurus => catalogue::import::import_cellosaurus(app, &actor, source, options, bar).await,
        Records::Diseases => catalogue::import::import_diseases(app, &actor, source, options, bar).await,
        Records::Institutions => accounts::import::import(app, &actor, source, options, bar).await,
        Records::History => {
            let reason = arguments.reason.as_deref();
            statistics::import::import(app, &actor, source, reason, options, bar).await
        }
    }
}

fn print(summary: &Summary, arguments: &Arguments, lang: Lang) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer(&mut out, summary)?;
        return writeln!(out);
    }
    for skipped in &summary.skipped {
        let line = lang.pick("line", "줄");
        writeln!(out, "{line} {}: {}\n    {}", skipped.line, skipped.reason, skipped.text.replace('\n', " "))?;
    }
    for note in &summary.notes {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "{}", in_words(summary, arguments.dry_run, lang))
}

fn in_words(summary: &Summary, dry_run: bool, lang: Lang) -> String {
    let Summary { read, created, updated, unchanged, .. } = summary;
    let skipped = summary.skipped_count();
    let counts = lang.pick(
        format!("{read} read: {created} created, {updated} updated, {unchanged} unchanged, {skipped} skipped."),
        format!("{read}건을 읽었습니다. 추가 {created}건, 변경 {updated}건, 그대로 {unchanged}건, 건너뜀 {skipped}건."),
    );
    if dry_run {
        let nothing =
            lang.pick("This was a trial: nothing was written.", "시험 실행이므로 아무것도 저장하지 않았습니다.");
        format!("{counts} {nothing}")
    } else {
        counts
    }
}

/// A bar by bytes on standard error, if that is a terminal; and whether somebody told the import to stop.
struct Bar(ProgressBar, Arc<AtomicBool>);

impl Bar {
    fn on_terminal() -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {bytes} / {total_bytes} ({eta})");
        Self(style.map(|style| bar.clone().with_style(style)).unwrap_or(bar), Arc::default())
    }
}

impl Progress for Bar {
    fn reached(&self, bytes: u64, size: Option<u64>) {
        if let Some(size) = size {
            self.0.set_length(size);
        }
        self.0.set_position(bytes);
    }

    fn is_told_to_stop(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
}
