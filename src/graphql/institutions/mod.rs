//! Institutions, who belongs to them, and what people are there.

mod inputs;
mod membership;
mod mutation;

pub use membership::{InstitutionMembership, MembershipTotals};
pub use mutation::InstitutionsMutation;

use super::accounts::Person;
use super::connection::{List, connection, cost, counted, window};
use super::error::{refuse, unknown_id};
use super::loaders::{self, caller, follow, load_one};
use crate::accounts::institutions::queries::{self, Filter};
use crate::accounts::institutions::{Former, Found, Record, Verification};
use crate::accounts::membership::{InstitutionRole, Membership, MembershipState, queries as memberships};
use crate::accounts::{InstitutionStatus, InstitutionType};
use crate::actor::Permission;
use crate::id::InstitutionId;
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;

/// Where people work and vials go. Most are from ROR (https://ror.org, CC0).
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Institution {
    #[graphql(skip)]
    key: InstitutionId,
    /// Global id.
    pub id: ID,
    /// ROR id, as an address.
    ror_id: Option<String>,
    /// Since when the bank knows from the register's own records that this is its ROR id; null if somebody gave it.
    ror_checked_at: Option<DateTime<Utc>>,
    /// English name.
    name: String,
    /// Korean name.
    name_ko: Option<String>,
    /// What it is.
    institution_type: InstitutionType,
    /// City.
    city: Option<String>,
    /// Home page.
    website: Option<String>,
    /// Whether it still exists.
    status: InstitutionStatus,
    /// Who vouches for it.
    verification: Verification,
    /// Since when somebody does; null if nobody does, or if that was not written down.
    verified_at: Option<DateTime<Utc>>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<Record> for Institution {
    fn from(record: Record) -> Self {
        let row = record.institution;
        Self {
            key: row.id,
            id: ID(row.id.global()),
            ror_id: row.ror_id,
            ror_checked_at: record.ror_checked_at,
            name: row.name,
            name_ko: row.name_ko,
            institution_type: row.institution_type,
            city: row.city,
            website: row.website,
            status: row.status,
            verification: record.verification,
            verified_at: record.verified_at,
            made_up: row.made_up,
        }
    }
}

impl From<Found> for Institution {
    fn from(found: Found) -> Self {
        found.record.into()
    }
}

/// What an institution was before it turned out to be a duplicate.
#[derive(SimpleObject)]
pub struct FormerInstitution {
    /// Global id that it had; it leads to the institution that counts.
    id: ID,
    /// ROR id that it had, as an address.
    ror_id: Option<String>,
    /// English name.
    name: String,
    /// Korean name.
    name_ko: Option<String>,
    /// Merged when.
    merged_at: DateTime<Utc>,
}

impl From<Former> for FormerInstitution {
    fn from(row: Former) -> Self {
        let Former { id, name, name_ko, ror_id, merged_at, .. } = row;
        Self { id: ID(id.global()), ror_id, name, name_ko, merged_at }
    }
}

#[ComplexObject]
impl Institution {
    /// Somebody vouches for it: its registry or the bank.
    async fn verified(&self) -> bool {
        self.verification != Verification::Proposed
    }

    /// What turned out to be duplicates of it, oldest merger first.
    async fn merged_from(&self, ctx: &Context<'_>) -> Result<Vec<FormerInstitution>> {
        Ok(follow(ctx, loaders::DuplicatesOf(self.key)).await?.into_iter().map(FormerInstitution::from).collect())
    }

    /// What the caller is there besides being a member; null if they are no member.
    async fn viewer_roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<InstitutionRole>>> {
        let own = load_one(ctx, loaders::OwnMembership(self.key)).await?;
        Ok(own.map(|own| InstitutionRole::ALL.into_iter().filter(|role| own.has(*role)).collect()))
    }

    /// Its principal investigators by name, for its members and the bank; null for others.
    async fn principal_investigators(&self, ctx: &Context<'_>) -> Result<Option<Vec<Person>>> {
        let is_member = load_one(ctx, loaders::OwnMembership(self.key)).await?.is_some();
        if !is_member && !caller(ctx).actor.can(Permission::KeepInstitutions) {
            return Ok(None);
        }
        let keys = follow(ctx, loaders::InvestigatorsOf(self.key)).await?;
        let people = try_join_all(keys.into_iter().map(|(_, person)| load_one(ctx, loaders::Person(person)))).await?;
        Ok(Some(people.into_iter().flatten().map(Person::from).collect()))
    }

    /// Who belongs there and who asked to, oldest first; for its administrators and the bank, null for others.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so.")] states: Option<Vec<MembershipState>>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<InstitutionMembership, MembershipTotals>>> {
        let own = load_one(ctx, loaders::OwnMembership(self.key)).await?;
        let actor = &caller(ctx).actor;
        if !own.is_some_and(|own| own.is_administrator) && !actor.can(Permission::KeepInstitutions) {
            return Ok(None);
        }
        let filter = memberships::Filter { institution: Some(self.key), states: states.unwrap_or_default() };
        memberships::list(&caller(ctx).app, actor, &filter, &window(first, after, last, before))
            .await
            .map(|page| Some(connection(page, MembershipTotals(filter))))
            .map_err(|error| refuse(&error, actor.lang))
    }
}

/// Types of institutions to list.
#[derive(Clone, Default, InputObject)]
pub struct InstitutionTypeFilter {
    /// Exactly this one.
    eq: Option<InstitutionType>,
    /// Any of these.
    r#in: Option<Vec<InstitutionType>>,
}

/// Who vouches for the institutions to list.
#[derive(Clone, Default, InputObject)]
pub struct InstitutionVerificationFilter {
    /// Exactly this one.
    eq: Option<Verification>,
    /// Any of these.
    r#in: Option<Vec<Verification>>,
}

/// What of the institutions to list.
#[derive(Clone, Default, InputObject)]
pub struct InstitutionWhere {
    /// By type.
    institution_type: Option<InstitutionTypeFilter>,
    /// By who vouches for them.
    verification: Option<InstitutionVerificationFilter>,
}

/// What a list of institutions tells besides its rows.
pub struct InstitutionTotals(Filter);

#[Object]
impl InstitutionTotals {
    /// How many institutions the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count(&caller.app, &caller.actor, &self.0).await, caller)
    }
}

/// Reads of institutions and memberships.
#[derive(Default)]
pub struct InstitutionsQuery;

#[Object]
impl InstitutionsQuery {
    /// Open institutions by name; a search finds words of their names in both languages, acronyms and ROR ids. What was
    /// only proposed is listed for whoever proposed it and for the bank.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn institutions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words as typed, Korean or English.")] search: Option<String>,
        #[graphql(name = "where", desc = "What to list.")] filter: Option<InstitutionWhere>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<Institution, InstitutionTotals>> {
        let caller = caller(ctx);
        let filter = filter.unwrap_or_default();
        let types = filter.institution_type.unwrap_or_default();
        let types = types.r#in.unwrap_or_default().into_iter().chain(types.eq).collect();
        let vouched = filter.verification.unwrap_or_default();
        let verifications = vouched.r#in.unwrap_or_default().into_iter().chain(vouched.eq).collect();
        let filter = Filter { search, types, verifications };
        let page = queries::list(&caller.app, &caller.actor, &filter, &window(first, after, last, before)).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, InstitutionTotals(filter)))
    }

    /// Requests to join that wait for a decision, oldest first: of the institutions that the caller administers, all
    /// for the bank, none for others.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn membership_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only at this institution.")] institution: Option<ID>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<InstitutionMembership, MembershipTotals>> {
        let caller = caller(ctx);
        let lang = caller.actor.lang;
        caller.actor.signed_in().map_err(|denied| refuse(&denied, lang))?;
        let read = |id: ID| InstitutionId::from_global(&id).ok_or_else(|| unknown_id("institution", lang));
        let institution = institution.map(read).transpose()?;
        let filter = memberships::Filter { institution, states: vec![MembershipState::Requested] };
        let window = window(first, after, last, before);
        let page = memberships::list(&caller.app, &caller.actor, &filter, &window).await;
        let page = page.map_err(|error| refuse(&error, lang))?;
        Ok(connection(page, MembershipTotals(filter)))
    }
}

/// Memberships of the caller, newest first.
pub async fn own_memberships(ctx: &Context<'_>) -> Result<Vec<InstitutionMembership>> {
    let caller = caller(ctx);
    let Some(person) = caller.actor.person_id() else { return Ok(vec![]) };
    let rows: std::result::Result<Vec<Membership>, _> = memberships::of_person(caller.app.db.read(), person).await;
    let rows = rows.map_err(|error| super::error::refuse_database(&error, caller.actor.lang))?;
    Ok(rows.into_iter().map(InstitutionMembership::from).collect())
}

/// Institutions that the caller may join at once: their verified e-mail speaks for them there.
pub async fn choices(ctx: &Context<'_>) -> Result<Vec<Institution>> {
    let caller = caller(ctx);
    let Some(person) = caller.actor.person_id() else { return Ok(vec![]) };
    let records = memberships::choices(caller.app.db.read(), person).await;
    let records = records.map_err(|error| super::error::refuse_database(&error, caller.actor.lang))?;
    Ok(records.into_iter().map(Institution::from).collect())
}
