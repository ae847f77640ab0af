//! The queue that workers share: the commands by which they take some letters for a while, then write down what came of
//! each. None of them waits for a mail server.

use super::LINK_SECRET;
use super::error::Error;
use super::model::State;
use super::model::mail_message::{ActiveModel, Column, Entity};
use super::sql;
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::id::{MailMessageId, PersonId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, NotSet, QueryFilter, Set, Unchanged, UpdateMany};
use serde_json::Value as Json;

/// A letter that a worker holds until its lease ends.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Claimed {
    /// Its key.
    pub id: i64,
    /// Posted when.
    pub created_at: DateTime<Utc>,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter.
    pub event: String,
    /// What it is about.
    pub subject_kind: String,
    /// And the key.
    pub subject_id: i64,
    /// What it is written from.
    pub detail: Json,
    /// Attempts, this one counted.
    pub attempts: i32,
    /// Its Message-ID, for ever the same.
    pub message_id: String,
}

/// Takes letters that are due, oldest first. Two workers never take the same one: on PostgreSQL each skips what the
/// other has locked, and SQLite has one writer.
///
/// Refused: never.
pub(super) struct ClaimMail<'a> {
    /// The worker's name, of which there is no second one.
    pub worker: &'a str,
    /// Until then nobody else takes them.
    pub until: DateTime<Utc>,
    /// At most so many.
    pub most: usize,
    /// Domain of the Message-IDs that are given now.
    pub domain: &'a str,
}

impl Command for ClaimMail<'_> {
    const VERB: Verb = Verb::ClaimMail;
    type Output = Vec<Claimed>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Vec<Claimed>, Error> {
        let claim = sql::Claim {
            now: work.now(),
            until: self.until,
            worker: self.worker,
            message_id_end: format!(".{:016x}@{}>", rand::random::<u64>(), self.domain),
            most: self.most,
        };
        let mut letters = sql::claim(work, claim).await?;
        letters.sort_by_key(|letter| letter.id);
        Ok(letters)
    }
}

/// Holds on to the letters that a worker still has, until later: whoever does not do so is taken for dead.
///
/// Refused: never.
pub(super) struct RenewMail<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// The letters that it took.
    pub letters: &'a [i64],
    /// Until then nobody else takes them.
    pub until: DateTime<Utc>,
}

impl Command for RenewMail<'_> {
    const VERB: Verb = Verb::RenewMail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let longer = ActiveModel { due_at: Set(Some(self.until)), ..Default::default() };
        held(self.worker, self.letters).set(longer).exec(work).await?;
        Ok(())
    }
}

/// Notes that the mail server has a letter. Whoever holds the lease meanwhile, it is sent.
///
/// Refused: never.
pub(super) struct RecordSentMail<'a> {
    /// The letter.
    pub letter: &'a Claimed,
}

impl Command for RecordSentMail<'_> {
    const VERB: Verb = Verb::RecordSentMail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let sent = ActiveModel {
            state: Set(State::Sent),
            sent_at: Set(Some(work.now())),
            due_at: Set(None),
            claimed_by: Set(None),
            last_error: Set(None),
            ..Default::default()
        };
        let unsent = Entity::update_many().filter(Column::Id.eq(self.letter.id)).filter(Column::State.ne(State::Sent));
        unsent.set(sent).exec(work).await?;
        Ok(clear_secret(work, self.letter).await?)
    }
}

/// Notes that a letter will not be sent, unless another worker holds it by now.
///
/// Refused: never.
pub(super) struct RecordDeadMail<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// The letter.
    pub letter: &'a Claimed,
    /// Why, without addresses.
    pub why: &'a str,
}

impl Command for RecordDeadMail<'_> {
    const VERB: Verb = Verb::RecordDeadMail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let dead = ActiveModel {
            state: Set(State::Dead),
            due_at: Set(None),
            claimed_by: Set(None),
            last_error: Set(Some(self.why.to_owned())),
            ..Default::default()
        };
        if held(self.worker, &[self.letter.id]).set(dead).exec(work).await?.rows_affected == 1 {
            clear_secret(work, self.letter).await?;
        }
        Ok(())
    }
}

/// Puts a letter off: it is tried again later, unless another worker holds it by now.
///
/// Refused: never.
pub(super) struct PostponeMail<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// The letter.
    pub letter: &'a Claimed,
    /// Not before.
    pub due: DateTime<Utc>,
    /// Why, without addresses.
    pub why: &'a str,
}

impl Command for PostponeMail<'_> {
    const VERB: Verb = Verb::PostponeMail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let later = ActiveModel {
            due_at: Set(Some(self.due)),
            claimed_by: Set(None),
            last_error: Set(Some(self.why.to_owned())),
            ..Default::default()
        };
        held(self.worker, &[self.letter.id]).set(later).exec(work).await?;
        Ok(())
    }
}

/// Gives letters back that were not tried, or of which the mail server heard nothing: the attempt does not count.
///
/// Refused: never.
pub(super) struct ReturnMail<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// The letters.
    pub letters: &'a [i64],
    /// Not before.
    pub due: DateTime<Utc>,
    /// Why, without addresses; none if the worker stops.
    pub why: Option<&'a str>,
}

impl Command for ReturnMail<'_> {
    const VERB: Verb = Verb::ReturnMail;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        let untried = ActiveModel {
            due_at: Set(Some(self.due)),
            claimed_by: Set(None),
            last_error: self.why.map(|why| Some(why.to_owned())).map_or(NotSet, Set),
            ..Default::default()
        };
        let one_less = Expr::col(Column::Attempts).sub(1);
        held(self.worker, self.letters).set(untried).col_expr(Column::Attempts, one_less).exec(work).await?;
        Ok(())
    }
}

/// Letters whose lease this worker still has.
fn held(worker: &str, letters: &[i64]) -> UpdateMany<Entity> {
    let theirs = Entity::update_many().filter(Column::Id.is_in(letters.iter().copied()));
    theirs.filter(Column::State.eq(State::Queued)).filter(Column::ClaimedBy.eq(worker))
}

async fn clear_secret(work: &Work<'_>, letter: &Claimed) -> Result<(), DbErr> {
    let mut detail = letter.detail.clone();
    if detail.as_object_mut().and_then(|detail| detail.remove(LINK_SECRET)).is_none() {
        return Ok(());
    }
    let without = ActiveModel { id: Unchanged(MailMessageId(letter.id)), detail: Set(detail), ..Default::default() };
    Entity::update(without).exec_without_returning(work).await.map(drop)
}
