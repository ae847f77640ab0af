//! Commands on requests.

use super::inputs::{
    CreateDistributionRequestInput, DecideDistributionRequestInput, Decision, DistributionRequestInput,
    FieldCommentInput, LineDecisionInput, RequestLineInput, ReturnDistributionRequestInput,
    UpdateDistributionRequestInput,
};
use super::{DistributionRequest, RequestLine};
use crate::graphql::error::{UserError, unknown_id};
use crate::graphql::loaders::{Caller, caller};
use crate::graphql::protocol::{id, payload};
use crate::id::RequestLineId;
use crate::requests::commands::{
    self, ClaimRequest, CreateRequest, DecideRequest, LineDecision, ReleaseReservation, ReserveVials, ReturnRequest,
    SubmitRequest, UpdateRequest, WithdrawRequest,
};
use crate::requests::{FieldComment, Refusal};
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

fn decision(caller: &Caller, (i, line): (usize, &LineDecisionInput)) -> Result<LineDecision> {
    let id = RequestLineId::from_global(&line.id);
    Ok(LineDecision {
        line: id.ok_or_else(|| unknown_id(&format!("lines[{i}].id"), caller.actor.lang))?,
        decision: match line.decision {
            Decision::Approve => commands::Decision::Approve { vials: line.vials },
            Decision::Refuse => commands::Decision::Refuse { refusal: line.refusal.unwrap_or(Refusal::Other) },
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
        let (sent, key) = (input.to_value(), input.idempotency_key);
        let create = || Ok(CreateRequest { draft: input.fields.draft(caller)? });
        let (row, errors) = caller.run_once(key.as_deref(), &sent, create).await?;
        Ok(CreateDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Changes a draft or a returned request of one's own.
    async fn update_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateDistributionRequestInput,
    ) -> Result<UpdateDistributionRequestPayload> {
        let caller = caller(ctx);
        let update = || {
            let request = id!(caller, input.request, RequestId, "request");
            Ok(UpdateRequest { request, draft: input.fields.draft(caller)?, seen: None })
        };
        let (row, errors) = caller.run(update).await?;
        Ok(UpdateDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Hands a request in. It must be complete, and no requirement missing or against it.
    async fn submit_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<SubmitDistributionRequestPayload> {
        let caller = caller(ctx);
        let submit = || Ok(SubmitRequest { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run(submit).await?;
        Ok(SubmitDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Takes a request of one's own back before it is decided.
    async fn withdraw_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<WithdrawDistributionRequestPayload> {
        let caller = caller(ctx);
        let withdraw = || Ok(WithdrawRequest { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run(withdraw).await?;
        Ok(WithdrawDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Takes a submitted request to work on. For staff who are not concerned by it.
    async fn claim_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<ClaimDistributionRequestPayload> {
        let caller = caller(ctx);
        let claim = || Ok(ClaimRequest { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run(claim).await?;
        Ok(ClaimDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Sends a request back to its applicant for completion. For the member of staff who took it.
    async fn return_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and what is to be completed.")] input: ReturnDistributionRequestInput,
    ) -> Result<ReturnDistributionRequestPayload> {
        let caller = caller(ctx);
        let give_back = || {
            let request = id!(caller, input.request, RequestId, "request");
            let on_field = |on: FieldCommentInput| FieldComment { field: on.field, comment: on.comment };
            let on_fields = input.field_comments.unwrap_or_default().into_iter().map(on_field).collect();
            Ok(ReturnRequest { request, comment: input.comment, on_fields })
        };
        let (row, errors) = caller.run(give_back).await?;
        Ok(ReturnDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Decides lines of a request, all of those named or none. For the member of staff who took it.
    async fn decide_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decisions.")] input: DecideDistributionRequestInput,
    ) -> Result<DecideDistributionRequestPayload> {
        let caller = caller(ctx);
        let decide = || {
            let request = id!(caller, input.request, RequestId, "request");
            let lines = input.lines.iter().enumerate().map(|line| decision(caller, line));
            Ok(DecideRequest { request, lines: lines.collect::<Result<_>>()? })
        };
        let (row, errors) = caller.run(decide).await?;
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
        let reserve = || Ok(ReserveVials { line: id!(caller, input.request_line, RequestLineId, "requestLine") });
        let (row, errors) = caller.run(reserve).await?;
        Ok(ReserveVialsPayload { request_line: row.map(Into::into), errors })
    }

    /// Gives reserved vials back; the line is approved again. For staff.
    async fn release_reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line.")] input: RequestLineInput,
    ) -> Result<ReleaseReservationPayload> {
        let caller = caller(ctx);
        let release = || Ok(ReleaseReservation { line: id!(caller, input.request_line, RequestLineId, "requestLine") });
        let (row, errors) = caller.run(release).await?;
        Ok(ReleaseReservationPayload { request_line: row.map(Into::into), errors })
    }
}
