//! Vouching for institutions, closing them and opening them again.

use super::super::model::{Record, Verification};
use super::super::steps::{lock_unmerged, notify_proposer, read, set_status, shut};
use super::super::{Error, checks, policy};
use crate::accounts::institutions::events::InstitutionEvent;
use crate::accounts::model::institution::{self, Status};
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::InstitutionId;
use crate::mail::Proposal;
use chrono::NaiveDate;
use sea_orm::{DbErr, EntityTrait, Set, Unchanged};

/// Vouches for a proposed institution; from then on everybody sees it and can join it. Once more changes nothing.
///
/// Refused: no such institution, one that was merged, a closed one, or one's own proposal.
#[derive(Clone, Copy, Debug)]
pub struct VerifyInstitution {
    /// Which one.
    pub institution: InstitutionId,
}

impl Command for VerifyInstitution {
    const VERB: Verb = Verb::VerifyInstitution;
    type Output = Record;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let id = self.institution;
        let record = lock_unmerged(work, id).await?;
        if record.institution.status == Status::Closed {
            return Err(Error::Closed);
        }
        if record.verification != Verification::Proposed {
            return Ok(record);
        }
        policy::may_verify(record.proposed_by, work.actor.person_id())?;
        let verified = institution::ActiveModel {
            id: Unchanged(id),
            verification: Set(Verification::Staff),
            verified_at: Set(Some(work.now())),
            verified_by: Set(work.actor.person_id()),
            ..Default::default()
        };
        institution::Entity::update(verified).exec_without_returning(work).await?;
        let changes = Changes::of("verification", "proposed", "staff");
        record_change(work, id, InstitutionEvent::Verified { changes }).await?;
        notify_proposer(work, &record, Proposal::Verified).await?;
        read(work, id).await
    }
}

/// Closes an institution: nobody joins it any more and no list offers it; who belongs there still does. A closed
/// proposal is one that was refused. Once more changes nothing.
///
/// Refused: no such institution, one that was merged, or a reason that is missing or too long.
#[derive(Clone, Debug)]
pub struct CloseInstitution {
    /// Which one.
    pub institution: InstitutionId,
    /// Why.
    pub reason: String,
}

impl Command for CloseInstitution {
    const VERB: Verb = Verb::CloseInstitution;
    type Output = Record;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checks::reason(&self.reason).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let (id, reason) = (self.institution, checks::reason(&self.reason)?);
        let record = lock_unmerged(work, id).await?;
        if record.institution.status == Status::Closed {
            return Ok(record);
        }
        shut(work, &record).await?;
        if record.verification == Verification::Proposed {
            // Nobody vouched for it: the ROR id is free for the institution that has it.
            let without = institution::ActiveModel { id: Unchanged(id), ror_id: Set(None), ..Default::default() };
            institution::Entity::update(without).exec_without_returning(work).await?;
            notify_proposer(work, &record, Proposal::Closed).await?;
        }
        let changes = Changes::of("status", "open", "closed");
        record_change(work, id, InstitutionEvent::Closed { reason, changes }).await?;
        read(work, id).await
    }
}

/// Opens a closed institution again: it is listed and can be joined, and no import closes it. A proposal that was
/// refused waits for the bank again. Once more changes nothing.
///
/// Refused: no such institution, one that was merged, or a reason that is missing or too long.
#[derive(Clone, Debug)]
pub struct ReopenInstitution {
    /// Which one.
    pub institution: InstitutionId,
    /// Why.
    pub reason: String,
}

impl Command for ReopenInstitution {
    const VERB: Verb = Verb::ReopenInstitution;
    type Output = Record;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checks::reason(&self.reason).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Record, Error> {
        let (id, reason) = (self.institution, checks::reason(&self.reason)?);
        let record = lock_unmerged(work, id).await?;
        if record.institution.status == Status::Open {
            return Ok(record);
        }
        set_status(work, &record, Status::Open).await?;
        let changes = Changes::whole("closed", "open");
        record_change(work, id, InstitutionEvent::Reopened { reason, changes }).await?;
        read(work, id).await
    }
}

/// A step: writes an event about an institution that the public sees otherwise from now on.
async fn record_change(work: &Work<'_>, id: InstitutionId, event: InstitutionEvent) -> Result<(), DbErr> {
    work.public_changed();
    audit::record(work, id, &event).await
}
