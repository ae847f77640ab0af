//! The sealer: gives every committed event its place in the chain and a keyed hash, in the order in which events become
//! visible.
//!
//! On PostgreSQL a transaction may draw a key and commit after one with a higher key. Its event is sealed when it can be
//! seen. The sealer therefore looks at all unsealed events above a floor, below which none can come any more, and raises
//! the floor carefully: it notes the highest key seen and the transactions that write to the history just then; when the
//! last of these is over, everything up to the noted key is either visible or will never be. On SQLite one writer follows
//! the other and the floor is the last sealed key.

use super::canonical::{Hash, Key, Place, sealing_key};
use super::queries::COLUMNS;
use super::{Error, Event};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::command::{Command, Work};
use crate::db::{ROWS_PER_STATEMENT, Sql, Transaction};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

/// Number of the advisory lock by which instances on one PostgreSQL database take turns.
const LOCK: i64 = 0x7374_656d_6175_6474;
/// Locks on the history's table that a transaction took to insert into it; taken before it draws a key.
const WRITERS: &str = "pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
    AND relation = CAST('audit_event' AS regclass) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Where the sealer stands.
#[derive(Clone, Debug, FromQueryResult)]
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
        let sql = "SELECT sequence, hash, floor, next_floor, waiting_for FROM audit_sealer WHERE id = 1";
        Sql::new(sql).all(db).await?.pop().ok_or_else(|| DbErr::RecordNotFound("audit_sealer".into()))
    }

    /// Keeps it.
    async fn keep(&self, tx: &Transaction) -> Result<(), DbErr> {
        let sql = "UPDATE audit_sealer SET sequence = $1, hash = $2, floor = $3, next_floor = $4, waiting_for = $5";
        let values = [
            self.sequence.into(),
            self.hash.clone().into(),
            self.floor.into(),
            self.next_floor.into(),
            self.waiting_for.clone().into(),
        ];
        Sql::with(sql, values).run(&**tx).await.map(drop)
    }
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
        if on_postgres && !is_alone(work).await? {
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
    let sql =
        "SELECT CAST(CASE WHEN m.next_floor IS NOT NULL OR EXISTS (SELECT 1 FROM audit_event e WHERE e.id > m.floor
                 AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.event_id = e.id)) THEN 1 ELSE 0 END AS BIGINT)
               FROM audit_sealer m WHERE m.id = 1";
    Ok(Sql::new(sql).number(db).await? == 1)
}

/// Takes the turn until the end of the transaction, unless another instance has it.
async fn is_alone(tx: &Transaction) -> Result<bool, DbErr> {
    let sql = "SELECT CAST(CAST(pg_try_advisory_xact_lock($1) AS INTEGER) AS BIGINT)";
    Ok(Sql::with(sql, [LOCK.into()]).number(&**tx).await? == 1)
}

/// The noted floor, if every transaction that was noted with it is over.
async fn reached(tx: &Transaction, position: &SealerPosition) -> Result<Option<i64>, DbErr> {
    let Some(next) = position.next_floor else { return Ok(None) };
    let mut sql = Sql::new(format!("SELECT count(*) FROM {WRITERS} AND virtualtransaction = ANY(string_to_array("));
    sql.bind(position.waiting_for.clone()).push(", ','))");
    Ok((sql.number(&**tx).await? == 0).then_some(next))
}

/// Unsealed events above the floor, by key. The bound on both tables keeps either way of joining them short.
async fn unsealed(db: &impl ConnectionTrait, floor: i64) -> Result<Vec<Event>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_event e WHERE e.id > $1
           AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.event_id = e.id AND s.event_id > $1)
         ORDER BY e.id LIMIT {ROWS_PER_STATEMENT}"
    );
    Sql::with(sql, [floor.into()]).all(db).await
}

async fn append(work: &Work<'_>, key: &Key, events: &[Event], position: &mut SealerPosition) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let now = work.now();
    let damaged = || DbErr::Custom("the remembered end of the history is no hash".into());
    let mut previous = Hash::parse(&position.hash).ok_or_else(damaged)?;
    let mut sql = Sql::new("INSERT INTO audit_seal (sequence, event_id, event_hash, hash, key_id, sealed_at) VALUES ");
    for (i, event) in events.iter().enumerate() {
        position.sequence += 1;
        let event_hash = key.event(event);
        let place = Place { sequence: position.sequence, event: event.id.0, sealed_at: now, event_hash };
        previous = key.seal(previous, &place);
        sql.push(if i > 0 { ", (" } else { "(" }).bind(place.sequence).push(", ").bind(place.event).push(", ");
        sql.bind(event_hash.to_string()).push(", ").bind(previous.to_string()).push(", ");
        sql.bind(key.id.clone()).push(", ").bind(now).push(")");
    }
    sql.run(work).await?;
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
        let newest = Sql::new("SELECT coalesce(max(id), 0) FROM audit_event").number(&**tx).await?;
        let writers = format!("SELECT coalesce(string_agg(virtualtransaction, ','), '') FROM {WRITERS}");
        let row = Sql::new(writers).one(&**tx).await?;
        position.waiting_for = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        position.next_floor = (newest > position.floor).then_some(newest);
    }
    Ok(())
}
