//! Reads of the real records that a demonstration is built on.

use crate::accounts::model::institution;
use crate::catalogue::model::Texts;
use crate::catalogue::model::cell_line::{CellType, Column, Entity, Holding};
use crate::id::{InstitutionId, LineId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter, QuerySelect};

/// A line that carries the code of the reference bank.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub(super) struct Named {
    pub id: LineId,
    pub name: String,
    pub synonyms: Texts,
    pub cell_type: CellType,
}

/// Reference lines whose names begin with a code, in no order.
pub(super) async fn lines_named(db: &impl ConnectionTrait, code: &str) -> Result<Vec<Named>, DbErr> {
    let lines = Entity::find().filter(Column::Name.starts_with(code)).filter(Column::Holding.eq(Holding::Reference));
    lines.into_partial_model().all(db).await
}

/// An open institution by its ROR id.
pub(super) async fn open_institution(db: &impl ConnectionTrait, ror_id: &str) -> Result<Option<InstitutionId>, DbErr> {
    use institution::{Column, Entity, Status};
    let open = Entity::find().filter(Column::RorId.eq(ror_id)).filter(Column::Status.eq(Status::Open));
    open.select_only().column(Column::Id).into_tuple().one(db).await
}
