//! Words by which lines are found.

use super::cell_line;
use crate::id::CellLineId;
use sea_orm::entity::prelude::*;

/// A word by which a line is found, as [`crate::words`] makes them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cell_line_token")]
pub struct Model {
    /// The word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// The line.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: CellLineId,
    /// 0: whole name, accession or RRID; 1: whole synonym; 2: a word of them; 3: a word of a disease label, gene or
    /// product.
    pub weight: i32,
    /// The line.
    #[sea_orm(belongs_to, from = "line_id", to = "id")]
    pub cell_line: BelongsTo<cell_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
