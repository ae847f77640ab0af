//! Identities at sign-in providers.

use super::error::{UserError, refuse_database};
use super::loaders::caller;
use crate::accounts::commands::openid::UnlinkIdentity;
use crate::accounts::openid::queries;
use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A place where people may sign in besides here.
#[derive(SimpleObject)]
pub struct SignInProvider {
    /// Its name in addresses.
    id: String,
    /// What a person reads, in the caller's language.
    label: String,
    /// Where a browser begins.
    address: String,
}

/// The caller's identity at a provider.
#[derive(SimpleObject)]
pub struct Identity {
    /// The provider.
    provider: String,
    /// Who the caller is there.
    subject: String,
    /// Since when.
    linked_at: DateTime<Utc>,
    /// When it was last used to sign in.
    last_used_at: DateTime<Utc>,
}

/// The caller's identities, for the viewer.
pub async fn own(ctx: &Context<'_>) -> Result<Vec<Identity>> {
    let caller = caller(ctx);
    let rows = queries::own(&caller.app, &caller.actor).await;
    let rows = rows.map_err(|error| refuse_database(&error, caller.actor.lang))?;
    let shown = |row: queries::Identity| Identity {
        provider: row.provider,
        subject: row.subject,
        linked_at: row.linked_at,
        last_used_at: row.last_used_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Reads of sign-in providers.
#[derive(Default)]
pub struct IdentitiesQuery;

#[Object]
impl IdentitiesQuery {
    /// Where people may sign in besides by password.
    async fn sign_in_providers(&self, ctx: &Context<'_>) -> Vec<SignInProvider> {
        let caller = caller(ctx);
        let config = &caller.app.config;
        let shown = |(id, provider): (&String, &crate::config::IdentityProvider)| SignInProvider {
            id: id.clone(),
            label: caller.actor.lang.pick(&provider.name_en, &provider.name_ko).clone(),
            address: format!("{}/sign-in/{id}", config.public_url.trim_end_matches('/')),
        };
        config.identity_providers.iter().map(shown).collect()
    }
}

/// Which identity.
#[derive(InputObject)]
pub struct UnlinkIdentityInput {
    /// Its provider.
    provider: String,
}

/// What became of it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct UnlinkIdentityPayload {
    #[graphql(skip)]
    done: bool,
    /// What was refused.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl UnlinkIdentityPayload {
    /// The identities that are left; null if it was refused.
    async fn identities(&self, ctx: &Context<'_>) -> Result<Option<Vec<Identity>>> {
        if self.done { own(ctx).await.map(Some) } else { Ok(None) }
    }
}

/// Changes of identities.
#[derive(Default)]
pub struct IdentitiesMutation;

#[Object]
impl IdentitiesMutation {
    /// Unlinks an identity of the caller; not the only way into an account.
    async fn unlink_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: UnlinkIdentityInput,
    ) -> Result<UnlinkIdentityPayload> {
        let caller = caller(ctx);
        let (done, errors) = caller.run(|| Ok(UnlinkIdentity { provider: input.provider })).await?;
        Ok(UnlinkIdentityPayload { done: done.is_some(), errors })
    }
}
