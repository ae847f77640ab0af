//! The history: what happened to what, by whom. Written in the operation's own transaction and never changed; the
//! database refuses to. Names, addresses and secrets never stand in it, only keys.

use crate::actor::Actor;
use crate::db::{Sql, Write};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value as Json;

/// The thing an event is about: its kind as in global ids, and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// As in [`crate::id`].
    pub kind: &'static str,
    /// Its key.
    pub id: i64,
}

/// Names the subject of an event from a typed id: `subject!(RequestId, id)`.
#[macro_export]
macro_rules! subject {
    ($kind:ident, $id:expr) => {{
        let id: $crate::id::$kind = $id;
        $crate::audit::Subject { kind: $crate::id::$kind::KIND, id: id.0 }
    }};
}

/// An event as it stands in the history.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Event {
    /// Its place in the order of writing.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `person:7`, `system:import`, `anonymous`.
    pub actor: String,
    /// The person's key, if it was one.
    pub person_id: Option<i64>,
    /// What, as `area.verb`.
    pub action: String,
    /// What changed, before and after.
    pub detail: Json,
}

/// A step: writes one event. `detail` has before and after of what changed, or what the event needs to be understood.
///
/// # Errors
/// Those of the database.
pub async fn record(
    tx: &Write,
    at: DateTime<Utc>,
    actor: &Actor,
    action: &str,
    subject: Subject,
    detail: Json,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO audit_event (at, actor, person_id, action, subject_kind, subject_id, detail)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let person = actor.person_id().map(|id| id.0);
    let values = [
        at.into(),
        actor.label().into(),
        person.into(),
        action.into(),
        subject.kind.into(),
        subject.id.into(),
        detail.into(),
    ];
    Sql::with(sql, values).run(&**tx).await.map(drop)
}

/// What happened to one thing, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Event>, DbErr> {
    let sql = "SELECT id, at, actor, person_id, action, detail FROM audit_event
               WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id";
    Sql::with(sql, [subject.kind.into(), subject.id.into()]).all(db).await
}
