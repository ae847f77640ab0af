//! What can go wrong with signing in at a provider.

use crate::accounts;
use crate::actor::Denied;
use crate::error::{Code, Description, DomainError, Kind, describe_database, say_database};
use crate::language::Lang;
use crate::telemetry::Refusal;
use crate::texts;
use sea_orm::DbErr;

/// Why a sign-in at a provider came to nothing.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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
            Self::Proof(flaw) => texts::error(lang, "openid-proof", flaw.into(), &[]),
            _ => texts::error(lang, "openid", self.into(), &[]),
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
}
