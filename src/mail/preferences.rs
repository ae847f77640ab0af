//! What people want to be told. Duties are always told.

use super::letter::LetterKind;
use super::queries;
use crate::db::Transaction;
use crate::id::PersonId;
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::HashMap;

/// A letter and whether somebody gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The letter.
    pub letter: LetterKind,
    /// Always true of a duty.
    pub wanted: bool,
}

/// A step: those of the recipients who did not switch the letter off, in the same order.
pub(super) async fn who_want(
    tx: &Transaction,
    letter: LetterKind,
    recipients: Vec<PersonId>,
) -> Result<Vec<PersonId>, DbErr> {
    if letter.is_duty() || recipients.is_empty() {
        return Ok(recipients);
    }
    let unwilling = queries::unwilling(&**tx, letter, &recipients).await?;
    Ok(recipients.into_iter().filter(|person| !unwilling.contains(person)).collect())
}

/// What one person gets, letter by letter. For that person.
///
/// # Errors
/// Those of the database.
pub async fn of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Preference>, DbErr> {
    let said = queries::said(db, person).await?;
    let said: HashMap<String, bool> = said.into_iter().map(|row| (row.event, row.wanted)).collect();
    let wanted = |letter: LetterKind| letter.is_duty() || said.get(letter.name()).copied().unwrap_or(true);
    Ok(LetterKind::ALL.iter().map(|letter| Preference { letter: *letter, wanted: wanted(*letter) }).collect())
}
