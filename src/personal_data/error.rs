//! What can go wrong with giving out and erasing personal data.

use crate::accounts;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::requests::model::request::State;
use crate::texts;
use sea_orm::DbErr;

/// Why nothing was given out or erased.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// E-mail or password.
    Account(#[from] accounts::Error),
    /// The password was somebody else's.
    NotYou,
    /// The caller did not confirm.
    NotConfirmed,
    /// No account has this e-mail.
    NoSuchAccount,
    /// A request of theirs is under way.
    OpenRequest {
        /// Its number.
        number: String,
        /// Where it stands.
        state: State,
    },
    /// They work on a request.
    Handles {
        /// Its number.
        number: String,
    },
    /// Nobody else could administer.
    LastAdministrator,
    /// The database failed.
    Db(#[from] DbErr),
    /// The document could not be written.
    Document(#[from] serde_json::Error),
}

crate::shown_in_english!(Error);

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(e) => e.describe(),
            Self::Account(e) => e.describe(),
            Self::NotYou => Description::new(Kind::Invalid, Code::SignerMismatch).at("email"),
            Self::NotConfirmed => Description::new(Kind::Invalid, Code::Required).at("confirm"),
            Self::NoSuchAccount => Description::new(Kind::NotFound, Code::NotFound),
            Self::OpenRequest { .. } | Self::Handles { .. } | Self::LastAdministrator => {
                Description::new(Kind::Conflict, Code::WrongState)
            }
            Self::Db(e) => describe_database(e),
            Self::Document(_) => Description::new(Kind::Internal, Code::Internal),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "personal-data", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Account(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Document(_) => crate::error::internal(lang),
            Self::OpenRequest { number, state } => {
                // What to do depends on where the request stands.
                let key =
                    if *state == State::Approved { "personal-data-under-way" } else { "personal-data-open-request" };
                texts::sentence(lang, key, &[("number", number), ("state", state.label(lang))])
            }
            Self::Handles { number } => say(&[("number", number)]),
            _ => say(&[]),
        }
    }
}
