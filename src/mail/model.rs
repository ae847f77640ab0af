//! Rows of the outbox.

use crate::id::{MailMessageId, PersonId};
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, EnumIter, FromQueryResult};

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[graphql(name = "MailState")]
pub enum State {
    /// It waits to be sent, for the first time or again.
    Queued,
    /// The mail server took it.
    Sent,
    /// It will not be sent unless an administrator puts it back.
    Dead,
}

impl State {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Queued => lang.pick("queued", "발송 대기"),
            Self::Sent => lang.pick("sent", "발송 완료"),
            Self::Dead => lang.pick("not deliverable", "발송 실패"),
        }
    }
}

/// A letter as the administrator sees it; what it says is not kept.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Message {
    /// Its key.
    pub id: MailMessageId,
    /// Posted when.
    pub created_at: DateTime<Utc>,
    /// To whom.
    pub recipient_id: PersonId,
    /// Which letter, by its stored name.
    pub event: String,
    /// What it is about: the kind as in global ids.
    pub subject_kind: String,
    /// And the key.
    pub subject_id: i64,
    /// Where it stands.
    pub state: State,
    /// Times it was handed to the mail server.
    pub attempts: i32,
    /// Not tried before; null is at once.
    pub due_at: Option<DateTime<Utc>>,
    /// What stood against it last time, without addresses.
    pub last_error: Option<String>,
    /// Taken by the mail server when.
    pub sent_at: Option<DateTime<Utc>>,
}
