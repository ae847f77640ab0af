//! Why a demonstration was not made ready.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, internal, say_database};
use crate::language::Lang;
use crate::{accounts, catalogue, import, inventory, requests, shipments};
use sea_orm::DbErr;
use std::io;
use std::path::PathBuf;

/// Why a demonstration was not made ready.
#[derive(Debug, thiserror::Error)]
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
        match self {
            Self::Denied(e) => e.say(lang),
            Self::NotEmpty => lang
                .pick(
                    "Only an empty database is filled for a demonstration; this one has something in it.",
                    "시연 자료는 빈 데이터베이스에만 채울 수 있습니다. 이 데이터베이스에는 이미 내용이 있습니다.",
                )
                .into(),
            Self::NotADemo(path) => lang.pick(
                format!("{} is no demonstration; it stays as it is. Choose another folder by --data.", path.display()),
                format!(
                    "{} 파일은 시연용 데이터베이스가 아니므로 그대로 둡니다. --data로 다른 폴더를 지정해 주십시오.",
                    path.display()
                ),
            ),
            Self::InUse(path) => lang.pick(
                format!(
                    "Another demonstration is using {}; stop it or choose another folder by --data.",
                    path.display()
                ),
                format!(
                    "다른 시연이 {} 폴더를 사용하고 있습니다. 종료하거나 --data로 다른 폴더를 지정해 주십시오.",
                    path.display()
                ),
            ),
            Self::Folder(path, cause) => lang.pick(
                format!("The folder {} cannot be used: {cause}.", path.display()),
                format!("{} 폴더를 사용할 수 없습니다: {cause}.", path.display()),
            ),
            Self::Records(_) => internal(lang),
            Self::Import(e) => e.say(lang),
            Self::Account(e) => e.say(lang),
            Self::Catalogue(e) => e.say(lang),
            Self::Inventory(e) => e.say(lang),
            Self::Request(e) => e.say(lang),
            Self::Shipment(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
