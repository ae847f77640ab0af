//! Managing people. For administrators, but for accepting an invitation.

use super::attempt;
use super::registration::Locale;
use crate::accounts::commands::{
    Acceptance, DisableAccount, EnableAccount, GrantRole, InviteAccount, ResetSecondFactor, RevokeRole,
};
use crate::accounts::passwords::Password;
use crate::accounts::queries::{self, AccountFilter, ListedAccount};
use crate::actor::{Grant as ActorGrant, Permission, Role};
use crate::graphql::accounts::{Grant, Institution};
use crate::graphql::connection::{List, connection, cost, counted, window};
use crate::graphql::error::{UserError, refuse};
use crate::graphql::loaders::{self, Caller, caller, load_one};
use crate::graphql::protocol::{id, payload};
use crate::id::PersonId;
use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// An account, as administrators see it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Account {
    /// Global id of the person.
    id: ID,
    /// E-mail.
    email: String,
    /// Name.
    name: String,
    /// Since when.
    created_at: DateTime<Utc>,
    /// Since when the e-mail is known to reach them; null before they followed the link of a letter.
    email_verified_at: Option<DateTime<Utc>>,
    /// Since when it is closed; null if it is open.
    disabled_at: Option<DateTime<Utc>>,
    /// Until when no password is accepted after too many wrong ones; null if it is not locked.
    locked_until: Option<DateTime<Utc>>,
    /// It has a second factor.
    second_factor: bool,
    /// Made up for a demonstration.
    made_up: bool,
    #[graphql(skip)]
    institution: Option<crate::id::InstitutionId>,
    #[graphql(skip)]
    person: PersonId,
}

impl From<ListedAccount> for Account {
    fn from(row: ListedAccount) -> Self {
        Self {
            id: ID(row.id.global()),
            email: row.email,
            name: row.name,
            created_at: row.created_at,
            email_verified_at: row.email_verified_at,
            disabled_at: row.disabled_at,
            locked_until: row.locked_until,
            second_factor: row.second_factor,
            made_up: row.made_up,
            institution: row.institution_id,
            person: row.id,
        }
    }
}

#[ComplexObject]
impl Account {
    /// Where the person works.
    async fn institution(&self, ctx: &Context<'_>) -> Result<Option<Institution>> {
        match self.institution {
            Some(id) => Ok(load_one(ctx, loaders::Institution(id)).await?.map(Institution::from)),
            None => Ok(None),
        }
    }

    /// Roles.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Grant>> {
        Ok(loaders::follow(ctx, loaders::GrantsOf(self.person)).await?.into_iter().map(Grant::from).collect())
    }
}

/// A role, at an institution where it needs one.
#[derive(InputObject)]
pub struct RoleInput {
    /// The role.
    role: Role,
    /// The institution for which a signatory signs; none for other roles.
    institution: Option<ID>,
}

/// Whom to invite.
#[derive(InputObject)]
pub struct InviteAccountInput {
    /// E-mail; the invitation is sent to it.
    email: String,
    /// Name as printed under agreements, 1 to 200 characters.
    name: String,
    /// Language of letters.
    locale: Locale,
    /// Roles they have once they accept; none makes them a researcher.
    #[graphql(default)]
    roles: Vec<RoleInput>,
    /// Where they work.
    institution: Option<ID>,
}

/// The link of an invitation.
#[derive(InputObject)]
pub struct AcceptInvitationInput {
    /// What the link carries.
    token: String,
    /// A first password, 12 to 256 characters.
    password: String,
}

/// Whose account to close.
#[derive(InputObject)]
pub struct DisableAccountInput {
    /// The person.
    person: ID,
    /// Why; kept in the history, 1 to 1,000 characters.
    reason: String,
}

/// Whose account to open again.
#[derive(InputObject)]
pub struct EnableAccountInput {
    /// The person.
    person: ID,
    /// Why; kept in the history, 1 to 1,000 characters.
    reason: String,
}

/// Whose second factor to remove.
#[derive(InputObject)]
pub struct ResetSecondFactorInput {
    /// The person.
    person: ID,
    /// Why; kept in the history, 1 to 1,000 characters.
    reason: String,
}

/// A role to give.
#[derive(InputObject)]
pub struct GrantRoleInput {
    /// The person.
    person: ID,
    /// The role.
    role: RoleInput,
}

/// A role to take.
#[derive(InputObject)]
pub struct RevokeRoleInput {
    /// The person.
    person: ID,
    /// The role.
    role: RoleInput,
}

payload! {
    /// What came of inviting somebody.
    InviteAccountPayload { account: Account }
    /// What came of accepting an invitation; sign in then.
    AcceptInvitationPayload { accepted: bool }
    /// What came of closing an account.
    DisableAccountPayload { account: Account }
    /// What came of opening an account again.
    EnableAccountPayload { account: Account }
    /// What came of removing somebody's second factor.
    ResetSecondFactorPayload { account: Account }
    /// What came of giving a role.
    GrantRolePayload { account: Account }
    /// What came of taking a role.
    RevokeRolePayload { account: Account }
}

fn grant_of(caller: &Caller, input: &RoleInput, field: &str) -> Result<ActorGrant> {
    let read = |id: &ID| {
        let found = crate::id::InstitutionId::from_global(id);
        found.ok_or_else(|| crate::graphql::error::unknown_id(field, caller.actor.lang))
    };
    Ok(ActorGrant { role: input.role, institution: input.institution.as_ref().map(read).transpose()? })
}

async fn account(caller: &Caller, person: Option<PersonId>) -> Result<Option<Account>> {
    let Some(person) = person else { return Ok(None) };
    let row = queries::account(&caller.app, &caller.actor, person).await;
    Ok(row.map_err(|error| caller.unread(error))?.map(Account::from))
}

/// The account that was changed.
async fn changed(caller: &Caller, done: Option<()>, person: &ID) -> Result<Option<Account>> {
    account(caller, done.and_then(|()| PersonId::from_global(person))).await
}

/// Changes of accounts.
#[derive(Default)]
pub struct AdministrationMutation;

#[Object]
impl AdministrationMutation {
    /// Invites a person by letter. For administrators.
    async fn invite_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteAccountInput,
    ) -> Result<InviteAccountPayload> {
        let caller = caller(ctx);
        let invite = || {
            let institution = match &input.institution {
                Some(institution) => Some(id!(caller, institution, InstitutionId, "institution")),
                None => None,
            };
            let grant = |(i, role): (usize, &RoleInput)| grant_of(caller, role, &format!("roles[{i}].institution"));
            let grants = input.roles.iter().enumerate().map(grant).collect::<Result<_>>()?;
            let (email, name, lang) = (input.email, input.name, input.locale.into());
            Ok(InviteAccount { email, name, lang, institution, grants })
        };
        let (person, errors) = caller.run(invite).await?;
        Ok(InviteAccountPayload { account: account(caller, person).await?, errors })
    }

    /// Accepts an invitation by the link of its letter.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and a password.")] input: AcceptInvitationInput,
    ) -> Result<AcceptInvitationPayload> {
        let caller = caller(ctx);
        let accept = || {
            attempt(ctx, None)?;
            Ok(Acceptance { secret: input.token, password: Password(input.password) })
        };
        let (done, errors) = caller.run_prepared(accept).await?;
        Ok(AcceptInvitationPayload { accepted: done.map(|_| true), errors })
    }

    /// Closes an account: its sessions end and its tokens stop, its history stays. For administrators.
    async fn disable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose and why.")] input: DisableAccountInput,
    ) -> Result<DisableAccountPayload> {
        let caller = caller(ctx);
        let disable =
            || Ok(DisableAccount { person: id!(caller, input.person, PersonId, "person"), reason: input.reason });
        let (done, errors) = caller.run(disable).await?;
        Ok(DisableAccountPayload { account: changed(caller, done, &input.person).await?, errors })
    }

    /// Opens a closed account again; its sessions stay ended. For administrators.
    async fn enable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose and why.")] input: EnableAccountInput,
    ) -> Result<EnableAccountPayload> {
        let caller = caller(ctx);
        let enable =
            || Ok(EnableAccount { person: id!(caller, input.person, PersonId, "person"), reason: input.reason });
        let (done, errors) = caller.run(enable).await?;
        Ok(EnableAccountPayload { account: changed(caller, done, &input.person).await?, errors })
    }

    /// Removes the second factor of somebody who lost authenticator and recovery codes. For administrators.
    async fn reset_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose and why.")] input: ResetSecondFactorInput,
    ) -> Result<ResetSecondFactorPayload> {
        let caller = caller(ctx);
        let reset =
            || Ok(ResetSecondFactor { person: id!(caller, input.person, PersonId, "person"), reason: input.reason });
        let (done, errors) = caller.run(reset).await?;
        Ok(ResetSecondFactorPayload { account: changed(caller, done, &input.person).await?, errors })
    }

    /// Gives a person a role. For administrators.
    async fn grant_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and which.")] input: GrantRoleInput,
    ) -> Result<GrantRolePayload> {
        let caller = caller(ctx);
        let give = || {
            let person = id!(caller, input.person, PersonId, "person");
            Ok(GrantRole { person, grant: grant_of(caller, &input.role, "role.institution")? })
        };
        let (done, errors) = caller.run(give).await?;
        Ok(GrantRolePayload { account: changed(caller, done, &input.person).await?, errors })
    }

    /// Takes a role from a person; never the administrator's from oneself, and never from the last one. For
    /// administrators.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose and which.")] input: RevokeRoleInput,
    ) -> Result<RevokeRolePayload> {
        let caller = caller(ctx);
        let take = || {
            let person = id!(caller, input.person, PersonId, "person");
            Ok(RevokeRole { person, grant: grant_of(caller, &input.role, "role.institution")? })
        };
        let (done, errors) = caller.run(take).await?;
        Ok(RevokeRolePayload { account: changed(caller, done, &input.person).await?, errors })
    }
}

/// Which accounts to list.
#[derive(Clone, Default, InputObject)]
pub struct AccountWhere {
    /// Only those with this role.
    role: Option<Role>,
    /// Only closed ones, or only open ones.
    disabled: Option<bool>,
}

/// What the list of accounts tells besides its rows.
pub struct AccountTotals(AccountFilter);

#[Object]
impl AccountTotals {
    /// How many accounts the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let caller = caller(ctx);
        counted(queries::count_accounts(&caller.app, &caller.actor, &self.0).await, caller)
    }
}

/// Reads of accounts.
#[derive(Default)]
pub struct AdministrationQuery;

#[Object]
impl AdministrationQuery {
    /// Accounts, the newest first; a search finds parts of e-mails and names. For administrators.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Part of an e-mail or a name.")] search: Option<String>,
        #[graphql(name = "where", desc = "Which to list.")] filter: Option<AccountWhere>,
        #[graphql(desc = "The first so many, at most 100; 20 unless told.")] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<List<Account, AccountTotals>> {
        let caller = caller(ctx);
        caller.allowed(Permission::Administer)?;
        let filter = filter.unwrap_or_default();
        let filter = AccountFilter { search, role: filter.role, disabled: filter.disabled };
        let page =
            queries::list_accounts(&caller.app, &caller.actor, &filter, &window(first, after, last, before)).await;
        let page = page.map_err(|error| refuse(&error, caller.actor.lang))?;
        Ok(connection(page, AccountTotals(filter)))
    }
}
