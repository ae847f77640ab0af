//! The history: what happened to what, by whom. Written in the operation's own transaction and never changed; the
//! database refuses to. Names, addresses and secrets never stand in it, only keys.
//!
//! Within a second a sealer gives each committed event its place in a chain of keyed hashes ([`sealer`], [`canonical`]),
//! so that whoever changes the history behind the bank's back is found by [`verify`]. The end of the chain is told to the
//! outside once a day ([`anchors`]), so that a cut-off end is found too. What the chain cannot tell: that an event which
//! somebody with rights on the database wrote before it was sealed is true.

pub mod anchors;
pub mod canonical;
mod error;
pub mod queries;
pub mod sealer;
pub mod verify;

pub use error::Error;

use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::{Map, Value as Json, json};

/// Columns of an [`Event`] in a table called `e`.
const COLUMNS: &str = "e.id, e.at, e.actor, e.person_id, e.action, e.subject_kind, e.subject_id, e.detail";

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
    /// Its key. Higher keys were written later, but not always committed later.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// `person:7`, `system:import`, `anonymous`.
    pub actor: String,
    /// The person's key, if it was one.
    pub person_id: Option<i64>,
    /// What, as `area.verb`.
    pub action: String,
    /// Kind of what it is about, as in [`crate::id`].
    pub subject_kind: String,
    /// Key of what it is about.
    pub subject_id: i64,
    /// What changed, before and after.
    pub detail: Json,
}

/// A step: writes one event. `detail` has before and after of what changed ([`changes`]), or what the event needs to be
/// understood.
///
/// # Errors
/// Those of the database.
pub async fn record(
    tx: &Transaction,
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

/// Records that somebody read what is sensitive, in a transaction of its own. Called before the rows leave, so that what
/// cannot be recorded is not shown; of a list only its first page is recorded, with the filter.
///
/// # Errors
/// Those of the database.
pub async fn record_read(app: &App, actor: &Actor, action: &str, subject: Subject, detail: Json) -> Result<(), DbErr> {
    let tx = app.db.begin().await?;
    record(&tx, app.clock.now(), actor, action, subject, detail).await?;
    tx.commit().await
}

/// What differs between two states of a thing, for an event's detail: `{ "before": { .. }, "after": { .. } }` with the
/// changed fields only. A field that one side lacks is null there.
pub fn changes(before: &Json, after: &Json) -> Json {
    let (mut old, mut new) = (Map::new(), Map::new());
    let field = |of: &Json, key: &str| of.get(key).cloned().unwrap_or_default();
    let keys = [before, after].into_iter().filter_map(Json::as_object).flat_map(Map::keys);
    for key in keys.filter(|key| field(before, key) != field(after, key)) {
        old.insert(key.clone(), field(before, key));
        new.insert(key.clone(), field(after, key));
    }
    json!({ "before": old, "after": new })
}

/// An event's detail with [`changes`] beside what it says already.
#[must_use]
pub fn with_changes(mut detail: Json, before: &Json, after: &Json) -> Json {
    if let (Some(detail), Json::Object(changes)) = (detail.as_object_mut(), changes(before, after)) {
        detail.extend(changes);
    }
    detail
}

/// What happened to one thing, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Event>, DbErr> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit_event e WHERE e.subject_kind = $1 AND e.subject_id = $2 ORDER BY e.id");
    Sql::with(sql, [subject.kind.into(), subject.id.into()]).all(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_name_what_differs_and_nothing_else() {
        let before = json!({ "state": "draft", "vials": 2, "gone": true });
        let after = json!({ "state": "submitted", "vials": 2, "new": [1] });
        let expected = json!({
            "before": { "state": "draft", "gone": true, "new": null },
            "after": { "state": "submitted", "gone": null, "new": [1] },
        });
        assert_eq!(changes(&before, &after), expected);
        assert_eq!(changes(&before, &before), json!({ "before": {}, "after": {} }));
        let detail = with_changes(json!({ "lines": 1 }), &json!({ "a": 1 }), &json!({ "a": 2 }));
        assert_eq!(detail, json!({ "lines": 1, "before": { "a": 1 }, "after": { "a": 2 } }));
    }
}
