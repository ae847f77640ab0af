//! What can go wrong with accounts.

use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::idempotency;
use crate::language::Lang;
use crate::page;
use crate::texts;
use sea_orm::DbErr;

/// Why an account, a password or a token was refused.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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
        let say = |arguments: &[(&'static str, &str)]| texts::error(lang, "accounts", self.into(), arguments);
        match self {
            Self::Denied(e) => e.say(lang),
            Self::Key(e) => e.say(lang),
            Self::Page(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Hashing(_) => crate::error::internal(lang),
            Self::Locked { minutes } => say(&[("minutes", &minutes.to_string())]),
            Self::TooManyAttempts { seconds } => say(&[("seconds", &seconds.to_string())]),
            Self::NoSuchToken(number) => say(&[("number", &number.to_string())]),
            Self::NoSuchAccount(email) | Self::EmailTaken(email) | Self::BadEmail(email) => say(&[("email", email)]),
            _ => say(&[]),
        }
    }
}
