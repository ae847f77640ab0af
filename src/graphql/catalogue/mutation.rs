//! How held lines stand to the public.

use super::CellLine;
use crate::catalogue::commands::{PublishCellLine, SuspendCellLine};
use crate::catalogue::publication::Reason;
use crate::graphql::error::UserError;
use crate::graphql::loaders::caller;
use crate::graphql::protocol::{id, payload};
use crate::requests::commands::WithdrawCellLine;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

/// A line to publish.
#[derive(Clone, InputObject)]
pub struct PublishCellLineInput {
    /// The held line.
    cell_line: ID,
}

/// A line to suspend, and why.
#[derive(Clone, InputObject)]
pub struct SuspendCellLineInput {
    /// The held line.
    cell_line: ID,
    /// Why, in English, 1 to 1,000 characters; everybody reads it.
    reason_en: String,
    /// The same in Korean.
    reason_ko: String,
}

/// A line to withdraw for good, and why.
#[derive(Clone, InputObject)]
pub struct WithdrawCellLineInput {
    /// The held line.
    cell_line: ID,
    /// Why, in English, 1 to 1,000 characters; everybody reads it, and the applicants get it by letter.
    reason_en: String,
    /// The same in Korean.
    reason_ko: String,
}

payload! {
    /// What came of publishing a line.
    PublishCellLinePayload { cell_line: CellLine }
    /// What came of suspending a line.
    SuspendCellLinePayload { cell_line: CellLine }
    /// What came of withdrawing a line.
    WithdrawCellLinePayload { cell_line: CellLine }
}

/// Changes of the catalogue.
#[derive(Default)]
pub struct CatalogueMutation;

#[Object]
impl CatalogueMutation {
    /// Lets a draft or a suspended line be requested from now on. For the bank's staff.
    async fn publish_cell_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line.")] input: PublishCellLineInput,
    ) -> Result<PublishCellLinePayload> {
        let caller = caller(ctx);
        let publish = || Ok(PublishCellLine { line: id!(caller, input.cell_line, CellLineId, "cellLine") });
        let (row, errors) = caller.run(publish).await?;
        Ok(PublishCellLinePayload { cell_line: row.map(CellLine::from), errors })
    }

    /// Stops requests of a published line for a while. Its page stays and says why; open requests of it wait. For the
    /// bank's staff.
    async fn suspend_cell_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line and the reason.")] input: SuspendCellLineInput,
    ) -> Result<SuspendCellLinePayload> {
        let caller = caller(ctx);
        let suspend = || {
            let line = id!(caller, input.cell_line, CellLineId, "cellLine");
            Ok(SuspendCellLine { line, reason: Reason { en: input.reason_en, ko: input.reason_ko } })
        };
        let (row, errors) = caller.run(suspend).await?;
        Ok(SuspendCellLinePayload { cell_line: row.map(CellLine::from), errors })
    }

    /// Withdraws a line for good. Its page stays and says why; request lines of it that have not left are cancelled,
    /// their vials are put back, and the applicants are told. For the bank's staff.
    async fn withdraw_cell_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The line and the reason.")] input: WithdrawCellLineInput,
    ) -> Result<WithdrawCellLinePayload> {
        let caller = caller(ctx);
        let withdraw = || {
            let line = id!(caller, input.cell_line, CellLineId, "cellLine");
            Ok(WithdrawCellLine { line, reason: Reason { en: input.reason_en, ko: input.reason_ko } })
        };
        let (row, errors) = caller.run(withdraw).await?;
        Ok(WithdrawCellLinePayload { cell_line: row.map(CellLine::from), errors })
    }
}
