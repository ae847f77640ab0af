//! Words by which diseases are found.

use super::disease;
use crate::id::DiseaseId;
use sea_orm::entity::prelude::*;

/// A word by which a disease is found, as [`crate::words`] makes them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disease_token")]
pub struct Model {
    /// The word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// The disease.
    #[sea_orm(primary_key, auto_increment = false)]
    pub disease_id: DiseaseId,
    /// How much it says; the least number says most.
    pub weight: i32,
    /// The disease.
    #[sea_orm(belongs_to, from = "disease_id", to = "id")]
    pub disease: BelongsTo<disease::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
