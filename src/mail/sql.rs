//! Statements over letters that are written by hand.

use super::outbox::ClaimMail;
use crate::command::Work;
use crate::db::Sql;
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use serde_json::Value as Json;

/// A letter that a worker holds until its lease ends.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Claimed {
    /// Its key.
    pub id: i64,
    /// Posted when.
    pub created_at: DateTime<Utc>,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter.
    pub event: String,
    /// What it is about.
    pub subject_kind: String,
    /// And the key.
    pub subject_id: i64,
    /// What it is written from.
    pub detail: Json,
    /// Attempts, this one counted.
    pub attempts: i32,
    /// Its Message-ID, for ever the same.
    pub message_id: String,
}

/// Claims letters that are due, oldest first, by one statement: none can be taken in between.
pub(super) async fn claim(work: &Work<'_>, claim: &ClaimMail<'_>) -> Result<Vec<Claimed>, DbErr> {
    let skip = if work.get_database_backend() == DbBackend::Sqlite { "" } else { "FOR UPDATE SKIP LOCKED" };
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
    let rest = format!(".{:016x}@{}>", rand::random::<u64>(), claim.domain);
    Sql::with(sql, [work.now().into(), claim.until.into(), claim.worker.into(), rest.into()]).all(work).await
}

/// The one a letter goes to, looked up when it leaves.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Reader {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub locale: String,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Readers by their keys. Their entity is one of a higher layer.
pub(super) async fn readers(db: &impl ConnectionTrait, people: &[PersonId]) -> Result<Vec<Reader>, DbErr> {
    let mut sql = Sql::new("SELECT id, email, name, locale, disabled_at FROM person WHERE id IN (");
    sql.bind_all(people.iter().copied()).push(")");
    sql.all(db).await
}
