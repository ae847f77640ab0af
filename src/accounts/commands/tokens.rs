//! API tokens: given by the command line, or made by people for themselves.

use super::opening::{checked_name, known};
use crate::accounts::{Error, passwords, queries};
use crate::actor::{Actor, Permission, Scope};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{PersonId, TokenId};
use crate::idempotency::{self, Claim, Key};
use crate::{audit, subject};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{DbErr, Value};
use serde_json::json;

/// A token as it leaves the bank, once.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// Its number, by which it is revoked.
    pub id: TokenId,
    /// The secret.
    pub secret: String,
}

/// Gives an account a token with all scopes. `secret` is for a demonstration with documented tokens; otherwise it is
/// random.
///
/// # Errors
/// Not allowed, no such account, an empty or overlong name.
pub async fn issue_token(
    app: &App,
    actor: &Actor,
    email: &str,
    name: &str,
    expires_at: Option<DateTime<Utc>>,
    secret: Option<String>,
) -> Result<IssuedToken, Error> {
    let new = ForAccount { name, scopes: &Scope::ALL, expires_at, secret };
    issue_token_with(app, actor, email, new).await
}

/// A token that an administrator gives to an account.
#[derive(Clone, Debug)]
pub struct ForAccount<'a> {
    /// What it is for.
    pub name: &'a str,
    /// What it may do; reading is always allowed.
    pub scopes: &'a [Scope],
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// A documented secret; otherwise it is random.
    pub secret: Option<String>,
}

/// Gives an account a token.
///
/// # Errors
/// Not allowed, no such account, an empty or overlong name.
pub async fn issue_token_with(
    app: &App,
    actor: &Actor,
    email: &str,
    new: ForAccount<'_>,
) -> Result<IssuedToken, Error> {
    actor.may(Permission::Administer)?;
    let name = checked_name(new.name)?;
    let secret = new.secret.unwrap_or_else(passwords::new_token);
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = known(&tx, email).await?;
    let token = Row { person: person.id, name: &name, scopes: new.scopes, expires_at: new.expires_at };
    let id = insert(&tx, now, actor, token, &secret).await?;
    tx.commit().await?;
    Ok(IssuedToken { id, secret })
}

struct Row<'a> {
    person: PersonId,
    name: &'a str,
    scopes: &'a [Scope],
    expires_at: Option<DateTime<Utc>>,
}

async fn insert(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    token: Row<'_>,
    secret: &str,
) -> Result<TokenId, DbErr> {
    let sql = "INSERT INTO api_token (person_id, name, token_hash, created_at, expires_at, may_request, may_staff,
                 may_administer)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    let may = |scope: Scope| Value::from(token.scopes.contains(&scope));
    let values = [
        token.person.0.into(),
        token.name.into(),
        passwords::token_hash(secret).into(),
        now.into(),
        token.expires_at.into(),
        may(Scope::Request),
        may(Scope::Staff),
        may(Scope::Administer),
    ];
    let id = TokenId(Sql::with(sql, values).number(&**tx).await?);
    let scopes: Vec<_> = token.scopes.iter().map(|scope| format!("{scope:?}").to_lowercase()).collect();
    let detail = json!({ "person": token.person.0, "expires_at": token.expires_at, "scopes": scopes });
    let detail = audit::with_changes(detail, &json!({ "exists": false }), &json!({ "exists": true }));
    audit::record(tx, now, actor, "token.issue", subject!(TokenId, id), detail).await?;
    Ok(id)
}

/// A token that somebody makes for themself.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do; reading is always allowed.
    pub scopes: Vec<Scope>,
    /// Days until it ends, 1 to 365.
    pub days: i64,
}

/// Makes a token for the caller. The secret is there the first time only: the same idempotency key again finds the token
/// without it.
///
/// # Errors
/// No session; a wrong name, no scope or a wrong number of days; scopes of the bank's people in a session without a
/// second factor; or those of the database.
pub async fn create_token(
    app: &App,
    actor: &Actor,
    new: NewToken,
    key: Option<&Key>,
) -> Result<(TokenId, Option<String>), Error> {
    let (person, session) = actor.person_in_session()?;
    let name = checked_name(&new.name)?;
    if new.scopes.is_empty() {
        return Err(Error::NoScope);
    }
    if !(1..=365).contains(&new.days) {
        return Err(Error::TokenDays);
    }
    let is_staffs = new.scopes.iter().any(|scope| matches!(scope, Scope::Staff | Scope::Administer));
    if is_staffs && queries::lacks_second_factor(app, session).await? {
        return Err(Error::SecondFactorMissing);
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ticket = match idempotency::claim(&tx, now, person, "create_api_token", key).await?? {
        Claim::Again(id) => return Ok((TokenId(id), None)),
        Claim::First(ticket) => ticket,
    };
    let secret = passwords::new_token();
    let expires_at = Some(now + Duration::days(new.days));
    let token = Row { person, name: &name, scopes: &new.scopes, expires_at };
    let id = insert(&tx, now, actor, token, &secret).await?;
    ticket.keep(&tx, id.0).await?;
    tx.commit().await?;
    Ok((id, Some(secret)))
}

/// Revokes one of the caller's tokens.
///
/// # Errors
/// No session, no such token of the caller's, or those of the database.
pub async fn revoke_own_token(app: &App, actor: &Actor, id: TokenId) -> Result<(), Error> {
    let (person, _) = actor.person_in_session()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    revoke(&tx, now, actor, id, Some(person)).await?;
    tx.commit().await?;
    Ok(())
}

/// Revokes a token: the next call with it is refused.
///
/// # Errors
/// Not allowed, or no such token.
pub async fn revoke_token(app: &App, actor: &Actor, id: TokenId) -> Result<(), Error> {
    actor.may(Permission::Administer)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    revoke(&tx, now, actor, id, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a token, of one person if told; that it had ended before stays, and is no change.
async fn revoke(
    tx: &Transaction,
    now: DateTime<Utc>,
    actor: &Actor,
    id: TokenId,
    of: Option<PersonId>,
) -> Result<(), Error> {
    let sql = "UPDATE api_token SET revoked_at = revoked_at WHERE id = $1 AND ($2 = 0 OR person_id = $2)
               RETURNING revoked_at";
    let found = Sql::with(sql, [id.0.into(), of.map_or(0, |person| person.0).into()]).one(&**tx).await?;
    let ended: Option<DateTime<Utc>> = found.ok_or(Error::NoSuchToken(id.0))?.try_get_by_index(0)?;
    let sql = "UPDATE api_token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
    Sql::with(sql, [id.0.into(), now.into()]).run(&**tx).await?;
    let detail = audit::changes(&json!({ "revoked_at": ended }), &json!({ "revoked_at": ended.unwrap_or(now) }));
    Ok(audit::record(tx, now, actor, "token.revoke", subject!(TokenId, id), detail).await?)
}
