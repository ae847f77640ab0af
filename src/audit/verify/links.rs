//! Rows of the chain as they are, whatever somebody made of them.

use crate::audit::Event;
use crate::audit::canonical::{Hash, Place};
use crate::audit::model::audit_event;
use crate::audit::model::audit_seal::{Column, Entity};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder, QueryResult,
    QuerySelect,
};

/// Links read at once.
pub const PAGE: usize = 1_000;

/// The event of a seal.
#[derive(Clone, Debug)]
pub enum Found {
    /// As it stands.
    Event(Event),
    /// Its row is gone.
    Missing,
    /// A column holds what the bank never writes.
    Unreadable,
}

/// A seal with its event. What cannot be read is empty, and then no hash fits.
#[derive(Clone, Debug)]
pub struct Link {
    /// Place.
    pub sequence: i64,
    /// Key of the event.
    pub event: i64,
    /// Hash of the event.
    pub event_hash: Hash,
    /// Hash of the seal.
    pub hash: Hash,
    /// Which key.
    pub key_id: String,
    /// Sealed when.
    pub sealed_at: DateTime<Utc>,
    /// The event.
    pub found: Found,
}

impl FromQueryResult for Link {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let hash = |column| {
            let text: Option<String> = row.try_get("", column).ok();
            text.and_then(|text| Hash::parse(&text)).unwrap_or(Hash::BEFORE_ALL)
        };
        let found = match row.try_get::<Option<i64>>("", "id") {
            Ok(None) => Found::Missing,
            Ok(Some(_)) => Event::from_query_result(row, "").map_or(Found::Unreadable, Found::Event),
            Err(_) => Found::Unreadable,
        };
        Ok(Self {
            sequence: row.try_get("", "sequence").unwrap_or_default(),
            event: row.try_get("", "event_id").unwrap_or_default(),
            event_hash: hash("event_hash"),
            hash: hash("hash"),
            key_id: row.try_get("", "key_id").unwrap_or_default(),
            sealed_at: row.try_get("", "sealed_at").unwrap_or_default(),
            found,
        })
    }
}

impl Link {
    /// What its hash has to stand over.
    pub fn place(&self) -> Place {
        Place { sequence: self.sequence, event: self.event, sealed_at: self.sealed_at, event_hash: self.event_hash }
    }
}

/// A page of links after a place.
///
/// # Errors
/// Those of the database.
pub async fn links_after(db: &impl ConnectionTrait, sequence: i64) -> Result<Vec<Link>, DbErr> {
    let seals = Entity::find().left_join(audit_event::Entity).columns(audit_event::Column::iter());
    let page = seals.filter(Column::Sequence.gt(sequence)).order_by_asc(Column::Sequence).limit(PAGE as u64);
    page.into_model().all(db).await
}
