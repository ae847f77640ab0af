//! Signing in and out.

use super::{attempt, client, set_session};
use crate::accounts::commands::{Credentials, SignOut};
use crate::accounts::cookie;
use crate::accounts::passwords::Password;
use crate::accounts::queries::actor_by_session;
use crate::graphql::accounts::Viewer;
use crate::graphql::error::UserError;
use crate::graphql::loaders::{Caller, caller};
use crate::graphql::protocol::payload;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

/// Who comes in.
#[derive(InputObject)]
pub struct SignInInput {
    /// E-mail.
    email: String,
    /// Password.
    password: String,
    /// Six digits of the authenticator, or a recovery code; asked of those who have a second factor.
    code: Option<String>,
}

/// What to leave.
#[derive(InputObject)]
pub struct SignOutInput {
    /// End all sessions of the caller, on every machine; otherwise only this one.
    #[graphql(default)]
    everywhere: bool,
}

payload! {
    /// What came of signing in. The session travels in a cookie, never in the answer.
    SignInPayload { viewer: Viewer }
    /// What came of signing out.
    SignOutPayload { signed_out: bool }
}

/// Signing in and out.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Opens a session and sets its cookie. The same answer tells of a wrong password, an unknown, a locked, a disabled
    /// and an unverified account.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who comes in.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let caller = caller(ctx);
        let enter = || {
            attempt(ctx, Some(&input.email))?;
            Ok(Credentials {
                email: input.email,
                password: Password(input.password),
                code: input.code.map(Password),
                user_agent: client(ctx).user_agent.clone(),
            })
        };
        let (opened, errors) = caller.run_prepared(enter).await?;
        let Some(opened) = opened else { return Ok(SignInPayload { viewer: None, errors }) };
        set_session(ctx, &opened.secret);
        let actor = actor_by_session(&caller.app, &opened.secret, Some(caller.actor.lang)).await;
        let actor = actor.map_err(|error| caller.unread(error))?;
        let viewer = actor.and_then(|actor| Viewer::of(Caller { app: caller.app.clone(), actor }));
        Ok(SignInPayload { viewer, errors })
    }

    /// Ends the session and makes the browser forget its cookie. Whoever is not signed in is signed out already.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to leave.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        let caller = caller(ctx);
        if caller.actor.is_anonymous() {
            ctx.insert_http_header("set-cookie", cookie::clear(&caller.app.config));
            return Ok(SignOutPayload { signed_out: Some(true), errors: vec![] });
        }
        let (done, errors) = caller.run(|| Ok(SignOut { everywhere: input.everywhere })).await?;
        ctx.insert_http_header("set-cookie", cookie::clear(&caller.app.config));
        Ok(SignOutPayload { signed_out: done.map(|()| true), errors })
    }
}
