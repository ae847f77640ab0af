//! Whoever's way into their account changes reads of it at once: if it was not them, they can still act.

use crate::db::Write;
use crate::id::PersonId;
use crate::mail::{self, Letter};
use crate::subject;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::{Value, json};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The password.
    Password,
    /// An identity at a provider is connected.
    IdentityLinked,
    /// A second factor is asked for from now on.
    SecondFactorOn,
    /// The owner removed the second factor.
    SecondFactorOff,
    /// An administrator removed the second factor.
    SecondFactorReset,
    /// New recovery codes; the old ones end.
    RecoveryCodes,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::IdentityLinked,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::SecondFactorReset,
        Self::RecoveryCodes,
    ];

    /// As the letter's row names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::IdentityLinked => "identity_linked",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::SecondFactorReset => "second_factor_reset",
            Self::RecoveryCodes => "recovery_codes",
        }
    }

    /// The change of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.name() == name)
    }
}

/// A step: posts the letter of a change; `more` is what it says besides, an object.
pub(super) async fn tell(
    tx: &Write,
    now: DateTime<Utc>,
    person: PersonId,
    change: Change,
    mut more: Value,
) -> Result<(), DbErr> {
    more["change"] = change.name().into();
    more["at"] = json!(now);
    mail::post(tx, now, [person], Letter::AccountChanged, subject!(PersonId, person), more).await
}
