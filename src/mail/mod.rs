//! The outbox: a letter is a row written in the command's own transaction, so that nothing is announced that did not
//! happen and nothing that happened goes unannounced. Letters are addressed to the party whose turn it is.
//!
//! The life of a letter: `queued`, then `sent`, or `dead` if the mail server refuses it for ever, the account is closed
//! or every attempt failed; an administrator may put a dead one back. Workers of several instances share the outbox:
//! each takes some rows for a while, sends without holding a transaction, and writes down what came of it. A letter
//! that was handed over just before its worker died is sent again with the same Message-ID, which readers show once.
//!
//! What somebody switched off is never written: the wish is looked up when the letter is posted, so that every row is a
//! letter that has to arrive, and switching off concerns what happens afterwards. Names, addresses and words are put in
//! when the letter leaves; the row has only keys.

mod backoff;
pub mod commands;
mod compose;
mod error;
pub mod events;
mod letter;
pub mod model;
mod outbox;
pub mod preferences;
pub mod queries;
mod smtp;
mod sql;
mod texts;
mod worker;

pub use error::Error;
pub use letter::{
    AccountChange, Letter, LetterKind, Link, LinkSecret, Membership, Proposal, Role, Side, Verdict, Waiting,
};
pub use model::{Message, State as MailState};
pub use queries::{Queued, queued, sent_at};
pub use smtp::{SmtpError, check};
pub use worker::{DeliveryCounts, Worker, work};

use crate::audit::Subject;
use crate::command::Work;
use crate::id::PersonId;
use model::mail_message;
use sea_orm::{DbErr, EntityTrait, Set};

/// Key of a letter's detail that holds the secret of its link. It is removed from the row when the letter is sent or
/// dead.
pub const LINK_SECRET: &str = "link_secret";

/// A step: puts one letter a recipient into the outbox; the same person gets it once, and not if they switched it off.
///
/// # Errors
/// Those of the database.
pub async fn post(
    work: &Work<'_>,
    recipients: impl IntoIterator<Item = PersonId>,
    about: impl Into<Subject>,
    letter: &Letter,
) -> Result<(), DbErr> {
    let (kind, subject, detail) = (letter.kind(), about.into(), letter.detail());
    let mut recipients: Vec<_> = recipients.into_iter().collect();
    recipients.sort_unstable();
    recipients.dedup();
    let wanted = preferences::who_want(work, kind, recipients).await?;
    let rows = wanted.into_iter().map(|recipient| mail_message::ActiveModel {
        created_at: Set(work.now()),
        recipient_id: Set(recipient),
        event: Set(kind.name().to_owned()),
        subject_kind: Set(subject.kind.to_owned()),
        subject_id: Set(subject.id),
        detail: Set(detail.clone()),
        ..Default::default()
    });
    mail_message::Entity::insert_many(rows).exec_without_returning(work).await.map(drop)
}
