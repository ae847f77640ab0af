//! What can go wrong with signing in at a provider.

use crate::accounts;
use crate::error::{Code, Description, Fault, Kind, describe_database, say_database};
use crate::language::Lang;
use sea_orm::DbErr;

/// Why a sign-in at a provider came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings have no such provider.
    NoSuchProvider,
    /// Nobody began this sign-in in this browser, it was used already, or it took more than ten minutes.
    LoginUnknown,
    /// The person said no at the provider, or the provider did.
    Declined,
    /// The provider did not answer as it should.
    Provider {
        /// The provider's name in the settings.
        id: String,
        /// What went wrong, for the log.
        cause: String,
    },
    /// No account is linked to the identity, and the provider vouches for no e-mail.
    NoVerifiedEmail,
    /// The identity is another account's, or the account has another identity of this provider.
    IdentityTaken,
    /// The only way in: without a password, the last identity stays.
    LastWayIn,
    /// No such identity of this person.
    NoSuchIdentity,
    /// The account is disabled.
    Closed,
    /// An account refused.
    Account(#[from] accounts::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

crate::shown_in_english!(Error);

impl Fault for Error {
    fn describe(&self) -> Description {
        match self {
            Self::NoSuchProvider | Self::NoSuchIdentity => Description::new(Kind::NotFound, Code::NotFound),
            Self::LoginUnknown => Description::new(Kind::Conflict, Code::WrongState),
            Self::Declined => Description::new(Kind::Conflict, Code::WrongCredentials),
            Self::Provider { .. } => Description::new(Kind::Busy, Code::ProviderFailed),
            Self::NoVerifiedEmail => Description::new(Kind::Conflict, Code::NoVerifiedEmail),
            Self::IdentityTaken => Description::new(Kind::Conflict, Code::AlreadyExists),
            Self::LastWayIn | Self::Closed => Description::new(Kind::Conflict, Code::WrongState),
            Self::Account(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoSuchProvider => lang
                .pick("There is no such sign-in provider.", "해당 로그인 제공자를 찾을 수 없습니다."),
            Self::LoginUnknown => lang.pick(
                "This sign-in was not begun in this browser, was used already, or took too long. Begin again.",
                "이 브라우저에서 시작하지 않았거나 이미 사용했거나 시간이 지난 로그인입니다. 다시 시작해 주십시오.",
            ),
            Self::Declined => lang.pick(
                "The provider did not let you in. Begin again, or sign in by password.",
                "제공자가 로그인을 허용하지 않았습니다. 다시 시작하거나 비밀번호로 로그인해 주십시오.",
            ),
            Self::Provider { .. } => lang.pick(
                "The sign-in provider did not answer as it should. Try again, or sign in by password.",
                "로그인 제공자가 올바르게 응답하지 않았습니다. 다시 시도하거나 비밀번호로 로그인해 주십시오.",
            ),
            Self::NoVerifiedEmail => lang.pick(
                "The provider vouches for no e-mail of yours, and no account is linked to this identity. Sign in by \
                 password first, then link it.",
                "제공자가 확인한 이메일이 없고 이 신원에 연결된 계정도 없습니다. 먼저 비밀번호로 로그인한 다음 연결해 주십시오.",
            ),
            Self::IdentityTaken => lang.pick(
                "This identity belongs to another account, or your account has another identity of this provider.",
                "이 신원은 다른 계정에 연결되어 있거나, 본인의 계정에 같은 제공자의 다른 신원이 연결되어 있습니다.",
            ),
            Self::LastWayIn => lang.pick(
                "This identity is the only way into your account. Set a password first.",
                "이 신원은 계정에 로그인하는 유일한 방법입니다. 먼저 비밀번호를 설정해 주십시오.",
            ),
            Self::NoSuchIdentity => {
                lang.pick("Your account has no such identity.", "계정에 해당 신원이 연결되어 있지 않습니다.")
            }
            Self::Closed => lang.pick(
                "This account is closed. Write to the bank if you think that is a mistake.",
                "사용이 중지된 계정입니다. 착오라고 생각되면 은행에 문의해 주십시오.",
            ),
            Self::Account(e) => return e.say(lang),
            Self::Db(e) => return say_database(e, lang),
        }
        .into()
    }
}
