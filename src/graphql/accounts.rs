//! People, and who the caller is.

pub use super::institutions::Institution;

use super::access::{ApiToken, SecondFactor, Session, second_factor_of, sessions_of, tokens_of};
use super::institutions::{InstitutionMembership, choices, own_memberships};
use super::loaders::{self, Caller, caller, load_one};
use super::mail::MailPreference;
use super::personal_data;
use crate::accounts::PersonView;
use crate::actor::{Permission, Role};
use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

/// A person, as those see them who share a request with them.
#[derive(SimpleObject)]
pub struct Person {
    /// Global id.
    id: ID,
    /// Name.
    name: String,
    /// ORCID iD, `0000-0002-1825-0097`, if the person proved that it is theirs.
    orcid: Option<String>,
    /// Made up for a demonstration.
    made_up: bool,
}

impl From<PersonView> for Person {
    fn from(row: PersonView) -> Self {
        Self { id: ID(row.id.global()), name: row.name, orcid: row.orcid, made_up: row.made_up }
    }
}

/// A role that somebody holds.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Grant {
    /// The role.
    role: Role,
    #[graphql(skip)]
    institution: Option<crate::id::InstitutionId>,
}

impl From<crate::accounts::queries::PersonGrant> for Grant {
    fn from(row: crate::accounts::queries::PersonGrant) -> Self {
        Self { role: row.role, institution: row.institution_id }
    }
}

#[ComplexObject]
impl Grant {
    /// The institution for which a signatory signs; null for other roles.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        match self.institution {
            Some(id) => Ok(load_one(ctx, loaders::Institution(id)).await?.map(Institution::from)),
            None => Ok(None),
        }
    }
}

/// Who the caller is and what they may do.
pub struct Viewer(Caller, crate::id::PersonId);

impl Viewer {
    /// The view of whoever asks; none of nobody.
    pub fn of(caller: Caller) -> Option<Self> {
        caller.actor.person_id().map(|id| Self(caller, id))
    }
}

/// Who the caller is and what they may do.
#[Object]
impl Viewer {
    /// The person.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Ok(load_one(ctx, loaders::Person(self.1)).await?.map(Person::from))
    }

    /// E-mail of the account.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(load_one(ctx, loaders::Person(self.1)).await?.map(|person| person.email))
    }

    /// Where they work.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        match self.0.actor.institution() {
            Some(id) => Ok(load_one(ctx, loaders::Institution(id)).await?.map(Institution::from)),
            None => Ok(None),
        }
    }

    /// Identities at sign-in providers.
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<super::identities::Identity>> {
        super::identities::own(ctx).await
    }

    /// Where they belong, where they asked to and where they did, newest first.
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<InstitutionMembership>> {
        own_memberships(ctx).await
    }

    /// Institutions that they can join at once, because their verified e-mail is at a domain of each.
    async fn institution_choices(&self, ctx: &Context<'_>) -> Result<Vec<Institution>> {
        choices(ctx).await
    }

    /// Roles.
    async fn roles(&self) -> Vec<Grant> {
        self.0.actor.grants().iter().map(|g| Grant { role: g.role, institution: g.institution }).collect()
    }

    /// Whether the caller has a second factor, and whether their roles wait for one.
    async fn second_factor(&self) -> Result<SecondFactor> {
        second_factor_of(&self.0).await
    }

    /// Open sessions, the newest first.
    async fn sessions(&self) -> Result<Vec<Session>> {
        sessions_of(&self.0).await
    }

    /// Tokens, also those that ended, the newest first.
    async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        tokens_of(&self.0).await
    }

    /// What these roles allow.
    async fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| self.0.actor.can(*permission)).collect()
    }

    /// Which letters they get by e-mail.
    async fn mail_preferences(&self) -> Result<Vec<MailPreference>> {
        MailPreference::of(&self.0, self.1).await
    }

    /// Every mutation, and whether the caller's account and roles allow it.
    async fn commands(&self) -> Vec<personal_data::ViewerCommand> {
        personal_data::commands(&self.0)
    }

    /// Everything the bank holds about the caller, as a JSON document. That it was given out stands in the history.
    #[graphql(complexity = 1_000)]
    async fn personal_data(&self) -> Result<String> {
        personal_data::document(&self.0).await
    }

    /// What erasing the caller's account would do now.
    #[graphql(complexity = "20 + child_complexity")]
    async fn erasure(&self) -> Result<personal_data::Erasure> {
        personal_data::erasure(&self.0).await
    }
}

/// Reads of who the caller is.
#[derive(Default)]
pub struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Who I am and what I may do; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        Viewer::of(caller(ctx).clone())
    }
}

/// The person behind a key.
pub async fn person(ctx: &Context<'_>, id: crate::id::PersonId) -> Result<Option<Person>> {
    Ok(load_one(ctx, loaders::Person(id)).await?.map(Person::from))
}
