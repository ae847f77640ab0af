//! The outbox: a letter is a row written in the operation's own transaction, so that nothing is announced that did not
//! happen and nothing that happened goes unannounced. Letters are addressed to the party whose turn it is.
//!
//! The life of a letter: `queued`, then `sent`, or `dead` if the mail server refuses it for ever, the account is closed or
//! every attempt failed; an administrator may put a dead one back. Workers of several instances share the outbox: each
//! takes some rows for a while, sends without holding a transaction, and writes down what came of it. A letter that was
//! handed over just before its worker died is sent again with the same Message-ID, which readers show once.
//!
//! What somebody switched off is never written: the wish is looked up when the letter is posted, so that every row is a
//! letter that has to arrive, and switching off concerns what happens afterwards. Names, addresses and words are put in
//! when the letter leaves; the row has only keys.

mod backoff;
mod compose;
mod error;
mod letter;
pub mod model;
pub mod operations;
mod outbox;
pub mod preferences;
pub mod queries;
mod smtp;
mod texts;
mod worker;

pub use error::Error;
pub use letter::{AccountChange, Letter};
pub use smtp::{SmtpError, check};
pub use worker::{DeliveryCounts, Worker, work};

use crate::audit::Subject;
use crate::db::{Sql, Transaction};
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value as Json;

/// Key of a letter's detail that holds the secret of its link. It is removed from the row when the letter is sent or dead.
pub const LINK_SECRET: &str = "link_secret";

/// A letter waiting in the outbox.
#[derive(Clone, Debug, FromQueryResult, PartialEq)]
pub struct Queued {
    /// Its place in the queue.
    pub id: i64,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter.
    pub event: String,
    /// What it needs to be written.
    pub detail: Json,
}

/// A step: puts one letter a recipient into the outbox; the same person gets it once, and not if they switched it off.
///
/// # Errors
/// Those of the database.
pub async fn post(
    tx: &Transaction,
    at: DateTime<Utc>,
    recipients: impl IntoIterator<Item = PersonId>,
    letter: Letter,
    subject: Subject,
    detail: Json,
) -> Result<(), DbErr> {
    let mut recipients: Vec<_> = recipients.into_iter().collect();
    recipients.sort_unstable();
    recipients.dedup();
    for recipient in preferences::who_want(tx, letter, recipients).await? {
        let sql = "INSERT INTO mail_message (created_at, recipient_id, event, subject_kind, subject_id, detail)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            at.into(),
            recipient.0.into(),
            letter.name().into(),
            subject.kind.into(),
            subject.id.into(),
            detail.clone().into(),
        ];
        Sql::with(sql, values).run(&**tx).await?;
    }
    Ok(())
}

/// Letters that wait, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn queued(db: &impl ConnectionTrait) -> Result<Vec<Queued>, DbErr> {
    Sql::new("SELECT id, recipient_id, event, detail FROM mail_message WHERE state = 'queued' ORDER BY id")
        .all(db)
        .await
}
