//! The queue that workers share: take some letters for a while, then write down what came of each.

use super::LINK_SECRET;
use super::error::Error;
use super::model::State;
use super::model::mail_message::{ActiveModel, Column, Entity};
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::{MailMessageId, PersonId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, NotSet, QueryFilter, Set, Unchanged,
    UpdateMany,
};
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
    let sent = ActiveModel {
        state: Set(State::Sent),
        sent_at: Set(Some(app.clock.now())),
        due_at: Set(None),
        claimed_by: Set(None),
        last_error: Set(None),
        ..Default::default()
    };
    let unsent = Entity::update_many().filter(Column::Id.eq(letter.id)).filter(Column::State.ne(State::Sent));
    unsent.set(sent).exec(&*tx).await?;
    forget_secret(&tx, letter).await?;
    Ok(tx.commit().await?)
}

/// It will not be sent, for a reason without addresses.
pub(super) async fn mark_dead(app: &App, worker: &str, letter: &Claimed, why: &str) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    let dead = ActiveModel {
        state: Set(State::Dead),
        due_at: Set(None),
        claimed_by: Set(None),
        last_error: Set(Some(why.to_owned())),
        ..Default::default()
    };
    if held(worker, &[letter.id]).set(dead).exec(&*tx).await?.rows_affected == 1 {
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
    let later = ActiveModel {
        due_at: Set(Some(due)),
        claimed_by: Set(None),
        last_error: Set(Some(why.to_owned())),
        ..Default::default()
    };
    held(worker, &[letter.id]).set(later).exec(&*tx).await?;
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
    let untried = ActiveModel {
        due_at: Set(Some(due)),
        claimed_by: Set(None),
        last_error: why.map(|why| Some(why.to_owned())).map_or(NotSet, Set),
        ..Default::default()
    };
    let one_less = Expr::col(Column::Attempts).sub(1);
    held(worker, letters).set(untried).col_expr(Column::Attempts, one_less).exec(&*tx).await?;
    Ok(tx.commit().await?)
}

/// Letters whose lease this worker still has.
fn held(worker: &str, letters: &[i64]) -> UpdateMany<Entity> {
    let theirs = Entity::update_many().filter(Column::Id.is_in(letters.iter().copied()));
    theirs.filter(Column::State.eq(State::Queued)).filter(Column::ClaimedBy.eq(worker))
}

async fn forget_secret(tx: &Transaction, letter: &Claimed) -> Result<(), DbErr> {
    let mut detail = letter.detail.clone();
    if detail.as_object_mut().and_then(|detail| detail.remove(LINK_SECRET)).is_none() {
        return Ok(());
    }
    let without = ActiveModel { id: Unchanged(MailMessageId(letter.id)), detail: Set(detail), ..Default::default() };
    Entity::update(without).exec_without_returning(&**tx).await.map(drop)
}
