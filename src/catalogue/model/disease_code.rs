//! Codes and names by which records mean diseases.

use super::disease;
use crate::id::DiseaseId;
use sea_orm::entity::prelude::*;

/// A code or name by which a record may mean a disease.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disease_code")]
pub struct Model {
    /// A code as `PREFIX:NUMBER` in upper case, or a name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The disease.
    #[sea_orm(primary_key, auto_increment = false)]
    pub disease_id: DiseaseId,
    /// The disease.
    #[sea_orm(belongs_to, from = "disease_id", to = "id")]
    pub disease: BelongsTo<disease::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
