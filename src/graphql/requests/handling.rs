//! Commands on requests beside their straight way: copying an old one, changing hands at the bank, cancelling a line.

use super::inputs::{
    CopyDistributionRequestInput, DistributionRequestInput, RequestLineInput, TakeOverDistributionRequestInput,
};
use super::{DistributionRequest, RequestLine};
use crate::graphql::error::UserError;
use crate::graphql::loaders::caller;
use crate::graphql::protocol::{id, payload};
use crate::requests::commands::{CancelRequestLine, CopyRequest, ReleaseRequest, TakeOverRequest};
use async_graphql::{Context, InputType, Object, Result, SimpleObject};

payload! {
    /// What came of beginning a request with what an old one says.
    CopyDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of taking a request over.
    TakeOverDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of putting a request back on the desk.
    ReleaseDistributionRequestPayload { distribution_request: DistributionRequest }
    /// What came of cancelling a line.
    CancelRequestLinePayload { request_line: RequestLine }
}

/// Changes of requests beside their straight way.
#[derive(Default)]
pub struct HandlingMutation;

#[Object]
impl HandlingMutation {
    /// Begins a draft with the texts and the delivery of an earlier request of one's own, and with those of its lines
    /// that the bank still provides. Approvals whose last day has passed stay behind.
    async fn copy_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earlier request.")] input: CopyDistributionRequestInput,
    ) -> Result<CopyDistributionRequestPayload> {
        let caller = caller(ctx);
        let copy = || Ok(CopyRequest { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run_once(input.idempotency_key.as_deref(), &input.to_value(), copy).await?;
        Ok(CopyDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Takes a request under review over from another member of staff, who is told the reason. For staff who are not
    /// concerned by it.
    async fn take_over_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and why.")] input: TakeOverDistributionRequestInput,
    ) -> Result<TakeOverDistributionRequestPayload> {
        let caller = caller(ctx);
        let take = || {
            let request = id!(caller, input.request, RequestId, "request");
            Ok(TakeOverRequest { request, reason: input.reason })
        };
        let (row, errors) = caller.run(take).await?;
        Ok(TakeOverDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Puts a request under review back on the desk, where anybody may claim it. For the member of staff who took it.
    async fn release_distribution_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: DistributionRequestInput,
    ) -> Result<ReleaseDistributionRequestPayload> {
        let caller = caller(ctx);
        let release = || Ok(ReleaseRequest { request: id!(caller, input.request, RequestId, "request") });
        let (row, errors) = caller.run(release).await?;
        Ok(ReleaseDistributionRequestPayload { distribution_request: row.map(Into::into), errors })
    }

    /// Cancels a line of one's own request that is approved or on the waiting list. When every line has ended, the
    /// request is closed.
    async fn cancel_request_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line.")] input: RequestLineInput,
    ) -> Result<CancelRequestLinePayload> {
        let caller = caller(ctx);
        let cancel = || Ok(CancelRequestLine { line: id!(caller, input.request_line, RequestLineId, "requestLine") });
        let (row, errors) = caller.run(cancel).await?;
        Ok(CancelRequestLinePayload { request_line: row.map(Into::into), errors })
    }
}
