//! Approvals of ethics boards and others, and the verbs on them.

use super::accounts::{Institution, Person, person};
use super::error::UserError;
use super::loaders::{self, caller, load_one};
use super::protocol::{each_id, id, payload};
use super::requests::DistributionRequest;
use super::scalars::Date;
use crate::approvals::commands::{CreateApproval, VerifyApproval};
use crate::approvals::{ApprovalKind as Kind, ApprovalView};
use crate::id::{ApprovalId, InstitutionId, PersonId};
use crate::requests::commands::ChooseApprovals;
use async_graphql::{ComplexObject, Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// An approval that an institution has for a study.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Approval {
    #[graphql(skip)]
    people: [Option<PersonId>; 2],
    #[graphql(skip)]
    of: InstitutionId,
    /// Global id.
    pub id: ID,
    /// What is approved.
    kind: Kind,
    /// Its number; empty while a draft tells the last day alone.
    number: String,
    /// Who gave it; empty if nobody said.
    issuer: String,
    /// Its first day.
    valid_from: Option<Date>,
    /// Its last day.
    valid_until: Option<Date>,
    /// The study it is for; empty if nobody said.
    study: String,
    /// Entered when.
    created_at: DateTime<Utc>,
    /// When somebody at the bank saw it; null if nobody did.
    verified_at: Option<DateTime<Utc>>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<ApprovalView> for Approval {
    fn from(row: ApprovalView) -> Self {
        Self {
            people: [Some(row.created_by), row.verified_by],
            of: row.institution_id,
            id: ID(row.id.global()),
            kind: row.kind,
            number: row.number,
            issuer: row.issuer,
            valid_from: row.valid_from.map(Date),
            valid_until: row.valid_until.map(Date),
            study: row.study,
            created_at: row.created_at,
            verified_at: row.verified_at,
            made_up: row.made_up,
        }
    }
}

#[ComplexObject]
impl Approval {
    /// Whose it is.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(load_one(ctx, loaders::Institution(self.of)).await?.map(Institution::from))
    }

    /// Who entered it.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        one(ctx, self.people[0]).await
    }

    /// The member of staff who saw it.
    async fn verified_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        one(ctx, self.people[1]).await
    }
}

async fn one(ctx: &Context<'_>, id: Option<PersonId>) -> Result<Option<Person>> {
    match id {
        Some(id) => person(ctx, id).await,
        None => Ok(None),
    }
}

/// An approval to enter.
#[derive(Clone, InputObject)]
pub struct CreateApprovalInput {
    /// What is approved.
    kind: Kind,
    /// Its number, 1 to 100 characters.
    number: String,
    /// Who gave it, at most 200 characters.
    issuer: Option<String>,
    /// Its first day.
    valid_from: Option<Date>,
    /// Its last day; required of an ethics board's approval and of a clinical plan.
    valid_until: Option<Date>,
    /// Whose it is; the caller's institution unless told, and another one only by the bank's staff.
    institution: Option<ID>,
    /// The study it is for, at most 300 characters: the title of the project finds it for a request.
    study: Option<String>,
    /// A key of your choice, 1 to 200 characters: the same key with the same input again answers as the first time.
    idempotency_key: Option<String>,
}

/// An approval that was seen.
#[derive(Clone, InputObject)]
pub struct VerifyApprovalInput {
    /// The approval.
    approval: ID,
}

/// Approvals for a request that is under way.
#[derive(Clone, InputObject)]
pub struct ChooseApprovalsInput {
    /// The request.
    request: ID,
    /// All approvals that count from now on, at most 30.
    approvals: Vec<ID>,
}

payload! {
    /// What came of entering an approval.
    CreateApprovalPayload { approval: Approval }
    /// What came of verifying an approval.
    VerifyApprovalPayload { approval: Approval }
    /// What came of choosing approvals.
    ChooseApprovalsPayload { distribution_request: DistributionRequest }
}

/// Changes of approvals.
#[derive(Default)]
pub struct ApprovalsMutation;

#[Object]
impl ApprovalsMutation {
    /// Enters an approval of the caller's institution, to be chosen on requests. For researchers, and for staff.
    async fn create_approval(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The approval.")] input: CreateApprovalInput,
    ) -> Result<CreateApprovalPayload> {
        let caller = caller(ctx);
        let (sent, key) = (input.to_value(), input.idempotency_key);
        let create = || {
            let institution = match input.institution {
                Some(institution) => Some(id!(caller, institution, InstitutionId, "institution")),
                None => None,
            };
            Ok(CreateApproval {
                kind: input.kind,
                number: input.number,
                issuer: input.issuer,
                valid_from: input.valid_from.map(|day| day.0),
                valid_until: input.valid_until.map(|day| day.0),
                institution,
                study: input.study,
                made_up: false,
            })
        };
        let (row, errors) = caller.run_once(key.as_deref(), &sent, create).await?;
        Ok(CreateApprovalPayload { approval: row.map(Into::into), errors })
    }

    /// Says that somebody at the bank saw the approval itself: not who entered it. For staff.
    async fn verify_approval(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The approval.")] input: VerifyApprovalInput,
    ) -> Result<VerifyApprovalPayload> {
        let caller = caller(ctx);
        let verify = || Ok(VerifyApproval { approval: id!(caller, input.approval, ApprovalId, "approval") });
        let (row, errors) = caller.run(verify).await?;
        Ok(VerifyApprovalPayload { approval: row.map(Into::into), errors })
    }

    /// Chooses approvals on a request that is under review or approved, such as one that was renewed; new ones are
    /// verified before. For staff.
    async fn choose_approvals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and its approvals.")] input: ChooseApprovalsInput,
    ) -> Result<ChooseApprovalsPayload> {
        let caller = caller(ctx);
        let choose = || {
            let request = id!(caller, input.request, RequestId, "request");
            let approvals = each_id(&input.approvals, "approvals", caller.actor.lang, ApprovalId::from_global)?;
            Ok(ChooseApprovals { request, approvals })
        };
        let (row, errors) = caller.run(choose).await?;
        Ok(ChooseApprovalsPayload { distribution_request: row.map(Into::into), errors })
    }
}
