//! Verbs on the outbox.

use super::LINK_SECRET;
use super::error::Error;
use super::letter::Letter;
use super::model::{Message, State};
use super::queries;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::db::Sql;
use crate::id::MailMessageId;
use crate::{audit, subject};
use sea_orm::ActiveEnum;
use serde_json::{Value as Json, json};

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
    if Letter::from_name(&before.event).is_some_and(Letter::carries_secret) && !has_secret(&tx, id).await? {
        return Err(Error::SecretGone);
    }
    let sql = "UPDATE mail_message SET state = 'queued', attempts = 0, due_at = $2, claimed_by = NULL
               WHERE id = $1 AND state = 'dead'";
    if Sql::with(sql, [id.0.into(), now.into()]).run(&*tx).await? == 0 {
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
    let row = Sql::with("SELECT detail FROM mail_message WHERE id = $1", [id.0.into()]).one(&**tx).await?;
    let detail: Option<Json> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(detail.is_some_and(|detail| detail.get(LINK_SECRET).is_some()))
}
