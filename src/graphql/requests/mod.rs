//! Requests: what they show, and the verbs on them.

mod commands;
mod conversation;
mod handling;
mod inputs;
mod mutation;
mod query;

pub use conversation::ConversationMutation;
pub use handling::HandlingMutation;
pub use mutation::RequestsMutation;
pub use query::{RequestTotals, RequestsQuery};

use commands::CommandState;
use conversation::{FieldChange, RequestMessage, ReturnComment};

use super::accounts::{Institution, Person, person};
use super::agreements::Agreement;
use super::catalogue::CellLine;
use super::error::refuse_database;
use super::loaders::{self, caller, follow, load_one};
use super::scalars::Date;
use super::shipments::Shipment;
use crate::agreements::rules::{is_open, next_party};
use crate::id::{InstitutionId, LineId, PersonId, RequestId, RequestLineId};
use crate::requests::model::request::{self, Delivery, State, Use};
use crate::requests::model::request_line::{self, Refusal};
use crate::requests::queries;
use crate::requests::rules::{Move, TABLE};
use crate::requests::timeline::{self, Turn};
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A request for vials of one or more cell lines.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct DistributionRequest {
    #[graphql(skip)]
    request: RequestId,
    #[graphql(skip)]
    people: [Option<PersonId>; 4],
    #[graphql(skip)]
    institution: InstitutionId,
    /// Global id.
    pub id: ID,
    /// `REQ-2026-00042`.
    number: String,
    /// Where it stands.
    state: State,
    /// Since when.
    state_since: DateTime<Utc>,
    /// Begun when.
    created_at: DateTime<Utc>,
    /// First handed in when.
    submitted_at: Option<DateTime<Utc>>,
    /// Decided when.
    decided_at: Option<DateTime<Utc>>,
    /// What is to be completed.
    return_comment: Option<String>,
    /// How often it was handed in: 0 as a draft, 1 after the first submission.
    revision: i32,
    /// Title of the project.
    project_title: String,
    /// What it is about.
    summary: String,
    /// How the cells will be used.
    use_plan: String,
    /// What they are wanted for; null while the draft does not say.
    intended_use: Option<Use>,
    /// For commercial use.
    commercial: bool,
    /// In people.
    in_people: bool,
    /// To be passed on to others.
    redistribution: bool,
    /// ISO 3166-1 alpha-2 code of the destination.
    country: String,
    /// Province or metropolitan city of the delivery.
    region: String,
    /// Address of the delivery.
    address: String,
    /// Courier or pick-up.
    delivery: Delivery,
    /// Number of the ethics board's approval.
    irb_approval_number: Option<String>,
    /// Its last day.
    irb_valid_until: Option<Date>,
    /// Number of the confirmed exemption.
    irb_exemption_number: Option<String>,
    /// Number of the institution head's approval.
    head_approval_number: Option<String>,
    /// Report or permit number of the facility for living modified organisms.
    lmo_facility_number: Option<String>,
    /// Number of the export approval.
    export_approval_number: Option<String>,
    /// Number of the approved clinical plan.
    clinical_plan_number: Option<String>,
    /// Its last day.
    clinical_plan_valid_until: Option<Date>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<request::Model> for DistributionRequest {
    fn from(row: request::Model) -> Self {
        Self {
            request: row.id,
            people: [Some(row.applicant_id), Some(row.principal_investigator_id), row.handler_id, row.decider_id],
            institution: row.institution_id,
            id: ID(row.id.global()),
            number: row.number,
            state: row.state,
            state_since: row.state_since,
            created_at: row.created_at,
            submitted_at: row.submitted_at,
            decided_at: row.decided_at,
            return_comment: row.return_comment,
            revision: row.revision,
            project_title: row.project_title,
            summary: row.summary,
            use_plan: row.use_plan,
            intended_use: row.intended_use,
            commercial: row.commercial,
            in_people: row.in_people,
            redistribution: row.redistribution,
            country: row.country,
            region: row.region,
            address: row.address,
            delivery: row.delivery,
            irb_approval_number: row.irb_approval_number,
            irb_valid_until: row.irb_valid_until.map(Date),
            irb_exemption_number: row.irb_exemption_number,
            head_approval_number: row.head_approval_number,
            lmo_facility_number: row.lmo_facility_number,
            export_approval_number: row.export_approval_number,
            clinical_plan_number: row.clinical_plan_number,
            clinical_plan_valid_until: row.clinical_plan_valid_until.map(Date),
            made_up: row.made_up,
        }
    }
}

impl DistributionRequest {
    async fn person(&self, ctx: &Context<'_>, place: usize) -> Result<Option<Person>> {
        match self.people[place] {
            Some(id) => person(ctx, id).await,
            None => Ok(None),
        }
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
    line: LineId,
    /// Global id.
    pub id: ID,
    /// Where it stands.
    state: request_line::State,
    /// Vials asked for.
    vials_requested: i32,
    /// Vials approved.
    vials_approved: Option<i32>,
    /// Why it was refused.
    refusal: Option<Refusal>,
    /// The decider's words.
    decision_reason: Option<String>,
}

impl From<request_line::Model> for RequestLine {
    fn from(row: request_line::Model) -> Self {
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
