//! Anchors: the end of the chain as it was told to the outside, once a day in Asia/Seoul. Whoever cuts the end off and
//! hides it in the database cannot take back what stands in logs and letters.

use super::canonical::Hash;
use super::sealer::SealerPosition;
use super::{Subject, record};
use crate::actor::Actor;
use crate::db::{Sql, Transaction};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::json;

/// The end of the chain on a day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Anchor {
    /// The day, in Asia/Seoul.
    pub day: NaiveDate,
    /// Place of the last seal then.
    pub sequence: i64,
    /// Its hash, as [`Hash`] is displayed.
    pub hash: String,
    /// When.
    pub anchored_at: DateTime<Utc>,
}

impl Anchor {
    /// What the letter and the history say of it.
    pub fn detail(&self) -> serde_json::Value {
        json!({ "day": self.day, "sequence": self.sequence, "hash": self.hash })
    }

    /// What an anchor is, as the subject of an event.
    pub fn subject(&self) -> Subject {
        Subject { kind: "AuditAnchor", id: self.sequence }
    }
}

/// True if nothing was anchored on this day and there is something to anchor.
///
/// # Errors
/// Those of the database.
pub async fn is_due(db: &impl ConnectionTrait, day: NaiveDate) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) FROM audit_sealer m WHERE m.sequence > 0
                 AND NOT EXISTS (SELECT 1 FROM audit_anchor a WHERE a.day = $1)";
    Ok(Sql::with(sql, [day.into()]).number(db).await? == 1)
}

/// A step: keeps and records the end of the chain as the anchor of this day; `None` if the day has one already, or
/// nothing is sealed.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    tx: &Transaction,
    actor: &Actor,
    now: DateTime<Utc>,
    day: NaiveDate,
) -> Result<Option<Anchor>, DbErr> {
    let position = SealerPosition::read(&**tx).await?;
    if position.sequence == 0 || Hash::parse(&position.hash).is_none() {
        return Ok(None);
    }
    let anchor = Anchor { day, sequence: position.sequence, hash: position.hash, anchored_at: now };
    let sql = "INSERT INTO audit_anchor (day, sequence, hash, anchored_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (day) DO NOTHING";
    let values = [day.into(), anchor.sequence.into(), anchor.hash.clone().into(), now.into()];
    if Sql::with(sql, values).run(&**tx).await? == 0 {
        return Ok(None);
    }
    record(tx, now, actor, "audit.anchor", anchor.subject(), anchor.detail()).await?;
    Ok(Some(anchor))
}

/// The newest anchor.
///
/// # Errors
/// Those of the database.
pub async fn last(db: &impl ConnectionTrait) -> Result<Option<Anchor>, DbErr> {
    let sql = "SELECT day, sequence, hash, anchored_at FROM audit_anchor ORDER BY day DESC LIMIT 1";
    Ok(Sql::new(sql).all(db).await?.pop())
}

/// All anchors by their place in the chain: one a day.
///
/// # Errors
/// Those of the database.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Anchor>, DbErr> {
    Sql::new("SELECT day, sequence, hash, anchored_at FROM audit_anchor ORDER BY sequence, day").all(db).await
}
