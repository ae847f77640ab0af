//! The way back from a backup.

use super::archive;
use super::backup::{WorkFolder, blocking, folder_of, open_copy};
use super::contents::Contents;
use super::error::Error;
use super::events::BackupEvent;
use super::manifest::{Engine, Manifest};
use super::postgres;
use crate::actor::{Actor, Verb};
use crate::app::{App, Clock};
use crate::audit::{self, Subject, sealer};
use crate::command::{Command, Work};
use crate::config::Config;
use crate::db::{self, Db, Standing, sqlite_file, standing};
use std::fs;
use std::path::Path;

/// Restores a backup into the empty place that the settings name, and compares what is there then with what was backed
/// up.
///
/// # Errors
/// [`Error::NotEmpty`], [`Error::NotABackup`], [`Error::Encrypted`], [`Error::WrongKey`], [`Error::OtherEngine`],
/// [`Error::Newer`], [`Error::Differs`], [`Error::File`], [`Error::Program`], or those of the database.
pub async fn restore(config: &Config, file: &Path, identity: Option<&Path>) -> Result<Manifest, Error> {
    let found = standing(&config.database_url).await?;
    if !matches!(found, Standing::Missing | Standing::Empty) {
        return Err(Error::NotEmpty(place(&config.database_url)));
    }
    let manifest = match sqlite_file(&config.database_url) {
        Some(target) => into_file(&target, file, identity).await,
        None => into_server(&config.database_url, found == Standing::Missing, file, identity).await,
    }?;
    record(config, &manifest).await?;
    Ok(manifest)
}

/// Brings what was restored to this release, and lets its history tell of it.
async fn record(config: &Config, manifest: &Manifest) -> Result<(), Error> {
    let db = Db::connect_with(&config.database_url, config.sqlite_durability).await?;
    db.migrate().await?;
    let app = App::new(db, Clock::system(), config.clone());
    let recorded = app.run(&Actor::system("command-line"), RecordRestoration { manifest }).await;
    app.db.close().await?;
    recorded
}

/// Notes that the database comes from a backup.
///
/// Refused: never.
struct RecordRestoration<'a> {
    manifest: &'a Manifest,
}

impl Command for RecordRestoration<'_> {
    const VERB: Verb = Verb::RecordRestoration;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        sealer::forget_transactions(work).await?;
        let Manifest { made_at, history_length, .. } = self.manifest;
        let event = BackupEvent::Restored { made_at: *made_at, history_length: *history_length };
        Ok(audit::record(work, Subject::BANK, &event).await?)
    }
}

/// An address as it may be shown: without a password.
pub fn place(url: &str) -> String {
    let Some((start, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((person, place)) => format!("{start}://{}@{place}", person.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}

async fn into_file(target: &Path, file: &Path, identity: Option<&Path>) -> Result<Manifest, Error> {
    let work = WorkFolder::beside(target)?;
    let manifest = extract(&work, file, identity, Engine::Sqlite).await?;
    let db = open_copy(&work.database()).await?;
    let contents = Contents::read(db.read()).await;
    db.close().await?;
    manifest.contents.equals(&contents?)?;
    let failed = |cause| Error::File(target.into(), cause);
    // An empty file may be there, such as a mounted one; nothing else is.
    fs::rename(work.database(), target).map_err(failed)?;
    fs::File::open(folder_of(target)).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(manifest)
}

async fn into_server(url: &str, is_missing: bool, file: &Path, identity: Option<&Path>) -> Result<Manifest, Error> {
    let work = WorkFolder::beside(file)?;
    let manifest = extract(&work, file, identity, Engine::Postgres).await?;
    if is_missing {
        db::create_database(url).await?;
    }
    let (target, dump) = (url.to_owned(), work.database());
    blocking(move || postgres::restore(&target, &dump)).await?;
    let restored = Db::connect(url).await?;
    let contents = Contents::read(restored.read()).await;
    restored.close().await?;
    manifest.contents.equals(&contents?)?;
    Ok(manifest)
}

/// The database of a backup into a file, if this release can serve it.
async fn extract(work: &WorkFolder, file: &Path, identity: Option<&Path>, engine: Engine) -> Result<Manifest, Error> {
    let (from, to, identity) = (file.to_owned(), work.database(), identity.map(Path::to_owned));
    let manifest = blocking(move || archive::read(&from, identity.as_deref(), Some(&to))).await?;
    if manifest.engine != engine {
        return Err(Error::OtherEngine);
    }
    match db::unknown_migrations(&manifest.migrations).into_iter().next() {
        Some(step) => Err(Error::Newer(step)),
        None => Ok(manifest),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_is_shown_without_its_password() {
        assert_eq!(place("postgres://bank:s3@cret@db.example/bank"), "postgres://bank@db.example/bank");
        assert_eq!(place("postgres://db.example/bank"), "postgres://db.example/bank");
        assert_eq!(place("sqlite://bank.db"), "sqlite://bank.db");
    }
}
