//! Verbs on institutions and memberships.

use super::inputs::{
    CloseInstitutionInput, DecideMembershipInput, JoinInstitutionInput, LeaveInstitutionInput, MergeInstitutionsInput,
    ProposeInstitutionInput, ReopenInstitutionInput, SetInstitutionRoleInput, UpdateInstitutionInput,
    VerifyInstitutionInput,
};
use super::{Institution, InstitutionMembership};
use crate::accounts::institutions::commands::{
    Change, CloseInstitution, ProposeInstitution, ReopenInstitution, UpdateInstitution, VerifyInstitution,
};
use crate::accounts::institutions::merge::MergeInstitutions;
use crate::accounts::membership::commands::{DecideMembership, JoinInstitution, LeaveInstitution, SetInstitutionRole};
use crate::graphql::error::UserError;
use crate::graphql::loaders::caller;
use crate::graphql::protocol::{id, payload};
use async_graphql::{Context, InputType, Object, Result, SimpleObject};

payload! {
    /// What came of wanting to join: an active membership, or one that is asked for.
    JoinInstitutionPayload { membership: InstitutionMembership }
    /// What came of deciding a request to join.
    DecideMembershipPayload { membership: InstitutionMembership }
    /// What came of ending a membership.
    LeaveInstitutionPayload { membership: InstitutionMembership }
    /// What came of giving or taking a role.
    SetInstitutionRolePayload { membership: InstitutionMembership }
    /// What came of proposing an institution.
    ProposeInstitutionPayload { institution: Institution }
    /// What came of vouching for an institution.
    VerifyInstitutionPayload { institution: Institution }
    /// What came of changing an institution.
    UpdateInstitutionPayload { institution: Institution }
    /// What came of closing an institution.
    CloseInstitutionPayload { institution: Institution }
    /// What came of opening an institution again.
    ReopenInstitutionPayload { institution: Institution }
    /// What came of merging institutions: the one that counts.
    MergeInstitutionsPayload { institution: Institution }
}

/// Changes of institutions and memberships.
#[derive(Default)]
pub struct InstitutionsMutation;

#[Object]
impl InstitutionsMutation {
    /// Joins an institution: at once if the caller's verified e-mail is at a domain of it, else somebody decides.
    /// Whoever belongs there already works there from now on.
    async fn join_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: JoinInstitutionInput,
    ) -> Result<JoinInstitutionPayload> {
        let caller = caller(ctx);
        let join = || Ok(JoinInstitution { institution: id!(caller, input.institution, InstitutionId, "institution") });
        let (row, errors) = caller.run(join).await?;
        Ok(JoinInstitutionPayload { membership: row.map(Into::into), errors })
    }

    /// Decides a request to join. For the institution's administrators and the bank, and nobody their own.
    async fn decide_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideMembershipInput,
    ) -> Result<DecideMembershipPayload> {
        let caller = caller(ctx);
        let decide = || {
            let membership = id!(caller, input.membership, MembershipId, "membership");
            Ok(DecideMembership { membership, approve: input.approve, reason: input.reason })
        };
        let (row, errors) = caller.run(decide).await?;
        Ok(DecideMembershipPayload { membership: row.map(Into::into), errors })
    }

    /// Ends a membership with all its roles, or withdraws a request to join. One's own; the institution's
    /// administrators and the bank also end others' memberships. An institution's last administrator is removed by the
    /// bank only.
    async fn leave_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The membership.")] input: LeaveInstitutionInput,
    ) -> Result<LeaveInstitutionPayload> {
        let caller = caller(ctx);
        let leave = || {
            let membership = id!(caller, input.membership, MembershipId, "membership");
            Ok(LeaveInstitution { membership, reason: input.reason })
        };
        let (row, errors) = caller.run(leave).await?;
        Ok(LeaveInstitutionPayload { membership: row.map(Into::into), errors })
    }

    /// Gives a member a role or takes it. For the institution's administrators and the bank; nobody makes themself a
    /// signatory, and an institution's last administrator is removed by the bank only.
    async fn set_institution_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The membership and the role.")] input: SetInstitutionRoleInput,
    ) -> Result<SetInstitutionRolePayload> {
        let caller = caller(ctx);
        let set = || {
            let membership = id!(caller, input.membership, MembershipId, "membership");
            Ok(SetInstitutionRole { membership, role: input.role, granted: input.granted })
        };
        let (row, errors) = caller.run(set).await?;
        Ok(SetInstitutionRolePayload { membership: row.map(Into::into), errors })
    }

    /// Proposes an institution that the bank does not know. Only the caller and the bank see it until it is verified.
    async fn propose_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: ProposeInstitutionInput,
    ) -> Result<ProposeInstitutionPayload> {
        let caller = caller(ctx);
        let (sent, key) = (input.to_value(), input.idempotency_key.clone());
        let ProposeInstitutionInput { name, name_ko, institution_type, ror_id, website, city, .. } = input;
        let propose = || Ok(ProposeInstitution { name, name_ko, institution_type, ror_id, website, city });
        let (row, errors) = caller.run_once(key.as_deref(), &sent, propose).await?;
        Ok(ProposeInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Vouches for a proposed institution: everybody sees it and can join it. For the bank, and nobody their own
    /// proposal.
    async fn verify_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: VerifyInstitutionInput,
    ) -> Result<VerifyInstitutionPayload> {
        let caller = caller(ctx);
        let verify =
            || Ok(VerifyInstitution { institution: id!(caller, input.institution, InstitutionId, "institution") });
        let (row, errors) = caller.run(verify).await?;
        Ok(VerifyInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Changes an institution; no import undoes it. For the bank.
    async fn update_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateInstitutionInput,
    ) -> Result<UpdateInstitutionPayload> {
        let caller = caller(ctx);
        let update = || {
            let institution = id!(caller, input.institution, InstitutionId, "institution");
            let UpdateInstitutionInput { name, name_ko, institution_type, ror_id, website, city, domains, .. } = input;
            let change = Change { name, name_ko, institution_type, ror_id, website, city, domains };
            Ok(UpdateInstitution { institution, change })
        };
        let (row, errors) = caller.run(update).await?;
        Ok(UpdateInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Closes an institution, or refuses one that was proposed; who belongs there still does. For the bank.
    async fn close_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution and why.")] input: CloseInstitutionInput,
    ) -> Result<CloseInstitutionPayload> {
        let caller = caller(ctx);
        let close = || {
            let institution = id!(caller, input.institution, InstitutionId, "institution");
            Ok(CloseInstitution { institution, reason: input.reason })
        };
        let (row, errors) = caller.run(close).await?;
        Ok(CloseInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Opens a closed institution again; no import closes it. One that was merged stays closed. For the bank.
    async fn reopen_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution and why.")] input: ReopenInstitutionInput,
    ) -> Result<ReopenInstitutionPayload> {
        let caller = caller(ctx);
        let reopen = || {
            let institution = id!(caller, input.institution, InstitutionId, "institution");
            Ok(ReopenInstitution { institution, reason: input.reason })
        };
        let (row, errors) = caller.run(reopen).await?;
        Ok(ReopenInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Merges a duplicate into the institution that counts: people, memberships, signatories and requests go over, what
    /// was recorded stays as it was recorded. Doing it again changes nothing. For the bank.
    async fn merge_institutions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institutions and why.")] input: MergeInstitutionsInput,
    ) -> Result<MergeInstitutionsPayload> {
        let caller = caller(ctx);
        let merge = || {
            let from = id!(caller, input.from, InstitutionId, "from");
            let into = id!(caller, input.into, InstitutionId, "into");
            Ok(MergeInstitutions { from, into, reason: input.reason })
        };
        let (row, errors) = caller.run(merge).await?;
        Ok(MergeInstitutionsPayload { institution: row.map(Into::into), errors })
    }
}
