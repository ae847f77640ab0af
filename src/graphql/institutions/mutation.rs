//! Verbs on institutions and memberships.

use super::inputs::{
    CloseInstitutionInput, DecideMembershipInput, JoinInstitutionInput, LeaveInstitutionInput, MergeInstitutionsInput,
    ProposeInstitutionInput, ReopenInstitutionInput, SetInstitutionRoleInput, UpdateInstitutionInput,
    VerifyInstitutionInput,
};
use super::{Institution, InstitutionMembership};
use crate::accounts::institutions::merge::merge;
use crate::accounts::institutions::operations::{self as institutions, Change, Proposal};
use crate::accounts::membership::operations as membership;
use crate::actor::Permission;
use crate::db::retrying;
use crate::graphql::error::{UserError, refuse, settle};
use crate::graphql::loaders::{Caller, caller};
use crate::graphql::protocol::{id, key, payload};
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

fn signed_in(caller: &Caller) -> Result<()> {
    caller.actor.person_who_may_change().map(drop).map_err(|denied| refuse(&denied, caller.actor.lang))
}

/// Changes of institutions and memberships.
#[derive(Default)]
pub struct InstitutionsMutation;

#[Object]
impl InstitutionsMutation {
    /// Joins an institution: at once if the caller's verified e-mail is at a domain of it, else somebody decides. Whoever
    /// belongs there already works there from now on.
    async fn join_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: JoinInstitutionInput,
    ) -> Result<JoinInstitutionPayload> {
        let caller = caller(ctx);
        signed_in(caller)?;
        let institution = id!(caller, input.institution, InstitutionId, "institution");
        let join = || membership::join(&caller.app, &caller.actor, institution);
        let (row, errors) = settle(retrying(join).await, caller.actor.lang)?;
        Ok(JoinInstitutionPayload { membership: row.map(Into::into), errors })
    }

    /// Decides a request to join. For the institution's administrators and the bank, and nobody their own.
    async fn decide_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideMembershipInput,
    ) -> Result<DecideMembershipPayload> {
        let caller = caller(ctx);
        signed_in(caller)?;
        let id = id!(caller, input.membership, MembershipId, "membership");
        let decide = || membership::decide(&caller.app, &caller.actor, id, input.approve, input.reason.clone());
        let (row, errors) = settle(retrying(decide).await, caller.actor.lang)?;
        Ok(DecideMembershipPayload { membership: row.map(Into::into), errors })
    }

    /// Ends a membership with all its roles, or withdraws a request to join. One's own; the institution's administrators
    /// and the bank also end others' memberships. An institution's last administrator is removed by the bank only.
    async fn leave_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The membership.")] input: LeaveInstitutionInput,
    ) -> Result<LeaveInstitutionPayload> {
        let caller = caller(ctx);
        signed_in(caller)?;
        let id = id!(caller, input.membership, MembershipId, "membership");
        let leave = || membership::leave(&caller.app, &caller.actor, id, input.reason.clone());
        let (row, errors) = settle(retrying(leave).await, caller.actor.lang)?;
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
        signed_in(caller)?;
        let id = id!(caller, input.membership, MembershipId, "membership");
        let set = || membership::set_institution_role(&caller.app, &caller.actor, id, input.role, input.granted);
        let (row, errors) = settle(retrying(set).await, caller.actor.lang)?;
        Ok(SetInstitutionRolePayload { membership: row.map(Into::into), errors })
    }

    /// Proposes an institution that the bank does not know. Only the caller and the bank see it until it is verified.
    async fn propose_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: ProposeInstitutionInput,
    ) -> Result<ProposeInstitutionPayload> {
        let caller = caller(ctx);
        signed_in(caller)?;
        let key = key(caller, input.idempotency_key.as_deref(), &input.to_value())?;
        let ProposeInstitutionInput { name, name_ko, institution_type, ror_id, website, city, .. } = input;
        let proposal = Proposal { name, name_ko, institution_type, ror_id, website, city };
        let propose = || institutions::propose(&caller.app, &caller.actor, proposal.clone(), key.as_ref());
        let (row, errors) = settle(retrying(propose).await, caller.actor.lang)?;
        Ok(ProposeInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Vouches for a proposed institution: everybody sees it and can join it. For the bank, and nobody their own proposal.
    async fn verify_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution.")] input: VerifyInstitutionInput,
    ) -> Result<VerifyInstitutionPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::KeepInstitutions)?;
        let id = id!(caller, input.institution, InstitutionId, "institution");
        let verify = || institutions::verify(&caller.app, &caller.actor, id);
        let (row, errors) = settle(retrying(verify).await, caller.actor.lang)?;
        Ok(VerifyInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Changes an institution; no import undoes it. For the bank.
    async fn update_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateInstitutionInput,
    ) -> Result<UpdateInstitutionPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::KeepInstitutions)?;
        let id = id!(caller, input.institution, InstitutionId, "institution");
        let UpdateInstitutionInput { name, name_ko, institution_type, ror_id, website, city, domains, .. } = input;
        let change = Change { name, name_ko, institution_type, ror_id, website, city, domains };
        let update = || institutions::update(&caller.app, &caller.actor, id, change.clone());
        let (row, errors) = settle(retrying(update).await, caller.actor.lang)?;
        Ok(UpdateInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Closes an institution, or refuses one that was proposed; who belongs there still does. For the bank.
    async fn close_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution and why.")] input: CloseInstitutionInput,
    ) -> Result<CloseInstitutionPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::KeepInstitutions)?;
        let id = id!(caller, input.institution, InstitutionId, "institution");
        let close = || institutions::close(&caller.app, &caller.actor, id, &input.reason);
        let (row, errors) = settle(retrying(close).await, caller.actor.lang)?;
        Ok(CloseInstitutionPayload { institution: row.map(Into::into), errors })
    }

    /// Opens a closed institution again; no import closes it. One that was merged stays closed. For the bank.
    async fn reopen_institution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The institution and why.")] input: ReopenInstitutionInput,
    ) -> Result<ReopenInstitutionPayload> {
        let caller = caller(ctx);
        caller.allowed(Permission::KeepInstitutions)?;
        let id = id!(caller, input.institution, InstitutionId, "institution");
        let reopen = || institutions::reopen(&caller.app, &caller.actor, id, &input.reason);
        let (row, errors) = settle(retrying(reopen).await, caller.actor.lang)?;
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
        caller.allowed(Permission::KeepInstitutions)?;
        let from = id!(caller, input.from, InstitutionId, "from");
        let into = id!(caller, input.into, InstitutionId, "into");
        let merge = || merge(&caller.app, &caller.actor, from, into, &input.reason);
        let (row, errors) = settle(retrying(merge).await, caller.actor.lang)?;
        Ok(MergeInstitutionsPayload { institution: row.map(Into::into), errors })
    }
}
