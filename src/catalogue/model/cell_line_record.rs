//! What sources said of lines.

use super::cell_line;
use crate::id::CellLineId;
use sea_orm::entity::prelude::*;

/// What a source said of a line.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cell_line_record")]
pub struct Model {
    /// The line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: CellLineId,
    /// By line code, as it stood, in JSON: `{"SY": ["..."], "DR": ["...", "..."]}`.
    pub codes: String,
    /// The line.
    #[sea_orm(belongs_to, from = "line_id", to = "id")]
    pub cell_line: BelongsTo<cell_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
