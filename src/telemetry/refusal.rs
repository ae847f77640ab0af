//! Refusals: each is one line in the log (target `stembank::refusal`) and one more in a counter. What is said of one is
//! what kind it is, why, and at which route: never who it was, from where, or what they sent.

use super::NO_ROUTE;
use super::exposition::name;
use crate::error::{Code, Description, Kind};
use metrics::counter;
use std::sync::Arc;

tokio::task_local! {
    /// Pattern of the route of the request that this task answers.
    static ROUTE: Arc<str>;
}

/// Answers a request of a route, so that what is refused on the way can be told with it.
pub async fn on_route<T>(route: Arc<str>, answering: impl Future<Output = T>) -> T {
    ROUTE.scope(route, answering).await
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $kind:literal, $reason:literal;)*) => {
        /// Why somebody was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What kind of refusal it is.
            pub fn kind(self) -> &'static str {
                match self { $(Self::$name => $kind,)* }
            }

            /// Why, as a stable code.
            pub fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason,)* }
            }
        }
    };
}

refusals! {
    /// Neither role nor scope nor the thing itself allows it.
    NotPermitted: "forbidden", "not_permitted";
    /// The role acts only in a session with a second factor.
    SecondFactorMissing: "forbidden", "second_factor_missing";
    /// A token may not do it, only somebody who signed in.
    SessionRequired: "forbidden", "session_required";
    /// Too many attempts of an address or at an account.
    TooManyAttempts: "throttled", "too_many_attempts";
    /// A page of another site made the browser send it.
    ForeignOrigin: "foreign_form", "foreign_origin";
    /// The browser did not say which page made it send it.
    UnknownOrigin: "foreign_form", "unknown_origin";
    /// The form's token is not that of the session.
    WrongFormToken: "foreign_form", "wrong_form_token";
    /// No account has the e-mail.
    UnknownAccount: "failed_sign_in", "unknown_account";
    /// The account is closed.
    DisabledAccount: "failed_sign_in", "disabled_account";
    /// The account is locked after too many wrong passwords.
    LockedAccount: "failed_sign_in", "locked_account";
    /// The password is not the account's.
    WrongPassword: "failed_sign_in", "wrong_password";
    /// The e-mail was never verified.
    UnverifiedEmail: "failed_sign_in", "unverified_email";
    /// The code of the second factor is wrong, or was used before.
    WrongSecondFactor: "failed_sign_in", "wrong_second_factor";
    /// Nobody began this sign-in in this browser, or it took too long.
    UnknownLogin: "failed_sign_in", "unknown_login";
    /// The identity provider or the person there said no.
    Declined: "failed_sign_in", "declined_at_provider";
    /// The identity has no account, and its provider vouches for no e-mail.
    NoVerifiedEmail: "failed_sign_in", "no_verified_email";
    /// The identity belongs to somebody else.
    IdentityTaken: "failed_sign_in", "identity_taken";
    /// An authentication for a signature, or the proof of one, does not hold.
    WrongProof: "failed_sign_in", "wrong_proof";
    /// A bearer token that is nobody's.
    WrongToken: "wrong_token", "wrong_token";
    /// The link of a letter was used, expired or never existed.
    WrongLink: "wrong_link", "wrong_link";
}

/// Tells the log and the counter of a refusal.
pub fn refused(refusal: Refusal) {
    count(refusal, 1);
    let (kind, reason) = (refusal.kind(), refusal.reason());
    let log = |route: &str| tracing::warn!(target: "stembank::refusal", kind, reason, route, "refused");
    ROUTE.try_with(|route| log(route)).unwrap_or_else(|_| log(NO_ROUTE));
}

/// The same for an error that goes out, if it is one that is told of here: what somebody may not do, and too many
/// attempts. Whatever else is refused, is told where it is found.
pub fn refused_by(error: &Description) {
    match (error.kind, error.code) {
        (Kind::Forbidden, Code::SecondFactorMissing) => refused(Refusal::SecondFactorMissing),
        (Kind::Forbidden, Code::SessionRequired) => refused(Refusal::SessionRequired),
        (Kind::Forbidden, _) => refused(Refusal::NotPermitted),
        (Kind::Throttled, _) => refused(Refusal::TooManyAttempts),
        _ => {}
    }
}

fn count(refusal: Refusal, by: u64) {
    counter!(name::REFUSALS, "kind" => refusal.kind(), "reason" => refusal.reason()).increment(by);
}

pub(super) fn start_at_zero() {
    Refusal::ALL.iter().for_each(|refusal| count(*refusal, 0));
}
