//! Statements of the sealer to PostgreSQL about itself.

use crate::db::{Sql, Transaction};
use sea_orm::DbErr;

/// Number of the advisory lock by which instances on one PostgreSQL database take turns.
const LOCK: i64 = 0x7374_656d_6175_6474;
/// Locks on the history's table that a transaction took to insert into it; taken before it draws a key.
const WRITERS: &str = "pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
    AND relation = CAST('audit_event' AS regclass)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Takes the turn until the end of the transaction, unless another instance has it.
pub(super) async fn is_alone(tx: &Transaction) -> Result<bool, DbErr> {
    let sql = "SELECT CAST(CAST(pg_try_advisory_xact_lock($1) AS INTEGER) AS BIGINT)";
    Ok(Sql::with(sql, [LOCK.into()]).number(&**tx).await? == 1)
}

/// How many of some transactions, named as [`writing`] names them, are not over.
pub(super) async fn still_writing(tx: &Transaction, named: &str) -> Result<i64, DbErr> {
    let sql = format!("SELECT count(*) FROM {WRITERS} AND virtualtransaction = ANY(string_to_array($1, ','))");
    Sql::with(sql, [named.into()]).number(&**tx).await
}

/// Transactions that write to the history now, separated by commas.
pub(super) async fn writing(tx: &Transaction) -> Result<String, DbErr> {
    let sql = format!("SELECT coalesce(string_agg(virtualtransaction, ','), '') FROM {WRITERS}");
    let row = Sql::new(sql).one(&**tx).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
