//! What can go wrong with institutions, and with who belongs to them.

use super::super::membership::model::State;
use crate::actor::Denied;
use crate::app::seoul_date;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::page;
use crate::texts;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::DbErr;

/// Why something about an institution or a membership was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such institution, or not for this caller.
    NoSuchInstitution {
        /// Path of the input field that named it.
        field: &'static str,
    },
    /// There is no such membership, or not for this caller.
    NoSuchMembership,
    /// Only an administrator of the institution or the bank's staff does this.
    NotInCharge,
    /// Nobody decides their own membership or makes themself a signatory.
    OwnMatter,
    /// Nobody verifies what they proposed.
    OwnProposal,
    /// The last administrator of an institution is removed by the bank's staff only.
    LastAdministrator,
    /// The membership is not in a state in which this is possible.
    WrongState(State),
    /// The institution is closed.
    Closed,
    /// Nobody verified the institution yet.
    Unverified,
    /// The institution was merged into another one already, or is the one to merge.
    Merged {
        /// Path of the input field that named it.
        field: &'static str,
    },
    /// An institution cannot be merged into itself.
    IntoItself,
    /// The caller has too many proposals that nobody verified yet.
    TooManyProposals,
    /// The caller asked to join this institution in vain too often.
    TooManyRequests {
        /// From then on they may ask again.
        again: DateTime<Utc>,
    },
    /// A text is missing.
    Required(&'static str),
    /// A text is too long.
    TooLong {
        /// Path of the input field.
        field: &'static str,
        /// Characters it may have.
        most: usize,
    },
    /// It is no ROR id, or its check digits are wrong.
    BadRorId(String),
    /// It is no address of a home page.
    BadWebsite(String),
    /// It is no domain, or one that anybody may have.
    BadDomain(String),
    /// Another institution has this ROR id.
    RorIdTaken,
    /// Another person proved that this ORCID iD is theirs.
    OrcidTaken,
    /// The same idempotency key with another input.
    Reused(#[from] Reused),
    /// The window of a list is wrong.
    Page(#[from] page::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        let conflict = |code| Description::new(Kind::Conflict, code);
        let invalid = |code, field: &str| Description::new(Kind::Invalid, code).at(field);
        match self {
            Self::Denied(e) => e.describe(),
            Self::NoSuchInstitution { field } => Description::new(Kind::NotFound, Code::NotFound).at(*field),
            Self::NoSuchMembership => Description::new(Kind::NotFound, Code::NotFound).at("membership"),
            Self::NotInCharge => Description::new(Kind::Forbidden, Code::Forbidden),
            Self::OwnMatter => conflict(Code::ConflictOfInterest).at("membership"),
            Self::OwnProposal => conflict(Code::ConflictOfInterest).at("institution"),
            Self::LastAdministrator | Self::WrongState(_) => conflict(Code::WrongState).at("membership"),
            Self::Closed | Self::Unverified => conflict(Code::WrongState).at("institution"),
            Self::Merged { field } => conflict(Code::WrongState).at(*field),
            Self::IntoItself => invalid(Code::BadValue, "into"),
            Self::TooManyProposals => conflict(Code::WrongState),
            Self::TooManyRequests { .. } => conflict(Code::RateLimited).at("institution"),
            Self::Required(field) => invalid(Code::Required, field),
            Self::TooLong { field, .. } => invalid(Code::TooLong, field),
            Self::BadRorId(_) => invalid(Code::BadValue, "rorId"),
            Self::BadWebsite(_) => invalid(Code::BadValue, "website"),
            Self::BadDomain(_) => invalid(Code::BadValue, "domains"),
            Self::RorIdTaken => conflict(Code::AlreadyExists).at("rorId"),
            Self::OrcidTaken => conflict(Code::AlreadyExists).at("orcid"),
            Self::Reused(e) => e.describe(),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "institutions", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Reused(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::WrongState(state) => say(&[("state", state.label(lang))]),
            Self::TooManyRequests { again } => {
                // The whole day after: whoever comes in its morning is not sent away once more.
                let day = seoul_date(*again).succ_opt().unwrap_or(NaiveDate::MAX);
                say(&[("day", &day.to_string())])
            }
            Self::Required(field) => say(&[("field", field)]),
            Self::TooLong { field, most } => say(&[("field", field), ("most", &most.to_string())]),
            Self::BadRorId(text) | Self::BadWebsite(text) | Self::BadDomain(text) => say(&[("text", text)]),
            _ => say(&[]),
        }
    }
}
