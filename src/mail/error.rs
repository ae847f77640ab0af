//! What can go wrong with the outbox and with what people want to be told.

use super::letter::LetterKind;
use super::model::State;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use sea_orm::DbErr;

/// Why something about letters was refused.
#[derive(Debug, thiserror::Error)]
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
        match self {
            Self::Denied(e) => e.say(lang),
            Self::NoSuchLetter => lang.pick("There is no such letter.", "해당 메일을 찾을 수 없습니다.").into(),
            Self::NotDead(state) => {
                let state = state.label(lang);
                lang.pick(
                    format!("Only a letter that could not be delivered is sent again; this one is {state}."),
                    format!("발송에 실패한 메일만 다시 보낼 수 있습니다. 이 메일의 상태는 '{state}'입니다."),
                )
            }
            Self::SecretGone => lang
                .pick(
                    "The secret of this letter's link is not kept; the recipient has to ask for a new letter.",
                    "이 메일의 링크에 쓰인 비밀 값은 보관하지 않습니다. 수신인이 메일을 새로 요청해야 합니다.",
                )
                .into(),
            Self::Duty(letter) => {
                let label = letter.label(lang);
                lang.pick(
                    format!("'{label}' cannot be switched off: it asks something of you or concerns your account."),
                    format!("'{label}' 메일은 수신을 끌 수 없습니다. 처리하실 일이나 계정에 관한 메일이기 때문입니다."),
                )
            }
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
