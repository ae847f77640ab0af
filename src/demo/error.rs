//! Why a demonstration was not made ready.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, internal, say_database};
use crate::language::Lang;
use crate::texts;
use crate::{accounts, catalogue, import, inventory, requests, shipments};
use sea_orm::DbErr;
use std::io;
use std::path::PathBuf;

/// Why a demonstration was not made ready.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is something in the database already.
    NotEmpty,
    /// The file is there and no demonstration: it stays as it is.
    NotADemo(PathBuf),
    /// Another demonstration uses the folder.
    InUse(PathBuf),
    /// The folder cannot be made or written, or its name cannot be written into an address.
    Folder(PathBuf, io::Error),
    /// The records in this program are not what the demonstration is made from; a fault of ours.
    Records(String),
    /// An import stopped.
    Import(#[from] import::Error),
    /// An account was refused.
    Account(#[from] accounts::Error),
    /// A line was refused.
    Catalogue(#[from] catalogue::Error),
    /// A lot was refused.
    Inventory(#[from] inventory::Error),
    /// A step of a request was refused.
    Request(#[from] requests::Error),
    /// A step of a shipment was refused.
    Shipment(#[from] shipments::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(e) => e.describe(),
            Self::NotEmpty | Self::NotADemo(_) | Self::InUse(_) => Description::new(Kind::Conflict, Code::WrongState),
            Self::Folder(..) => Description::new(Kind::Invalid, Code::BadValue).at("data"),
            Self::Records(_) => Description::new(Kind::Internal, Code::Internal),
            Self::Import(e) => e.describe(),
            Self::Account(e) => e.describe(),
            Self::Catalogue(e) => e.describe(),
            Self::Inventory(e) => e.describe(),
            Self::Request(e) => e.describe(),
            Self::Shipment(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "demo", self.into(), arguments);
        match self {
            Self::Import(e) => e.say(lang),
            Self::Denied(e) => e.say(lang),
            Self::Account(e) => e.say(lang),
            Self::Catalogue(e) => e.say(lang),
            Self::Inventory(e) => e.say(lang),
            Self::Request(e) => e.say(lang),
            Self::Shipment(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Records(_) => internal(lang),
            Self::NotADemo(path) | Self::InUse(path) => say(&[("path", &path.display().to_string())]),
            Self::Folder(path, cause) => say(&[("path", &path.display().to_string()), ("cause", &cause.to_string())]),
            Self::NotEmpty => say(&[]),
        }
    }
}
