//! What the bank keeps for a while so that people can be served, and then has no more use for. The history stays.

use super::Error;
use super::events::RetentionEvent;
use crate::accounts::model::{account_secret, openid_login, session, signing_proof};
use crate::actor::Verb;
use crate::audit::{self, Subject};
use crate::command::{Command, Work};
use crate::db::delete_old_keys;
use crate::id::SessionId;
use crate::idempotency::model::idempotency_key;
use chrono::Duration;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

/// Days for which a session is kept after it ended, so that people and administrators can look into a sign-in of late.
pub const SESSION_DAYS: i64 = 90;
/// Days for which the secret of a link is kept after it expired; only its hash is there, and it works no more.
pub const SECRET_DAYS: i64 = 30;
/// Days for which the answer to an idempotency key is kept. A call that is sent again later than that is a new one.
pub const ANSWER_DAYS: i64 = 30;
/// Days for which the key of a transaction is kept; it is asked for within seconds.
const COMMIT_KEY_DAYS: i64 = 1;
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
    /// Keys of transactions. They say nothing of anybody: the history does not tell of them.
    pub commit_keys: u64,
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
        let idle = ended - Duration::minutes(Ord::max(work.app.config.session.idle_minutes, 0));
        let mut deleted = Deleted::default();
        let (ended_at, last_seen_at) = (session::Column::EndedAt, session::Column::LastSeenAt);
        let sessions_that = |condition: Expr| session::Entity::find().filter(condition);
        let over = sessions_that(ended_at.is_not_null().and(ended_at.lte(ended))).order_by_asc(ended_at);
        deleted.sessions += delete_sessions(work, over).await?;
        let idle = sessions_that(ended_at.is_null().and(last_seen_at.lte(idle))).order_by_asc(last_seen_at);
        deleted.sessions += delete_sessions(work, idle).await?;
        deleted.secrets = secrets(work).await?;
        deleted.answers = answers(work).await?;
        let (Deleted { sessions, secrets, answers, .. }, told) = (deleted, !deleted.is_nothing());
        deleted.commit_keys = delete_old_keys(work, work.now() - Duration::days(COMMIT_KEY_DAYS), ROUND).await?;
        if told {
            let event = RetentionEvent::Deleted { sessions, link_secrets: secrets, answers };
            audit::record(work, Subject::BANK, &event).await?;
        }
        Ok(deleted)
    }
}

async fn secrets(work: &Work<'_>) -> Result<u64, DbErr> {
    use account_secret::{Column, Entity};
    let expired = Entity::find()
        .filter(Column::ExpiresAt.lte(work.now() - Duration::days(SECRET_DAYS)))
        .order_by_asc(Column::ExpiresAt)
        .limit(ROUND);
    let expired = expired.select_only().column(Column::Id).into_query();
    Ok(Entity::delete_many().filter(Column::Id.in_subquery(expired)).exec(work).await?.rows_affected)
}

async fn answers(work: &Work<'_>) -> Result<u64, DbErr> {
    use idempotency_key::{Column, Entity};
    let key = [Column::PersonId, Column::Operation, Column::Key];
    let old = Entity::find()
        .filter(Column::CreatedAt.lte(work.now() - Duration::days(ANSWER_DAYS)))
        .order_by_asc(Column::CreatedAt)
        .limit(ROUND);
    let old = old.select_only().columns(key).into_query();
    let is_old = Expr::tuple(key.map(|column| column.into_expr())).in_subquery(old);
    Ok(Entity::delete_many().filter(is_old).exec(work).await?.rows_affected)
}

/// Deletes some sessions, with what was begun in them for a signature and never finished.
async fn delete_sessions(work: &Work<'_>, which: Select<session::Entity>) -> Result<u64, DbErr> {
    let ids: Vec<SessionId> =
        which.limit(ROUND).select_only().column(session::Column::Id).into_tuple().all(work).await?;
    let of_them = |column: Expr| column.is_in(ids.iter().map(|id| id.0));
    let logins = openid_login::Entity::delete_many().filter(of_them(openid_login::Column::SessionId.into_expr()));
    logins.exec(work).await?;
    let proofs = signing_proof::Entity::delete_many().filter(of_them(signing_proof::Column::SessionId.into_expr()));
    proofs.exec(work).await?;
    session::Entity::delete_many().filter(of_them(session::Column::Id.into_expr())).exec(work).await?;
    Ok(ids.len() as u64)
}
