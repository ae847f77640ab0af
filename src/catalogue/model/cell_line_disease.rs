//! Diseases of the donors of lines.

use super::{cell_line, disease};
use crate::id::{CellLineId, DiseaseId};
use sea_orm::entity::prelude::*;

/// A disease of a line's donor, in the words of the line's record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cell_line_disease")]
pub struct Model {
    /// Its key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The line.
    pub line_id: CellLineId,
    /// The disease; none if the record's words could not be mapped to one.
    pub disease_id: Option<DiseaseId>,
    /// The record's words.
    pub label: String,
    /// The record's code, as `PREFIX:NUMBER`.
    pub code: Option<String>,
    /// The line.
    #[sea_orm(belongs_to, from = "line_id", to = "id")]
    pub cell_line: BelongsTo<cell_line::Entity>,
    /// The disease.
    #[sea_orm(belongs_to, from = "disease_id", to = "id")]
    pub disease: BelongsTo<Option<disease::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
