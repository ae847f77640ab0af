//! The last word of a transaction, and what to think when its answer is lost.
//!
//! PostgreSQL is reached over a network: a connection may end after the server did the COMMIT and before it said so. So
//! a transaction that wrote something leaves a key of its own. Whoever did not hear the answer writes the same key in
//! another transaction: that waits for the first one if it is still under way, and finds the key if it was done.

use super::Db;
use super::model::commit_key::{Column, Entity};
use super::sql;
use crate::error::{OUTCOME_UNKNOWN, is_passing, leaves_commit_open};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use std::time::{Duration, Instant};

/// How long a lost answer is looked for, while the caller waits.
const LOOK_FOR: Duration = Duration::from_secs(8);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Commits; after a lost answer it says what came of it.
pub(super) async fn commit(tx: DatabaseTransaction, db: &Db) -> Result<(), DbErr> {
    let key = leave_key(&tx).await?;
    let Err(error) = tx.commit().await.inspect_err(|error| db.storage.failed(error)) else { return Ok(()) };
    if !leaves_commit_open(&error) {
        return Err(error);
    }
    let is_done = match &key {
        // It wrote nothing, so nothing can be missing, and what it read is true.
        None if db.backend() == DbBackend::Postgres => return Ok(()),
        None => None,
        Some(key) => find(db, key).await,
    };
    match is_done {
        Some(true) => {
            tracing::warn!(%error, "the answer to a COMMIT was lost; it was done");
            Ok(())
        }
        Some(false) => Err(error),
        None => {
            tracing::error!(%error, "the answer to a COMMIT was lost, and whether it was done is not known");
            Err(DbErr::Custom(OUTCOME_UNKNOWN.to_owned()))
        }
    }
}

/// Leaves a key, if the transaction wrote anything and its engine is reached over a network.
async fn leave_key(tx: &DatabaseTransaction) -> Result<Option<String>, DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let key = format!("{:032x}", rand::random::<u128>());
    Ok(sql::leave_key_if_written(tx, &key).await?.then_some(key))
}

/// Whether the transaction of a key was done; `None` if the database does not say in time.
async fn find(db: &Db, key: &str) -> Option<bool> {
    let begun = Instant::now();
    while begun.elapsed() < LOOK_FOR {
        match write_again(db, key).await {
            Ok(is_new) => return Some(!is_new),
            Err(error) if is_passing(&error) => tokio::time::sleep(LOOK_EVERY).await,
            Err(_) => return None,
        }
    }
    None
}

/// Whether the key can be written, which waits for a transaction under way that wrote it. Nothing stays written.
async fn write_again(db: &Db, key: &str) -> Result<bool, DbErr> {
    let tx = db.open().await?;
    let is_new = sql::leave_key(&*tx, key).await?;
    tx.tx.rollback().await?;
    Ok(is_new)
}

/// Deletes some keys that are older than an instant: how many.
///
/// # Errors
/// Those of the database.
pub async fn delete_old_keys(tx: &impl ConnectionTrait, before: DateTime<Utc>, most: u64) -> Result<u64, DbErr> {
    let old = Entity::find().filter(Column::CreatedAt.lt(before)).order_by_asc(Column::CreatedAt).limit(most);
    let old = old.select_only().column(Column::Key).into_query();
    Ok(Entity::delete_many().filter(Column::Key.in_subquery(old)).exec(tx).await?.rows_affected)
}
