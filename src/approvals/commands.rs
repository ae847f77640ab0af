//! Entering approvals and verifying them.

use super::error::Error;
use super::events::ApprovalEvent;
use super::model::approval::{self, Kind};
use super::{policy, queries};
use crate::accounts;
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::characters::one_line;
use crate::command::{Command, Create, Work};
use crate::id::{ApprovalId, InstitutionId};
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};

/// The longest number.
pub const MAX_NUMBER: usize = 100;
const MAX_ISSUER: usize = 200;
const MAX_STUDY: usize = 300;

/// Enters an approval of one's own institution, or as the bank's staff of any. Nobody has verified it then.
///
/// Refused: another institution, no number, an overlong text, days in the wrong order, or no last day where one is
/// needed.
#[derive(Clone, Debug)]
pub struct CreateApproval {
    /// What is approved.
    pub kind: Kind,
    /// Its number, 1 to [`MAX_NUMBER`] characters.
    pub number: String,
    /// Who gave it, at most 200 characters.
    pub issuer: Option<String>,
    /// Its first day.
    pub valid_from: Option<NaiveDate>,
    /// Its last day.
    pub valid_until: Option<NaiveDate>,
    /// Whose it is; the caller's institution unless told.
    pub institution: Option<InstitutionId>,
    /// The study it is for, at most 300 characters.
    pub study: Option<String>,
    /// Made up for a demonstration.
    pub made_up: bool,
}

impl Command for CreateApproval {
    const VERB: Verb = Verb::CreateApproval;
    type Output = approval::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        if one_line(&self.number).is_empty() {
            return Err(Error::NoNumber);
        }
        let texts = [
            ("number", Some(&self.number), MAX_NUMBER),
            ("issuer", self.issuer.as_ref(), MAX_ISSUER),
            ("study", self.study.as_ref(), MAX_STUDY),
        ];
        let is_long = |(_, text, most): &&(_, Option<&String>, usize)| text.is_some_and(|t| t.chars().count() > *most);
        if let Some((field, _, most)) = texts.iter().find(is_long) {
            return Err(Error::TooLong { field, most: *most });
        }
        match (self.valid_from, self.valid_until) {
            (Some(from), Some(until)) if until < from => Err(Error::EndsBeforeItBegins),
            (_, None) if self.kind.needs_last_day() => Err(Error::NoLastDay),
            _ => Ok(()),
        }
    }

    async fn apply(&self, work: &Work<'_>) -> Result<approval::Model, Error> {
        let institution = policy::institution_of(work.actor, self.institution)?;
        let known = accounts::queries::institutions_by_id(work, &[institution]).await?;
        let institution = known.first().ok_or(Error::NoSuchInstitution)?.id;
        let text = |text: &Option<String>| one_line(text.as_deref().unwrap_or_default());
        let row = approval::ActiveModel {
            kind: Set(self.kind),
            number: Set(one_line(&self.number)),
            issuer: Set(text(&self.issuer)),
            valid_from: Set(self.valid_from),
            valid_until: Set(self.valid_until),
            institution_id: Set(institution),
            study: Set(text(&self.study)),
            created_by: Set(work.person()?),
            created_at: Set(work.now()),
            typed: Set(false),
            made_up: Set(self.made_up),
            ..Default::default()
        };
        let approval = row.insert(work).await?;
        let event = ApprovalEvent::Created { kind: approval.kind, institution };
        audit::record(work, approval.id, &event).await?;
        Ok(approval)
    }
}

impl Create for CreateApproval {
    fn made(approval: &approval::Model) -> i64 {
        approval.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<approval::Model, Error> {
        approval::Entity::find_by_id(ApprovalId(made)).one(work).await?.ok_or(Error::NoSuchApproval)
    }
}

/// Says that somebody at the bank saw the approval itself.
///
/// Refused: no such approval, verified already, entered by the caller, or of the caller's institution.
#[derive(Clone, Copy, Debug)]
pub struct VerifyApproval {
    /// Which.
    pub approval: ApprovalId,
}

impl Command for VerifyApproval {
    const VERB: Verb = Verb::VerifyApproval;
    type Output = approval::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<approval::Model, Error> {
        approval::Entity::find_by_id(self.approval).lock_exclusive().one(work).await?;
        let found = queries::by_id(work, work.actor, &[self.approval]).await?.pop();
        let approval = found.ok_or(Error::NoSuchApproval)?;
        policy::verify(&approval, work.actor)?;
        let mut row: approval::ActiveModel = approval.into();
        row.verified_by = Set(Some(work.person()?));
        row.verified_at = Set(Some(work.now()));
        let approval = row.update(work).await?;
        let event = ApprovalEvent::Verified { changes: Changes::of("verified", false, true) };
        audit::record(work, approval.id, &event).await?;
        Ok(approval)
    }
}
