//! API tokens and sessions, as their owner sees them.

use crate::accounts::commands::{CreateApiToken, EndSession, RevokeApiToken};
use crate::accounts::{SignInMethod as How, queries};
use crate::actor::Scope;
use crate::graphql::accounts::Viewer;
use crate::graphql::error::{UserError, refuse};
use crate::graphql::loaders::{Caller, caller};
use crate::graphql::protocol::{id, payload};
use crate::id::TokenId;
use async_graphql::{Context, ID, InputObject, InputType, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// A session of a browser.
#[derive(SimpleObject)]
pub struct Session {
    /// Global id.
    id: ID,
    /// It is the one by which this call came.
    current: bool,
    /// By what it began.
    how: How,
    /// It has a second factor.
    second_factor: bool,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    last_seen_at: DateTime<Utc>,
    /// What the browser called itself.
    user_agent: String,
}

/// A token for calls without a browser; the secret is shown only when it is made.
#[derive(SimpleObject)]
pub struct ApiToken {
    /// Global id.
    id: ID,
    /// What it is for.
    name: String,
    /// What it may do of what its owner may do.
    scopes: Vec<Scope>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends; null if only by revoking it.
    expires_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute; null if never.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null if it was not.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<queries::OwnToken> for ApiToken {
    fn from(token: queries::OwnToken) -> Self {
        Self {
            id: ID(token.id.global()),
            scopes: token.scopes(),
            name: token.name,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// Whether the caller has a second factor, and whether it is asked of them.
#[derive(SimpleObject)]
pub struct SecondFactor {
    /// It is set up.
    enrolled: bool,
    /// A role of theirs acts only in sessions with a second factor.
    required: bool,
    /// This session has one; always true where none is asked.
    proven: bool,
}

/// Open sessions of the caller, the newest first.
///
/// # Errors
/// A database that failed.
pub async fn sessions_of(caller: &Caller) -> Result<Vec<Session>> {
    let rows = queries::own_sessions(&caller.app, &caller.actor).await;
    let rows = rows.map_err(|error| refuse(&error, caller.actor.lang))?;
    let session = |row: queries::OwnSession| Session {
        current: caller.actor.session() == Some(row.id),
        id: ID(row.id.global()),
        how: row.how,
        second_factor: row.second_factor,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Tokens of the caller, the newest first.
///
/// # Errors
/// A database that failed.
pub async fn tokens_of(caller: &Caller) -> Result<Vec<ApiToken>> {
    let rows = queries::own_tokens(&caller.app, &caller.actor).await;
    Ok(rows.map_err(|error| refuse(&error, caller.actor.lang))?.into_iter().map(ApiToken::from).collect())
}

/// The token that was made or revoked.
async fn changed(caller: &Caller, id: TokenId) -> Result<Option<ApiToken>> {
    let rows = queries::own_tokens(&caller.app, &caller.actor).await.map_err(|error| caller.unread(error))?;
    Ok(rows.into_iter().find(|row| row.id == id).map(ApiToken::from))
}

/// The caller's second factor.
///
/// # Errors
/// A database that failed.
pub async fn second_factor_of(caller: &Caller) -> Result<SecondFactor> {
    let state = queries::second_factor(&caller.app, &caller.actor).await;
    let state = state.map_err(|error| refuse(&error, caller.actor.lang))?;
    Ok(SecondFactor { enrolled: state.enrolled, required: state.required, proven: state.proven })
}

/// A token to make.
#[derive(InputObject)]
pub struct CreateApiTokenInput {
    /// What it is for, 1 to 200 characters.
    name: String,
    /// What it may do; READ is always among it.
    scopes: Vec<Scope>,
    /// Days until it ends, 1 to 365.
    expires_in_days: i64,
    /// The same key with the same input makes one token.
    idempotency_key: Option<String>,
}

/// A token to revoke.
#[derive(InputObject)]
pub struct RevokeApiTokenInput {
    /// The caller's token.
    token: ID,
}

/// A session to end.
#[derive(InputObject)]
pub struct EndSessionInput {
    /// The caller's session.
    session: ID,
}

/// What came of making a token.
#[derive(SimpleObject)]
pub struct CreateApiTokenPayload {
    /// The token; null if `errors` is not empty.
    api_token: Option<ApiToken>,
    /// What to send as `Authorization: Bearer`. Shown only now; null when an idempotency key found a token made before.
    secret: Option<String>,
    /// What was refused and how to mend it; empty if it was done.
    errors: Vec<UserError>,
}

payload! {
    /// What came of revoking a token.
    RevokeApiTokenPayload { api_token: ApiToken }
    /// What came of ending a session.
    EndSessionPayload { viewer: Viewer }
}

/// Changes of the caller's tokens and sessions. All need a session.
#[derive(Default)]
pub struct TokensMutation;

#[Object]
impl TokensMutation {
    /// Makes a token. Needs a session; for STAFF and ADMINISTER one with a second factor.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: CreateApiTokenInput,
    ) -> Result<CreateApiTokenPayload> {
        let caller = caller(ctx);
        let (sent, key) = (input.to_value(), input.idempotency_key.clone());
        let create = || Ok(CreateApiToken { name: input.name, scopes: input.scopes, days: input.expires_in_days });
        let (made, errors) = caller.run_once(key.as_deref(), &sent, create).await?;
        let Some((id, secret)) = made else {
            return Ok(CreateApiTokenPayload { api_token: None, secret: None, errors });
        };
        Ok(CreateApiTokenPayload { api_token: changed(caller, id).await?, secret, errors })
    }

    /// Revokes one of the caller's tokens; the next call with it is refused. Needs a session.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: RevokeApiTokenInput,
    ) -> Result<RevokeApiTokenPayload> {
        let caller = caller(ctx);
        let revoke = || Ok(RevokeApiToken { token: id!(caller, input.token, TokenId, "token") });
        let (done, errors) = caller.run(revoke).await?;
        let api_token = match done.and_then(|()| TokenId::from_global(&input.token)) {
            Some(id) => changed(caller, id).await?,
            None => None,
        };
        Ok(RevokeApiTokenPayload { api_token, errors })
    }

    /// Ends one of the caller's sessions. Needs a session.
    async fn end_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: EndSessionInput,
    ) -> Result<EndSessionPayload> {
        let caller = caller(ctx);
        let end = || Ok(EndSession { session: id!(caller, input.session, SessionId, "session") });
        let (done, errors) = caller.run(end).await?;
        Ok(EndSessionPayload { viewer: done.and_then(|()| Viewer::of(caller.clone())), errors })
    }
}
