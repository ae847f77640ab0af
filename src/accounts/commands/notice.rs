//! Whoever's way into their account changes reads of it at once: if it was not them, they can still act.

use crate::command::Work;
use crate::id::PersonId;
use crate::mail::{self, AccountChange, Letter};
use sea_orm::DbErr;

/// A step: posts the letter of a change.
pub(super) async fn notify(work: &Work<'_>, person: PersonId, change: AccountChange) -> Result<(), DbErr> {
    mail::post(work, [person], person, &Letter::AccountChanged { at: work.now(), change }).await
}
