//! The same creating call twice creates one thing: the first answer is kept under the caller's key, in the operation's
//! own transaction. A refused call keeps nothing, so that it can be mended and sent again under the same key.

use crate::db::{Sql, Transaction};
use crate::error::{Code, Description, DomainError, Kind};
use crate::id::PersonId;
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;

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
        lang.pick(
            "This idempotencyKey was used with another input; take a new one.",
            "이미 다른 내용으로 사용한 idempotencyKey입니다. 새로운 키를 사용해 주십시오.",
        )
        .into()
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
    let sql = "INSERT INTO idempotency_key (person_id, operation, key, input_hash, subject_id, created_at)
               VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (person_id, operation, key) DO NOTHING";
    let values = [person.0.into(), operation.into(), key.clone().into(), input_hash.clone().into(), now.into()];
    if Sql::with(sql, values).run(&**tx).await? == 1 {
        return Ok(Ok(Claim::First(Ticket(Some((person, operation, key.clone()))))));
    }
    let sql = "SELECT input_hash, subject_id FROM idempotency_key WHERE person_id = $1 AND operation = $2 AND key = $3";
    let row = Sql::with(sql, [person.0.into(), operation.into(), key.clone().into()]).one(&**tx).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("idempotency_key".into()))?;
    let same = row.try_get_by_index::<String>(0)? == *input_hash;
    Ok(if same { Ok(Claim::Again(row.try_get_by_index(1)?)) } else { Err(Reused) })
}

impl Ticket {
    /// Keeps what was made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(self, tx: &Transaction, subject: i64) -> Result<(), DbErr> {
        let Some((person, operation, key)) = self.0 else { return Ok(()) };
        let sql = "UPDATE idempotency_key SET subject_id = $4 WHERE person_id = $1 AND operation = $2 AND key = $3";
        Sql::with(sql, [person.0.into(), operation.into(), key.into(), subject.into()]).run(&**tx).await.map(drop)
    }
}
