//! What a demonstration looks up in the records it took in.

use super::Error;
use crate::accounts::InstitutionStatus as Status;
use crate::accounts::model::institution;
use crate::app::App;
use crate::catalogue::Holding;
use crate::catalogue::model::cell_line;
use crate::id::InstitutionId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

/// Reference lines whose name begins so.
pub(super) fn named_like(beginning: &str) -> Select<cell_line::Entity> {
    cell_line::Entity::find()
        .filter(cell_line::Column::Name.starts_with(beginning))
        .filter(cell_line::Column::Holding.eq(Holding::Reference))
}

/// The institution with a ROR id.
pub(super) async fn institution(app: &App, ror_id: &str) -> Result<InstitutionId, Error> {
    use institution::{Column, Entity};
    let found = Entity::find().filter(Column::RorId.eq(ror_id)).filter(Column::Status.eq(Status::Open));
    let found = found.one(app.db.read()).await?.ok_or_else(|| Error::Records(format!("{ror_id} is missing")))?;
    Ok(found.id)
}
