//! Approvals that are chosen on requests.

use super::request;
use crate::approvals::model::approval;
use crate::id::{ApprovalId, RequestId};
use sea_orm::entity::prelude::*;

/// An approval that is chosen on a request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_approval")]
pub struct Model {
    /// The request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: RequestId,
    /// The approval.
    #[sea_orm(primary_key, auto_increment = false)]
    pub approval_id: ApprovalId,
    /// It stands in the request's own fields, rather than being chosen among those of the institution.
    pub typed: bool,
    /// The request.
    #[sea_orm(belongs_to, from = "request_id", to = "id")]
    pub request: BelongsTo<request::Entity>,
    /// The approval.
    #[sea_orm(belongs_to, from = "approval_id", to = "id")]
    pub approval: BelongsTo<approval::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
