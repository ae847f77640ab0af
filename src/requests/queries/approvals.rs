//! Which approvals are chosen on which requests.

use crate::approvals::model::approval;
use crate::id::RequestId;
use crate::requests::application::Chosen;
use crate::requests::model::request_approval;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

/// Approvals that are chosen on requests, whose readers see them, in the order in which they were entered.
///
/// # Errors
/// Those of the database.
pub async fn chosen(db: &impl ConnectionTrait, requests: &[RequestId]) -> Result<Vec<Chosen>, DbErr> {
    let links = request_approval::Entity::find()
        .filter(request_approval::Column::RequestId.is_in(requests.iter().copied()))
        .find_also_related(approval::Entity)
        .order_by_asc(request_approval::Column::ApprovalId);
    let rows = links.all(db).await?.into_iter();
    let of =
        |link: request_approval::Model, approval| Chosen { request_id: link.request_id, typed: link.typed, approval };
    Ok(rows.filter_map(|(link, approval)| Some(of(link, approval?))).collect())
}
