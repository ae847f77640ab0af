//! What people want to be told. Duties are always told.

use super::error::Error;
use super::letter::LetterKind;
use super::model::mail_preference::{ActiveModel, Column, Entity};
use super::queries;
use crate::actor::Actor;
use crate::app::App;
use crate::db::Transaction;
use crate::id::PersonId;
use crate::{audit, subject};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};
use serde_json::json;
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

/// Says whether the caller wants a letter; it counts for what happens from now on.
///
/// # Errors
/// Nobody signed in, or a duty that is to be switched off.
pub async fn set(app: &App, actor: &Actor, letter: LetterKind, wanted: bool) -> Result<Preference, Error> {
    let person = actor.signed_in()?;
    if letter.is_duty() {
        return if wanted { Ok(Preference { letter, wanted }) } else { Err(Error::Duty(letter)) };
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = of(&*tx, person).await?.into_iter().find(|known| known.letter == letter);
    let row = ActiveModel { person_id: Set(person), event: Set(letter.name().to_owned()), wanted: Set(wanted) };
    let said_before = OnConflict::columns([Column::PersonId, Column::Event]).update_column(Column::Wanted).to_owned();
    Entity::insert(row).on_conflict(said_before).exec_without_returning(&*tx).await?;
    let before = json!({ "wanted": before.is_none_or(|known| known.wanted) });
    let detail = audit::with_changes(json!({ "event": letter.name() }), &before, &json!({ "wanted": wanted }));
    audit::record(&tx, now, actor, "mail.preference", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(Preference { letter, wanted })
}
