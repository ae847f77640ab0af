//! What the letters say, in both languages: what changed, whose turn it is, and where to go.

mod accounts;
mod handling;
mod institutions;
mod requests;

use super::letter::Letter;
use crate::language::Lang;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// The words of one letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The subject.
    pub subject: String,
    /// What changed.
    pub changed: String,
    /// Whose turn it is, and to do what.
    pub turn: String,
    /// Where to do it.
    pub link: String,
}

/// Something the letter needs that its row does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing(pub &'static str);

/// What a letter is written from.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    /// The row's detail.
    pub detail: &'a Json,
    /// The reader's language.
    pub lang: Lang,
    /// Address of the bank.
    pub public_url: &'a str,
}

impl<'a> Facts<'a> {
    fn text(&self, key: &'static str) -> Result<&'a str, Missing> {
        self.optional(key).ok_or(Missing(key))
    }

    fn optional(&self, key: &'static str) -> Option<&'a str> {
        self.detail.get(key)?.as_str().filter(|text| !text.trim().is_empty())
    }

    fn number(&self, key: &'static str) -> Result<i64, Missing> {
        self.detail.get(key).and_then(Json::as_i64).ok_or(Missing(key))
    }

    fn flag(&self, key: &'static str) -> Result<bool, Missing> {
        self.detail.get(key).and_then(Json::as_bool).ok_or(Missing(key))
    }

    /// A name that may have a Korean form under a key of its own.
    fn name(&self, key: &'static str, key_ko: &str) -> Result<&'a str, Missing> {
        let name = self.text(key)?;
        let korean = self.detail.get(key_ko).and_then(Json::as_str).filter(|name| !name.trim().is_empty());
        Ok(self.lang.pick(name, korean.unwrap_or(name)))
    }

    /// The calendar day in Asia/Seoul of an instant.
    fn day(&self, key: &'static str) -> Result<String, Missing> {
        let at: DateTime<Utc> = self.text(key)?.parse().map_err(|_| Missing(key))?;
        Ok(crate::app::seoul_date(at).to_string())
    }

    /// An instant in Asia/Seoul, to the minute.
    fn moment(&self, key: &'static str) -> Result<String, Missing> {
        let at: DateTime<Utc> = self.text(key)?.parse().map_err(|_| Missing(key))?;
        Ok(at.with_timezone(&chrono_tz::Asia::Seoul).format("%Y-%m-%d %H:%M").to_string())
    }

    /// An address under the bank's own.
    fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url.trim_end_matches('/'))
    }
}

/// Writes a letter. Exhaustive: a new letter does not compile before it has its words.
pub(super) fn write(letter: Letter, facts: Facts<'_>) -> Result<Words, Missing> {
    match letter {
        Letter::RequestSubmitted => requests::submitted(facts),
        Letter::RequestReturned => requests::returned(facts),
        Letter::RequestClaimed => requests::claimed(facts),
        Letter::RequestDecided => requests::decided(facts),
        Letter::RequestWithdrawn => requests::withdrawn(facts),
        Letter::RequestMessage => handling::message(facts),
        Letter::RequestTakenOver => handling::taken_over(facts),
        Letter::RequestReleased => handling::released(facts),
        Letter::LineCancelled => handling::line_cancelled(facts),
        Letter::AgreementToSign => requests::to_sign(facts),
        Letter::AgreementInForce => requests::in_force(facts),
        Letter::AgreementDeclined => requests::declined(facts),
        Letter::VialsReserved => requests::reserved(facts),
        Letter::LineWaits => requests::waits(facts),
        Letter::ReservationExpired => requests::expired(facts),
        Letter::LineWithdrawn => requests::line_withdrawn(facts),
        Letter::ShipmentDispatched => requests::dispatched(facts),
        Letter::ShipmentReceived => requests::received(facts),
        Letter::Reminder => requests::reminder(facts),
        Letter::VerifyEmail => accounts::verify(facts),
        Letter::ResetPassword => accounts::reset(facts),
        Letter::Invitation => accounts::invitation(facts),
        Letter::AccountLocked => Ok(accounts::locked(facts)),
        Letter::AccountChanged => accounts::changed(facts),
        Letter::EmailAlreadyRegistered => Ok(accounts::registered(facts)),
        Letter::MembershipRequested => Ok(institutions::membership_requested(facts)),
        Letter::MembershipDecided => institutions::membership_decided(facts),
        Letter::InstitutionRoleChanged => institutions::role_changed(facts),
        Letter::InstitutionMerged => institutions::merged(facts),
        Letter::InstitutionProposed => Ok(institutions::proposed(facts)),
        Letter::InstitutionDecided => institutions::decided(facts),
        Letter::AuditAnchor => institutions::anchor(facts),
    }
}
