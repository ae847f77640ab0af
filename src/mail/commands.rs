//! Commands on the outbox and on what people want to be told. What workers do with letters stands in [`super::outbox`].

use super::LINK_SECRET;
use super::error::Error;
use super::letter::LetterKind;
use super::model::{Message, State, mail_message, mail_preference};
use super::preferences::{self, Preference};
use super::queries;
use crate::actor::Verb;
use crate::audit::{self, Changes};
use crate::command::{Command, Work};
use crate::id::MailMessageId;
use crate::mail::events::OutboxEvent;
use crate::mail::events::PreferenceEvent;
use chrono::NaiveDate;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveEnum, EntityTrait, QuerySelect, Set, Unchanged};
use serde_json::json;

/// Puts a dead letter back: it is tried again at once, as often as a new one, under the same Message-ID.
///
/// Refused: no such letter, one that is not dead, or one whose link lost its secret.
#[derive(Clone, Copy, Debug)]
pub struct RetryMail {
    /// The letter.
    pub mail: MailMessageId,
}

impl Command for RetryMail {
    const VERB: Verb = Verb::RetryMail;
    type Output = Message;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Message, Error> {
        use mail_message::{ActiveModel, Entity};
        let id = self.mail;
        let before = Entity::find_by_id(id).lock_exclusive().one(work).await?.ok_or(Error::NoSuchLetter)?;
        if before.state != State::Dead {
            return Err(Error::NotDead(before.state));
        }
        let carries_secret = LetterKind::from_name(&before.event).is_some_and(LetterKind::carries_secret);
        if carries_secret && before.detail.get(LINK_SECRET).is_none() {
            return Err(Error::SecretGone);
        }
        let queued = ActiveModel {
            id: Unchanged(id),
            state: Set(State::Queued),
            attempts: Set(0),
            due_at: Set(Some(work.now())),
            claimed_by: Set(None),
            ..Default::default()
        };
        Entity::update(queued).exec_without_returning(work).await?;
        let changes = Changes::between(
            &json!({ "state": before.state.to_value(), "attempts": before.attempts }),
            &json!({ "state": State::Queued.to_value(), "attempts": 0 }),
        );
        audit::record(work, id, &OutboxEvent::Retried { event: before.event, changes }).await?;
        queries::message(work, id).await?.ok_or(Error::NoSuchLetter)
    }
}

/// Says whether the caller wants a letter; it counts for what happens from now on.
///
/// Refused: a duty that is to be switched off.
#[derive(Clone, Copy, Debug)]
pub struct SetMailPreference {
    /// The letter.
    pub letter: LetterKind,
    /// Whether they want it.
    pub is_wanted: bool,
}

impl Command for SetMailPreference {
    const VERB: Verb = Verb::SetMailPreference;
    type Output = Preference;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        if self.letter.is_duty() && !self.is_wanted { Err(Error::Duty(self.letter)) } else { Ok(()) }
    }

    async fn apply(&self, work: &Work<'_>) -> Result<Preference, Error> {
        use mail_preference::{ActiveModel, Column, Entity};
        let (person, letter, wanted) = (work.person()?, self.letter, self.is_wanted);
        if letter.is_duty() {
            return Ok(Preference { letter, wanted });
        }
        let before = preferences::of(work, person).await?.into_iter().find(|known| known.letter == letter);
        let row = ActiveModel { person_id: Set(person), event: Set(letter.name().to_owned()), wanted: Set(wanted) };
        let said = OnConflict::columns([Column::PersonId, Column::Event]).update_column(Column::Wanted).to_owned();
        Entity::insert(row).on_conflict(said).exec_without_returning(work).await?;
        let changes = Changes::of("wanted", before.is_none_or(|known| known.wanted), wanted);
        audit::record(work, person, &PreferenceEvent::Set { event: letter.name().into(), changes }).await?;
        Ok(Preference { letter, wanted })
    }
}
