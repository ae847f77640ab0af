//! When tokens and sessions were used last.

use crate::accounts::Error;
use crate::accounts::model::{api_token, session};
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::id::{SessionId, TokenId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

/// By what somebody asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// A token.
    Token(TokenId),
    /// A session; one that ended is not noted any more.
    Session(SessionId),
}

/// Notes when a token or a session was used; an earlier use does not replace a later one.
#[derive(Clone, Copy, Debug)]
pub struct NoteUse {
    /// What was used.
    pub used: Used,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for NoteUse {
    const VERB: Verb = Verb::NoteUse;
    type Output = ();
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<(), Error> {
        match self.used {
            Used::Token(id) => {
                use api_token::{ActiveModel, Column, Entity};
                let used = ActiveModel { last_used_at: Set(Some(self.at)), ..Default::default() };
                let earlier = Column::LastUsedAt.is_null().or(Column::LastUsedAt.lt(self.at));
                Entity::update_many().set(used).filter(Column::Id.eq(id)).filter(earlier).exec(work).await?;
            }
            Used::Session(id) => {
                use session::{ActiveModel, Column, Entity};
                let seen = ActiveModel { last_seen_at: Set(self.at), ..Default::default() };
                let open = Column::LastSeenAt.lt(self.at).and(Column::EndedAt.is_null());
                Entity::update_many().set(seen).filter(Column::Id.eq(id)).filter(open).exec(work).await?;
            }
        }
        Ok(())
    }
}
