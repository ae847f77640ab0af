//! What people want to be told. Duties are always told.

use super::error::Error;
use super::letter::Letter;
use crate::actor::Actor;
use crate::app::App;
use crate::db::{Sql, Transaction};
use crate::id::PersonId;
use crate::{audit, subject};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use std::collections::HashMap;

/// A letter and whether somebody gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The letter.
    pub letter: Letter,
    /// Always true of a duty.
    pub wanted: bool,
}

/// A step: those of the recipients who did not switch the letter off, in the same order.
pub(super) async fn who_want(
    tx: &Transaction,
    letter: Letter,
    recipients: Vec<PersonId>,
) -> Result<Vec<PersonId>, DbErr> {
    if letter.is_duty() || recipients.is_empty() {
        return Ok(recipients);
    }
    let mut sql = Sql::new("SELECT person_id FROM mail_preference WHERE NOT wanted AND event = ");
    sql.bind(letter.name()).push(" AND person_id IN (").bind_all(recipients.iter().map(|id| id.0)).push(")");
    let rows = sql.rows(&**tx).await?;
    let unwilling: Vec<PersonId> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(recipients.into_iter().filter(|person| !unwilling.contains(person)).collect())
}

/// What one person gets, letter by letter. For that person.
///
/// # Errors
/// Those of the database.
pub async fn of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Preference>, DbErr> {
    let sql = Sql::with("SELECT event, wanted FROM mail_preference WHERE person_id = $1", [person.0.into()]);
    let rows = sql.rows(db).await?;
    let said: HashMap<String, bool> =
        rows.iter().map(|r| Ok((r.try_get_by_index(0)?, r.try_get_by_index(1)?))).collect::<Result<_, DbErr>>()?;
    let wanted = |letter: Letter| letter.is_duty() || said.get(letter.name()).copied().unwrap_or(true);
    Ok(Letter::ALL.iter().map(|letter| Preference { letter: *letter, wanted: wanted(*letter) }).collect())
}

/// Says whether the caller wants a letter; it counts for what happens from now on.
///
/// # Errors
/// Nobody signed in, or a duty that is to be switched off.
pub async fn set(app: &App, actor: &Actor, letter: Letter, wanted: bool) -> Result<Preference, Error> {
    let person = actor.signed_in()?;
    if letter.is_duty() {
        return if wanted { Ok(Preference { letter, wanted }) } else { Err(Error::Duty(letter)) };
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = of(&*tx, person).await?.into_iter().find(|known| known.letter == letter);
    let sql = "INSERT INTO mail_preference (person_id, event, wanted) VALUES ($1, $2, $3)
               ON CONFLICT (person_id, event) DO UPDATE SET wanted = excluded.wanted";
    Sql::with(sql, [person.0.into(), letter.name().into(), wanted.into()]).run(&*tx).await?;
    let before = json!({ "wanted": before.is_none_or(|known| known.wanted) });
    let detail = audit::with_changes(json!({ "event": letter.name() }), &before, &json!({ "wanted": wanted }));
    audit::record(&tx, now, actor, "mail.preference", subject!(PersonId, person), detail).await?;
    tx.commit().await?;
    Ok(Preference { letter, wanted })
}
