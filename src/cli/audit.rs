//! `stembank audit ...`: verify and export the history.

use super::{Failure, lang, with_bank};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::queries::{Filter, export};
use crate::audit::verify::{Verdict, verify};
use crate::error::DomainError;
use crate::maintenance::opening::Purpose;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What to do with the history.
#[derive(Subcommand)]
pub enum Command {
    /// Walks the chain of seals: every event is as it was sealed, or the first one that is not; exit status 1 then.
    Verify {
        /// A hash that was the end of the chain, from a log or a letter: it has to be in the chain still.
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
    /// Writes events as JSON Lines, oldest first.
    Export(Export),
}

/// What to export.
#[derive(Args)]
pub struct Export {
    /// The first day, in Asia/Seoul; from the beginning unless told.
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// The last day; until now unless told.
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    /// The file; standard output unless told. A file that is there is replaced.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Does it.
pub async fn run(config: &Path, command: Command) -> Result<(), Failure> {
    with_bank(config, Purpose::Look, async |app| act(app, command).await).await
}

async fn act(app: &App, command: Command) -> Result<(), Failure> {
    let (actor, lang) = (Actor::system("command-line"), lang());
    let spoken = |error: crate::audit::Error| Failure::new(error.say(lang));
    match command {
        Command::Verify { head } => match verify(app, &actor, head.as_deref()).await.map_err(spoken)? {
            Verdict::Intact(report) => {
                report.lines(lang).iter().for_each(|line| println!("{line}"));
                Ok(())
            }
            Verdict::Broken(broken) => Err(Failure::new(broken.say(lang))),
        },
        Command::Export(arguments) => {
            let filter = Filter { from: arguments.from, to: arguments.to, ..Filter::default() };
            let mut out: Box<dyn Write> = match &arguments.output {
                None => Box::new(io::stdout().lock()),
                Some(path) => {
                    let file = File::create(path);
                    Box::new(file.map_err(|error| Failure::at(format!("cannot write {}", path.display()))(&error))?)
                }
            };
            let written = export(app, &actor, &filter, &mut BufWriter::new(&mut out)).await.map_err(spoken)?;
            eprintln!("{}", lang.pick(format!("{written} events."), format!("기록 {written}건을 내보냈습니다.")));
            Ok(())
        }
    }
}
