//! Statements of the outbox that are written by hand.

use super::outbox::Claimed;
use crate::db::Sql;
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use std::collections::HashMap;

/// The one a letter goes to, looked up when it leaves.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Reader {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub locale: String,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The readers of some letters, by key.
pub(super) async fn readers(
    db: &impl ConnectionTrait,
    letters: &[Claimed],
) -> Result<HashMap<PersonId, Reader>, DbErr> {
    let mut sql = Sql::new("SELECT id, email, name, locale, disabled_at FROM person WHERE id IN (");
    sql.bind_all(letters.iter().map(|letter| letter.recipient_id.0)).push(")");
    let readers: Vec<Reader> = sql.all(db).await?;
    Ok(readers.into_iter().map(|reader| (reader.id, reader)).collect())
}

/// What a worker notes on the letters that it takes.
pub(super) struct Claim<'a> {
    /// Letters that are due by then.
    pub now: DateTime<Utc>,
    /// Until then nobody else takes them.
    pub until: DateTime<Utc>,
    /// Its name.
    pub worker: &'a str,
    /// End of the Message-IDs that are given now.
    pub message_id_end: String,
    /// At most so many.
    pub most: usize,
}

/// Takes letters that are due, the oldest first, and answers them in no order.
pub(super) async fn claim(db: &impl ConnectionTrait, claim: Claim<'_>) -> Result<Vec<Claimed>, DbErr> {
    let skip = if db.get_database_backend() == DbBackend::Sqlite { "" } else { "FOR UPDATE SKIP LOCKED" };
    let sql = format!(
        "WITH due AS (
           SELECT id FROM mail_message WHERE state = 'queued' AND coalesce(due_at, created_at) <= $1
           ORDER BY coalesce(due_at, created_at), id LIMIT {} {skip})
         UPDATE mail_message SET due_at = $2, claimed_by = $3, attempts = attempts + 1,
           message_id = coalesce(message_id, '<mail.' || CAST(id AS TEXT) || CAST($4 AS TEXT))
         WHERE id IN (SELECT id FROM due)
         RETURNING id, created_at, recipient_id, event, subject_kind, subject_id, detail, attempts, message_id",
        claim.most
    );
    let values = [claim.now.into(), claim.until.into(), claim.worker.into(), claim.message_id_end.into()];
    Sql::with(sql, values).all(db).await
}

/// Whether a letter waits to be taken.
pub(super) async fn is_anything_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM mail_message WHERE state = 'queued' AND coalesce(due_at, created_at) <= $1
               ORDER BY coalesce(due_at, created_at), id LIMIT 1";
    Ok(Sql::with(sql, [now.into()]).one(db).await?.is_some())
}
