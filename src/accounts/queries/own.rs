//! What people see of their own access: sessions, tokens, second factor.

use crate::accounts::Error;
use crate::accounts::model::session::How;
use crate::actor::{Actor, Denied, Permission, Role, Scope};
use crate::app::App;
use crate::db::Sql;
use crate::id::{PersonId, SessionId, TokenId};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveEnum, FromQueryResult};

/// An open session.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnSession {
    /// Its key.
    pub id: SessionId,
    /// By what it began.
    pub how: How,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_seen_at: DateTime<Utc>,
}

/// Open sessions of the caller, the newest first.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn own_sessions(app: &App, actor: &Actor) -> Result<Vec<OwnSession>, Error> {
    let person = own(actor)?;
    let sql = "SELECT id, how, second_factor, user_agent, created_at, last_seen_at FROM session
               WHERE person_id = $1 AND ended_at IS NULL AND created_at > $2 AND last_seen_at > $3 ORDER BY id DESC";
    let (now, ends) = (app.clock.now(), app.config.session);
    let (oldest, idle) = (now - Duration::hours(ends.absolute_hours), now - Duration::minutes(ends.idle_minutes));
    Ok(Sql::with(sql, [person.0.into(), oldest.into(), idle.into()]).all(app.db.read()).await?)
}

/// A token as its owner sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct OwnToken {
    /// Its key.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    may_request: bool,
    may_staff: bool,
    may_administer: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Revoked when.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl OwnToken {
    /// What it may do.
    pub fn scopes(&self) -> Vec<Scope> {
        let may = |scope: &Scope| match scope {
            Scope::Read => true,
            Scope::Request => self.may_request,
            Scope::Staff => self.may_staff,
            Scope::Administer => self.may_administer,
        };
        Scope::ALL.into_iter().filter(may).collect()
    }
}

/// Tokens of the caller, the newest first.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn own_tokens(app: &App, actor: &Actor) -> Result<Vec<OwnToken>, Error> {
    let sql =
        "SELECT id, name, may_request, may_staff, may_administer, created_at, expires_at, last_used_at, revoked_at
               FROM api_token WHERE person_id = $1 ORDER BY id DESC";
    Ok(Sql::with(sql, [own(actor)?.0.into()]).all(app.db.read()).await?)
}

/// Whether the caller has a second factor, and whether it is asked of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    /// It is set up.
    pub enrolled: bool,
    /// A role of theirs needs it.
    pub required: bool,
    /// The session has it, or nothing asks for it.
    pub proven: bool,
}

/// The caller's second factor.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn second_factor(app: &App, actor: &Actor) -> Result<SecondFactorState, Error> {
    let sql = "SELECT (SELECT count(*) FROM second_factor WHERE person_id = $1 AND confirmed_at IS NOT NULL),
                      (SELECT count(*) FROM role_grant WHERE person_id = $1 AND role IN ($2, $3)),
                      (SELECT count(*) FROM session WHERE id = $4 AND second_factor), kind
               FROM bank WHERE id = 1";
    let needing: Vec<_> = Role::ALL.into_iter().filter(|role| role.needs_second_factor()).collect();
    let [first, second] = needing[..] else { return Err(Error::NoSuchRole) };
    let session = actor.session().map_or(0, |session| session.0);
    let values = [own(actor)?.0.into(), first.to_value().into(), second.to_value().into(), session.into()];
    let row = Sql::with(sql, values).one(app.db.read()).await?.ok_or(Error::NoSuchPerson)?;
    let some = |column| row.try_get_by_index::<i64>(column).map(|count| count > 0);
    let is_demo = row.try_get_by_index::<String>(3)? == "demo";
    let required = app.config.second_factor_required && !is_demo && some(1)?;
    Ok(SecondFactorState { enrolled: some(0)?, required, proven: !required || actor.session().is_none() || some(2)? })
}

fn own(actor: &Actor) -> Result<PersonId, Denied> {
    actor.person_who_may(Permission::BrowseCatalogue)
}
