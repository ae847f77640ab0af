//! The commands, one file each. Exit status: 0 done, 1 failed, 2 wrong arguments.

mod account;
mod audit;
mod backup;
mod demo;
mod doctor;
mod import;
mod personal_data;
mod serve;

use crate::app::{App, Clock};
use crate::config::{Config, Durability};
use crate::db::sqlite_file;
use crate::error::DomainError;
use crate::graphql;
use crate::language::Lang;
use crate::maintenance::Error;
use crate::maintenance::opening::{self, Purpose};
use crate::server;
use clap::{Parser, Subcommand};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// The system of a national stem cell bank.
#[derive(Parser)]
#[command(name = "stembank", version, about, max_term_width = 100)]
struct Cli {
    /// Settings; BANK_* variables win over them.
    #[arg(long, global = true, default_value = "stembank.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills a demonstration bank with real records, once, and serves it on loopback.
    Demo(demo::Arguments),
    /// Serves the bank by its settings.
    Serve,
    /// Brings the database to this version.
    Migrate,
    /// Prints the GraphQL schema.
    Schema,
    /// Looks at settings, database, mail, sign-in providers and clock, and says what is wrong.
    Doctor,
    /// Copies the whole bank into one file, while it serves.
    Backup(backup::Backup),
    /// Brings a backup back into an empty place.
    Restore(backup::Restore),
    /// Imports records from a file, plain or .gz.
    Import(import::Arguments),
    /// Manages people without the web.
    #[command(subcommand)]
    Account(account::Command),
    /// Verifies and exports the history.
    #[command(subcommand)]
    Audit(audit::Command),
}

/// Parses the arguments and does what they say.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    log();
    let done = match cli.command {
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Serve => serve::run(&cli.config).await,
        Command::Migrate => migrate(&cli.config).await,
        Command::Doctor => doctor::run(&cli.config, lang()).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Backup(arguments) => backup::back_up(&cli.config, lang(), arguments).await,
        Command::Restore(arguments) => backup::bring_back(&cli.config, lang(), arguments).await,
        Command::Import(arguments) => import::run(&cli.config, lang(), &arguments).await,
        Command::Account(command) => account::run(&cli.config, command).await,
        Command::Audit(command) => audit::run(&cli.config, command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(sentence)) => {
            eprintln!("stembank: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The reader's language by the terminal's settings.
fn lang() -> Lang {
    std::env::var("LANG").ok().and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default()
}

/// Logs go to stderr, as text on a terminal and as JSON elsewhere; `RUST_LOG` chooses how much.
fn log() {
    use std::io::IsTerminal;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,stembank=info,sqlx=error,sea_orm_migration=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { builder.init() } else { builder.json().init() }
}

/// Why a command failed, in a sentence.
struct Failure(String);

impl Failure {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// What was tried, and what stood against it.
    fn at(doing: impl Display) -> impl Fn(&dyn Display) -> Self {
        move |cause| Self(format!("{doing}: {cause}"))
    }

    /// Why a database was not opened; what the engine says of it helps whoever runs the bank.
    fn opening(error: &Error, lang: Lang) -> Self {
        match error {
            Error::Db(cause) => Self(format!("{} ({cause})", error.say(lang))),
            error => Self(error.say(lang)),
        }
    }
}

impl<E: DomainError> From<E> for Failure {
    fn from(error: E) -> Self {
        match std::error::Error::source(&error) {
            Some(cause) if cause.to_string() != error.to_string() => Self(format!("{error} ({cause})")),
            _ => Self(error.to_string()),
        }
    }
}

/// The settings of a file and the environment.
fn settings(file: &Path) -> Result<Config, Failure> {
    Config::load(file).map_err(|error| Failure::at(format!("the settings ({})", file.display()))(&error))
}

/// The bank by its settings, opened for a purpose.
async fn open(file: &Path, purpose: Purpose) -> Result<App, Failure> {
    let (config, lang) = (settings(file)?, lang());
    if config.sqlite_durability == Durability::Normal && sqlite_file(&config.database_url).is_some() {
        tracing::warn!("sqlite_durability is normal: a power cut may lose what was acknowledged last");
    }
    let opened = opening::open(&config, purpose).await.map_err(|error| Failure::opening(&error, lang))?;
    if let Some(place) = opened.made_at {
        eprintln!(
            "{}",
            lang.pick(format!("A new bank was made at {place}."), format!("새 은행을 만들었습니다: {place}"))
        );
    }
    if let Some(copy) = opened.copy {
        let copy = copy.display();
        eprintln!(
            "{}",
            lang.pick(
                format!("The database was copied to {copy} before its migrations."),
                format!("마이그레이션 전에 데이터베이스를 {copy}에 복사했습니다."),
            )
        );
    }
    Ok(App::new(opened.db, Clock::system(), config))
}

/// Does something with the bank, then closes it, however that ended.
async fn with_bank<T>(
    file: &Path,
    purpose: Purpose,
    work: impl AsyncFnOnce(&App) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let app = open(file, purpose).await?;
    let done = work(&app).await;
    close(app).await?;
    done
}

/// Closes the bank, so that all of it is where it belongs.
async fn close(app: App) -> Result<(), Failure> {
    app.db.close().await.map_err(|error| Failure::at("closing the database")(&error))
}

/// Serves the bank until it is told to stop, then closes it.
async fn serve_then_close(app: App, listener: TcpListener) -> Result<(), Failure> {
    let noted = app.db.note_serving(app.clock.now()).await;
    noted.map_err(|error| Failure::at("the database cannot be written")(&error))?;
    let served = server::serve(app.clone(), listener).await;
    close(app).await?;
    served.map_err(|error| Failure::at("serving")(&error))
}

async fn migrate(config: &Path) -> Result<(), Failure> {
    with_bank(config, Purpose::MakeOwn, async |_| {
        println!("{}", lang().pick("The database is at this version.", "데이터베이스가 이 버전과 일치합니다."));
        Ok(())
    })
    .await
}
