//! Getting in and staying in control of it: sessions, registration, second factor, tokens, and managing people.

mod administration;
mod registration;
mod second_factor;
mod session;
mod tokens;

pub use administration::{Account, AccountTotals, AdministrationQuery};
pub use tokens::{ApiToken, SecondFactor, Session, second_factor_of, sessions_of, tokens_of};

use super::error::refuse;
use super::loaders::caller;
use crate::accounts::cookie;
use crate::accounts::throttle::{Client, Throttle};
use async_graphql::{Context, MergedObject, Result};
use std::sync::Arc;

/// Changes of how people get in.
#[derive(Default, MergedObject)]
pub struct AccessMutation(
    session::SessionMutation,
    registration::RegistrationMutation,
    second_factor::SecondFactorMutation,
    tokens::TokensMutation,
    administration::AdministrationMutation,
);

/// Where the call came from.
fn client<'a>(ctx: &Context<'a>) -> &'a Client {
    ctx.data_unchecked::<Client>()
}

/// Sets the cookie of the session that the answer opens or goes on with.
fn set_session(ctx: &Context<'_>, secret: &str) {
    ctx.insert_http_header("set-cookie", cookie::set(&caller(ctx).app.config, secret));
}

/// Counts an attempt to get in, at an account if one is named.
///
/// # Errors
/// `RATE_LIMITED`; the answer's head then says when to try again.
fn attempt(ctx: &Context<'_>, email: Option<&str>) -> Result<()> {
    let counted = ctx.data_unchecked::<Arc<Throttle>>().attempt(client(ctx), email);
    counted.map_err(|error| {
        if let crate::accounts::Error::TooManyAttempts { seconds } = &error {
            ctx.insert_http_header("retry-after", seconds.to_string());
        }
        refuse(&error, caller(ctx).actor.lang)
    })
}
