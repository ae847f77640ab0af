//! Which diseases are kinds of which.

use super::disease;
use crate::id::DiseaseId;
use sea_orm::entity::prelude::*;

/// That a disease is a kind of another one, directly or through others.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disease_ancestor")]
pub struct Model {
    /// The wider disease.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ancestor_id: DiseaseId,
    /// The narrower one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub disease_id: DiseaseId,
    /// Steps between them, from 1.
    pub distance: i32,
    /// The wider disease.
    #[sea_orm(belongs_to, relation_enum = "Ancestor", from = "ancestor_id", to = "id")]
    pub ancestor: BelongsTo<disease::Entity>,
    /// The narrower one.
    #[sea_orm(belongs_to, relation_enum = "Disease", from = "disease_id", to = "id")]
    pub disease: BelongsTo<disease::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
