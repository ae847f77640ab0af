//! What can go wrong with accounts.

use crate::actor::Denied;
use crate::error::{Code, Description, Fault, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::page;
use sea_orm::DbErr;

/// Why an account, a password or a token was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    Denied(#[from] Denied),
    /// E-mail or password is wrong, or there is no such account; which one is not told.
    WrongCredentials,
    /// Too many wrong passwords.
    Locked {
        /// Minutes that are left, at least 1.
        minutes: i64,
    },
    /// No account has this e-mail.
    NoSuchAccount(String),
    /// No token has this number.
    NoSuchToken(i64),
    /// No institution has this id.
    NoSuchInstitution,
    /// An account has this e-mail already.
    EmailTaken(String),
    /// It is no e-mail address.
    BadEmail(String),
    /// The name is empty or over 200 characters.
    BadName,
    /// Shorter than 12 or longer than 256 characters (NIST SP 800-63B-4 asks for 15 without a second factor and 8 with).
    BadPassword,
    /// A signatory needs an institution, and no other role takes one.
    GrantInstitution,
    /// The password could not be hashed.
    Hashing(argon2::password_hash::Error),
    /// The window of a list is wrong.
    Page(#[from] page::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl Fault for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(e) => e.describe(),
            Self::WrongCredentials => Description::new(Kind::Invalid, Code::WrongCredentials).at("password"),
            Self::Locked { .. } => Description::new(Kind::Conflict, Code::AccountLocked).at("email"),
            Self::NoSuchAccount(_) | Self::NoSuchToken(_) | Self::NoSuchInstitution => {
                Description::new(Kind::NotFound, Code::NotFound)
            }
            Self::EmailTaken(_) => Description::new(Kind::Conflict, Code::AlreadyExists).at("email"),
            Self::BadEmail(_) => Description::new(Kind::Invalid, Code::BadValue).at("email"),
            Self::BadName => Description::new(Kind::Invalid, Code::BadValue).at("name"),
            Self::BadPassword => Description::new(Kind::Invalid, Code::BadValue).at("password"),
            Self::GrantInstitution => Description::new(Kind::Invalid, Code::BadValue).at("role"),
            Self::Hashing(_) => Description::new(Kind::Internal, Code::Internal),
            Self::Page(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Denied(e) => e.say(lang),
            Self::WrongCredentials => lang
                .pick(
                    "E-mail or password is wrong. Nothing was done.",
                    "이메일 또는 비밀번호가 올바르지 않습니다. 처리된 것은 없습니다.",
                )
                .into(),
            Self::Locked { minutes } => lang.pick(
                format!("Too many wrong passwords; try again in {minutes} minute(s)."),
                format!("비밀번호를 여러 번 틀려 계정이 잠겼습니다. {minutes}분 후 다시 시도해 주십시오."),
            ),
            Self::NoSuchAccount(email) => {
                lang.pick(format!("No account has the e-mail {email}."), format!("이메일이 {email}인 계정이 없습니다."))
            }
            Self::NoSuchToken(number) => {
                lang.pick(format!("There is no token number {number}."), format!("{number}번 토큰이 없습니다."))
            }
            Self::NoSuchInstitution => {
                lang.pick("There is no such institution.", "해당 기관을 찾을 수 없습니다.").into()
            }
            Self::EmailTaken(email) => lang.pick(
                format!("An account with the e-mail {email} exists already."),
                format!("이메일이 {email}인 계정이 이미 있습니다."),
            ),
            Self::BadEmail(email) => lang.pick(
                format!("'{email}' is no e-mail address; write it as name@example.org."),
                format!("'{email}' 값은 이메일 주소가 아닙니다. name@example.org 형식으로 적어 주십시오."),
            ),
            Self::BadName => {
                lang.pick("A name has 1 to 200 characters.", "이름은 1자 이상 200자 이하여야 합니다.").into()
            }
            Self::BadPassword => {
                lang.pick("A password has 12 to 256 characters.", "비밀번호는 12자 이상 256자 이하여야 합니다.").into()
            }
            Self::GrantInstitution => lang
                .pick(
                    "A signatory needs the institution it signs for; no other role takes one.",
                    "서명권자에게는 서명할 기관을 지정해야 하며 다른 역할에는 지정할 수 없습니다.",
                )
                .into(),
            Self::Hashing(_) => crate::error::internal(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
        }
    }
}
