//! What can go wrong in the catalogue.

use super::model::cell_line::PublicationStatus;
use super::publication::LONGEST_REASON;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why a question to the catalogue or a change of it was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such line, or the caller may not see it.
    NoSuchLine,
    /// Not exactly one of accession, RRID and name was given.
    OneKey,
    /// Several lines share the name.
    Ambiguous {
        /// The name asked for.
        name: String,
        /// RRIDs (or accessions) of those lines, at most ten.
        candidates: Vec<String>,
    },
    /// The line is held already.
    AlreadyHeld(String),
    /// Another line has the accession.
    AccessionTaken(String),
    /// There is no such line among the bank's own.
    NoSuchHeldLine,
    /// It cannot go from how it stands to the public to that.
    WrongStatus {
        /// How it stands.
        from: PublicationStatus,
        /// What was asked for.
        to: PublicationStatus,
    },
    /// A reason without words, in one of the languages.
    NoReason {
        /// The input field.
        field: &'static str,
    },
    /// A reason that is longer than [`LONGEST_REASON`] characters.
    ReasonTooLong {
        /// The input field.
        field: &'static str,
    },
    /// A filter names a disease that is not there.
    NoSuchDisease(String),
    /// What was typed is longer than 200 characters.
    SearchTooLong,
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
            Self::NoSuchLine => Description::new(Kind::NotFound, Code::NotFound),
            Self::OneKey => Description::new(Kind::Invalid, Code::Required),
            Self::Ambiguous { .. } => Description::new(Kind::Invalid, Code::AmbiguousName).at("name"),
            Self::AlreadyHeld(_) => Description::new(Kind::Conflict, Code::WrongState),
            Self::AccessionTaken(_) => Description::new(Kind::Conflict, Code::AlreadyExists).at("accession"),
            Self::NoSuchHeldLine => Description::new(Kind::NotFound, Code::NotFound),
            Self::WrongStatus { .. } => Description::new(Kind::Conflict, Code::WrongState),
            Self::NoReason { field } => Description::new(Kind::Invalid, Code::Required).at(*field),
            Self::ReasonTooLong { field } => Description::new(Kind::Invalid, Code::TooLong).at(*field),
            Self::NoSuchDisease(_) => Description::new(Kind::Invalid, Code::BadValue).at("where.disease"),
            Self::SearchTooLong => Description::new(Kind::Invalid, Code::TooLong).at("search"),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "catalogue", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Ambiguous { name, candidates } => say(&[("name", name), ("list", &candidates.join(", "))]),
            Self::AlreadyHeld(accession) | Self::AccessionTaken(accession) => say(&[("accession", accession)]),
            Self::WrongStatus { from: PublicationStatus::Withdrawn, .. } => {
                texts::sentence(lang, "catalogue-stays-withdrawn", &[])
            }
            Self::WrongStatus { from, to } => {
                let word =
                    |status: PublicationStatus| lang.pick(status.label(lang).to_lowercase(), status.label(lang).into());
                say(&[("from", &word(*from)), ("to", &word(*to))])
            }
            Self::ReasonTooLong { .. } => say(&[("most", &LONGEST_REASON.to_string())]),
            Self::NoSuchDisease(id) => say(&[("id", id)]),
            _ => say(&[]),
        }
    }
}
