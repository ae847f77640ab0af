//! API tokens: given by the command line, or made by people for themselves.

use super::opening::{checked_name, known};
use crate::accounts::events::TokenEvent;
use crate::accounts::model::api_token;
use crate::accounts::{Error, passwords, queries};
use crate::actor::{Scope, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Create, Work};
use crate::id::{PersonId, TokenId};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set, Unchanged,
};
use serde_json::json;

/// A token as it leaves the bank, once.
#[derive(Clone)]
pub struct IssuedToken {
    /// Its number, by which it is revoked.
    pub id: TokenId,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuedToken({}, ..)", self.id)
    }
}

/// Gives an account a token.
///
/// Refused: no such account, or an empty or overlong name.
#[derive(Clone)]
pub struct IssueApiToken {
    /// E-mail of the account.
    pub email: String,
    /// What it is for.
    pub name: String,
    /// What it may do; reading is always allowed.
    pub scopes: Vec<Scope>,
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// A documented secret, of a demonstration; otherwise it is random.
    pub secret: Option<String>,
}

impl IssueApiToken {
    /// A token that may do everything and does not end.
    pub fn with_every_scope(email: impl Into<String>, name: impl Into<String>) -> Self {
        let scopes = Scope::ALL.into();
        Self { email: email.into(), name: name.into(), scopes, expires_at: None, secret: None }
    }
}

impl Command for IssueApiToken {
    const VERB: Verb = Verb::IssueApiToken;
    type Output = IssuedToken;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_name(&self.name).map(drop)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<IssuedToken, Error> {
        let person = known(work, &self.email).await?.id;
        let name = checked_name(&self.name)?;
        let row = Row { person, name: &name, scopes: &self.scopes, expires_at: self.expires_at, second_factor: true };
        let secret = self.secret.clone().unwrap_or_else(passwords::new_token);
        let id = insert(work, row, &secret).await?;
        Ok(IssuedToken { id, secret })
    }
}

struct Row<'a> {
    person: PersonId,
    name: &'a str,
    scopes: &'a [Scope],
    expires_at: Option<DateTime<Utc>>,
    second_factor: bool,
}

async fn insert(work: &Work<'_>, token: Row<'_>, secret: &str) -> Result<TokenId, DbErr> {
    let may = |scope: Scope| Set(token.scopes.contains(&scope));
    let row = api_token::ActiveModel {
        person_id: Set(token.person),
        name: Set(token.name.into()),
        token_hash: Set(passwords::token_hash(secret)),
        created_at: Set(work.now()),
        expires_at: Set(token.expires_at),
        may_request: may(Scope::Request),
        may_staff: may(Scope::Staff),
        may_administer: may(Scope::Administer),
        second_factor: Set(token.second_factor),
        ..Default::default()
    };
    let id = row.insert(work).await?.id;
    let scopes: Vec<_> = token.scopes.iter().map(|scope| format!("{scope:?}").to_lowercase()).collect();
    let event = TokenEvent::Issued {
        person: token.person,
        expires_at: token.expires_at,
        scopes,
        changes: Changes::of("exists", false, true),
    };
    audit::record(work, id, &event).await?;
    Ok(id)
}

/// Makes a token for the caller. The secret is there the first time only: the same idempotency key again finds the
/// token without it.
///
/// Refused: a wrong name, no scope, a wrong number of days, or scopes of the bank's people in a session without a
/// second factor.
#[derive(Clone, Debug)]
pub struct CreateApiToken {
    /// What it is for.
    pub name: String,
    /// What it may do; reading is always allowed.
    pub scopes: Vec<Scope>,
    /// Days until it ends, 1 to 365.
    pub days: i64,
}

impl Command for CreateApiToken {
    const VERB: Verb = Verb::CreateApiToken;
    type Output = (TokenId, Option<String>);
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        checked_name(&self.name)?;
        if self.scopes.is_empty() {
            return Err(Error::NoScope);
        }
        if (1..=365).contains(&self.days) { Ok(()) } else { Err(Error::TokenDays) }
    }

    async fn apply(&self, work: &Work<'_>) -> Result<(TokenId, Option<String>), Error> {
        let (person, session) = work.actor.person_in_session()?;
        let is_staffs = self.scopes.iter().any(|scope| matches!(scope, Scope::Staff | Scope::Administer));
        let second_factor = !queries::lacks_second_factor(work, &work.app.config, session).await?;
        if is_staffs && !second_factor {
            return Err(Error::SecondFactorMissing);
        }
        let (name, secret) = (checked_name(&self.name)?, passwords::new_token());
        let expires_at = Some(work.now() + Duration::days(self.days));
        let row = Row { person, name: &name, scopes: &self.scopes, expires_at, second_factor };
        let id = insert(work, row, &secret).await?;
        Ok((id, Some(secret)))
    }
}

impl Create for CreateApiToken {
    fn made((id, _): &(TokenId, Option<String>)) -> i64 {
        id.0
    }

    async fn find(&self, _: &Work<'_>, made: i64) -> Result<(TokenId, Option<String>), Error> {
        Ok((TokenId(made), None))
    }
}

/// Revokes one of the caller's tokens: the next call with it is refused.
///
/// Refused: no such token of the caller's.
#[derive(Clone, Copy, Debug)]
pub struct RevokeApiToken {
    /// Which one.
    pub token: TokenId,
}

impl Command for RevokeApiToken {
    const VERB: Verb = Verb::RevokeApiToken;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        revoke(work, self.token, Some(work.person()?)).await
    }
}

/// Revokes a token, whoever's it is.
///
/// Refused: no such token.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawApiToken {
    /// Which one.
    pub token: TokenId,
}

impl Command for WithdrawApiToken {
    const VERB: Verb = Verb::WithdrawApiToken;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        revoke(work, self.token, None).await
    }
}

/// Ends a token, of one person if told; that it had ended before stays, and is no change.
async fn revoke(work: &Work<'_>, id: TokenId, of: Option<PersonId>) -> Result<(), Error> {
    let token = api_token::Entity::find_by_id(id)
        .apply_if(of, |token, person| token.filter(api_token::Column::PersonId.eq(person)));
    let token = token.lock_exclusive().one(work).await?;
    let (ended, now) = (token.ok_or(Error::NoSuchToken(id.0))?.revoked_at, work.now());
    if ended.is_none() {
        let revoked = api_token::ActiveModel { id: Unchanged(id), revoked_at: Set(Some(now)), ..Default::default() };
        api_token::Entity::update(revoked).exec_without_returning(work).await?;
    }
    let changes = Changes::between(&json!({ "revoked_at": ended }), &json!({ "revoked_at": ended.unwrap_or(now) }));
    Ok(audit::record(work, id, &TokenEvent::Revoked { changes }).await?)
}
