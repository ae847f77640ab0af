//! What can go wrong with signing in at a provider.

use crate::accounts;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::telemetry::Refusal;
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
    /// The person has a password and signs by it.
    HasPassword,
    /// The provider does not say that the person authenticated after they were sent there.
    Stale,
    /// Somebody else authenticated, or by an identity that the account did not have when the session began.
    OtherIdentity,
    /// It was begun in another session, or the session ended meanwhile.
    OtherSession,
    /// A proof of an authentication does not hold.
    Proof(Flaw),
    /// An account refused.
    Account(#[from] accounts::Error),
    /// The database failed.
    Db(#[from] DbErr),
}

/// Why a proof of an authentication does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The bank never gave it out, or long ago.
    Unknown,
    /// A signature was given by it already.
    Used,
    /// It was not used in time.
    Expired,
    /// It was given to somebody else, or in another session.
    OtherSession,
    /// It is for another agreement, party or text.
    OtherMatter,
    /// The e-mail beside it is not the person's.
    OtherEmail,
}

impl Flaw {
    fn sentence(self, lang: Lang) -> &'static str {
        let (en, ko) = match self {
            Self::Unknown => (
                "The bank does not know this proof; authenticate at your provider for this signature.",
                "확인할 수 없는 인증입니다. 이 서명을 위해 제공자에서 다시 인증해 주십시오.",
            ),
            Self::Used => (
                "This proof was used already; authenticate at your provider again for each signature.",
                "이미 사용된 인증입니다. 서명할 때마다 제공자에서 다시 인증해 주십시오.",
            ),
            Self::Expired => (
                "This proof has expired; authenticate at your provider again and sign within five minutes.",
                "유효 시간이 지난 인증입니다. 제공자에서 다시 인증한 후 5분 안에 서명해 주십시오.",
            ),
            Self::OtherSession => (
                "This proof belongs to another session; authenticate and sign in the same one.",
                "다른 세션에서 받은 인증입니다. 같은 세션에서 인증하고 서명해 주십시오.",
            ),
            Self::OtherMatter => (
                "This proof is for another agreement, party or text; authenticate for the one you sign.",
                "다른 협약, 당사자 또는 협약서에 대한 인증입니다. 서명할 협약에 대하여 다시 인증해 주십시오.",
            ),
            Self::OtherEmail => (
                "This e-mail is not yours; everybody signs for themselves.",
                "본인의 이메일이 아닙니다. 서명은 본인만 할 수 있습니다.",
            ),
        };
        lang.pick(en, ko)
    }
}

crate::shown_in_english!(Error);

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Account(denied.into())
    }
}

impl DomainError for Error {
    fn describe(&self) -> Description {
        match self {
            Self::NoSuchProvider | Self::NoSuchIdentity => Description::new(Kind::NotFound, Code::NotFound),
            Self::LoginUnknown => Description::new(Kind::Conflict, Code::WrongState),
            Self::Declined => Description::new(Kind::Conflict, Code::WrongCredentials),
            Self::Provider { .. } => Description::new(Kind::Busy, Code::ProviderFailed),
            Self::NoVerifiedEmail => Description::new(Kind::Conflict, Code::NoVerifiedEmail),
            Self::IdentityTaken => Description::new(Kind::Conflict, Code::AlreadyExists),
            Self::LastWayIn | Self::Closed | Self::HasPassword | Self::OtherSession => {
                Description::new(Kind::Conflict, Code::WrongState)
            }
            Self::Stale => Description::new(Kind::Conflict, Code::WrongCredentials),
            Self::OtherIdentity => Description::new(Kind::Conflict, Code::SignerMismatch),
            Self::Proof(Flaw::OtherEmail) => Description::new(Kind::Invalid, Code::SignerMismatch).at("email"),
            Self::Proof(_) => Description::new(Kind::Invalid, Code::ProofInvalid).at("proof"),
            Self::Account(e) => e.describe(),
            Self::Db(e) => describe_database(e),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Account(e) => e.say(lang),
            Self::Db(e) => say_database(e, lang),
            Self::Proof(flaw) => flaw.sentence(lang).into(),
            plain => plain.sentence(lang).into(),
        }
    }
}

impl Error {
    /// Why somebody was not let in, if that is what it says.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::LoginUnknown => Some(Refusal::UnknownLogin),
            Self::Declined => Some(Refusal::Declined),
            Self::NoVerifiedEmail => Some(Refusal::NoVerifiedEmail),
            Self::IdentityTaken => Some(Refusal::IdentityTaken),
            Self::Closed => Some(Refusal::DisabledAccount),
            Self::Stale | Self::OtherIdentity | Self::OtherSession | Self::Proof(_) => Some(Refusal::WrongProof),
            Self::NoSuchProvider
            | Self::Provider { .. }
            | Self::LastWayIn
            | Self::NoSuchIdentity
            | Self::HasPassword
            | Self::Account(_)
            | Self::Db(_) => None,
        }
    }

    /// Sentences without a value in them.
    fn sentence(&self, lang: Lang) -> &'static str {
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
            Self::HasPassword => lang.pick(
                "Your account has a password; sign by it.",
                "비밀번호가 있는 계정입니다. 비밀번호로 서명해 주십시오.",
            ),
            Self::Stale => lang.pick(
                "The provider does not say that you authenticated just now. Begin again, and authenticate when it asks you.",
                "제공자에서 방금 인증하셨음이 확인되지 않았습니다. 다시 시작하여 제공자의 인증 절차를 거쳐 주십시오.",
            ),
            Self::OtherIdentity => lang.pick(
                "This identity was not yours here when you signed in. Begin again, and authenticate by the one you sign in by.",
                "이 세션에 로그인할 때 회원님의 계정에 연결되어 있지 않던 신원입니다. 다시 시작하여 로그인에 사용하시는 신원으로 \
                 인증해 주십시오.",
            ),
            Self::OtherSession => lang.pick(
                "You are not signed in in the session in which you began. Sign in and begin again.",
                "시작하신 세션에 로그인되어 있지 않습니다. 로그인한 후 다시 시작해 주십시오.",
            ),
            // Whatever is told with its particulars never comes here.
            Self::Proof(_) | Self::Account(_) | Self::Db(_) => lang.pick("This was refused.", "처리할 수 없는 요청입니다."),
        }
    }
}
