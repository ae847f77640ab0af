//! The agreement on a request: offered by the bank, declined by the recipient's side.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request;
use super::super::policy;
use super::super::steps::{bank_side, fingerprint, lock, notify, record};
use super::super::wording::wording;
use crate::actor::Verb;
use crate::agreements::model::agreement::{self, State};
use crate::agreements::model::signature;
use crate::agreements::{queries, steps};
use crate::audit::Changes;
use crate::command::{Command, Create, Work};
use crate::id::{AgreementId, RequestId};
use crate::mail::Letter;
use chrono::NaiveDate;
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Offers the agreement on an approved request; the principal investigator signs first.
///
/// Refused: no such request, not in this state, or an agreement that is open or in force already.
#[derive(Clone, Copy, Debug)]
pub struct OfferAgreement {
    /// The request.
    pub request: RequestId,
}

impl Command for OfferAgreement {
    const VERB: Verb = Verb::OfferAgreement;
    type Output = agreement::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<agreement::Model, Error> {
        let request = lock(work, self.request).await?;
        policy::offer(&request, &queries::of_requests(work, &[request.id]).await?)?;
        let wording = wording(work, &request).await?;
        let agreement = steps::offer(work, request.id, &wording, work.person()?).await?;
        let number = &agreement.number;
        let changes = Changes::to(&snapshot(&agreement, &[]));
        let event = RequestEvent::AgreementOffered { agreement: number.clone(), changes };
        record(work, request.id, event).await?;
        let letter = Letter::AgreementToSign { request: request.number.clone(), agreement: number.clone() };
        notify(work, request.id, [request.principal_investigator_id], letter).await?;
        Ok(agreement)
    }
}

impl Create for OfferAgreement {
    fn made(agreement: &agreement::Model) -> i64 {
        agreement.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<agreement::Model, Error> {
        agreement::Entity::find_by_id(AgreementId(made)).one(work).await?.ok_or(Error::NoSuchAgreement)
    }
}

/// What of an agreement its moves change. A reason is somebody's own words: the history keeps its fingerprint.
pub(super) fn snapshot(agreement: &agreement::Model, given: &[signature::Model]) -> serde_json::Value {
    json!({
        "state": agreement.state.to_value(),
        "signed_by": given.iter().map(|signature| signature.party.to_value()).collect::<Vec<_>>(),
        "in_force_at": agreement.in_force_at,
        "ended_reason": agreement.ended_reason.as_deref().and_then(fingerprint),
    })
}

/// Locks the request of an agreement, then reads the agreement: requests come before agreements in every command.
pub(super) async fn lock_agreement(
    work: &Work<'_>,
    id: AgreementId,
) -> Result<(request::Model, agreement::Model), Error> {
    let found = agreement::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchAgreement)?;
    let request = match lock(work, found.request_id).await {
        Err(Error::NoSuchRequest) => return Err(Error::NoSuchAgreement),
        answer => answer?,
    };
    let agreement = agreement::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchAgreement)?;
    Ok((request, agreement))
}

/// The recipient does not want the agreement; the bank may offer another.
///
/// Refused: no such agreement, not theirs to decline, not in this state, or an empty or overlong reason.
#[derive(Clone, Debug)]
pub struct DeclineAgreement {
    /// The agreement.
    pub agreement: AgreementId,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}

impl Command for DeclineAgreement {
    const VERB: Verb = Verb::DeclineAgreement;
    type Output = agreement::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Error::Required { field: "reason".into() });
        }
        if reason.chars().count() > 2_000 {
            return Err(Error::TooLong { field: "reason", most: 2_000 });
        }
        Ok(())
    }

    async fn apply(&self, work: &Work<'_>) -> Result<agreement::Model, Error> {
        let (request, agreement) = lock_agreement(work, self.agreement).await?;
        policy::decline(&request, &agreement, work.actor)?;
        let given = queries::given(work, &[agreement.id]).await?;
        let before = snapshot(&agreement, &given);
        let reason = self.reason.trim();
        let mut row: agreement::ActiveModel = agreement.into();
        row.state = Set(State::Declined);
        row.ended_reason = Set(Some(reason.into()));
        let agreement = row.update(work).await?;
        let number = &agreement.number;
        let changes = Changes::between(&before, &snapshot(&agreement, &given));
        record(work, request.id, RequestEvent::AgreementDeclined { agreement: number.clone(), changes }).await?;
        let bank = bank_side(work, &request).await?;
        let letter = Letter::AgreementDeclined {
            request: request.number.clone(),
            agreement: number.clone(),
            reason: reason.into(),
        };
        notify(work, request.id, bank, letter).await?;
        Ok(agreement)
    }
}
