//! The queue that workers share: take some letters for a while, then write down what came of each.

use super::LINK_SECRET;
use super::error::Error;
use crate::app::App;
use crate::db::{Sql, Transaction};
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

/// How letters are taken.
pub(super) struct Claim<'a> {
    /// The worker's name, of which there is no second one.
    pub worker: &'a str,
    /// Until then nobody else takes them.
    pub until: DateTime<Utc>,
    /// At most so many.
    pub most: usize,
    /// Domain of the Message-IDs that are given now.
    pub domain: &'a str,
}

/// Takes letters that are due, oldest first. Two workers never take the same one: on PostgreSQL each skips what the other
/// has locked, and SQLite has one writer.
pub(super) async fn claim(app: &App, claim: &Claim<'_>) -> Result<Vec<Claimed>, DbErr> {
    let now = app.clock.now();
    if !is_anything_due(app.db.read(), now).await? {
        return Ok(vec![]);
    }
    let skip = if app.db.backend() == DbBackend::Sqlite { "" } else { "FOR UPDATE SKIP LOCKED" };
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
    let values = [now.into(), claim.until.into(), claim.worker.into(), rest.into()];
    let tx = app.db.begin().await?;
    let mut letters: Vec<Claimed> = Sql::with(sql, values).all(&*tx).await?;
    tx.commit().await?;
    letters.sort_by_key(|letter| letter.id);
    Ok(letters)
}

/// Looked up before anything is locked, so that idle workers do not queue among those who write.
async fn is_anything_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM mail_message WHERE state = 'queued' AND coalesce(due_at, created_at) <= $1
               ORDER BY coalesce(due_at, created_at), id LIMIT 1";
    Ok(Sql::with(sql, [now.into()]).one(db).await?.is_some())
}

/// The mail server has it. Whoever holds the lease meanwhile, it is sent.
pub(super) async fn sent(app: &App, letter: &Claimed) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let sql =
        "UPDATE mail_message SET state = 'sent', sent_at = $2, due_at = NULL, claimed_by = NULL, last_error = NULL
               WHERE id = $1 AND state <> 'sent'";
    Sql::with(sql, [letter.id.into(), app.clock.now().into()]).run(&*tx).await?;
    forget_secret(&tx, letter).await?;
    Ok(tx.commit().await?)
}

/// It will not be sent, for a reason without addresses.
pub(super) async fn mark_dead(app: &App, worker: &str, letter: &Claimed, why: &str) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let sql = "UPDATE mail_message SET state = 'dead', due_at = NULL, claimed_by = NULL, last_error = $3
               WHERE id = $1 AND state = 'queued' AND claimed_by = $2";
    if Sql::with(sql, [letter.id.into(), worker.into(), why.into()]).run(&*tx).await? == 1 {
        forget_secret(&tx, letter).await?;
    }
    Ok(tx.commit().await?)
}

/// It is tried again later.
pub(super) async fn put_off(
    app: &App,
    worker: &str,
    letter: &Claimed,
    due: DateTime<Utc>,
    why: &str,
) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let sql = "UPDATE mail_message SET due_at = $3, claimed_by = NULL, last_error = $4
               WHERE id = $1 AND state = 'queued' AND claimed_by = $2";
    Sql::with(sql, [letter.id.into(), worker.into(), due.into(), why.into()]).run(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Gives letters back that were not tried, or of which the mail server heard nothing: the attempt does not count.
pub(super) async fn give_back(
    app: &App,
    worker: &str,
    letters: &[i64],
    due: DateTime<Utc>,
    why: Option<&str>,
) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let mut sql = Sql::new("UPDATE mail_message SET claimed_by = NULL, attempts = attempts - 1, due_at = ");
    sql.bind(due).push(", last_error = coalesce(CAST(").bind(why.map(str::to_owned)).push(" AS TEXT), last_error)");
    sql.push(" WHERE state = 'queued' AND claimed_by = ").bind(worker).push(" AND id IN (");
    sql.bind_all(letters.iter().copied()).push(")");
    sql.run(&*tx).await?;
    Ok(tx.commit().await?)
}

async fn forget_secret(tx: &Transaction, letter: &Claimed) -> Result<(), DbErr> {
    let mut detail = letter.detail.clone();
    if detail.as_object_mut().and_then(|detail| detail.remove(LINK_SECRET)).is_none() {
        return Ok(());
    }
    let sql = "UPDATE mail_message SET detail = $2 WHERE id = $1";
    Sql::with(sql, [letter.id.into(), detail.into()]).run(&**tx).await.map(drop)
}
