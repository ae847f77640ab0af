//! What can go wrong with the outbox and with what people want to be told.

use super::letter::LetterKind;
use super::model::State;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why something about letters was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// There is no such letter.
    NoSuchLetter,
    /// Only a dead letter is put back.
    NotDead(State),
    /// The secret of its link is gone.
    SecretGone,
    /// This letter is a duty.
    Duty(LetterKind),
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
            Self::NoSuchLetter => Description::new(Kind::NotFound, Code::NotFound),
            Self::NotDead(_) | Self::SecretGone => Description::new(Kind::Conflict, Code::WrongState).at("mail"),
            Self::Duty(_) => Description::new(Kind::Conflict, Code::CannotBeSwitchedOff).at("event"),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "mail", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::NotDead(state) => say(&[("state", state.label(lang))]),
            Self::Duty(letter) => say(&[("label", letter.label(lang))]),
            _ => say(&[]),
        }
    }
}
