//! The history: what happened to what, by whom. Written in the command's own transaction and never changed; the
//! database refuses to. Names, addresses and secrets never stand in it, only keys.
//!
//! Within a second a sealer gives each committed event its place in a chain of keyed hashes ([`sealer`],
//! [`canonical`]), so that whoever changes the history behind the bank's back is found by [`verify`]. The end of the
//! chain is told to the outside once a day ([`anchors`]), so that a cut-off end is found too. What the chain cannot
//! tell: that an event which somebody with rights on the database wrote before it was sealed is true.

pub mod anchors;
pub mod canonical;
mod error;
pub mod events;
pub mod model;
pub mod queries;
pub mod sealer;
mod sql;
pub mod verify;

pub use error::Error;
pub use events::{AreaEvent, Changes, word};
pub use model::audit_event::Model as Event;
pub use queries::of_subject;

use crate::actor::Actor;
use crate::app::App;
use crate::command::Work;
use crate::db::Transaction;
use crate::id::Key;
use chrono::{DateTime, Utc};
use model::audit_event;
use sea_orm::{DbErr, EntityTrait, Set};

/// The thing an event is about: its kind as in global ids, and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// As in [`crate::id`].
    pub kind: &'static str,
    /// Its key.
    pub id: i64,
}

impl Subject {
    /// The bank as a whole.
    pub const BANK: Self = Self { kind: "Bank", id: 1 };
}

impl<K: Key> From<K> for Subject {
    fn from(key: K) -> Self {
        Self { kind: K::KIND, id: key.number() }
    }
}

/// A step: writes one event.
///
/// # Errors
/// Those of the database.
pub async fn record<E: AreaEvent>(work: &Work<'_>, about: E::About, event: &E) -> Result<(), DbErr> {
    write(work, work.now(), work.actor, (about.into(), event)).await
}

/// The same for what a part of the system does within somebody's command, such as ending what ran out.
///
/// # Errors
/// Those of the database.
pub async fn record_as<E: AreaEvent>(work: &Work<'_>, actor: &Actor, about: E::About, event: &E) -> Result<(), DbErr> {
    write(work, work.now(), actor, (about.into(), event)).await
}

async fn write<E: AreaEvent>(
    tx: &Transaction,
    at: DateTime<Utc>,
    actor: &Actor,
    (subject, event): (Subject, &E),
) -> Result<(), DbErr> {
    let row = audit_event::ActiveModel {
        at: Set(at),
        actor: Set(actor.label()),
        person_id: Set(actor.person_id()),
        action: Set(event.action().to_owned()),
        subject_kind: Set(subject.kind.to_owned()),
        subject_id: Set(subject.id),
        detail: Set(event.detail()),
        ..Default::default()
    };
    audit_event::Entity::insert(row).exec_without_returning(&**tx).await.map(drop)
}

/// Records that somebody read what is sensitive, in a transaction of its own. Called before the rows leave, so that
/// what cannot be recorded is not shown; of a list only its first page is recorded, with the filter. This is no
/// command: nobody asks for it, it is what a read leaves behind, and the read has asked for the permission.
///
/// # Errors
/// Those of the database.
pub async fn record_read<E: AreaEvent>(app: &App, actor: &Actor, about: E::About, event: &E) -> Result<(), DbErr> {
    let tx = app.db.begin().await?;
    write(&tx, app.clock.now(), actor, (about.into(), event)).await?;
    tx.commit().await
}
