//! Whoever's way into their account changes reads of it at once: if it was not them, they can still act.

use crate::command::Work;
use crate::id::PersonId;
use crate::mail::{self, AccountChange, Letter};
use crate::subject;
use sea_orm::DbErr;
use serde_json::{Value, json};

/// A step: posts the letter of a change; `more` is what it says besides, an object.
pub(super) async fn notify(
    work: &Work<'_>,
    person: PersonId,
    change: AccountChange,
    mut more: Value,
) -> Result<(), DbErr> {
    more["change"] = change.name().into();
    more["at"] = json!(work.now());
    mail::post(work, work.now(), [person], Letter::AccountChanged, subject!(PersonId, person), more).await
}
