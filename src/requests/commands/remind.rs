//! Reminding whoever's turn it is of a request that does not move.

use super::super::error::Error;
use super::super::model::reminder;
use super::super::model::request::{self, State};
use super::super::rules::reminder_due;
use super::super::steps::{bank_side, lock, notify, signers};
use crate::actor::Verb;
use crate::agreements::{queries as agreements, rules};
use crate::command::{Command, Work};
use crate::id::{PersonId, RequestId};
use crate::mail::{Letter, Waiting};
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, Set, TryInsertResult};

/// Posts the reminder of a request if one is due: of one that was handed in or is under review to the bank, of a
/// returned one to the applicant, of an agreement to the next signer. The first one comes after `reminder_days`, then
/// one a week, three at most for each time that a request stands still. The answer is whether it was due.
///
/// Refused: no such request.
#[derive(Clone, Copy, Debug)]
pub struct RemindOfRequest {
    /// The request.
    pub request: RequestId,
}

impl Command for RemindOfRequest {
    const VERB: Verb = Verb::RemindOfRequest;
    type Output = bool;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<bool, Error> {
        let request = lock(work, self.request).await?;
        let Some((since, to, waits_for)) = turn(work, &request).await? else { return Ok(false) };
        let days = (work.now() - since).num_days();
        let Some(ordinal) = reminder_due(days, work.app.config.reminder_days) else { return Ok(false) };
        let row = reminder::ActiveModel {
            request_id: Set(request.id),
            idle_since: Set(since),
            ordinal: Set(ordinal),
            reminded_at: Set(work.now()),
        };
        let reminded = reminder::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(work).await?;
        if !matches!(reminded, TryInsertResult::Inserted(1)) {
            return Ok(false);
        }
        notify(work, request.id, to, Letter::Reminder { request: request.number.clone(), days, waits_for }).await?;
        Ok(true)
    }
}

/// Since when it is whose turn, and for what.
async fn turn(
    work: &Work<'_>,
    request: &request::Model,
) -> Result<Option<(DateTime<Utc>, Vec<PersonId>, Waiting)>, Error> {
    Ok(match request.state {
        State::Submitted | State::UnderReview => {
            Some((request.state_since, bank_side(work, request).await?, Waiting::Review))
        }
        State::Returned => Some((request.state_since, vec![request.applicant_id], Waiting::Completion)),
        State::Approved => {
            let all = agreements::of_requests(work, &[request.id]).await?;
            let Some(open) = all.into_iter().find(|agreement| rules::is_open(agreement.state)) else { return Ok(None) };
            let given = agreements::given(work, &[open.id]).await?;
            let Some(party) = rules::next_party(&agreements::required(work, &[open.id]).await?, &given) else {
                return Ok(None);
            };
            let since = given.iter().map(|signature| signature.signed_at).max().unwrap_or(open.offered_at);
            Some((since, signers(work, request, party).await?, Waiting::Signature))
        }
        State::Draft | State::Rejected | State::Withdrawn | State::Closed => None,
    })
}
