//! What can go wrong with shipments; most of it is what can go wrong with their request.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind};
use crate::idempotency::Reused;
use crate::language::Lang;
use crate::requests;
use crate::texts;
use sea_orm::DbErr;

/// Why a step of a shipment was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// As with requests.
    Request(#[from] requests::Error),
    /// There is no such shipment, or the caller may not see it.
    NoSuchShipment,
    /// Nothing of the request is reserved.
    NothingReserved,
    /// Not possible in this state.
    WrongState,
    /// A condition is given for a vial that is not in the shipment.
    NotInShipment {
        /// The input field.
        field: String,
    },
    /// A text is too long.
    TooLong {
        /// The input field.
        field: &'static str,
    },
}

crate::shown_in_english!(Error);

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Request(error.into())
    }
}

impl From<Denied> for Error {
    fn from(error: Denied) -> Self {
        Self::Request(error.into())
    }
}

impl From<Reused> for Error {
    fn from(error: Reused) -> Self {
        Self::Request(error.into())
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Request(e) => e.describe(),
            Self::NoSuchShipment => Description::new(Kind::NotFound, Code::NotFound),
            Self::NothingReserved => Description::new(Kind::Conflict, Code::WrongState).at("lines"),
            Self::WrongState => Description::new(Kind::Conflict, Code::WrongState),
            Self::NotInShipment { field } => Description::new(Kind::Invalid, Code::BadValue).at(field),
            Self::TooLong { field } => Description::new(Kind::Invalid, Code::TooLong).at(*field),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Request(e) => e.say(lang),
            _ => texts::error(lang, "shipments", self.into(), &[]),
        }
    }

    fn each(&self, lang: Lang) -> Vec<(Description, String)> {
        match self {
            Self::Request(e) => e.each(lang),
            own => vec![(own.describe(), own.say(lang))],
        }
    }
}
