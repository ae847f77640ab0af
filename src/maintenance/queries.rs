//! Reads of backups.

use super::model::backup::{self, Column};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};

/// The newest backup.
///
/// # Errors
/// Those of the database.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<backup::Model>, DbErr> {
    let newest_first = backup::Entity::find().order_by_desc(Column::MadeAt).order_by_desc(Column::Id);
    newest_first.one(db).await
}
