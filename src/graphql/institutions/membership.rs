//! A membership as the graph shows it.

use super::Institution;
use crate::accounts::membership::queries::{self, Filter};
use crate::accounts::membership::{InstitutionRole, Membership, MembershipBasis, MembershipState};
use crate::graphql::accounts::{Person, person};
use crate::graphql::connection::counted;
use crate::graphql::loaders::{self, caller, load_one};
use crate::id::{InstitutionId, PersonId};
use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// Somebody's membership at an institution, asked for, active or ended.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct InstitutionMembership {
    #[graphql(skip)]
    member: PersonId,
    #[graphql(skip)]
    place: InstitutionId,
    /// Global id.
    id: ID,
    /// Where it stands.
    state: MembershipState,
    /// By whose word.
    basis: MembershipBasis,
    /// Asked for when.
    requested_at: DateTime<Utc>,
    /// Decided when; null while nobody did.
    decided_at: Option<DateTime<Utc>>,
    /// Ended when; null while it lasts.
    ended_at: Option<DateTime<Utc>>,
    /// Why it was refused, or why it ended.
    reason: Option<String>,
    /// What the member is besides; empty unless the membership is active.
    roles: Vec<InstitutionRole>,
}

impl From<Membership> for InstitutionMembership {
    fn from(row: Membership) -> Self {
        Self {
            member: row.person_id,
            place: row.institution_id,
            id: ID(row.id.global()),
            state: row.state,
            basis: row.how,
            requested_at: row.requested_at,
            decided_at: row.decided_at,
            ended_at: row.ended_at,
            roles: InstitutionRole::ALL.into_iter().filter(|role| row.has(*role)).collect(),
            reason: row.reason,
        }
    }
}

#[ComplexObject]
impl InstitutionMembership {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person(ctx, self.member).await
    }

    /// E-mail of the account, by which those who decide know who asks.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(load_one(ctx, loaders::Person(self.member)).await?.map(|person| person.email))
    }

    /// Where.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        Ok(load_one(ctx, loaders::Institution(self.place)).await?.map(Institution::from))
    }
}

/// What a list of memberships tells besides its rows.
pub struct MembershipTotals(pub Filter);

#[Object]
impl MembershipTotals {
    /// How many memberships the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count(&caller.app, &caller.actor, &self.0).await, caller)
    }
}
