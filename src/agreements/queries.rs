//! Reads of agreements. Whoever may see a request may see its agreements; callers scope by the request.

use super::model::{agreement, required_signature, signature};
use super::rules::Kind;
use crate::db::Sql;
use crate::id::{AgreementId, RequestId, TemplateId};
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// Agreements of requests, oldest first within a request.
///
/// # Errors
/// Those of the database.
pub async fn of_requests(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<agreement::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM agreement WHERE request_id IN (");
    sql.bind_all(requests.iter().map(|id| id.0)).push(") ORDER BY request_id, id");
    sql.all(db).await
}

/// Agreements by key.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<agreement::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM agreement WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    sql.all(db).await
}

/// Signatures that agreements need, in their order.
///
/// # Errors
/// Those of the database.
pub async fn required(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<required_signature::Model>, DbErr> {
    let mut sql = Sql::new("SELECT agreement_id, party, ordinal FROM required_signature WHERE agreement_id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(") ORDER BY agreement_id, ordinal");
    sql.all(db).await
}

/// Signatures given, in their order.
///
/// # Errors
/// Those of the database.
pub async fn given(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<signature::Model>, DbErr> {
    let mut sql = Sql::new("SELECT * FROM signature WHERE agreement_id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(") ORDER BY agreement_id, id");
    sql.all(db).await
}

/// Kind and version of templates.
///
/// # Errors
/// Those of the database.
pub async fn templates(db: &impl ConnectionTrait, ids: &[TemplateId]) -> Result<Vec<(TemplateId, Kind, i32)>, DbErr> {
    let mut sql = Sql::new("SELECT id, kind, version FROM agreement_template WHERE id IN (");
    sql.bind_all(ids.iter().map(|id| id.0)).push(")");
    let rows = sql.rows(db).await?;
    rows.iter().map(|r| Ok((r.try_get_by_index(0)?, r.try_get_by_index(1)?, r.try_get_by_index(2)?))).collect()
}

/// An agreement whose term ends soon.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Ending {
    /// `MTA-2026-00007`.
    pub number: String,
    /// Number of its request.
    pub request: String,
    /// Last day of its term, in Asia/Seoul.
    pub expires_on: NaiveDate,
}

/// Agreements in force whose term ends from a day through another, the first to end first, at most so many. For whoever
/// reads every request.
///
/// # Errors
/// Those of the database.
pub async fn ending(
    db: &impl ConnectionTrait,
    from: NaiveDate,
    through: NaiveDate,
    most: u64,
) -> Result<Vec<Ending>, DbErr> {
    let sql = format!(
        "SELECT a.number, q.number AS request, a.expires_on FROM agreement a JOIN request q ON q.id = a.request_id
         WHERE a.state = 'in_force' AND a.expires_on >= $1 AND a.expires_on <= $2
         ORDER BY a.expires_on, a.id LIMIT {most}"
    );
    Sql::with(sql, [from.into(), through.into()]).all(db).await
}

/// How many agreements [`ending`] has.
///
/// # Errors
/// Those of the database.
pub async fn count_ending(db: &impl ConnectionTrait, from: NaiveDate, through: NaiveDate) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM agreement WHERE state = 'in_force' AND expires_on >= $1 AND expires_on <= $2";
    Sql::with(sql, [from.into(), through.into()]).number(db).await
}
