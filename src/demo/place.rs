//! The folder of a demonstration: one SQLite file that is either whole or not there.
//!
//! A demonstration is filled beside its place and put there when it is whole, so that one that was killed leaves
//! nothing behind that looks like a bank. A file that is no demonstration is never touched.

use super::{Error, fill};
use crate::app::{App, Clock};
use crate::config::{Config, Durability};
use crate::db::{Db, database_kind_of_file, sqlite_url};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The bank.
const BANK: &str = "bank.db";
/// A bank that is being filled.
const FILLING: &str = "bank.filling.db";
/// Locked while a demonstration uses the folder; the system lets go of it however the process ends.
const LOCK: &str = "bank.lock";

/// An open demonstration.
#[derive(Debug)]
pub struct Demo {
    /// The bank.
    pub app: App,
    /// Keeps others out of the folder until it is dropped.
    _lock: File,
}

/// Opens the demonstration in a folder, and makes and fills it first if there is none, if one was not filled, or if it
/// is to start anew. `config.database_url` is replaced.
///
/// # Errors
/// [`Error::NotADemo`], [`Error::InUse`], [`Error::Folder`], or those of [`fill`].
pub async fn open(folder: &Path, reset: bool, config: Config) -> Result<Demo, Error> {
    let unusable = |cause| Error::Folder(folder.into(), cause);
    fs::create_dir_all(folder).map_err(unusable)?;
    let folder = folder.canonicalize().map_err(unusable)?;
    let lock = lock(&folder)?;
    let bank = folder.join(BANK);
    let keep = match fs::exists(&bank).map_err(unusable)? {
        true => is_filled_demo(&bank).await? && !reset,
        false => false,
    };
    if !keep {
        make(&folder, &bank, &config).await?;
    }
    let app = connect(&bank, config).await?;
    Ok(Demo { app, _lock: lock })
}

fn lock(folder: &Path) -> Result<File, Error> {
    let file = File::options().create(true).write(true).truncate(false).open(folder.join(LOCK));
    let file = file.map_err(|cause| Error::Folder(folder.into(), cause))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(folder.into())),
        Err(TryLockError::Error(cause)) => Err(Error::Folder(folder.into(), cause)),
    }
}

/// Whether a demonstration's records are all in.
async fn is_filled_demo(bank: &Path) -> Result<bool, Error> {
    match database_kind_of_file(&url(bank)?).await {
        Ok(kind) if kind.is_demo => Ok(kind.is_filled),
        _ => Err(Error::NotADemo(bank.into())),
    }
}

/// Fills a new bank beside its place, closes it so that everything is in the one file, and puts it there.
async fn make(folder: &Path, bank: &Path, config: &Config) -> Result<(), Error> {
    let unusable = |cause| Error::Folder(folder.into(), cause);
    let filling = folder.join(FILLING);
    remove(&filling).map_err(unusable)?;
    let app = connect(&filling, config.clone()).await?;
    let filled = fill(&app).await?;
    app.db.close().await?;
    remove(bank).map_err(unusable)?;
    fs::rename(&filling, bank).map_err(unusable)?;
    tracing::info!(?filled, "the demonstration is filled");
    Ok(())
}

/// Removes a database with the files that SQLite keeps beside it; a stale one would be played into its successor.
fn remove(database: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(PathBuf::from(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

async fn connect(database: &Path, mut config: Config) -> Result<App, Error> {
    config.database_url = url(database)?;
    config.demonstration = true;
    // Its records can be made again; a start that waits for the disk at each of them takes long.
    let db = Db::connect_with(&config.database_url, Durability::Normal).await?;
    db.migrate().await?;
    Ok(App::new(db, Clock::system(), config))
}

fn url(path: &Path) -> Result<String, Error> {
    sqlite_url(path).ok_or_else(|| Error::Folder(path.into(), io::ErrorKind::InvalidFilename.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_no_demonstration_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let bank = folder.path().join(BANK);
        fs::write(&bank, "a letter").unwrap();
        assert_refused(folder.path()).await;
        assert_eq!(fs::read(&bank).unwrap(), b"a letter");

        fs::remove_file(&bank).unwrap();
        let db = Db::connect(&url(&bank).unwrap()).await.unwrap();
        db.migrate().await.unwrap();
        db.close().await.unwrap();
        let before = fs::read(&bank).unwrap();
        assert_refused(folder.path()).await;
        assert_eq!(fs::read(&bank).unwrap(), before, "an empty real bank is a bank");
    }

    async fn assert_refused(folder: &Path) {
        for reset in [false, true] {
            let answer = open(folder, reset, Config::default()).await;
            assert!(matches!(answer, Err(Error::NotADemo(_))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_folder_is_used_by_one_demonstration_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let _first = lock(folder.path()).unwrap();
        assert!(matches!(lock(folder.path()), Err(Error::InUse(_))));
    }
}
