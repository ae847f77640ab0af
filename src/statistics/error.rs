//! What can go wrong with statistics.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why figures were not given.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// A range of years that is empty or longer than fifty years.
    Range,
    /// A year outside 1900 to 2200.
    Year,
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
            Self::Range => Description::new(Kind::Invalid, Code::BadValue).at("to"),
            Self::Year => Description::new(Kind::Invalid, Code::BadValue).at("year"),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            _ => texts::error(lang, "statistics", self.into(), &[]),
        }
    }
}
