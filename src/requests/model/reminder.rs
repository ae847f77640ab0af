//! Reminders of requests that do not move.

use super::request;
use crate::id::RequestId;
use sea_orm::entity::prelude::*;

/// A reminder that was sent: each at most once, whichever instance of the bank sends it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_reminder")]
pub struct Model {
    /// The request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: RequestId,
    /// Since when it had not moved.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idle_since: DateTimeUtc,
    /// Which reminder, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    /// Sent when.
    pub reminded_at: DateTimeUtc,
    /// The request.
    #[sea_orm(belongs_to, from = "request_id", to = "id")]
    pub request: BelongsTo<request::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
