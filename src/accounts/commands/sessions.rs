//! Sessions: begun by a proof of who somebody is, ended by the person, by time, or with the account.

use crate::accounts::model::session::How;
use crate::accounts::{Error, passwords};
use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{PersonId, SessionId};
use crate::{audit, subject};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveEnum, DbErr};
use serde_json::json;

/// Characters that are kept of the name a browser gives itself.
const USER_AGENT: usize = 200;

/// A session that was just opened.
#[derive(Clone)]
pub struct Opened {
    /// Its key.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// What the cookie carries; kept nowhere.
    pub secret: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({}, {}, ..)", self.id, self.person)
    }
}

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who proved who they are.
    pub person: PersonId,
    /// By what.
    pub how: How,
    /// Whether a second factor was proved as well.
    pub second_factor: bool,
    /// What the browser calls itself; the first 200 characters are kept.
    pub user_agent: Option<&'a str>,
}

/// A step: opens a session in the transaction in which the proof was accepted. The caller made sure that the account is
/// open and its e-mail verified.
///
/// # Errors
/// Those of the database.
pub async fn open(tx: &Transaction, now: DateTime<Utc>, actor: &Actor, entry: Entry<'_>) -> Result<Opened, DbErr> {
    let secret = passwords::new_secret();
    let user_agent: String = entry.user_agent.unwrap_or_default().chars().take(USER_AGENT).collect();
    let sql = "INSERT INTO session (token_hash, person_id, how, second_factor, user_agent, created_at, last_seen_at)
               VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id";
    let values = [
        passwords::token_hash(&secret).into(),
        entry.person.0.into(),
        entry.how.to_value().into(),
        entry.second_factor.into(),
        user_agent.into(),
        now.into(),
    ];
    let id = SessionId(Sql::with(sql, values).number(&**tx).await?);
    let detail = json!({ "person": entry.person.0, "how": entry.how.to_value(), "second_factor": entry.second_factor });
    let detail = audit::with_changes(detail, &json!({ "exists": false }), &json!({ "exists": true }));
    audit::record(tx, now, actor, "session.open", subject!(SessionId, id), detail).await?;
    Ok(Opened { id, person: entry.person, secret })
}

/// A step: ends the open sessions of a person, all or all but one, and tells how many these were.
///
/// # Errors
/// Those of the database.
pub async fn end_all(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    but: Option<SessionId>,
) -> Result<u64, DbErr> {
    let sql = "UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL AND id <> $3";
    let but = but.map_or(0, |session| session.0);
    Sql::with(sql, [person.0.into(), now.into(), but.into()]).run(&**tx).await
}

/// A step: ends one open session of a person; false if there is none.
pub(super) async fn end_one(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    session: SessionId,
) -> Result<bool, DbErr> {
    let sql = "UPDATE session SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL";
    Ok(Sql::with(sql, [session.0.into(), person.0.into(), now.into()]).run(&**tx).await? == 1)
}

/// Ends the session by which the caller asks.
///
/// # Errors
/// No session, or those of the database.
pub async fn sign_out(app: &App, actor: &Actor) -> Result<(), Error> {
    let (_, session) = actor.person_in_session()?;
    end(app, actor, session).await
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// No session to ask by, no such session of the caller's, or those of the database.
pub async fn end(app: &App, actor: &Actor, session: SessionId) -> Result<(), Error> {
    let (person, _) = actor.person_in_session()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !end_one(&tx, now, person, session).await? {
        return Err(Error::NoSuchSession);
    }
    audit::record(
        &tx,
        now,
        actor,
        "session.end",
        subject!(SessionId, session),
        audit::changes(&json!({ "ended_at": null }), &json!({ "ended_at": now })),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all sessions of the caller, this one too.
///
/// # Errors
/// No session, or those of the database.
pub async fn sign_out_everywhere(app: &App, actor: &Actor) -> Result<u64, Error> {
    let (person, _) = actor.person_in_session()?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ended = end_all(&tx, now, person, None).await?;
    let detail = audit::changes(&json!({ "open_sessions": ended }), &json!({ "open_sessions": 0 }));
    audit::record(&tx, now, actor, "session.end_all", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(ended)
}
