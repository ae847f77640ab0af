//! What the letters say, in both languages: what changed, whose turn it is, and where to go.

mod accounts;
mod handling;
mod institutions;
mod requests;

use super::letter::Letter;
use crate::language::Lang;
use chrono::{DateTime, Utc};

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

/// Whom and where a letter is written for.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The reader's language.
    pub lang: Lang,
    /// Address of the bank.
    pub public_url: &'a str,
}

impl Context<'_> {
    /// An address under the bank's own.
    fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.public_url.trim_end_matches('/'))
    }
}

/// A name that may have a Korean form.
fn named<'a>(lang: Lang, name: &'a str, name_ko: Option<&'a str>) -> &'a str {
    lang.pick(name, name_ko.filter(|name| !name.trim().is_empty()).unwrap_or(name))
}

/// An instant in Asia/Seoul, to the minute.
fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Asia::Seoul).format("%Y-%m-%d %H:%M").to_string()
}

/// Writes a letter. Exhaustive: a new letter does not compile before it has its words.
pub(super) fn write(letter: &Letter, context: Context<'_>) -> Words {
    use Letter::*;
    match letter {
        RequestSubmitted { request } => requests::submitted(context, request),
        RequestReturned { request, comment, fields } => requests::returned(context, request, comment, *fields),
        RequestClaimed { request } => requests::claimed(context, request),
        RequestDecided { request, state } => requests::decided(context, request, *state),
        RequestWithdrawn { request } => requests::withdrawn(context, request),
        RequestMessage { request, from } => handling::message(context, request, *from),
        RequestTakenOver { request, reason } => handling::taken_over(context, request, reason),
        RequestReleased { request } => handling::released(context, request),
        LineCancelled { request, cell_line, closed, .. } => {
            handling::line_cancelled(context, request, cell_line.as_deref(), *closed)
        }
        AgreementToSign { request, agreement } => requests::to_sign(context, request, agreement),
        AgreementInForce { request, agreement } => requests::in_force(context, request, agreement),
        AgreementDeclined { request, agreement, reason } => requests::declined(context, request, agreement, reason),
        VialsReserved { request, vials, until, cell_line, .. } => {
            requests::reserved(context, request, cell_line.as_deref(), *vials, *until)
        }
        LineWaits { request, cell_line, .. } => requests::waits(context, request, cell_line.as_deref()),
        ReservationExpired { request, cell_line, .. } => requests::expired(context, request, cell_line.as_deref()),
        LineWithdrawn { request, cell_line, reason_en, reason_ko } => {
            requests::line_withdrawn(context, request, cell_line, [reason_en, reason_ko])
        }
        ShipmentDispatched { request, shipment } => requests::dispatched(context, request, shipment),
        ShipmentReceived { request, shipment } => requests::received(context, request, shipment),
        Reminder { request, days, waits_for } => requests::reminder(context, request, *days, waits_for),
        VerifyEmail { link } => accounts::verify(context, link),
        ResetPassword { link } => accounts::reset(context, link),
        Invitation { link } => accounts::invitation(context, link),
        AccountLocked { .. } => accounts::locked(context),
        AccountChanged { at, change } => accounts::changed(context, *at, change),
        EmailAlreadyRegistered {} => accounts::registered(context),
        MembershipRequested { .. } => institutions::membership_requested(context),
        MembershipDecided { state, reason, .. } => institutions::membership_decided(context, *state, reason.as_deref()),
        InstitutionRoleChanged { institution_name, institution_name_ko, role, granted, .. } => {
            let institution = named(context.lang, institution_name, institution_name_ko.as_deref());
            institutions::role_changed(context, institution, *role, *granted)
        }
        InstitutionMerged { institution_name, institution_name_ko, into_name, into_name_ko, .. } => {
            let from = named(context.lang, institution_name, institution_name_ko.as_deref());
            let into = named(context.lang, into_name, into_name_ko.as_deref());
            institutions::merged(context, from, into)
        }
        InstitutionProposed {} => institutions::proposed(context),
        InstitutionDecided { outcome } => institutions::decided(context, *outcome),
        AuditAnchor { day, sequence, hash } => institutions::anchor(context, *day, *sequence, hash),
    }
}
