//! The same creating call twice creates one thing: the first answer is kept under the caller's key, in the operation's
//! own transaction. A refused call keeps nothing, so that it can be mended and sent again under the same key.

pub mod model;

use crate::db::Transaction;
use crate::error::{Code, Description, DomainError, Kind};
use crate::id::PersonId;
use crate::language::Lang;
use crate::texts;
use chrono::{DateTime, Utc};
use model::idempotency_key::{ActiveModel, Entity};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, Set, TryInsertResult, Unchanged};

/// A caller's key with the hash of the input it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What the caller chose, 1 to 200 characters.
    pub key: String,
    /// SHA-256 of the input without the key; never holds a secret.
    pub input_hash: String,
}

/// The key came before with another input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Reused;

crate::shown_in_english!(Reused);

impl DomainError for Reused {
    fn describe(&self) -> Description {
        Description::new(Kind::Invalid, Code::IdempotencyKeyReused).at("idempotencyKey")
    }

    fn say(&self, lang: Lang) -> String {
        texts::sentence(lang, "idempotency-reused", &[])
    }
}

/// What a creating operation finds under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: go on, then [`Ticket::keep`].
    First(Ticket),
    /// This was made the first time.
    Again(i64),
}

/// The right to keep an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket(Option<(PersonId, &'static str, String)>);

/// Claims a key for this transaction; a parallel call with the same key waits here until the first one is done.
///
/// # Errors
/// [`Reused`] (inner) or those of the database (outer).
pub async fn claim(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    operation: &'static str,
    key: Option<&Key>,
) -> Result<Result<Claim, Reused>, DbErr> {
    let Some(Key { key, input_hash }) = key else { return Ok(Ok(Claim::First(Ticket(None)))) };
    let row = ActiveModel {
        person_id: Set(person),
        operation: Set(operation.to_owned()),
        key: Set(key.clone()),
        input_hash: Set(input_hash.clone()),
        subject_id: Set(0),
        created_at: Set(now),
    };
    let claimed = Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&**tx).await?;
    if matches!(claimed, TryInsertResult::Inserted(1)) {
        return Ok(Ok(Claim::First(Ticket(Some((person, operation, key.clone()))))));
    }
    let row = Entity::find_by_id((person, operation.to_owned(), key.clone())).one(&**tx).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("idempotency_key".into()))?;
    Ok(if row.input_hash == *input_hash { Ok(Claim::Again(row.subject_id)) } else { Err(Reused) })
}

impl Ticket {
    /// Keeps what was made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(self, tx: &Transaction, subject: i64) -> Result<(), DbErr> {
        let Some((person, operation, key)) = self.0 else { return Ok(()) };
        let row = ActiveModel {
            person_id: Unchanged(person),
            operation: Unchanged(operation.to_owned()),
            key: Unchanged(key),
            subject_id: Set(subject),
            ..Default::default()
        };
        row.update(&**tx).await.map(drop)
    }
}
