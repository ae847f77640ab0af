//! Requests: what they show, and the verbs on them.

mod commands;
mod conversation;
mod fields;
mod handling;
mod inputs;
mod mutation;
mod query;

pub use conversation::ConversationMutation;
pub use fields::DistributionRequest;
pub use handling::HandlingMutation;
pub use mutation::RequestsMutation;
pub use query::{RequestTotals, RequestsQuery};

use commands::CommandState;
use conversation::{FieldChange, RequestMessage, ReturnComment};

use super::accounts::{Institution, Person, person};
use super::agreements::Agreement;
use super::approvals::Approval;
use super::catalogue::CellLine;
use super::error::refuse_database;
use super::loaders::{self, caller, follow, load_one};
use super::scalars::Date;
use super::shipments::Shipment;
use crate::agreements::rules::{is_open, next_party};
use crate::approvals::ApprovalKind as Kind;
use crate::id::{CellLineId, PersonId, RequestLineId};
use crate::requests::rules::{Move, TABLE};
use crate::requests::timeline::{self, Turn};
use crate::requests::{Chosen, Refusal, RequestLineState, RequestLineView, number, queries, shown};
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

impl DistributionRequest {
    async fn person(&self, ctx: &Context<'_>, place: usize) -> Result<Option<Person>> {
        match self.people[place] {
            Some(id) => person(ctx, id).await,
            None => Ok(None),
        }
    }
}

impl DistributionRequest {
    async fn chosen(&self, ctx: &Context<'_>) -> Result<Vec<Chosen>> {
        follow(ctx, loaders::ApprovalsOf(self.request)).await
    }

    async fn valid_until(&self, ctx: &Context<'_>, kind: Kind) -> Result<Option<Date>> {
        Ok(shown(&self.chosen(ctx).await?, kind).and_then(|approval| approval.valid_until).map(Date))
    }
}

#[ComplexObject]
impl DistributionRequest {
    /// Who wrote it.
    async fn applicant(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.person(ctx, 0).await
    }

    /// Who answers for the work and signs first.
    async fn principal_investigator(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.person(ctx, 1).await
    }

    /// The member of staff who took it.
    async fn handler(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.person(ctx, 2).await
    }

    /// Who decided its last line.
    async fn decider(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.person(ctx, 3).await
    }

    /// Where the vials go.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(load_one(ctx, loaders::Institution(self.institution)).await?.map(Institution::from))
    }

    /// The approvals that are chosen on it, in the order in which they were entered.
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<Approval>> {
        Ok(self.chosen(ctx).await?.into_iter().map(|chosen| chosen.approval.into()).collect())
    }

    /// Number of the ethics board's approval.
    async fn irb_approval_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::IrbApproval))
    }

    /// Its last day.
    async fn irb_valid_until(&self, ctx: &Context<'_>) -> Result<Option<Date>> {
        self.valid_until(ctx, Kind::IrbApproval).await
    }

    /// Number of the confirmed exemption.
    async fn irb_exemption_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::IrbExemption))
    }

    /// Number of the institution head's approval.
    async fn head_approval_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::HeadApproval))
    }

    /// Report or permit number of the facility for living modified organisms.
    async fn lmo_facility_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::LmoFacility))
    }

    /// Number of the export approval.
    async fn export_approval_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::ExportApproval))
    }

    /// Number of the approved clinical plan.
    async fn clinical_plan_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(number(&self.chosen(ctx).await?, Kind::ClinicalPlan))
    }

    /// Its last day.
    async fn clinical_plan_valid_until(&self, ctx: &Context<'_>) -> Result<Option<Date>> {
        self.valid_until(ctx, Kind::ClinicalPlan).await
    }

    /// The cell lines asked for.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<RequestLine>> {
        Ok(follow(ctx, loaders::LinesOf(self.request)).await?.into_iter().map(RequestLine::from).collect())
    }

    /// Its agreements, oldest first; a declined one may be followed by another.
    async fn agreements(&self, ctx: &Context<'_>) -> Result<Vec<Agreement>> {
        Ok(follow(ctx, loaders::AgreementsOf(self.request)).await?.into_iter().map(Agreement::from).collect())
    }

    /// The agreement that counts now: the newest.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<Agreement>> {
        Ok(follow(ctx, loaders::AgreementsOf(self.request)).await?.pop().map(Agreement::from))
    }

    /// Its shipments, oldest first.
    async fn shipments(&self, ctx: &Context<'_>) -> Result<Vec<Shipment>> {
        Ok(follow(ctx, loaders::ShipmentsOf(self.request)).await?.into_iter().map(Shipment::from).collect())
    }

    /// Whose turn it is.
    async fn turn(&self, ctx: &Context<'_>) -> Result<Turn> {
        let lines: Vec<_> = follow(ctx, loaders::LinesOf(self.request)).await?.iter().map(|line| line.state).collect();
        let open = follow(ctx, loaders::AgreementsOf(self.request)).await?.into_iter().find(|a| is_open(a.state));
        let next = match open {
            None => None,
            Some(agreement) => {
                let required = follow(ctx, loaders::RequiredOf(agreement.id)).await?;
                next_party(&required, &follow(ctx, loaders::SignaturesOf(agreement.id)).await?)
            }
        };
        Ok(timeline::turn(self.state, &lines, next))
    }

    /// What is to be completed field by field, as the last return said it; kept after the next submission.
    async fn return_comments(&self, ctx: &Context<'_>) -> Result<Vec<ReturnComment>> {
        let row = load_one(ctx, loaders::Request(self.request)).await?;
        Ok(row.map_or(vec![], |row| ReturnComment::of(&row, caller(ctx))))
    }

    /// What the applicant changed since the last return; empty if it never was returned.
    async fn changes_since_return(&self, ctx: &Context<'_>) -> Result<Vec<FieldChange>> {
        conversation::changes(ctx, self.request).await
    }

    /// What applicant and bank wrote to each other, oldest first.
    async fn messages(&self, ctx: &Context<'_>) -> Result<Vec<RequestMessage>> {
        Ok(follow(ctx, loaders::MessagesOf(self.request)).await?.into_iter().map(Into::into).collect())
    }

    /// What the bank noted for itself, oldest first; empty for everybody else and for those whom the request concerns.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<RequestMessage>> {
        Ok(follow(ctx, loaders::NotesOf(self.request)).await?.into_iter().map(Into::into).collect())
    }

    /// What happened, oldest first; both sides see the same.
    #[graphql(complexity = "10 + child_complexity")]
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<TimelineEntry>> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        let events = queries::timeline(caller.app.db.read(), self.request).await;
        let events = events.map_err(|error| refuse_database(&error, lang))?;
        let show = |event: crate::audit::Event| {
            let label = timeline::label(&event.action, lang)?.to_owned();
            Some(TimelineEntry { at: event.at, action: event.action, label, person: event.person_id })
        };
        Ok(events.into_iter().filter_map(show).collect())
    }

    /// Every command on it: whether the caller can give it now, and if not, why. A command for a line, a party or a
    /// shipment can be given if it can be for one of them.
    #[graphql(complexity = "20 + 14 * child_complexity")]
    async fn commands_for_viewer(&self, ctx: &Context<'_>) -> Result<Vec<CommandState>> {
        commands::for_caller(ctx, self.request).await
    }

    /// Commands that its state allows, whoever may give them.
    async fn commands(&self) -> Vec<Move> {
        TABLE.iter().filter(|row| row.2.contains(&self.state)).map(|row| row.0).collect()
    }
}

/// A step in the history of a request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TimelineEntry {
    /// When.
    at: DateTime<Utc>,
    /// Stable name of the step.
    action: String,
    /// What happened, in the caller's language.
    label: String,
    #[graphql(skip)]
    person: Option<PersonId>,
}

#[ComplexObject]
impl TimelineEntry {
    /// Who did it; null for the bank's own timers.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.person {
            Some(id) => person(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// One cell line of a request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestLine {
    #[graphql(skip)]
    request_line: RequestLineId,
    #[graphql(skip)]
    line: CellLineId,
    /// Global id.
    pub id: ID,
    /// Where it stands.
    state: RequestLineState,
    /// Vials asked for.
    vials_requested: i32,
    /// Vials approved.
    vials_approved: Option<i32>,
    /// Why it was refused.
    refusal: Option<Refusal>,
    /// The decider's words.
    decision_reason: Option<String>,
}

impl From<RequestLineView> for RequestLine {
    fn from(row: RequestLineView) -> Self {
        Self {
            request_line: row.id,
            line: row.line_id,
            id: ID(row.id.global()),
            state: row.state,
            vials_requested: row.vials_requested,
            vials_approved: row.vials_approved,
            refusal: row.refusal,
            decision_reason: row.decision_reason,
        }
    }
}

#[ComplexObject]
impl RequestLine {
    /// The cell line.
    async fn cell_line(&self, ctx: &Context<'_>) -> Result<Option<CellLine>> {
        Ok(load_one(ctx, loaders::Line(self.line)).await?.map(CellLine::from))
    }

    /// Vials set aside for it now.
    async fn vials_reserved(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(load_one(ctx, loaders::ServedOf(self.request_line)).await?.map_or(0, |served| served.1.reserved))
    }

    /// When this promise ends by itself.
    async fn reserved_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(load_one(ctx, loaders::ServedOf(self.request_line)).await?.and_then(|served| served.1.reserved_until))
    }

    /// Vials that left for it.
    async fn vials_shipped(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(load_one(ctx, loaders::ServedOf(self.request_line)).await?.map_or(0, |served| served.1.shipped))
    }

    /// Its place on the waiting list of its cell line, from 1; null if it does not wait.
    async fn waiting_place(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        Ok(load_one(ctx, loaders::WaitingPlaceOf(self.request_line)).await?.map(|place| place.1))
    }
}
