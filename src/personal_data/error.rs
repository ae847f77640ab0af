//! What can go wrong with giving out and erasing personal data.

use crate::accounts;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::{Lang, particle};
use crate::requests::model::request::State;
use sea_orm::DbErr;

/// Why nothing was given out or erased.
#[derive(Debug, thiserror::Error)]
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
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Account(e) => e.say(lang),
            Self::NotYou => lang
                .pick(
                    "This e-mail and password are not yours; everybody erases only their own account.",
                    "본인의 이메일과 비밀번호가 아닙니다. 본인의 계정만 삭제할 수 있습니다.",
                )
                .into(),
            Self::NotConfirmed => lang
                .pick(
                    "Read in 'viewer.erasure' what goes and what is kept, then send 'confirm: true'.",
                    "삭제되는 정보와 보관되는 정보를 viewer.erasure에서 확인한 후 confirm: true로 보내 주십시오.",
                )
                .into(),
            Self::NoSuchAccount => lang.pick("There is no such account.", "해당 계정을 찾을 수 없습니다.").into(),
            Self::OpenRequest { number, state } => Self::say_open(number, *state, lang),
            Self::Handles { number } => lang.pick(
                format!("You work on request {number}; decide it or send it back first."),
                format!(
                    "신청 {} 심사 중입니다. 먼저 심사를 결정하거나 보완을 요청해 주십시오.",
                    particle(number, "을", "를")
                ),
            ),
            Self::LastAdministrator => lang
                .pick(
                    "This is the last administrator; give the role to somebody else first.",
                    "마지막 관리자 계정입니다. 먼저 다른 사람에게 관리자 역할을 부여해 주십시오.",
                )
                .into(),
            Self::Db(e) => say_database(e, lang),
            Self::Document(_) => crate::error::internal(lang),
        }
    }
}

impl Error {
    /// What to do depends on where the request stands.
    fn say_open(number: &str, state: State, lang: Lang) -> String {
        let label = state.label(lang);
        if state == State::Approved {
            lang.pick(
                format!("Request {number} is {label}; confirm the receipt of its vials first, or ask the bank."),
                format!(
                    "신청 {} '{label}' 상태입니다. 먼저 바이알의 수령을 확인하거나 은행에 문의해 주십시오.",
                    particle(number, "이", "가")
                ),
            )
        } else {
            lang.pick(
                format!("Request {number} is {label}; withdraw it first."),
                format!("신청 {} '{label}' 상태입니다. 먼저 철회해 주십시오.", particle(number, "이", "가")),
            )
        }
    }
}
