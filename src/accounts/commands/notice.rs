//! Whoever's way into their account changes reads of it at once: if it was not them, they can still act.

use crate::db::Transaction;
use crate::id::PersonId;
use crate::mail::{self, AccountChange, Letter};
use crate::subject;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::{Value, json};

/// A step: posts the letter of a change; `more` is what it says besides, an object.
pub(super) async fn notify(
    tx: &Transaction,
    now: DateTime<Utc>,
    person: PersonId,
    change: AccountChange,
    mut more: Value,
) -> Result<(), DbErr> {
    more["change"] = change.name().into();
    more["at"] = json!(now);
    mail::post(tx, now, [person], Letter::AccountChanged, subject!(PersonId, person), more).await
}
