//! What can go wrong with the history.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why the history was not read, sealed or verified.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// A filter that is no id of such a thing.
    Filter {
        /// Which one.
        field: &'static str,
    },
    /// The last day is before the first.
    Days,
    /// It is no hash of a seal.
    Head,
    /// An event was sealed by a key that is not known here.
    UnknownKey {
        /// Place of the event.
        sequence: i64,
        /// What the seal says of the key.
        key: String,
    },
    /// The export could not be written.
    Write(#[from] std::io::Error),
    /// The window of a list is wrong.
    Page(#[from] page::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(e) => e.describe(),
            Self::Filter { field } => Description::new(Kind::Invalid, Code::BadValue).at(format!("where.{field}")),
            Self::Days => Description::new(Kind::Invalid, Code::BadValue).at("where.to"),
            Self::Head => Description::new(Kind::Invalid, Code::BadValue).at("head"),
            Self::UnknownKey { .. } | Self::Write(_) => Description::new(Kind::Internal, Code::Internal),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "audit", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Filter { field } => say(&[("field", field)]),
            Self::UnknownKey { sequence, key } => {
                say(&[("sequence", &sequence.to_string()), ("key", &key.to_string())])
            }
            _ => say(&[]),
        }
    }
}
