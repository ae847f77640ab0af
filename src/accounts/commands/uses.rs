//! When tokens and sessions were used last.

use crate::accounts::Error;
use crate::actor::Verb;
use crate::command::{Command, Work};
use crate::db::Sql;
use crate::id::{SessionId, TokenId};
use chrono::{DateTime, Utc};

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
        let (sql, id) = match self.used {
            Used::Token(TokenId(id)) => (
                "UPDATE api_token SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
                id,
            ),
            Used::Session(SessionId(id)) => {
                ("UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL", id)
            }
        };
        Sql::with(sql, [id.into(), self.at.into()]).run(work).await?;
        Ok(())
    }
}
