//! Beginning a request with what an earlier one says.

use super::super::error::Error;
use super::super::fields::Section;
use super::super::model::{request, request_line};
use super::super::policy::own;
use super::super::queries;
use super::super::requirements::is_provided;
use super::super::steps::lock;
use super::approvals;
use super::draft::{Draft, DraftLine, begin, find};
use crate::accounts;
use crate::actor::Verb;
use crate::catalogue;
use crate::command::{Command, Create, Work};
use crate::id::{CellLineId, InstitutionId, RequestId};

/// Begins a draft at the caller's institution with what an earlier request of their own says: its texts, its delivery,
/// and those of its lines that the bank still provides. An approval goes along unless its last day in Asia/Seoul has
/// passed. The principal investigator stays if they still belong to the institution; else it is the caller.
///
/// Refused: no such request, not one's own, or no institution.
#[derive(Clone, Copy, Debug)]
pub struct CopyRequest {
    /// The earlier request.
    pub request: RequestId,
}

impl Command for CopyRequest {
    const VERB: Verb = Verb::CopyRequest;
    type Output = request::Model;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let institution = work.actor.institution().ok_or(Error::NoInstitution)?;
        let source = lock(work, self.request).await?;
        own(&source, work.actor)?;
        let lines = queries::lines_of(work, &[source.id]).await?;
        let mut draft = Draft { made_up: source.made_up, ..Draft::again(&source, &Section::ALL) };
        let chosen = queries::chosen(work, &[source.id]).await?;
        draft.approvals = Some(approvals::again(&chosen, institution, work.today()));
        draft.lines = Some(still_provided(work, &lines).await?);
        draft.principal_investigator = investigator(work, institution, &source).await?;
        begin(work, institution, &draft, Some(source.id)).await
    }
}

impl Create for CopyRequest {
    fn made(request: &request::Model) -> i64 {
        request.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<request::Model, Error> {
        find(work, RequestId(made)).await
    }
}

async fn still_provided(work: &Work<'_>, lines: &[request_line::Model]) -> Result<Vec<DraftLine>, Error> {
    let ids: Vec<CellLineId> = lines.iter().map(|line| line.line_id).collect();
    let known = catalogue::queries::lines_by_id(work, work.actor, &ids).await?;
    let provided = |line: &&request_line::Model| known.iter().any(|k| k.id == line.line_id && is_provided(k));
    let again = |line: &request_line::Model| DraftLine { line: line.line_id, vials: line.vials_requested };
    Ok(lines.iter().filter(provided).map(again).collect())
}

/// The investigator's e-mail, if they can still answer for work at the institution.
async fn investigator(
    work: &Work<'_>,
    institution: InstitutionId,
    source: &request::Model,
) -> Result<Option<String>, Error> {
    let found = accounts::queries::people(work, &[source.principal_investigator_id]).await?.pop();
    let found = found.filter(|person| person.institution_id == Some(institution) && person.disabled_at.is_none());
    Ok(found.map(|person| person.email))
}
