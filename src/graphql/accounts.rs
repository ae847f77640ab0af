//! People and institutions, and who the caller is.

use super::connection::{List, connection, cost, counted, window};
use super::error::refuse;
use super::loaders::{self, Caller, caller, look};
use super::mail::MailPreference;
use crate::accounts::model::{institution, person};
use crate::accounts::queries::{self, InstitutionFilter};
use crate::actor::{Permission, Role};
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

/// A person, as those see them who share a request with them.
#[derive(SimpleObject)]
pub struct Person {
    /// Global id.
    id: ID,
    /// Name.
    name: String,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<person::Model> for Person {
    fn from(row: person::Model) -> Self {
        Self { id: ID(row.id.global()), name: row.name, made_up: row.made_up }
    }
}

/// Where people work and vials go. Most are from ROR (https://ror.org, CC0).
#[derive(SimpleObject)]
pub struct Institution {
    /// Global id.
    pub id: ID,
    /// ROR id, as an address.
    ror_id: Option<String>,
    /// English name.
    name: String,
    /// Korean name.
    name_ko: Option<String>,
    /// What it is.
    institution_type: institution::Type,
    /// City.
    city: Option<String>,
    /// Home page.
    website: Option<String>,
    /// Whether it still exists.
    status: institution::Status,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<institution::Model> for Institution {
    fn from(row: institution::Model) -> Self {
        Self {
            id: ID(row.id.global()),
            ror_id: row.ror_id,
            name: row.name,
            name_ko: row.name_ko,
            institution_type: row.institution_type,
            city: row.city,
            website: row.website,
            status: row.status,
            made_up: row.made_up,
        }
    }
}

/// A role that the caller holds.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Grant {
    /// The role.
    role: Role,
    #[graphql(skip)]
    institution: Option<crate::id::InstitutionId>,
}

#[ComplexObject]
impl Grant {
    /// The institution for which a signatory signs; null for other roles.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        match self.institution {
            Some(id) => Ok(look(ctx, loaders::Institution(id)).await?.map(Institution::from)),
            None => Ok(None),
        }
    }
}

/// Who the caller is and what they may do.
pub struct Viewer(Caller, crate::id::PersonId);

/// Who the caller is and what they may do.
#[Object]
impl Viewer {
    /// The person.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Ok(look(ctx, loaders::Person(self.1)).await?.map(Person::from))
    }

    /// E-mail of the account.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(look(ctx, loaders::Person(self.1)).await?.map(|person| person.email))
    }

    /// Where they work.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        match self.0.actor.institution() {
            Some(id) => Ok(look(ctx, loaders::Institution(id)).await?.map(Institution::from)),
            None => Ok(None),
        }
    }

    /// Roles.
    async fn roles(&self) -> Vec<Grant> {
        self.0.actor.grants().iter().map(|g| Grant { role: g.role, institution: g.institution }).collect()
    }

    /// What these roles allow.
    async fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.0.actor.can(*permission)).collect()
    }

    /// Which letters they get by e-mail.
    async fn mail_preferences(&self) -> Result<Vec<MailPreference>> {
        MailPreference::of(&self.0, self.1).await
    }
}

/// Types of institutions to list.
#[derive(Clone, Default, InputObject)]
pub struct InstitutionTypeFilter {
    /// Exactly this one.
    eq: Option<institution::Type>,
    /// Any of these.
    r#in: Option<Vec<institution::Type>>,
}

/// What of the institutions to list.
#[derive(Clone, Default, InputObject)]
pub struct InstitutionWhere {
    /// By type.
    institution_type: Option<InstitutionTypeFilter>,
}

/// What a list of institutions tells besides its rows.
pub struct InstitutionTotals(InstitutionFilter);

#[Object]
impl InstitutionTotals {
    /// How many institutions the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count_institutions(&caller.app, &self.0).await, caller)
    }
}

/// Reads of people and institutions.
#[derive(Default)]
pub struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Who I am and what I may do; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        let caller = caller(ctx);
        caller.actor.person_id().map(|id| Viewer(caller.clone(), id))
    }

    /// Open institutions by name; a search finds words of their names in both languages, acronyms and ROR ids.
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
        let types = filter.unwrap_or_default().institution_type.unwrap_or_default();
        let types = types.r#in.unwrap_or_default().into_iter().chain(types.eq).collect();
        let filter = InstitutionFilter { search, types };
        let page = queries::institutions(&caller.app, &filter, &window(first, after, last, before)).await;
        let page = page.map_err(|fault| refuse(&fault, caller.actor.lang))?;
        Ok(connection(page, InstitutionTotals(filter)))
    }
}

/// The person behind a key.
pub async fn person(ctx: &Context<'_>, id: crate::id::PersonId) -> Result<Option<Person>> {
    Ok(look(ctx, loaders::Person(id)).await?.map(Person::from))
}
