//! Verbs on requests.

use super::inputs::{
    CreateDistributionRequestInput, DecideDistributionRequestInput, Decision, DistributionRequestInput,
    FieldCommentInput, LineDecisionInput, RequestFieldsInput, RequestLineInput, ReturnDistributionRequestInput,
    UpdateDistributionRequestInput,
};
use super::{DistributionRequest, RequestLine};
use crate::actor::Permission;
use crate::db::retrying;
use crate::graphql::error::{UserError, settle, unknown_id};
use crate::graphql::loaders::{Caller, caller};
use crate::graphql::protocol::{id, key, payload};
use crate::id::{LineId, RequestLineId};
use crate::requests::model::request::FieldComment;
use crate::requests::model::request_line::Refusal;
use crate::requests::operations::{self, Draft, DraftLine, LineDecision};
use async_graphql::{Context, InputType, Object, Result, SimpleObject};

payload! {
    /// What came of beginning a request.
    CreateDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of changing a request.
    UpdateDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of handing a request in.
    SubmitDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of taking a request back.
    WithdrawDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of taking a request to work on.
    ClaimDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of sending a request back.
    ReturnDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of deciding lines of a request.
    DecideDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of setting vials aside: RESERVED, or WAITLISTED if too few are free.
    ReserveVialsPayload { request_line: RequestLine }
    /// What came of giving reserved vials back.
    ReleaseReservationPayload { request_line: RequestLine }
}

impl RequestFieldsInput {
    fn draft(self, caller: &Caller) -> Result<Draft> {
        let line = |(i, line): (usize, &super::inputs::RequestedLineInput)| match LineId::from_global(&line.cell_line) {
            Some(id) => Ok(DraftLine { cell_line: id, vials: line.vials }),
            None => Err(unknown_id(&format!("lines[{i}].cellLine"), caller.actor.lang)),
        };
        let lines = self.lines.as_ref().map(|lines| lines.iter().enumerate().map(line).collect::<Result<_>>());
        Ok(Draft {
            lines: lines.transpose()?,
            principal_investigator: self.principal_investigator,
            project_title: self.project_title,
            summary: self.summary,
            use_plan: self.use_plan,
            intended_use: self.intended_use,
            commercial: self.commercial,
            in_people: self.in_people,
            redistribution: self.redistribution,
            country: self.country,
            region: self.region,
            address: self.address,
            delivery: self.delivery,
            irb_approval_number: self.irb_approval_number,
            irb_valid_until: self.irb_valid_until.map(|day| Some(day.0)),
            irb_exemption_number: self.irb_exemption_number,
            head_approval_number: self.head_approval_number,
            lmo_facility_number: self.lmo_facility_number,
            export_approval_number: self.export_approval_number,
            clinical_plan_number: self.clinical_plan_number,
            clinical_plan_valid_until: self.clinical_plan_valid_until.map(|day| Some(day.0)),
            made_up: false,
        })
    }
}

fn decision(caller: &Caller, (i, line): (usize, &LineDecisionInput)) -> Result<LineDecision> {
    let id = RequestLineId::from_global(&line.id);
    Ok(LineDecision {
        request_line: id.ok_or_else(|| unknown_id(&format!("lines[{i}].id"), caller.actor.lang))?,
        decision: match line.decision {
            Decision::Approve => operations::Decision::Approve { vials: line.vials },
            Decision::Refuse => operations::Decision::Refuse { refusal: line.refusal.unwrap_or(Refusal::Other) },
        },
        reason: line.reason.clone(),
    })
}

/// Changes of requests.
#[derive(Default)]
pub struct RequestsMutation;

#[Object]
impl RequestsMutation {
    /// Begins a request at the caller's institution. For researchers.
    async fn create_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is known already.")] input: CreateDistributionRequestInput,
    ) -> Result<CreateDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::RequestLines)?;
        let key = key(caller, input.idempotency_key.as_deref(), &input.to_value())?;
        let draft = input.fields.draft(caller)?;
        let create = || operations::create(&caller.app, &caller.actor, draft.clone(), key.as_ref());
        let (row, errors) = settle(retrying(create).await, caller.actor.lang)?;
        Ok(CreateDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Changes a draft or a returned request of one's own.
    async fn update_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateDistributionRequestInput,
    ) -> Result<UpdateDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::RequestLines)?;
        let request = id!(caller, input.request, RequestId, "request");
        let draft = input.fields.draft(caller)?;
        let update = || operations::update(&caller.app, &caller.actor, request, draft.clone(), None);
        let (row, errors) = settle(retrying(update).await, caller.actor.lang)?;
        Ok(UpdateDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Hands a request in. It must be complete, and no requirement missing or against it.
    async fn submit_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<SubmitDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::RequestLines)?;
        let request = id!(caller, input.request, RequestId, "request");
        let submit = || operations::submit(&caller.app, &caller.actor, request);
        let (row, errors) = settle(retrying(submit).await, caller.actor.lang)?;
        Ok(SubmitDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Takes a request of one's own back before it is decided.
    async fn withdraw_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<WithdrawDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::RequestLines)?;
        let request = id!(caller, input.request, RequestId, "request");
        let withdraw = || operations::withdraw(&caller.app, &caller.actor, request);
        let (row, errors) = settle(retrying(withdraw).await, caller.actor.lang)?;
        Ok(WithdrawDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Takes a submitted request to work on. For staff who are not concerned by it.
    async fn claim_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<ClaimDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::DecideRequests)?;
        let request = id!(caller, input.request, RequestId, "request");
        let claim = || operations::claim(&caller.app, &caller.actor, request);
        let (row, errors) = settle(retrying(claim).await, caller.actor.lang)?;
        Ok(ClaimDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Sends a request back to its applicant for completion. For the member of staff who took it.
    async fn return_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and what is to be completed.")] input: ReturnDistributionRequestInput,
    ) -> Result<ReturnDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::DecideRequests)?;
        let request = id!(caller, input.request, RequestId, "request");
        let on_field = |on: FieldCommentInput| FieldComment { field: on.field, comment: on.comment };
        let fields: Vec<_> = input.field_comments.unwrap_or_default().into_iter().map(on_field).collect();
        let give_back =
            || operations::send_back(&caller.app, &caller.actor, request, input.comment.clone(), fields.clone());
        let (row, errors) = settle(retrying(give_back).await, caller.actor.lang)?;
        Ok(ReturnDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Decides lines of a request, all of those named or none. For the member of staff who took it.
    async fn decide_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decisions.")] input: DecideDistributionRequestInput,
    ) -> Result<DecideDistributionRequestPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::DecideRequests)?;
        let request = id!(caller, input.request, RequestId, "request");
        let lines: Vec<_> = input.lines.iter().enumerate().map(|line| decision(caller, line)).collect::<Result<_>>()?;
        let decide = || operations::decide(&caller.app, &caller.actor, request, lines.clone());
        let (row, errors) = settle(retrying(decide).await, caller.actor.lang)?;
        Ok(DecideDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Sets the approved vials of a line aside. With too few free vials the line waits, and nothing is set aside. For
    /// staff.
    async fn reserve_vials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line.")] input: RequestLineInput,
    ) -> Result<ReserveVialsPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::DistributeVials)?;
        let line = id!(caller, input.request_line, RequestLineId, "requestLine");
        let reserve = || operations::reserve(&caller.app, &caller.actor, line);
        let (row, errors) = settle(retrying(reserve).await, caller.actor.lang)?;
        Ok(ReserveVialsPayload { request_line: row.map(Into::into), errors })
    }

    /// Gives reserved vials back; the line is approved again. For staff.
    async fn release_reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line.")] input: RequestLineInput,
    ) -> Result<ReleaseReservationPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::DistributeVials)?;
        let line = id!(caller, input.request_line, RequestLineId, "requestLine");
        let release = || operations::release_reservation(&caller.app, &caller.actor, line);
        let (row, errors) = settle(retrying(release).await, caller.actor.lang)?;
        Ok(ReleaseReservationPayload { request_line: row.map(Into::into), errors })
    }
}
