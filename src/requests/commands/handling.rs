//! Handlers come and go: claiming a request, taking it over, and putting it back on the desk.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::request::{self, State};
use super::super::policy;
use super::super::rules::Move;
use super::super::steps::{check_text, lock, moved, notify, record, set_state};
use crate::accounts;
use crate::actor::{Role, Verb};
use crate::command::{Command, Work};
use crate::id::RequestId;
use crate::mail::Letter;
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, Set};

/// Takes a submitted request to work on.
///
/// Refused: no such request, a conflict of interest, or not in this state.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest {
    /// The request.
    pub request: RequestId,
}

impl Command for ClaimRequest {
    const VERB: Verb = Verb::ClaimRequest;
    type Output = request::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        policy::desks(&before, work.actor, Move::Claim)?;
        let mut row: request::ActiveModel = before.clone().into();
        row.handler_id = Set(Some(work.person()?));
        let request = set_state(work, row.update(work).await?, State::UnderReview).await?;
        record(work, request.id, RequestEvent::Claimed { changes: moved(&before, &request) }).await?;
        let letter = Letter::RequestClaimed { request: request.number.clone() };
        notify(work, request.id, [request.applicant_id], letter).await?;
        Ok(request)
    }
}

/// Takes a request under review over from whoever works on it, who is told the reason by a letter if their account is
/// open. The state and its date stay.
///
/// Refused: no such request, a conflict of interest, not in this state, one's own already, or an empty or overlong
/// reason.
#[derive(Clone, Debug)]
pub struct TakeOverRequest {
    /// The request.
    pub request: RequestId,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
}

impl Command for TakeOverRequest {
    const VERB: Verb = Verb::TakeOverRequest;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check_text("reason", &self.reason, true)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        policy::desks(&before, work.actor, Move::TakeOver)?;
        let mut row: request::ActiveModel = before.clone().into();
        row.handler_id = Set(Some(work.person()?));
        let request = row.update(work).await?;
        let reason = self.reason.trim();
        let event = RequestEvent::TakenOver { reason: reason.into(), changes: moved(&before, &request) };
        record(work, request.id, event).await?;
        let previous: Vec<_> = before.handler_id.into_iter().collect();
        let previous = accounts::queries::people(work, &previous).await?;
        let active = previous.iter().filter(|person| person.disabled_at.is_none()).map(|person| person.id);
        let letter = Letter::RequestTakenOver { request: request.number.clone(), reason: reason.into() };
        notify(work, request.id, active, letter).await?;
        Ok(request)
    }
}

/// Puts a request that the caller works on back on the desk: it is submitted again and anybody may claim it. A letter
/// tells the rest of the staff.
///
/// Refused: no such request, a conflict of interest, not in this state, or claimed by somebody else.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseRequest {
    /// The request.
    pub request: RequestId,
}

impl Command for ReleaseRequest {
    const VERB: Verb = Verb::ReleaseRequest;
    type Output = request::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let before = lock(work, self.request).await?;
        policy::desks(&before, work.actor, Move::Release)?;
        let mut row: request::ActiveModel = before.clone().into();
        row.handler_id = Set(None);
        let request = set_state(work, row.update(work).await?, State::Submitted).await?;
        record(work, request.id, RequestEvent::Released { changes: moved(&before, &request) }).await?;
        let person = work.person()?;
        let mut desk = accounts::queries::with_role(work, Role::Staff).await?;
        desk.retain(|member| *member != person);
        notify(work, request.id, desk, Letter::RequestReleased { request: request.number.clone() }).await?;
        Ok(request)
    }
}
