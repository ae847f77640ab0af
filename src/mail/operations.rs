//! Verbs on the outbox.

use super::LINK_SECRET;
use super::error::Error;
use super::letter::LetterKind;
use super::model::mail_message::{self, Column};
use super::model::{Message, State};
use super::queries;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::id::MailMessageId;
use crate::{audit, subject};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;

/// Puts a dead letter back: it is tried again at once, as often as a new one, under the same Message-ID.
///
/// # Errors
/// Not allowed, no such letter, one that is not dead, or one whose link lost its secret.
pub async fn retry(app: &App, actor: &Actor, id: MailMessageId) -> Result<Message, Error> {
    actor.may(Permission::Administer)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = queries::message(&*tx, id).await?.ok_or(Error::NoSuchLetter)?;
    if before.state != State::Dead {
        return Err(Error::NotDead(before.state));
    }
    if LetterKind::from_name(&before.event).is_some_and(LetterKind::carries_secret) && !has_secret(&tx, id).await? {
        return Err(Error::SecretGone);
    }
    let anew = mail_message::ActiveModel {
        state: Set(State::Queued),
        attempts: Set(0),
        due_at: Set(Some(now)),
        claimed_by: Set(None),
        ..Default::default()
    };
    let dead = mail_message::Entity::update_many().filter(Column::Id.eq(id)).filter(Column::State.eq(State::Dead));
    if dead.set(anew).exec(&*tx).await?.rows_affected == 0 {
        return Err(Error::NotDead(State::Queued));
    }
    let detail = audit::with_changes(
        json!({ "event": before.event }),
        &json!({ "state": before.state.to_value(), "attempts": before.attempts }),
        &json!({ "state": State::Queued.to_value(), "attempts": 0 }),
    );
    audit::record(&tx, now, actor, "mail.retry", subject!(MailMessageId, id), detail).await?;
    let message = queries::message(&*tx, id).await?.ok_or(Error::NoSuchLetter)?;
    tx.commit().await?;
    Ok(message)
}

async fn has_secret(tx: &crate::db::Transaction, id: MailMessageId) -> Result<bool, Error> {
    let letter = mail_message::Entity::find_by_id(id).one(&**tx).await?;
    Ok(letter.is_some_and(|letter| letter.detail.get(LINK_SECRET).is_some()))
}
