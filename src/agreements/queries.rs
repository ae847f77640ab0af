//! Reads of agreements. Whoever may see a request may see its agreements; callers scope by the request.

use super::model::agreement::{self, State};
use super::model::{agreement_template, required_signature, signature};
use super::rules::Kind;
use super::sql;
use crate::db::literal;
use crate::id::{AgreementId, RequestId, TemplateId};
use chrono::NaiveDate;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Agreements of requests, oldest first within a request.
///
/// # Errors
/// Those of the database.
pub async fn of_requests(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<agreement::Model>, DbErr> {
    use agreement::{Column, Entity};
    let agreements = Entity::find().filter(Column::RequestId.is_in(requests.iter().copied()));
    agreements.order_by_asc(Column::RequestId).order_by_asc(Column::Id).all(db).await
}

/// Agreements by key.
///
/// # Errors
/// Those of the database.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<agreement::Model>, DbErr> {
    agreement::Entity::find().filter(agreement::Column::Id.is_in(ids.iter().copied())).all(db).await
}

/// Signatures that agreements need, in their order.
///
/// # Errors
/// Those of the database.
pub async fn required(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<required_signature::Model>, DbErr> {
    use required_signature::{Column, Entity};
    let required = Entity::find().filter(Column::AgreementId.is_in(ids.iter().copied()));
    required.order_by_asc(Column::AgreementId).order_by_asc(Column::Ordinal).all(db).await
}

/// Signatures given, in their order.
///
/// # Errors
/// Those of the database.
pub async fn given(db: &impl ConnectionTrait, ids: &[AgreementId]) -> Result<Vec<signature::Model>, DbErr> {
    use signature::{Column, Entity};
    let given = Entity::find().filter(Column::AgreementId.is_in(ids.iter().copied()));
    given.order_by_asc(Column::AgreementId).order_by_asc(Column::Id).all(db).await
}

/// Kind and version of templates.
///
/// # Errors
/// Those of the database.
pub async fn templates(db: &impl ConnectionTrait, ids: &[TemplateId]) -> Result<Vec<(TemplateId, Kind, i32)>, DbErr> {
    use agreement_template::{Column, Entity};
    let templates = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).select_only();
    templates.columns([Column::Id, Column::Kind, Column::Version]).into_tuple().all(db).await
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
    sql::ending(db, from, through, most).await
}

/// How many agreements [`ending`] has.
///
/// # Errors
/// Those of the database.
pub async fn count_ending(db: &impl ConnectionTrait, from: NaiveDate, through: NaiveDate) -> Result<i64, DbErr> {
    use agreement::{Column, Entity};
    let in_force = Entity::find().filter(Column::State.into_expr().eq(literal(State::InForce)));
    let ending = in_force.filter(Column::ExpiresOn.gte(from)).filter(Column::ExpiresOn.lte(through));
    Ok(ending.count(db).await?.cast_signed())
}
