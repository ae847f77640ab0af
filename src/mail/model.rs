//! Rows of the outbox.

use crate::id::{MailMessageId, PersonId};
use crate::language::Lang;
use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, DerivePartialModel, EnumIter};

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
    /// Which state follows which; the database refuses every other change. A dead letter is sent after all when a
    /// worker whose lease had ended hands it over.
    pub const TRANSITIONS: [(Self, Self); 4] =
        [(Self::Queued, Self::Sent), (Self::Queued, Self::Dead), (Self::Dead, Self::Queued), (Self::Dead, Self::Sent)];

    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Queued => lang.pick("queued", "발송 대기"),
            Self::Sent => lang.pick("sent", "발송 완료"),
            Self::Dead => lang.pick("not deliverable", "발송 실패"),
        }
    }
}

/// Letters.
pub mod mail_message {
    use super::State;
    use crate::id::{MailMessageId, PersonId};
    use sea_orm::entity::prelude::*;

    /// A letter in the outbox.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_message")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: MailMessageId,
        /// Posted when.
        pub created_at: DateTimeUtc,
        /// To whom.
        pub recipient_id: PersonId,
        /// Which letter, by its stored name; a newer version of the bank may have written one that is unknown here.
        pub event: String,
        /// What it is about: the kind as in global ids.
        pub subject_kind: String,
        /// And the key.
        pub subject_id: i64,
        /// What it needs to be written.
        #[sea_orm(column_type = "JsonBinary")]
        pub detail: Json,
        /// Where it stands.
        pub state: State,
        /// Times it was handed to the mail server.
        pub attempts: i32,
        /// Not tried before; none is at once.
        pub due_at: Option<DateTimeUtc>,
        /// The worker that holds the lease.
        pub claimed_by: Option<String>,
        /// The Message-ID, given when it is taken for the first time.
        pub message_id: Option<String>,
        /// What stood against it last time, without addresses.
        pub last_error: Option<String>,
        /// Taken by the mail server when.
        pub sent_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What people said about letters that are no duty; without a row they get them.
pub mod mail_preference {
    use crate::id::PersonId;
    use sea_orm::entity::prelude::*;

    /// Whether somebody wants a letter.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_preference")]
    pub struct Model {
        /// Who.
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: PersonId,
        /// Which letter, by its stored name.
        #[sea_orm(primary_key, auto_increment = false)]
        pub event: String,
        /// Whether they want it.
        pub wanted: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A letter as the administrator sees it; what it says is not kept.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "mail_message::Entity")]
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
