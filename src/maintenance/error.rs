//! Why a database was not opened, copied or restored.

use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::{audit, texts};
use sea_orm::DbErr;
use std::io;
use std::path::PathBuf;

/// Why a database was not opened, copied or restored.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// There is no bank at the address.
    NoBank(String),
    /// What is there is not a bank's.
    Foreign(String),
    /// A newer release was here; one of its migrations.
    Newer(String),
    /// Migrations are pending, so many, and this command runs none.
    Pending(usize),
    /// The write-ahead log that belongs to the file is gone.
    LogMissing,
    /// It is a demonstration.
    Demonstration,
    /// The file to write is there already.
    Exists(PathBuf),
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// It is no backup, or not a whole one.
    NotABackup(PathBuf),
    /// It is encrypted, and the key to it was not given.
    Encrypted,
    /// The key does not fit, or is none.
    WrongKey,
    /// A backup is to be encrypted, and no key to do so is in the settings.
    NoRecipient,
    /// The backup is of another engine than the address.
    OtherEngine,
    /// The place of a restored bank is not empty.
    NotEmpty(String),
    /// What was written is not what was read; a table or the part that differs.
    Differs(String),
    /// A program of PostgreSQL cannot be run, or failed.
    Program(&'static str, String),
    /// Its history cannot be looked through.
    History(#[from] audit::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl From<crate::actor::Denied> for Error {
    fn from(denied: crate::actor::Denied) -> Self {
        Self::History(denied.into())
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        let of = Description::new;
        match self {
            Self::NoBank(_) => of(Kind::NotFound, Code::NotFound),
            Self::Foreign(_)
            | Self::Newer(_)
            | Self::Pending(_)
            | Self::LogMissing
            | Self::Demonstration
            | Self::Exists(_)
            | Self::OtherEngine
            | Self::NotEmpty(_) => of(Kind::Conflict, Code::WrongState),
            Self::NotABackup(_) | Self::Encrypted | Self::WrongKey | Self::NoRecipient => {
                of(Kind::Invalid, Code::BadValue)
            }
            Self::File(..) | Self::Differs(_) | Self::Program(..) => of(Kind::Internal, Code::Internal),
            Self::History(error) => error.describe(),
            Self::Db(error) => describe_database(error),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "maintenance", self.into(), arguments);
        match self {
            Self::NoBank(place) | Self::Foreign(place) | Self::NotEmpty(place) => say(&[("place", place)]),
            Self::Newer(step) => say(&[("step", step)]),
            Self::Pending(count) => say(&[("count", &count.to_string())]),
            Self::Exists(path) | Self::NotABackup(path) => say(&[("file", &path.display().to_string())]),
            Self::File(path, cause) => say(&[("file", &path.display().to_string()), ("cause", &cause.to_string())]),
            Self::Differs(what) => say(&[("what", what)]),
            Self::Program(program, cause) => say(&[("program", program), ("cause", cause)]),
            Self::LogMissing
            | Self::Demonstration
            | Self::Encrypted
            | Self::WrongKey
            | Self::NoRecipient
            | Self::OtherEngine => say(&[]),
            Self::History(error) => error.say(lang),
            Self::Db(error) => say_database(error, lang),
        }
    }
}
