//! Parts of the verbs on institutions and memberships: lock, read again.

use super::model::Record;
use super::{Error, queries};
use crate::actor::Actor;
use crate::db::{Sql, Transaction};
use crate::id::InstitutionId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

/// Holds the rows of institutions until the transaction ends, so that verbs on one institution queue. Always in the
/// order of their keys, so that two merges do not wait for each other.
pub(crate) async fn hold(tx: &Transaction, ids: &[InstitutionId]) -> Result<(), DbErr> {
    let mut sql = Sql::new("SELECT id FROM institution WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(") ORDER BY id");
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" FOR UPDATE");
    }
    sql.rows(&**tx).await.map(drop)
}

/// Locks an institution that the caller may see; a duplicate leads to what counts, which is locked as well.
pub(crate) async fn lock(tx: &Transaction, actor: &Actor, id: InstitutionId) -> Result<Record, Error> {
    let mut id = id;
    loop {
        hold(tx, &[id]).await?;
        let record =
            queries::record(&**tx, actor, id).await?.ok_or(Error::NoSuchInstitution { field: "institution" })?;
        match record.merged_into {
            Some(counts) => id = counts,
            None => return Ok(record),
        }
    }
}
