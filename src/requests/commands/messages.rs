//! Writing about a request: to the other side, or for the bank alone.

use super::super::error::Error;
use super::super::events::RequestEvent;
use super::super::model::message::{self, Side};
use super::super::model::request;
use super::super::policy;
use super::super::steps::{bank_side, lock, notify, record};
use crate::accounts::passwords::sha256_hex;
use crate::actor::Verb;
use crate::command::{Command, Create, Work};
use crate::id::{RequestId, RequestMessageId};
use crate::mail::{self, Letter};
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};

/// Characters of a message or note.
pub const MAX_MESSAGE: usize = 5_000;

/// Writes to the other side about a request, whatever its state once it was handed in. A letter tells the other side
/// that there is something to read: the bank's handler or else all staff, or applicant and principal investigator. The
/// text itself stays at the bank.
///
/// Refused: no such request, not one's own, a conflict of interest, still a draft, or an empty or overlong text.
#[derive(Clone, Debug)]
pub struct PostMessage {
    /// The request.
    pub request: RequestId,
    /// What to write, 1 to [`MAX_MESSAGE`] characters.
    pub text: String,
}

impl Command for PostMessage {
    const VERB: Verb = Verb::PostMessage;
    type Output = message::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check(&self.text)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<message::Model, Error> {
        let request = lock(work, self.request).await?;
        let side = policy::message(&request, work.actor)?;
        let message = write(work, &request, (side, false), &self.text).await?;
        let event = RequestEvent::MessagePosted { message: message.id, text: fingerprint(&message.text) };
        record(work, request.id, event).await?;
        let mut to = match side {
            Side::Applicant => bank_side(work, &request).await?,
            Side::Bank => vec![request.applicant_id, request.principal_investigator_id],
        };
        to.retain(|person| *person != message.author_id);
        let from = match side {
            Side::Applicant => mail::Side::Applicant,
            Side::Bank => mail::Side::Bank,
        };
        notify(work, request.id, to, Letter::RequestMessage { request: request.number.clone(), from }).await?;
        Ok(message)
    }
}

impl Create for PostMessage {
    fn made(message: &message::Model) -> i64 {
        message.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<message::Model, Error> {
        find(work, RequestMessageId(made)).await
    }
}

/// Notes something about a request for the bank alone. Nobody is told, and the applicant's side never sees it.
///
/// Refused: no such request, a conflict of interest, still a draft, or an empty or overlong text.
#[derive(Clone, Debug)]
pub struct PostNote {
    /// The request.
    pub request: RequestId,
    /// What to note, 1 to [`MAX_MESSAGE`] characters.
    pub text: String,
}

impl Command for PostNote {
    const VERB: Verb = Verb::PostNote;
    type Output = message::Model;
    type Error = Error;

    fn check(&self, _: NaiveDate) -> Result<(), Error> {
        check(&self.text)
    }

    async fn apply(&self, work: &Work<'_>) -> Result<message::Model, Error> {
        let request = lock(work, self.request).await?;
        policy::note(&request, work.actor)?;
        let note = write(work, &request, (Side::Bank, true), &self.text).await?;
        let event = RequestEvent::NotePosted { message: note.id, text: fingerprint(&note.text) };
        record(work, request.id, event).await?;
        Ok(note)
    }
}

impl Create for PostNote {
    fn made(note: &message::Model) -> i64 {
        note.id.0
    }

    async fn find(&self, work: &Work<'_>, made: i64) -> Result<message::Model, Error> {
        find(work, RequestMessageId(made)).await
    }
}

fn check(text: &str) -> Result<(), Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::EmptyText);
    }
    if text.chars().count() > MAX_MESSAGE {
        return Err(Error::TooLong { field: "text", most: MAX_MESSAGE });
    }
    Ok(())
}

async fn find(work: &Work<'_>, id: RequestMessageId) -> Result<message::Model, Error> {
    message::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequest)
}

async fn write(
    work: &Work<'_>,
    request: &request::Model,
    (side, internal): (Side, bool),
    text: &str,
) -> Result<message::Model, Error> {
    let row = message::ActiveModel {
        request_id: Set(request.id),
        author_id: Set(work.person()?),
        at: Set(work.now()),
        side: Set(side),
        internal: Set(internal),
        text: Set(text.trim().into()),
        ..Default::default()
    };
    Ok(row.insert(work).await?)
}

/// The history proves what was written without repeating it.
fn fingerprint(text: &str) -> String {
    format!("sha256:{}", sha256_hex(text.as_bytes()))
}
