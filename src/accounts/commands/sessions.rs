//! Sessions: begun by a proof of who somebody is, ended by the person, by time, or with the account.

use crate::accounts::events::AccountEvent;
use crate::accounts::events::SessionEvent;
use crate::accounts::model::session::{self, How};
use crate::accounts::{Error, passwords};
use crate::actor::{Actor, Verb};
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::{PersonId, SessionId};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, UpdateMany};
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
pub(super) struct Entry<'a> {
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
pub(super) async fn open(work: &Work<'_>, entry: Entry<'_>) -> Result<Opened, DbErr> {
    let (secret, now) = (passwords::new_secret(), work.now());
    let user_agent: String = entry.user_agent.unwrap_or_default().chars().take(USER_AGENT).collect();
    let row = session::ActiveModel {
        token_hash: Set(passwords::token_hash(&secret)),
        person_id: Set(entry.person),
        how: Set(entry.how),
        second_factor: Set(entry.second_factor),
        user_agent: Set(user_agent),
        created_at: Set(now),
        last_seen_at: Set(now),
        ..Default::default()
    };
    let id = row.insert(work).await?.id;
    let event = SessionEvent::Opened {
        person: entry.person,
        how: entry.how,
        second_factor: entry.second_factor,
        changes: Changes::of("exists", false, true),
    };
    // Whoever comes in is not known yet to the command that lets them in.
    let known = Actor::person(entry.person, None, vec![], work.actor.lang);
    audit::record_as(work, &known, id, &event).await?;
    Ok(Opened { id, person: entry.person, secret })
}

/// A step: ends the open sessions of a person, all or all but one, and tells how many these were.
///
/// # Errors
/// Those of the database.
pub(super) async fn end_all(work: &Work<'_>, person: PersonId, but: Option<SessionId>) -> Result<u64, DbErr> {
    let others = open_of(work, person).filter(session::Column::Id.ne(but.unwrap_or(SessionId(0))));
    Ok(others.exec(work).await?.rows_affected)
}

/// A step: ends one open session of a person; false if there is none.
pub(super) async fn end_one(work: &Work<'_>, person: PersonId, session: SessionId) -> Result<bool, DbErr> {
    let ended = open_of(work, person).filter(session::Column::Id.eq(session)).exec(work).await?;
    Ok(ended.rows_affected == 1)
}

/// Ends the open sessions of a person.
fn open_of(work: &Work<'_>, person: PersonId) -> UpdateMany<session::Entity> {
    session::Entity::update_many()
        .set(session::ActiveModel { ended_at: Set(Some(work.now())), ..Default::default() })
        .filter(session::Column::PersonId.eq(person))
        .filter(session::Column::EndedAt.is_null())
}

/// A step: the same, which is written down.
async fn end(work: &Work<'_>, session: SessionId) -> Result<(), Error> {
    if !end_one(work, work.person()?, session).await? {
        return Err(Error::NoSuchSession);
    }
    let changes = Changes::to(&json!({ "ended_at": work.now() }));
    Ok(audit::record(work, session, &SessionEvent::Ended { changes }).await?)
}

/// Ends the session by which the caller asks, or all of theirs.
#[derive(Clone, Copy, Debug)]
pub struct SignOut {
    /// All sessions of the caller, this one too.
    pub everywhere: bool,
}

impl Command for SignOut {
    const VERB: Verb = Verb::SignOut;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let (person, session) = work.actor.person_in_session()?;
        if !self.everywhere {
            return end(work, session).await;
        }
        let ended = end_all(work, person, None).await?;
        let changes = Changes::of("open_sessions", ended, 0);
        Ok(audit::record(work, person, &AccountEvent::SessionsEnded { changes }).await?)
    }
}

/// Ends one of the caller's sessions.
///
/// Refused: no such session of the caller's.
#[derive(Clone, Copy, Debug)]
pub struct EndSession {
    /// Which one.
    pub session: SessionId,
}

impl Command for EndSession {
    const VERB: Verb = Verb::EndSession;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        end(work, self.session).await
    }
}
