//! What can go wrong with accounts.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency;
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
    /// Too many attempts of an address or at an account.
    TooManyAttempts {
        /// Seconds until the next one, at least 1.
        seconds: i64,
    },
    /// The password was right, and the person has a second factor.
    SecondFactorRequired,
    /// The code is not of now, or was used before.
    WrongCode,
    /// The caller has no such session.
    NoSuchSession,
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
    /// Shorter than 12 or longer than 256 characters (NIST SP 800-63B-4 asks for 15 without a second factor and 8
    /// with).
    BadPassword,
    /// What anybody would try first, or made of the person's own e-mail or name.
    ObviousPassword,
    /// The link in a letter was used, expired or never existed.
    LinkInvalid,
    /// The person has a second factor already.
    SecondFactorExists,
    /// Scopes of the bank's people need a session with a second factor.
    SecondFactorMissing,
    /// A token needs at least one scope.
    NoScope,
    /// A token lasts 1 to 365 days.
    TokenDays,
    /// There is no such person.
    NoSuchPerson,
    /// The person does not hold that role.
    NoSuchRole,
    /// Nobody closes their own account or takes their own administrator's role, and the bank keeps one administrator.
    LastAdministrator,
    /// A reason is empty or over 1,000 characters.
    BadReason,
    /// The idempotency key came before with another input.
    Key(#[from] idempotency::Reused),
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

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::Denied(e) => e.describe(),
            Self::WrongCredentials => Description::new(Kind::Invalid, Code::WrongCredentials).at("password"),
            Self::Locked { .. } => Description::new(Kind::Conflict, Code::AccountLocked).at("email"),
            Self::TooManyAttempts { .. } => Description::new(Kind::Throttled, Code::RateLimited),
            Self::SecondFactorRequired => Description::new(Kind::Invalid, Code::SecondFactorRequired).at("code"),
            Self::WrongCode => Description::new(Kind::Invalid, Code::WrongCode).at("code"),
            Self::NoSuchAccount(_)
            | Self::NoSuchToken(_)
            | Self::NoSuchInstitution
            | Self::NoSuchSession
            | Self::NoSuchPerson => Description::new(Kind::NotFound, Code::NotFound),
            Self::ObviousPassword => Description::new(Kind::Invalid, Code::BadValue).at("password"),
            Self::LinkInvalid => Description::new(Kind::Invalid, Code::LinkInvalid).at("token"),
            Self::SecondFactorExists => Description::new(Kind::Conflict, Code::WrongState),
            Self::SecondFactorMissing => Description::new(Kind::Conflict, Code::SecondFactorMissing).at("scopes"),
            Self::NoScope => Description::new(Kind::Invalid, Code::Required).at("scopes"),
            Self::TokenDays => Description::new(Kind::Invalid, Code::BadValue).at("expiresInDays"),
            Self::NoSuchRole => Description::new(Kind::Conflict, Code::WrongState).at("role"),
            Self::LastAdministrator => Description::new(Kind::Conflict, Code::LastAdministrator),
            Self::BadReason => Description::new(Kind::Invalid, Code::BadValue).at("reason"),
            Self::Key(e) => e.describe(),
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
            Self::Locked { minutes } => lang.pick(
                format!("Too many wrong passwords; try again in {minutes} minute(s)."),
                format!("비밀번호가 여러 번 잘못 입력되어 계정이 잠겼습니다. {minutes}분 후 다시 시도해 주십시오."),
            ),
            Self::TooManyAttempts { seconds } => lang.pick(
                format!("Too many attempts; try again in {seconds} second(s)."),
                format!("시도 횟수가 너무 많습니다. {seconds}초 후 다시 시도해 주십시오."),
            ),
            Self::NoSuchAccount(email) => {
                lang.pick(format!("No account has the e-mail {email}."), format!("이메일이 {email}인 계정이 없습니다."))
            }
            Self::NoSuchToken(number) => {
                lang.pick(format!("There is no token number {number}."), format!("{number}번 토큰이 없습니다."))
            }
            Self::EmailTaken(email) => lang.pick(
                format!("An account with the e-mail {email} exists already."),
                format!("이메일이 {email}인 계정이 이미 있습니다."),
            ),
            Self::BadEmail(email) => lang.pick(
                format!("'{email}' is no e-mail address; write it as name@example.org."),
                format!("'{email}' 값은 이메일 주소가 아닙니다. name@example.org 형식으로 적어 주십시오."),
            ),
            Self::Key(e) => e.say(lang),
            Self::Hashing(_) => crate::error::internal(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            fixed => fixed.sentence(lang).into(),
        }
    }
}

impl Error {
    /// The sentence of an error that always says the same.
    fn sentence(&self, lang: Lang) -> &'static str {
        let (en, ko) = match self {
            Self::WrongCredentials => (
                "E-mail or password is wrong. Nothing was done.",
                "이메일 또는 비밀번호가 올바르지 않습니다. 처리된 것은 없습니다.",
            ),
            Self::SecondFactorRequired => (
                "This account has a second factor: send the six digits of your authenticator, or a recovery code.",
                "2단계 인증을 사용하는 계정입니다. 인증 앱의 6자리 숫자 또는 복구 코드를 함께 보내 주십시오.",
            ),
            Self::WrongCode => (
                "The code is wrong or was used before; send the newest one.",
                "코드가 올바르지 않거나 이미 사용되었습니다. 새 코드를 보내 주십시오.",
            ),
            Self::BadPassword => {
                ("A password has 12 to 256 characters.", "비밀번호는 12자 이상 256자 이하여야 합니다.")
            }
            Self::ObviousPassword => (
                "Others would guess this password first; choose one that has nothing to do with your name or e-mail, \
                 such as four words that do not belong together.",
                "쉽게 추측할 수 있는 비밀번호입니다. 이름이나 이메일과 관련이 없는 비밀번호를 정해 주십시오. \
                 서로 관련 없는 단어 네 개를 이어 쓰는 것도 좋습니다.",
            ),
            Self::LinkInvalid => (
                "This link was used already or has expired; ask for a new one.",
                "이미 사용되었거나 기한이 지난 링크입니다. 새 링크를 요청해 주십시오.",
            ),
            Self::SecondFactorExists => (
                "This account has a second factor; remove it first.",
                "이미 2단계 인증을 사용하는 계정입니다. 먼저 해제해 주십시오.",
            ),
            Self::SecondFactorMissing => (
                "These scopes need a session with a second factor: set one up, or sign in with its code.",
                "이 범위의 토큰을 발급하려면 2단계 인증이 필요합니다. 2단계 인증을 등록하거나 인증 코드로 로그인해 주십시오.",
            ),
            _ => return self.sentence_on_people(lang),
        };
        lang.pick(en, ko)
    }

    fn sentence_on_people(&self, lang: Lang) -> &'static str {
        let (en, ko) = match self {
            Self::NoSuchSession => ("There is no such session.", "해당 세션을 찾을 수 없습니다."),
            Self::NoSuchInstitution => ("There is no such institution.", "해당 기관을 찾을 수 없습니다."),
            Self::NoSuchPerson => ("There is no such person.", "해당 사용자를 찾을 수 없습니다."),
            Self::NoSuchRole => ("The person does not hold this role.", "해당 사용자에게 없는 역할입니다."),
            Self::BadName => ("A name has 1 to 200 characters.", "이름은 1자 이상 200자 이하여야 합니다."),
            Self::NoScope => ("A token needs at least one scope.", "토큰의 범위를 하나 이상 지정해 주십시오."),
            Self::TokenDays => ("A token lasts 1 to 365 days.", "토큰의 유효 기간은 1일 이상 365일 이하여야 합니다."),
            Self::BadReason => {
                ("Give a reason of 1 to 1,000 characters.", "사유를 1자 이상 1,000자 이하로 적어 주십시오.")
            }
            Self::LastAdministrator => (
                "Nobody closes their own account or gives up the administrator's role, and the bank keeps at least one \
                 administrator; ask another administrator.",
                "본인의 계정을 폐쇄하거나 관리자 역할을 스스로 내려놓을 수 없으며, 관리자는 한 명 이상 있어야 합니다. \
                 다른 관리자에게 요청해 주십시오.",
            ),
            Self::GrantInstitution => (
                "A signatory needs the institution it signs for; no other role takes one.",
                "서명권자에게는 서명할 기관을 지정해야 하며 다른 역할에는 지정할 수 없습니다.",
            ),
            // Whatever is told with its particulars never comes here.
            _ => ("This was refused.", "처리할 수 없는 요청입니다."),
        };
        lang.pick(en, ko)
    }
}
