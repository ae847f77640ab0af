//! What may be done to the database at an address, by what stands there.

use super::error::Error;
use super::restore::place;
use crate::config::Config;
use crate::db::{BankStanding, Db, Standing, copy_sqlite, sqlite_file, standing, with_end};
use std::path::PathBuf;

/// What a command does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It makes a bank where there is none, and brings it to this release.
    Make,
    /// The same, by whoever needs a bank of their own: not a demonstration.
    MakeOwn,
    /// It serves the bank, and brings it to this release first.
    Serve,
    /// It works on a bank as it is.
    Use,
    /// It works on a bank as it is, which may be a demonstration.
    Look,
}

impl Purpose {
    fn makes(self) -> bool {
        matches!(self, Self::Make | Self::MakeOwn)
    }

    fn migrates(self) -> bool {
        self.makes() || self == Self::Serve
    }

    fn takes_a_demonstration(self) -> bool {
        matches!(self, Self::Make | Self::Look)
    }
}

/// A database that was opened.
#[derive(Debug)]
pub struct Opened {
    /// It.
    pub db: Db,
    /// Where a bank was made that was not there before.
    pub made_at: Option<String>,
    /// The copy that was made before the migrations ran.
    pub copy: Option<PathBuf>,
}

/// Opens the database of the settings for a purpose; nothing is done to one that does not fit.
///
/// # Errors
/// [`Error::NoBank`], [`Error::Foreign`], [`Error::Newer`], [`Error::Pending`], [`Error::Demonstration`], or those of
/// the database.
pub async fn open(config: &Config, purpose: Purpose) -> Result<Opened, Error> {
    let url = &config.database_url;
    let bank = match standing(url).await? {
        Standing::Missing | Standing::Empty if !purpose.makes() => return Err(Error::NoBank(place(url))),
        Standing::Foreign => return Err(Error::Foreign(place(url))),
        Standing::Missing if sqlite_file(url).is_none() => return Err(Error::NoBank(place(url))),
        Standing::Missing | Standing::Empty => None,
        Standing::Bank(bank) => Some(bank),
    };
    if let Some(bank) = &bank {
        check(bank, purpose)?;
        if bank.log_is_missing {
            tracing::error!("{}", Error::LogMissing);
        }
    }
    let pending = bank.as_ref().map_or(&[][..], |bank| &bank.pending);
    let copy = match (pending.first(), sqlite_file(url)) {
        (Some(step), Some(file)) => Some(copy_before(url, with_end(&file, &format!(".before-{step}"))).await?),
        _ => None,
    };
    let db = Db::connect_with(url, config.sqlite_durability).await?;
    if purpose.migrates() {
        db.migrate().await?;
    }
    Ok(Opened { db, made_at: bank.is_none().then(|| place(url)), copy })
}

fn check(bank: &BankStanding, purpose: Purpose) -> Result<(), Error> {
    if let Some(step) = bank.unknown.first() {
        return Err(Error::Newer(step.clone()));
    }
    if bank.kind.is_demo && !purpose.takes_a_demonstration() {
        return Err(Error::Demonstration);
    }
    if !bank.pending.is_empty() && !purpose.migrates() {
        return Err(Error::Pending(bank.pending.len()));
    }
    Ok(())
}

/// Copies a file before its migrations; what a start before this one copied and did not get to use goes.
async fn copy_before(url: &str, to: PathBuf) -> Result<PathBuf, Error> {
    let unfinished = with_end(&to, &format!(".{:08x}.partial", rand::random::<u32>()));
    let copied = copy_sqlite(url, &unfinished).await;
    if copied.is_err() {
        // What is there of it is of no use to anybody.
        let _ = std::fs::remove_file(&unfinished);
    }
    copied?;
    std::fs::rename(&unfinished, &to).map_err(|cause| Error::File(to.clone(), cause))?;
    tracing::info!(copy = %to.display(), "the database was copied before its migrations");
    Ok(to)
}
