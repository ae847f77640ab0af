//! Reads of agreements. Whoever may see a request may see its agreements; callers scope by the request.

use super::model::{RequiredSignature, agreement, signature};
use super::rules::Kind;
use crate::db::Sql;
use crate::id::{AgreementId, RequestId, TemplateId};
use sea_orm::{ConnectionTrait, DbErr};

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
pub async fn required(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<RequiredSignature>, DbErr> {
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
