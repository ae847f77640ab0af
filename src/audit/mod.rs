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
pub mod model;
pub mod queries;
pub mod sealer;
mod sql;
pub mod verify;

pub use error::Error;
pub use model::audit_event::Model as Event;
pub use queries::of_subject;

use crate::actor::Actor;
use crate::app::App;
use crate::db::Transaction;
use chrono::{DateTime, Utc};
use model::audit_event;
use sea_orm::{DbErr, EntityTrait, Set};
use serde_json::{Map, Value as Json, json};

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
    let event = audit_event::ActiveModel {
        at: Set(at),
        actor: Set(actor.label()),
        person_id: Set(actor.person_id()),
        action: Set(action.to_owned()),
        subject_kind: Set(subject.kind.to_owned()),
        subject_id: Set(subject.id),
        detail: Set(detail),
        ..Default::default()
    };
    audit_event::Entity::insert(event).exec_without_returning(&**tx).await.map(drop)
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
