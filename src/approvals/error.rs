//! What can go wrong with approvals.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::texts;
use sea_orm::DbErr;

/// Why a command on approvals was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such approval, or the caller may not see it.
    NoSuchApproval,
    /// There is no such institution.
    NoSuchInstitution,
    /// The caller belongs to no institution, or names another.
    NotYourInstitution,
    /// It has no number.
    NoNumber,
    /// A text is too long.
    TooLong {
        /// The input field.
        field: &'static str,
        /// Characters allowed.
        most: usize,
    },
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// Without a last day it would count for nothing.
    NoLastDay,
    /// Somebody saw it already.
    AlreadyVerified,
    /// The caller entered it, or it is their institution's.
    NotByYou,
    /// The same idempotency key with another input.
    Reused(#[from] Reused),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        let new = Description::new;
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchApproval => new(Kind::NotFound, Code::NotFound).at("approval"),
            Self::NoSuchInstitution => new(Kind::NotFound, Code::NotFound).at("institution"),
            Self::NotYourInstitution => new(Kind::Conflict, Code::BadValue).at("institution"),
            Self::NoNumber => new(Kind::Invalid, Code::Required).at("number"),
            Self::TooLong { field, .. } => new(Kind::Invalid, Code::TooLong).at(*field),
            Self::EndsBeforeItBegins => new(Kind::Invalid, Code::BadValue).at("validUntil"),
            Self::NoLastDay => new(Kind::Invalid, Code::Required).at("validUntil"),
            Self::AlreadyVerified => new(Kind::Conflict, Code::WrongState),
            Self::NotByYou => new(Kind::Conflict, Code::ConflictOfInterest),
            Self::Reused(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "approvals", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Reused(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::TooLong { most, .. } => say(&[("most", &most.to_string())]),
            _ => say(&[]),
        }
    }
}
