//! Words by which institutions are found.

use super::institution;
use crate::id::InstitutionId;
use sea_orm::entity::prelude::*;

/// A word of an institution's names, as [`crate::words`] makes them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "institution_token")]
pub struct Model {
    /// The word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// The institution.
    #[sea_orm(primary_key, auto_increment = false)]
    pub institution_id: InstitutionId,
    /// How much it says; the least number says most.
    pub weight: i32,
    /// The institution.
    #[sea_orm(belongs_to, from = "institution_id", to = "id")]
    pub institution: BelongsTo<institution::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
