//! Approvals on a request: chosen among those of its institution, or typed into it, which makes one that nobody
//! verified.

use super::super::application::{Chosen, shown};
use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::{request, request_approval};
use super::super::steps::{lock, record};
use super::super::{policy, queries};
use super::draft::{Draft, TypedApproval};
use crate::actor::Verb;
use crate::approvals::model::approval::{self, Kind};
use crate::audit::Changes;
use crate::characters::one_line;
use crate::command::{Command, Work};
use crate::id::{ApprovalId, InstitutionId, RequestId};
use chrono::NaiveDate;
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};

/// The most approvals on one request.
pub const MAX_APPROVALS: usize = 30;

/// Chooses other approvals on a request that is under way, such as one that was renewed after the decision. For staff.
///
/// Refused: no such request, another state, a conflict of interest, no such approval of its institution, or a new one
/// that nobody verified.
#[derive(Clone, Debug)]
pub struct ChooseApprovals {
    /// The request.
    pub request: RequestId,
    /// All that count from now on, at most [`MAX_APPROVALS`].
    pub approvals: Vec<ApprovalId>,
}

impl Command for ChooseApprovals {
    const VERB: Verb = Verb::ChooseApprovals;
    type Output = request::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check(&self.approvals)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<request::Model, Error> {
        let request = lock(work, self.request).await?;
        policy::renew(&request, work.actor)?;
        let before = queries::chosen(work, &[request.id]).await?;
        let wanted = of_institution(work, &request, &self.approvals).await?;
        let mut after = vec![];
        for (i, approval) in wanted.into_iter().enumerate() {
            match before.iter().find(|chosen| chosen.approval.id == approval.id) {
                Some(kept) => after.push(kept.clone()),
                None if approval.verified_at.is_none() => {
                    return Err(Error::NotVerified { field: format!("approvals[{i}]") });
                }
                None => after.push(Chosen { request_id: request.id, typed: false, approval }),
            }
        }
        put(work, &before, &after).await?;
        let changes = Changes::of("approvals", keys(&before), keys(&after));
        record(work, request.id, RequestEvent::ApprovalsChosen { changes }).await?;
        Ok(request)
    }
}

/// Not too many.
pub(super) fn check(approvals: &[ApprovalId]) -> Result<(), Error> {
    if approvals.len() > MAX_APPROVALS { Err(Error::TooManyApprovals) } else { Ok(()) }
}

/// Keys of approvals, as the history keeps them.
pub(super) fn keys(approvals: &[Chosen]) -> Vec<i64> {
    approvals.iter().map(|chosen| chosen.approval.id.0).collect()
}

/// Writes what a draft says of approvals: first those that are chosen, then what is typed.
pub(super) async fn write(work: &Work<'_>, request: &request::Model, draft: &Draft) -> Result<(), Error> {
    if draft.approvals.is_none() && draft.typed_approvals.is_empty() {
        return Ok(());
    }
    let before = queries::chosen(work, &[request.id]).await?;
    let mut after = before.clone();
    if let Some(chosen) = &draft.approvals {
        after.retain(|one| one.typed);
        for approval in of_institution(work, request, chosen).await? {
            if !after.iter().any(|one| one.approval.id == approval.id) {
                after.push(Chosen { request_id: request.id, typed: false, approval });
            }
        }
    }
    for (kind, typed) in &draft.typed_approvals {
        type_in(work, (request, *kind), typed, &mut after).await?;
    }
    put(work, &before, &after).await
}

/// Puts what is typed in the place of what was typed of that kind before; if it takes the approval away and nothing was
/// typed, the one that is shown goes. An approval is never changed: unless it says the same, another takes its place.
async fn type_in(
    work: &Work<'_>,
    (request, kind): (&request::Model, Kind),
    typed: &TypedApproval,
    approvals: &mut Vec<Chosen>,
) -> Result<(), Error> {
    let shown = shown(approvals, kind).cloned();
    let (number, until) = shown.as_ref().map(|one| (one.number.clone(), one.valid_until)).unwrap_or_default();
    let said = (
        typed.number.as_ref().map_or_else(|| number.clone(), |number| one_line(number)),
        typed.valid_until.unwrap_or(until),
    );
    if said == (number, until) {
        return Ok(());
    }
    let shown = shown.map(|shown| shown.id);
    let is_taken_away = said.0.is_empty() && said.1.is_none();
    approvals.retain(|one| Some(one.approval.id) != shown || !(one.typed || is_taken_away));
    if is_taken_away {
        return Ok(());
    }
    let row = approval::ActiveModel {
        kind: Set(kind),
        number: Set(said.0),
        issuer: Set(String::new()),
        valid_until: Set(said.1),
        institution_id: Set(request.institution_id),
        study: Set(request.project_title.clone()),
        created_by: Set(work.person()?),
        created_at: Set(work.now()),
        typed: Set(true),
        made_up: Set(request.made_up),
        ..Default::default()
    };
    approvals.push(Chosen { request_id: request.id, typed: true, approval: row.insert(work).await? });
    Ok(())
}

/// The named approvals, which are of the request's institution.
async fn of_institution(
    work: &Work<'_>,
    request: &request::Model,
    ids: &[ApprovalId],
) -> Result<Vec<approval::Model>, Error> {
    let own = approval::Entity::find()
        .filter(approval::Column::InstitutionId.eq(request.institution_id))
        .filter(approval::Column::Id.is_in(ids.iter().copied()));
    let known = own.lock_shared().all(work).await?;
    let mut chosen: Vec<approval::Model> = vec![];
    for (i, id) in ids.iter().enumerate() {
        let found = known.iter().find(|approval| approval.id == *id);
        let found = found.ok_or_else(|| Error::NoSuchApproval { field: format!("approvals[{i}]") })?;
        if !chosen.contains(found) {
            chosen.push(found.clone());
        }
    }
    Ok(chosen)
}

/// Links these instead of those. What was typed and is on no request any more goes, unless somebody verified it.
async fn put(work: &Work<'_>, before: &[Chosen], after: &[Chosen]) -> Result<(), Error> {
    for gone in before.iter().filter(|one| !after.contains(one)) {
        request_approval::Entity::delete_by_id((gone.request_id, gone.approval.id)).exec(work).await?;
        // Whoever chooses it at this moment is waited for; what they wrote is seen after.
        approval::Entity::find_by_id(gone.approval.id).lock(LockType::NoKeyUpdate).one(work).await?;
        let chosen = Query::select().column(request_approval::Column::ApprovalId).from(request_approval::Entity).take();
        let nobodys = approval::Entity::delete_many()
            .filter(approval::Column::Id.eq(gone.approval.id))
            .filter(approval::Column::Typed.eq(true))
            .filter(approval::Column::VerifiedAt.is_null())
            .filter(approval::Column::Id.not_in_subquery(chosen));
        nobodys.exec(work).await?;
    }
    for new in after.iter().filter(|one| !before.contains(one)) {
        let link = request_approval::ActiveModel {
            request_id: Set(new.request_id),
            approval_id: Set(new.approval.id),
            typed: Set(new.typed),
        };
        request_approval::Entity::insert(link).exec_without_returning(work).await?;
    }
    Ok(())
}

/// Approvals of an earlier request to choose again: those of the same institution whose last day has not passed.
pub(super) fn again(approvals: &[Chosen], at: InstitutionId, today: NaiveDate) -> Vec<ApprovalId> {
    let all = approvals.iter().map(|chosen| &chosen.approval).filter(|one| one.institution_id == at);
    all.filter(|one| one.valid_until.is_none_or(|day| today <= day)).map(|one| one.id).collect()
}
