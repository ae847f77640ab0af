//! Why an import stopped. What is wrong with single records never stops one; see [`super::Skipped`].

use super::{Looks, Summary};
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::texts;
use sea_orm::DbErr;
use std::io;

/// Why an import stopped.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The actor may not import.
    Denied(#[from] Denied),
    /// The database refused; chunks before stay, the one at hand is undone as a whole.
    Database(#[from] DbErr),
    /// Another import added the same records meanwhile; the chunk is done again.
    Overtaken,
    /// The source cannot be opened.
    Unreadable {
        /// Its name.
        source_name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The source broke off: a truncated or damaged archive. The whole records before it are in.
    Broken {
        /// Its name.
        source_name: String,
        /// The last line that could be read, counted from 1; 0 if none could.
        line: u64,
        /// What the system said.
        cause: io::Error,
        /// What was done before.
        summary: Box<Summary>,
    },
    /// The database failed on the way; chunks before stay, the one at hand is undone as a whole.
    Interrupted {
        /// What the database said.
        cause: DbErr,
        /// What was done before.
        summary: Box<Summary>,
    },
    /// Whoever watches it told it to stop; chunks before stay.
    Stopped {
        /// What was done before.
        summary: Box<Summary>,
    },
    /// The header line is none of those this import reads.
    Header {
        /// The source's name.
        source_name: String,
        /// Columns that are missing.
        missing: String,
    },
    /// No record stands in the source.
    NoRecords {
        /// The source's name.
        source_name: String,
        /// What it looks like.
        looks: Looks,
        /// What was met instead.
        summary: Box<Summary>,
    },
    /// The part that reads the source failed; a fault of ours.
    Reader(String),
}

crate::shown_in_english!(Error);

impl Error {
    /// What was done before it stopped, if it had begun.
    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Broken { summary, .. }
            | Self::Interrupted { summary, .. }
            | Self::NoRecords { summary, .. }
            | Self::Stopped { summary } => Some(summary),
            _ => None,
        }
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(denied) => denied.describe(),
            Self::Database(error) | Self::Interrupted { cause: error, .. } => describe_database(error),
            Self::Stopped { .. } => Description::new(Kind::Conflict, Code::WrongState),
            Self::Overtaken => Description::new(Kind::Busy, Code::Busy),
            Self::Unreadable { .. } | Self::Broken { .. } | Self::Header { .. } | Self::NoRecords { .. } => {
                Description::new(Kind::Invalid, Code::BadValue).at("file")
            }
            Self::Reader(_) => Description::new(Kind::Internal, Code::Internal),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "import", self.into(), arguments);
        match self {
            Self::Denied(denied) => denied.say(lang),
            Self::Database(error) => say_database(error, lang),
            Self::Reader(_) => crate::error::internal(lang),
            Self::Unreadable { source_name, cause } => say(&[("source", source_name), ("cause", &cause.to_string())]),
            Self::Broken { source_name, line, cause, .. } if cause.kind() == io::ErrorKind::UnexpectedEof => {
                let arguments = [("source", source_name.as_str()), ("line", &line.to_string())];
                texts::sentence(lang, "import-truncated", &arguments)
            }
            Self::Broken { source_name, line, cause, .. } => {
                say(&[("source", source_name), ("line", &line.to_string()), ("cause", &cause.to_string())])
            }
            Self::Header { source_name, missing } => say(&[("source", source_name), ("missing", missing)]),
            Self::NoRecords { source_name, looks, .. } => say(&[("source", source_name), ("looks", looks.say(lang))]),
            Self::Overtaken => say(&[]),
            Self::Interrupted { summary, .. } | Self::Stopped { summary } => {
                say(&[("read", &summary.read.to_string())])
            }
        }
    }
}
