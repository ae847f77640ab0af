//! The sealer: gives every committed event its place in the chain and a keyed hash, in the order in which events become
//! visible.
//!
//! On PostgreSQL a transaction may draw a key and commit after one with a higher key. Its event is sealed when it can
//! be seen. The sealer therefore looks at all unsealed events above a floor, below which none can come any more, and
//! raises the floor carefully: it notes the highest key seen and the transactions that write to the history just then;
//! when the last of these is over, everything up to the noted key is either visible or will never be. On SQLite one
//! writer follows the other and the floor is the last sealed key.

use super::canonical::{Hash, Key, Place, sealing_key};
use super::model::{audit_event, audit_seal, audit_sealer};
use super::queries::without_seal;
use super::{Error, Event, sql};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work};
use crate::db::{ROWS_PER_STATEMENT, Transaction, has_any};
use crate::id::EventId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, DerivePartialModel, EntityTrait, QueryOrder, QuerySelect, Set};

/// Where the sealer stands.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "audit_sealer::Entity")]
pub(super) struct SealerPosition {
    /// Place of the last seal; 0 before the first.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
    /// No event with a key up to this one comes any more.
    pub floor: i64,
    next_floor: Option<i64>,
    waiting_for: String,
}

impl SealerPosition {
    /// Reads it.
    pub async fn read(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let position = audit_sealer::Entity::find_by_id(1).into_partial_model().one(db).await?;
        position.ok_or_else(|| DbErr::RecordNotFound("audit_sealer".into()))
    }

    /// Keeps it.
    async fn keep(&self, tx: &Transaction) -> Result<(), DbErr> {
        let position = audit_sealer::ActiveModel {
            sequence: Set(self.sequence),
            hash: Set(self.hash.clone()),
            floor: Set(self.floor),
            next_floor: Set(self.next_floor),
            waiting_for: Set(self.waiting_for.clone()),
            ..Default::default()
        };
        audit_sealer::Entity::update_many().set(position).exec(&**tx).await.map(drop)
    }
}

/// Place and hash of the last seal, as anchors have them; 0 and a hash before all others if there is none.
///
/// # Errors
/// Those of the database.
pub async fn end_of_chain(db: &impl ConnectionTrait) -> Result<(i64, String), DbErr> {
    let position = SealerPosition::read(db).await?;
    Ok((position.sequence, position.hash))
}

/// A step, after the bank was restored into another cluster: the transactions that the sealer waited for mean nothing
/// there.
///
/// # Errors
/// Those of the database.
pub async fn forget_transactions(tx: &Transaction) -> Result<(), DbErr> {
    let nothing =
        audit_sealer::ActiveModel { next_floor: Set(None), waiting_for: Set(String::new()), ..Default::default() };
    audit_sealer::Entity::update_many().set(nothing).exec(&**tx).await.map(drop)
}

/// A round: seals every event that can be seen, so many by one command; returns how many. If another instance is at it,
/// none.
///
/// # Errors
/// Those of the database; what was sealed before stays.
pub async fn seal(app: &App) -> Result<usize, Error> {
    let actor = Actor::system("audit");
    let mut sealed = 0;
    // Looked up before anything is locked: mostly there is nothing to do.
    while is_due(app.db.read()).await? {
        let Some(count) = app.run(&actor, SealHistory).await? else { break };
        sealed += count;
        if count < ROWS_PER_STATEMENT {
            break;
        }
    }
    Ok(sealed)
}

/// Seals events that can be seen, the oldest first; how many, or `None` if another instance is at it.
///
/// Refused: never.
struct SealHistory;

impl Command for SealHistory {
    const VERB: Verb = Verb::SealHistory;
    type Output = Option<usize>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Option<usize>, Error> {
        let on_postgres = work.get_database_backend() == DbBackend::Postgres;
        if on_postgres && !sql::is_alone(work).await? {
            return Ok(None);
        }
        let key = sealing_key(work).await?;
        let mut position = SealerPosition::read(work).await?;
        // Before the events are read: whatever these transactions wrote is then visible.
        let reached = if on_postgres { reached(work, &position).await? } else { None };
        let events = unsealed(work, position.floor).await?;
        let last = events.last().map(|event| event.id.0);
        append(work, &key, &events, &mut position).await?;
        if on_postgres {
            let all_up_to = last.filter(|_| events.len() == ROWS_PER_STATEMENT).unwrap_or(i64::MAX);
            raise(work, &mut position, reached, all_up_to).await?;
        } else {
            position.floor = last.unwrap_or(position.floor);
        }
        position.keep(work).await?;
        Ok(Some(events.len()))
    }
}

async fn is_due(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let position = SealerPosition::read(db).await?;
    Ok(position.next_floor.is_some() || has_any(db, without_seal(position.floor)).await?)
}

/// The noted floor, if every transaction that was noted with it is over.
async fn reached(tx: &Transaction, position: &SealerPosition) -> Result<Option<i64>, DbErr> {
    let Some(next) = position.next_floor else { return Ok(None) };
    Ok((sql::still_writing(tx, &position.waiting_for).await? == 0).then_some(next))
}

/// Unsealed events above the floor, by key.
async fn unsealed(db: &impl ConnectionTrait, floor: i64) -> Result<Vec<Event>, DbErr> {
    let events = without_seal(floor).order_by_asc(audit_event::Column::Id);
    events.limit(ROWS_PER_STATEMENT as u64).all(db).await
}

async fn append(work: &Work<'_>, key: &Key, events: &[Event], position: &mut SealerPosition) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let now = work.now();
    let damaged = || DbErr::Custom("the remembered end of the history is no hash".into());
    let mut previous = Hash::parse(&position.hash).ok_or_else(damaged)?;
    let mut seals = Vec::with_capacity(events.len());
    for event in events {
        position.sequence += 1;
        let event_hash = key.event(event);
        let place = Place { sequence: position.sequence, event: event.id.0, sealed_at: now, event_hash };
        previous = key.seal(previous, &place);
        seals.push(audit_seal::ActiveModel {
            sequence: Set(place.sequence),
            event_id: Set(event.id),
            event_hash: Set(event_hash.to_string()),
            hash: Set(previous.to_string()),
            key_id: Set(key.id.clone()),
            sealed_at: Set(now),
        });
    }
    audit_seal::Entity::insert_many(seals).exec_without_returning(work).await?;
    position.hash = previous.to_string();
    Ok(())
}

/// Raises the floor to what was reached, if everything up to there is sealed now, and notes the next one.
async fn raise(
    tx: &Transaction,
    position: &mut SealerPosition,
    reached: Option<i64>,
    all_up_to: i64,
) -> Result<(), DbErr> {
    if let Some(next) = reached.filter(|next| *next <= all_up_to) {
        position.floor = next;
        position.next_floor = None;
    }
    if position.next_floor.is_none() {
        // In this order: who drew a key up to this one and is not over holds the lock still.
        let newest = audit_event::Entity::find().order_by_desc(audit_event::Column::Id).select_only();
        let newest: Option<EventId> = newest.column(audit_event::Column::Id).into_tuple().one(&**tx).await?;
        let newest = newest.map_or(0, |event| event.0);
        position.waiting_for = sql::writing(tx).await?;
        position.next_floor = (newest > position.floor).then_some(newest);
    }
    Ok(())
}
