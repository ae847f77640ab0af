//! What the bank keeps for a while so that people can be served, and then has no more use for. The history stays.

use super::Error;
use super::events::RetentionEvent;
use super::queries::{ended_sessions, expired_secrets, old_answers};
use crate::accounts::model::{account_secret, openid_login, session, signing_proof};
use crate::actor::Verb;
use crate::audit::{self, Subject};
use crate::command::{Command, Work};
use crate::idempotency::model::idempotency_key;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use std::cmp::max;

/// Days for which a session is kept after it ended, so that people and administrators can look into a sign-in of late.
pub const SESSION_DAYS: i64 = 90;
/// Days for which the secret of a link is kept after it expired; only its hash is there, and it works no more.
pub const SECRET_DAYS: i64 = 30;
/// Days for which the answer to an idempotency key is kept. A call that is sent again later than that is a new one.
pub const ANSWER_DAYS: i64 = 30;
/// Rows of each kind that one round deletes.
const ROUND: u64 = 500;

/// What a round deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Sessions that ended long ago.
    pub sessions: u64,
    /// Secrets of links that expired long ago.
    pub secrets: u64,
    /// Answers to idempotency keys.
    pub answers: u64,
}

impl Deleted {
    /// True if nothing was due.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Deletes what has had its time. The service does this every day; a round is bounded, and what is left is done by the
/// next one.
///
/// Refused: never.
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredRecords;

impl Command for DeleteExpiredRecords {
    const VERB: Verb = Verb::DeleteExpiredRecords;
    type Output = Deleted;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Deleted, Error> {
        let ended = work.now() - Duration::days(SESSION_DAYS);
        // Nobody ended it: it ended by itself, so long after its last request.
        let idle = ended - Duration::minutes(max(0, work.app.config.session.idle_minutes));
        let mut deleted = Deleted::default();
        deleted.sessions = sessions(work, ended, idle).await?;
        deleted.secrets = secrets(work).await?;
        deleted.answers = answers(work).await?;
        if !deleted.is_nothing() {
            let Deleted { sessions, secrets, answers } = deleted;
            let event = RetentionEvent::Deleted { sessions, link_secrets: secrets, answers };
            audit::record(work, Subject::BANK, &event).await?;
        }
        Ok(deleted)
    }
}

async fn secrets(work: &Work<'_>) -> Result<u64, DbErr> {
    use account_secret::{Column, Entity};
    let expired = expired_secrets(work.now() - Duration::days(SECRET_DAYS)).limit(ROUND).into_query();
    Ok(Entity::delete_many().filter(Column::Id.in_subquery(expired)).exec(work).await?.rows_affected)
}

async fn answers(work: &Work<'_>) -> Result<u64, DbErr> {
    use idempotency_key::{Column, Entity};
    let old = old_answers(work.now() - Duration::days(ANSWER_DAYS)).limit(ROUND).into_query();
    let key = Expr::tuple([Column::PersonId, Column::Operation, Column::Key].map(|column| column.into_expr()));
    Ok(Entity::delete_many().filter(key.in_subquery(old)).exec(work).await?.rows_affected)
}

/// Deletes sessions, with what was begun in them for a signature and never finished.
async fn sessions(work: &Work<'_>, ended: DateTime<Utc>, idle: DateTime<Utc>) -> Result<u64, DbErr> {
    let ids = ended_sessions(work, ended, idle, ROUND).await?;
    let of = |column: Expr| column.is_in(ids.iter().copied());
    openid_login::Entity::delete_many().filter(of(openid_login::Column::SessionId.into_expr())).exec(work).await?;
    signing_proof::Entity::delete_many().filter(of(signing_proof::Column::SessionId.into_expr())).exec(work).await?;
    let sessions = session::Entity::delete_many().filter(of(session::Column::Id.into_expr()));
    Ok(sessions.exec(work).await?.rows_affected)
}
