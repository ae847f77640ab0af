//! The outbox: a letter is a row written in the operation's own transaction, so that nothing is announced that did not
//! happen and nothing that happened goes unannounced. Letters are addressed to the party whose turn it is.

use crate::audit::Subject;
use crate::db::{Sql, Write};
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value as Json;

/// What a letter tells. Stored by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letter {
    /// To the bank: a request came in.
    RequestSubmitted,
    /// To the applicant: please complete it.
    RequestReturned,
    /// To the applicant: somebody works on it now.
    RequestClaimed,
    /// To the applicant: decided, line by line.
    RequestDecided,
    /// To the bank: the applicant withdrew.
    RequestWithdrawn,
    /// To the party whose signature is next.
    AgreementToSign,
    /// To applicant and bank: every signature is there.
    AgreementInForce,
    /// To the bank: the recipient does not want the agreement.
    AgreementDeclined,
    /// To the applicant: vials are set aside.
    VialsReserved,
    /// To the applicant: too little stock, the line waits.
    LineWaits,
    /// To applicant and bank: a promise ended before anything was shipped.
    ReservationExpired,
    /// To the applicant: on its way; confirm the receipt.
    ShipmentDispatched,
    /// To the bank: it arrived.
    ShipmentReceived,
    /// To administrators: the end of the history's chain on a day, to be kept; the detail has its day, sequence and hash.
    AuditAnchor,
    /// To a new person: confirm that the e-mail is yours.
    VerifyEmail,
    /// To somebody who has an account already and registered again.
    EmailAlreadyRegistered,
    /// To somebody who asked: choose a new password.
    ResetPassword,
    /// To somebody whom an administrator invites.
    Invitation,
    /// To somebody whose account is locked for a while after wrong passwords.
    AccountLocked,
    /// To the administrators of an institution, or to the bank if it has none: somebody wants to join it.
    MembershipRequested,
    /// To whoever wanted to join, or was a member: what was decided.
    MembershipDecided,
    /// To the bank: somebody proposed an institution that is to be verified.
    InstitutionProposed,
    /// To whoever proposed it: the institution is verified and can be joined, or it was closed.
    InstitutionDecided,
}

impl Letter {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestSubmitted => "request_submitted",
            Self::RequestReturned => "request_returned",
            Self::RequestClaimed => "request_claimed",
            Self::RequestDecided => "request_decided",
            Self::RequestWithdrawn => "request_withdrawn",
            Self::AgreementToSign => "agreement_to_sign",
            Self::AgreementInForce => "agreement_in_force",
            Self::AgreementDeclined => "agreement_declined",
            Self::VialsReserved => "vials_reserved",
            Self::LineWaits => "line_waits",
            Self::ReservationExpired => "reservation_expired",
            Self::ShipmentDispatched => "shipment_dispatched",
            Self::ShipmentReceived => "shipment_received",
            Self::AuditAnchor => "audit_anchor",
            Self::VerifyEmail => "verify_email",
            Self::EmailAlreadyRegistered => "email_already_registered",
            Self::ResetPassword => "reset_password",
            Self::Invitation => "invitation",
            Self::AccountLocked => "account_locked",
            Self::MembershipRequested => "membership_requested",
            Self::MembershipDecided => "membership_decided",
            Self::InstitutionProposed => "institution_proposed",
            Self::InstitutionDecided => "institution_decided",
        }
    }
}

/// A letter waiting in the outbox.
#[derive(Clone, Debug, FromQueryResult, PartialEq)]
pub struct Queued {
    /// Its place in the queue.
    pub id: i64,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter.
    pub event: String,
    /// What it needs to be written.
    pub detail: Json,
}

/// A step: puts one letter a recipient into the outbox; the same person gets it once.
///
/// # Errors
/// Those of the database.
pub async fn post(
    tx: &Write,
    at: DateTime<Utc>,
    recipients: impl IntoIterator<Item = PersonId>,
    letter: Letter,
    subject: Subject,
    detail: Json,
) -> Result<(), DbErr> {
    let mut recipients: Vec<_> = recipients.into_iter().collect();
    recipients.sort_unstable();
    recipients.dedup();
    for recipient in recipients {
        let sql = "INSERT INTO mail_message (created_at, recipient_id, event, subject_kind, subject_id, detail)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            at.into(),
            recipient.0.into(),
            letter.name().into(),
            subject.kind.into(),
            subject.id.into(),
            detail.clone().into(),
        ];
        Sql::with(sql, values).run(&**tx).await?;
    }
    Ok(())
}

/// Letters that wait, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn queued(db: &impl ConnectionTrait) -> Result<Vec<Queued>, DbErr> {
    Sql::new("SELECT id, recipient_id, event, detail FROM mail_message WHERE state = 'queued' ORDER BY id")
        .all(db)
        .await
}
